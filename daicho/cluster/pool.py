"""The other end of a cluster: a scan hands entries out in batches and gets opened results back.

A batch whose worker was lost is given to another one. Dask tells of every batch that a lost worker had, not
which of them it died of: what was lost twice is a suspect, and suspects are given out with nothing beside
them, first as they are and then entry by entry. What still brings down its worker ends as crashed. Without
the scheduler a scan ends with an error, and what was read until then is kept.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

from distributed import Client
from distributed.scheduler import KilledWorker

from daicho.cluster.work import Batch, Done, Listed, ListingLostError, Place, key_check, listed, read
from scanners.errors import ExtractionError, ScannerError, SourceError, Trouble
from scanners.isolation import Results, unnamed
from scanners.memory import Half
from scanners.model import Entry, Exposure, Gap, ObjectResult, Reason
from scanners.options import ScanKeys, ScanOptions
from scanners.sandbox import Confinement
from scanners.sources.interface import Readers, Source
from scanners.tasks import Task

BATCH_ENTRIES = 50  # a task of Dask costs 5 ms, a hundredth of which is little beside reading a file
BATCH_BYTES = 64 << 20
BATCHES_A_WORKER = 3  # one that is read, two that wait
TRIES = 3  # of a listing, or of an entry alone, whose worker was lost
TOGETHER = 2  # times that a batch may be lost among others, before it is given out alone
PATIENCE = 300.0  # seconds without any worker, until a scan ends and says so
_LOOK = 2.0
Opened = Callable[[bytes], list[ObjectResult]]


@dataclass(slots=True)
class _Sent:
    """Entries that are given out together, and how often their worker was lost."""

    scope: str
    waiting: list[tuple[Task, Future[Results]]]
    lost: int = 0  # among others
    alone: int = 0

    @property
    def is_suspect(self) -> bool:
        """Tell whether workers may have died of it."""
        return self.lost >= TOGETHER


class ClusterPool:
    """Gives out entries of one place; `open_results` opens what workers sealed for headquarters."""

    def __init__(
        self,
        client: Client,
        place: Place,
        keys: ScanKeys,
        options: ScanOptions,
        open_results: Opened,
        *,
        site: str = "",
        patience: float = PATIENCE,
    ) -> None:
        self.ports: tuple[int, ...] = ()
        self.confinement: Confinement | None = None
        self._client, self._place, self._keys = client, place, keys
        self._options = replace(options, passwords=())
        self._check = key_check(keys)
        self._open = open_results
        self._resources = {resource(site): 1}
        if options.pace.is_slow:  # of the place: its machines share it, and the processes of each their part
            self._options = replace(self._options, pace=options.pace.shared(self.workers))
        self._lock = threading.Lock()
        self._next = _Sent("", [])
        self._bytes = 0
        self._out: dict[Any, _Sent] = {}
        self._ready: deque[_Sent] = deque()
        self._suspects: deque[_Sent] = deque()
        self._stopped = False
        self._alone = Alone(client, site, patience)

    @property
    def workers(self) -> int:
        """How many workers there are now that may read the place."""
        return len(self._alone.workers())

    @property
    def window(self) -> int:
        """How many entries may be under way at once."""
        return BATCH_ENTRIES * BATCHES_A_WORKER * max(1, self.workers)

    def submit(self, _source: Source, task: Task, scope: str = "") -> Future[Results]:
        """Take one entry; it travels with the next batch, but nothing that is known of it does."""
        future: Future[Results] = Future()
        task = replace(task, half=None)
        with self._lock:
            if self._next.waiting and self._next.scope != scope:
                self._send_next()
            self._next.scope = scope
            self._next.waiting.append((task, future))
            self._bytes += task.item.size if isinstance(task.item, Entry) else 0
            if len(self._next.waiting) >= BATCH_ENTRIES or self._bytes >= BATCH_BYTES:
                self._send_next()
        return future

    def told(self) -> Iterator[tuple[Future[Results], Half]]:
        """Yield nothing: a table whose machine is lost is read from its start."""
        yield from ()

    def flush(self) -> None:
        """Send what waits for its batch to be full, when workers might be idle."""
        with self._lock:
            if self._next.waiting and len(self._out) < 2 * max(1, self.workers):
                self._send_next()
        told = self._alone.told() if self._out else ""
        if told:
            with self._lock:
                given, self._out = self._out, {}
                kept = [*self._ready, *self._suspects]
                self._ready.clear()
                self._suspects.clear()
            for each in given:
                each.release()
            for sent in (*given.values(), *kept):
                self._fail(sent, ScannerError(told))

    def over(self, future: Future[Results], task: Task) -> Results | Task:
        """Return the results of one entry, or the task that follows one without; raises `ScannerError`."""
        try:
            return future.result()
        except ExtractionError as error:
            if task.gap is None:
                return replace(task, gap=error.gap)
            return [unnamed(self._keys, task.item, task.gap, task.known_as)]

    def finish(self) -> None:
        """Nothing is left to wait for: whoever gave out entries has had their results."""
        self.stop()

    def stop(self) -> None:
        """Take back at once what workers have not begun; results of the rest are not waited for."""
        with self._lock:
            self._stopped = True
            out = list(self._out)
            self._out.clear()
            self._ready.clear()
            self._suspects.clear()
        for each in out:
            each.release()

    def _send_next(self) -> None:
        sent, self._next, self._bytes = self._next, _Sent("", []), 0
        self._give(sent)

    def _give(self, sent: _Sent) -> None:
        (self._suspects if sent.is_suspect else self._ready).append(sent)
        self._go_on()

    def _go_on(self) -> None:
        """Send what waits: a suspect when nothing else is out, and nothing else while one waits or is out."""
        if any(each.is_suspect for each in self._out.values()):
            return
        if self._suspects:
            if not self._out:
                self._send(self._suspects.popleft())
            return
        while self._ready:
            self._send(self._ready.popleft())

    def _send(self, sent: _Sent) -> None:
        batch = Batch(
            self._place, sent.scope, tuple(task for task, _ in sent.waiting), self._options, self._check
        )
        given = self._client.submit(read, batch, pure=False, resources=self._resources, retries=0)
        self._out[given] = sent
        given.add_done_callback(self._came)  # type: ignore[no-untyped-call]  # as above

    def _came(self, given: Any) -> None:  # Dask leaves its futures without types
        with self._lock:
            sent = self._out.pop(given, None)
            if sent is None or self._stopped:
                return
        try:
            error = given.exception() if given.status == "error" else None
            if given.status in ("finished", "lost"):
                done = self._fetched(given)
                if done is None:
                    with self._lock:
                        self._give(sent)
                    return
                self._settle(sent, done)
            elif isinstance(error, KilledWorker):
                self._again(sent)
            elif isinstance(error, ScannerError):
                self._fail(sent, error)
            else:
                told = type(error).__name__ if error is not None else given.status
                self._fail(sent, ScannerError(f"the cluster does not answer as it should ({told})"))
        except Exception as fault:  # noqa: BLE001  whoever waits must hear of it, whatever it is
            self._fail(sent, ScannerError(f"results of a worker cannot be taken ({type(fault).__name__})"))
        finally:
            with self._lock:
                if not self._stopped:
                    self._go_on()

    @staticmethod
    def _fetched(given: Any) -> Done | None:
        """Return the results of a batch that was read; None when its worker was lost with them.

        Dask would read it once more by itself and might never tell; so it is given out anew.
        """
        while given.status == "finished":
            with suppress(TimeoutError):
                return cast("Done", given.result(timeout=_LOOK))
        given.release()
        return None

    def _settle(self, sent: _Sent, done: Done) -> None:
        results, at = self._open(done.sealed), 0
        if sum(done.counts) != len(results) or len(done.counts) != len(sent.waiting):
            raise ValueError("results and entries do not match")
        for (_, future), count in zip(sent.waiting, done.counts, strict=True):
            future.set_result(results[at : at + count])
            at += count

    def _again(self, sent: _Sent) -> None:
        """Give out again what a lost worker had: whole, then alone, one by one, and in the end not at all."""
        with self._lock:
            if not sent.is_suspect:
                sent.lost += 1
                self._give(sent)
                return
            if len(sent.waiting) > 1:
                self._suspects.extendleft(_Sent(sent.scope, [each], TOGETHER) for each in sent.waiting[::-1])
                return
            sent.alone += 1
            if sent.alone < TRIES:
                self._suspects.appendleft(sent)
                return
        gap = Gap(Reason.CRASHED, f"the worker was lost {TRIES} times")
        sent.waiting[0][1].set_exception(ExtractionError(gap))

    @staticmethod
    def _fail(sent: _Sent, error: ScannerError) -> None:
        for _, future in sent.waiting:
            if not future.done():
                future.set_exception(error)


class Alone:
    """Notices that for a long time nobody has been there who may read."""

    def __init__(self, client: Client, site: str, patience: float) -> None:
        self._client, self._site, self._patience = client, site, patience
        self._seen = self._looked = time.monotonic()

    def workers(self) -> frozenset[str]:
        """Return the addresses of the workers that may read; a scheduler that is gone knows of none."""
        known = self._client.scheduler_info(n_workers=-1).get("workers", {}).items()
        wanted = resource(self._site)
        return frozenset(address for address, worker in known if wanted in worker.get("resources", {}))

    def told(self) -> str:
        """Return what to say when nobody came for too long; empty otherwise, and mostly without asking."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return ""
        self._looked = now
        if self._client.status == "closed":
            return "the scheduler is gone"
        if self.workers():
            self._seen = now
        if now - self._seen < self._patience:
            return ""
        whose = f"the site {self._site}" if self._site else "no site"
        return f"no worker of {whose} has been there for {self._patience:.0f} seconds; start one"


def resource(site: str) -> str:
    """Return the name of Dask's resource that workers of a site have; those of none have that of none."""
    return f"site:{site}"


@dataclass(frozen=True, slots=True)
class ClusterSource:
    """A source that workers open and list: this machine need not reach it at all."""

    client: Client
    at: Place
    site: str = ""
    patience: float = PATIENCE

    @property
    def place(self) -> str:
        """The address as it may be stored."""
        return self.at.location

    def open(self, entry: Entry) -> Any:
        """Raise: entries are opened where they lie."""
        del entry
        raise ExtractionError(Gap(Reason.UNREACHABLE, "read by workers of the cluster only"))

    def readers(self, entry: Entry) -> Readers:
        """Return that this machine cannot tell: workers ask the source itself."""
        del entry
        return Readers(Exposure.UNKNOWN)

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield every entry as a worker lists it; when that worker is lost another one begins again.

        What was yielded then is left out, by comparing pieces of the listing; raises `SourceError` when they
        differ, because the place changed meanwhile.
        """
        seen: list[bytes] = []
        for number in range(TRIES):
            token, worker, position = secrets.token_hex(8), "", 0
            try:
                while True:
                    piece = self._piece(token, position, worker)
                    worker, mark = piece.worker, _mark(piece.items)
                    if position >= len(seen):
                        seen.append(mark)
                        yield from piece.items
                    elif seen[position] != mark:
                        raise SourceError(
                            f"{self.place}: it changed while its listing had to begin again; scan it again",
                            Trouble.CHANGED,
                            place=self.place,
                        )
                    if piece.over:
                        return
                    position += 1
            except (KilledWorker, ListingLostError):
                if number == TRIES - 1:
                    raise SourceError(
                        f"{self.place}: the worker that lists it was lost {TRIES} times",
                        Trouble.CLUSTER,
                        place=self.place,
                    ) from None

    def _piece(self, token: str, position: int, worker: str) -> Listed:
        wanted: dict[str, Any] = {"resources": {resource(self.site): 1}}
        if worker:
            wanted |= {"workers": [worker], "allow_other_workers": False}
        given = self.client.submit(listed, self.at, token, position, pure=False, retries=0, **wanted)
        try:
            return self._waited(given, worker)
        except (OSError, CancelledError) as error:
            raise SourceError(
                f"{self.place}: the cluster does not answer any more ({type(error).__name__})",
                Trouble.CLUSTER,
                place=self.place,
                code=type(error).__name__,
            ) from None
        finally:
            given.release()  # type: ignore[no-untyped-call]  # Dask leaves it without types

    def _waited(self, given: Any, worker: str) -> Listed:
        """Return a piece; nobody would ever tell that the only worker that can give it is gone."""
        alone = Alone(self.client, self.site, self.patience)
        while True:
            try:
                piece: Listed = given.result(timeout=_LOOK)
            except TimeoutError:
                if given.done():
                    raise
                if worker and worker not in alone.workers():
                    raise ListingLostError("the worker that was listing is gone") from None
                told = alone.told()
                if told:
                    raise SourceError(f"{self.place}: {told}", Trouble.CLUSTER, place=self.place) from None
            else:
                return piece


def _mark(items: Sequence[Entry | Gap]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for item in items:
        digest.update(item.uri.encode("utf-8", "surrogateescape") + b"\x00")
    return digest.digest()
