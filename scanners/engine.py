"""The scan: a source's entries go to isolated workers, and one result for every object comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import chain, islice

from scanners.isolation import Results, Workers
from scanners.model import Entry, Gap, ObjectResult
from scanners.options import ScanKeys, ScanOptions
from scanners.sources.interface import Source

__all__ = ["ScanKeys", "ScanOptions", "scan"]

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
    listing = source.entries()
    first = list(islice(listing, 1))  # a source that cannot be opened says so before any worker starts
    workers = Workers(source, keys, options)
    try:
        yield from _results(chain(first, listing), workers, max(1, options.jobs) * _TASKS_AHEAD, on_listed)
        workers.finish()
    except BaseException:
        workers.stop()
        raise


def _results(
    listing: Iterator[Entry | Gap],
    workers: Workers,
    window: int,
    on_listed: Callable[[int, bool], None] | None,
) -> Iterator[ObjectResult]:
    pending: dict[Future[Results], Entry | Gap] = {}
    listed = 0
    over = False
    while not over or pending:
        while not over and len(pending) < window:
            item = next(listing, None)
            if item is None:
                over = True
            else:
                pending[workers.submit(item)] = item
                listed += 1
            if on_listed:
                on_listed(listed, over)
        done, _ = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            yield from workers.results(future, pending.pop(future))
