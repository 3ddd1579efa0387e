"""One management review: inputs, minutes, decisions, and another person who approves them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import streamlit as st

from daicho.pages import addresses, frame, management_review_inputs, management_review_pdf, scope
from daicho.pages import management_review_decisions as decisions
from daicho.pages import management_review_steps as steps
from daicho.pages import management_review_words as words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE, local_day
from daicho.pages.management_review_inputs import SAID
from privacy_mark.reviews import follow_up, holding, register
from privacy_mark.reviews.model import Inputs, Review, ReviewId, State
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.model import Permission


@dataclass(frozen=True, slots=True)
class _Case:
    review: Review
    inputs: Inputs
    unit: str
    code: str  # of the unit
    may: bool
    decides: bool
    reports: frozenset[int]  # decisions whose result one may record
    today: date


def show(review_id: ReviewId, context: PageContext) -> None:
    """Show one review, or that it cannot be seen."""
    text = context.text
    try:
        with context.read() as tx:
            of = register.review(tx, review_id)
            units = scope.units(tx)
            case = _Case(
                of,
                holding.inputs(tx, review_id),
                scope.full_names(units, context.language).get(of.unit_id, NONE),
                next((each.code for each in units if each.id == of.unit_id), ""),
                allowed(tx, Permission.MANAGE_REVIEWS, of.unit_id),
                allowed(tx, Permission.DECIDE_REVIEWS, of.unit_id),
                frozenset(each.id for each in of.decisions if follow_up.may_report(tx, each)),
                today_in_japan(tx.now),
            )
    except NotFound:
        frame.title(text("マネジメントレビュー"), "")
        frame.message(text("この見直しは見つからないか、閲覧できません。"))
        _back(context)
        return
    frame.title(
        text("マネジメントレビュー　{number} {unit}", number=of.number, unit=case.unit), _next(case, context)
    )
    _back(context)
    if said := st.session_state.pop(SAID, ""):
        frame.message(said)
    if of.note and of.state is State.HELD:
        frame.message(text("差し戻されました：{note}", note=of.note))
    if of.note and of.state is State.CANCELLED:
        frame.message(text("中止の理由：{note}", note=of.note))
    left, right = st.columns([68, 32], gap="large")
    with left:
        if of.state is not State.CANCELLED:
            management_review_inputs.show(of, case.inputs, case.code, context, may=case.may)
        steps.minutes(of, context, may=case.may)
        decisions.show(of, case.today, context, may=case.may, decides=case.decides, reports=case.reports)
    with right:
        _facts(case, context)
        steps.show(of, case.today, context, may=case.may, decides=case.decides)
        if of.held_on is not None:
            management_review_pdf.offer(of, case.inputs, case.unit, context)


def _back(context: PageContext) -> None:
    if st.button(
        context.text("一覧に戻る"), key="review-back", type="tertiary", icon=":material/arrow_back:"
    ):
        addresses.go(addresses.MANAGEMENT_REVIEWS)


def _next(case: _Case, context: PageContext) -> str:
    text, of = context.text, case.review
    if of.state is State.PLANNED:
        return text(
            "次は、入力を確かめて補足を書き入れ、{day} に開催します。", day=context.formats.day(of.planned_on)
        )
    if of.state is State.HELD:
        return text("次は、議事録と決定を書いて、トップマネジメントに承認を依頼します。")
    if of.state is State.SUBMITTED:
        return text("次は、議事録に書き込んだ方とは別のトップマネジメントが承認します。")
    if of.state is State.CANCELLED:
        return text("この見直しは中止されました。")
    waiting = sum(each.ended_on is None for each in of.decisions)
    if waiting:
        return text("承認済みです。次は、実施中の決定 {number} 件の結果を記録します。", number=waiting)
    return text("承認済みで、決定はすべて終わりました。次回の見直しは、この決定から始まります。")


def _facts(case: _Case, context: PageContext) -> None:
    text, formats, of = context.text, context.formats, case.review
    pairs = {
        text("状態"): text(words.STATE[of.state]),
        text("見直す単位"): case.unit,
        text("開催の予定日"): formats.day(of.planned_on),
        text("議長（トップマネジメント）"): of.chair,
    }
    if of.held_on is not None:
        pairs |= {
            text("開催日"): formats.day(of.held_on),
            text("見直した期間"): formats.period(of.since, of.as_of),
            text("議事録を書いた方"): f"{of.recorder or NONE}　{_day(of.submitted_at, context)}".strip(),
            text("承認した方"): f"{of.approver or NONE}　{_day(of.closed_at, context)}".strip(),
        }
    frame.facts(pairs)


def _day(moment: datetime | None, context: PageContext) -> str:
    return "" if moment is None else context.formats.day(local_day(moment))
