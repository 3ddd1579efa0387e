"""Worker processes that hostile input may kill: one entry a task, with memory and time limits.

This module imports little, so that a worker can bound its threads before numerical libraries load.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

import pebble

from scanners import halfway
from scanners.errors import ScannerError
from scanners.extractors.interface import Limits, told_size
from scanners.fingerprint import Fingerprinter
from scanners.halfway import Teller
from scanners.memory import Half
from scanners.model import Entry, Exposure, Gap, ObjectResult, Outcome, PersonBounds, Reason
from scanners.ocr.model import extra_seconds
from scanners.options import ScanKeys, ScanOptions
from scanners.pace import AS_FAST_AS_IT_GOES, Pace
from scanners.sandbox import Confinement, confine
from scanners.scratch import Own, Scratch
from scanners.tasks import Task

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

    from scanners.examined import Tools
    from scanners.sources.interface import Source

TASKS_PER_WORKER = 500  # parsers in C leak a little
_OPEN_FILES = 256
_TABLE_TIME = 30  # tables have no size beforehand: this many times the limit of a file
_SLOW_TABLE = 86_400.0  # seconds for a table that is read slowly on purpose
_READ_AGAIN = 2  # times that the bytes of a file may be asked for
_BYTES_PER_LIMIT = 32 << 20  # a large file gets the time limit once more for each of these
_ANSWER = 30.0
_MAPPED = 4 << 30  # address space of libraries and dictionaries
_MAPPED_RESIDENT = 256 << 20  # what of them lies in memory
_TIRED = 86  # how a worker ends that has no memory left although others might
_CPU_SHARE = 2  # of the time limit: one thread can never use as much
_CPU_SIGNAL = getattr(signal, "SIGXCPU", 0)
_ALARM = getattr(signal, "SIGALRM", 0)
TASKS_AHEAD = 16  # for each worker: enough to keep it busy, few enough to keep memory constant
Results = list[ObjectResult]


class _Process:
    """What a worker holds between tasks."""

    tools: ClassVar[Tools | None] = None
    limits: ClassVar[Limits] = Limits()
    own: ClassVar[Own | None] = None
    confinement: ClassVar[Confinement] = Confinement()
    passwords: ClassVar[tuple[str, ...]] = ()
    pace: ClassVar[Pace] = AS_FAST_AS_IT_GOES
    tasks: ClassVar[int] = 0
    told_after: ClassVar[float] = 0.0


def _limit(limits: Limits) -> None:
    """Bound the worker: memory, no core dumps (they hold values), few files, nothing written to disk."""
    try:
        import resource
    except ImportError:  # not a POSIX system
        return
    wanted = (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.scratch_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        # what a worker writes to; files mapped into it are shared, and need address space more than memory
        (resource.RLIMIT_DATA, max(limits.memory_bytes - _MAPPED_RESIDENT, limits.memory_bytes // 2)),
        (resource.RLIMIT_AS, limits.memory_bytes + _MAPPED),
    )
    for kind, value in wanted:
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            continue  # macOS refuses RLIMIT_AS; the time limit still holds


def _limit_cpu(seconds: float) -> None:
    """Bound what one task may use of the processor: threads of a library run beside the clock."""
    try:
        import resource
    except ImportError:  # not a POSIX system
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = used.ru_utime + used.ru_stime + _CPU_SHARE * seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(allowed) + 1, hard))


def _alarm(seconds: float) -> None:
    """End this worker after so many seconds, 0: not at all; the pool's own limit stays behind it."""
    if _ALARM:
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _silence() -> None:
    """Send what parsers print to nowhere: their complaints may quote the input."""
    sink = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    os.close(sink)


def start(keys: ScanKeys, options: ScanOptions, scratch: Path, ports: tuple[int, ...]) -> None:
    """Prepare a worker process: limits first, then everything that is compiled once; locked in at the end."""
    _silence()
    _Process.own = Own(scratch)
    _limit(options.limits)
    if options.nice and hasattr(os, "nice"):
        os.nice(options.nice)
    from scanners.preload import Places, Tools, analyzer, extended

    built = extended(analyzer(names=options.names, rules=options.rules), options.detectors)
    fingerprinter = Fingerprinter(keys.fingerprint, keys.older, keys.objects)
    _Process.tools = Tools(built, fingerprinter, Places(built), options.rules)
    _Process.limits = options.limits
    _Process.confinement = confine(_Process.own.folder, ports)
    _Process.passwords = options.passwords
    _Process.pace = options.pace.shared(options.jobs)
    _Process.told_after = options.told_after


def told() -> Confinement:
    """Return what holds this worker."""
    return _Process.confinement


def work(source: Source, given: Task, scope: str, task: int, reading: int) -> Results:
    """Run one task in a worker: read an entry, or with a gap only describe why it was not read.

    `reading`, if any, is the number under which the parent knows what is told of how far it is.
    """
    from scanners.preload import Examiner, paced, with_readers

    own = _Process.own
    if _Process.tools is None or own is None:
        raise RuntimeError("the worker was not started")
    limits, pace, item, gap = _Process.limits, _Process.pace, given.item, given.gap
    seconds = time_limit(item, limits, pace)
    shorter = time_limit(item, limits, pace, pictures=False)

    def at(inside: int, last: int) -> None:
        if task >= 0:
            own.at(task, inside, last)

    def no_pictures() -> float:
        _alarm(shorter)
        return shorter

    teller = Teller(own.folder, reading, _Process.told_after) if reading else None
    examiner = Examiner(
        paced(source, pace),
        _Process.tools,
        limits,
        scope,
        passwords=_Process.passwords,
        seconds=seconds,
        avoid=given.avoid,
        at=at,
        no_pictures=no_pictures,
        known_as=given.known_as,
        half=given.half,
        teller=teller,
    )
    if given.carried and isinstance(item, Entry):
        return with_readers(source, item, given.carried)
    if isinstance(item, Gap):
        return examiner.unread(item, gap or item)
    if gap is not None:
        return with_readers(source, item, examiner.unread(item, gap))
    _limit_cpu(seconds)
    try:
        results = examiner.examine(item)
    except MemoryError:
        results = examiner.unread(item, Gap(Reason.MEMORY_LIMIT, told_size(limits.memory_bytes)))
    finally:
        _alarm(0)
        own.wipe()
        at(0, 0)
    # one that is tried again waits behind others, and may find no fresh worker: what it gave stays
    if (
        _Process.tasks
        and not given.repeated
        and any(result.reason is Reason.MEMORY_LIMIT for result in results)
    ):
        os._exit(_TIRED)  # files before this one may have taken the room: a fresh worker tries it once more
    _Process.tasks += 1
    return with_readers(source, item, results)


def time_limit(
    item: Entry | Gap, limits: Limits, pace: Pace = AS_FAST_AS_IT_GOES, *, pictures: bool = True
) -> float:
    """Return how long one item may take: a file by its size, a table by a multiple, at the pace of a worker.

    Only a worker sees whether a file can hold pictures: without them it has no time for OCR.
    """
    seconds = limits.seconds
    if isinstance(item, Gap):
        return seconds
    if item.mtime_ns == 0 and item.size == 0:
        return max(seconds * _TABLE_TIME, _SLOW_TABLE if pace.is_slow else 0.0)
    seconds *= 1 + item.size / _BYTES_PER_LIMIT
    if pace.bytes_per_second:
        seconds += _READ_AGAIN * item.size / pace.bytes_per_second
    return seconds + extra_seconds(limits.ocr, item.size) if pictures else seconds


def failure(error: BaseException, item: Entry | Gap, limits: Limits, pace: Pace = AS_FAST_AS_IT_GOES) -> Gap:
    """Return the gap of a task that gave no result; only its type is told: the text may hold values."""
    seconds = time_limit(item, limits, pace)
    match error:
        case TimeoutError():
            return Gap(Reason.TIME_LIMIT, f"{seconds:g} s")
        case pebble.ProcessExpired():
            if error.exitcode == _TIRED:
                return Gap(Reason.MEMORY_LIMIT, told_size(limits.memory_bytes))
            if error.exitcode == -_ALARM:
                return Gap(Reason.TIME_LIMIT, f"{time_limit(item, limits, pace, pictures=False):g} s")
            if error.exitcode == -_CPU_SIGNAL:
                return Gap(Reason.TIME_LIMIT, f"{_CPU_SHARE * seconds:g} s of the processor")
            return Gap(Reason.CRASHED, _ending(error.exitcode))
        case MemoryError():
            return Gap(Reason.MEMORY_LIMIT, told_size(limits.memory_bytes))
        case _:
            return Gap(Reason.INTERNAL, type(error).__name__)


def _ending(code: int) -> str:
    """Return how a process ended as people name it: "SIGSEGV", "exit code 7"."""
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"


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
    """A pool of worker processes; those for `ports` may connect to them, others have no network."""

    def __init__(self, keys: ScanKeys, options: ScanOptions, ports: tuple[int, ...] = ()) -> None:
        self.ports = ports
        self.confinement: Confinement | None = None  # known once the workers have ended
        self._limits, self._pace = options.limits, options.pace.shared(options.jobs)
        self._keys = keys
        self.window = max(1, options.jobs) * TASKS_AHEAD
        jobs = max(1, options.jobs)
        self._scratch = Scratch(jobs * TASKS_AHEAD)
        self._free = list(range(jobs * TASKS_AHEAD))
        self._numbers: dict[Future[Results], int] = {}
        self._readings: dict[int, Future[Results]] = {}
        self._last_reading = 0
        self._asked = False
        self._pool = pebble.ProcessPool(
            max_workers=jobs,
            max_tasks=TASKS_PER_WORKER,
            initializer=start,
            initargs=(keys, options, self._scratch.folder, ports),
            context=_context(),
        )

    def submit(self, source: Source, task: Task, scope: str = "") -> Future[Results]:
        """Schedule one task; `scope` names whose judgements apply to it."""
        number = self._free.pop() if self._free else -1
        if number >= 0:
            self._scratch.begin(number)
        reading = 0
        if task.half is not None:
            reading = self._last_reading = self._last_reading + 1
        arguments = (source, task, scope, number, reading)
        limit = time_limit(task.item, self._limits, self._pace)
        try:
            future = self._pool.schedule(work, args=arguments, timeout=limit)
        except RuntimeError as error:  # pebble's word for a pool whose workers die while they start
            raise ScannerError(
                "the worker processes do not start; raise the memory limit (memory_mib) or install again"
            ) from error
        self._asked = True
        self._numbers[future] = number
        if reading:
            self._readings[reading] = future
        return cast("Future[Results]", future)

    def over(self, future: Future[Results], task: Task) -> Results | Task:
        """Return what a task that ended gave: its results, or the task that follows it."""
        number = self._numbers.pop(future)
        for reading in [each for each, of in self._readings.items() if of is future]:
            del self._readings[reading]
        inside, last = self._scratch.place(number) if number >= 0 else (0, 0)
        if number >= 0:
            self._free.append(number)
        error = future.exception()
        if error is None:
            return future.result()
        self._scratch.clear_dead()
        if task.gap is not None:
            return [unnamed(self._keys, task.item, task.gap, task.known_as)]
        return task.after(failure(error, task.item, self._limits, self._pace), inside, last)

    def told(self) -> Iterator[tuple[Future[Results], Half]]:
        """Yield how far tasks are that are read for long; see `scanners.pool.Pool`."""
        for reading, half in halfway.told(self._scratch.folder):
            if reading in self._readings:
                yield self._readings[reading], half

    def flush(self) -> None:
        """Do nothing: tasks start as soon as they are given."""

    def finish(self) -> None:
        """Wait for the workers to end, having asked one of them what holds it."""
        try:
            if self._asked:
                with suppress(Exception):  # a worker that cannot answer tells nothing
                    self.confinement = self._pool.schedule(told, timeout=_ANSWER).result(_ANSWER)
            self._pool.close()  # type: ignore[no-untyped-call]  # pebble leaves it without annotation
            self._pool.join()
        finally:
            self._scratch.remove()

    def stop(self) -> None:
        """End the workers at once."""
        try:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it without annotation
            self._pool.join()
        finally:
            self._scratch.remove()


def unnamed(keys: ScanKeys, item: Entry | Gap, gap: Gap, known_as: str = "") -> ObjectResult:
    """Return a failed result when not even the name could be analysed: all of it counts as personal."""
    object_id = Fingerprinter(keys.fingerprint, keys.older, keys.objects).object_id(known_as or item.uri)
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
