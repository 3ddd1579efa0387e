"""Findings of an assessment by the documents they came in, and the improvement report on each document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from daicho.pages import (
    addresses,
    assessment_words,
    finding_action,
    finding_form,
    frame,
    improvement,
    scope,
    tables,
)
from daicho.pages.assessment_case import SAID, TAKEN, Case
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.assessments import correcting, findings, letters, reports
from privacy_mark.assessments.model import FindingId, FindingState, Letter, LetterState, Stage
from privacy_mark.assessments.rules import rules
from privacy_mark.certificates.reading import Confidence
from registry.views import note_export


def show(case: Case, told: Sequence[Letter], context: PageContext) -> None:
    """Show each document with its findings, what can be done next, and a form for a new document."""
    text = context.text
    for letter in told:
        _letter(case, letter, context)
    if not told:
        frame.message(
            text("指摘事項の文書はまだありません。届いたら、下の「指摘事項の文書を登録する」から登録します。")
            if case.may
            else text("指摘事項の文書はまだありません。")
        )
    if case.may:
        _receive(case, context, expanded=not told)


def _letter(case: Case, letter: Letter, context: PageContext) -> None:
    text, formats = context.text, context.formats
    frame.heading(
        text(
            "{stage}の指摘事項（{day} 付け）",
            stage=text(assessment_words.STAGE[letter.stage]),
            day=formats.day(letter.dated_on),
        ),
        _standing(letter, case.today, context),
    )
    if letter.findings:
        _table(case, letter, context)
    else:
        frame.note(text("指摘はまだ登録されていません。"))
    for report in letter.reports:
        frame.note(
            text(
                "第 {turn} 回の改善報告書：{day} 提出　{state} {decided}　{note}",
                turn=report.turn,
                day=formats.day(report.sent_on),
                state=text(assessment_words.REPORT[report.state]),
                decided=formats.day(report.decided_on) if report.decided_on else "",
                note=report.note,
            )
        )
    _pdf(case, letter, context)
    if not case.may:
        return
    if letter.state is LetterState.OPEN:
        if letter.is_ready:
            _send(case, letter, context)
        _add(case, letter, context, expanded=not letter.findings)
        _due(letter, context)
    elif letter.state is LetterState.SENT:
        _decide(case, letter, context)


def _standing(letter: Letter, today: date, context: PageContext) -> str:
    text, formats = context.text, context.formats
    told = text(
        "{state}　受領 {received}　報告書の期限 {due}",
        state=text(assessment_words.LETTER[letter.state]),
        received=formats.day(letter.received_on),
        due=formats.day(letter.due_on),
    )
    if letter.state is LetterState.OPEN:
        told += text("（{left}）", left=assessment_words.left(letter.due_on, today, context))
    rule = rules().named(letter.rule)
    if letter.rule == "":
        told += text("　期限の根拠：{reason}", reason=letter.due_reason)
    elif rule is not None:
        told += text("　期限は、文書の日付から {months} か月以内", months=rule.months)
        if rule.confidence is not Confidence.HIGH:
            told += text("（審査機関の文書で確かめてください）")
    return told


def _table(case: Case, letter: Letter, context: PageContext) -> None:
    text, formats = context.text, context.formats
    names = scope.full_names(case.units, context.language)
    with context.read() as tx:
        corrected = correcting.links(tx, letter.findings)
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.number, link=True),
                tables.Cell(each.requirement),
                tables.Cell(_short(each.text)),
                tables.Cell(names.get(each.unit_id, NONE), below=each.owner or text("担当者は未定")),
                tables.Cell(
                    formats.day(each.due_on),
                    below=assessment_words.left(each.due_on, case.today, context)
                    if each.state is FindingState.OPEN and letter.state is LetterState.OPEN
                    else "",
                ),
                tables.Cell(
                    text(assessment_words.FINDING[each.state]),
                    below=finding_action.standing(corrected.get(each.id), context),
                ),
            ],
        )
        for each in letter.findings
    ]
    done = sum(each.state is FindingState.APPROVED for each in letter.findings)
    caption = text("指摘 {number} 件、うち承認した回答 {done} 件", number=len(rows), done=done)
    labels = (
        *(text("指摘の番号"), text("要求事項"), text("指摘の内容")),
        *(text("担当"), text("回答の期限"), text("状態")),
    )
    columns = [tables.Column(label, nowrap=label not in labels[2:4]) for label in labels]
    opened = tables.show(tables.Table(caption, columns, rows), key=f"letter-{letter.id}")
    if opened:
        addresses.go(addresses.ASSESSMENTS, finding=opened)


def _short(text: str, most: int = 60) -> str:
    line = text.replace("\n", " ")
    return line if len(line) <= most else line[: most - 1] + "…"


def _pdf(case: Case, letter: Letter, context: PageContext) -> None:
    """Offer the report in both languages; taking it out of the product leaves a record."""
    text = context.text
    if not letter.findings:
        return
    with st.container(horizontal=True, gap="small"):
        for language, label in (
            ("ja", text("改善報告書（日本語の PDF）")),
            ("en", text("改善報告書（英語の PDF）")),
        ):
            st.download_button(
                label,
                lambda language=language: improvement.pdf(case, letter, language, context),  # type: ignore[misc]
                file_name=f"{case.of.number}-{letter.stage}-{language}.pdf",
                mime="application/pdf",
                key=f"report-{letter.id}-{language}",
                icon=":material/download:",
                on_click=_note,
                args=(letter, language, context),
            )


def _note(letter: Letter, language: str, context: PageContext) -> None:
    details = {"language": language, "findings": len(letter.findings)}
    note_export(context.workspace.registry, context.principal, "pm_findings_letter", letter.unit_id, details)


def _send(case: Case, letter: Letter, context: PageContext) -> None:
    text = context.text
    with st.form(f"send-{letter.id}", border=False):
        left, right = st.columns([3, 3], vertical_alignment="bottom")
        on = left.date_input(
            text("改善報告書の提出日"),
            case.today,
            min_value=letter.received_on,
            max_value=case.today,
            format="YYYY/MM/DD",
            key=f"sent-on-{letter.id}",
        )
        sent = right.form_submit_button(text("提出を記録"), type="primary", key=f"letter-send-{letter.id}")
    if sent and isinstance(on, date):
        assessment_words.do(
            lambda tx: reports.send(tx, letter.id, sent_on=on, expected_version=letter.version),
            text("改善報告書の提出を記録しました。審査機関の回答が来たら記録します。"),
            context,
            key=SAID,
        )


def _add(case: Case, letter: Letter, context: PageContext, *, expanded: bool) -> None:
    text = context.text
    turn = st.session_state.get(TAKEN, 0)
    with st.expander(text("指摘を登録する"), expanded=expanded):
        draft = finding_form.fields(case.of.unit_id, letter, None, context, key=f"finding-{letter.id}-{turn}")
        if st.button(text("指摘を登録"), type="primary", key=f"finding-add-{letter.id}"):
            assessment_words.do(
                lambda tx: findings.add(tx, letter.id, draft),
                text("指摘 {number} を登録しました。", number=draft.number),
                context,
                key=SAID,
            )


def _due(letter: Letter, context: PageContext) -> None:
    text = context.text
    with st.expander(text("報告書の期限を直す")), st.form(f"due-{letter.id}", border=False):
        on = st.date_input(
            text("報告書の期限"), letter.due_on, format="YYYY/MM/DD", key=f"due-on-{letter.id}"
        )
        reason = st.text_input(
            text("理由（必須）"),
            max_chars=300,
            placeholder=text("例：審査機関の文書にある期限、延長の承認"),
            key=f"due-reason-{letter.id}",
        )
        sent = st.form_submit_button(text("期限を保存"), key=f"letter-due-{letter.id}")
    if sent and isinstance(on, date):
        assessment_words.do(
            lambda tx: letters.set_due(
                tx, letter.id, due_on=on, reason=reason, expected_version=letter.version
            ),
            text("報告書の期限を変更しました。"),
            context,
            key=SAID,
        )


def _decide(case: Case, letter: Letter, context: PageContext) -> None:
    text = context.text
    last = letter.reports[-1]
    with st.expander(text("審査機関の回答を記録する"), expanded=True):
        on = st.date_input(
            text("審査機関の回答日"),
            case.today,
            min_value=last.sent_on,
            max_value=case.today,
            format="YYYY/MM/DD",
            key=f"decided-on-{letter.id}",
        )
        note = st.text_area(
            text("審査機関の言葉（差し戻しのときは必須）"),
            max_chars=findings.LONGEST_NOTE,
            height=80,
            key=f"decided-note-{letter.id}",
        )
        if st.button(text("受理を記録"), type="primary", key=f"letter-accept-{letter.id}"):
            assessment_words.do(
                lambda tx: reports.accept(tx, letter.id, on=on, note=note, expected_version=letter.version),
                text("改善が確認されたことを記録しました。"),
                context,
                key=SAID,
            )
        numbers = {each.id: f"{each.number} {each.requirement}" for each in letter.findings}
        again: list[FindingId] = st.multiselect(
            text("差し戻しのとき、もう一度回答する指摘"),
            list(numbers),
            format_func=lambda each: numbers[each],
            key=f"again-{letter.id}",
        )
        due_on = st.date_input(
            text("新しい期限（空のときは規則のとおり）"),
            None,
            format="YYYY/MM/DD",
            key=f"again-due-{letter.id}",
        )
        if st.button(text("差し戻しを記録"), key=f"letter-return-{letter.id}"):
            assessment_words.do(
                lambda tx: reports.send_back(
                    tx,
                    letter.id,
                    on=on,
                    note=note,
                    again=again,
                    due_on=due_on if isinstance(due_on, date) else None,
                    expected_version=letter.version,
                ),
                text("差し戻しを記録しました。選んだ指摘にもう一度回答します。"),
                context,
                key=SAID,
            )


def _receive(case: Case, context: PageContext, *, expanded: bool) -> None:
    text = context.text
    stages: Sequence[Stage] = tuple(Stage)
    with (
        st.expander(text("指摘事項の文書を登録する"), expanded=expanded),
        st.form("letter-new", border=False),
    ):
        stage = st.selectbox(
            text("どの審査の指摘か"),
            stages,
            index=1,
            format_func=lambda each: text(assessment_words.STAGE[each]),
            key="letter-stage",
        )
        left, middle, right = st.columns(3)
        dated = left.date_input(
            text("文書の日付"), case.today, max_value=case.today, format="YYYY/MM/DD", key="letter-dated"
        )
        received = middle.date_input(
            text("受け取った日"), case.today, max_value=case.today, format="YYYY/MM/DD", key="letter-received"
        )
        due_on = right.date_input(
            text("報告書の期限（空のときは規則のとおり）"), None, format="YYYY/MM/DD", key="letter-due"
        )
        reason = st.text_input(text("期限を手で決めるときの理由"), max_chars=300, key="letter-reason")
        frame.note(
            text(
                "現地審査の指摘は、文書の日付から数えて期限が決まります。"
                "文書審査の指摘は審査機関ごとに違うため、文書にある期限を入れます。"
            )
        )
        sent = st.form_submit_button(text("文書を登録"), type="primary", key="letter-receive")
    if sent:
        assessment_words.do(
            lambda tx: letters.receive(
                tx,
                case.of.id,
                stage=stage,
                dated_on=dated,
                received_on=received,
                due_on=due_on if isinstance(due_on, date) else None,
                reason=reason,
            ),
            text("文書を登録しました。次は、文書の番号のとおりに指摘を登録します。"),
            context,
            key=SAID,
        )
