"""The yearly cycle 年間計画 and its days, from data/pm_cycle.yaml, the certificate and the last year."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from data import read_text
from privacy_mark.certificates.reading import confidence, named
from registry.limits import months_after
from registry.reference_file import Value, read
from registry.risk_levels import Words

FILE = "pm_cycle.yaml"
_DAY = timedelta(days=1)
_YEAR = 12


class Derived(enum.StrEnum):
    """What a day was derived from."""

    START = "start"  # months of the year
    WINDOW = "window"  # before the renewal window opens
    LAST = "last"  # a year after it was last done
    OWN = "own"  # a person chose it


@dataclass(frozen=True, slots=True)
class CycleItem:
    """One thing that is done every year."""

    id: str
    name: Words
    requirement: str  # clause of the guideline
    months: int  # so many after the year begins; of one that comes `times` a year, so many apart
    before: int | None  # so many before the renewal window opens
    last: bool  # no later than a year after the last time
    times: int


@dataclass(frozen=True, slots=True)
class Planned:
    """One item with its day."""

    item: CycleItem
    turn: int
    due_on: date
    derived: Derived


@cache
def cycle() -> Mapping[str, CycleItem]:
    """Return the items of the product's cycle, by id."""
    return load(read_text(FILE), FILE)


def load(text: str, file: str) -> dict[str, CycleItem]:
    """Return the items that a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "confidence", "items")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    confidence(fields["confidence"])
    found: dict[str, CycleItem] = {}
    for value in fields["items"].items():
        item = _item(value)
        if item.id in found:
            raise value.error(f"{item.id!r} is given twice")
        found[item.id] = item
    return found


def days(starts_on: date, ends_on: date, *, opens: date | None, last: Mapping[str, date]) -> list[Planned]:
    """Return every item of a year with its day, earliest first.

    `opens` is when the renewal window opens, if it does in or after the year; `last` tells when each item was
    last done. Of the days that apply the earliest counts, and none lies outside the year.
    """
    found = []
    for item in cycle().values():
        for turn in range(1, item.times + 1):
            choices = [(months_after(starts_on, item.months * turn) - _DAY, Derived.START)]
            if item.before is not None and opens is not None:
                before = months_after(opens, -item.before)
                if before >= starts_on:
                    choices.append((before, Derived.WINDOW))
            if item.last and item.id in last:
                choices.append((months_after(last[item.id], _YEAR), Derived.LAST))
            due, derived = min(choices, key=lambda choice: choice[0])
            found.append(Planned(item, turn, max(starts_on, min(due, ends_on)), derived))
    return sorted(found, key=lambda each: (each.due_on, list(cycle()).index(each.item.id), each.turn))


def _item(value: Value) -> CycleItem:
    required = ("id", "requirement", "months", "ja", "en")
    fields = value.fields((*required, "before", "last", "times"), required)
    last = fields["last"].text() if "last" in fields else "false"
    if last not in ("true", "false"):
        raise fields["last"].error("must be true or false")
    months = fields["months"].integer()
    times = fields["times"].integer() if "times" in fields else 1
    if months * times > _YEAR:
        raise fields["months"].error("leads beyond the year")
    return CycleItem(
        id=fields["id"].text(64),
        name=named(fields),
        requirement=fields["requirement"].text(64),
        months=months,
        before=fields["before"].integer() if "before" in fields else None,
        last=last == "true",
        times=times,
    )
