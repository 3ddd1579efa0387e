"""One company's self check: answered with evidence beside last year, approved, verified where drawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st

from daicho.pages import action_words, addresses, frame, self_check_words, tables
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.actions import listing
from privacy_mark.self_check import checking
from privacy_mark.self_check.answers import LONGEST, Answer
from privacy_mark.self_check.checking import LONGEST_NOTE, Check, Verified
from privacy_mark.self_check.questions import Level, Question, self_check
from privacy_mark.self_check.rounds import UNANSWERED, CheckId, CheckState
from registry import organisation
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.model import Permission
from registry.store import Tx

_SAID = "self-check-said"
_DONE = (Level.IMPLEMENTED, Level.PARTLY)


def show(check_id: CheckId, context: PageContext) -> None:
    """Show one company."""
    text = context.text
    try:
        with context.read() as tx:
            of = checking.check(tx, check_id)
            unit = organisation.unit(tx, of.unit_id)
            today = today_in_japan(tx.now)
            answers = allowed(tx, Permission.ANSWER_CONFIRMATIONS, of.unit_id)
            approves = of.unit_id in checking.own_units(tx)
            verifies = allowed(tx, Permission.CONDUCT_AUDITS, of.unit_id)
            corrected = listing.found_in(tx, [of.number])
    except NotFound:
        frame.title(text("海外会社の自己点検"), "")
        frame.message(text("この点検は見つからないか、閲覧できません。"))
        _back(context)
        return
    frame.title(f"{unit.name(context.language)}　{of.year}", _next_step(of, today, context))
    _back(context)
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    _facts(of, context)
    if of.note:
        frame.message(text("差し戻しの理由：{note}", note=of.note))
    _doubts(of, context)
    if answers and of.state in UNANSWERED:
        _form(of, today, context)
        return
    _answers(of, context)
    action_words.links(list(corrected), corrected, context)
    if of.state is CheckState.ANSWERED and approves:
        _approve(of, context)
    if of.state is CheckState.APPROVED and verifies:
        _confirm(of, context)


def _back(context: PageContext) -> None:
    if st.button(
        context.text("一覧に戻る"), key="self-check-back", type="tertiary", icon=":material/arrow_back:"
    ):
        addresses.go(addresses.SELF_CHECKS)


def _next_step(of: Check, today: date, context: PageContext) -> str:
    text = context.text
    match of.state:
        case CheckState.ANSWERED:
            return text("次は、回答した方とは別の方が会社として承認します。")
        case CheckState.APPROVED:
            return text("次は、本社が確かめて結果を確定します。")
        case CheckState.CONFIRMED:
            return text("結果は確定しています。内容は変更できません。")
        case CheckState.OPEN | CheckState.RETURNED:
            late = (today - of.due_on).days
            if late > 0:
                return text("期限を {days} 日過ぎています。", days=late)
            return text("期限 {day}（あと {days} 日）。", day=context.formats.day(of.due_on), days=-late)


def _facts(of: Check, context: PageContext) -> None:
    text, moment = context.text, context.formats.moment
    facts = {text("番号"): of.number, text("状態"): text(self_check_words.STATE[of.state])}
    if of.answered_at is not None:
        facts[text("回答した方")] = f"{of.answerer}　{moment(of.answered_at)}"
    if of.approved_at is not None:
        facts[text("承認した方")] = f"{of.approver}　{moment(of.approved_at)}"
    if of.confirmed_at is not None:
        facts[text("確認した方")] = f"{of.verifier}　{moment(of.confirmed_at)}"
    frame.facts(facts)


def _doubts(of: Check, context: PageContext) -> None:
    if not of.doubts:
        return
    frame.heading(context.text("説明の要る答え"))
    for each in of.doubts:
        frame.message(self_check_words.doubt(each, context))


def _form(of: Check, today: date, context: PageContext) -> None:
    text, form = context.text, of.form
    earlier = {answer.question_id: answer for answer in of.answers or of.before}
    given: list[Answer] = []
    with st.form("self-check-form", border=False):
        for topic in form.topics:
            frame.heading(topic.name.of(context.language))
            asked = (each for each in form.questions.values() if each.topic == topic.id)
            given += [_question(of, each, earlier.get(each.id), today, context) for each in asked]
        sent = st.form_submit_button(text("回答を送る"), type="primary", key="self-check-answer")
    if sent:
        _take(
            lambda tx: checking.answer(tx, of.id, given, expected_version=of.version),
            text("回答しました。別の方が会社として承認します。"),
            context,
        )


def _question(
    of: Check, question: Question, earlier: Answer | None, today: date, context: PageContext
) -> Answer:
    text, name = context.text, f"self-check-{of.id}-{question.id}"
    before = {answer.question_id: answer for answer in of.before}.get(question.id)
    st.markdown(question.text.of(context.language))
    told = text("管理策 {controls}", controls=", ".join(question.controls))
    if before is not None:
        told += text("　昨年：{level}", level=text(self_check_words.LEVEL[before.level]))
    frame.note(told)
    levels = list(Level)
    left, middle, right = st.columns([3, 5, 3])
    with left:
        level = st.selectbox(
            text("答え"),
            levels,
            index=levels.index(earlier.level) if earlier else levels.index(Level.NO),
            format_func=lambda each: text(self_check_words.LEVEL[each]),
            key=f"{name}-level",
        )
    with middle:
        evidence = st.text_input(
            text("証跡（文書名・場所）"),
            earlier.evidence if earlier else "",
            max_chars=LONGEST,
            key=f"{name}-evidence",
        )
        note = st.text_input(
            text("説明（未実施・該当なしは必須）"),
            earlier.note if earlier else "",
            max_chars=LONGEST,
            key=f"{name}-note",
        )
    with right:
        planned = (
            earlier.planned_on if earlier and earlier.planned_on and earlier.planned_on >= today else None
        )
        day = st.date_input(text("予定日"), planned, min_value=today, format="YYYY/MM/DD", key=f"{name}-day")
    return Answer(question.id, level, evidence, note, day if isinstance(day, date) else None)


def _answers(of: Check, context: PageContext) -> None:
    text, form = context.text, self_check()
    if not of.answers:
        frame.message(text("まだ回答がありません。会社の責任者が回答します。"))
        return
    before = {answer.question_id: answer for answer in of.before}
    rows = [
        tables.Row(
            answer.question_id,
            [
                tables.Cell(
                    form.questions[answer.question_id].text.of(context.language),
                    below=", ".join(form.questions[answer.question_id].controls),
                ),
                tables.Cell(
                    text(self_check_words.LEVEL[answer.level]), below=_below(answer, before, context)
                ),
                tables.Cell(answer.evidence or "—", below=answer.note),
                tables.Cell(_seen(of, answer.question_id, context)),
            ],
        )
        for answer in of.answers
        if answer.question_id in form.questions
    ]
    labels = (text("問い"), text("答え"), text("証跡と説明"), text("本社の確認"))
    caption = text("{number} 問（{set}）", number=len(rows), set=form.control_set)
    columns = [tables.Column(label, nowrap=label == labels[1]) for label in labels]
    tables.show(tables.Table(caption, columns, rows), key="self-check-answers")


def _below(answer: Answer, before: dict[str, Answer], context: PageContext) -> str:
    if answer.planned_on is not None:
        return context.text("{day} まで", day=context.formats.day(answer.planned_on))
    earlier = before.get(answer.question_id)
    if earlier is None or earlier.level is answer.level:
        return ""
    return context.text("昨年：{level}", level=context.text(self_check_words.LEVEL[earlier.level]))


def _seen(of: Check, name: str, context: PageContext) -> str:
    if name in of.verified:
        seen = of.verified[name]
        verdict = context.text("一致") if seen.agrees else context.text("不一致")
        return f"{verdict}　{seen.seen}"
    return context.text("抜き取り対象") if name in of.sample else "—"


def _approve(of: Check, context: PageContext) -> None:
    text = context.text
    own = of.answerer_id == context.principal.user_id
    if own:
        frame.note(text("ご自身の回答は承認できません。別の方が承認します。"))
    if st.button(text("会社として承認"), type="primary", key="self-check-approve", disabled=own):
        _take(
            lambda tx: checking.approve(tx, of.id, expected_version=of.version),
            text("承認しました。本社が確かめます。"),
            context,
        )
    _send_back(of, context)


def _confirm(of: Check, context: PageContext) -> None:
    text = context.text
    frame.heading(
        text("本社の確認"),
        text("抜き取った答えは、証跡を見てから一致・不一致を記録します。")
        if of.sample
        else text("この会社は抜き取りの対象ではありません。")
        if of.drawn
        else text("抜き取る会社を一覧で決めてから、結果を確定します。"),
    )
    if of.drawn:
        _verify(of, context)
    _send_back(of, context)


def _verify(of: Check, context: PageContext) -> None:
    text, form = context.text, self_check()
    verified: list[Verified] = []
    with st.form("self-check-confirm", border=False):
        for name in of.sample:
            label = form.questions[name].text.of(context.language)
            left, right = st.columns([3, 7])
            with left:
                agrees = st.selectbox(
                    label,
                    [True, False],
                    format_func=lambda each: text("一致") if each else text("不一致"),
                    key=f"self-check-{of.id}-{name}-agrees",
                )
            with right:
                seen = st.text_input(
                    text("見た証跡（必須）"), max_chars=LONGEST_NOTE, key=f"self-check-{of.id}-{name}-seen"
                )
            verified.append(Verified(name, bool(agrees), seen))
        frame.note(text("不一致の答えは、会社の是正処置になります。確定すると取り消せません。"))
        sent = st.form_submit_button(text("結果を確定"), type="primary", key="self-check-confirm")
    if sent:
        _take(
            lambda tx: checking.confirm(tx, of.id, verified, expected_version=of.version),
            text("結果を確定しました。"),
            context,
        )


def _send_back(of: Check, context: PageContext) -> None:
    text = context.text
    with st.expander(text("差し戻す")):
        note = st.text_area(
            text("差し戻す理由（必須）"), max_chars=LONGEST_NOTE, height=90, key="self-check-note"
        )
        if st.button(text("回答した方に差し戻す"), key="self-check-return"):
            _take(
                lambda tx: checking.send_back(tx, of.id, note=note, expected_version=of.version),
                text("差し戻しました。"),
                context,
            )


def _take(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=_SAID, refused=self_check_words.refused)
