"""One internal rule: what holds, the version to decide, facts, distribution, reviews, all versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from daicho.pages import (
    addresses,
    document_distribution,
    document_facts,
    document_versions,
    document_words,
    frame,
    scope,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.document_versions import Held
from daicho.pages.steps import take
from privacy_mark.documents import fact_links, register, review
from privacy_mark.documents.fact_links import Fact
from privacy_mark.documents.model import (
    LONGEST_NOTE,
    Outcome,
    RuleDraft,
    RuleId,
    RuleKind,
    VersionState,
)
from privacy_mark.documents.register import LONGEST_TITLE
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.model import Permission, UnitId

SAID = document_versions.SAID


def show(rule_id: RuleId, context: PageContext) -> None:
    """Show one rule."""
    text = context.text
    try:
        with context.read() as tx:
            of = register.rule(tx, rule_id)
            units = scope.units(tx)
            held = Held(
                of=of,
                today=today_in_japan(tx.now),
                may_keep=allowed(tx, Permission.MANAGE_REVIEWS, of.unit_id),
                may_decide=allowed(tx, Permission.DECIDE_REVIEWS, of.unit_id),
                names=scope.full_names(units, context.language),
            )
            newest = of.open_version() or of.newest_approved()
            facts = fact_links.facts(tx, newest.id) if newest else []
    except NotFound:
        frame.title(text("内部規程"), "")
        frame.message(text("この規程は見つからないか、閲覧できません。"))
        _back(context)
        return
    frame.title(f"{of.number} {of.title(context.language)}", _next_step(held, facts, context))
    _back(context)
    if said := st.session_state.pop(SAID, ""):
        frame.message(said)
    _facts(held, context)
    document_versions.undecided(held, context)
    document_versions.in_force(held, context)
    if newest is not None:
        document_facts.show(held, newest, facts, units, context)
    if of.newest_approved() is not None:
        document_distribution.show(held, units, context)
        _reviews(held, context)
    document_versions.history(held, context)
    if of.ended_on is None:
        document_versions.write(held, context)
    _change(held, context)
    _end(held, context)


def _back(context: PageContext) -> None:
    if st.button(
        context.text("一覧に戻る"), key="document-back", type="tertiary", icon=":material/arrow_back:"
    ):
        addresses.go(addresses.DOCUMENTS)


def _next_step(held: Held, facts: Sequence[Fact], context: PageContext) -> str:
    text, of = context.text, held.of
    if of.ended_on is not None:
        return text("{day} に廃止されました。", day=context.formats.day(of.ended_on))
    waiting = of.open_version()
    if waiting is not None and waiting.state is VersionState.RETURNED:
        return text("次は、作成した方が差し戻しの理由を見て直します。")
    if waiting is not None:
        return text("次は、作成した方とは別の方が承認します。")
    if of.newest_approved() is None:
        return text("次は、最初の版を作ります。")
    if any(each.differs for each in facts):
        return text("規程の述べる事実が変わっています。新しい版を作ってください。")
    if of.revise_since is not None:
        return text("見直しの結果、改定することになっています。新しい版を作ってください。")
    if of.review_due_on is not None and of.review_due_on <= held.today:
        return text("見直しの期限を過ぎています。見直して、結果を記録してください。")
    return text("次の見直しは {day} までに行います。", day=context.formats.day(of.review_due_on))


def _facts(held: Held, context: PageContext) -> None:
    text, day, of = context.text, context.formats.day, held.of
    now = of.in_force(held.today)
    left, right = st.columns(2)
    with left:
        frame.facts(
            {
                text("種類"): text(document_words.KIND[of.kind]),
                text("定めた組織"): held.names.get(of.unit_id, "—"),
                text("指針の項番"): text("、").join(of.requirements) or "—",
            }
        )
    with right:
        frame.facts(
            {
                text("施行中の版"): text("第 {number} 版", number=now.number) if now else text("なし"),
                text("施行日"): day(now.valid_from) if now else "—",
                text("次の見直し"): day(of.review_due_on),
            }
        )


def _reviews(held: Held, context: PageContext) -> None:
    text, day, of = context.text, context.formats.day, held.of
    frame.heading(text("定期の見直し"), text("少なくとも年に一度、規程が今に合っているかを確かめます。"))
    if of.reviews:
        rows = [
            tables.Row(
                str(number),
                [
                    tables.Cell(day(each.reviewed_on)),
                    tables.Cell(text(document_words.OUTCOME[each.outcome])),
                    tables.Cell(each.note),
                    tables.Cell(each.reviewer),
                ],
            )
            for number, each in enumerate(of.reviews)
        ]
        labels = (text("見直した日"), text("結果"), text("確かめたこと"), text("見直した方"))
        tables.show(
            tables.Table("", [tables.Column(label) for label in labels], rows), key="document-reviews"
        )
    else:
        frame.note(text("見直しの記録はまだありません。"))
    if not held.may_keep or of.ended_on is not None:
        return
    late = of.review_due_on is not None and of.review_due_on <= held.today
    with st.expander(text("見直しの結果を記録する"), expanded=late), st.form("document-review", border=False):
        outcomes: Sequence[Outcome] = tuple(Outcome)
        outcome = st.radio(
            text("結果"),
            outcomes,
            format_func=lambda each: text(document_words.OUTCOME[each]),
            horizontal=True,
            key="document-outcome",
        )
        note = st.text_area(
            text("確かめたこと（必須）"), max_chars=LONGEST_NOTE, height=90, key="document-review-note"
        )
        sent = st.form_submit_button(text("見直しを記録"), key="document-review-save")
    if sent:
        take(
            lambda tx: review.review(tx, of.id, outcome, note, expected_version=of.version),
            text("見直しを記録しました。"),
            context,
            key=SAID,
            refused=document_words.refused,
        )


def _change(held: Held, context: PageContext) -> None:
    text, of = context.text, held.of
    if not held.may_keep or of.ended_on is not None:
        return
    with st.expander(text("規程の登録を直す")), st.form("document-change", border=False):
        draft = fields([of.unit_id], held.names, context, key=f"document-{of.id}", held=of)
        sent = st.form_submit_button(text("変更を保存"), key="document-change-save")
    if sent:
        take(
            lambda tx: register.change(tx, of.id, draft, expected_version=of.version),
            text("変更を保存しました。"),
            context,
            key=SAID,
            refused=document_words.refused,
        )


def _end(held: Held, context: PageContext) -> None:
    text, of = context.text, held.of
    if not held.may_decide:
        return
    if of.ended_on is not None:
        if st.button(text("廃止を取り消す"), key="document-reinstate"):
            take(
                lambda tx: register.reinstate(tx, of.id, expected_version=of.version),
                text("廃止を取り消しました。"),
                context,
                key=SAID,
                refused=document_words.refused,
            )
        return
    with st.expander(text("規程を廃止する")):
        frame.note(
            text("廃止すると、施行中の版はなくなり、配布も見直しも求められません。版と記録は残ります。")
        )
        sure = st.checkbox(text("この規程を今日廃止します"), key="document-end-sure")
        if st.button(text("廃止する"), key="document-end", disabled=not sure):
            take(
                lambda tx: register.end(tx, of.id, expected_version=of.version),
                text("廃止しました。"),
                context,
                key=SAID,
                refused=document_words.refused,
            )


def fields(
    units: Sequence[UnitId],
    names: Mapping[UnitId, str],
    context: PageContext,
    *,
    key: str,
    held: RuleDraft | None = None,
) -> RuleDraft:
    """Show the fields of a rule, within a form of the caller; return what they say now."""
    text = context.text
    kinds: Sequence[RuleKind] = tuple(RuleKind)
    left, right = st.columns(2)
    with left:
        unit = st.selectbox(
            text("定めた組織"),
            units,
            format_func=lambda each: names.get(each, "—"),
            disabled=held is not None,
            key=f"{key}-unit",
        )
        kind = st.selectbox(
            text("種類"),
            kinds,
            index=kinds.index(held.kind if held else RuleKind.RULE),
            format_func=lambda each: text(document_words.KIND[each]),
            key=f"{key}-kind",
        )
    with right:
        title_ja = st.text_input(
            text("規程の名称（必須）"),
            held.title_ja if held else "",
            max_chars=LONGEST_TITLE,
            key=f"{key}-ja",
        )
        title_en = st.text_input(
            text("英語の名称"), held.title_en if held else "", max_chars=LONGEST_TITLE, key=f"{key}-en"
        )
        clauses = st.text_input(
            text("指針の項番"),
            text("、").join(held.requirements) if held else "",
            max_chars=400,
            placeholder="J.4.5.4",
            key=f"{key}-clauses",
        )
    wanted = [each.strip() for each in clauses.replace("、", ",").split(",")]
    return RuleDraft(unit, kind, title_ja, title_en, tuple(each for each in wanted if each))
