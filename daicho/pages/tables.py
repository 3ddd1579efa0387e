"""Work tables: a real `<table>` with caption, chips and buttons; a click returns the row's id.

Streamlit's own data frame is a canvas: no chips, no real buttons, nothing for a screen reader.
The script writes text nodes only, so that no cell can carry markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from daicho.pages import risk_scale
from daicho.text import Translator


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `right` aligns numbers, `sortable` lets the reader sort by it."""

    label: str
    right: bool = False
    sortable: bool = False
    nowrap: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: text, a line below it, or a chip of the risk scale."""

    text: str
    below: str = ""
    level: int | None = None  # 0..4: shown as a chip
    unknown: bool = False  # hatched 未確認
    link: bool = False  # a button that opens the row
    code: bool = False
    action: bool = False  # its button does something with the row and is no heading of it
    indent: int = 0  # how deep it stands in a tree
    order: float | None = None  # what the column sorts by; its text when None

    def shown(self) -> dict[str, Any]:
        """Return the cell as the browser's script reads it."""
        return {
            "text": self.text,
            "below": self.below,
            "level": self.level,
            "unknown": self.unknown,
            "link": self.link,
            "code": self.code,
            "action": self.action,
            "indent": self.indent,
            "order": self.order,
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One row; its id comes back when the reader opens it."""

    id: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """A whole table; `caption` says how many of how many, in which order."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    sorted_by: int | None = None
    selected: str = ""

    def shown(self) -> dict[str, Any]:
        """Return the table as the browser's script reads it."""
        return {
            "caption": self.caption,
            "columns": [
                {"label": c.label, "right": c.right, "sortable": c.sortable, "nowrap": c.nowrap}
                for c in self.columns
            ],
            "rows": [{"id": row.id, "cells": [cell.shown() for cell in row.cells]} for row in self.rows],
            "sortedBy": self.sorted_by,
            "selected": self.selected,
        }


def risk_cell(score: int | None, text: Translator, upper: int | None = None) -> Cell:
    """Return the chip of a score and the end of its band, or the hatched 未確認 when nothing was examined."""
    if score is None:
        return Cell(text("未確認"), unknown=True, order=-1)
    level = risk_scale.step_of(score).level // 20
    below = text("最大 {upper}", upper=upper) if upper is not None and upper > score else ""
    return Cell(risk_scale.label(score, text), below=below, level=level, order=score)


_TABLE = st.components.v2.component(
    "daicho.table", js=Path(__file__).with_name("tables.js").read_text(encoding="utf-8"), isolate_styles=False
)


def show(table: Table, key: str) -> str | None:
    """Show a table; return the id of the row whose button was clicked in this run, else None."""
    result = _TABLE(key=key, data=table.shown(), on_open_change=_reacts)
    return str(result.open) if result.open else None


def _reacts() -> None:
    """Make the click cause a rerun; the value is read from the result."""
