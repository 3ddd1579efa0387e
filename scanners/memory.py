"""What a scan remembers of the one before it, as the engine asks for it; who keeps it is not its matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from scanners.model import Batch, Category, Entry, Exposure, Gap, ObjectResult, Reason, RunTotals

PASSING = frozenset(
    {
        Reason.DENIED,
        Reason.VANISHED,
        Reason.CHANGED,
        Reason.UNREADABLE,
        Reason.UNREACHABLE,
        Reason.IN_USE,
        Reason.NOT_LISTED,
        Reason.CRASHED,
        Reason.TIME_LIMIT,
        Reason.MEMORY_LIMIT,
        Reason.INTERNAL,
    }
)
"""Reasons that may be over by the next scan: what ended in one is read again, though it did not change."""


@dataclass(frozen=True, slots=True)
class Read:
    """Read it: it is new, or changed. `known_as` is the uri that names it across scans, empty: its own."""

    known_as: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """It is what it was: its results; with `ask`, who can read it has to be asked anew."""

    results: tuple[ObjectResult, ...]
    ask: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """It may be an entry under a new name: the memory knows when everything was listed."""


class Unchanged(Protocol):
    """The results of a batch of which nothing changed, as they were kept; made objects only when asked."""

    @property
    def totals(self) -> RunTotals:
        """How many objects they are, and what came of them."""
        ...

    @property
    def counts(self) -> Mapping[Category, int]:
        """How many findings of each category they hold."""
        ...

    def results(self) -> Iterator[ObjectResult]:
        """Yield them one by one."""
        ...


@dataclass(frozen=True, slots=True)
class Half:
    """What is known of an object so far: the last `state`, and all `pieces` of its rows, in order."""

    state: bytes = field(default=b"", repr=False)
    pieces: tuple[bytes, ...] = field(default=(), repr=False)
    anew: bool = False  # reading began at the start: what was known before holds no more


class Halves(Protocol):
    """Keeps how far objects were read that take long; forgets it when they were read to their end."""

    def of(self, item: Entry | Gap) -> Half:
        """Return how far an item was read, empty when not at all, or under other rules."""
        ...

    def keep(self, item: Entry | Gap, half: Half) -> None:
        """Take a later state, and pieces that follow those before."""
        ...


B_co = TypeVar("B_co", bound=Unchanged, covariant=True)


class Memory(Protocol[B_co]):
    """Knows what was read before and takes what is read now, each at once; its own memory is constant."""

    @property
    def halves(self) -> Halves:
        """How far was read what was cut short."""
        ...

    def carried(self, batch: Batch) -> B_co | None:
        """Return what is known of a batch that was listed; None: its items are to be recalled one by one."""
        ...

    def recall(self, item: Entry | Gap, batch: Batch | None = None) -> Read | Carried | Later:
        """Tell what to do with an item that was listed, as part of a batch."""
        ...

    def keep(self, item: Entry | Gap, known_as: str, results: Sequence[ObjectResult]) -> None:
        """Take the results of an item that was read, its members' included."""
        ...

    def asked(self, item: Entry | Gap, results: Sequence[ObjectResult]) -> None:
        """Take carried results with today's owner and who can read the object now."""
        ...

    def later(self) -> Iterator[tuple[Entry, str]]:
        """Yield what waited for the end of the listing, with the uri that names it across scans."""
        ...

    def unseen(self, file_system: Callable[[str], str] = ...) -> Iterator[ObjectResult]:
        """Yield, once everything is read, what may still lie where nothing could be listed this time.

        That is what lies below places that could not be listed, and what lay on a file system of which
        nothing was listed. `file_system` tells which one is there now (`Mounted`); empty: nobody can tell.
        """
        ...

    def save(self) -> None:
        """Make durable what was kept; asked for about once a second."""
        ...


def listed_again(item: Entry | Gap, carried: Carried) -> tuple[ObjectResult, ...]:
    """Return carried results with what today's listing tells of owner and exposure.

    Where the source itself told who can read an object, that stands until access changes.
    """
    if isinstance(item, Gap):
        return carried.results
    return tuple(_with(item, result) for result in carried.results)


def _with(item: Entry, result: ObjectResult) -> ObjectResult:
    exposure = result.exposure if result.readers else item.exposure
    if (result.owner, result.exposure) == (item.owner, exposure):
        return result
    return replace(result, owner=item.owner, exposure=exposure)


def asked_in_vain(results: Sequence[ObjectResult]) -> tuple[ObjectResult, ...]:
    """Return results of which nobody can tell who can read them: unknown, never what it was before."""
    return tuple(replace(result, exposure=Exposure.UNKNOWN, readers=()) for result in results)
