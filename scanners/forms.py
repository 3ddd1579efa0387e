"""Forms drawn as tables: a label in one cell, its value in the next, as offices fill them in."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from scanners.analysis import CellAnalyzer
from scanners.column_rules import rule_of
from scanners.model import CellMatch, Match

ROWS: Final = 300  # a form is no longer than a few pages
_LABEL: Final = 14  # characters of a cell that is a label
_LABELLED: Final = 3  # cells with a value beside them that make a table a form


def is_form(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether labels stand beside their values instead of above them."""
    if len(rows) > ROWS:
        return False
    found = 0
    for row in rows:
        filled = [cell.strip() for cell in row if cell.strip()]
        pairs = itertools.pairwise(filled)
        # A row of labels only is a header; beside a label stands a value that is none.
        found += any(_is_label(left) and not _is_label(right) for left, right in pairs)
    return found >= min(_LABELLED, len(rows))


def form_matches(analyzer: CellAnalyzer, rows: Sequence[Sequence[str]]) -> Iterator[CellMatch]:
    """Yield the matches of a form, ordered by row: every row is read as one line, label before value."""
    lines: list[str] = []
    starts: list[list[int]] = []
    for row in rows:
        places: list[int] = []
        line = ""
        for cell in row:
            places.append(len(line))
            line += cell + ("：" if _is_label(cell.strip()) else "　")
        lines.append(line)
        starts.append(places)
    for number, matches in enumerate(analyzer.cells("", lines)):
        for match in matches:
            column = bisect_right(starts[number], match.start) - 1
            begin = starts[number][column]
            end = min(match.end - begin, len(rows[number][column]))
            if end > match.start - begin:
                moved = Match(
                    match.start - begin, end, match.category, match.score, match.rule, match.evidence
                )
                yield CellMatch(number, column, moved)


def _is_label(cell: str) -> bool:
    return 0 < len(cell) <= _LABEL and rule_of(cell)[0] is not None
