"""One finding: what the assessors wrote, the answer with its evidence, and another person who approves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import streamlit as st

from daicho.pages import (
    addresses,
    assessment_words,
    finding_action,
    finding_form,
    frame,
    kept_files,
    scope,
)
from daicho.pages.assessment_case import SAID
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.assessments import files, findings, letters, register
from privacy_mark.assessments.correcting import Link
from privacy_mark.assessments.evidence import LONGEST_REFERENCE, LONGEST_WHAT
from privacy_mark.assessments.findings import LONGEST_NOTE
from privacy_mark.assessments.model import Evidence, EvidenceKind, Finding, FindingId, FindingState
from privacy_mark.files import KeptFile
from registry import attachments
from registry.access import allowed, today_in_japan
from registry.attachments import Attachment
from registry.errors import NotFound
from registry.model import EntryId, Permission, UnitId
from registry.store import Tx
from registry.topics import Topic

_BLANK = 3  # so many empty lines for evidence


@dataclass(frozen=True, slots=True)
class _Rights:
    answers: bool
    approves: bool
    manages: bool
    reads: bool  # the assessment that it belongs to


def show(finding_id: FindingId, context: PageContext) -> None:
    """Show one finding, or that it cannot be seen."""
    text = context.text
    try:
        with context.read() as tx:
            of = findings.finding(tx, finding_id)
            names = scope.full_names(scope.units(tx), context.language)
            today = today_in_japan(tx.now)
            link = finding_action.link_of(tx, of)
            found = files.attached(tx, of.id)
            rights = _Rights(
                of.is_open and allowed(tx, Permission.WORK_ON_ACTIONS, of.unit_id),
                of.is_open and allowed(tx, Permission.CONFIRM_READINESS, of.unit_id),
                of.is_open and allowed(tx, Permission.MANAGE_CERTIFICATION, of.unit_id),
                _reads(tx, of),
            )
    except NotFound:
        frame.title(text("指摘事項"), "")
        gone = text("この指摘は見つからないか、閲覧できません。")
        frame.message(st.session_state.pop(SAID, "") or gone)  # or it was taken out just now
        if st.button(text("一覧に戻る"), key="finding-back", icon=":material/arrow_back:", type="tertiary"):
            addresses.go(addresses.ASSESSMENTS)
        return
    back = text("審査 {number} に戻る", number=of.assessment_number) if rights.reads else text("一覧に戻る")
    if st.button(back, key="finding-back", icon=":material/arrow_back:", type="tertiary"):
        addresses.go(addresses.ASSESSMENTS, assessment=str(of.assessment_id) if rights.reads else "")
    frame.title(text("指摘 {number}", number=of.number), _next(of, today, context))
    if said := st.session_state.pop(SAID, ""):
        frame.message(said)
    if of.note and of.state is FindingState.OPEN:
        frame.message(text("差し戻しの理由：{note}", note=of.note))
    _facts(of, names.get(of.unit_id, NONE), context)
    if of.answered_at is not None:
        _answer(of, context)
    if of.state is FindingState.ANSWERED and rights.approves:
        _approve(of, context)
    _kept(of, found, rights, context)
    finding_action.show(of, link, context, works=rights.answers)
    if rights.answers:
        _answering(of, link, context)
    if rights.manages:
        _change(of, context)


def _reads(tx: Tx, of: Finding) -> bool:
    """Tell whether the assessment of a finding may be seen: a department sees its findings alone."""
    try:
        register.assessment(tx, of.assessment_id)
    except NotFound:
        return False
    return True


def _next(of: Finding, today: date, context: PageContext) -> str:
    text = context.text
    if of.state is FindingState.APPROVED:
        return text("回答は承認されています。改善報告書に入ります。")
    if not of.is_open:
        return text("報告書を提出したか、申請が終わっています。内容は変更できません。")
    if of.state is FindingState.ANSWERED:
        return text("次は、回答した方とは別の個人情報保護管理者が承認します。")
    return text(
        "次は、{day} まで（{left}）に回答します。",
        day=context.formats.day(of.due_on),
        left=assessment_words.left(of.due_on, today, context),
    )


def _facts(of: Finding, unit: str, context: PageContext) -> None:
    text = context.text
    left, right = st.columns(2)
    with left:
        frame.facts(
            {
                text("審査の番号"): f"{of.assessment_number}　{text(assessment_words.STAGE[of.stage])}",
                text("要求事項"): assessment_words.requirement(
                    of.requirement, context.language, of.dated_on, context
                ),
                text("状態"): text(assessment_words.FINDING[of.state]),
            }
        )
    with right:
        frame.facts(
            {
                text("担当する組織"): unit,
                text("回答する方"): of.owner or text("決めていません"),
                text("回答の期限"): context.formats.day(of.due_on),
            }
        )
    frame.heading(text("指摘の内容"))
    frame.message(of.text)


def _answer(of: Finding, context: PageContext) -> None:
    text, formats = context.text, context.formats
    frame.heading(text("回答"), f"{of.answerer}　{formats.moment(of.answered_at)}")
    frame.facts({text("原因"): of.cause or NONE, text("改善した内容"): of.answer})
    if of.approved_at is not None:
        frame.note(text("承認：{who}　{when}", who=of.approver, when=formats.moment(of.approved_at)))
    if of.evidence:
        frame.heading(text("証跡"))
    for place, each in enumerate(of.evidence):
        _evidence(place, each, context)


def _evidence(place: int, each: Evidence, context: PageContext) -> None:
    text = context.text
    name = "　".join(part for part in (text(assessment_words.EVIDENCE[each.kind]), each.reference) if part)
    with st.container(horizontal=True, vertical_alignment="center"):
        frame.note("　".join(part for part in (name, each.what) if part))
        page = assessment_words.EVIDENCE_PAGE.get(each.kind)
        if (
            page is not None
            and each.row
            and st.button(
                text("{record} を開く", record=each.reference),
                key=f"evidence-{place}",
                type="tertiary",
                icon=":material/open_in_new:",
            )
        ):
            addresses.go(page[0], **{page[1]: each.row})
    if each.kind is EvidenceKind.LEDGER and each.row.isdecimal():
        for file in _files(EntryId(int(each.row)), context):
            shown = file.name or text("閲覧の権限がないため表示しません")
            frame.note(text("　添付：{name}（{size}）", name=shown, size=context.formats.size(file.size)))


def _files(entry_id: EntryId, context: PageContext) -> list[Attachment]:
    """Return the files attached to a ledger entry that is named as evidence, where it may be seen."""
    try:
        with context.read() as tx:
            found = attachments.attachments(tx, Topic.of_entry(entry_id))
    except NotFound:
        return []
    return [file for file in found if file.removed_at is None]


def _approve(of: Finding, context: PageContext) -> None:
    text = context.text
    frame.heading(
        text("回答の承認"), text("回答した方とは別の個人情報保護管理者が、内容と証跡を確かめます。")
    )
    if of.answerer_id == context.principal.user_id:
        frame.note(text("ご自身の回答は承認できません。別の方が承認します。"))
        return
    if st.button(text("回答を承認"), type="primary", key="finding-approve"):
        assessment_words.do(
            lambda tx: findings.approve(tx, of.id, expected_version=of.version),
            text("回答を承認しました。"),
            context,
            key=SAID,
        )
    with st.expander(text("差し戻す")):
        why = st.text_area(
            text("差し戻す理由（必須）"), max_chars=LONGEST_NOTE, height=90, key="finding-return-note"
        )
        if st.button(text("回答した方に差し戻す"), key="finding-return"):
            assessment_words.do(
                lambda tx: findings.send_back(tx, of.id, note=why, expected_version=of.version),
                text("差し戻しました。"),
                context,
                key=SAID,
            )


def _kept(of: Finding, found: Sequence[KeptFile], rights: _Rights, context: PageContext) -> None:
    """Show the files of the finding; they change until the answer is approved."""
    text = context.text
    mine = of.may_answer(context.principal.user_id) or rights.manages
    open_ = rights.answers and mine and of.state is not FindingState.APPROVED
    if not found and not open_:
        return
    frame.heading(text("証跡のファイル"))
    doors = kept_files.Doors(
        content=files.content,
        add=(lambda tx, name, data, personal: files.add(tx, of.id, name, data, personal=personal))
        if open_
        else None,
        remove=(lambda tx, file, why: files.remove(tx, file.id, expected_version=file.version, reason=why))
        if open_
        else None,
        asks_personal=True,
    )
    kept_files.show(found, doors, f"finding-{of.id}", SAID, assessment_words.refused, context)


def _answering(of: Finding, link: Link | None, context: PageContext) -> None:
    text = context.text
    if not of.may_answer(context.principal.user_id):
        if of.state is FindingState.OPEN:
            frame.note(text("この指摘は、{who} さんが回答します。", who=of.owner))
        return
    first = of.state is FindingState.OPEN
    given = finding_action.proposal(of, link, context)
    label = text("回答する") if first else text("回答を直す（承認は取り消されます）")
    with st.expander(label, expanded=first), st.form("finding-answer", border=False):
        if given is not None:
            frame.note(
                text(
                    "是正処置 {number} の原因、処置、結果を入れてあります。確かめて直してください。",
                    number=given.number,
                )
            )
        cause = st.text_area(
            text("原因"),
            given.cause if given else of.cause,
            max_chars=finding_form.LONGEST_TEXT,
            height=80,
            key="finding-cause",
        )
        answer = st.text_area(
            text("改善した内容（必須）"),
            given.answer if given else of.answer,
            max_chars=finding_form.LONGEST_TEXT,
            height=110,
            key="finding-answer-text",
        )
        frame.note(
            text(
                "証跡（ファイルがなければ 1 つ以上）：台帳・年間計画・苦情・是正処置は番号"
                "（L-0001、Y-0001、CM-00001、CA-0001）を入れると、その記録につながります。"
            )
        )
        evidence = _evidence_fields([given.evidence] if given else of.evidence, context)
        sent = st.form_submit_button(text("回答を記録"), type="primary", key="finding-answer")
    if sent:
        assessment_words.do(
            lambda tx: findings.answer(
                tx, of.id, cause=cause, answer=answer, evidence=evidence, expected_version=of.version
            ),
            text("回答を記録しました。次は、別の方が承認します。"),
            context,
            key=SAID,
        )


def _evidence_fields(held: Sequence[Evidence], context: PageContext) -> list[Evidence]:
    text = context.text
    kinds: Sequence[EvidenceKind] = tuple(EvidenceKind)
    found = []
    for place, each in enumerate([*held, *[None] * _BLANK]):
        shown: Literal["visible", "collapsed"] = "visible" if place == 0 else "collapsed"
        left, middle, right = st.columns([3, 2, 5])
        kind = left.selectbox(
            text("証跡の種類"),
            kinds,
            index=kinds.index(each.kind if each else EvidenceKind.OTHER),
            format_func=lambda one: text(assessment_words.EVIDENCE[one]),
            key=f"evidence-kind-{place}",
            label_visibility=shown,
        )
        reference = middle.text_input(
            text("記録の番号"),
            each.reference if each else "",
            max_chars=LONGEST_REFERENCE,
            key=f"evidence-reference-{place}",
            label_visibility=shown,
        )
        what = right.text_input(
            text("何の記録か、どこにあるか"),
            each.what if each else "",
            max_chars=LONGEST_WHAT,
            key=f"evidence-what-{place}",
            label_visibility=shown,
        )
        if reference.strip() or what.strip():
            found.append(Evidence(kind, reference, what))
    return found


def _change(of: Finding, context: PageContext) -> None:
    text = context.text
    try:
        with context.read() as tx:
            letter = letters.letter(tx, of.letter_id)
    except NotFound:  # of a unit above one's own
        return
    with st.expander(text("指摘の内容と担当を直す")):
        draft = finding_form.fields(
            UnitId(letter.unit_id), letter, of, context, key=f"finding-{of.id}-{of.version}"
        )
        if st.button(text("変更を保存"), key="finding-change"):
            assessment_words.do(
                lambda tx: findings.change(tx, of.id, draft, expected_version=of.version),
                text("変更を保存しました。"),
                context,
                key=SAID,
            )
    if of.answered_at is not None:
        return
    with st.expander(text("誤って登録した指摘を取り消す")):
        sure = st.checkbox(
            text("指摘 {number} を取り消しますか？元に戻せません。", number=of.number), key="finding-sure"
        )
        if st.button(text("指摘を取り消す"), key="finding-remove", disabled=not sure):
            assessment_words.do(
                lambda tx: findings.remove(tx, of.id, expected_version=of.version),
                text("指摘を取り消しました。"),
                context,
                key=SAID,
            )
