"""One norm in the list of an entity: what it is, whether it applies and why, its changes."""

from __future__ import annotations

from datetime import date

import streamlit as st

from daicho.pages import addresses, frame, law_forms, law_words, scope
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.steps import take
from privacy_mark.laws import amendments, entries
from privacy_mark.laws.entries import LONGEST_TEXT
from privacy_mark.laws.model import Amendment, Line, amendment_number
from registry.access import allowed, today_in_japan
from registry.errors import AccessDenied, InvalidValue
from registry.model import Permission, UnitId

_SAID = "law-entry-said"


def show(unit_id: UnitId, law: str, context: PageContext) -> None:
    """Show one norm of an entity's list."""
    text = context.text
    try:
        with context.read() as tx:
            lines = entries.law_list(tx, unit_id)
            noted = [each for each in amendments.amendments(tx, unit_id) if each.law == law]
            units = scope.units(tx)
            may = allowed(tx, Permission.MANAGE_CERTIFICATION, unit_id)
            today = today_in_japan(tx.now)
    except (AccessDenied, InvalidValue):
        lines, noted, units = [], [], []
    line = next((each for each in lines if each.law == law), None)
    unit = next((each for each in units if each.id == unit_id), None)
    if line is None or unit is None:
        frame.title(text("法令等"), "")
        frame.message(text("この法令等は見つからないか、閲覧できません。"))
        _back(unit_id, context)
        return
    frame.title(
        line.name(context.language),
        text(
            "{unit}：{applies}",
            unit=scope.full_names(units, context.language).get(unit_id, NONE),
            applies=text(law_words.APPLIES[line.said.applies]),
        ),
    )
    _back(unit_id, context)
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    _facts(line, context)
    may = may and unit.closed_at is None
    if may:
        frame.heading(text("適用の判断"), text("適用があるときも、ないときも、理由を残します。"))
        law_forms.decision(unit_id, line, context, key=_SAID)
    frame.heading(text("改正と対応"))
    if not noted:
        frame.note(text("この法令等について記録した改正はありません。"))
    for each in noted:
        _amendment(each, today, context, may=may)
    if may:
        law_forms.amendment(unit_id, line, today, context, key=_SAID)


def _back(unit_id: UnitId, context: PageContext) -> None:
    if st.button(
        context.text("法令等一覧に戻る"), key="law-back", type="tertiary", icon=":material/arrow_back:"
    ):
        addresses.go(addresses.LAWS, list=str(unit_id), unit=scope.chosen_code())


def _facts(line: Line, context: PageContext) -> None:
    text, day, language = context.text, context.formats.day, context.language
    until = line.until()
    left, right = st.columns(2)
    with left:
        frame.facts(
            {
                text("種類"): text(law_words.KIND[line.kind]),
                text("番号"): line.number() or NONE,
                text("所管・相手先"): line.authority(language) or NONE,
                text("施行日"): day(line.since()),
                text("終わりの日"): NONE if until is None else day(until),
            }
        )
    with right:
        frame.facts(
            {
                text("公表元"): line.address() or NONE,
                text("対象となる者"): line.known.why.of(language)
                if line.known
                else text("この会社・病院が追加"),
                text("用意した内容"): text(law_words.CONFIDENCE[line.known.confidence])
                if line.known
                else NONE,
                text("理由"): line.said.reason or NONE,
                text("担当"): line.said.owner or NONE,
                text("判断した日"): day(line.decided_on),
            }
        )


def _amendment(of: Amendment, today: date, context: PageContext, *, may: bool) -> None:
    text, day = context.text, context.formats.day
    number = amendment_number(of.id)
    if of.done_on is not None:
        state = text("対応済み")
    elif of.due_on < today:
        state = text("{days} 日過ぎています", days=(today - of.due_on).days)
    else:
        state = text("期限 {day}", day=day(of.due_on))
    with st.expander(f"{number}　{day(of.effective_on)}　{state}", expanded=of.done_on is None):
        frame.facts(
            {
                text("改正の内容"): of.summary,
                text("自社への影響"): of.meaning,
                text("対応する人・部署"): of.owner or NONE,
                text("対応の期限"): day(of.due_on),
            }
        )
        if of.done_on is not None:
            frame.facts({text("行った対応"): of.result, text("対応した方"): f"{day(of.done_on)}　{of.doer}"})
            return
        if not may:
            return
        with st.form(f"law-finish-{of.id}", border=False):
            result = st.text_area(
                text("行ったこと（必須）"), max_chars=LONGEST_TEXT, height=90, key=f"law-result-{of.id}"
            )
            sent = st.form_submit_button(text("対応済みにする"), key=f"law-finish-{of.id}")
    if sent:
        take(
            lambda tx: amendments.finish(tx, of.id, result, expected_version=of.version),
            text("対応を記録しました。"),
            context,
            key=_SAID,
            refused=law_words.refused,
        )
