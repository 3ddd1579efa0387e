"""Accidents 事故 of a certificate on its page: what is due to the scheme, and what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

import streamlit as st

from daicho.pages import action_words, addresses, frame, pm_words, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.actions import listing
from privacy_mark.actions.model import Source
from privacy_mark.certificates import accidents
from privacy_mark.certificates.accident_rules import rules
from privacy_mark.certificates.model import Accident, Certificate
from registry import organisation
from registry.access import allowed
from registry.model import Permission


class _Told(TypedDict):
    """What the forms of a new accident and of a wrong one ask for."""

    kind: str
    discovered_on: date
    triggers: list[str]
    suspected: bool
    incident: str


def show(
    of: Certificate, found: Sequence[Accident], today: date, said: str, context: PageContext, *, may: bool
) -> None:
    """Show the accidents and, for who may, the forms."""
    text = context.text
    frame.heading(
        text("付与機関に報告する事故"),
        text("本人の情報は書きません。事故そのものの記録は、漏えい等の対応に残します。"),
    )
    if found:
        _table(of, found, today, context)
        _corrected(of, found, context)
    else:
        frame.note(text("報告する事故はありません。"))
    if not may:
        return
    if standing := [each for each in found if each.withdrawn_on is None]:
        _sent(standing, said, context)
        _change(standing, today, said, context)
        _withdraw(standing, said, context)
    if of.ended_on is None:
        _form(of, today, said, context)


def _table(of: Certificate, found: Sequence[Accident], today: date, context: PageContext) -> None:
    text, formats, language = context.text, context.formats, context.language
    known = rules()

    def report(due: date | None, sent: date | None) -> tables.Cell:
        if sent is not None:
            return tables.Cell(formats.day(sent), below=text("提出済み"))
        if due is None:
            return tables.Cell(NONE)
        return tables.Cell(text("期限 {day}", day=formats.day(due)), below=pm_words.left(due, today, context))

    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.number, below=each.incident),
                tables.Cell(
                    known.kinds[each.kind].of(language) if each.kind in known.kinds else each.kind,
                    below=text("取下げ：{reason}", reason=each.withdrawn_reason)
                    if each.withdrawn_on
                    else text("そのおそれ")
                    if each.suspected
                    else "",
                ),
                tables.Cell(formats.day(each.discovered_on)),
                report(None if each.withdrawn_on else each.first_due, each.first_sent),
                report(None if each.withdrawn_on else each.full_due, each.full_sent),
            ],
        )
        for each in found
    ]
    labels = (text("番号"), text("種類"), text("発見日"), text("速報"), text("確報"))
    tables.show(
        tables.Table(
            text("事故 {number} 件", number=formats.number(len(found))),
            [tables.Column(label, nowrap=label == labels[0]) for label in labels],
            rows,
        ),
        key=f"accidents-{of.id}",
    )


def _corrected(of: Certificate, found: Sequence[Accident], context: PageContext) -> None:
    """Lead to the corrective actions of the accidents, and to the form for one more."""
    text, numbers = context.text, [each.number for each in found]
    with context.read() as tx:
        known = listing.found_in(tx, numbers)
        works = allowed(tx, Permission.WORK_ON_ACTIONS, of.unit_id)
        code = organisation.unit(tx, of.unit_id).code
    action_words.links(list(known), known, context)
    if works and st.button(
        text("事故の是正処置を始める"), key="accident-action", type="tertiary", icon=":material/build_circle:"
    ):
        addresses.go(addresses.ACTIONS, unit=code, source=Source.INCIDENT.value, reference=found[0].number)


def _sent(found: Sequence[Accident], said: str, context: PageContext) -> None:
    text = context.text
    with st.expander(text("提出を記録する")):
        chosen = st.selectbox(text("事故"), found, format_func=lambda each: each.number, key="accident")
        with st.form(f"accident-sent-{chosen.id}-{chosen.version}", border=False):
            left, right = st.columns(2)
            first = left.date_input(text("速報を出した日"), chosen.first_sent, format="YYYY/MM/DD")
            full = right.date_input(text("確報を出した日"), chosen.full_sent, format="YYYY/MM/DD")
            sent = st.form_submit_button(text("提出を記録"), key="accident-save")
    if sent:
        pm_words.do(
            lambda tx: accidents.sent(
                tx,
                chosen.id,
                first=first if isinstance(first, date) else None,
                full=full if isinstance(full, date) else None,
                expected_version=chosen.version,
            ),
            text("提出を記録しました。"),
            context,
            key=said,
        )


def _change(found: Sequence[Accident], today: date, said: str, context: PageContext) -> None:
    text = context.text
    with st.expander(text("事故の登録を直す")):
        chosen = st.selectbox(
            text("直す事故"), found, format_func=lambda each: each.number, key="accident-wrong"
        )
        frame.note(text("発見日や事情を直すと、報告の期限を数え直します。"))
        with st.form(f"accident-change-{chosen.id}-{chosen.version}", border=False):
            told = _fields(chosen, today, context)
            sent = st.form_submit_button(text("事故の変更を保存"), key="accident-change")
    if sent:
        pm_words.do(
            lambda tx: accidents.change(tx, chosen.id, **told, expected_version=chosen.version),
            text("事故の登録を直し、報告の期限を数え直しました。"),
            context,
            key=said,
        )


def _withdraw(found: Sequence[Accident], said: str, context: PageContext) -> None:
    text = context.text
    with st.expander(text("事故ではなかったものを取り下げる")):
        chosen = st.selectbox(
            text("取り下げる事故"), found, format_func=lambda each: each.number, key="accident-none"
        )
        with st.form(f"accident-withdraw-{chosen.id}-{chosen.version}", border=False):
            reason = st.text_input(text("事故ではないと分かった理由（必須）"), max_chars=300)
            sure = st.checkbox(text("{number} を取り下げますか？元に戻せません。", number=chosen.number))
            sent = st.form_submit_button(text("事故を取り下げる"), key="accident-withdraw")
    if sent and not sure:
        st.error(text("取り下げてよければ、確認の印を付けてください。"))
    elif sent:
        pm_words.do(
            lambda tx: accidents.withdraw(tx, chosen.id, reason=reason, expected_version=chosen.version),
            text("事故を取り下げました。"),
            context,
            key=said,
        )


def _form(of: Certificate, today: date, said: str, context: PageContext) -> None:
    text = context.text
    with st.expander(text("事故を登録する")), st.form("accident-new", border=False):
        told = _fields(None, today, context)
        days = rules().days.on(today)
        frame.note(
            text(
                "速報は発見から {early}～{days} 日、確報は {full} 日"
                "（不正の目的のおそれは {improper} 日）以内です。発見日を 1 日目と数えます。",
                early=days.first_days_early,
                days=days.first_days,
                full=days.full_days,
                improper=days.full_days_improper,
            )
        )
        sent = st.form_submit_button(text("事故を登録"), key="accident-add")
    if sent:
        pm_words.do(
            lambda tx: accidents.add(tx, of.id, **told),
            text("事故を登録しました。期限までに報告してください。"),
            context,
            key=said,
        )


def _fields(of: Accident | None, today: date, context: PageContext) -> _Told:
    """Ask for what is told of an accident."""
    text, language = context.text, context.language
    known = rules()
    kinds = list(known.kinds)
    left, right = st.columns(2)
    kind = left.selectbox(
        text("事故の種類"),
        kinds,
        index=kinds.index(of.kind) if of and of.kind in kinds else 0,
        format_func=lambda each: known.kinds[each].of(language),
    )
    found = right.date_input(text("発見日"), of.discovered_on if of else today, format="YYYY/MM/DD")
    triggers = st.multiselect(
        text("速報が要る事情（当てはまるもの）"),
        list(known.triggers),
        default=[each for each in known.triggers if of and each in of.triggers],
        format_func=lambda each: known.triggers[each].of(language),
        placeholder=text("なし"),
    )
    suspected = st.checkbox(text("まだおそれの段階"), of.suspected if of else False)
    incident = st.text_input(text("漏えい等の対応の番号（あれば）"), of.incident if of else "", max_chars=40)
    return _Told(kind=kind, discovered_on=found, triggers=triggers, suspected=suspected, incident=incident)
