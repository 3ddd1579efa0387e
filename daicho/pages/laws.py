"""Lists of laws and norms 法令等一覧 of the group: who has decided, who is due for the review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import (
    addresses,
    frame,
    law_entry_page,
    law_list_page,
    law_review_page,
    law_words,
    scope,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.laws import overview
from privacy_mark.laws.model import ReviewId, ReviewState
from privacy_mark.laws.overview import Standing
from registry.access import today_in_japan
from registry.model import Permission, UnitId


def show(context: PageContext) -> None:
    """Show the norm or the list in the address, else the overview."""
    text = context.text
    wanted, law, reviewed = (
        addresses.number("list"),
        st.query_params.get("law", ""),
        addresses.number("review"),
    )
    if not context.may(Permission.VIEW_CERTIFICATION):
        frame.title(text("法令等一覧"), _purpose(context))
        frame.no_right(text)
    elif reviewed is not None:
        law_review_page.show(ReviewId(reviewed), context)
    elif wanted is not None:
        if law:
            law_entry_page.show(UnitId(wanted), law, context)
        else:
            law_list_page.show(UnitId(wanted), context)
    else:
        _overview(context)


def _purpose(context: PageContext) -> str:
    return context.text(
        "会社・病院ごとに、どの法令・指針・規範が適用されるかを理由とともに決め、年に一度見直します。"
    )


def _overview(context: PageContext) -> None:
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("法令等一覧"), _purpose(context))
    only = st.checkbox(
        text("付与・申請があるか、一覧を作り始めた会社・病院だけ"), value=True, key="laws-only"
    )
    with context.read() as tx:
        units = scope.units(tx)
        with right:
            unit = scope.select(context, units, "laws-scope", whole=len(units) > 1)
        today = today_in_japan(tx.now)
        found = overview.overview(tx, unit.id if unit else None)
    names = scope.full_names(units, context.language)
    shown = [each for each in found if each.due_on is not None] if only else found
    if not found:
        frame.message(text("この範囲に、見られる会社・病院はありません。"))
        return
    frame.verdict(_verdict(found, today, context))
    if shown:
        _table(shown, len(found), names, today, context)
    else:
        frame.message(
            text("一覧を作り始めた会社・病院はありません。上の条件を外し、会社・病院を選んで始めてください。")
        )


def _verdict(found: Sequence[Standing], today: date, context: PageContext) -> str:
    text, number = context.text, context.formats.number
    late = [each for each in found if each.due_on and each.due_on <= today and each.waiting is None]
    waiting = sum(each.waiting is not None for each in found)
    if late:
        told = text("**{number} か所で、一覧の見直しの期限が来ています。**", number=number(len(late)))
    elif any(each.due_on for each in found):
        told = text("見直しの期限が来ている一覧はありません。")
    else:
        told = text("一覧はまだ作られていません。")
    if waiting:
        told += text("承認を待つ見直しは {number} 件です。", number=number(waiting))
    return told


def _table(
    shown: Sequence[Standing], total: int, names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.unit_id),
            [
                tables.Cell(names.get(each.unit_id, NONE), link=True),
                tables.Cell(formats.day(each.due_on), below=_left(each, today, context)),
                tables.Cell(formats.day(each.reviewed_on)),
                *(
                    tables.Cell(formats.number(count) if count else NONE, order=count)
                    for count in (each.applying, each.excluded, each.undecided, each.amendments)
                ),
            ],
        )
        for each in shown
    ]
    labels = (
        text("会社・病院"),
        text("見直しの期限"),
        text("前回の見直し"),
        text("適用あり"),
        text("適用なし"),
        text("未判断"),
        text("対応中の改正"),
    )
    caption = text(
        "会社・病院 {all} か所のうち {number} か所、見直しの期限の早いものから",
        all=formats.number(total),
        number=formats.number(len(shown)),
    )
    columns = [
        tables.Column(label, nowrap=label in labels[1:3], right=label in labels[3:]) for label in labels
    ]
    if opened := tables.show(tables.Table(caption, columns, rows), key="laws"):
        addresses.go(addresses.LAWS, list=opened, unit=scope.chosen_code())


def _left(each: Standing, today: date, context: PageContext) -> str:
    text = context.text
    if each.waiting is not None:
        return text(law_words.REVIEW[ReviewState.SUBMITTED])
    if each.due_on is None:
        return text("一覧を作っていない")
    days = (each.due_on - today).days
    if each.reviewed_on is None:
        return text("まだ見直していない")
    return text("{days} 日過ぎています", days=-days) if days < 0 else text("あと {days} 日", days=days)
