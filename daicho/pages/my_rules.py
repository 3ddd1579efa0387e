"""Rules to read 規程を読む: what was given to oneself, what changed, one's word that one has read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, document_words, frame, kept_files, material, tables
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.documents import files, reading
from privacy_mark.documents.compare import compare
from privacy_mark.documents.model import VersionId
from privacy_mark.documents.reading import Mine
from registry.access import today_in_japan
from registry.errors import NotFound

_SAID = "my-rules-said"


def show(context: PageContext) -> None:
    """Show the rules given to the person, or the one in the address."""
    text = context.text
    frame.title(text("規程を読む"), text("配布された規程を読み、読んだことを記録します。"))
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    with context.read() as tx:
        found = reading.mine(tx)
        today = today_in_japan(tx.now)
    wanted = addresses.number("version")
    if wanted is not None:
        _one(VersionId(wanted), context)
        return
    if not found:
        frame.message(text("配布された規程はまだありません。配布されると、ここに出ます。"))
        return
    frame.verdict(_verdict(found, today, context))
    _table(found, today, context)


def _verdict(found: Sequence[Mine], today: date, context: PageContext) -> str:
    text = context.text
    waiting = [each for each in found if each.read_at is None]
    late = sum(each.due_on < today for each in waiting)
    if late:
        return text(
            "**読んでいない規程のうち {number} 件が期限を過ぎています。**今日読んでください。", number=late
        )
    if waiting:
        return text(
            "読む規程が **{number} 件**あります。最初の期限は {day} です。",
            number=len(waiting),
            day=context.formats.day(waiting[0].due_on),
        )
    return text("配布された規程はすべて読んでいます。いつでも読み返せます。")


def _table(found: Sequence[Mine], today: date, context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.title(context.language), below=each.number, link=True),
                tables.Cell(text(document_words.KIND[each.kind])),
                tables.Cell(formats.day(each.valid_from)),
                tables.Cell(
                    formats.day(each.due_on),
                    below=text("期限切れ") if each.read_at is None and each.due_on < today else "",
                ),
                tables.Cell(formats.moment(each.read_at) if each.read_at else text("まだ読んでいません")),
            ],
        )
        for each in found
    ]
    labels = (text("規程の名称"), text("種類"), text("施行日"), text("読む期限"), text("読んだ日時"))
    caption = text("規程 {number} 件、まだ読んでいないものから", number=formats.number(len(found)))
    columns = [tables.Column(label, nowrap=label != labels[0]) for label in labels]
    opened = tables.show(tables.Table(caption, columns, rows), key="my-rules")
    if opened:
        st.query_params["version"] = opened
        st.rerun()


def _one(version_id: VersionId, context: PageContext) -> None:
    text = context.text
    if st.button(text("一覧に戻る"), key="my-rules-back", type="tertiary", icon=":material/arrow_back:"):
        del st.query_params["version"]
        st.rerun()
    try:
        with context.read() as tx:
            opened = reading.open_mine(tx, version_id)
            kept = [each for each in files.attached(tx, version_id) if each.removed_at is None]
    except NotFound:
        frame.message(
            text("この規程は配布されていないか、新しい版に替わっています。一覧から選んでください。")
        )
        return
    of = opened.of
    frame.heading(
        f"{of.number} {of.title(context.language)}",
        text("{day} 施行", day=context.formats.day(of.valid_from)),
    )
    if opened.change:
        frame.facts({text("改定の要点"): opened.change})
    if opened.before is not None:
        lines = compare(opened.before, opened.text)
        frame.note(text("前に読んだ版との違い"))
        if lines:
            document_words.comparison(lines, context)
        else:
            frame.note(text("本文に違いはありません。"))
    with st.container(border=True):
        st.html(material.html(opened.text))
    if kept:
        frame.heading(text("原本（ファイル）"))
        doors = kept_files.Doors(files.content, None, None, asks_personal=False)
        kept_files.show(kept, doors, f"my-rule-{of.id}", _SAID, document_words.refused, context)
    if of.read_at is not None:
        frame.note(text("{when} に、読んだと記録しました。", when=context.formats.moment(of.read_at)))
        return
    frame.note(text("{day} までに読んで、記録してください。", day=context.formats.day(of.due_on)))
    if st.button(text("読みました"), key="my-rules-read", type="primary"):
        take(
            lambda tx: reading.acknowledge(tx, of.id),
            text("読んだことを記録しました。"),
            context,
            key=_SAID,
            refused=document_words.refused,
            reason="reading a rule",
        )
