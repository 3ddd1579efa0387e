"""One scan at work: it holds its source, tells how far it is, and stops at once when it is asked to."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from types import TracebackType
from typing import Self

from daicho.errors import ScanStoppedError
from daicho.scan_failure import failure
from registry import due_scans, scan_jobs
from registry.errors import NotFound, RegistryError
from registry.model import Principal
from registry.scan_jobs import Held, Progress
from registry.store import Registry
from scanners.memory import Unchanged
from scanners.model import ObjectResult, Outcome

_LOOK = 2.0  # seconds between two looks at whether to stop
_BEAT = 5.0  # seconds between two renewals of the lease


class Work:
    """Renews the lease of one scan from a thread of its own, however long one object takes."""

    def __init__(
        self, registry: Registry, principal: Principal, held: Held | None, *, rests: bool = False
    ) -> None:
        """Take what `scan_jobs.claim` gave; None for a place that is not registered: nobody else asks.

        A scan that `rests` stops at the end of the hours of its source, and when that is paused.
        """
        self._registry, self._principal, self._held = registry, principal, held
        self.progress = Progress()
        self.run_id = ""
        self._rests, self._ended_as = rests, scan_jobs.STOPPED
        self._over, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, name="scan lease", daemon=True)

    def __enter__(self) -> Self:
        """Begin to renew the lease."""
        if self._held is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the source back, with how it ended."""
        self._over.set()
        if self._held is None:
            return
        self._thread.join()
        ended_by_people = isinstance(error, ScanStoppedError | GeneratorExit | KeyboardInterrupt)
        failed = error is not None and not ended_by_people
        outcome = "complete" if error is None else "failed" if failed else self._ended_as
        scan_jobs.finish(
            self._registry,
            self._principal,
            self._held,
            self.progress,
            outcome=outcome,
            failed=failed,
            run_id=self.run_id,
            why=failure(error) if error is not None and failed else None,
        )

    def listed(self, count: int) -> None:
        """Note how many entries were listed."""
        self.progress = replace(self.progress, listed=count)

    def add(self, result: ObjectResult) -> None:
        """Note one object that is done."""
        now = self.progress
        self.progress = Progress(
            now.listed,
            now.done + 1,
            now.failed + (result.outcome is Outcome.FAILED),
            now.bytes + result.bytes,
            now.findings + sum(tally.count for tally in result.categories.values()),
        )

    def add_kept(self, batch: Unchanged) -> None:
        """Note objects that did not change."""
        now, totals = self.progress, batch.totals
        self.progress = Progress(
            now.listed,
            now.done + totals.listed,
            now.failed + totals.failed,
            now.bytes + totals.bytes,
            now.findings + sum(batch.counts.values()),
        )

    def look(self) -> None:
        """Raise ScanStoppedError when somebody asked the scan to stop, it is to rest, or was taken over."""
        if self._stop.is_set():
            raise ScanStoppedError("the scan was stopped; the next one goes on from there")

    def require_held(self) -> None:
        """Raise ScanStoppedError unless the source is still held: a machine may sleep through its lease."""
        if self._held is not None and not scan_jobs.may_go_on(self._registry, self._principal, self._held):
            self._stop.set()
        self.look()

    def _watch(self) -> None:
        held = self._held
        if held is None:
            return
        renewed = time.monotonic() - _BEAT  # the first look tells how far it is
        while not self._over.wait(_LOOK):
            now = time.monotonic()
            try:
                if now - renewed >= _BEAT:
                    going = scan_jobs.beat(self._registry, self._principal, held, self.progress)
                    renewed = now
                else:
                    going = scan_jobs.may_go_on(self._registry, self._principal, held)
                if going and self._rests:
                    going = self._may_work(held)
            except NotFound:
                going = False
            except RegistryError:  # the database is away for a while: the lease says for how long that may be
                going = now - renewed < scan_jobs.LEASE.total_seconds()
            if not going:
                self._stop.set()
                return

    def _may_work(self, held: Held) -> bool:
        """Tell whether the hours of the source are not over, and nobody paused it."""
        with self._registry.read(self._principal) as tx:
            resting = due_scans.rest(tx, held.source_id)
        if resting:
            self._ended_as = resting
        return not resting
