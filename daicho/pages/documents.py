"""Internal rules 内部規程: what waits, the register, what units above gave, and a form for a new rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from daicho.pages import (
    addresses,
    document_from_above,
    document_page,
    document_words,
    frame,
    paging,
    registers,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.documents import distribution, register
from privacy_mark.documents.distribution import FromAbove
from privacy_mark.documents.model import RuleId, RuleKind, RuleLine, VersionId
from privacy_mark.documents.register import PAGE, Standing, Wanted
from registry.model import Permission, UnitId


def show(context: PageContext) -> None:
    """Show the rule or the version in the address, else the register."""
    text = context.text
    rule, above = addresses.number("rule"), addresses.number("above")
    if not context.may(Permission.VIEW_REVIEWS):
        frame.title(text("内部規程"), _purpose(context))
        frame.no_right(text)
    elif rule is not None:
        document_page.show(RuleId(rule), context)
    elif above is not None:
        document_from_above.show(VersionId(above), context)
    else:
        _register(context)


def _purpose(context: PageContext) -> str:
    return context.text("規程の版、承認、配布と周知、定期の見直しを管理し、事実と食い違う規程を知らせます。")


def _register(context: PageContext) -> None:
    text = context.text
    head = registers.head(
        context,
        "documents",
        text("内部規程"),
        _purpose(context),
        view=Permission.VIEW_REVIEWS,
        write=Permission.MANAGE_REVIEWS,
    )
    wanted = _filters(head.unit_id, context)
    with context.read() as tx:
        stands = register.standing(tx, wanted.unit_id)
        shown = paging.read(lambda offset: register.rules(tx, wanted, offset=offset), PAGE)
        above = distribution.from_above(tx)
    if stands.rules:
        frame.verdict(_verdict(stands, context))
    if shown.rows:
        _table(shown, head, context)
    elif stands.rules:
        frame.message(
            text("条件に合う規程はありません。条件を外すと {number} 件あります。", number=stands.rules)
        )
    elif head.writers:
        frame.message(
            text("規程はまだありません。下の「規程を登録する」から登録し、本文の版を作ってください。")
        )
    else:
        frame.message(text("見られる規程はまだありません。"))
    if above:
        _from_above(above, context)
    if head.writers:
        _form(head, context, expanded=not stands.rules)


def _filters(unit_id: UnitId | None, context: PageContext) -> Wanted:
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="bottom")
    with left:
        kinds = st.pills(
            text("種類"),
            list(RuleKind),
            selection_mode="multi",
            format_func=lambda each: text(document_words.KIND[each]),
            key="documents-kinds",
        )
    with right:
        to_do = st.toggle(text("対応の要るものだけ"), key="documents-to-do")
    return Wanted(unit_id, tuple(kinds), bool(to_do))


def _verdict(stands: Standing, context: PageContext) -> str:
    text = context.text
    told = text(
        "規程 {number} 件のうち {in_force} 件が施行中です。", number=stands.rules, in_force=stands.in_force
    )
    if stands.to_revise:
        told += text("**{number} 件は改定が要ります。**", number=stands.to_revise)
    if stands.to_review:
        told += text("**{number} 件は見直しの期限を過ぎています。**", number=stands.to_review)
    if stands.undecided:
        told += text("承認を待つ版が {number} 件あります。", number=stands.undecided)
    if not (stands.to_revise or stands.to_review or stands.undecided):
        told += text("対応の要るものはありません。")
    return told


def _table(shown: paging.Turned[RuleLine], head: registers.Head, context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.title(context.language), below=each.number, link=True),
                tables.Cell(text(document_words.KIND[each.kind])),
                tables.Cell(head.names.get(each.unit_id, "—")),
                tables.Cell(
                    text("第 {number} 版", number=each.in_force) if each.in_force else text("なし"),
                    below=formats.day(each.since) if each.since else "",
                ),
                tables.Cell(_needs(each, head.today, context)),
                tables.Cell(formats.day(each.review_due_on)),
            ],
        )
        for each in shown.rows
    ]
    caption = text(
        "規程 {total} 件のうち {first}–{last} 件目、組織の順",
        total=formats.number(shown.total),
        first=shown.first,
        last=shown.last,
    )
    labels = (
        text("規程の名称"),
        text("種類"),
        text("定めた組織"),
        text("施行中の版"),
        text("対応"),
        text("次の見直し"),
    )
    columns = [tables.Column(label, nowrap=label in (labels[1], labels[3], labels[5])) for label in labels]
    opened = tables.show(tables.Table(caption, columns, rows), key="documents")
    if opened:
        addresses.go(addresses.DOCUMENTS, rule=opened)
    paging.turn(shown, "documents")


def _needs(each: RuleLine, today: date, context: PageContext) -> str:
    text = context.text
    if each.ended_on is not None:
        return text("廃止（{day}）", day=context.formats.day(each.ended_on))
    needs = []
    if each.waiting is not None:
        needs.append(text(document_words.STATE[each.waiting]))
    if each.differs:
        needs.append(text("改定が必要（事実と食い違い）"))
    elif each.revise_since is not None:
        needs.append(text("改定が必要（見直しの結果）"))
    if each.review_due_on is not None and each.review_due_on <= today:
        needs.append(text("見直しの期限切れ"))
    if not needs:
        return text("なし") if each.in_force else text("版を作成")
    return text("、").join(needs)


def _from_above(above: Sequence[FromAbove], context: PageContext) -> None:
    text, formats = context.text, context.formats
    frame.heading(
        text("上位の組織から配布された規程"),
        text("ご自身の担当する組織の方がどれだけ読んだかを見られます。"),
    )
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.title(context.language), below=each.number, link=True),
                tables.Cell(text(document_words.KIND[each.kind])),
                tables.Cell(formats.day(each.valid_from)),
                tables.Cell(formats.day(each.due_on)),
            ],
        )
        for each in above
    ]
    labels = (text("規程の名称"), text("種類"), text("施行日"), text("読む期限"))
    opened = tables.show(
        tables.Table("", [tables.Column(label) for label in labels], rows), key="documents-above"
    )
    if opened:
        addresses.go(addresses.DOCUMENTS, above=opened)


def _form(head: registers.Head, context: PageContext, *, expanded: bool) -> None:
    text = context.text
    with st.expander(text("規程を登録する"), expanded=expanded), st.form("document", border=False):
        draft = document_page.fields(
            [each.id for each in head.writers],
            head.names,
            context,
            key=registers.form_key("documents"),
        )
        sent = st.form_submit_button(text("規程を登録"), type="primary", key="document-register")
    if sent:
        take(
            lambda tx: register.register(tx, draft),
            text("登録しました。規程を開いて、最初の版を作ってください。"),
            context,
            key=registers.said_key("documents"),
            refused=document_words.refused,
        )
