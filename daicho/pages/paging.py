"""Pages of a long register 一覧のページ送り: the one that the address names, and the way to the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st

from daicho.pages import addresses

Row_co = TypeVar("Row_co", covariant=True)


@dataclass(frozen=True)
class Turned(Generic[Row_co]):
    """One page of a register: its rows, the number of rows on all pages, and where among them it stands."""

    rows: Sequence[Row_co]
    total: int
    number: int
    size: int

    @property
    def first(self) -> int:
        """Return the place of the first row among all, from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """Return the place of the last row among all."""
        return self.first - 1 + len(self.rows)

    @property
    def pages(self) -> int:
        """Return how many pages there are."""
        return -(-self.total // self.size)


def read(
    rows: Callable[[int], tuple[Sequence[Row_co], int]], size: int, name: str = "page"
) -> Turned[Row_co]:
    """Return the page that the address names; the first where a narrower filter has fewer pages.

    `rows` takes the offset of the first row and returns the rows of the page and the number of all. `name` is
    that in the address, where several registers stand on one page.
    """
    number = addresses.number(name) or 1
    found, total = rows((number - 1) * size)
    if total and not found:
        number = 1
        found, total = rows(0)
    return Turned(found, total, number, size)


def turn(shown: Turned[object], key: str, name: str = "page") -> None:
    """Show the numbers of the pages where there are several; the chosen one goes into the address."""
    if shown.pages < 2:
        return
    held = f"{key}-page"
    st.session_state[held] = shown.number  # the address is the truth, not what the widget remembers

    def keep() -> None:
        st.query_params[name] = str(st.session_state[held])

    st.pagination(shown.pages, key=held, on_change=keep)
