"""Which accidents 事故 the scheme is told of, and until when, from data/pm_accidents.yaml (PMK500)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache, partial

from data import read_text
from privacy_mark.certificates.correcting import Dated, in_force, sections, since
from privacy_mark.certificates.reading import Confidence, confidence, named
from registry.corrections import Files
from registry.reference_file import Value, read
from registry.risk_levels import Words

FILE = "pm_accidents.yaml"
_COUNTS = ("first_days", "first_days_early", "full_days", "full_days_improper")
_FIELDS = (*_COUNTS, "first_day", "confidence")
IMPROPER = "improper"  # the trigger that gives more time for the full report


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Until when an accident is reported."""

    first: date | None  # 速報; None when none is due
    full: date  # 確報


@dataclass(frozen=True, slots=True)
class Days:
    """Within how many days an accident is reported."""

    first_days: int
    first_days_early: int
    full_days: int
    full_days_improper: int
    first_day: int  # 1: the day of discovery counts as day 1
    confidence: Confidence


_BLANK = Days(0, 0, 0, 0, 1, Confidence.LOW)


@dataclass(frozen=True, slots=True)
class Rules:
    """Kinds of accidents, triggers of a first report, days."""

    kinds: Mapping[str, Words]
    triggers: Mapping[str, Words]
    days: Dated[Days]  # by the day of discovery

    def deadlines(self, discovered: date, triggers: Collection[str]) -> Deadlines:
        """Return the last days of both reports; calendar days, never moved."""
        of = self.days.on(discovered)
        full = of.full_days_improper if IMPROPER in triggers else of.full_days
        begins = discovered - timedelta(days=of.first_day)
        return Deadlines(
            begins + timedelta(days=of.first_days) if triggers else None, begins + timedelta(days=full)
        )


def rules() -> Rules:
    """Return the rules in force: the product's with the corrections of the workspace."""
    return in_force(made)


def load(text: str, file: str) -> Rules:
    """Return what a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "deadlines", "kinds", "triggers")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    triggers = _named(fields["triggers"])
    if IMPROPER not in triggers:
        raise fields["triggers"].error(f"{IMPROPER!r} is missing")
    days = _days(fields["deadlines"].fields(_FIELDS, _FIELDS), _BLANK)
    return Rules(_named(fields["kinds"]), triggers, Dated.always(days))


@lru_cache(maxsize=8)
def made(files: Files) -> Rules:
    """Return the product's rules with the corrections of files; kinds and triggers are renamed or added."""
    known = load(read_text(FILE), FILE)
    for section in sections(files, "accidents"):
        fields = section.fields(("deadlines", "kinds", "triggers"))
        days = known.days
        if "deadlines" in fields:
            given = fields["deadlines"].fields(("from", *_FIELDS))
            days = days.changed(since(given), partial(_days, given))
        kinds, triggers = (
            {**old, **_named(fields[name])} if name in fields else old
            for name, old in (("kinds", known.kinds), ("triggers", known.triggers))
        )
        known = Rules(kinds, triggers, days)
    return known


def _days(fields: dict[str, Value], was: Days) -> Days:
    """Return the days with the given fields in place of what they were."""
    counts = {name: fields[name].integer() for name in _COUNTS if name in fields}
    found = replace(
        was,
        first_days=counts.get("first_days", was.first_days),
        first_days_early=counts.get("first_days_early", was.first_days_early),
        full_days=counts.get("full_days", was.full_days),
        full_days_improper=counts.get("full_days_improper", was.full_days_improper),
    )
    if "first_day" in fields:
        begins = fields["first_day"].text()
        if begins not in ("0", "1"):
            raise fields["first_day"].error("must be 0 or 1")
        found = replace(found, first_day=int(begins))
    if "confidence" in fields:
        found = replace(found, confidence=confidence(fields["confidence"]))
    return found


def _named(value: Value) -> dict[str, Words]:
    found: dict[str, Words] = {}
    for item in value.items():
        fields = item.fields(("id", "ja", "en"), ("id", "ja", "en"))
        name = fields["id"].text(64)
        if name in found:
            raise item.error(f"{name!r} is given twice")
        found[name] = named(fields)
    return found
