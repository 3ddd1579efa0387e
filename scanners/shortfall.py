"""What of one object was not seen: why, in a few words, and what share of it was."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanners.model import Gap, Outcome, Reason

_LEFT_OUT = frozenset({Reason.UNSUPPORTED, Reason.OVERSIZED, Reason.TOO_DEEP})
_DETAILS = 3  # told of one reason; the others are counted
_LONGEST = 400
_COUNT = re.compile(r"(\d{1,18}) (\w+)$")
_STOPS = frozenset(
    {Reason.TIME_LIMIT, Reason.MEMORY_LIMIT, Reason.CRASHED, Reason.EXPANDS_TOO_FAR, Reason.TOO_MANY_MEMBERS}
)
"""What ends the reading of an object: all that follows is left out, not one part."""


def outcome(gaps: Sequence[Gap], *, read: bool) -> Outcome:
    """Return how an object ended: its gaps, and whether anything of it was read."""
    if not gaps:
        return Outcome.COMPLETE
    if read:
        return Outcome.PARTIAL
    reason = gaps[0].reason
    return Outcome.SKIPPED if reason in _LEFT_OUT or reason.by_policy else Outcome.FAILED


class Shortfall:
    """Takes the gaps of one object as they come; however many there are, little is held."""

    def __init__(self) -> None:
        self.first: Gap | None = None
        self._told: dict[Reason, dict[str, int]] = {}
        self._more: dict[Reason, int] = {}
        self._parts: dict[tuple[int, str], int] = {}  # (how many there are, what they are) -> left out
        self._lost: list[tuple[int, str]] = []  # parts left out of how many nobody told
        self._stopped = False
        self._reached: tuple[int, int, str] | None = None

    def add(self, gap: Gap) -> None:
        """Note a part that was not seen, and how much that is where its reader counted."""
        self.first = self.first or gap
        told = self._told.setdefault(gap.reason, {})
        if gap.detail in told or len(told) < _DETAILS:
            told[gap.detail] = told.get(gap.detail, 0) + 1
        else:
            self._more[gap.reason] = self._more.get(gap.reason, 0) + 1
        if gap.total > 0:
            whole = (gap.total, gap.unit)
            left = gap.total - max(0, min(gap.seen, gap.total))
            self._parts[whole] = self._parts.get(whole, 0) + left
        else:
            self._lose(gap)

    def _lose(self, gap: Gap) -> None:
        if gap.reason in _STOPS:
            self._stopped = True
            return
        count = _COUNT.match(gap.detail)
        lost = (int(count[1]), count[2]) if count else (1, "")
        known = next((at for at, each in enumerate(self._lost) if each[1] == lost[1]), None)
        if known is None:
            if len(self._lost) < _DETAILS:
                self._lost.append(lost)
        else:
            self._lost[known] = (self._lost[known][0] + lost[0], lost[1])

    @property
    def counted(self) -> bool:
        """True when readers counted and nothing else stopped them: the place in the bytes tells no more."""
        return bool(self._parts) and not self._stopped

    def reached(self, done: int, total: int, unit: str) -> None:
        """Note how far the reader came, counted in a unit of its own."""
        if total > 0:
            self._reached = (min(done, total), total, unit)

    def outcome(self, *, read: bool) -> Outcome:
        """Return how the object ended."""
        return outcome((self.first,) if self.first else (), read=read)

    def detail(self) -> str:
        """Return all reasons with what they left out; it is for whoever shows it to mask and then cut it."""
        if self.first is None:
            return ""
        texts = {reason: self._of(reason) for reason in self._told}
        if len(texts) == 1:
            return texts[self.first.reason]
        told = (f"{reason.value}: {text}" if text else reason.value for reason, text in texts.items())
        return "; ".join(told)

    def _of(self, reason: Reason) -> str:
        details = self._told[reason]
        several = [f"{count} × {text}" if count > 1 else text for text, count in details.items() if text]
        alike = details.get("", 0)
        if alike > 1:
            several.append(f"{alike} times")
        more = self._more.get(reason, 0)
        return ", ".join(several) + (f" (+{more})" if more else "")

    def share(self, *, read: bool) -> float | None:
        """Return what share of the object was seen, 0 to 1; None when nobody can tell."""
        if self.first is None:
            return 1.0
        if not read:
            return 0.0
        if self._reached is None and (self._stopped or self._lost):
            return None
        share = 1.0
        for (total, _), left in self._parts.items():
            share *= 1 - min(left, total) / total
        if self._reached is not None:
            done, total, unit = self._reached
            lost = sum(count if noun in ("", unit) else 1 for count, noun in self._lost)
            share *= max(0, done - lost) / total
        return max(0.0, min(1.0, share))


def cut(text: str) -> str:
    """Return a detail in a bounded length."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
