"""One certificate: what comes next, its application step by step, its accidents, its past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import streamlit as st

from daicho.pages import (
    addresses,
    frame,
    pm_accidents,
    pm_certificate_form,
    pm_certificate_records,
    pm_words,
    scope,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.assessments import register as assessments
from privacy_mark.assessments.model import AssessmentLine
from privacy_mark.certificates import accidents, agenda, marks, register, rounds
from privacy_mark.certificates.agenda import Line
from privacy_mark.certificates.bodies import body_of
from privacy_mark.certificates.fees import Fees, RoundKind, UnknownFees, tariff
from privacy_mark.certificates.model import Accident, Certificate, CertificateId, Round, RoundState
from privacy_mark.certificates.steps import Step, procedure
from privacy_mark.changes import register as changes
from privacy_mark.changes.model import ChangeLine
from registry.access import allowed, today_in_japan
from registry.errors import InvalidValue, NotFound
from registry.model import Permission

SAID = "certificate-said"


@dataclass(frozen=True, slots=True)
class _Case:
    of: Certificate
    rounds: Sequence[Round]
    accidents: Sequence[Accident]
    line: Line
    unit: str
    unit_code: str
    code: str  # of the unit; "" of one that requirements do not apply to
    may: bool
    today: date
    changes: Sequence[ChangeLine]
    assessments: Sequence[AssessmentLine]  # the running one first


def show(certificate_id: CertificateId, context: PageContext) -> None:
    """Show one certificate, or that it cannot be seen."""
    text = context.text
    try:
        case = _read(certificate_id, context)
    except NotFound:
        frame.title(text("付与と更新"), "")
        frame.message(text("この付与は見つからないか、閲覧できません。"))
        return
    of = case.of
    if st.button(text("一覧に戻る"), key="certificate-back", icon=":material/arrow_back:", type="tertiary"):
        addresses.go(addresses.CERTIFICATES)
    frame.title(text("付与　{number} {unit}", number=of.number, unit=case.unit), _next(case, context))
    if said := st.session_state.pop(SAID, ""):
        frame.message(said)
    left, right = st.columns([62, 38], gap="large")
    with left:
        _application(case, context)
        pm_accidents.show(of, case.accidents, case.today, SAID, context, may=case.may)
        pm_certificate_records.changes(case.changes, case.unit_code, context)
        pm_certificate_records.assessed(case.assessments, context)
        _past(case, context)
    with right:
        _facts(case, context)
        if case.code and st.button(
            text("要求事項と準備状況を見る"), key="certificate-readiness", icon=":material/fact_check:"
        ):
            addresses.go(addresses.REQUIREMENTS, unit=case.code)
        if case.may and of.ended_on is None:
            pm_certificate_form.correct(of, SAID, context)
            pm_certificate_form.window(of, SAID, context)
            pm_certificate_form.ending(of, case.today, SAID, context)


def _read(certificate_id: CertificateId, context: PageContext) -> _Case:
    with context.read() as tx:
        of = register.certificate(tx, certificate_id)
        runs = rounds.rounds(tx, certificate_id)
        told = accidents.accidents(tx, certificate_id, withdrawn=True)
        reports = changes.changes(tx, certificate_id=certificate_id)
        assessed = assessments.assessments(tx, certificate_id=certificate_id)
        today = today_in_japan(tx.now)
        units = scope.units(tx)
        names = scope.full_names(units, context.language)
        unit = next((unit for unit in units if unit.id == of.unit_id), None)
        unit_code = unit.code if unit is not None else ""
        code = unit_code if unit is not None and unit.kind.is_entity else ""
        may = allowed(tx, Permission.MANAGE_CERTIFICATION, of.unit_id)
    running = next((each for each in runs if each.state is RoundState.OPEN), None)
    waiting = [each for each in told if each.next_due() is not None]
    line = agenda.line(of, running, waiting, today)
    return _Case(
        of, runs, told, line, names.get(of.unit_id, NONE), unit_code, code, may, today, reports, assessed
    )


def _next(case: _Case, context: PageContext) -> str:
    text, formats = context.text, context.formats
    if case.of.ended_on is not None:
        return text("{day} に終わりました。", day=formats.day(case.of.ended_on))
    if case.line.missed and case.line.round and case.line.round.applied_on:
        return text(
            "更新の受付（{day} まで）が終わってから申請しています。"
            "受け付けられたかを審査機関に確かめてください。",
            day=formats.day(case.of.window.closes if case.of.window else None),
        )
    if case.line.missed:
        return text(
            "申請しないまま更新の受付が {day} に終わりました。審査機関に相談してください。",
            day=formats.day(case.of.window.closes if case.of.window else None),
        )
    event = case.line.next
    if event is None:
        return text("次は、申請を予定する日を決めます。")
    return text(
        "次は{what}（{day}、{left}）です。",
        what=pm_words.event(event, context),
        day=formats.day(event.on),
        left=pm_words.left(event.on, case.today, context),
    )


def _facts(case: _Case, context: PageContext) -> None:
    text, formats, of = context.text, context.formats, case.of
    frame.heading(text("登録の内容"))
    body = body_of(of.body, of.granted.valid_until if of.granted else None)
    sector = tariff().sectors.get(of.scale.sector)
    facts = {
        text("登録番号"): str(of.term.mark) if of.term else NONE,
        text("審査機関"): body.name.of(context.language),
        text("状態"): text(pm_words.STATE[of.state]),
        text("有効期間"): formats.period(of.term.valid_from, of.term.valid_until) if of.term else NONE,
        text("更新の受付"): formats.period(of.window.opens, of.window.closes) if of.window else NONE,
        text("業種（費用の区分）"): sector.name.of(context.language) if sector else NONE,
        text("規模"): text(pm_words.SIZE[of.size]) if of.size else text("不明"),
    }
    frame.facts(facts)
    if of.next_term is not None:
        frame.note(
            text(
                "次の有効期間 {period} の {mark} が付与されています。",
                period=formats.period(of.next_term.valid_from, of.next_term.valid_until),
                mark=str(of.next_term.mark),
            )
        )
    if of.window is not None:
        if of.window.by_hand:
            frame.note(
                text(
                    "受付期間は手で決めています：{reason}（規則では {first} から {last}）",
                    reason=of.window.reason,
                    first=formats.day(of.window.opens_by_rule),
                    last=formats.day(of.window.closes_by_rule),
                )
            )
        else:
            frame.note(
                text(
                    "満了日の {opens} か月前の翌日から {closes} か月前まで。"
                    "終わりが審査機関の休みに当たるときは、次の営業日までです。",
                    opens=body.opens_months,
                    closes=body.closes_months,
                )
            )
    if of.end_reason:
        frame.note(text("終わった理由：{reason}", reason=of.end_reason))
    _fees(case, context)


def _fees(case: _Case, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    of, running = case.of, case.line.round
    if of.ended_on is not None:
        return
    kind = RoundKind.RENEWAL if of.term else RoundKind.FIRST
    planned = running.steps[Step.APPLICATION] if running else None
    day = (planned.actual or planned.planned) if planned else None
    on = day or (max(case.today, of.window.opens) if of.window else case.today)
    frame.heading(text("費用"), text("{day} の申請のとき", day=context.formats.day(on)))
    if of.size is None:
        frame.note(text("規模が不明のため、費用を示せません。資本金と従業者数を入れてください。"))
        return
    fees = tariff().fees(kind, of.size, on)
    if isinstance(fees, Fees):
        frame.facts(
            {
                text("申請料"): text("{yen} 円", yen=number(fees.application)),
                text("審査料"): text("{yen} 円", yen=number(fees.assessment)),
                text("付与登録料"): text("{yen} 円", yen=number(fees.registration)),
                text("合計（税込み）"): text("{yen} 円", yen=number(fees.total)),
            }
        )
        if fees.corrected_by:
            frame.note(text("金額は訂正ファイル {file} によります。", file=Path(fees.corrected_by).name))
    elif isinstance(fees, UnknownFees):
        frame.note(fees.why.of(context.language))
    else:
        frame.note(text("この日の費用は未確認です。審査機関に確認してください。"))


def _application(case: _Case, context: PageContext) -> None:
    text = context.text
    running = case.line.round
    if running is None:
        frame.heading(text("申請と審査"))
        if case.of.ended_on is not None:
            frame.note(text("終わった付与には申請しません。"))
        elif case.may:
            frame.note(text("審査中の申請はありません。申請する日を決めると、手順の予定日が並びます。"))
            _start(case, context)
        else:
            frame.note(text("審査中の申請はありません。"))
        return
    frame.heading(
        text("申請と審査（{kind}）", kind=text(pm_words.KIND[running.kind])),
        text("予定日は目安です。審査機関から日程が来たら書き換え、終わったら実施日を入れます。"),
    )
    if running.outside:
        frame.note(text("受付期間の外に申請する理由：{reason}", reason=running.outside))
    _assessment(running, case, context)
    if not case.may:
        _steps_table(running, case, context)
        return
    _steps_form(running, case, context)
    _decide(running, case, context)


def _assessment(running: Round, case: _Case, context: PageContext) -> None:
    """Lead to findings and the on-site room of the application, or to where they begin."""
    text = context.text
    held = next(
        (each.assessment for each in case.assessments if each.assessment.round_id == running.id), None
    )
    if held is None and not case.may:
        return
    label = (
        text("審査の記録を始める")
        if held is None
        else text("審査の記録を開く（{number}）", number=held.number)
    )
    if st.button(label, key="certificate-assessment", icon=":material/rule:"):
        addresses.go(addresses.ASSESSMENTS, assessment="" if held is None else str(held.id))


def _start(case: _Case, context: PageContext) -> None:
    text = context.text
    opens = case.of.window.opens if case.of.window else case.today
    proposal = max(case.today, opens + timedelta(weeks=procedure().first_weeks))
    on = st.date_input(text("申請を予定する日"), proposal, format="YYYY/MM/DD", key=f"round-on-{case.of.id}")
    with st.form("round-new", border=False):
        reason = _reason("", on, case, context)
        sent = st.form_submit_button(text("日程を作る"), type="primary", key="round-start")
    if sent and isinstance(on, date):
        pm_words.do(
            lambda tx: rounds.start(tx, case.of.id, apply_on=on, reason=reason),
            text("申請の日程を作りました。"),
            context,
            key=SAID,
        )


def _steps_table(running: Round, case: _Case, context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            step.value,
            [
                tables.Cell(procedure().names[step].of(context.language)),
                tables.Cell(formats.day(days.planned)),
                tables.Cell(formats.day(days.actual)),
            ],
        )
        for step, days in ((step, running.steps[step]) for step in Step)
    ]
    labels = (text("手順"), text("予定日"), text("実施日"))
    tables.show(
        tables.Table(text("審査の手順"), [tables.Column(label) for label in labels], rows),
        key=f"steps-{case.of.id}",
    )


def _reason(known: str, applied_on: object, case: _Case, context: PageContext) -> str:
    """Ask why one applies on a day outside the window; within it nothing is asked."""
    window = case.of.window
    if window is None or not isinstance(applied_on, date) or window.is_open(applied_on):
        return ""
    label = context.text("受付期間の外に申請する理由（必須）")
    return st.text_input(label, known, max_chars=300, key="round-outside")


def _steps_form(running: Round, case: _Case, context: PageContext) -> None:
    text = context.text
    # Outside the form, so that choosing a day outside the window asks for the reason at once.
    days = {Step.APPLICATION: _step_days(Step.APPLICATION, running, context)}
    with st.form("round-steps", border=False):
        planned, actual = days[Step.APPLICATION]
        reason = _reason(running.outside, actual or planned, case, context)
        days |= {step: _step_days(step, running, context) for step in Step if step is not Step.APPLICATION}
        sent = st.form_submit_button(text("日程を保存"), type="primary", key="round-save")
    if sent:
        pm_words.do(
            lambda tx: rounds.set_steps(
                tx, running.id, days, reason=reason, expected_version=running.version
            ),
            text("日程を保存しました。"),
            context,
            key=SAID,
        )


def _step_days(step: Step, running: Round, context: PageContext) -> tuple[date | None, date | None]:
    """Ask for the planned and the actual day of a step; the first one bears the labels of both."""
    text, held = context.text, running.steps[step]
    name = procedure().names[step].of(context.language)
    visible: Literal["visible", "collapsed"] = "visible" if step is Step.APPLICATION else "collapsed"
    left, middle, right = st.columns([4, 3, 3], vertical_alignment="center")
    left.markdown(name)
    planned = middle.date_input(
        text("{step}の予定日", step=name),
        held.planned,
        format="YYYY/MM/DD",
        key=f"planned-{step}-{running.version}",
        label_visibility=visible,
    )
    actual = right.date_input(
        text("{step}の実施日", step=name),
        held.actual,
        format="YYYY/MM/DD",
        key=f"actual-{step}-{running.version}",
        label_visibility=visible,
    )
    return (
        planned if isinstance(planned, date) else None,
        actual if isinstance(actual, date) else None,
    )


def _decide(running: Round, case: _Case, context: PageContext) -> None:
    text, of = context.text, case.of
    with st.expander(text("審査の結果を記録する")):
        with st.form("round-grant", border=False):
            last = of.granted
            mark = marks.Mark(last.mark.number, last.mark.term + 1) if last else None
            first = last.valid_until + timedelta(days=1) if last else None
            number = st.text_input(text("新しい登録番号"), str(mark) if mark else "", max_chars=40)
            left, right = st.columns(2)
            begins = left.date_input(text("有効期間の開始日"), first, format="YYYY/MM/DD", key="grant-from")
            ends = right.date_input(
                text("有効期間の満了日"),
                pm_certificate_form.two_years(first) if first else None,
                format="YYYY/MM/DD",
                key="grant-until",
            )
            granted = st.form_submit_button(text("付与を記録"), type="primary", key="round-grant-save")
        with st.form("round-stop", border=False):
            states = (RoundState.REFUSED, RoundState.WITHDRAWN)
            state = st.selectbox(
                text("付与されないとき"), states, format_func=lambda each: text(pm_words.ROUND[each])
            )
            reason = st.text_input(text("理由（必須）"), max_chars=300, key="round-why")
            sure = st.checkbox(text("この申請を終わりにしますか？元に戻せません。"), key="round-sure")
            stopped = st.form_submit_button(text("申請の終わりを記録"), key="round-stop-save")
    if granted and isinstance(begins, date) and isinstance(ends, date):
        try:
            parsed = marks.parse(number)
        except InvalidValue as error:
            st.error(pm_words.refused(error, context))
            return
        pm_words.do(
            lambda tx: rounds.grant(
                tx,
                running.id,
                mark=parsed,
                valid_from=begins,
                valid_until=ends,
                expected_version=running.version,
            ),
            text("付与を記録しました。次の更新の受付期間が決まりました。"),
            context,
            key=SAID,
        )
    if stopped and not sure:
        st.error(text("終わりにしてよければ、確認の印を付けてください。"))
    elif stopped:
        pm_words.do(
            lambda tx: rounds.stop(tx, running.id, state, reason=reason, expected_version=running.version),
            text("申請の終わりを記録しました。"),
            context,
            key=SAID,
        )


def _past(case: _Case, context: PageContext) -> None:
    text, formats = context.text, context.formats
    ended = [each for each in case.rounds if each.state is not RoundState.OPEN]
    if not ended:
        return
    frame.heading(text("これまでの申請"))
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(text(pm_words.KIND[each.kind])),
                tables.Cell(formats.day(each.applied_on)),
                tables.Cell(text(pm_words.ROUND[each.state]), below=each.note),
                tables.Cell(formats.day(each.ended_on)),
                tables.Cell(formats.period(each.granted_from, each.granted_until)),
            ],
        )
        for each in ended
    ]
    labels = (text("種類"), text("申請日"), text("結果"), text("結果の日"), text("有効期間"))
    tables.show(
        tables.Table(
            text("申請 {number} 件", number=formats.number(len(ended))),
            [tables.Column(label) for label in labels],
            rows,
        ),
        key="rounds",
    )
