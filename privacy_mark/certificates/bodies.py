"""Assessment bodies 審査機関, from data/pm_bodies.yaml: windows for renewals and the days they are closed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from data import read_text
from privacy_mark.certificates.reading import Confidence, confidence, named
from registry.reference_file import Value, read
from registry.risk_levels import Words, words_of

FILE = "pm_bodies.yaml"
_PERIOD = re.compile(r"(\d{2})-(\d{2})(?:/(\d{2})-(\d{2}))?")
_LEAP = 2000  # a year that has every day


@dataclass(frozen=True, slots=True)
class Yearly:
    """A day or period of every year, first and last as (month, day); it may run over the new year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def days(self, year: int) -> Iterator[date]:
        """Yield the days of the period that lie in a year; 29 February only where there is one."""
        day = date(year, 1, 1)
        while day.year == year:
            at = (day.month, day.day)
            inside = self.first <= at <= self.last
            over = self.first > self.last and (at >= self.first or at <= self.last)
            if inside or over:
                yield day
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Body:
    """One assessment body."""

    id: str
    name: Words
    field: Words  # whom it assesses
    opens_months: int
    closes_months: int
    closed: tuple[Yearly, ...]
    closed_confidence: Confidence
    confidence: Confidence

    def closed_days(self, year: int) -> frozenset[date]:
        """Return the days of a year and the next that it closes, besides weekends and national holidays."""
        return frozenset(
            day for period in self.closed for each in (year, year + 1) for day in period.days(each)
        )


@cache
def bodies() -> Mapping[str, Body]:
    """Return every body by its id."""
    return load(read_text(FILE), FILE)


def body_of(name: str) -> Body:
    """Return a body by its id; one that the file no longer tells of follows the rules of any other."""
    return bodies().get(name, bodies()["other"])


def load(text: str, file: str) -> dict[str, Body]:
    """Return the bodies that a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "bodies")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    found: dict[str, Body] = {}
    for item in fields["bodies"].items():
        body = _body(item)
        if body.id in found:
            raise item.error(f"{body.id!r} is given twice")
        found[body.id] = body
    return found


def _body(item: Value) -> Body:
    known = (
        *("id", "ja", "en", "field", "opens_months", "closes_months"),
        *("closed", "closed_confidence", "confidence"),
    )
    fields = item.fields(known, known)
    opens, closes = fields["opens_months"].integer(), fields["closes_months"].integer()
    if opens <= closes:
        raise fields["opens_months"].error("must be more than closes_months")
    return Body(
        id=fields["id"].text(64),
        name=named(fields),
        field=words_of(fields["field"]),
        opens_months=opens,
        closes_months=closes,
        closed=tuple(_yearly(each) for each in fields["closed"].items()),
        closed_confidence=confidence(fields["closed_confidence"]),
        confidence=confidence(fields["confidence"]),
    )


def _yearly(value: Value) -> Yearly:
    found = _PERIOD.fullmatch(value.text())
    if found is None:
        raise value.error("must be MM-DD or MM-DD/MM-DD")
    month, day, last_month, last_day = (None if each is None else int(each) for each in found.groups())
    assert month is not None
    assert day is not None
    first = (month, day)
    last = first if last_month is None or last_day is None else (last_month, last_day)
    for each in (first, last):
        try:
            date(_LEAP, *each)
        except ValueError:
            raise value.error("is no day of a year") from None
    return Yearly(first, last)
