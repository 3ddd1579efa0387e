"""The journal 操作の記録: what was done, when, by whom, on what; its changes on demand, its signed heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import streamlit as st

from daicho.pages import frame, journal_words, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import JAPAN, NONE, Formats
from daicho.text import Translator
from registry import anchors
from registry import journal as records
from registry.access import require_somewhere, together
from registry.heads import SignedHead, public_keys
from registry.journal import Action, JournalFilter, JournalLine
from registry.model import Permission, UnitId, UserId
from registry.views import SensitiveList

PAGE = 50
_HEADS = 5
_BELOW, _WANTED = "journal-below", "journal-wanted"  # where the pages before the present one began
_WIDGETS = ("journal-since", "journal-until", "journal-actor", "journal-action")
_FIRST, _LAST = date(2000, 1, 1), date(2200, 12, 31)


def show(context: PageContext) -> None:
    """Show the page; that somebody looks is recorded before anything is shown."""
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(
            text("操作の記録"), text("誰がいつ何をしたかを確かめます。記録は書き換えると分かる形で残ります。")
        )
    if not context.may(Permission.VIEW_JOURNAL):
        frame.no_right(text)
        return
    with context.read() as tx:
        units = scope.units(tx)
        inside = frozenset[int]().union(*together(tx, Permission.VIEW_JOURNAL))
        opened = [unit for unit in units if unit.id in inside]
        with right:
            unit = scope.select(context, opened, "journal-scope", whole=len(opened) > 1)
    unit_id = unit.id if unit else None
    context.viewed(SensitiveList.JOURNAL, unit_id)
    with context.read() as tx:
        require_somewhere(tx, Permission.VIEW_JOURNAL)
        who = records.actors(tx)
        wanted = _filter(unit_id, who, context)
        below = _starts(wanted)
        found = records.lines(tx, limit=PAGE + 1, below=below[-1] if below else None, wanted=wanted)
        heads = anchors.listed_heads(tx)
    _verified(heads, context)
    if not found:
        frame.message(text("条件に合う記録はありません。"))
        return
    names = scope.full_names(units, context.language)
    chosen = tables.show(_table(found[:PAGE], names, context), key="journal")
    _turning(found, below, context)
    _heads(heads, context)
    line = next((each for each in found if str(each.seq) == chosen), None)
    if line is not None:
        _open(line, names, context)


def _filter(unit_id: UnitId | None, who: Mapping[UserId, str], context: PageContext) -> JournalFilter:
    text = context.text
    since, until, actor, action, clear = st.columns([2, 2, 3, 3, 1.4], vertical_alignment="bottom")
    with since:
        first = _day(text("この日から"), "journal-since")
    with until:
        last = _day(text("この日まで"), "journal-until")
    with actor:
        person = st.selectbox(
            text("誰が"),
            sorted(who, key=lambda each: who[each]),
            index=None,
            key="journal-actor",
            placeholder=text("すべて"),
            format_func=lambda each: who[each],
        )
    with action:
        actions: Sequence[Action] = sorted(Action, key=lambda each: text(journal_words.ACTION[each]))
        done = st.selectbox(
            text("したこと"),
            actions,
            index=None,
            key="journal-action",
            placeholder=text("すべて"),
            format_func=lambda each: text(journal_words.ACTION[each]),
        )
    with clear:
        st.button(text("条件を消す"), key="journal-clear", on_click=_clear)
    return JournalFilter(
        since=None if first is None else _midnight(first),
        before=None if last is None else _midnight(last + timedelta(days=1)),
        actor_id=person,
        action=done,
        unit_id=unit_id,
    )


def _clear() -> None:
    for key in _WIDGETS:
        st.session_state[key] = None


def _day(label: str, key: str) -> date | None:
    chosen = st.date_input(label, None, format="YYYY/MM/DD", min_value=_FIRST, max_value=_LAST, key=key)
    return chosen if isinstance(chosen, date) else None


def _midnight(day: date) -> datetime:
    """Return when a day begins in Japan."""
    return datetime(day.year, day.month, day.day, tzinfo=JAPAN)


def _starts(wanted: JournalFilter) -> list[int]:
    """Return where the pages begin up to the present one; another filter begins with the newest record."""
    if st.session_state.get(_WANTED) != wanted:
        st.session_state[_WANTED] = wanted
        st.session_state[_BELOW] = []
    starts: list[int] = st.session_state[_BELOW]
    return starts


def _turning(found: Sequence[JournalLine], below: list[int], context: PageContext) -> None:
    text = context.text
    with st.container(horizontal=True):
        if below:
            st.button(text("新しい記録へ"), key="journal-newer", on_click=_back, args=(below,))
        if len(found) > PAGE:
            st.button(
                text("古い記録へ"), key="journal-older", on_click=below.append, args=(found[PAGE - 1].seq,)
            )


def _back(below: list[int]) -> None:
    below.pop()


def _table(found: Sequence[JournalLine], names: Mapping[UnitId, str], context: PageContext) -> tables.Table:
    text, formats = context.text, context.formats
    caption = text(
        "{first} 番から {last} 番まで、新しい順",
        first=formats.number(found[0].seq),
        last=formats.number(found[-1].seq),
    )
    columns = [
        tables.Column(text("番号"), right=True),
        tables.Column(text("いつ"), nowrap=True),
        tables.Column(text("誰が"), nowrap=True),
        tables.Column(text("したこと")),
        tables.Column(text("対象")),
        tables.Column(text("単位")),
    ]
    rows = [
        tables.Row(
            str(each.seq),
            [
                tables.Cell(formats.number(each.seq)),
                tables.Cell(_moment(each.at, formats)),
                tables.Cell(each.actor),
                tables.Cell(journal_words.action(each.action, text), link=True),
                tables.Cell(journal_words.thing(each.table, each.row_id, text)),
                tables.Cell(NONE if each.unit_id is None else names.get(each.unit_id, NONE)),
            ],
        )
        for each in found
    ]
    return tables.Table(caption, columns, rows)


def _moment(at: datetime, formats: Formats) -> str:
    """Return a time in Japan to the second: records of one minute have an order."""
    return f"{formats.moment(at)}:{at.second:02d}"


def _open(line: JournalLine, names: Mapping[UnitId, str], context: PageContext) -> None:
    """Open one record on the right: what it changed, field by field."""
    text = context.text

    @st.dialog(journal_words.action(line.action, text), position="right", width="medium")
    def drawer() -> None:
        frame.facts(
            {
                text("番号"): context.formats.number(line.seq),
                text("いつ"): _moment(line.at, context.formats),
                text("誰が"): line.actor,
                text("対象"): journal_words.thing(line.table, line.row_id, text),
                text("単位"): NONE if line.unit_id is None else names.get(line.unit_id, NONE),
                text("きっかけ"): line.reason or NONE,
            }
        )
        if line.shredded:
            frame.note(text("保存期間が終わり、氏名と変更前後の値は読めません。"))
            return
        if line.closed:
            frame.note(text("変更前後の値は、対象の記録を見られる方だけが読めます。"))
            return
        _changes(line, names, text)

    drawer()


def _changes(line: JournalLine, names: Mapping[UnitId, str], text: Translator) -> None:
    before, after = line.before or {}, line.after or {}
    fields = list(dict.fromkeys((*before, *after)))
    if not fields:
        frame.note(text("変わった値はありません。"))
        return
    labels = (text("項目"), text("変更前"), text("変更後"))
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(journal_words.field(name, text)),
                tables.Cell(journal_words.value(name, before.get(name), names, text)),
                tables.Cell(journal_words.value(name, after.get(name), names, text)),
            ],
        )
        for name in fields
    ]
    tables.show(tables.Table("", [tables.Column(label) for label in labels], rows), key="journal-changes")


def _verified(heads: Sequence[SignedHead], context: PageContext) -> None:
    """Say when the whole journal was verified last: nothing is signed before that."""
    text = context.text
    if not heads:
        frame.message(
            text(
                "記録全体の署名はまだありません。管理者が daicho tick か daicho journal anchor を実行すると、"
                "全体を確かめて署名します。"
            )
        )
        return
    newest = heads[-1]
    frame.note(
        text(
            "最後に全体を確かめて署名したのは {when}、記録 {count} 件までです。",
            when=context.formats.moment(datetime.fromisoformat(newest.at)),
            count=context.formats.number(newest.tree_size),
        )
    )


def _heads(heads: Sequence[SignedHead], context: PageContext) -> None:
    text, formats = context.text, context.formats
    if not heads:
        return
    trusted = public_keys(context.workspace.vault)
    frame.heading(
        text("署名した記録の先頭"),
        text("控えのファイルとの照合は daicho journal verify で行います。"),
    )
    labels = (text("いつ"), text("記録の件数"), text("署名"), text("タイムスタンプ"), text("先頭の値"))
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(formats.moment(datetime.fromisoformat(each.at))),
                tables.Cell(formats.number(each.tree_size)),
                tables.Cell(text("正しい") if each.is_signed_by(trusted) else text("正しくない")),
                tables.Cell(NONE if each.timestamp_token is None else text("あり")),
                tables.Cell(f"{each.root[:16]}…", code=True),
            ],
        )
        for each in reversed(heads[-_HEADS:])
    ]
    columns = [tables.Column(label, right=label == labels[1], nowrap=label == labels[0]) for label in labels]
    tables.show(tables.Table("", columns, rows), key="journal-heads")
