"""Notices and consent texts 通知・同意文: which wording is in force, and which purposes no notice tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, frame, provision_words, research, scope, tables
from daicho.pages.context import PageContext
from daicho.text import mark
from registry import ledger, notices
from registry.access import allowed, today_in_japan
from registry.errors import RegistryError
from registry.model import LedgerEntry, Permission, Unit, UnitId
from registry.notices import Mismatch, Notice, NoticeKind
from registry.store import Tx

KIND: Mapping[NoticeKind, str] = {
    NoticeKind.ACQUISITION: mark("取得した場合の通知（J.8.4）"),
    NoticeKind.DIRECT: mark("直接書面で取得する場合の明示（J.8.5）"),
    NoticeKind.RETAINED: mark("保有個人データの周知（J.10.3）"),
    NoticeKind.POSTED: mark("院内掲示"),
    NoticeKind.CONSENT: mark("同意文"),
    NoticeKind.OPT_OUT: mark("研究の情報公開（オプトアウト）"),
}
_SAID = "notices-said"


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    frame.title(
        text("通知・同意文"),
        text("本人に知らせた文面を版で残し、台帳の利用目的と比べます。研究での利用もここで扱います。"),
    )
    if not context.may(Permission.VIEW_LEDGER):
        frame.no_right(text)
        return
    with context.read() as tx:
        units = scope.units(tx)
        found = notices.notices(tx)
        missing = notices.mismatches(tx)
        entries = ledger.entries(tx)
        today = today_in_japan(tx.now)
        writers = [
            unit for unit in units if unit.closed_at is None and allowed(tx, Permission.EDIT_LEDGER, unit.id)
        ]
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    names = scope.full_names(units, context.language)
    texts, studies = st.tabs([text("通知・同意文"), text("研究での利用")])
    with texts:
        _texts(found, missing, entries, writers, names, today, context)
    with studies:
        research.show(writers, [each for each in found if each.kind is NoticeKind.OPT_OUT], names, context)


def _texts(
    found: Sequence[Notice],
    missing: Sequence[Mismatch],
    entries: Sequence[LedgerEntry],
    writers: Sequence[Unit],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text = context.text
    may_write = {unit.id for unit in writers}
    if found:
        frame.verdict(_verdict(entries, missing, context))
        _table(found, names, today, context)
        mine = [each for each in found if each.unit_id in may_write]
        _one(found, mine, entries, today, context)
    else:
        frame.message(
            text("通知・同意文はまだありません。下の「文面を登録する」から登録してください。")
            if writers
            else text("見られる通知・同意文はまだありません。")
        )
    if found and missing:
        _missing(missing, names, context)
    if writers:
        _form(writers, names, today, context, expanded=not found)


def _verdict(entries: Sequence[LedgerEntry], missing: Sequence[Mismatch], context: PageContext) -> str:
    text = context.text
    unlinked = sum(not each.linked for each in missing)
    differing = len(missing) - unlinked
    if differing:
        return text(
            "**台帳の記載 {number} 件に、通知にない利用目的があります。**"
            "ほかに {unlinked} 件は通知と結び付いていません。",
            number=differing,
            unlinked=unlinked,
        )
    if unlinked:
        return text(
            "台帳の記載 {total} 件のうち **{number} 件が通知と結び付いていません。**",
            total=len(entries),
            number=unlinked,
        )
    return text("台帳の利用目的は、すべて通知・同意文にあります。")


def _table(found: Sequence[Notice], names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = []
    for each in found:
        now = each.in_force(today)
        purposes = text("、").join(now.purposes) if now else "—"
        rows.append(
            tables.Row(
                str(each.id),
                [
                    tables.Cell(each.number),
                    tables.Cell(each.title, below=each.posted),
                    tables.Cell(text(KIND[each.kind])),
                    tables.Cell(names.get(each.unit_id, "—")),
                    tables.Cell(purposes),
                    tables.Cell(
                        text("第 {number} 版", number=now.revision) if now else text("適用前"),
                        below=text("{day} から", day=formats.day(now.valid_from)) if now else "",
                    ),
                    tables.Cell(formats.number(len(each.entry_ids))),
                ],
            )
        )
    labels = (text("番号"), text("題名"), text("種類"), text("単位"), text("利用目的"), text("版"))
    columns = [tables.Column(label, nowrap=label in (labels[0], labels[5])) for label in labels]
    caption = text("通知・同意文 {number} 件", number=formats.number(len(found)))
    tables.show(
        tables.Table(caption, [*columns, tables.Column(text("記載"), right=True)], rows), key="notices"
    )


def _missing(missing: Sequence[Mismatch], names: Mapping[UnitId, str], context: PageContext) -> None:
    text, formats = context.text, context.formats
    frame.heading(
        text("通知にない利用目的"),
        text("文面の語を比べた結果です。言い回しの違いだけのこともあるので、目で確かめてください。"),
    )
    rows = [
        tables.Row(
            str(each.entry_id),
            [
                tables.Cell(f"{each.number} {each.name}", link=True),
                tables.Cell(names.get(each.unit_id, "—")),
                tables.Cell(text("、").join(each.untold)),
                tables.Cell(text("通知と違う") if each.linked else text("通知と結び付いていない")),
            ],
        )
        for each in sorted(missing, key=lambda each: not each.linked)
    ]
    labels = (text("台帳の記載"), text("単位"), text("利用目的"), text("状態"))
    caption = text("記載 {number} 件", number=formats.number(len(missing)))
    opened = tables.show(
        tables.Table(caption, [tables.Column(label) for label in labels], rows), key="mismatches"
    )
    if opened:
        addresses.go(addresses.LEDGER, entry=opened)


def _one(
    found: Sequence[Notice],
    mine: Sequence[Notice],
    entries: Sequence[LedgerEntry],
    today: date,
    context: PageContext,
) -> None:
    text, formats = context.text, context.formats
    with st.expander(text("文面を見る・改める・記載と結び付ける")):
        chosen = st.selectbox(
            text("文面"),
            found,
            index=None,
            key="notice-chosen",
            placeholder=text("文面を選ぶ"),
            format_func=lambda each: f"{each.number}　{each.title}",
        )
        if chosen is None:
            return
        for each in chosen.wordings:
            frame.heading(
                text("第 {number} 版", number=each.revision),
                text(
                    "{day} から適用　{who}　{when}",
                    day=formats.day(each.valid_from),
                    who=each.written_by,
                    when=formats.moment(each.written_at),
                ),
            )
            frame.note(text("利用目的：{purposes}", purposes=text("、").join(each.purposes)))
            st.text(each.text)
        if chosen not in mine:
            return
        _link(chosen, entries, context)
        _reword(chosen, today, context)


def _link(chosen: Notice, entries: Sequence[LedgerEntry], context: PageContext) -> None:
    text = context.text
    known = [each for each in entries if each.id in chosen.entry_ids]
    with st.form("notice-link", border=False):
        linked = st.multiselect(
            text("この文面で取得する台帳の記載"),
            list(entries),
            default=known,
            placeholder=text("記載を選ぶ"),
            format_func=lambda each: f"{each.number} {each.name}",
        )
        sent = st.form_submit_button(text("記載と結び付ける"), key="notice-link-save")
    if sent:
        hidden = set(chosen.entry_ids) - {each.id for each in known}
        ids = [*(each.id for each in linked), *hidden]
        _do(
            lambda tx: notices.link(tx, chosen.id, ids, expected_version=chosen.version),
            text("結び付けました。"),
            context,
        )


def _reword(chosen: Notice, today: date, context: PageContext) -> None:
    text = context.text
    last = chosen.wordings[0]
    with st.form("notice-reword", border=False):
        wording = st.text_area(text("新しい本文"), last.text, height=200, max_chars=20_000)
        purposes = st.text_area(text("利用目的（1 行に 1 つ）"), "\n".join(last.purposes), height=104)
        start = st.date_input(text("適用の日"), today, format="YYYY/MM/DD")
        sent = st.form_submit_button(text("新しい版を登録"), key="notice-reword-save")
    if sent and isinstance(start, date):
        _do(
            lambda tx: notices.reword(
                tx,
                chosen.id,
                text=wording,
                purposes=purposes.splitlines(),
                valid_from=start,
                expected_version=chosen.version,
            ),
            text("新しい版を登録しました。前の版も残っています。"),
            context,
        )


def _form(
    writers: Sequence[Unit],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
    *,
    expanded: bool,
) -> None:
    text = context.text
    opened = st.expander(text("文面を登録する"), expanded=expanded)
    with opened, st.form("notice", border=False, clear_on_submit=False):
        left, right = st.columns(2)
        with left:
            unit = st.selectbox(text("単位"), writers, format_func=lambda each: names[each.id])
            kinds: Sequence[NoticeKind] = tuple(NoticeKind)
            kind = st.selectbox(text("種類"), kinds, format_func=lambda each: text(KIND[each]))
            title = st.text_input(text("題名（必須）"), max_chars=200)
        with right:
            posted = st.text_input(text("掲げる場所（ウェブの住所、窓口、院内など）"), max_chars=300)
            start = st.date_input(text("適用の日"), today, format="YYYY/MM/DD")
        purposes = st.text_area(text("利用目的（1 行に 1 つ）"), height=104)
        wording = st.text_area(text("本文（必須）"), height=200, max_chars=20_000)
        sent = st.form_submit_button(text("文面を登録"), type="primary", key="notice-write")
    if sent and isinstance(start, date):
        _do(
            lambda tx: notices.write_notice(
                tx,
                unit_id=unit.id,
                kind=kind,
                title=title,
                text=wording,
                purposes=purposes.splitlines(),
                valid_from=start,
                posted=posted,
            ),
            text("文面を登録しました。次は、台帳の記載と結び付けてください。"),
            context,
        )


def _do(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    try:
        with context.write("notices page") as tx:
            act(tx)
    except RegistryError as error:
        st.error(provision_words.refused(error, context))
        return
    st.session_state[_SAID] = said
    st.rerun()
