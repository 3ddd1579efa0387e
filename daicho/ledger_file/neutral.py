"""Texts of people in files that a spreadsheet opens: none of them is taken for a formula.

In a workbook they are texts with the quote mark of the spreadsheet as a format. CSV has no types: a text that
a spreadsheet could calculate gets an apostrophe in front, and one more where apostrophes stand there already,
so that reading takes exactly that one away again (OWASP, CSV injection; full-width forms count too).
"""

from __future__ import annotations

import re

_ACTIVE = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_QUOTED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def is_active(text: str) -> bool:
    """Tell whether a spreadsheet could calculate a text."""
    return _ACTIVE.match(text) is not None


def to_csv(text: str) -> str:
    """Return a text that no spreadsheet calculates."""
    return f"'{text}" if is_active(text) else text


def from_csv(text: str) -> str:
    """Return the text that `to_csv` was given."""
    return text[1:] if _QUOTED.match(text) else text
