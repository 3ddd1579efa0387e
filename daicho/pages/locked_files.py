"""Locked files パスワード付きファイル: what no listed password opened, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from daicho.pages import addresses, drawer, frame, scope, separation, tables
from daicho.pages.context import PageContext
from daicho.pages.steps import why_not
from daicho.text import mark
from registry import locked_files as queue
from registry.access import allowed
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.locked_files import LONGEST_REASON, LockedChoice, LockedFile, LockedFiles
from registry.model import Permission, SourceId, SourceRow, UnitId
from registry.views import SensitiveList

PAGE = 50
_SAID, _CHOICE, _REASON = "locked-said", "locked-choice", "locked-reason"
CHOICE: Mapping[LockedChoice, str] = {
    LockedChoice.PASSWORD: mark("パスワードを一覧に加えた"),
    LockedChoice.EXCEPTED: mark("このままにする"),
    LockedChoice.DELETED: mark("元の場所で削除した"),
}
_NEXT: Mapping[LockedChoice, str] = {
    LockedChoice.PASSWORD: mark("次の走査で開きます"),
    LockedChoice.DELETED: mark("次の走査で確かめます"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("reason", "required"): mark("このままにする理由を入れてください。"),
    ("reason", "too_long"): mark("説明が長すぎます（500 文字まで）。"),
    ("object_id", "not_locked"): mark("このファイルはもう開いています。"),
}


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(
            text("パスワード付きファイル"),
            text("走査で開けず、中身を調べられなかったファイルです。一つずつ扱いを決めます。"),
        )
    if not context.may(Permission.VIEW_LOCATIONS):
        frame.no_right(text)
        return
    with context.read() as tx:
        units = scope.units(tx)
        known = drawer.visible_sources(tx)
        closed = separation.closed(tx)
        with right:
            unit = scope.select(context, units, "locked-scope", whole=len(units) > 1)
        found = queue.locked(tx, context.workspace.findings, unit_id=unit.id if unit else None)
        handled = {
            each: allowed(tx, Permission.HANDLE_CASES, each)
            for each in {each.row.unit_id for each in found.files}
        }
    names = scope.full_names(units, context.language)
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    separation.note(closed, units, context)
    if not found.files:
        frame.message(text("パスワード付きで開けなかったファイルはありません。"))
        return
    context.viewed(SensitiveList.LOCATIONS, unit.id if unit else None)
    _verdict(found, context)
    _table(found, names, known, context)
    wanted = st.query_params.get("locked", "")
    chosen = next((each for each in found.files if each.row.id == wanted), None)
    if chosen is not None:
        _drawer(chosen, names, known, context, handles=handled[chosen.row.unit_id])


def _verdict(found: LockedFiles, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    frame.verdict(
        text(
            "**{open} 件の扱いが決まっていません**。開けなかったファイルは全部で {all} 件です。",
            open=number(found.open),
            all=number(found.total),
        )
    )
    frame.note(
        text(
            "パスワードはここに入力せず、走査する計算機の一覧ファイルに加えます"
            "（daicho.toml の scan.password_file）。"
        )
    )


def _table(
    found: LockedFiles, names: Mapping[UnitId, str], known: Mapping[SourceId, SourceRow], context: PageContext
) -> None:
    text, formats = context.text, context.formats
    pages = -(-len(found.files) // PAGE)
    number = min(int(st.session_state.get("locked-page", 1)), pages)
    first = (number - 1) * PAGE
    shown = found.files[first : first + PAGE]
    rows = [
        tables.Row(
            each.row.id,
            [
                tables.Cell(
                    drawer.name_of(each.row, context), below=drawer.place_of(each.row, known), link=True
                ),
                tables.Cell(names.get(each.row.unit_id, "—")),
                tables.Cell(each.row.kind),
                tables.Cell(formats.size(each.row.bytes)),
                tables.Cell(formats.moment(each.found_at)),
                tables.Cell(each.row.owner or "—"),
                tables.Cell(_state(each, context), below=_by(each, context)),
            ],
        )
        for each in shown
    ]
    columns = [
        tables.Column(text("対象")),
        tables.Column(text("単位")),
        tables.Column(text("形式"), nowrap=True),
        tables.Column(text("大きさ"), right=True, nowrap=True),
        tables.Column(text("走査した日"), nowrap=True),
        tables.Column(text("持ち主"), nowrap=True),
        tables.Column(text("扱い"), nowrap=True),
    ]
    caption = text(
        "{all} 件のうち {first}–{last} 件目、扱いの決まっていないものから",
        all=formats.number(len(found.files)),
        first=formats.number(first + 1),
        last=formats.number(first + len(shown)),
    )
    opened = tables.show(
        tables.Table(caption, columns, rows, selected=st.query_params.get("locked", "")), key="locked"
    )
    if pages > 1:
        st.pagination(pages, key="locked-page")
    if opened:
        addresses.go(addresses.LOCKED, unit=scope.chosen_code(), locked=opened)


def _state(each: LockedFile, context: PageContext) -> str:
    if each.decision is None:
        return context.text("未決")
    if each.is_still_locked:
        return context.text("後の走査でも開いていません")
    return context.text(CHOICE[each.decision.choice])


def _by(each: LockedFile, context: PageContext) -> str:
    decision = each.decision
    if decision is None:
        return ""
    follows = CHOICE[decision.choice] if each.is_still_locked else _NEXT.get(decision.choice, "")
    by = (decision.decider, context.formats.moment(decision.decided_at))
    return "　".join(filter(None, (context.text(follows) if follows else "", *by)))


def _drawer(
    chosen: LockedFile,
    names: Mapping[UnitId, str],
    known: Mapping[SourceId, SourceRow],
    context: PageContext,
    *,
    handles: bool,
) -> None:
    text, formats, row = context.text, context.formats, chosen.row

    @st.dialog(drawer.name_of(row, context), position="right", width="medium", on_dismiss=_closed)
    def opened() -> None:
        facts = {
            text("単位"): names.get(row.unit_id, "—"),
            text("場所"): drawer.place_of(row, known) or "—",
            text("形式"): row.kind,
            text("大きさ"): formats.size(row.bytes),
            text("走査した日"): formats.moment(chosen.found_at),
            text("持ち主"): row.owner or "—",
            text("扱い"): "　".join(filter(None, (_state(chosen, context), _by(chosen, context)))),
        }
        if chosen.decision is not None and chosen.decision.reason:
            facts[text("理由")] = chosen.decision.reason
        frame.facts(facts)
        if handles:
            _form(chosen, context)
        else:
            frame.note(text("扱いは、個人情報保護管理者が決めます。"))

    opened()


def _form(chosen: LockedFile, context: PageContext) -> None:
    text = context.text
    with st.form("locked-form", border=False):
        st.radio(
            text("扱いを決める"),
            list(LockedChoice),
            key=_CHOICE,
            format_func=lambda each: text(CHOICE[each]),
            captions=[
                text("再び走査して中身を調べます。"),
                text("理由を残し、開けないまま例外とします。"),
                text("次の走査で、なくなったことを確かめます。"),
            ],
        )
        st.text_area(
            text("理由（このままにするときは必須）"), key=_REASON, max_chars=LONGEST_REASON, height=90
        )
        sent = st.form_submit_button(text("記録する"), type="primary", key="locked-decide")
    if sent:
        _decide(chosen, context)


def _decide(chosen: LockedFile, context: PageContext) -> None:
    text = context.text
    version = 0 if chosen.decision is None else chosen.decision.version
    try:
        with context.write("locked files page") as tx:
            queue.decide(
                tx,
                context.workspace.findings,
                chosen.row.id,
                st.session_state[_CHOICE],
                reason=st.session_state[_REASON],
                expected_version=version,
            )
    except (Conflict, InvalidValue, AccessDenied, NotFound) as error:
        st.error(why_not(error, _REFUSED, context))
        return
    st.session_state[_SAID] = text("記録しました。")
    _closed()
    st.rerun()


def _closed() -> None:
    """Take the file out of the address when the drawer is closed."""
    st.query_params.pop("locked", None)
