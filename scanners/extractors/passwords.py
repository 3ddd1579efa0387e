"""What is locked is tried with the passwords of a scan; only their number in the list is ever told.

The list comes with the budget (`ScanOptions.passwords`) and stays in memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget
from scanners.model import Gap, Reason

TRIES = 100  # passwords tried on one thing: a slow format takes half a second for each
ALL_TRIES = 2_000  # on all that one object holds
_SHARE_OF_TIME = (
    4  # a file may ask for as many rounds of hashing as it likes: no more than this part of its time
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """What opened something: what came out, and which password it was, by number."""

    opened: T
    number: int  # in the list, from 1

    @property
    def note(self) -> str:
        """Return how it was opened, without the password."""
        return f"opened with listed password no. {self.number}"


def tried(budget: Budget, attempt: Callable[[str], T | None], what: str = "") -> Key[T]:
    """Return what the first fitting password opens; the one that fitted last is tried first.

    `attempt` returns None when a password does not fit. Raises `ExtractionError` ENCRYPTED when none does,
    saying of how many it was tried and naming `what` is locked.
    """
    count, ends = 0, time.monotonic() + budget.limits.seconds / _SHARE_OF_TIME
    for number in _order(budget):
        if count >= TRIES or budget.tries >= ALL_TRIES or time.monotonic() > ends:
            break
        count += 1
        budget.tries += 1
        opened = attempt(budget.passwords[number - 1])
        if opened is not None:
            budget.last_password = number
            return Key(opened, number)
    raise ExtractionError(Gap(Reason.ENCRYPTED, ": ".join(filter(None, (what, _told(budget, count))))))


def _order(budget: Budget) -> Iterator[int]:
    if budget.last_password:
        yield budget.last_password
    for number in range(1, len(budget.passwords) + 1):
        if number != budget.last_password:
            yield number


def _told(budget: Budget, count: int) -> str:
    listed = len(budget.passwords)
    if not listed:
        return ""
    return (
        f"tried {count} of {listed} listed passwords"
        if count < listed
        else f"none of {listed} listed passwords"
    )
