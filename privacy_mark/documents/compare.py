"""Differences between two texts, line by line 新旧対照."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher


class Mark(enum.StrEnum):
    """What became of a line."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    LEFT_OUT = "left_out"  # stands for unchanged lines that are not shown


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a comparison; of LEFT_OUT, `count` says how many lines it stands for."""

    mark: Mark
    text: str = field(default="", repr=False)
    count: int = 1


def compare(before: str, after: str, *, around: int = 2) -> list[Line]:
    """Return the lines that went and came, with so many unchanged ones around them; [] of equal texts."""
    old, new = before.splitlines(), after.splitlines()
    if old == new:
        return []
    found: list[Line] = []
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for at, (step, from_, to, new_from, new_to) in enumerate(steps):
        if step == "equal":
            ends = (around if at else 0, around if at < len(steps) - 1 else 0)
            found += _unchanged(old[from_:to], *ends)
        else:
            found += [Line(Mark.REMOVED, text) for text in old[from_:to]]
            found += [Line(Mark.ADDED, text) for text in new[new_from:new_to]]
    return found


def _unchanged(lines: list[str], head: int, tail: int) -> Iterator[Line]:
    left = len(lines) - head - tail
    if left <= 1:
        head, left = len(lines), 0
    yield from (Line(Mark.SAME, text) for text in lines[:head])
    if left:
        yield Line(Mark.LEFT_OUT, count=left)
        yield from (Line(Mark.SAME, text) for text in lines[len(lines) - tail :])
