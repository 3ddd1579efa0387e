"""The loop of a scan that remembers: what did not change comes from memory, what is read goes into it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from typing import TypeVar

from scanners.memory import Carried, Later, Memory, Read, Unchanged, asked_in_vain, listed_again
from scanners.model import Batch, Entry, Gap, ObjectResult
from scanners.pool import Pool
from scanners.sources.interface import GoesOn, Guarded, Mounted, Source
from scanners.tasks import Task

B = TypeVar("B", bound=Unchanged)
_BEAT = 1.0  # seconds between two looks at what else wants attention
_AT_ONCE = 64  # items that are listed between two looks at what is finished


def remembered(
    source: Source,
    scope: str,
    listing: Iterator[Batch | None],
    workers: Pool,
    memory: Memory[B],
    *,
    on_listed: Callable[[int, bool], None] | None,
    on_beat: Callable[[], None] | None,
) -> Iterator[ObjectResult | B]:
    """Yield one result for every object, members included; each is kept before it is given away.

    Folders in which nothing changed come whole. `listing` yields None while it is waited for; `on_beat` is
    called about once a second, whatever goes on, and what it raises ends the scan at once.
    """
    run = _Run(source, scope, workers, memory, on_beat)
    listed, over = 0, False
    try:
        for batch in listing:
            if batch is None:
                yield from run.finished(0.0)
                continue
            known = memory.carried(batch)
            if known is not None:
                listed += batch.count
                if on_listed:
                    on_listed(listed, over)
                yield known
                yield from run.finished(0.0)
                continue
            for item in batch.items():
                listed += 1
                if on_listed:
                    on_listed(listed, over)
                yield from run.recalled(item, batch)
                if listed % _AT_ONCE == 0:
                    yield from run.finished(0.0)
                run.beat()
        over = True
        if on_listed:
            on_listed(listed, over)
        for entry, known_as in memory.later():
            yield from run.room()
            run.submit(Task(entry, known_as=known_as))
        while run.pending:
            yield from run.finished(_BEAT)
        if isinstance(source, Mounted):
            yield from memory.unseen(source.file_system)
        else:
            yield from memory.unseen()
    finally:
        run.leave()


class _Run:
    """The tasks of one scan that are under way."""

    def __init__(
        self,
        source: Source,
        scope: str,
        workers: Pool,
        memory: Memory[Unchanged],
        on_beat: Callable[[], None] | None,
    ) -> None:
        self.pending: dict[Future[list[ObjectResult]], Task] = {}
        self._source, self._scope, self._workers, self._window = source, scope, workers, workers.window
        self._memory, self._on_beat = memory, on_beat
        self._next = time.monotonic() + _BEAT

    def beat(self) -> None:
        """About once a second: save, and let the caller look at whether to go on."""
        if time.monotonic() < self._next:
            return
        self._keep_halves()
        self._memory.save()
        if self._on_beat:
            self._on_beat()
        self._next = time.monotonic() + _BEAT

    def leave(self) -> None:
        """Keep what is known when a scan ends, however it ends."""
        self._keep_halves()
        self._memory.save()

    def recalled(self, item: Entry | Gap, batch: Batch) -> Iterator[ObjectResult]:
        """Yield what is known of one item, or have it read."""
        match self._memory.recall(item, batch):
            case Read(known_as):
                yield from self.room()
                half = self._memory.halves.of(item) if isinstance(self._source, GoesOn) else None
                self.submit(Task(item, known_as=known_as, half=half))
            case Later():
                pass
            case Carried() as carried:
                results = listed_again(item, carried)
                found = any(one.categories for one in results)
                if carried.ask and isinstance(self._source, Guarded) and found:
                    yield from self.room()
                    self.submit(Task(item, carried=results))
                    return
                if carried.ask or results != carried.results:
                    self._memory.asked(item, results)
                yield from results

    def _keep_halves(self) -> None:
        """Keep how far workers are with what they read for long."""
        for future, half in self._workers.told():
            if future in self.pending:
                self._memory.halves.keep(self.pending[future].item, half)

    def submit(self, task: Task) -> None:
        """Have a task worked on."""
        self.pending[self._workers.submit(self._source, task, self._scope)] = task

    def room(self) -> Iterator[ObjectResult]:
        """Yield what finishes until there is room for one more task."""
        while len(self.pending) >= self._window:
            yield from self.finished(_BEAT)

    def finished(self, seconds: float) -> Iterator[ObjectResult]:
        """Yield the results of what finishes within a time, each kept before."""
        if not self.pending:
            self.beat()
            return
        self._workers.flush()
        done, _ = wait(self.pending, timeout=seconds, return_when=FIRST_COMPLETED)
        if any(self.pending[future].half is not None for future in done):
            self._keep_halves()  # before the folder of a dead worker is cleared
        for future in done:
            task = self.pending.pop(future)
            ended = self._workers.over(future, task)
            if isinstance(ended, Task) and task.carried:
                yield from asked_in_vain(task.carried)  # not kept: the next scan asks again
            elif isinstance(ended, Task):
                half = None if ended.half is None else self._memory.halves.of(ended.item)
                self.submit(replace(ended, half=half))
            else:
                if task.carried:
                    self._memory.asked(task.item, ended)
                else:
                    self._memory.keep(task.item, task.known_as, ended)
                yield from ended
        self.beat()
