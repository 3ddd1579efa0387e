"""The list of laws of one company or hospital: its norms, changes to act on, the yearly review, files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, frame, law_exports, law_forms, law_words, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.steps import take
from privacy_mark.laws import amendments, entries, overview, reviews
from privacy_mark.laws.copies import copied
from privacy_mark.laws.model import Amendment, Applies, Line, Review, ReviewState
from privacy_mark.laws.overview import Standing
from privacy_mark.laws.reviews import LONGEST_NOTE
from registry import organisation
from registry.access import allowed, require, today_in_japan
from registry.errors import AccessDenied, InvalidValue, NotFound
from registry.model import Permission, Unit, UnitId

SAID = "law-list-said"


def show(unit_id: UnitId, context: PageContext) -> None:
    """Show the list of one entity."""
    text = context.text
    try:
        with context.read() as tx:
            unit = organisation.unit(tx, unit_id)
            require(tx, Permission.VIEW_CERTIFICATION, unit_id)
            lines = entries.law_list(tx, unit_id)
            standing = overview.overview(tx, unit_id)
            noted = amendments.amendments(tx, unit_id)
            made = reviews.reviews(tx, unit_id)
            name = scope.full_names(scope.units(tx), context.language).get(unit_id, NONE)
            may = allowed(tx, Permission.MANAGE_CERTIFICATION, unit_id) and unit.closed_at is None
            decides = allowed(tx, Permission.DECIDE_REVIEWS, unit_id)
            today = today_in_japan(tx.now)
    except (NotFound, AccessDenied, InvalidValue):
        frame.title(text("法令等一覧"), "")
        frame.message(text("この一覧は見つからないか、閲覧できません。"))
        _back(context)
        return
    frame.title(text("{unit}の法令等一覧", unit=name), text("適用の有無と理由を決め、年に一度見直します。"))
    _back(context)
    if said := st.session_state.pop(SAID, ""):
        frame.message(said)
    own = next((each for each in standing if each.unit_id == unit_id), None)
    if own is not None:
        frame.verdict(_verdict(own, today, context))
    waiting = next((each for each in made if each.state is ReviewState.SUBMITTED), None)
    if waiting is not None:
        _waiting(waiting, context, decides=decides)
    _lines(unit, lines, context)
    if may:
        law_forms.together(unit_id, [each for each in lines if each.version == 0], context, key=SAID)
        law_forms.addition(unit_id, context, key=SAID)
    _amendments(unit_id, noted, lines, today, context)
    _reviews(unit_id, made, own, context, may=may and waiting is None and bool(lines))


def _back(context: PageContext) -> None:
    if st.button(
        context.text("会社・病院の一覧に戻る"),
        key="laws-back",
        type="tertiary",
        icon=":material/arrow_back:",
    ):
        addresses.go(addresses.LAWS, unit=scope.chosen_code())


def _verdict(own: Standing, today: date, context: PageContext) -> str:
    text, number, day = context.text, context.formats.number, context.formats.day
    if own.undecided:
        return text("**適用を判断していない法令等が {number} 件あります。**", number=number(own.undecided))
    if own.waiting is not None:
        return text("すべて判断し、見直しの承認を待っています。")
    if own.due_on is None or own.reviewed_on is None:
        return text("すべて判断しました。次は、見直しを記録して別の方の承認を受けます。")
    if own.due_on < today:
        return text("**見直しの期限 {day} を過ぎています。**", day=day(own.due_on))
    return text(
        "{day} に見直しました。次の見直しは {next} までです。", day=day(own.reviewed_on), next=day(own.due_on)
    )


def _lines(unit: Unit, lines: Sequence[Line], context: PageContext) -> None:
    text = context.text
    chosen = st.pills(
        text("適用"),
        list(Applies),
        selection_mode="multi",
        format_func=lambda each: text(law_words.APPLIES[each]),
        key="laws-applies",
    )
    shown = [each for each in lines if not chosen or each.said.applies in chosen]
    if not shown:
        frame.message(
            text("条件に合う法令等はありません。条件を外すと {number} 件あります。", number=len(lines))
            if lines
            else text(
                "この国について用意した法令等はありません。下の「法令等を追加する」から加えてください。"
            )
        )
    else:
        _table(shown, len(lines), context)
    if lines:
        law_exports.show(unit, [copied(each) for each in lines], "", context)


def _table(shown: Sequence[Line], total: int, context: PageContext) -> None:
    text, formats, language = context.text, context.formats, context.language
    rows = []
    for each in shown:
        until = each.until()
        applies = text(law_words.APPLIES[each.said.applies])
        reason = each.said.reason
        if each.version == 0 and each.known is not None:
            reason = text("対象：{whom}", whom=each.known.why.of(language))
        rows.append(
            tables.Row(
                each.law,
                [
                    tables.Cell(each.name(language), below=each.number(), link=True),
                    tables.Cell(text(law_words.KIND[each.kind]), below=each.authority(language)),
                    tables.Cell(applies, below=text("前回の承認の後に変更") if each.changed else ""),
                    tables.Cell(reason),
                    tables.Cell(each.said.owner or NONE),
                    tables.Cell(
                        formats.day(each.since()),
                        below="" if until is None else text("{day} まで", day=formats.day(until)),
                    ),
                ],
            )
        )
    labels = (text("法令等"), text("種類"), text("適用"), text("理由"), text("担当"), text("施行日"))
    caption = text("法令等 {all} 件のうち {number} 件", all=total, number=len(shown))
    columns = [tables.Column(label, nowrap=label in (labels[2], *labels[4:])) for label in labels]
    if opened := tables.show(tables.Table(caption, columns, rows), key="law-list"):
        addresses.go(
            addresses.LAWS, list=st.query_params.get("list", ""), law=opened, unit=scope.chosen_code()
        )


def _amendments(
    unit_id: UnitId, noted: Sequence[Amendment], lines: Sequence[Line], today: date, context: PageContext
) -> None:
    text, formats = context.text, context.formats
    names = {line.law: line.name(context.language) for line in lines}
    frame.heading(text("改正と対応"), text("法令等を開くと、改正を記録し、対応を終えられます。"))
    if not noted:
        frame.message(text("記録した改正はありません。改正を知ったら、その法令等を開いて記録してください。"))
        return
    rows = []
    for each in noted:
        days = (each.due_on - today).days
        left = text("{days} 日過ぎています", days=-days) if days < 0 else text("あと {days} 日", days=days)
        rows.append(
            tables.Row(
                each.law,
                [
                    tables.Cell(names.get(each.law, NONE), below=each.summary, link=True),
                    tables.Cell(formats.day(each.effective_on)),
                    tables.Cell(each.meaning),
                    tables.Cell(each.owner or NONE),
                    tables.Cell(
                        formats.day(each.due_on if each.done_on is None else each.done_on),
                        below=left if each.done_on is None else text("対応済み"),
                    ),
                ],
            )
        )
    labels = (text("法令等"), text("改正の施行日"), text("自社への影響"), text("担当"), text("対応の期限"))
    columns = [tables.Column(label, nowrap=label in (labels[1], labels[4])) for label in labels]
    caption = text("改正 {number} 件、対応の要るものから", number=len(rows))
    if opened := tables.show(tables.Table(caption, columns, rows), key="law-amendments"):
        addresses.go(addresses.LAWS, list=str(unit_id), law=opened, unit=scope.chosen_code())


def _waiting(of: Review, context: PageContext, *, decides: bool) -> None:
    text, day = context.text, context.formats.day
    frame.heading(
        text("見直しの承認"),
        text("{day}　{who} さんの見直し", day=day(of.reviewed_on), who=of.reviewer),
    )
    frame.facts(
        {
            text("確かめたこと"): of.note,
            text("適用あり"): context.formats.number(of.applying),
            text("適用なし"): context.formats.number(of.excluded),
        }
    )
    if of.copied:
        _open(of, context, "law-waiting")
    if not decides:
        return
    if of.reviewer_id == context.principal.user_id:
        frame.note(text("ご自身の見直しは承認できません。別の方が承認します。"))
        return
    with st.form("law-review-decide", border=False):
        answer = st.text_area(
            text("承認の所見、または差し戻す理由"), max_chars=LONGEST_NOTE, height=90, key="law-answer"
        )
        left, right, _rest = st.columns([2, 2, 5])
        with left:
            yes = st.form_submit_button(text("見直しを承認する"), type="primary", key="law-approve")
        with right:
            no = st.form_submit_button(text("見直しを差し戻す"), key="law-return")
    if yes:
        take(
            lambda tx: reviews.approve(tx, of.id, answer, expected_version=of.version),
            text("見直しを承認しました。"),
            context,
            key=SAID,
            refused=law_words.refused,
        )
    if no:
        take(
            lambda tx: reviews.send_back(tx, of.id, answer, expected_version=of.version),
            text("見直しを差し戻しました。"),
            context,
            key=SAID,
            refused=law_words.refused,
        )


def _open(of: Review, context: PageContext, key: str) -> None:
    """Lead to the list as it was reviewed."""
    if st.button(
        context.text("見直した時点の一覧を開く"),
        key=f"{key}-{of.id}",
        type="tertiary",
        icon=":material/history:",
    ):
        addresses.go(addresses.LAWS, review=str(of.id), unit=scope.chosen_code())


def _reviews(
    unit_id: UnitId, made: Sequence[Review], own: Standing | None, context: PageContext, *, may: bool
) -> None:
    text, day = context.text, context.formats.day
    frame.heading(text("年に一度の見直し"), text("見直した方とは別の方が承認します。"))
    for each in made:
        decided = f"{day(each.approved_on)}　{each.approver}" if each.approved_on else each.approver or NONE
        with st.expander(f"{day(each.reviewed_on)}　{text(law_words.REVIEW[each.state])}"):
            frame.facts(
                {
                    text("見直した方"): each.reviewer,
                    text("確かめたこと"): each.note,
                    text("承認・差し戻し"): decided,
                    text("所見"): each.answer or NONE,
                    text("件数"): text(
                        "適用あり {yes} 件、適用なし {no} 件", yes=each.applying, no=each.excluded
                    ),
                }
            )
            if each.copied:
                _open(each, context, "law-reviewed")
    if not made:
        frame.note(text("見直しの記録はまだありません。"))
    if not may:
        return
    if own is not None and own.undecided:
        frame.note(text("すべての法令等の適用を判断すると、見直しを記録できます。"))
        return
    with st.form("law-review", border=False):
        note = st.text_area(
            text("見直しで確かめたこと（必須）"), max_chars=LONGEST_NOTE, height=90, key="law-review-note"
        )
        sent = st.form_submit_button(text("見直しを記録して承認を求める"), type="primary", key="law-review")
    if sent:
        take(
            lambda tx: reviews.submit(tx, unit_id, note),
            text("見直しを記録しました。別の方が承認します。"),
            context,
            key=SAID,
            refused=law_words.refused,
        )
