"""Assessments 審査: one line for each, and a form that begins the record of a running application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import (
    addresses,
    assessment_page,
    assessment_words,
    finding_page,
    frame,
    pm_words,
    scope,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.assessments import findings, register
from privacy_mark.assessments.model import AssessmentId, AssessmentLine, Finding, FindingId
from privacy_mark.certificates import agenda
from privacy_mark.certificates.agenda import Line
from privacy_mark.certificates.bodies import body_of
from privacy_mark.certificates.model import Round, StepDays
from privacy_mark.certificates.steps import Step
from registry.access import today_in_japan, units_allowed
from registry.model import Permission, UnitId

_SAID = "assessments-said"


def show(context: PageContext) -> None:
    """Show the finding or the assessment in the address, else the list."""
    text = context.text
    asked, assessment = addresses.number("finding"), addresses.number("assessment")
    if not context.may(Permission.VIEW_CERTIFICATION):
        frame.title(text("審査"), _purpose(context))
        frame.no_right(text)
    elif asked is not None:
        finding_page.show(FindingId(asked), context)
    elif assessment is not None:
        assessment_page.show(AssessmentId(assessment), context)
    else:
        _list(context)


def _purpose(context: PageContext) -> str:
    return context.text("審査の日程、指摘事項への回答と改善報告書、現地審査の準備をまとめます。")


def _list(context: PageContext) -> None:
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("審査"), _purpose(context))
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    with context.read() as tx:
        units = scope.units(tx)
        with right:
            unit = scope.select(context, units, "assessments-scope", whole=len(units) > 1)
        today = today_in_japan(tx.now)
        lines = register.assessments(tx, unit_id=unit.id if unit else None)
        asked = findings.waiting(tx, unit_id=unit.id if unit else None)
        known = {line.assessment.round_id for line in register.assessments(tx)}
        may = units_allowed(tx, Permission.MANAGE_CERTIFICATION)
        running = [each for each in agenda.agenda(tx, today) if each.round is not None]
    names = scope.full_names(units, context.language)
    waiting = [
        each
        for each in running
        if each.round and each.round.id not in known and each.certificate.unit_id in may
    ]
    if lines:
        frame.verdict(_verdict(lines, today, context))
        _table(lines, names, today, context)
    elif asked:
        frame.verdict(text("あなたの組織に、回答か承認を待つ指摘が {number} 件あります。", number=len(asked)))
    elif waiting:
        frame.message(text("審査の記録はまだありません。下で、審査中の申請を選んで始めてください。"))
    else:
        frame.message(
            text("審査の記録はまだありません。「付与と更新」で申請の日程を作ると、ここで始められます。")
        )
    if asked:
        _asked(asked, names, today, context)
    if waiting:
        _start(waiting, names, context)


def _verdict(lines: Sequence[AssessmentLine], today: date, context: PageContext) -> str:
    text = context.text
    running = [line for line in lines if line.assessment.is_open]
    waiting = sum(line.open + line.answered for line in running)
    late = sum(line.next_due is not None and line.next_due < today for line in running)
    if late:
        return text("**改善報告書の期限を過ぎた審査が {number} 件あります。**", number=late)
    if waiting:
        return text(
            "審査中は {number} 件で、回答か承認を待つ指摘は {waiting} 件です。",
            number=len(running),
            waiting=waiting,
        )
    return text("審査中は {number} 件で、回答を待つ指摘はありません。", number=len(running))


def _table(
    lines: Sequence[AssessmentLine], names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text, formats = context.text, context.formats
    rows = []
    for line in lines:
        of = line.assessment
        rows.append(
            tables.Row(
                str(of.id),
                [
                    tables.Cell(of.number, below=of.certificate_number, link=True),
                    tables.Cell(names.get(of.unit_id, NONE)),
                    tables.Cell(body_of(of.body).name.of(context.language)),
                    step_cell(of.steps[Step.DOCUMENT_REVIEW], context),
                    step_cell(of.steps[Step.ON_SITE], context),
                    tables.Cell(
                        text("{done} / {all} 件", done=line.approved, all=line.findings)
                        if line.findings
                        else NONE
                    ),
                    tables.Cell(
                        formats.day(line.next_due),
                        below=assessment_words.left(line.next_due, today, context) if line.next_due else "",
                    ),
                    tables.Cell(text(pm_words.ROUND[of.round_state])),
                ],
            )
        )
    labels = (
        text("番号"),
        text("審査を受ける組織"),
        text("審査機関"),
        text("文書審査"),
        text("現地審査"),
        text("承認した回答"),
        text("報告書の期限"),
        text("申請の状態"),
    )
    caption = text("審査 {number} 件、審査中のものから", number=formats.number(len(rows)))
    columns = [tables.Column(label, nowrap=label not in (labels[1], labels[2])) for label in labels]
    opened = tables.show(tables.Table(caption, columns, rows), key="assessments")
    if opened:
        addresses.go(addresses.ASSESSMENTS, assessment=opened)


def _asked(asked: Sequence[Finding], names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    """Show findings that wait: a department finds its own here, though not the assessment above."""
    text, formats = context.text, context.formats
    frame.heading(text("回答か承認を待つ指摘"))
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(
                    formats.day(each.due_on), below=assessment_words.left(each.due_on, today, context)
                ),
                tables.Cell(
                    text("指摘 {number}", number=each.number), below=each.assessment_number, link=True
                ),
                tables.Cell(
                    assessment_words.requirement(each.requirement, context.language, each.dated_on, context)
                ),
                tables.Cell(names.get(each.unit_id, NONE), below=each.owner or text("担当者は未定")),
                tables.Cell(text(assessment_words.FINDING[each.state])),
            ],
        )
        for each in asked
    ]
    labels = (text("回答の期限"), text("指摘の番号"), text("要求事項"), text("担当"), text("状態"))
    columns = [tables.Column(label, nowrap=label not in labels[2:4]) for label in labels]
    caption = text("指摘 {number} 件、期限の早いものから", number=len(rows))
    opened = tables.show(tables.Table(caption, columns, rows), key="findings-waiting")
    if opened:
        addresses.go(addresses.ASSESSMENTS, finding=opened)


def step_cell(days: StepDays, context: PageContext) -> tables.Cell:
    """Return the day of a review: done, or planned."""
    text, formats = context.text, context.formats
    if days.actual is not None:
        return tables.Cell(formats.day(days.actual), below=text("実施"))
    return tables.Cell(formats.day(days.planned), below=text("予定") if days.planned else "")


def _start(waiting: Sequence[Line], names: Mapping[UnitId, str], context: PageContext) -> None:
    text = context.text
    runs: dict[str, Round] = {
        f"{each.certificate.number} {names.get(each.certificate.unit_id, NONE)}": each.round
        for each in waiting
        if each.round
    }
    with st.expander(text("審査の記録を始める")), st.form("assessment-new", border=False):
        chosen = st.selectbox(text("審査中の申請"), list(runs), key="assessment-round")
        assessors = st.text_input(text("審査員"), max_chars=200, key="assessment-new-assessors")
        place = st.text_input(text("現地審査の場所"), max_chars=200, key="assessment-new-place")
        frame.note(text("審査の日は、付与と更新の日程にある日を使います。審査員は後からでも書けます。"))
        sent = st.form_submit_button(text("審査の記録を作る"), type="primary", key="assessment-start")
    if sent and chosen:
        assessment_words.do(
            lambda tx: register.start(tx, runs[chosen].id, assessors=assessors, place=place),
            text("審査の記録を作りました。番号を押して開いてください。"),
            context,
            key=_SAID,
        )
