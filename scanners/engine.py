"""The scan: a source's entries go to isolated workers, and one result for every object comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from itertools import chain, islice
from types import TracebackType
from typing import Self

from scanners.isolation import Results, Workers, failure
from scanners.model import Entry, Gap, ObjectResult, Reason
from scanners.options import ScanKeys, ScanOptions
from scanners.sources.interface import Source

__all__ = ["ScanKeys", "ScanOptions", "Scanner", "scan"]

_TASKS_AHEAD = 16  # for each worker: enough to keep it busy, few enough to keep memory constant


def scan(
    source: Source,
    keys: ScanKeys,
    options: ScanOptions,
    *,
    on_listed: Callable[[int, bool], None] | None = None,
) -> Iterator[ObjectResult]:
    """Yield one result for every object of a source, members included, as they finish.

    `on_listed` is told how many entries were listed so far and whether the listing is over.
    Raises `SourceError` when the source cannot be opened or listed at all. Closing the iterator, or
    an interrupt, ends the workers at once.
    """
    with Scanner(keys, options) as scanner:
        yield from scanner.scan(source, on_listed=on_listed)


class Scanner:
    """Workers that scan one source after another: what they load is loaded once for all sources."""

    def __init__(self, keys: ScanKeys, options: ScanOptions) -> None:
        self._workers = Workers(keys, options)
        self._window = max(1, options.jobs) * _TASKS_AHEAD

    def __enter__(self) -> Self:
        """Do nothing yet: workers start with the first entry."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the workers to end, or end them at once after an error or interrupt."""
        if error is None:
            self._workers.finish()
        else:
            self._workers.stop()

    def scan(
        self,
        source: Source,
        *,
        scope: str = "",
        on_listed: Callable[[int, bool], None] | None = None,
    ) -> Iterator[ObjectResult]:
        """Yield one result for every object of a source; see the function `scan`.

        `scope` says which of `RuleSet.judged` applies.
        """
        listing = source.entries()
        first = list(islice(listing, 1))  # a source that cannot be opened says so before any worker starts
        yield from _results(source, scope, chain(first, listing), self._workers, self._window, on_listed)


def _results(
    source: Source,
    scope: str,
    listing: Iterator[Entry | Gap],
    workers: Workers,
    window: int,
    on_listed: Callable[[int, bool], None] | None,
) -> Iterator[ObjectResult]:
    pending: dict[Future[Results], _Task] = {}
    listed = 0
    over = False
    while not over or pending:
        while not over and len(pending) < window:
            item = next(listing, None)
            if item is None:
                over = True
            else:
                pending[workers.submit(source, item, scope=scope)] = _Task(item)
                listed += 1
            if on_listed:
                on_listed(listed, over)
        done, _ = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            task = pending.pop(future)
            error = future.exception()
            if error is None:
                yield from future.result()
            elif task.gap is not None:
                yield workers.unnamed(task.item, task.gap)
            else:
                again = task.after(failure(error))
                pending[workers.submit(source, again.item, again.gap, scope)] = again


@dataclass(frozen=True, slots=True)
class _Task:
    """One item on its way through a worker; with `gap` only to describe why it was not read."""

    item: Entry | Gap
    gap: Gap | None = None
    repeated: bool = False

    def after(self, gap: Gap) -> _Task:
        """Return what follows a task without result.

        A worker that dies may take the finished result of the task before with it, so what it
        seems to have died of is tried once more. Otherwise a worker still has to look for
        personal data in the name before the failure can be shown.
        """
        if gap.reason is Reason.CRASHED and not self.repeated:
            return replace(self, repeated=True)
        return replace(self, gap=gap)
