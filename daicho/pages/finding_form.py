"""The fields of a finding: for a new one and for corrections. Outside a form, as owners follow the unit."""

from __future__ import annotations

import streamlit as st

from daicho.pages import scope
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.assessments import owners
from privacy_mark.assessments.model import Finding, FindingDraft, Letter
from privacy_mark.assessments.rules import rules
from registry import organisation
from registry.access import units_allowed
from registry.model import Permission, UnitId, UserId

LONGEST_TEXT = 4_000


def fields(
    unit_id: UnitId, letter: Letter, held: Finding | None, context: PageContext, *, key: str
) -> FindingDraft:
    """Show the fields of a finding in the assessed unit or below; return what they say now."""
    text = context.text
    with context.read() as tx:
        units = scope.units(tx)
        may = units_allowed(tx, Permission.MANAGE_CERTIFICATION)
        inside = set(organisation.descendants(tx, unit_id))
    names = scope.full_names(units, context.language)
    choices = [each.id for each in units if each.id in inside & may and each.closed_at is None]
    left, middle, right = st.columns(3)
    number = left.text_input(
        text("指摘の番号（必須、文書のとおり）"),
        held.number if held else "",
        max_chars=64,
        key=f"{key}-number",
    )
    requirement = middle.text_input(
        text("要求事項（必須）"),
        held.requirement if held else "",
        max_chars=20,
        placeholder="J.3.1.3",
        key=f"{key}-requirement",
    )
    by_rule = rules().answer_by(letter.due_on, letter.received_on)
    due_on = right.date_input(
        text("回答の期限"),
        held.due_on if held else by_rule,
        min_value=min(letter.received_on, held.due_on if held else by_rule),
        max_value=max(letter.due_on, held.due_on if held else by_rule),
        format="YYYY/MM/DD",
        key=f"{key}-due",
    )
    told = st.text_area(
        text("指摘の内容（必須）"),
        held.text if held else "",
        max_chars=LONGEST_TEXT,
        height=110,
        key=f"{key}-text",
    )
    left, right = st.columns(2)
    at_first = held.unit_id if held and held.unit_id in choices else unit_id
    unit = left.selectbox(
        text("担当する組織"),
        choices,
        index=choices.index(at_first) if at_first in choices else 0,
        format_func=lambda each: names.get(each, NONE),
        key=f"{key}-unit",
    )
    with context.read() as tx:
        people = {each.user_id: each.name for each in owners.owners(tx, unit)}
    if held and held.owner_id is not None and held.unit_id == unit:
        people.setdefault(held.owner_id, held.owner)
    listed: list[UserId] = list(people)
    owner_id = right.selectbox(
        text("回答する方"),
        listed,
        index=listed.index(held.owner_id) if held and held.owner_id in people else None,
        format_func=lambda each: people[each],
        placeholder=text("決めない（権限のある方が回答）"),
        key=f"{key}-owner-{unit}",
    )
    return FindingDraft(
        number=number,
        requirement=requirement,
        text=told,
        unit_id=unit,
        owner_id=owner_id,
        due_on=due_on,
    )
