"""What travels to a worker of a cluster and what it does: entries go by address, results come sealed.

A worker opens the source itself, with credentials that it finds on its own machine, and reads in isolated
processes as a scan of one machine does. Tasks hold no content, no secret and no key; the results can be
read by headquarters only, not by the scheduler that hands them on.
"""

from __future__ import annotations

import hashlib
import hmac
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from daicho.settings import CONFIG_NAME
from daicho.workspace import KEY_FILE
from registry.collected.results import seal_results
from scanners.errors import ScannerError
from scanners.isolation import Results, Workers
from scanners.model import Entry, Gap
from scanners.options import ScanKeys, ScanOptions
from scanners.sandbox import ports_of
from scanners.sources.interface import Source
from scanners.tasks import Task

LISTED_AT_ONCE = 500
Opener = Callable[["Place"], Source]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source lies: an address without secrets, and the reference by which a worker finds them."""

    location: str
    credential: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    own: str = ""  # the workspace, which a worker leaves out where it sees it under the same path


def own_folder(place: Place) -> Path | None:
    """Return the workspace that stands on this machine too: nobody's data; None for another folder there."""
    folder = Path(place.own)
    try:
        stands = bool(place.own) and any((folder / each).exists() for each in (KEY_FILE, CONFIG_NAME))
    except OSError:  # somebody else's, and as closed as a workspace is
        stands = True
    return folder if stands else None


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries of one source to be read in one go; `options` without passwords."""

    place: Place
    scope: str
    tasks: tuple[Task, ...] = field(repr=False)  # Dask logs a failed task, and names of files tell of persons
    options: ScanOptions
    key_check: bytes


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a batch: its results sealed, and how many of them each entry has."""

    sealed: bytes = field(repr=False)
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A piece of a listing; `over` when nothing follows."""

    items: tuple[Entry | Gap, ...]
    over: bool
    worker: str


class ListingLostError(ScannerError):
    """The worker that was listing a source does not know of it any more."""


class WrongKeysError(ScannerError):
    """A worker has other fingerprint keys than the scan: its results could not be compared."""


def key_check(keys: ScanKeys) -> bytes:
    """Return what tells the keys of a scan from others, and tells nothing about them."""
    return hmac.digest(keys.fingerprint, b"daicho/cluster/keys" + keys.objects, hashlib.sha256)[:16]


@dataclass(slots=True)
class _Used:
    """Processes of one kind, and how many batches they read now."""

    workers: Workers
    times: int = 0


@dataclass(slots=True)
class Station:
    """What one worker machine holds: keys for fingerprints, headquarters' public key, its own limits."""

    keys: ScanKeys
    headquarters: bytes
    jobs: int
    open: Opener
    passwords: tuple[str, ...] = field(default=(), repr=False)
    name: str = ""
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _pools: dict[bytes, _Used] = field(default_factory=dict, repr=False)
    _listings: dict[str, tuple[int, Iterator[Entry | Gap]]] = field(default_factory=dict, repr=False)

    def read(self, batch: Batch) -> Done:
        """Read every entry of a batch; raises `WrongKeysError`, and `ScannerError` when no process starts."""
        if not hmac.compare_digest(batch.key_check, key_check(self.keys)):
            raise WrongKeysError(
                f"the worker {self.name} has other fingerprint keys; give it a kit of today's keys"
            )
        source = self.open(batch.place)
        with self.workers(batch.options, ports_of(source)) as workers:
            ended = self._ended(workers, source, batch)
        ordered = [ended[number] for number in range(len(batch.tasks))]
        sealed = seal_results(self.headquarters, (result for each in ordered for result in each))
        return Done(sealed, tuple(map(len, ordered)))

    def _ended(self, workers: Workers, source: Source, batch: Batch) -> dict[int, Results]:
        pending: dict[Future[Results], tuple[int, Task]] = {}
        ended: dict[int, Results] = {}
        for number, task in enumerate(batch.tasks):
            pending[self._submitted(workers, source, task, batch.scope)] = number, task
        while pending:
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                number, task = pending.pop(future)
                with self._lock:
                    came = workers.over(future, task)
                if isinstance(came, Task):
                    pending[self._submitted(workers, source, came, batch.scope)] = number, came
                else:
                    ended[number] = came
        return ended

    def _submitted(self, workers: Workers, source: Source, task: Task, scope: str) -> Future[Results]:
        with self._lock:
            return workers.submit(source, task, scope)

    @contextmanager
    def workers(self, options: ScanOptions, ports: tuple[int, ...]) -> Iterator[Workers]:
        """Give the processes for these options; those of other options end once nobody uses them."""
        own = replace(options, jobs=self.jobs, passwords=self.passwords)
        kind = hashlib.sha256(pickle.dumps((own, ports))).digest()
        with self._lock:
            used = self._pools.get(kind)
            if used is None:
                used = self._pools[kind] = _Used(Workers(self.keys, own, ports))
            used.times += 1
            idle = [each for each, other in self._pools.items() if not other.times]
            over = [self._pools.pop(each) for each in idle]
        try:
            for each in over:
                each.workers.finish()
            yield used.workers
        finally:
            with self._lock:
                used.times -= 1

    def list(self, place: Place, token: str, position: int, worker: str) -> Listed:
        """Return the next piece of a listing that began here under this token; raises `ListingLostError`.

        A source that cannot be opened or listed at all raises `SourceError`.
        """
        with self._lock:
            known = self._listings.pop(token, None)
        if known is None:
            if position:
                raise ListingLostError("the listing has to begin again")
            known = 0, self.open(place).entries()
        at, iterator = known
        if at != position:
            raise ListingLostError("the listing has to begin again")
        items = tuple(islice(iterator, LISTED_AT_ONCE))
        over = len(items) < LISTED_AT_ONCE
        if not over:
            with self._lock:
                self._listings[token] = at + 1, iterator
        return Listed(items, over, worker)

    def stop(self) -> None:
        """End the processes at once."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for each in pools.values():
            each.workers.stop()


class _Here:
    """What this process is."""

    station: Station | None = None


def settle_in(station: Station) -> None:
    """Make this process a worker of a cluster."""
    _Here.station = station


def _station() -> Station:
    if _Here.station is None:
        raise ScannerError("this process is no worker of a Daicho cluster")
    return _Here.station


def read(batch: Batch) -> Done:
    """Read a batch on the worker on which this runs."""
    return _station().read(batch)


def listed(place: Place, token: str, position: int) -> Listed:
    """List a piece of a source on the worker on which this runs."""
    from distributed import get_worker

    return _station().list(place, token, position, get_worker().address)
