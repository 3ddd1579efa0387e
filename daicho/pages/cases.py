"""Differences 差異: the work list of cases, who works on which until when, and many given out at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape

import streamlit as st

from daicho.pages import (
    addresses,
    case_drawer,
    filters,
    frame,
    paging,
    saved_filters,
    scope,
    separation,
    tables,
    words,
)
from daicho.pages.case_sentences import refused
from daicho.pages.context import PageContext
from registry import case_assignees
from registry import cases as book
from registry.access import allowed, today_in_japan
from registry.case_states import CLOSED, TO_DO, WAITING, Case, CaseId, CaseState
from registry.cases import UNASSIGNED, CaseFilter
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import DiscrepancyKind, Permission, Unit, UnitId
from registry.saved_filters import FilteredPage
from registry.store import Tx
from registry.views import SensitiveList

PAGE = 50
SOON_DAYS = 7
_PARAMETERS = ("state", "kind", "who", "due")
_OPEN, _EVERY = "open", "every"
_MINE, _NOBODY = "mine", "nobody"
_LATE, _SOON = "late", "soon"
_SAID = "cases-said"


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(
            text("差異"), text("台帳と実態の違いを、担当と期限を決めて、走査で確認できるまで追います。")
        )
    if not context.may(Permission.VIEW_SITUATION):
        frame.no_right(text)
        return
    with context.read() as tx:
        units = scope.units(tx)
        with right:
            unit = scope.select(context, units, "cases-scope", whole=len(units) > 1)
        today = today_in_japan(tx.now)
        wanted = _filters(unit, today, context)
        page = paging.read(lambda offset: _page(tx, wanted, offset), PAGE)
        counted = book.counts(tx, unit_id=wanted.unit_id)
        yesterday = today - timedelta(days=1)
        late = book.cases(tx, CaseFilter(unit_id=wanted.unit_id, due_by=yesterday), limit=1).total
        closed = separation.closed(tx)
        decides = [
            each
            for each in page.rows
            if each.state in TO_DO and allowed(tx, Permission.DECIDE_CASES, each.unit_id)
        ]
    if any(each.located and each.entry_id is None for each in page.rows):
        context.viewed(SensitiveList.LOCATIONS, wanted.unit_id)
    _said()
    _verdict(counted, late, context)
    separation.note(closed, units, context)
    if not page.rows:
        _empty(counted, context)
    else:
        names = scope.full_names(units, context.language)
        _rows(page, names, today, context)
        paging.turn(page, "cases")
        if decides:
            _bulk(decides, today, context)
    chosen = addresses.number("case")
    if chosen is not None:
        case_drawer.show(CaseId(chosen), context)


def _page(tx: Tx, wanted: CaseFilter, offset: int) -> tuple[Sequence[Case], int]:
    page = book.cases(tx, wanted, offset=offset, limit=PAGE)
    return page.rows, page.total


def _filters(unit: Unit | None, today: date, context: PageContext) -> CaseFilter:
    text = context.text
    states = {
        _OPEN: text("対応が終わっていないもの"),
        _EVERY: text("すべて"),
        **{state.value: text(words.CASE_STATE[state]) for state in CaseState},
    }
    kinds = {filters.ALL: text("すべて")} | {
        kind.value: text(words.DISCREPANCY[kind]) for kind in DiscrepancyKind
    }
    people = {filters.ALL: text("すべて"), _MINE: text("自分"), _NOBODY: text("担当なし")}
    days = {
        filters.ALL: text("すべて"),
        _LATE: text("対応期限を超過"),
        _SOON: text("{days} 日以内", days=SOON_DAYS),
    }
    columns = st.columns([3, 2.4, 2, 2, 1.6], vertical_alignment="bottom")
    with columns[0]:
        state = filters.choice(text("状態"), "state", states, default=_OPEN)
    with columns[1]:
        kind = filters.choice(text("種類"), "kind", kinds)
    with columns[2]:
        who = filters.choice(text("担当"), "who", people)
    with columns[3]:
        due = filters.choice(text("対応期限"), "due", days)
    with columns[4]:
        filters.clear(_PARAMETERS, context, "cases-clear")
    saved_filters.show(FilteredPage.CASES, saved_filters.Address(_PARAMETERS), context)
    chosen = frozenset(CaseState) - CLOSED if state == _OPEN else frozenset[CaseState]()
    return CaseFilter(
        states=chosen if state in (_OPEN, _EVERY) else frozenset({CaseState(state)}),
        kinds=frozenset({DiscrepancyKind(kind)}) if kind else frozenset(),
        unit_id=unit.id if unit else None,
        assignee_id={_MINE: context.principal.user_id, _NOBODY: UNASSIGNED}.get(who),
        due_by={_LATE: today - timedelta(days=1), _SOON: today + timedelta(days=SOON_DAYS)}.get(due),
    )


def _verdict(counted: Mapping[CaseState, int], late: int, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    waiting = sum(counted.get(state, 0) for state in TO_DO)
    proposed = counted.get(CaseState.PROPOSED, 0)
    if not waiting and not proposed:
        frame.verdict(text("対応の要る差異はありません。"))
        return
    frame.verdict(
        text(
            "**{waiting} 件が対応待ち**、{proposed} 件が説明の承認待ちです。"
            "期限を過ぎたものは {late} 件あります。",
            waiting=number(waiting),
            proposed=number(proposed),
            late=number(late),
        )
    )


def _empty(counted: Mapping[CaseState, int], context: PageContext) -> None:
    text = context.text
    if total := sum(counted.values()):
        frame.message(
            text(
                "条件に合う差異はありません。条件を消すか、状態を「すべて」にすると {total} 件あります。",
                total=context.formats.number(total),
            )
        )
    else:
        frame.message(text("差異はまだありません。走査が終わると、台帳との違いがここに並びます。"))


def _rows(
    page: paging.Turned[Case],
    units: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text, formats = context.text, context.formats
    caption = text(
        "{all} 件のうち {first}–{last} 件目、期限の早い順",
        all=formats.number(page.total),
        first=formats.number(page.first),
        last=formats.number(page.last),
    )
    table = tables.Table(
        caption=caption,
        columns=[
            tables.Column(text("リスク"), nowrap=True),
            tables.Column(text("データ")),
            tables.Column(text("種類"), nowrap=True),
            tables.Column(text("単位")),
            tables.Column(text("状態")),
            tables.Column(text("担当"), nowrap=True),
            tables.Column(text("対応期限"), nowrap=True),
        ],
        rows=[
            tables.Row(
                str(each.id),
                [
                    tables.Cell("—")
                    if each.kind is DiscrepancyKind.NOT_FOUND
                    else tables.risk_cell(each.found.score, text),
                    tables.Cell(called(each, context), link=True),
                    tables.Cell(text(words.DISCREPANCY[each.kind])),
                    tables.Cell(units.get(each.unit_id, "—")),
                    tables.Cell(text(words.CASE_STATE[each.state])),
                    tables.Cell(each.assignee or "—"),
                    _due(each, today, context),
                ],
            )
            for each in page.rows
        ],
        selected=st.query_params.get("case", ""),
    )
    opened = tables.show(table, key="cases")
    if opened:
        kept = {name: str(st.query_params.get(name, "")) for name in (*_PARAMETERS, "page")}
        addresses.go(addresses.CASES, unit=scope.chosen_code(), case=opened, **kept)


def _due(each: Case, today: date, context: PageContext) -> tables.Cell:
    """Return until when somebody should answer, or how long an explanation holds."""
    text, formats = context.text, context.formats
    if each.state is CaseState.EXPLAINED:
        return tables.Cell(formats.day(each.expires_on), below=text("まで受け入れ"))
    if each.state not in WAITING:
        return tables.Cell("—")
    return tables.Cell(formats.day(each.due_on), below=text("対応期限を超過") if each.is_late(today) else "")


def called(each: Case, context: PageContext) -> str:
    """Return what a case is about, as far as the person may know it."""
    return each.found.subject or words.categories(each.found.categories, context.text, 3)


def _bulk(rows: Sequence[Case], today: date, context: PageContext) -> None:
    """Give several of the cases shown to one person."""
    text = context.text
    with st.expander(text("まとめて担当を決める")):
        known = {each.id: each for each in rows}
        ids = st.multiselect(
            text("差異"),
            list(known),
            key="cases-bulk",
            format_func=lambda key: (
                f"{called(known[key], context)}（{text(words.DISCREPANCY[known[key].kind])}）"
            ),
            placeholder=text("差異を選ぶ"),
        )

        def every() -> None:
            st.session_state["cases-bulk"] = list(known)

        st.button(text("表示中の {number} 件を選ぶ", number=len(known)), key="cases-all", on_click=every)
        if not ids:
            frame.note(text("差異を選ぶと、そのすべてに対応できる方が担当の候補になります。"))
            return
        chosen = [known[CaseId(key)] for key in ids if CaseId(key) in known]
        with context.read() as tx:
            people = case_assignees.assignees(tx, {each.unit_id for each in chosen})
        if not people:
            frame.note(text("選んだ差異のすべてに対応できる方がいません。単位ごとに分けてください。"))
            return
        left, right = st.columns(2)
        with left:
            st.selectbox(text("担当"), people, key="cases-bulk-who", format_func=lambda person: person.name)
        with right:
            st.date_input(
                text("期限（空のままなら変えない）"),
                None,
                min_value=today,
                format="YYYY/MM/DD",
                key="cases-bulk-due",
            )
        st.button(
            text("{number} 件の担当を決める", number=len(chosen)),
            key="cases-assign",
            type="primary",
            on_click=_assign,
            args=(chosen, context),
        )


def _assign(chosen: Sequence[Case], context: PageContext) -> None:
    text, held = context.text, st.session_state
    due = held["cases-bulk-due"]
    try:
        with context.write("differences page") as tx:
            book.assign(
                tx,
                {each.id: each.version for each in chosen},
                assignee_id=held["cases-bulk-who"].user_id,
                due_on=due if isinstance(due, date) else None,
            )
    except (Conflict, InvalidValue, AccessDenied, NotFound) as error:
        held[_SAID] = refused(error, context)
        return
    held["cases-bulk"] = []
    held[_SAID] = text("{number} 件の担当を決めました。", number=len(chosen))


def _said() -> None:
    said = st.session_state.pop(_SAID, "")
    if said:
        st.html(f"<div class='dc-message' role='status'>{escape(said)}</div>")
