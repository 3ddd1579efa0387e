"""What the journal keeps of a change of a year: state, objectives and items that differ, before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from privacy_mark.certificates.year_model import Item, Objective, Year
from privacy_mark.journalling import differing


def differences(before: Year, after: Year) -> tuple[dict[str, object] | None, dict[str, object]]:
    """Return what differs between a year before and after a change; of its parts only those that do."""
    was, now = _told(before), _told(after)
    for name in ("objectives", "items"):
        was[name], now[name] = _apart(_lines(before, name), _lines(after, name))
    return differing(was, now)


def _told(of: Year) -> dict[str, object]:
    return {"state": of.state.value, "author": of.author, "approver": of.approver, "note": of.note}


def _lines(of: Year, name: str) -> list[str]:
    return [_objective(each) for each in of.objectives] if name == "objectives" else [*map(line, of.items)]


def _apart(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    return _beyond(before, after), _beyond(after, before)


def _beyond(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    """Return the lines that others do not hold, or hold less often."""
    left = Counter(others)
    left.subtract(lines)
    found = []
    for each in reversed(lines):  # of equal ones the last are those that came
        if left[each] < 0:
            left[each] += 1
            found.append(each)
    return found[::-1]


def _objective(of: Objective) -> str:
    return _joined(of.what, of.measure, of.outcome.value if of.outcome else "", of.result)


def line(of: Item) -> str:
    """Return an item as the journal tells it: name, turn, day, owner, what was done or why not, by whom."""
    name = f"{of.item} {of.turn}" if of.item else of.title
    done = of.done_on.isoformat() if of.done_on else ""
    return _joined(name, of.due_on.isoformat(), of.owner, done, of.record, of.left, of.actor)


def _joined(*parts: str) -> str:
    return " | ".join(parts).rstrip(" |")
