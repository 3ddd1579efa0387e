"""The yearly cycle 年間計画 and its days, from data/pm_cycle.yaml, the certificate and the last year."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache, partial

from data import read_text
from privacy_mark.certificates.correcting import Dated, in_force, sections, since
from privacy_mark.certificates.reading import confidence
from registry.corrections import Files
from registry.limits import months_after
from registry.reference_file import Value, read
from registry.risk_levels import Words

FILE = "pm_cycle.yaml"
_DAY = timedelta(days=1)
_YEAR = 12
_REQUIRED = ("requirement", "months", "ja", "en")
_FIELDS = (*_REQUIRED, "before", "last", "times")


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


_BLANK = CycleItem("", Words("", ""), "", 1, None, last=False, times=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """One item with its day."""

    item: CycleItem
    turn: int
    due_on: date
    derived: Derived


def cycle(on: date | None = None) -> Mapping[str, CycleItem]:
    """Return the items of the cycle by id, for a year that begins on a day; without one as last known."""
    known = in_force(made)
    return {name: item.on(on) for name, item in known.items()}


def load(text: str, file: str) -> dict[str, CycleItem]:
    """Return the items that a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "confidence", "items")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    confidence(fields["confidence"])
    found: dict[str, CycleItem] = {}
    for value in fields["items"].items():
        given = value.fields(("id", *_FIELDS), ("id", *_REQUIRED))
        item = _item(given, replace(_BLANK, id=given["id"].text(64)))
        if item.id in found:
            raise value.error(f"{item.id!r} is given twice")
        found[item.id] = item
    return found


@lru_cache(maxsize=8)
def made(files: Files) -> Mapping[str, Dated[CycleItem]]:
    """Return the product's cycle with the corrections of files."""
    known = {name: Dated.always(item) for name, item in load(read_text(FILE), FILE).items()}
    for section in sections(files, "cycle"):
        for name, value in section.pairs().items():
            if name in known:
                given = value.fields(("from", *_FIELDS))
                known[name] = known[name].changed(since(given), partial(_item, given))
            else:
                given = value.fields(_FIELDS, _REQUIRED)
                known[name] = Dated.always(_item(given, replace(_BLANK, id=name)))
    return known


def days(starts_on: date, ends_on: date, *, opens: date | None, last: Mapping[str, date]) -> list[Planned]:
    """Return every item of a year with its day, earliest first.

    `opens` is when the renewal window opens, if it does in or after the year; `last` tells when each item was
    last done. Of the days that apply the earliest counts, and none lies outside the year.
    """
    found = []
    known = cycle(starts_on)
    for item in known.values():
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
    return sorted(found, key=lambda each: (each.due_on, list(known).index(each.item.id), each.turn))


def _item(fields: dict[str, Value], was: CycleItem) -> CycleItem:
    """Return an item with the given fields in place of what it was."""
    last = fields["last"].text() if "last" in fields else str(was.last).lower()
    if last not in ("true", "false"):
        raise fields["last"].error("must be true or false")
    months = fields["months"].integer() if "months" in fields else was.months
    times = fields["times"].integer() if "times" in fields else was.times
    if months * times > _YEAR:
        raise fields["months" if "months" in fields else "times"].error("leads beyond the year")
    return CycleItem(
        id=was.id,
        name=Words(
            fields["ja"].text() if "ja" in fields else was.name.ja,
            fields["en"].text() if "en" in fields else was.name.en,
        ),
        requirement=fields["requirement"].text(64) if "requirement" in fields else was.requirement,
        months=months,
        before=fields["before"].integer() if "before" in fields else was.before,
        last=last == "true",
        times=times,
    )
