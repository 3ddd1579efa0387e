"""The versions of a rule on its page: what holds, what waits, what they changed, and writing the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import streamlit as st

from daicho.pages import document_words, frame, kept_files, material, tables
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.documents import files, versions
from privacy_mark.documents.compare import compare
from privacy_mark.documents.model import (
    LONGEST_NOTE,
    LONGEST_TEXT,
    Rule,
    Version,
    VersionDraft,
    VersionState,
)
from registry.model import UnitId
from registry.sealing import LONGEST
from registry.store import Tx

SAID = "document-said"


@dataclass(frozen=True, slots=True)
class Held:
    """A rule as a page shows it, and what the person may do with it."""

    of: Rule
    today: date
    may_keep: bool
    may_decide: bool
    names: Mapping[UnitId, str]


def in_force(held: Held, context: PageContext) -> None:
    """Show what holds today, and the approved version whose first day is still to come."""
    text, day = context.text, context.formats.day
    now, newest = held.of.in_force(held.today), held.of.newest_approved()
    if newest is not None and newest is not now and held.of.ended_on is None:
        with st.expander(
            text("第 {number} 版の本文（{day} から施行）", number=newest.number, day=day(newest.valid_from))
        ):
            _text(newest, context)
        kept(newest, context)
    if now is not None:
        with st.expander(text("第 {number} 版の本文（施行中）", number=now.number)):
            _text(now, context)
        kept(now, context)


def undecided(held: Held, context: PageContext) -> None:
    """Show the version that is not decided yet with what it changes, and the next steps for it."""
    text, day = context.text, context.formats.day
    waiting = held.of.open_version()
    if waiting is None:
        return
    frame.heading(
        text(
            "第 {number} 版（{state}）",
            number=waiting.number,
            state=text(document_words.STATE[waiting.state]),
        ),
        text(
            "{author} が {day} から施行する版として作成",
            author=waiting.author,
            day=day(waiting.valid_from),
        ),
    )
    if waiting.note and waiting.state is VersionState.RETURNED:
        frame.message(text("差し戻しの理由：{note}", note=waiting.note))
    if waiting.change:
        frame.facts({text("改定の要点"): waiting.change})
    before = held.of.newest_approved()
    if before is not None:
        _difference(before, waiting, context)
    with st.expander(text("第 {number} 版の本文", number=waiting.number), expanded=before is None):
        _text(waiting, context)
    own = waiting.author_id == context.principal.user_id
    kept(waiting, context, may=held.may_keep and own)
    if held.may_decide and waiting.state is VersionState.WAITING:
        _decide(waiting, own, context)
    if held.may_keep and own:
        _correct(waiting, context)
    if held.may_keep:
        _withdraw(waiting, context)


def history(held: Held, context: PageContext) -> None:
    """Show all versions; one of them with what it changed."""
    text, day = context.text, context.formats.day
    if not held.of.versions:
        return
    frame.heading(text("版の一覧"), text("版を開くと、本文と前の版との違いが見られます。"))
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(text("第 {number} 版", number=each.number), link=True),
                tables.Cell(text(document_words.STATE[each.state])),
                tables.Cell(day(each.valid_from)),
                tables.Cell(each.author),
                tables.Cell(each.approver or "—"),
                tables.Cell(each.change or "—"),
            ],
        )
        for each in held.of.versions
    ]
    labels = (text("版"), text("状態"), text("施行日"), text("作成者"), text("承認者"), text("改定の要点"))
    columns = [tables.Column(label, nowrap=label in labels[:3]) for label in labels]
    opened = tables.show(
        tables.Table("", columns, rows, selected=st.query_params.get("version", "")), key="document-versions"
    )
    if opened:
        st.query_params["version"] = opened
        st.rerun()
    chosen = next((each for each in held.of.versions if str(each.id) == st.query_params.get("version")), None)
    if chosen is None:
        return
    frame.heading(text("第 {number} 版の本文", number=chosen.number))
    earlier = [
        each
        for each in held.of.versions
        if each.number < chosen.number and each.state is VersionState.APPROVED
    ]
    if earlier:
        _difference(earlier[0], chosen, context)
    _text(chosen, context)
    if chosen not in (held.of.in_force(held.today), held.of.newest_approved(), held.of.open_version()):
        kept(chosen, context)


def write(held: Held, context: PageContext) -> None:
    """Show the form of the next version, which begins with the text of the last."""
    text = context.text
    if not held.may_keep or held.of.open_version() is not None:
        return
    last = held.of.newest_approved()
    title = text("新しい版を作る") if last else text("最初の版を作る")
    with st.expander(title, expanded=last is None), st.form("document-write", border=False):
        draft = _fields(last, context, held.today, key="document-new", change="" if last else text("制定"))
        original = kept_files.upload(
            text("規程の原本（ファイル、10 MB まで）"), f"document-new-file-{len(held.of.versions)}"
        )
        frame.note(
            text(
                "前の版が述べる事実は新しい版に引き継ぎます。本文に今の値が書いてあれば、その値で述べたものとします。"
                "原本のファイルは引き継がないので、新しいものを選んでください。"
            )
        )
        sent = st.form_submit_button(text("承認に回す"), type="primary", key="document-write-save")
    if sent:

        def made(tx: Tx) -> None:
            written = versions.write(tx, held.of.id, draft)
            if original is not None:
                files.add(tx, written, *original)

        take(
            made,
            text("版を作りました。作成した方とは別の方が承認します。"),
            context,
            key=SAID,
            refused=kept_files.words(document_words.refused),
        )


def kept(of: Version, context: PageContext, *, may: bool = False) -> None:
    """Show the files of a version; who wrote it attaches them until it is decided."""
    text = context.text
    with context.read() as tx:
        found = files.attached(tx, of.id)
    if not found and not may:
        return
    frame.note(
        text("第 {number} 版の原本（ファイル）。版とともに承認され、その後は変わりません。", number=of.number)
    )
    doors = kept_files.Doors(
        content=files.content,
        add=(lambda tx, name, data, _: files.add(tx, of.id, name, data)) if may else None,
        remove=(lambda tx, file, why: files.remove(tx, file.id, expected_version=file.version, reason=why))
        if may
        else None,
        asks_personal=False,
    )
    kept_files.show(found, doors, f"rule-{of.id}", SAID, document_words.refused, context)


def _decide(waiting: Version, own: bool, context: PageContext) -> None:
    text = context.text
    if own:
        frame.note(text("ご自身が作成した版は承認できません。別の方が承認します。"))
        return
    if st.button(text("この版を承認する"), key="document-approve", type="primary"):
        take(
            lambda tx: versions.approve(tx, waiting.id, expected_version=waiting.version),
            text("承認しました。次は、配布して周知します。"),
            context,
            key=SAID,
            refused=document_words.refused,
        )
    with st.expander(text("差し戻す")):
        why = st.text_area(
            text("差し戻す理由（必須）"), max_chars=LONGEST_NOTE, height=90, key="document-return-note"
        )
        if st.button(text("作成した方に差し戻す"), key="document-return"):
            take(
                lambda tx: versions.send_back(tx, waiting.id, note=why, expected_version=waiting.version),
                text("差し戻しました。"),
                context,
                key=SAID,
                refused=document_words.refused,
            )


def _correct(waiting: Version, context: PageContext) -> None:
    text = context.text
    returned = waiting.state is VersionState.RETURNED
    with st.expander(text("この版を直す"), expanded=returned), st.form("document-correct", border=False):
        draft = _fields(waiting, context, waiting.valid_from, key="document-correct", change=waiting.change)
        sent = st.form_submit_button(text("直して承認に回す"), key="document-correct-save")
    if sent:
        take(
            lambda tx: versions.correct(tx, waiting.id, draft, expected_version=waiting.version),
            text("版を直しました。"),
            context,
            key=SAID,
            refused=document_words.refused,
        )


def _withdraw(waiting: Version, context: PageContext) -> None:
    text = context.text
    with st.expander(text("この版を取り下げる")):
        frame.note(text("取り下げた版は承認できません。番号と本文は記録に残ります。"))
        sure = st.checkbox(text("この版を取り下げます"), key="document-withdraw-sure")
        if st.button(text("取り下げる"), key="document-withdraw", disabled=not sure):
            take(
                lambda tx: versions.withdraw(tx, waiting.id, expected_version=waiting.version),
                text("取り下げました。"),
                context,
                key=SAID,
                refused=document_words.refused,
            )


def _fields(of: Version | None, context: PageContext, first: date, *, key: str, change: str) -> VersionDraft:
    text = context.text
    before = ""
    if of is not None:
        with context.read() as tx:
            before = versions.text_of(tx, of.id)
    words = st.text_area(
        text("規程の本文（必須）"), before, max_chars=LONGEST_TEXT, height=320, key=f"{key}-text"
    )
    left, right = st.columns([3, 7])
    with left:
        valid_from = st.date_input(text("施行日"), first, format="YYYY/MM/DD", key=f"{key}-from")
    with right:
        what = st.text_input(text("改定の要点（必須）"), change, max_chars=LONGEST, key=f"{key}-change")
    return VersionDraft(valid_from, words, what)


def _text(of: Version, context: PageContext) -> None:
    with context.read() as tx:
        said = versions.text_of(tx, of.id)
    st.html(material.html(said))


def _difference(before: Version, after: Version, context: PageContext) -> None:
    text = context.text
    with context.read() as tx:
        lines = compare(versions.text_of(tx, before.id), versions.text_of(tx, after.id))
    frame.note(text("第 {before} 版との違い", before=before.number))
    if lines:
        document_words.comparison(lines, context)
    else:
        frame.note(text("本文に違いはありません。"))
