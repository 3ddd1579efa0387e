"""Saved filters 保存した条件 of a list: kept under a name, chosen again, forgotten; one's own alone.

A list keeps its conditions in its address or in the fields on the page; both can be saved and filled in
again. What is no longer offered, such as a kind of file that no scan finds any more, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from daicho.pages import frame, scope
from daicho.pages.context import PageContext
from daicho.text import mark
from registry import saved_filters
from registry.errors import InvalidValue, NotFound
from registry.saved_filters import FilteredPage, SavedFilter, Value
from registry.store import Tx

_UNIT = "unit"
_RULES: Mapping[tuple[str, str], str] = {
    ("name", "required"): mark("条件に名前を付けてください。"),
    ("name", "too_long"): mark("名前は 80 字までです。"),
    ("name", "taken"): mark("同じ名前の条件がすでにあります。"),
    ("values", "required"): mark("保存する条件がありません。先に条件を選んでください。"),
    ("values", "too_long"): mark("条件が長すぎて保存できません。"),
    ("values", "too_many"): mark("保存できる条件は 50 件までです。"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """Conditions in the address."""

    parameters: Sequence[str]

    def read(self) -> dict[str, Value]:
        """Return what is set."""
        found = {name: str(st.query_params.get(name, "")) for name in self.parameters}
        return {name: value for name, value in found.items() if value}

    def fill(self, values: Mapping[str, Value]) -> None:
        """Set these conditions, and no others."""
        for name in self.parameters:
            value = values.get(name)
            if isinstance(value, str) and value:
                st.query_params[name] = value
            else:
                st.query_params.pop(name, None)
        st.query_params.pop("page", None)


@dataclass(frozen=True, slots=True)
class Fields:
    """Conditions in fields: texts, boxes to tick, and lists with what they offer."""

    texts: Sequence[str] = ()
    ticks: Sequence[str] = ()
    lists: Mapping[str, Collection[object]] = field(default_factory=dict)  # options by the key of the field

    def read(self) -> dict[str, Value]:
        """Return what is set."""
        held = st.session_state
        found: dict[str, Value] = {key: str(held.get(key, "")).strip() for key in self.texts}
        found |= {key: bool(held.get(key, False)) for key in self.ticks}
        found |= {key: [str(each) for each in held.get(key, [])] for key in self.lists}
        return {key: value for key, value in found.items() if value}

    def fill(self, values: Mapping[str, Value]) -> None:
        """Set these conditions, and no others."""
        held = st.session_state
        for key in self.texts:
            value = values.get(key)
            held[key] = value if isinstance(value, str) else ""
        for key in self.ticks:
            held[key] = values.get(key) is True
        for key, options in self.lists.items():
            wanted = values.get(key)
            known = {str(each): each for each in options}
            held[key] = [known[each] for each in wanted if each in known] if isinstance(wanted, list) else []


def show(page: FilteredPage, conditions: Address | Fields, context: PageContext) -> None:
    """Show the button behind which conditions are saved, chosen and forgotten."""
    text = context.text
    with context.read() as tx:
        there = saved_filters.saved(tx, page)
    said = f"filters-{page}-said"
    with st.popover(text("保存した条件"), key=f"filters-{page}", icon=":material/bookmark:", type="tertiary"):
        if told := st.session_state.pop(said, ""):
            frame.message(told)
        if there:
            _choose(page, there, conditions, context)
        else:
            frame.note(text("まだ保存した条件はありません。自分だけに見えます。"))
        st.text_input(text("今の条件の名前"), key=f"filters-{page}-name", max_chars=saved_filters.NAME_LENGTH)
        st.button(
            text("今の条件を保存"),
            key=f"filters-{page}-save",
            on_click=_save,
            args=(page, conditions, context),
        )


def _choose(
    page: FilteredPage, there: Sequence[SavedFilter], conditions: Address | Fields, context: PageContext
) -> None:
    text = context.text
    by_id = {each.id: each for each in there}
    chosen = st.selectbox(
        text("保存した条件"),
        list(by_id),
        format_func=lambda key: by_id[key].name,
        key=f"filters-{page}-which",
        label_visibility="collapsed",
    )
    with st.container(horizontal=True, gap="small"):
        st.button(
            text("この条件で見る"),
            key=f"filters-{page}-use",
            type="primary",
            on_click=_use,
            args=(by_id[chosen], conditions),
        )
        st.button(
            text("この条件を消す"),
            key=f"filters-{page}-forget",
            on_click=_take,
            args=(
                page,
                lambda tx: saved_filters.forget(tx, chosen),
                text("消しました。"),
                context,
            ),
        )


def _use(chosen: SavedFilter, conditions: Address | Fields) -> None:
    values = dict(chosen.values)
    unit = values.pop(_UNIT, "")
    scope.remember(unit if isinstance(unit, str) else "")
    conditions.fill(values)


def _save(page: FilteredPage, conditions: Address | Fields, context: PageContext) -> None:
    values = conditions.read()
    if unit := scope.chosen_code():
        values[_UNIT] = unit
    key = f"filters-{page}-name"

    def save(tx: Tx) -> None:
        saved_filters.save(tx, page, st.session_state[key], values)
        st.session_state[key] = ""

    _take(page, save, context.text("保存しました。"), context)


def _take(page: FilteredPage, act: Callable[[Tx], None], said: str, context: PageContext) -> None:
    text = context.text
    try:
        with context.write("saved filters") as tx:
            act(tx)
    except InvalidValue as error:
        said = text(_RULES.get((error.column, error.rule), mark("この内容では受け付けられません。")))
    except NotFound:
        said = text("この条件は見つかりません。")
    st.session_state[f"filters-{page}-said"] = said
