"""The operations and workplaces 職場・業務 that confirm: their register, and workplaces nobody asks yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import confirmation_words, frame, paging, tables, words
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.confirmations import operations, workplaces
from privacy_mark.confirmations.operations import Operation, OperationDraft
from privacy_mark.confirmations.questions import Frequency, questions
from registry.model import Unit, UnitId
from registry.store import Tx

SAID = "confirmations-said"
PER_PAGE = 50
WORKPLACES = 20  # on one page
_FREQUENCIES: Sequence[Frequency] = tuple(Frequency)


def read(tx: Tx) -> tuple[paging.Turned[UnitId], paging.Turned[Operation]]:
    """Return the workplaces that nobody asks and the operations, each the page that the address names."""
    unasked = paging.read(
        lambda offset: workplaces.missing(tx, offset=offset, limit=WORKPLACES), WORKPLACES, "workplaces"
    )
    known = paging.read(
        lambda offset: operations.listed(tx, offset=offset, limit=PER_PAGE), PER_PAGE, "operations"
    )
    return unasked, known


def unasked(
    shown: paging.Turned[UnitId],
    units: Sequence[Unit],
    names: Mapping[UnitId, str],
    managed: frozenset[UnitId],
    context: PageContext,
) -> None:
    """Show the departments and sites whose workplace nobody asks; one press registers those on the page."""
    if not shown.total:
        return
    text, number = context.text, context.formats.number
    frame.heading(
        text("職場の確認がまだない部門・事業所"),
        text(
            "職場は年に 1 回、すべて確認します。ここにある {number} か所には誰も依頼していません。",
            number=number(shown.total),
        ),
    )
    kinds = {unit.id: unit.kind for unit in units}
    rows = [
        tables.Row(
            str(each),
            [
                tables.Cell(names.get(each, "—")),
                tables.Cell(text(words.UNIT_KIND[kinds[each]]) if each in kinds else "—"),
            ],
        )
        for each in shown.rows
    ]
    columns = [tables.Column(text("単位")), tables.Column(text("区分"), nowrap=True)]
    tables.show(tables.Table(_caption(shown, context), columns, rows), key="confirmation-workplaces")
    mine = [each for each in shown.rows if each in managed]
    if mine and st.button(
        text("この {number} か所を職場として登録", number=number(len(mine))),
        type="primary",
        key="confirmation-workplaces-register",
    ):
        _save(
            lambda tx: workplaces.register(tx, mine),
            text("職場を登録しました。今年度の確認が始まっていれば、そこにも加わります。"),
            context,
        )
    paging.turn(shown, "confirmation-workplaces", "workplaces")


def register_of(
    known: paging.Turned[Operation],
    names: Mapping[UnitId, str],
    managed: frozenset[UnitId],
    context: PageContext,
) -> None:
    """Show the operations that confirm; one that is opened can be changed and ended."""
    text = context.text
    frame.heading(text("確認する職場・業務"))
    if not known.total:
        frame.note(text("職場・業務はまだ登録されていません。"))
        return
    sets = questions().sets
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.name, link=each.unit_id in managed),
                tables.Cell(names.get(each.unit_id, "—")),
                tables.Cell(sets[each.set_id].name.of(context.language)),
                tables.Cell(text(confirmation_words.FREQUENCY[each.frequency])),
                tables.Cell("—" if each.ended_on is None else context.formats.day(each.ended_on)),
            ],
        )
        for each in known.rows
    ]
    labels = (text("職場・業務"), text("単位"), text("種類"), text("頻度"), text("終了日"))
    columns = [tables.Column(label) for label in labels]
    opened = tables.show(tables.Table(_caption(known, context), columns, rows), key="confirmation-operations")
    paging.turn(known, "confirmation-operations", "operations")
    if opened:
        st.session_state["confirmation-operation"] = opened
    chosen = st.session_state.get("confirmation-operation", "")
    found = [each for each in known.rows if str(each.id) == chosen and each.unit_id in managed]
    if found:
        _change(found[0], context)


def _caption(shown: paging.Turned[object], context: PageContext) -> str:
    text, number = context.text, context.formats.number
    if shown.pages < 2:
        return text("{number} 件", number=number(shown.total))
    return text(
        "{total} 件のうち {first}–{last} 件目",
        total=number(shown.total),
        first=number(shown.first),
        last=number(shown.last),
    )


def _change(of: Operation, context: PageContext) -> None:
    text = context.text
    with st.form(f"confirmation-operation-{of.id}"):
        frame.heading(text("職場・業務を変更"))
        name = st.text_input(text("名前（必須）"), of.name, max_chars=operations.LONGEST)
        kind = _kind_select(context, of.set_id)
        ended = st.date_input(text("終了日"), of.ended_on, format="YYYY/MM/DD")
        frame.note(text("終了すると、未回答の確認は対象外になり、次の回からは依頼しません。"))
        sent = st.form_submit_button(text("変更を保存"), type="primary", key="confirmation-operation-save")
    if sent:
        st.session_state.pop("confirmation-operation", None)
        _save(
            lambda tx: operations.change(
                tx,
                of.id,
                name=name,
                set_id=kind,
                ended_on=ended if isinstance(ended, date) else None,
                expected_version=of.version,
            ),
            text("保存しました。"),
            context,
        )


def _kind_select(context: PageContext, chosen: str = "") -> str:
    sets = questions().sets
    return st.selectbox(
        context.text("種類"),
        list(sets),
        index=list(sets).index(chosen) if chosen in sets else 0,
        format_func=lambda each: sets[each].name.of(context.language),
    )


def register(
    units: Sequence[Unit], names: Mapping[UnitId, str], context: PageContext, *, expanded: bool
) -> None:
    """Show the form for a new operation of one of the units."""
    text = context.text
    with (
        st.expander(text("職場・業務を登録する"), expanded=expanded),
        st.form("confirmation-register", border=False, clear_on_submit=True),
    ):
        left, right = st.columns(2)
        with left:
            name = st.text_input(text("名前（必須）"), max_chars=operations.LONGEST)
            unit = st.selectbox(
                text("単位"), [each.id for each in units], format_func=lambda each: names[each]
            )
        with right:
            kind = _kind_select(context)
            frequency = st.selectbox(
                text("頻度"),
                _FREQUENCIES,
                format_func=lambda each: text(confirmation_words.FREQUENCY[each]),
            )
        if st.form_submit_button(text("登録"), type="primary", key="confirmation-register"):
            draft = OperationDraft(unit, name, kind, frequency)
            _save(lambda tx: operations.register(tx, draft), text("登録しました。"), context)


def _save(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=SAID, refused=confirmation_words.refused)
