"""One complaint: what arrived, the answer, cause and measure, and another person who closes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st

from daicho.pages import action_form, action_words, addresses, complaint_form, complaint_words, frame, scope
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.actions import listing
from privacy_mark.complaints import handling, register
from privacy_mark.complaints.handling import LONGEST_NOTE, LONGEST_NUMBER
from privacy_mark.complaints.model import Complaint, ComplaintId, State
from registry.access import allowed, today_in_japan, units_allowed
from registry.errors import NotFound
from registry.model import Permission
from registry.store import Tx
from registry.views import SensitiveList

_SAID = "complaint-said"
_LONGEST = complaint_form.LONGEST_TEXT


def show(complaint_id: ComplaintId, context: PageContext) -> None:
    """Show one complaint."""
    text = context.text
    try:
        with context.read() as tx:
            of = register.complaint(tx, complaint_id)
            units = scope.units(tx)
            today = today_in_japan(tx.now)
            may = allowed(tx, Permission.HANDLE_COMPLAINTS, of.unit_id)
            writable = units_allowed(tx, Permission.HANDLE_COMPLAINTS)
            corrected = listing.numbered(tx, [of.action_number] if of.action_number else [])
    except NotFound:
        frame.title(text("苦情・相談"), "")
        frame.message(text("この苦情・相談は見つからないか、閲覧できません。"))
        _back(context)
        return
    context.viewed(SensitiveList.COMPLAINTS, of.unit_id)
    names = scope.full_names(units, context.language)
    frame.title(
        text("{kind} {number}", kind=text(complaint_words.KIND[of.kind]), number=of.number),
        _next_step(of, today, context),
    )
    _back(context)
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    if of.note and of.state is State.RECEIVED:
        frame.message(text("差し戻しの理由：{note}", note=of.note))
    _facts(of, names.get(of.unit_id, "—"), context)
    action_words.links([of.action_number], corrected, context)
    if of.action_withdrawn:
        frame.note(text("是正処置 {number} は取り下げられています。", number=of.action_number))
    _results(of, context)
    if not may or of.state is State.CLOSED:
        return
    if of.state is State.RECEIVED:
        frame.heading(text("回答"), text("回答した内容と日を記録します。"))
        _answer(of, today, context)
    _examine(of, context)
    _follow(of, context)
    if of.state is State.ANSWERED:
        _close(of, context)
        with st.expander(text("回答を直す")):
            _answer(of, today, context)
    with st.expander(text("受付の内容を直す")), st.form("complaint-change", border=False):
        open_ = [each.id for each in units if each.id in writable and each.closed_at is None]
        choices = open_ if of.unit_id in open_ else [of.unit_id, *open_]
        draft = complaint_form.fields(choices, names, today, context, key=f"complaint-{of.id}", held=of)
        if st.form_submit_button(text("変更を保存"), key="complaint-change"):
            _take(
                lambda tx: handling.change(tx, of.id, draft, expected_version=of.version),
                text("変更を保存しました。"),
                context,
            )


def _back(context: PageContext) -> None:
    if st.button(
        context.text("一覧に戻る"), key="complaint-back", type="tertiary", icon=":material/arrow_back:"
    ):
        addresses.go(addresses.COMPLAINTS)


def _next_step(of: Complaint, today: date, context: PageContext) -> str:
    text = context.text
    if of.state is State.CLOSED:
        return text("完了しています。内容は変更できません。")
    if of.state is State.ANSWERED:
        if of.lacks_cause:
            return text("次は、原因と再発防止を記録します。")
        return text("次は、対応した方とは別の方が確かめて完了にします。")
    left = (of.due_on - today).days
    step = text("次は、申し出た方に回答します。")
    if left < 0:
        return text("期限を {days} 日過ぎています。", days=-left) + step
    return text("期限 {day}（あと {days} 日）。", day=context.formats.day(of.due_on), days=left) + step


def _facts(of: Complaint, unit: str, context: PageContext) -> None:
    text, day = context.text, context.formats.day
    erased = text("（保存期間を過ぎて消去）")
    gone = of.erased_at is not None
    left, right = st.columns(2)
    with left:
        frame.facts(
            {
                text("申し出た方"): erased if gone else of.sender or text("（名乗らず）"),
                text("連絡先"): erased if gone else of.contact or "—",
                text("受けた方法"): text(complaint_words.WAY[of.way]),
                text("受付日"): f"{day(of.received_on)}　{of.receiver}".strip(),
            }
        )
    with right:
        frame.facts(
            {
                text("状態"): text(complaint_words.LACKS_CAUSE)
                if of.state is State.ANSWERED and of.lacks_cause
                else text(complaint_words.STATE[of.state]),
                text("何についてか"): text(complaint_words.SUBJECT[of.subject]),
                text("関係する組織"): unit,
                text("関係する台帳"): of.entry_number or "—",
                text("回答の期限"): f"{day(of.due_on)}　{text(complaint_words.URGENCY[of.urgency])}",
                text("是正処置"): of.action_number or "—",
            }
        )
    if of.entry_id is not None and st.button(
        text("台帳の記載を開く"), key="complaint-entry", type="tertiary", icon=":material/menu_book:"
    ):
        addresses.go(addresses.LEDGER, entry=str(of.entry_id))
    frame.heading(text("申出の内容"))
    frame.message(erased if gone else of.content)


def _results(of: Complaint, context: PageContext) -> None:
    """Show what was answered and found, once it was."""
    text, day = context.text, context.formats.day
    if of.answered_on is not None and of.erased_at is None:
        frame.heading(text("回答の内容"), f"{day(of.answered_on)}　{of.answerer}")
        frame.message(of.answer)
    if of.examined_on is not None and of.erased_at is None:
        frame.heading(text("原因と再発防止"), f"{day(of.examined_on)}　{of.examiner}")
        frame.facts({text("原因"): of.cause, text("再発防止"): of.measure})
    if of.closed_on is None:
        return
    frame.heading(text("対応完了"), f"{day(of.closed_on)}　{of.closer}")
    frame.facts(
        {
            text("確かめたこと"): of.note or "—",
            text("関係する請求の番号"): of.request_number or "—",
        }
    )


def _answer(of: Complaint, today: date, context: PageContext) -> None:
    text = context.text
    with st.form("complaint-answer", border=False):
        answer = st.text_area(
            text("回答の内容（必須）"), of.answer, max_chars=_LONGEST, height=120, key="complaint-answer-text"
        )
        on = st.date_input(
            text("回答日"),
            of.answered_on or today,
            min_value=of.received_on,
            max_value=today,
            format="YYYY/MM/DD",
            key="complaint-answered-on",
        )
        sent = st.form_submit_button(
            text("回答を記録"),
            type="primary" if of.state is State.RECEIVED else "secondary",
            key="complaint-answer",
        )
    if sent and isinstance(on, date):
        _take(
            lambda tx: handling.answer(tx, of.id, answer, answered_on=on, expected_version=of.version),
            text("回答を記録しました。"),
            context,
        )


def _examine(of: Complaint, context: PageContext) -> None:
    text = context.text
    needed = of.lacks_cause
    with st.expander(text("原因と再発防止を記録する"), expanded=needed and of.state is State.ANSWERED):
        with st.form("complaint-examine", border=False):
            cause = st.text_area(
                text("原因（必須）"), of.cause, max_chars=_LONGEST, height=90, key="complaint-cause"
            )
            measure = st.text_area(
                text("再発防止（必須）"), of.measure, max_chars=_LONGEST, height=90, key="complaint-measure"
            )
            if not needed:
                frame.note(text("相談と意見には、必要なときだけ記録します。"))
            sent = st.form_submit_button(text("原因と再発防止を記録"), key="complaint-examine")
        if sent:
            _take(
                lambda tx: handling.examine(tx, of.id, cause, measure, expected_version=of.version),
                text("原因と再発防止を記録しました。"),
                context,
            )


def _follow(of: Complaint, context: PageContext) -> None:
    """Let a nonconformity that the complaint shows become a corrective action."""
    text = context.text
    if of.action_number and not of.action_withdrawn:
        return
    key = f"complaint-{of.id}-action"
    with st.expander(text("是正処置を始める")), st.form(key, border=False):
        frame.note(
            text(
                "規程や手順に不適合が見つかったときに始めます。指摘は是正処置を見る方すべてに見えるので、"
                "申し出た方が分かることは書かないでください。"
            )
        )
        left, right = st.columns(2)
        with left:
            requirement = action_form.requirement(key, context)
        with right:
            grade = action_form.grade(key, context)
        finding = action_form.finding(key, context)
        sent = st.form_submit_button(text("是正処置を始める"), key=f"{key}-send")
    if sent:
        _take(
            lambda tx: handling.follow(
                tx,
                of.id,
                requirement=requirement,
                finding=finding,
                grade=grade,
                expected_version=of.version,
            ),
            text("是正処置を始めました。"),
            context,
        )


def _close(of: Complaint, context: PageContext) -> None:
    text = context.text
    own = of.is_work_of(context.principal.user_id)
    frame.heading(text("完了の確認"), text("対応した方とは別の方が、回答と再発防止を確かめます。"))
    if of.lacks_cause:
        frame.note(text("原因と再発防止が記録されると、完了にできます。"))
    if own:
        frame.note(text("ご自身が対応したものは完了にできません。別の方が確かめます。"))
        return
    if not of.lacks_cause:
        with st.form("complaint-close", border=False):
            note = st.text_area(
                text("確かめたこと"), max_chars=LONGEST_NOTE, height=90, key="complaint-close-note"
            )
            left, right = st.columns(2)
            with left:
                request = st.text_input(
                    text("関係する請求の番号"), max_chars=LONGEST_NUMBER, key="complaint-request"
                )
            with right:
                action = st.text_input(
                    text("是正処置の番号"),
                    of.action_number,
                    max_chars=LONGEST_NUMBER,
                    disabled=bool(of.action_number),
                    key="complaint-action",
                )
            frame.note(text("完了にすると、内容は変更できません。"))
            sent = st.form_submit_button(text("完了にする"), type="primary", key="complaint-close")
        if sent:
            _take(
                lambda tx: handling.close(
                    tx,
                    of.id,
                    note=note,
                    request_number=request,
                    action_number=action,
                    expected_version=of.version,
                ),
                text("完了にしました。"),
                context,
            )
    with st.expander(text("差し戻す")):
        why = st.text_area(
            text("差し戻す理由（必須）"), max_chars=LONGEST_NOTE, height=90, key="complaint-return-note"
        )
        if st.button(text("回答した方に差し戻す"), key="complaint-return"):
            _take(
                lambda tx: handling.send_back(tx, of.id, note=why, expected_version=of.version),
                text("差し戻しました。"),
                context,
            )


def _take(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=_SAID, refused=complaint_words.refused)
