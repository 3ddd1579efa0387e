"""Fees 費用 and size classes 事業者規模, from data/pm_fees.yaml: by size and the day of the application."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise

from data import read_text
from privacy_mark.certificates.reading import Confidence, confidence, day
from registry.reference_file import Value, read
from registry.risk_levels import Words, words_of

FILE = "pm_fees.yaml"


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
    sectors: Mapping[str, Sector]

    def fees(self, kind: RoundKind, size: Size, on: date) -> Fees | UnknownFees | None:
        """Return what an application of a day costs; None before the first period of the file."""
        for period in self.periods:
            if period.first <= on and (period.last is None or on <= period.last):
                if period.unknown is not None:
                    return UnknownFees(period.unknown)
                return period.amounts[kind, size]
        return None


@cache
def tariff() -> Tariff:
    """Return the product's tariff."""
    return load(read_text(FILE), FILE)


def load(text: str, file: str) -> Tariff:
    """Return what a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "periods", "sectors")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    periods = tuple(_period(each) for each in fields["periods"].items())
    for before, after in pairwise(periods):
        if before.last is None or after.first <= before.last:
            raise fields["periods"].error("each period must end before the next one begins")
    return Tariff(periods, {name: _sector(name, each) for name, each in fields["sectors"].pairs().items()})


def _period(value: Value) -> Period:
    fields = value.fields(
        ("from", "until", "confidence", "new", "renewal", "unknown"), ("from", "confidence")
    )
    sure = confidence(fields["confidence"])
    last = day(fields["until"]) if "until" in fields else None
    first = day(fields["from"])
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
            amounts[kind, size] = Fees(application, assessment, registration, sure)
    return Period(first, last, amounts, None)


def _sector(name: str, value: Value) -> Sector:
    known = ("name", "small_workers", "capital_yen", "large_workers", "confidence")
    fields = value.fields(known, known)
    return Sector(
        name,
        words_of(fields["name"]),
        fields["small_workers"].integer(),
        fields["capital_yen"].integer(),
        fields["large_workers"].integer(),
        confidence(fields["confidence"]),
    )
