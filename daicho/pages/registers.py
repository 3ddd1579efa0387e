"""The head of a register 一覧の冒頭: title, what was just done, the scope, who may see and write there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from daicho.pages import frame, scope
from daicho.pages.context import PageContext
from registry.access import today_in_japan, units_allowed
from registry.model import Permission, Unit, UnitId


@dataclass(frozen=True)
class Head:
    """What every register begins with.

    `units` are those the person sees at all, `choices` those whose register they may read, `unit` the chosen
    one (None: all of them), `writers` the open ones they may write for.
    """

    units: Sequence[Unit]
    choices: Sequence[Unit]
    unit: Unit | None
    writers: Sequence[Unit]
    names: Mapping[UnitId, str]
    today: date

    @property
    def unit_id(self) -> UnitId | None:
        """Return the chosen unit; None for all."""
        return self.unit.id if self.unit else None


def head(
    context: PageContext, key: str, name: str, purpose: str, *, view: Permission, write: Permission
) -> Head:
    """Show the head of a register and return what stands in it; widgets and messages go by `key`."""
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(name, purpose)
    if said := st.session_state.pop(said_key(key), ""):
        frame.message(said)
        st.session_state[_made(key)] = st.session_state.get(_made(key), 0) + 1
    with context.read() as tx:
        seen, may = units_allowed(tx, view), units_allowed(tx, write)
        units, today = scope.units(tx), today_in_japan(tx.now)
    choices = [unit for unit in units if unit.id in seen]
    with right:
        unit = scope.select(context, choices, f"{key}-scope", whole=True)
    writers = [each for each in units if each.id in may and each.closed_at is None]
    return Head(units, choices, unit, writers, scope.full_names(units, context.language), today)


def said_key(key: str) -> str:
    """Return the key under which a step leaves what it did; `head` shows it once."""
    return f"{key}-said"


def form_key(key: str) -> str:
    """Return the key of the form for a new record: another one after each step, so that it begins empty."""
    return f"{key}-new-{st.session_state.get(_made(key), 0)}"


def _made(key: str) -> str:
    return f"{key}-made"
