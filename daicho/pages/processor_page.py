"""One processor 委託先: its contract, its evaluations, and the form for the next one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from daicho.pages import addresses, drawer, frame, pm_words, processor_form, scope, steps, tables, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.processor_words import OCCASION, RATING, RESULT, refused
from privacy_mark.processors import evaluations
from privacy_mark.processors.model import (
    Evaluation,
    EvaluationDraft,
    Occasion,
    Rating,
    Result,
    Standing,
)
from privacy_mark.processors.rules import rules
from privacy_mark.processors.standing import standing
from registry import processors
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.handling import ProcessorId
from registry.model import Permission, SourceId, SourceRow, Unit
from registry.processors import Processor, ProcessorDraft
from registry.store import Tx

SAID = processor_form.SAID


@dataclass(frozen=True, slots=True)
class _Case:
    of: Processor
    unit: Unit
    name: str  # of the unit, in full
    standing: Standing
    evaluations: Sequence[Evaluation]
    sources: Mapping[SourceId, SourceRow]
    may: bool
    today: date


def show(processor_id: ProcessorId, context: PageContext) -> None:
    """Show one processor, or that it cannot be seen."""
    text = context.text
    case = _read(processor_id, context)
    if st.button(text("一覧に戻る"), key="processor-back", icon=":material/arrow_back:", type="tertiary"):
        addresses.go(addresses.PROCESSORS, unit=scope.chosen_code())
    if case is None:
        frame.title(text("委託先"), "")
        frame.message(text("この委託先は見つからないか、閲覧できません。"))
        return
    frame.title(text("委託先　{name}", name=case.of.draft.name), _next(case, context))
    if said := st.session_state.pop(SAID, ""):
        frame.message(said)
    left, right = st.columns([62, 38], gap="large")
    with left:
        frame.heading(text("委託先の評価"), text("契約の前と、その後は定期に、書面の基準で評価します。"))
        _table(case, context)
        if case.may:
            _evaluate(case, context)
            _withdraw(case, context)
    with right:
        _contract(case, context)
        if case.may:
            with st.expander(text("登録の内容を直す")):
                processor_form.form(case.of.draft, case.of, [case.unit], case.sources, context)


def _read(processor_id: ProcessorId, context: PageContext) -> _Case | None:
    with context.read() as tx:
        try:
            found = processors.processor(tx, processor_id)
        except NotFound:
            return None
        today = today_in_japan(tx.now)
        units = scope.units(tx)
        return _Case(
            found,
            next(unit for unit in units if unit.id == found.draft.unit_id),
            scope.full_names(units, context.language)[found.draft.unit_id],
            standing(tx, processor_id, today),
            evaluations.evaluations(tx, processor_id),
            drawer.visible_sources(tx),
            allowed(tx, Permission.MANAGE_PROCESSORS, found.draft.unit_id),
            today,
        )


def _next(case: _Case, context: PageContext) -> str:
    text, of = context.text, case.standing
    if not of.supervised:
        return text("委託は終わりました。契約が終わり、台帳の記載もこの委託先を挙げていません。")
    if of.evaluated_on is None:
        return text("まだ一度も評価していません。契約の前に評価し、その後は定期に評価します。")
    if of.result is Result.UNFIT:
        return text("基準に達していません。改善させて評価し直すか、委託をやめます。")
    late = (case.today - of.due_on).days
    if late > 0:
        return text(
            "評価の期限 {day} を {days} 日過ぎています。", day=context.formats.day(of.due_on), days=late
        )
    return text(
        "次の評価は {day}（{left}）までです。",
        day=context.formats.day(of.due_on),
        left=pm_words.left(of.due_on, case.today, context),
    )


def period(of: ProcessorDraft, context: PageContext) -> str:
    """Return the term of a contract."""
    first = context.formats.day(of.valid_from) if of.valid_from else ""
    last = context.formats.day(of.valid_until) if of.valid_until else ""
    return f"{first}–{last}" if first or last else NONE


def _contract(case: _Case, context: PageContext) -> None:
    text, of = context.text, case.of.draft
    frame.heading(text("契約"))
    frame.facts(
        {
            text("単位"): case.name,
            text("法人番号（13 桁）"): of.corporate_number or NONE,
            text("国"): of.country,
            text("契約（名称・番号・保管場所）"): of.contract or NONE,
            text("期間"): period(of, context),
            text("状態"): text("契約あり") if case.of.covers_on(case.today) else text("有効な契約なし"),
            text("契約で預ける項目"): words.categories(of.categories, text) or NONE,
        }
    )


def _table(case: _Case, context: PageContext) -> None:
    text, formats = context.text, context.formats
    if not case.evaluations:
        frame.message(text("評価の記録はまだありません。"))
        return
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(formats.day(each.evaluated_on), below=text(OCCASION[each.occasion]), link=True),
                tables.Cell(
                    text(RESULT[each.result]),
                    below=text("取消し：{reason}", reason=each.withdrawn_reason) if each.withdrawn_on else "",
                ),
                tables.Cell(NONE if each.withdrawn_on else formats.day(each.next_on)),
                tables.Cell(each.recorder),
            ],
        )
        for each in case.evaluations
    ]
    labels = (text("評価した日"), text("評価の結果"), text("次の評価の期限"), text("記録した方"))
    caption = text("評価 {number} 件（新しい順）", number=formats.number(len(rows)))
    opened = tables.show(
        tables.Table(caption, [tables.Column(each, nowrap=each == labels[0]) for each in labels], rows),
        key="evaluations",
    )
    if opened:
        st.session_state["evaluation"] = opened
    held = st.session_state.get("evaluation")
    chosen = next((each for each in case.evaluations if str(each.id) == held), None)
    if chosen is not None:
        _details(chosen, context)


def _details(of: Evaluation, context: PageContext) -> None:
    text = context.text
    frame.heading(text("{day} の評価", day=context.formats.day(of.evaluated_on)))
    frame.facts(
        {
            **{each.name.of(context.language): text(RATING[each.rating]) for each in of.ratings},
            text("所見・改善を求める事項"): of.note or NONE,
            text("根拠の資料（保管場所）"): of.evidence or NONE,
            text("記録した日時"): context.formats.moment(of.recorded_at),
        }
    )
    if of.withdrawn_on is not None:
        frame.note(
            text(
                "{day} に {who} さんが取り消しました：{reason}",
                day=context.formats.day(of.withdrawn_on),
                who=of.withdrawer,
                reason=of.withdrawn_reason,
            )
        )


def _evaluate(case: _Case, context: PageContext) -> None:
    text = context.text
    key = f"evaluate-{case.of.id}-{len(case.evaluations)}"
    begins, told = case.of.draft.valid_from, any(each.withdrawn_on is None for each in case.evaluations)
    ahead = not told and (begins is None or begins > case.today)
    occasions: Sequence[Occasion] = tuple(Occasion)
    whole = st.expander(text("評価を記録する"), expanded=case.standing.due_on <= case.today)
    with whole:  # outside the form: the criteria are those of the day
        on = st.date_input(
            text("評価した日"), case.today, max_value=case.today, format="YYYY/MM/DD", key=f"{key}-on"
        )
    known = rules(on)
    with whole, st.form(key, border=False):
        columns = st.columns(2)
        occasion = columns[0].selectbox(
            text("評価の機会"),
            occasions,
            index=occasions.index(Occasion.BEFORE if ahead else Occasion.REGULAR),
            format_func=lambda each: text(OCCASION[each]),
        )
        next_on = columns[1].date_input(
            text("次の評価の期限"),
            None,
            format="YYYY/MM/DD",
            help=text(
                "空けると、A は {fit} か月後、B は {conditional} か月後、C は {unfit} か月後です。",
                fit=known.months[Result.FIT],
                conditional=known.months[Result.CONDITIONAL],
                unfit=known.months[Result.UNFIT],
            ),
        )
        ratings: dict[str, Rating] = {}
        for each in known.criteria:
            name, choice = st.columns([3, 2], vertical_alignment="center")
            label = each.name.of(context.language)
            name.markdown(label)
            rating = choice.selectbox(
                label,
                list(Rating),
                index=None,
                placeholder=text("選ぶ"),
                format_func=lambda one: text(RATING[one]),
                label_visibility="collapsed",
                key=f"{key}-{each.id}",
            )
            if rating is not None:
                ratings[each.id] = rating
        result = st.selectbox(
            text("評価の結果（必須）"),
            list(Result),
            index=None,
            placeholder=text("選ぶ"),
            format_func=lambda each: text(RESULT[each]),
        )
        note = st.text_area(text("所見・改善を求める事項"), max_chars=2_000)
        evidence = st.text_input(text("根拠の資料（保管場所）"), max_chars=2_000)
        sent = st.form_submit_button(text("委託先の評価を記録"), type="primary", key="evaluation-save")
    if not sent:
        return
    if result is None:
        st.error(text("評価の結果を選んでください。"))
        return
    draft = EvaluationDraft(
        case.of.id,
        occasion,
        on,
        ratings,
        result,
        next_on if isinstance(next_on, date) else None,
        note,
        evidence,
    )
    _take(lambda tx: evaluations.evaluate(tx, draft), text("評価を記録しました。"), context)


def _withdraw(case: _Case, context: PageContext) -> None:
    text = context.text
    kept = [each for each in case.evaluations if each.withdrawn_on is None]
    if not kept:
        return
    key = f"evaluation-withdraw-{case.of.id}-{len(kept)}"
    with st.expander(text("誤って記録した評価を取り消す")), st.form(key, border=False):
        chosen = st.selectbox(
            text("取り消す評価"),
            kept,
            format_func=lambda each: f"{context.formats.day(each.evaluated_on)}　{text(RESULT[each.result])}",
        )
        reason = st.text_input(text("取り消す理由（必須）"), max_chars=500)
        sent = st.form_submit_button(text("評価を取り消す"), key="evaluation-withdraw-save")
    if sent:
        _take(
            lambda tx: evaluations.withdraw(tx, chosen.id, reason=reason),
            text("評価を取り消しました。記録は理由とともに残ります。"),
            context,
        )


def _take(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    steps.take(act, said, context, key=SAID, refused=refused, reason="processor page")
