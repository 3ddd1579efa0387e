"""Pages of a register: the address names one, one beyond the last falls back to the first."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from daicho.pages.paging import Turned


def of_120() -> None:
    """Show 120 rows in pages of 50."""
    import streamlit as st

    from daicho.pages import paging

    def rows(offset: int) -> tuple[list[int], int]:
        everything = list(range(120))
        return everything[offset : offset + 50], len(everything)

    shown = paging.read(rows, 50)
    st.text(f"{shown.number}: {shown.first}-{shown.last} of {shown.total}")
    paging.turn(shown, "rows")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("", "1: 1-50 of 120"),
        ("2", "2: 51-100 of 120"),
        ("3", "3: 101-120 of 120"),
        ("4", "1: 1-50 of 120"),
        ("0", "1: 1-50 of 120"),
        ("-1", "1: 1-50 of 120"),
        ("two", "1: 1-50 of 120"),
        ("9" * 30, "1: 1-50 of 120"),
    ],
)
def test_the_address_names_the_page(asked: str, told: str) -> None:
    """What is no number of a page shows the first."""
    page = AppTest.from_function(of_120)
    if asked:
        page.query_params["page"] = asked
    page.run()
    assert not page.exception
    assert page.text[0].value == told


def test_few_rows_have_no_pages() -> None:
    """A register of one page has nothing to turn; an empty one tells no row."""
    assert Turned(("a", "b"), 2, 1, 50).pages == 1
    assert Turned((), 0, 1, 50).pages == 0
