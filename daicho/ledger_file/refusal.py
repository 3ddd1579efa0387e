"""Why a cell is refused."""

from __future__ import annotations


class CellError(ValueError):
    """A cell breaks a rule; `detail` is the part of its own text that does."""

    def __init__(self, column: str, rule: str, detail: str = "") -> None:
        super().__init__(f"{column}: {rule}")
        self.column = column
        self.rule = rule
        self.detail = detail
