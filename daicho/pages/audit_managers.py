"""Audit managers 個人情報保護監査責任者 of a unit: appointed by its top management, for a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import streamlit as st

from daicho.pages import addresses, audit_words, frame, tables
from daicho.pages.audit_letters import manager_letter
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.audits import appointments
from privacy_mark.audits.model import Appointment
from registry import organisation
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.model import Permission, UnitId, UserId
from registry.store import Tx

_SAID = "audit-managers-said"
_LETTERS = 4  # of the newest appointments


def show(unit_id: UnitId, context: PageContext) -> None:
    """Show who is and was audit manager of a unit."""
    text = context.text
    try:
        with context.read() as tx:
            unit = organisation.unit(tx, unit_id)
            seen = allowed(tx, Permission.VIEW_AUDITS, unit_id)
            found = appointments.appointments(tx, unit_id)
            decides = allowed(tx, Permission.DECIDE_REVIEWS, unit_id)
            people = appointments.appointable(tx, unit_id) if decides else []
            today = today_in_japan(tx.now)
    except NotFound:
        seen = False
    if not seen:
        frame.title(text("個人情報保護監査責任者"), "")
        frame.no_right(text)
        return
    frame.title(
        text("個人情報保護監査責任者　{unit}", unit=unit.name(context.language)),
        text("トップマネジメントが任命します。任命された方の監査計画だけを承認できます。"),
    )
    if st.button(text("内部監査に戻る"), type="tertiary", icon=":material/arrow_back:", key="managers-back"):
        addresses.go(addresses.AUDITS)
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    _table(found, today, context)
    _letters(unit_id, found, context)
    if not decides:
        frame.note(text("任命するのは、この組織のトップマネジメントです。"))
        return
    _appoint(unit_id, people, today, context)
    held = [each for each in found if each.holds(today)]
    if held:
        _end(held, today, context)


def _table(found: Sequence[Appointment], today: date, context: PageContext) -> None:
    text, formats = context.text, context.formats
    if not found:
        frame.message(text("任命の記録はまだありません。"))
        return
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.name),
                tables.Cell(formats.period(each.valid_from, each.valid_until)),
                tables.Cell(text("任命中") if each.holds(today) else text("期間外")),
                tables.Cell(each.appointer, below=formats.day(each.appointed_on)),
            ],
        )
        for each in found
    ]
    labels = (text("個人情報保護監査責任者"), text("期間"), text("状態"), text("任命した方・記録日"))
    caption = text("{number} 件", number=formats.number(len(rows)))
    tables.show(tables.Table(caption, [tables.Column(label) for label in labels], rows), key="audit-managers")


def _letters(unit_id: UnitId, found: Sequence[Appointment], context: PageContext) -> None:
    text = context.text
    with st.container(horizontal=True, gap="small"):
        for each in found[:_LETTERS]:
            st.download_button(
                text("任命書（PDF）　{name}", name=each.name),
                partial(manager_letter, unit_id, each.id, context),
                file_name=f"appointment-{each.id}.pdf",
                mime="application/pdf",
                icon=":material/download:",
                key=f"audit-appointment-pdf-{each.id}",
            )


def _appoint(
    unit_id: UnitId, people: Sequence[tuple[UserId, str]], today: date, context: PageContext
) -> None:
    text, names = context.text, dict(people)
    frame.heading(text("任命する"))
    if not names:
        frame.note(text("監査責任者の役割を持つ方がいません。先に「利用者と権限」で役割を付けてください。"))
        return
    with st.form("audit-appoint", border=False):
        left, middle, right = st.columns([4, 3, 3])
        with left:
            who = st.selectbox(
                text("任命する方"),
                list(names),
                format_func=lambda each: names[each],
                key="audit-appoint-who",
            )
        with middle:
            first = st.date_input(text("始まりの日"), today, format="YYYY/MM/DD", key="audit-appoint-from")
        with right:
            last = st.date_input(
                text("終わりの日（任意）"), None, format="YYYY/MM/DD", key="audit-appoint-until"
            )
        sent = st.form_submit_button(text("任命する"), type="primary", key="audit-appoint")
    if sent:
        until = last if isinstance(last, date) else None
        _take(
            lambda tx: appointments.appoint(tx, unit_id, who, valid_from=first, valid_until=until),
            text("任命しました。"),
            context,
        )


def _end(held: Sequence[Appointment], today: date, context: PageContext) -> None:
    text = context.text
    by_id = {each.id: each for each in held}
    with st.expander(text("任命を終える")), st.form("audit-appointment-end", border=False):
        which = st.selectbox(
            text("任命を終える方"),
            list(by_id),
            format_func=lambda each: by_id[each].name,
            key="audit-appointment-which",
        )
        last = st.date_input(text("最後の日"), today, format="YYYY/MM/DD", key="audit-appointment-last")
        if st.form_submit_button(text("最後の日を記録"), key="audit-appointment-end"):
            _take(
                lambda tx: appointments.end(tx, which, last, expected_version=by_id[which].version),
                text("最後の日を記録しました。"),
                context,
            )


def _take(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=_SAID, refused=audit_words.refused)
