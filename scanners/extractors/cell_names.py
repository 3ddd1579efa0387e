"""How spreadsheets name their columns."""

from __future__ import annotations

from functools import cache


@cache
def column_letters(index: int) -> str:
    """Return a 0-based column as spreadsheets name it: A, Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
