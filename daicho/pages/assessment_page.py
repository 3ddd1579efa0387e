"""One assessment: its days and who assesses, then findings, the visit, the index, earlier findings."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import (
    addresses,
    assessment_findings,
    assessment_records,
    assessment_visit,
    assessment_words,
    frame,
    scope,
    tables,
)
from daicho.pages.assessment_case import SAID, TAKEN, Case
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.text import mark
from privacy_mark.assessments import letters, register
from privacy_mark.assessments.model import Assessment, AssessmentId, FindingState, Letter, LetterState
from privacy_mark.certificates.bodies import body_of
from privacy_mark.certificates.steps import Step, procedure
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.model import Permission


class View(enum.StrEnum):
    """The parts of the page; the ids stand in its address."""

    FINDINGS = "findings"
    VISIT = "visit"
    RECORDS = "records"
    EARLIER = "earlier"


_VIEW: Mapping[View, str] = {
    View.FINDINGS: mark("指摘事項と回答"),
    View.VISIT: mark("現地審査の準備"),
    View.RECORDS: mark("記録の一覧"),
    View.EARLIER: mark("これまでの指摘"),
}


def show(assessment_id: AssessmentId, context: PageContext) -> None:
    """Show one assessment, or that it cannot be seen."""
    text = context.text
    try:
        with context.read() as tx:
            of = register.assessment(tx, assessment_id)
            units = scope.units(tx)
            today = today_in_japan(tx.now)
            may = of.is_open and allowed(tx, Permission.MANAGE_CERTIFICATION, of.unit_id)
            told = letters.letters(tx, assessment_id)
    except NotFound:
        frame.title(text("審査"), "")
        frame.message(text("この審査の記録は見つからないか、閲覧できません。"))
        return
    case = Case(of, units, today, may)
    if st.button(text("一覧に戻る"), key="assessment-back", icon=":material/arrow_back:", type="tertiary"):
        addresses.go(addresses.ASSESSMENTS)
    frame.title(
        text("審査　{number} {unit}", number=of.number, unit=case.name(context)),
        _next(of, told, today, context),
    )
    if said := st.session_state.pop(SAID, ""):
        frame.message(said)
        st.session_state[TAKEN] = st.session_state.get(TAKEN, 0) + 1
    _facts(case, context)
    view = _view(context)
    if view is View.FINDINGS:
        assessment_findings.show(case, told, context)
    elif view is View.VISIT:
        assessment_visit.show(case, context)
    elif view is View.RECORDS:
        assessment_records.show(case, context)
    else:
        _earlier(of, context)


def _view(context: PageContext) -> View:
    wanted = st.query_params.get("view", "")
    at_first = View(wanted) if wanted in set(View) else View.FINDINGS
    chosen = st.segmented_control(
        context.text("表示する内容"),
        list(View),
        default=at_first,
        key="assessment-view",
        format_func=lambda each: context.text(_VIEW[each]),
        label_visibility="collapsed",
        required=True,
    )
    view = View(chosen or at_first)
    st.query_params["view"] = view.value
    return view


def _next(of: Assessment, told: Sequence[Letter], today: date, context: PageContext) -> str:
    """Return what to do next, in a sentence or two."""
    text, formats = context.text, context.formats
    if not of.is_open:
        return text("この申請は終わっています。内容は変更できません。")
    working = [letter for letter in told if letter.state is LetterState.OPEN]
    if working:
        first = min(working, key=lambda letter: letter.due_on)
        open_ = sum(each.state is not FindingState.APPROVED for each in first.findings)
        when = text(
            "{stage}の改善報告書の期限は {day}（{left}）です。",
            stage=text(assessment_words.STAGE[first.stage]),
            day=formats.day(first.due_on),
            left=assessment_words.left(first.due_on, today, context),
        )
        if not first.findings:
            return when + text("次は、文書にある指摘を登録します。")
        if open_:
            return when + text("次は、残り {number} 件の指摘に回答し、承認します。", number=open_)
        return when + text("次は、改善報告書を提出します。")
    if any(letter.state is LetterState.SENT for letter in told):
        return text("改善報告書を提出しました。次は、審査機関の回答を記録します。")
    for step in (Step.DOCUMENT_REVIEW, Step.ON_SITE):
        days = of.steps[step]
        if days.actual is None:
            name = procedure().names[step].of(context.language)
            return text("次は{step}（{day}）です。", step=name, day=formats.day(days.planned))
    return text("次は、審査機関から届いた指摘事項の文書を登録します。")


def _facts(case: Case, context: PageContext) -> None:
    text, of = context.text, case.of
    left, right = st.columns(2)
    with left:
        frame.facts(
            {
                text("審査機関"): body_of(of.body).name.of(context.language),
                text("審査員"): of.assessors or NONE,
                text("現地審査の場所"): of.place or NONE,
                **({text("覚え"): of.note} if of.note else {}),
            }
        )
    with right:
        steps = (Step.DOCUMENT_REVIEW, Step.ON_SITE, Step.FINDINGS, Step.CORRECTIVE_REPORT)
        frame.facts({procedure().names[step].of(context.language): _day(of, step, context) for step in steps})
        if st.button(
            text("付与と日程を開く（{number}）", number=of.certificate_number),
            key="assessment-certificate",
            type="tertiary",
            icon=":material/verified:",
        ):
            addresses.go(addresses.CERTIFICATES, certificate=str(of.certificate_id))
    if not case.may:
        return
    with st.expander(text("審査員・場所・覚えを書く")), st.form("assessment-change", border=False):
        assessors = st.text_input(text("審査員"), of.assessors, max_chars=200, key="assessment-assessors")
        place = st.text_input(text("現地審査の場所"), of.place, max_chars=200, key="assessment-place")
        note = st.text_area(text("覚え"), of.note, max_chars=1_000, height=80, key="assessment-note")
        sent = st.form_submit_button(text("変更を保存"), key="assessment-save")
    if sent:
        assessment_words.do(
            lambda tx: register.change(
                tx, of.id, assessors=assessors, place=place, note=note, expected_version=of.version
            ),
            text("変更を保存しました。"),
            context,
            key=SAID,
        )


def _day(of: Assessment, step: Step, context: PageContext) -> str:
    text, formats, days = context.text, context.formats, of.steps[step]
    if days.actual is not None:
        return text("{day}（実施）", day=formats.day(days.actual))
    return text("{day}（予定）", day=formats.day(days.planned)) if days.planned else NONE


def _earlier(of: Assessment, context: PageContext) -> None:
    """Show what earlier assessments of the certificate found: it must still hold."""
    text, formats = context.text, context.formats
    with context.read() as tx:
        found = letters.earlier(tx, of.id)
    frame.heading(text("これまでの指摘"), text("前の申請で受けた指摘です。改善が続いているかを確かめます。"))
    if not found:
        frame.message(text("この付与の前の審査に、登録された指摘はありません。"))
        return
    rows = [
        tables.Row(
            str(place),
            [
                tables.Cell(each.assessment_number, below=formats.day(each.dated_on)),
                tables.Cell(text(assessment_words.STAGE[each.stage])),
                tables.Cell(each.number, below=each.requirement),
                tables.Cell(each.text),
                tables.Cell(each.answer or NONE),
                tables.Cell(
                    text("改善を確認された") if each.accepted else text(assessment_words.FINDING[each.state])
                ),
            ],
        )
        for place, each in enumerate(found)
    ]
    labels = (
        *(text("前回の審査"), text("段階"), text("指摘の番号")),
        *(text("指摘の内容"), text("改善の内容"), text("状態")),
    )
    caption = text("これまでの指摘 {number} 件、新しいものから", number=formats.number(len(rows)))
    columns = [tables.Column(label, nowrap=label not in labels[3:5]) for label in labels]
    tables.show(tables.Table(caption, columns, rows), key="earlier")
