"""The scope of a page: one unit and all below it, chosen once, kept over pages and in the address."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from daicho.pages.context import PageContext
from registry import organisation
from registry.model import Unit, UnitId
from registry.store import Tx

_KEY = "scope"


def units(tx: Tx) -> list[Unit]:
    """Return the visible units in the order of the tree: each before those below it."""
    visible = organisation.units(tx)
    below: dict[UnitId | None, list[Unit]] = {}
    ids = {unit.id for unit in visible}
    for unit in visible:
        below.setdefault(unit.parent_id if unit.parent_id in ids else None, []).append(unit)
    ordered: list[Unit] = []

    def walk(parent: UnitId | None) -> None:
        for unit in below.get(parent, []):
            ordered.append(unit)
            walk(unit.id)

    walk(None)
    return ordered


def depth_names(ordered: Sequence[Unit], language: str) -> dict[str, str]:
    """Return unit code to name, indented by depth."""
    depth = depths(ordered)
    return {unit.code: "\u2003" * depth[unit.id] + unit.name(language) for unit in ordered}


def depths(ordered: Sequence[Unit]) -> dict[UnitId, int]:
    """Return how deep each unit stands below the topmost that is seen."""
    depth: dict[UnitId, int] = {}
    for unit in ordered:
        depth[unit.id] = depth[unit.parent_id] + 1 if unit.parent_id in depth else 0
    return depth


def full_names(visible: Sequence[Unit], language: str) -> dict[UnitId, str]:
    """Return unit id to name; a site or department is named after its company, where that may be seen."""
    known = {unit.id: unit for unit in visible}
    between = " " if language == "ja" else ", "
    names: dict[UnitId, str] = {}
    for unit in visible:
        entity: Unit | None = unit
        while entity is not None and not entity.kind.is_entity:
            entity = known.get(entity.parent_id) if entity.parent_id is not None else None
        own = unit.name(language)
        names[unit.id] = own if entity is None or entity is unit else f"{entity.name(language)}{between}{own}"
    return names


def inside(visible: Sequence[Unit], entity: Unit) -> frozenset[UnitId]:
    """Return an entity with its sites and departments; `visible` has each unit before those below it."""
    found = {entity.id}
    for unit in visible:
        if unit.parent_id in found and not unit.kind.is_entity:
            found.add(unit.id)
    return frozenset(found)


def chosen_code() -> str:
    """Return the code of the chosen unit: from the address first, then what other pages chose."""
    from_address = st.query_params.get("unit", "")
    return str(from_address or st.session_state.get(_KEY, ""))


def remember(code: str) -> None:
    """Keep the chosen unit for other pages and in the address."""
    st.session_state[_KEY] = code
    if not code:
        st.query_params.pop("unit", None)
    elif st.query_params.get("unit", "") != code:
        st.query_params["unit"] = code


def select(context: PageContext, choices: Sequence[Unit], key: str, *, whole: bool) -> Unit | None:
    """Show the selector; None means everything the person may see. Unknown codes fall back to it."""
    names = depth_names(choices, context.language)
    codes = [*([""] if whole else []), *names]
    wanted = chosen_code()
    wanted = wanted if wanted in codes else codes[0]
    # The address is the truth: a widget's memory of an earlier page must not overrule it.
    st.session_state[key] = wanted
    st.selectbox(
        context.text("対象範囲"),
        codes,
        key=key,
        format_func=lambda code: names[code] if code else context.text("見られる単位すべて"),
        on_change=lambda: remember(st.session_state[key]),
    )
    return next((unit for unit in choices if unit.code == wanted), None)
