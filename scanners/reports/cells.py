"""Cells of spreadsheets: a text that a program would calculate is marked, so that it stays text.

Whoever names a file or a customer `=HYPERLINK(…)` would otherwise run it on the computer of whoever opens
the list (OWASP: CSV injection). The mark is the apostrophe with which spreadsheets mark a text themselves;
Japanese ones take the full-width signs too. Reading takes exactly that mark away again.
"""

from __future__ import annotations

import re

_MARK = "'"
# Also behind quotation marks and blanks: programs trim, and what is marked already must come back marked.
_CALCULATED = re.compile(r"['\s\u200b\u2060\ufeff]*[=+\-@＝＋－＠]|'*[\t\r\n]")


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return _MARK + text if _CALCULATED.match(text) else text


def original(cell: str) -> str:
    """Return the text that `harmless` was given."""
    unmarked = cell[1:]
    return unmarked if cell.startswith(_MARK) and _CALCULATED.match(unmarked) else cell
