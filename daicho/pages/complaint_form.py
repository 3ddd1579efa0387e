"""The fields of a complaint as it arrives: for a new one and for corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import complaint_words
from daicho.pages.context import PageContext
from privacy_mark.complaints.model import Complaint, ComplaintDraft, Kind, Subject, Urgency, Way
from registry.model import UnitId

LONGEST_NAME, LONGEST_TEXT = 200, 4_000


def fields(
    units: Sequence[UnitId],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
    *,
    key: str,
    held: Complaint | None = None,
) -> ComplaintDraft:
    """Show the fields, within a form of the caller; return what they say now."""
    text = context.text
    kinds: Sequence[Kind] = tuple(Kind)
    subjects: Sequence[Subject] = tuple(Subject)
    ways: Sequence[Way] = tuple(Way)
    left, right = st.columns(2)
    with left:
        unit = st.selectbox(
            text("関係する組織"),
            units,
            index=units.index(held.unit_id) if held else 0,
            format_func=lambda each: names.get(each, "—"),
            key=f"{key}-unit",
        )
        kind = st.selectbox(
            text("種類"),
            kinds,
            index=kinds.index(held.kind) if held else 0,
            format_func=lambda each: text(complaint_words.KIND[each]),
            key=f"{key}-kind",
        )
        subject = st.selectbox(
            text("何についてか"),
            subjects,
            index=subjects.index(held.subject) if held else 0,
            format_func=lambda each: text(complaint_words.SUBJECT[each]),
            key=f"{key}-subject",
        )
        entry = st.text_input(
            text("関係する台帳の番号"),
            held.entry_number if held else "",
            max_chars=64,
            placeholder="L-0001",
            key=f"{key}-entry",
        )
    with right:
        received = st.date_input(
            text("受付日"),
            held.received_on if held else today,
            max_value=today,
            format="YYYY/MM/DD",
            key=f"{key}-received",
        )
        way = st.selectbox(
            text("受けた方法"),
            ways,
            index=ways.index(held.way) if held else 0,
            format_func=lambda each: text(complaint_words.WAY[each]),
            key=f"{key}-way",
        )
        sender = st.text_input(
            text("申し出た方の氏名"),
            held.sender if held else "",
            max_chars=LONGEST_NAME,
            key=f"{key}-sender",
        )
        contact = st.text_input(
            text("申し出た方の連絡先"),
            held.contact if held else "",
            max_chars=LONGEST_NAME,
            key=f"{key}-contact",
        )
    content = st.text_area(
        text("申出の内容（必須）"),
        held.content if held else "",
        max_chars=LONGEST_TEXT,
        height=120,
        key=f"{key}-content",
    )
    urgent = st.checkbox(
        text("至急（漏えいのおそれ、健康や財産に関わるもの）"),
        held is not None and held.urgency is Urgency.URGENT,
        key=f"{key}-urgent",
    )
    return ComplaintDraft(
        unit_id=unit,
        kind=kind,
        way=way,
        subject=subject,
        urgency=Urgency.URGENT if urgent else Urgency.NORMAL,
        received_on=received,
        sender=sender,
        contact=contact,
        content=content,
        entry_number=entry,
    )
