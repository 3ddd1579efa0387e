"""Fees 費用 and size classes 事業者規模, from data/pm_fees.yaml: by size and the day of the application."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache, partial
from itertools import pairwise

from data import read_text
from privacy_mark.certificates.correcting import Dated, in_force, sections, since
from privacy_mark.certificates.reading import Confidence, confidence, day
from registry.corrections import Files
from registry.reference_file import Value, read
from registry.risk_levels import Words, words_of

FILE = "pm_fees.yaml"
_NUMBERS = ("small_workers", "capital_yen", "large_workers")
_FIELDS = ("name", *_NUMBERS, "confidence")
_DAY = timedelta(days=1)


class Size(enum.StrEnum):
    """How big an applicant is to the scheme."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class RoundKind(enum.StrEnum):
    """What is applied for."""

    FIRST = "first"  # 新規
    RENEWAL = "renewal"  # 更新


@dataclass(frozen=True, slots=True)
class Fees:
    """What an application costs, in yen with tax."""

    application: int
    assessment: int
    registration: int
    confidence: Confidence
    corrected_by: str = ""  # the file that tells it; "" for the product's own

    @property
    def total(self) -> int:
        """Return the sum."""
        return self.application + self.assessment + self.registration


@dataclass(frozen=True, slots=True)
class UnknownFees:
    """The amounts of this day are not known, and why."""

    why: Words


@dataclass(frozen=True, slots=True)
class Sector:
    """Size classes of one line of trade."""

    id: str
    name: Words
    small_workers: int  # up to so many workers it is small
    capital_yen: int  # with more capital than this and `large_workers` it is large
    large_workers: int
    confidence: Confidence

    def size(self, capital_yen: int | None, workers: int | None) -> Size | None:
        """Return the size class; None when what it depends on is not known."""
        if workers is None:
            return None
        if workers <= self.small_workers:
            return Size.SMALL
        if workers < self.large_workers:
            return Size.MEDIUM
        if capital_yen is None:
            return None
        return Size.LARGE if capital_yen > self.capital_yen else Size.MEDIUM


@dataclass(frozen=True, slots=True)
class Period:
    """Fees that hold from a day on, until another one or for now."""

    first: date
    last: date | None
    amounts: Mapping[tuple[RoundKind, Size], Fees]
    unknown: Words | None


@dataclass(frozen=True, slots=True)
class Tariff:
    """All that the file tells."""

    periods: tuple[Period, ...]
    sectors: Mapping[str, Sector]  # as they are last known
    dated: Mapping[str, Dated[Sector]]

    def fees(self, kind: RoundKind, size: Size, on: date) -> Fees | UnknownFees | None:
        """Return what an application of a day costs; None before the first period of the file."""
        for period in self.periods:
            if period.first <= on and (period.last is None or on <= period.last):
                if period.unknown is not None:
                    return UnknownFees(period.unknown)
                return period.amounts[kind, size]
        return None


def tariff() -> Tariff:
    """Return the tariff in force: the product's with the corrections of the workspace."""
    return in_force(made)


def load(text: str, file: str) -> Tariff:
    """Return what a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "periods", "sectors")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    sectors = {
        name: Dated.always(_sector(each.fields(_FIELDS, _FIELDS), _blank(name)))
        for name, each in fields["sectors"].pairs().items()
    }
    return _tariff(_periods(fields["periods"]), sectors)


@lru_cache(maxsize=8)
def made(files: Files) -> Tariff:
    """Return the product's tariff with the corrections of files: new periods overlay what they touch."""
    base = load(read_text(FILE), FILE)
    periods, sectors = list(base.periods), dict(base.dated)
    for section in sections(files, "fees"):
        fields = section.fields(("periods", "sectors"))
        for period in _periods(fields["periods"], own=section.file) if "periods" in fields else ():
            periods = sorted([*_left(periods, period), period], key=lambda each: each.first)
        for name, value in fields["sectors"].pairs().items() if "sectors" in fields else ():
            if name in sectors:
                given = value.fields(("from", *_FIELDS))
                sectors[name] = sectors[name].changed(since(given), partial(_sector, given))
            else:
                sectors[name] = Dated.always(_sector(value.fields(_FIELDS, _FIELDS), _blank(name)))
    return _tariff(periods, sectors)


def _tariff(periods: Sequence[Period], sectors: Mapping[str, Dated[Sector]]) -> Tariff:
    return Tariff(tuple(periods), {name: each.newest for name, each in sectors.items()}, sectors)


def _left(periods: Sequence[Period], over: Period) -> Iterator[Period]:
    """Yield what is left of periods beside one that is laid over them."""
    for period in periods:
        if period.first < over.first:
            ends = over.first - _DAY
            yield period if period.last is not None and period.last <= ends else replace(period, last=ends)
        if over.last is not None and (period.last is None or period.last > over.last):
            yield replace(period, first=max(period.first, over.last + _DAY))


def _periods(value: Value, *, own: str = "") -> list[Period]:
    periods = [_period(each, own) for each in value.items()]
    for before, after in pairwise(periods):
        if before.last is None or after.first <= before.last:
            raise value.error("each period must end before the next one begins")
    return periods


def _period(value: Value, own: str) -> Period:
    fields = value.fields(
        ("from", "until", "confidence", "new", "renewal", "unknown"), ("from", "confidence")
    )
    sure = confidence(fields["confidence"])
    last = day(fields["until"]) if "until" in fields else None
    first = day(fields["from"])
    if last is not None and last < first:
        raise fields["until"].error("lies before `from`")
    if "unknown" in fields:
        return Period(first, last, {}, words_of(fields["unknown"], most=400))
    amounts = {}
    for kind, name in ((RoundKind.FIRST, "new"), (RoundKind.RENEWAL, "renewal")):
        if name not in fields:
            raise value.error(f"the field {name!r} is missing")
        sizes = fields[name].fields(tuple(Size), tuple(Size))
        for size in Size:
            known = ("application", "assessment", "registration")
            yen = sizes[size].fields(known, known)
            application, assessment, registration = (yen[each].integer() for each in known)
            amounts[kind, size] = Fees(application, assessment, registration, sure, own)
    return Period(first, last, amounts, None)


def _blank(name: str) -> Sector:
    return Sector(name, Words("", ""), 0, 0, 0, Confidence.LOW)


def _sector(fields: dict[str, Value], was: Sector) -> Sector:
    """Return a line of trade with the given fields in place of what it was."""
    numbers = {name: fields[name].integer() for name in _NUMBERS if name in fields}
    found = replace(
        was,
        small_workers=numbers.get("small_workers", was.small_workers),
        capital_yen=numbers.get("capital_yen", was.capital_yen),
        large_workers=numbers.get("large_workers", was.large_workers),
    )
    if found.large_workers <= found.small_workers:
        place = fields.get("large_workers") or fields["small_workers"]
        raise place.error("`large_workers` must be more than `small_workers`")
    return replace(
        found,
        name=words_of(fields["name"]) if "name" in fields else was.name,
        confidence=confidence(fields["confidence"]) if "confidence" in fields else was.confidence,
    )
