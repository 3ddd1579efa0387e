"""Worker processes that hostile input may kill: one entry a task, with memory and time limits.

This module imports little, so that a worker can bound its threads before numerical libraries load.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from concurrent.futures import Future
from typing import TYPE_CHECKING, ClassVar, cast

import pebble

from scanners.errors import ScannerError
from scanners.extractors.interface import Limits
from scanners.fingerprint import Fingerprinter
from scanners.model import Entry, Exposure, Gap, ObjectResult, Outcome, PersonBounds, Reason
from scanners.options import ScanKeys, ScanOptions

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

    from scanners.examined import Tools
    from scanners.sources.interface import Source

TASKS_PER_WORKER = 500  # parsers in C leak a little
_OPEN_FILES = 256
_TABLE_TIME = 30  # tables have no size beforehand: this many times the limit of a file
_BYTES_PER_LIMIT = 32 << 20  # a large file gets the time limit once more for each of these
Results = list[ObjectResult]


class _Process:
    """What a worker holds between tasks."""

    tools: ClassVar[Tools | None] = None
    limits: ClassVar[Limits] = Limits()
    passwords: ClassVar[tuple[str, ...]] = ()


def _limit(memory_bytes: int) -> None:
    """Bound the worker: memory, no core dumps (they hold values), few files, nothing written to disk."""
    try:
        import resource
    except ImportError:  # not a POSIX system
        return
    wanted = (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_AS, memory_bytes),
    )
    for kind, value in wanted:
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            continue  # macOS refuses RLIMIT_AS; the time limit still holds


def _silence() -> None:
    """Send what parsers print to nowhere: their complaints may quote the input."""
    sink = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    os.close(sink)


def start(keys: ScanKeys, options: ScanOptions) -> None:
    """Prepare a worker process: limits first, then everything that is compiled once."""
    _silence()
    _limit(options.limits.memory_bytes)
    from scanners.preload import Places, Tools, analyzer, extended

    built = extended(analyzer(names=options.names, rules=options.rules), options.detectors)
    fingerprinter = Fingerprinter(keys.fingerprint, keys.older, keys.objects)
    _Process.tools = Tools(built, fingerprinter, Places(built), options.rules)
    _Process.limits = options.limits
    _Process.passwords = options.passwords


def work(source: Source, item: Entry | Gap, gap: Gap | None, scope: str) -> Results:
    """Run one task in a worker: read an entry, or with `gap` only describe why it was not read."""
    from scanners.preload import Examiner

    if _Process.tools is None:
        raise RuntimeError("the worker was not started")
    examiner = Examiner(source, _Process.tools, _Process.limits, scope, _Process.passwords)
    if gap is not None or isinstance(item, Gap):
        return examiner.unread(item, gap or cast("Gap", item))
    try:
        return examiner.examine(item)
    except MemoryError:
        return examiner.unread(item, Gap(Reason.MEMORY_LIMIT))


def time_limit(item: Entry | Gap, seconds: float) -> float:
    """Return how long one item may take: a file by its size, a table by a multiple."""
    if isinstance(item, Gap):
        return seconds
    if item.mtime_ns == 0 and item.size == 0:
        return seconds * _TABLE_TIME
    return seconds * (1 + item.size / _BYTES_PER_LIMIT)


def failure(error: BaseException) -> Gap:
    """Return the gap of a task that gave no result; only its type is told: the text may hold values."""
    match error:
        case TimeoutError():
            return Gap(Reason.TIME_LIMIT)
        case pebble.ProcessExpired():
            return Gap(Reason.CRASHED, f"exit code {error.exitcode}")
        case MemoryError():
            return Gap(Reason.MEMORY_LIMIT)
        case _:
            return Gap(Reason.INTERNAL, type(error).__name__)


def _context() -> BaseContext:
    """Return fork server where there is one: a fork of the caller would share its threads' locks."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from scanners.forkserver import WorkerContext, give_room

    give_room()
    context = WorkerContext()
    context.set_forkserver_preload(["scanners.preload"])
    return context


class Workers:
    """A pool of worker processes."""

    def __init__(self, keys: ScanKeys, options: ScanOptions) -> None:
        self._seconds = options.limits.seconds
        self._fingerprinter = Fingerprinter(keys.fingerprint, keys.older, keys.objects)
        self._pool = pebble.ProcessPool(
            max_workers=max(1, options.jobs),
            max_tasks=TASKS_PER_WORKER,
            initializer=start,
            initargs=(keys, options),
            context=_context(),
        )

    def submit(
        self, source: Source, item: Entry | Gap, gap: Gap | None = None, scope: str = ""
    ) -> Future[Results]:
        """Schedule one item; `scope` names whose judgements apply to it."""
        limit = time_limit(item, self._seconds)
        try:
            scheduled = self._pool.schedule(work, args=(source, item, gap, scope), timeout=limit)
        except RuntimeError as error:  # pebble's word for a pool whose workers die while they start
            raise ScannerError(
                "the worker processes do not start; raise the memory limit (memory_mib) or install again"
            ) from error
        return cast("Future[Results]", scheduled)

    def unnamed(self, item: Entry | Gap, gap: Gap) -> ObjectResult:
        """Return a failed result when not even the name could be analysed: all of it counts as personal."""
        return _unnamed(item, gap, self._fingerprinter.object_id(item.uri))

    def finish(self) -> None:
        """Wait for the workers to end."""
        self._pool.close()  # type: ignore[no-untyped-call]  # pebble leaves it without annotation
        self._pool.join()

    def stop(self) -> None:
        """End the workers at once."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it without annotation
        self._pool.join()


def _unnamed(item: Entry | Gap, gap: Gap, object_id: str) -> ObjectResult:
    entry = item if isinstance(item, Entry) else Entry(item.uri, "", 0, 0)
    return ObjectResult(
        id=object_id,
        uri=entry.uri,
        shown=f"{entry.uri.partition('://')[0]}://●",
        kind="",
        outcome=Outcome.FAILED,
        reason=gap.reason,
        detail=gap.detail,
        bytes=entry.size,
        mtime_ns=entry.mtime_ns,
        owner=entry.owner,
        exposure=entry.exposure if isinstance(item, Entry) else Exposure.UNKNOWN,
        categories={},
        persons=PersonBounds(0, 0),
        columns=(),
    )
