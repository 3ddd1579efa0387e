"""Long texts in windows that overlap, so that memory stays bounded and no value is cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanners.headings import LINE_REACH

WINDOW = 1 << 19  # characters
_MARGIN = 512  # characters read to each side for what stands around a value; longer than any value


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a text: its matches are those that begin in [start, end) of the whole text."""

    text: str
    offset: int  # what is to be added to an offset into `text`
    start: int
    end: int


def windows(text: str) -> Iterator[Window]:
    """Yield the windows of a text, cut between paragraphs, lines or, in endless lines, anywhere.

    A window that begins within a paragraph is given the paragraph's first line above it: it may be the
    header of a table or name what a list holds.
    """
    start, opening = 0, ""
    while start < len(text):
        end = _cut(text, start)
        begin = _line_start(text, max(0, start - _MARGIN))
        head = f"{opening}\n" if opening and begin else ""
        yield Window(head + text[begin : end + _MARGIN], begin - len(head), start, end)
        opening = _opening(text, start, end, opening)
        start = end


def _cut(text: str, start: int) -> int:
    limit = start + WINDOW
    if limit >= len(text):
        return len(text)
    for mark in ("\n\n", "\n"):
        found = text.rfind(mark, start + WINDOW // 2, limit)
        if found >= 0:
            return found + len(mark)
    return limit


def _line_start(text: str, at: int) -> int:
    """Return the start of the line around `at`, or `at` where that is too far."""
    found = text.rfind("\n", max(0, at - LINE_REACH), at)
    return found + 1 if found >= 0 or at <= LINE_REACH else at


def _opening(text: str, start: int, end: int, before: str) -> str:
    """Return the first line of the paragraph that goes on at `end`; `before` is that of the last window."""
    gap = text.rfind("\n\n", start, end)
    if gap + 2 == end:
        return ""
    first = gap + 2 if gap >= 0 else start
    if gap < 0 and before:
        return before
    line = text[first : first + LINE_REACH + 1].partition("\n")[0]
    return line if len(line) <= LINE_REACH else ""
