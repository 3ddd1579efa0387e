"""What a risk analysis rests on, in numbers and codes, and when reality has moved away from it.

An analysis is looked at again yearly and on change (guideline J.3.1, J.3.4; JIS Q 15001:2023 6.2): a category
that nobody thought of, twice as many persons, or more people who may read. What becomes less opens nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.rules import WIDTH, with_implied
from scanners.model import Category, Exposure

COUNT_FACTOR = 2
COUNT_ALLOWANCE = 10
"""Twice as many persons open an analysis again, but never less than so many more."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an entry holds, by the ledger and by what was found."""

    categories: frozenset[Category] = frozenset()
    persons: int = 0
    exposure: Exposure = Exposure.UNKNOWN  # widest known

    def joined(self, other: Facts) -> Facts:
        """Return what both say together: what either holds, the larger number, the wider circle."""
        return Facts(
            self.categories | other.categories,
            max(self.persons, other.persons),
            widest((self.exposure, other.exposure)),
        )


@dataclass(frozen=True, slots=True)
class Reopening:
    """Why an analysis is open again; without any reason it is not."""

    categories: frozenset[Category] = frozenset()  # that were not there when it was accepted
    persons: tuple[int, int] | None = None  # then and now
    exposure: tuple[Exposure, Exposure] | None = None  # then and now
    review: date | None = None  # the day on which the yearly review came due
    levels: int = 0  # threats whose level rose because the table of levels changed

    def __bool__(self) -> bool:
        """True when there is a reason."""
        return bool(self.categories or self.persons or self.exposure or self.review or self.levels)


def widest(exposures: Iterable[Exposure]) -> Exposure:
    """Return the widest circle of those that are known."""
    known = [each for each in exposures if each in WIDTH]
    return max(known, key=WIDTH.index, default=Exposure.UNKNOWN)


def reopening(then: Facts, now: Facts) -> Reopening:
    """Return why what was accepted then does not hold any more."""
    more = now.persons >= COUNT_FACTOR * then.persons and now.persons >= then.persons + COUNT_ALLOWANCE
    # Of what was not known then, only that everyone may read it is news.
    before = WIDTH.index(then.exposure if then.exposure in WIDTH else Exposure.GROUP)
    wider = now.exposure in WIDTH and WIDTH.index(now.exposure) > before
    return Reopening(
        categories=now.categories - with_implied(then.categories),
        persons=(then.persons, now.persons) if more else None,
        exposure=(then.exposure, now.exposure) if wider else None,
    )


def reopening_text(of: Reopening) -> str:
    """Return reasons as they are kept: JSON of codes and numbers."""
    kept: dict[str, object] = {}
    if of.categories:
        kept["categories"] = sorted(of.categories)
    if of.persons:
        kept["persons"] = list(of.persons)
    if of.exposure:
        kept["exposure"] = list(of.exposure)
    if of.review:
        kept["review"] = of.review.isoformat()
    if of.levels:
        kept["levels"] = of.levels
    return json.dumps(kept, sort_keys=True) if kept else ""


def reopening_of(text: str) -> Reopening:
    """Return the reasons that `reopening_text` wrote."""
    kept: Mapping[str, Any] = json.loads(text) if text else {}
    persons, exposure, review = kept.get("persons"), kept.get("exposure"), kept.get("review")
    return Reopening(
        categories=frozenset(map(Category, kept.get("categories", ()))),
        persons=(int(persons[0]), int(persons[1])) if persons else None,
        exposure=(Exposure(exposure[0]), Exposure(exposure[1])) if exposure else None,
        review=date.fromisoformat(str(review)) if review else None,
        levels=kept.get("levels", 0),
    )


def categories_text(categories: Iterable[Category]) -> str:
    """Return categories as a column keeps them."""
    return ",".join(sorted(categories))


def facts_of(categories: str, persons: int, exposure: str) -> Facts:
    """Return facts from their columns; an empty exposure is not known."""
    return Facts(
        frozenset(Category(each) for each in categories.split(",") if each),
        persons,
        Exposure(exposure or Exposure.UNKNOWN),
    )
