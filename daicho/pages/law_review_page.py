"""A list of laws as it was reviewed 見直した時点の写し: what it said, who reviewed and approved it."""

from __future__ import annotations

import streamlit as st

from daicho.pages import addresses, frame, law_exports, law_words, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.laws import reviews
from privacy_mark.laws.model import Applies, ReviewId, review_number
from privacy_mark.laws.reviews import Copy
from registry import organisation
from registry.errors import NotFound


def show(review_id: ReviewId, context: PageContext) -> None:
    """Show the list of one review."""
    text, day = context.text, context.formats.day
    try:
        with context.read() as tx:
            found = reviews.copy_of(tx, review_id)
            unit = organisation.unit(tx, found.review.unit_id)
            name = scope.full_names(scope.units(tx), context.language).get(unit.id, NONE)
    except NotFound:
        frame.title(text("法令等一覧"), "")
        frame.message(text("この見直しは見つからないか、閲覧できません。"))
        return
    of = found.review
    frame.title(
        text("{unit}の法令等一覧（{day} の見直し）", unit=name, day=day(of.reviewed_on)),
        text("見直した時点の内容です。その後に変わったことは入っていません。"),
    )
    if st.button(
        text("今の一覧に戻る"), key="law-review-back", type="tertiary", icon=":material/arrow_back:"
    ):
        addresses.go(addresses.LAWS, list=str(unit.id), unit=scope.chosen_code())
    _facts(found, context)
    if found.lines is None:
        frame.message(text("この見直しの一覧は残っていません。一覧の写しを残す前の見直しです。"))
        return
    _table(found, context)
    law_exports.show(unit, found.lines, of.reviewed_on.isoformat(), context)


def _facts(found: Copy, context: PageContext) -> None:
    text, day, of = context.text, context.formats.day, found.review
    decided = f"{of.approver}　{day(of.approved_on)}" if of.approved_on else of.approver or NONE
    left, right = st.columns(2)
    with left:
        frame.facts(
            {
                text("番号"): review_number(of.id),
                text("状態"): text(law_words.REVIEW[of.state]),
                text("見直した方"): of.reviewer,
                text("承認・差し戻し"): decided,
            }
        )
    with right:
        frame.facts({text("確かめたこと"): of.note, text("所見"): of.answer or NONE})
    if found.sha256:
        frame.note(text("一覧の SHA-256（操作記録に同じ値）：{digest}", digest=found.sha256))


def _table(found: Copy, context: PageContext) -> None:
    text, formats, language = context.text, context.formats, context.language
    lines = found.lines or ()
    rows = [
        tables.Row(
            str(place),
            [
                tables.Cell(each.names[language], below=each.number),
                tables.Cell(text(law_words.KIND[each.kind]), below=each.authorities[language]),
                tables.Cell(text(law_words.APPLIES[each.applies]), below=formats.day(each.decided_on)),
                tables.Cell(each.reason),
                tables.Cell(each.owner or NONE),
                tables.Cell(
                    formats.day(each.since),
                    below="" if each.until is None else text("{day} まで", day=formats.day(each.until)),
                ),
            ],
        )
        for place, each in enumerate(lines)
    ]
    labels = (text("法令等"), text("種類"), text("適用"), text("理由"), text("担当"), text("施行日"))
    columns = [tables.Column(label, nowrap=label in (labels[2], *labels[4:])) for label in labels]
    applying = sum(each.applies is Applies.APPLIES for each in lines)
    caption = text(
        "法令等 {all} 件、適用あり {yes} 件、適用なし {no} 件",
        all=len(lines),
        yes=applying,
        no=len(lines) - applying,
    )
    tables.show(tables.Table(caption, columns, rows), key="law-review")
