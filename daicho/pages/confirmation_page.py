"""One confirmation: answered by exception beside what is known, then confirmed or sent back by another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import streamlit as st

from daicho.pages import action_words, addresses, confirmation_words, frame, tables
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.actions import listing
from privacy_mark.confirmations import answering
from privacy_mark.confirmations.answering import Confirmation
from privacy_mark.confirmations.answers import LONGEST_NAME, LONGEST_NOTE, Answer, Result, prefilled
from privacy_mark.confirmations.campaigns import ConfirmationId
from privacy_mark.confirmations.facts import Fact
from privacy_mark.confirmations.periods import Span, span_of
from privacy_mark.confirmations.questions import FactKind, Question, QuestionKind
from privacy_mark.confirmations.states import UNANSWERED, ConfirmationState
from registry import organisation
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.model import Permission
from registry.store import Tx

_SAID, _ASKED = "confirmation-said", "confirmation-asked"


def show(confirmation_id: ConfirmationId, context: PageContext) -> None:
    """Show one confirmation."""
    text = context.text
    try:
        with context.read() as tx:
            of = answering.confirmation(tx, confirmation_id)
            unit = organisation.unit(tx, of.unit_id)
            today = today_in_japan(tx.now)
            answers = allowed(tx, Permission.ANSWER_CONFIRMATIONS, of.unit_id)
            confirms = allowed(tx, Permission.DECIDE_CONFIRMATIONS, of.unit_id)
            known = answering.known_facts(tx, confirmation_id) if answers else {}
            corrected = listing.numbered(tx, of.actions)
    except NotFound:
        frame.title(text("運用の確認"), "")
        frame.message(text("この確認は見つからないか、閲覧できません。"))
        _back(context)
        return
    frame.title(
        f"{of.operation.name}　{confirmation_words.period(of.period, context)}",
        _next_step(of, today, context),
    )
    _back(context)
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    _facts(of, unit.name(context.language), context)
    action_words.links(of.actions, corrected, context)
    if of.note:
        frame.message(text("差し戻しの理由：{note}", note=of.note))
    if answers and of.state in UNANSWERED:
        _form(of, known, today, context)
        return
    _answers(of, context)
    if of.state is ConfirmationState.ANSWERED and confirms:
        _decision(of, context)


def _back(context: PageContext) -> None:
    if st.button(
        context.text("一覧に戻る"), key="confirmation-back", type="tertiary", icon=":material/arrow_back:"
    ):
        addresses.go(addresses.CONFIRMATIONS)


def _next_step(of: Confirmation, today: date, context: PageContext) -> str:
    text = context.text
    match of.state:
        case ConfirmationState.ANSWERED:
            return text("回答済みです。次は、回答した方とは別の方が確認します。")
        case ConfirmationState.CONFIRMED:
            return text("確認済みです。内容は変更できません。")
        case ConfirmationState.WITHDRAWN:
            return text("回答の前に終わったため、対象外です。")
        case ConfirmationState.OPEN | ConfirmationState.RETURNED:
            late = (today - of.due_on).days
            if late > 0:
                return text("期限を {days} 日過ぎています。", days=late)
            return text("期限 {day}（あと {days} 日）。", day=context.formats.day(of.due_on), days=-late)


def _facts(of: Confirmation, unit: str, context: PageContext) -> None:
    text, formats = context.text, context.formats
    facts = {
        text("番号"): of.number,
        text("単位"): unit,
        text("種類"): of.asked.name.of(context.language),
        text("状態"): text(confirmation_words.STATE[of.state]),
        text("回答の期限"): formats.day(of.due_on),
    }
    if of.answered_at is not None:
        facts[text("回答した方")] = f"{of.answerer}　{formats.moment(of.answered_at)}"
    if of.confirmed_at is not None:
        facts[text("確認した方")] = f"{of.confirmer}　{formats.moment(of.confirmed_at)}"
    if of.actions:
        facts[text("この回答の是正処置", n=len(of.actions))] = ", ".join(of.actions)
    frame.facts(facts)


def _form(of: Confirmation, known: Mapping[FactKind, Fact], today: date, context: PageContext) -> None:
    text = context.text
    given: list[Answer] = []
    missing: list[Question] = []
    earlier = {answer.question_id: answer for answer in of.answers}
    for kind in QuestionKind:
        asked = [question for question in of.asked.questions if question.kind is kind]
        if not asked:
            continue
        frame.heading(text(confirmation_words.KIND[kind]), text(confirmation_words.KIND_NOTE[kind]))
        for question in asked:
            answer = _question(
                of, question, known, earlier.get(question.id), span_of(of.period, today), context
            )
            given += [answer] if answer is not None else []
            missing += [question] if answer is None else []
    if missing:
        frame.note(text("あと {number} 問に答えると送れます。", number=len(missing)))
    if st.button(text("回答を送る"), type="primary", key="confirmation-answer", disabled=bool(missing)):
        _take(
            lambda tx: answering.answer(tx, of.id, given, expected_version=of.version),
            text("回答しました。別の方が確認します。"),
            context,
        )


def _question(
    of: Confirmation,
    question: Question,
    known: Mapping[FactKind, Fact],
    earlier: Answer | None,
    span: Span,
    context: PageContext,
) -> Answer | None:
    """Show one question and return what it is answered with, None while nobody has."""
    text, name = context.text, f"confirmation-{of.id}-{question.id}"
    physical = question.kind is QuestionKind.PHYSICAL
    told = earlier.result if earlier else prefilled(question, known)
    left, right = st.columns([6, 4], vertical_alignment="center")
    with left:
        label = question.text.of(context.language)
        st.markdown(label)
        if question.fact is not None:
            frame.note(confirmation_words.fact(question.fact, known[question.fact].numbers, context))
    with right:
        result = st.segmented_control(
            label,
            list(Result),
            default=told,
            format_func=lambda each: text(confirmation_words.RESULT[each]),
            key=name,
            label_visibility="collapsed",
        )
    if result is None:
        return None
    note, checker, day = "", "", None
    if physical and result is not Result.NOT_APPLICABLE:
        who, when = st.columns([6, 4])
        with who:
            checker = st.text_input(
                text("見た方（必須）"),
                earlier.checker if earlier else "",
                max_chars=LONGEST_NAME,
                key=f"{name}-who",
            )
        with when:
            day = st.date_input(
                text("見た日（必須）"),
                earlier.checked_on if earlier and _within(earlier.checked_on, span) else None,
                min_value=span.first,
                max_value=span.newest,
                format="YYYY/MM/DD",
                key=f"{name}-day",
            )
    contradicts = question.fact is not None and known[question.fact].is_right is False
    if result is not Result.RIGHT or contradicts:
        note = st.text_input(
            text("内容（必須）"),
            earlier.note if earlier else "",
            max_chars=LONGEST_NOTE,
            key=f"{name}-note",
        )
    return Answer(question.id, result, note, checker, day if isinstance(day, date) else None)


def _within(day: date | None, span: Span) -> bool:
    return day is not None and span.first <= day <= span.newest


def _answers(of: Confirmation, context: PageContext) -> None:
    text = context.text
    if not of.answers:
        frame.message(text("まだ回答がありません。部門の管理者が回答します。"))
        return
    changed, asked = of.changed, {question.id: question for question in of.answered.questions}
    before = {answer.question_id: answer for answer in of.before}
    rows = [
        tables.Row(
            answer.question_id,
            [
                tables.Cell(
                    asked[answer.question_id].text.of(context.language), below=_seen(answer, asked, context)
                ),
                tables.Cell(
                    text(confirmation_words.RESULT[answer.result]),
                    below=_before(before.get(answer.question_id), context)
                    if answer.question_id in changed
                    else "",
                ),
                tables.Cell(answer.note or "—"),
                tables.Cell(
                    answer.checker or "—",
                    below="" if answer.checked_on is None else context.formats.day(answer.checked_on),
                ),
            ],
        )
        for answer in of.answers
        if answer.question_id in asked
    ]
    labels = (text("確かめたこと"), text("答え"), text("内容"), text("見た方"))
    caption = text(
        "{number} 問、前回と違う答え {changed} 問",
        number=len(rows),
        changed=len(changed),
    )
    tables.show(
        tables.Table(caption, [tables.Column(label, nowrap=label == labels[1]) for label in labels], rows),
        key="confirmation-answers",
    )


def _seen(answer: Answer, asked: Mapping[str, Question], context: PageContext) -> str:
    kind = asked[answer.question_id].fact
    if kind is None or answer.numbers is None:
        return ""
    return confirmation_words.fact(kind, answer.numbers, context)


def _before(answer: Answer | None, context: PageContext) -> str:
    if answer is None:
        return context.text("前回はなかった問い")
    return context.text("前回：{result}", result=context.text(confirmation_words.RESULT[answer.result]))


def _decision(of: Confirmation, context: PageContext) -> None:
    text = context.text
    own = of.answerer_id == context.principal.user_id
    if own:
        frame.note(text("ご自身の回答は確認できません。別の方が確認します。"))
    exceptions = sum(answer.result is Result.EXCEPTION for answer in of.answers)
    if st.session_state.get(_ASKED) != of.id:
        st.button(
            text("回答を確認"),
            type="primary",
            key="confirmation-confirm",
            disabled=own,
            on_click=_ask,
            args=(of.id,),
        )
    else:
        st.warning(
            text(
                "{number} 件の例外を是正処置に回し、この回答を確認済みにしますか？確認は取り消せません。",
                number=exceptions,
            )
            if exceptions
            else text("この回答を確認済みにしますか？確認は取り消せません。")
        )
        with st.container(horizontal=True, gap="small"):
            st.button(text("キャンセル"), key="confirmation-cancel", on_click=_ask, args=(0,))
            if st.button(text("回答を確認"), type="primary", key="confirmation-sure"):
                _take(
                    lambda tx: answering.confirm(tx, of.id, expected_version=of.version),
                    text("確認しました。"),
                    context,
                )
    with st.expander(text("差し戻す")):
        note = st.text_area(text("差し戻す理由（必須）"), max_chars=1000, height=90, key="confirmation-note")
        if st.button(text("回答した方に差し戻す"), key="confirmation-return", disabled=own):
            _take(
                lambda tx: answering.send_back(tx, of.id, note=note, expected_version=of.version),
                text("差し戻しました。"),
                context,
            )


def _ask(confirmation_id: int) -> None:
    st.session_state[_ASKED] = confirmation_id


def _take(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    st.session_state.pop(_ASKED, None)
    take(act, said, context, key=_SAID, refused=confirmation_words.refused)
