"""Which accidents 事故 the scheme is told of, and until when, from data/pm_accidents.yaml (PMK500)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from data import read_text
from privacy_mark.certificates.reading import Confidence, confidence, named
from registry.reference_file import Value, read
from registry.risk_levels import Words

FILE = "pm_accidents.yaml"
IMPROPER = "improper"  # the trigger that gives more time for the full report


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Until when an accident is reported."""

    first: date | None  # 速報; None when none is due
    full: date  # 確報


@dataclass(frozen=True, slots=True)
class Rules:
    """Kinds of accidents, triggers of a first report, days."""

    kinds: Mapping[str, Words]
    triggers: Mapping[str, Words]
    first_days: int
    first_days_early: int
    full_days: int
    full_days_improper: int
    first_day: int  # 1: the day of discovery counts as day 1
    confidence: Confidence

    def deadlines(self, discovered: date, triggers: Collection[str]) -> Deadlines:
        """Return the last days of both reports; calendar days, never moved."""
        full = self.full_days_improper if IMPROPER in triggers else self.full_days
        return Deadlines(
            self._after(discovered, self.first_days) if triggers else None, self._after(discovered, full)
        )

    def _after(self, discovered: date, days: int) -> date:
        return discovered + timedelta(days=days - self.first_day)


@cache
def rules() -> Rules:
    """Return the product's rules."""
    return load(read_text(FILE), FILE)


def load(text: str, file: str) -> Rules:
    """Return what a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "deadlines", "kinds", "triggers")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    names = (
        *("first_days", "first_days_early", "full_days", "full_days_improper"),
        *("first_day", "confidence"),
    )
    days = fields["deadlines"].fields(names, names)
    triggers = _named(fields["triggers"])
    if IMPROPER not in triggers:
        raise fields["triggers"].error(f"{IMPROPER!r} is missing")
    counts = days["first_day"].text()
    if counts not in ("0", "1"):
        raise days["first_day"].error("must be 0 or 1")
    return Rules(
        kinds=_named(fields["kinds"]),
        triggers=triggers,
        first_days=days["first_days"].integer(),
        first_days_early=days["first_days_early"].integer(),
        full_days=days["full_days"].integer(),
        full_days_improper=days["full_days_improper"].integer(),
        first_day=int(counts),
        confidence=confidence(days["confidence"]),
    )


def _named(value: Value) -> dict[str, Words]:
    found: dict[str, Words] = {}
    for item in value.items():
        fields = item.fields(("id", "ja", "en"), ("id", "ja", "en"))
        name = fields["id"].text(64)
        if name in found:
            raise item.error(f"{name!r} is given twice")
        found[name] = named(fields)
    return found
