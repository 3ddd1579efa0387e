"""Assessment bodies 審査機関, from data/pm_bodies.yaml: windows for renewals and the days they are closed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache, partial

from data import read_text
from privacy_mark.certificates.correcting import Dated, in_force, sections, since
from privacy_mark.certificates.reading import Confidence, confidence
from registry.corrections import Files
from registry.reference_file import Value, read
from registry.risk_levels import Words, words_of

FILE = "pm_bodies.yaml"
_PERIOD = re.compile(r"(\d{2})-(\d{2})(?:/(\d{2})-(\d{2}))?")
_FIELDS = (
    *("ja", "en", "field", "opens_months", "closes_months"),
    *("closed", "closed_confidence", "confidence"),
)
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


_BLANK = Body("", Words("", ""), Words("", ""), 0, 0, (), Confidence.LOW, Confidence.LOW)


def bodies() -> Mapping[str, Body]:
    """Return every body by its id, as it is last known."""
    return in_force(_newest)


def body_of(name: str, on: date | None = None) -> Body:
    """Return a body by its id as it is for terms that end on a day, without one as it is last known.

    One that no file tells of follows the rules of any other.
    """
    known = in_force(made)
    return known.get(name, known["other"]).on(on)


def load(text: str, file: str) -> dict[str, Body]:
    """Return the bodies that a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "bodies")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    found: dict[str, Body] = {}
    for item in fields["bodies"].items():
        given = item.fields(("id", *_FIELDS), ("id", *_FIELDS))
        body = _body(given, replace(_BLANK, id=given["id"].text(64)))
        if body.id in found:
            raise item.error(f"{body.id!r} is given twice")
        found[body.id] = body
    return found


@lru_cache(maxsize=8)
def made(files: Files) -> Mapping[str, Dated[Body]]:
    """Return the product's bodies with the corrections of files: by id, with all fields where it is new."""
    known = {name: Dated.always(body) for name, body in load(read_text(FILE), FILE).items()}
    for section in sections(files, "bodies"):
        for name, value in section.pairs().items():
            if name in known:
                given = value.fields(("from", *_FIELDS))
                known[name] = known[name].changed(since(given), partial(_body, given))
            else:
                known[name] = Dated.always(_body(value.fields(_FIELDS, _FIELDS), replace(_BLANK, id=name)))
    return known


@lru_cache(maxsize=8)
def _newest(files: Files) -> Mapping[str, Body]:
    return {name: body.newest for name, body in made(files).items()}


def _body(fields: dict[str, Value], was: Body) -> Body:
    """Return a body with the given fields in place of what it was."""
    body = replace(
        was,
        name=Words(
            fields["ja"].text() if "ja" in fields else was.name.ja,
            fields["en"].text() if "en" in fields else was.name.en,
        ),
        field=words_of(fields["field"]) if "field" in fields else was.field,
        opens_months=fields["opens_months"].integer() if "opens_months" in fields else was.opens_months,
        closes_months=fields["closes_months"].integer() if "closes_months" in fields else was.closes_months,
        closed=tuple(map(_yearly, fields["closed"].items())) if "closed" in fields else was.closed,
        closed_confidence=confidence(fields["closed_confidence"])
        if "closed_confidence" in fields
        else was.closed_confidence,
        confidence=confidence(fields["confidence"]) if "confidence" in fields else was.confidence,
    )
    if body.opens_months <= body.closes_months:
        if "opens_months" in fields:
            raise fields["opens_months"].error("must be more than closes_months")
        raise fields["closes_months"].error("must be less than opens_months")
    return body


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
