"""The scan: a source's entries go to isolated workers, and one result for every object comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import chain, islice
from types import TracebackType
from typing import Self

from scanners.isolation import Results, Workers
from scanners.memory import Memory
from scanners.model import Batch, Entry, Gap, ObjectResult
from scanners.options import ScanKeys, ScanOptions
from scanners.pool import Pool
from scanners.remembered import B, remembered
from scanners.sandbox import Confinement, ports_of
from scanners.sources.ahead import ahead
from scanners.sources.batches import batches_of
from scanners.sources.interface import Source
from scanners.tasks import Task

__all__ = ["ScanKeys", "ScanOptions", "Scanner", "scan"]
_BEAT = 1.0  # seconds until those who examine are asked again whether anything keeps them


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
    """Workers that scan one source after another: what they load is loaded once for all sources.

    Sources that are read over the network have workers of their own, which may reach them; those that read
    files have no network at all.
    """

    def __init__(
        self,
        keys: ScanKeys,
        options: ScanOptions,
        confinements: list[Confinement] | None = None,
        *,
        elsewhere: Callable[[Source], Pool | None] = lambda _source: None,
    ) -> None:
        """Start no worker yet; `confinements` gets what held those that have ended, each kind once.

        `elsewhere` gives the pool of other machines that reads a source, None where this one does.
        """
        self._keys, self._options, self._elsewhere = keys, options, elsewhere
        self._workers: Pool = Workers(keys, options)
        self.confinements = [] if confinements is None else confinements

    def __enter__(self) -> Self:
        """Do nothing yet: workers start with the first entry."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the workers to end, or end them at once after an error or interrupt."""
        if error is None:
            self._finish()
        else:
            self._workers.stop()

    def _finish(self) -> None:
        self._workers.finish()
        held = self._workers.confinement
        if held is not None and held not in self.confinements:
            self.confinements.append(held)

    def _for(self, source: Source) -> Pool:
        other, ports = self._elsewhere(source), ports_of(source)
        if other is not None:
            self._finish()
            self._workers = other
        elif ports != self._workers.ports or not isinstance(self._workers, Workers):
            self._finish()
            self._workers = Workers(self._keys, self._options, ports)
        return self._workers

    def scan(
        self, source: Source, *, scope: str = "", on_listed: Callable[[int, bool], None] | None = None
    ) -> Iterator[ObjectResult]:
        """Yield one result for every object of a source; see the function `scan`.

        `scope` says which of `RuleSet.judged` applies.
        """
        listing = source.entries()
        first = list(islice(listing, 1))  # a source that cannot be opened says so before any worker starts
        yield from _results(source, scope, chain(first, listing), self._for(source), on_listed)

    def scan_again(
        self,
        source: Source,
        memory: Memory[B],
        *,
        scope: str = "",
        on_listed: Callable[[int, bool], None] | None = None,
        on_beat: Callable[[], None] | None = None,
    ) -> Iterator[ObjectResult | B]:
        """Yield results as `scan` does, but read nothing that the memory knows and that did not change.

        Folders in which nothing changed come whole. `on_beat` is called about once a second: what it raises
        ends the scan at once.
        """
        batches = ahead(lambda: batches_of(source), _BEAT)
        first: list[Batch | None] = []
        for each in batches:  # what cannot be opened says so before any worker starts
            if each is not None:
                first.append(each)
                break
            if on_beat:
                on_beat()
        listing, workers = chain(first, batches), self._for(source)
        try:
            yield from remembered(
                source, scope, listing, workers, memory, on_listed=on_listed, on_beat=on_beat
            )
        except BaseException:
            workers.stop()  # what they still do is of no use to anybody
            self._workers = Workers(self._keys, self._options)
            raise


def _results(
    source: Source,
    scope: str,
    listing: Iterator[Entry | Gap],
    workers: Pool,
    on_listed: Callable[[int, bool], None] | None,
) -> Iterator[ObjectResult]:
    pending: dict[Future[Results], Task] = {}
    listed, window = 0, workers.window
    over = False
    while not over or pending:
        while not over and len(pending) < window:
            item = next(listing, None)
            if item is None:
                over = True
            else:
                task = Task(item)
                pending[workers.submit(source, task, scope)] = task
                listed += 1
            if on_listed:
                on_listed(listed, over)
        workers.flush()
        done, _ = wait(pending, timeout=_BEAT, return_when=FIRST_COMPLETED)
        for future in done:
            ended = workers.over(future, pending.pop(future))
            if isinstance(ended, Task):
                pending[workers.submit(source, ended, scope)] = ended
            else:
                yield from ended
