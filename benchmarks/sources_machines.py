"""How scans grow: two processes beside one, a cluster beside one machine, a million entries beside 10,000."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from daicho.cluster import certificates
from daicho.cluster.connection import security
from daicho.cluster.pool import ClusterPool, ClusterSource
from daicho.cluster.running import connected
from daicho.cluster.work import Place
from daicho.kept_scan import Kept, Results
from daicho.scan_work import Work
from daicho.settings import Settings
from daicho.workspace import FirstAdministrator, FirstUnit, Workspace
from registry.collected.results import open_results
from registry.scan_state import ScanState
from scanners.engine import Scanner
from scanners.memory import Half
from scanners.model import (
    Category,
    Entry,
    Gap,
    ObjectResult,
    Outcome,
    PersonBounds,
    RunTotals,
    Tally,
)
from scanners.options import ScanKeys, ScanOptions
from scanners.sandbox import Confinement
from scanners.sources import open_source
from scanners.sources.interface import Source
from scanners.tasks import Task

KEYS = ScanKeys(bytes(range(32)))
ROUNDS = 5  # the best counts: what else the machine does only adds
FEW, MANY = 10_000, 1_000_000
_FILES = 80
_LINES = 400
_STARTUP_SECONDS = 60


def speedups(folder: Path) -> dict[str, float]:
    """Return `two_workers_speedup` and `dask_vs_local`, each of the best times of runs that take turns."""
    share = _texts(folder / "share")
    one, two, cluster = [], [], []
    with Scanner(KEYS, ScanOptions(jobs=1)) as single, Scanner(KEYS, ScanOptions(jobs=2)) as double:
        for scanner in (single, double):
            _timed(scanner, share / "0")  # the workers start and load
        for _ in range(ROUNDS):
            one.append(_timed(single, share))
            two.append(_timed(double, share))
    with _cluster(folder / "cluster") as scanned:
        scanned(share / "0")
        with Scanner(KEYS, ScanOptions(jobs=2)) as double:
            _timed(double, share / "0")
            for _ in range(ROUNDS):
                two.append(_timed(double, share))
                cluster.append(scanned(share))
    print(f"  best of {ROUNDS}: one worker {min(one):.2f} s, two {min(two):.2f} s, Dask {min(cluster):.2f} s")
    return {
        "two_workers_speedup": round(min(one) / min(two), 3),
        "dask_vs_local": round(min(cluster) / min(two), 3),
    }


def _texts(folder: Path) -> Path:
    """Write files whose reading is a matter of the processor: Japanese prose with values here and there."""
    for number in range(_FILES):
        place = folder / str(number % 8)
        place.mkdir(parents=True, exist_ok=True)
        lines = map(_line, range(number, number + _LINES))
        (place / f"{number}.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder


def _line(number: int) -> str:
    told = f"連絡先 090-1234-{1000 + number % 9000}" if number % 50 == 0 else ""
    return f"{number}番目の議題は架空{number % 97}商事の担当が説明し、{number % 12 + 1}月に決める。{told}"


def _timed(scanner: Scanner, share: Path) -> float:
    began = time.perf_counter()
    for _ in scanner.scan(open_source(str(share))):
        pass
    return time.perf_counter() - began


@contextmanager
def _cluster(folder: Path) -> Iterator[Any]:
    """Start a scheduler and a worker of two processes on this machine and give how long a scan takes."""
    certificates.make(folder, ["scheduler", "worker", "headquarters"], hosts=["127.0.0.1"])
    private = X25519PrivateKey.generate()
    told = {
        "fingerprint": KEYS.fingerprint.hex(),
        "headquarters": private.public_key().public_bytes_raw().hex(),
        "certificates": str(folder),
        "jobs": 2,
    }
    running = []
    try:
        process, scheduler = _machine(folder, "scheduler", told)
        running.append(process)
        running.append(_machine(folder, "worker", {**told, "scheduler": scheduler})[0])
        with connected(scheduler, security(folder, "headquarters")) as client:

            def scanned(share: Path) -> float:
                place, options = Place(str(share)), ScanOptions(jobs=2)
                secret = private.private_bytes_raw()
                pool = ClusterPool(client, place, KEYS, options, lambda sealed: open_results(secret, sealed))
                began = time.perf_counter()
                with Scanner(KEYS, options, elsewhere=lambda _source: pool) as scanner:
                    for _ in scanner.scan(ClusterSource(client, place)):
                        pass
                return time.perf_counter() - began

            yield scanned
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait()


def _machine(folder: Path, role: str, told: dict[str, Any]) -> tuple[subprocess.Popen[bytes], str]:
    ready = folder / f"{role}.told"
    config = folder / f"{role}.json"
    config.write_text(json.dumps({**told, "role": role, "told": str(ready)}), encoding="utf-8")
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.sources_machine", str(config)])
    until = time.monotonic() + _STARTUP_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the {role} did not start")
        time.sleep(0.05)
    return process, ready.read_text(encoding="utf-8")


class Numbered:
    """A place of so many small objects that lie nowhere: what a scan of them needs is the scan's own."""

    place = "numbered://"

    def __init__(self, count: int) -> None:
        self._count = count

    def entries(self) -> Iterator[Entry]:
        """Yield the entries, made one by one."""
        for number in range(self._count):
            name = f"{number // 1000:04d}/{number % 1000:03d}.txt"
            yield Entry(f"numbered:///{name}", name, 12, 1_700_000_000_000_000_000 + number, str(number))

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Open one of them."""
        yield BytesIO(entry.file_id.encode())


class _Answering:
    """Stands for workers that read at once: what is left is the parent's own."""

    ports: tuple[int, ...] = ()
    window = 64
    confinement: Confinement | None = None

    def submit(self, source: Source, task: Task, scope: str = "") -> Future[list[ObjectResult]]:
        """Answer a task."""
        del source, scope
        future: Future[list[ObjectResult]] = Future()
        future.set_result([_examined(task.item)])
        return future

    def over(self, future: Future[list[ObjectResult]], task: Task) -> list[ObjectResult] | Task:
        """Return the answer."""
        del task
        return future.result()

    def told(self) -> Iterator[tuple[Future[list[ObjectResult]], Half]]:
        """Tell nothing: nothing takes long."""
        yield from ()

    def flush(self) -> None:
        """Do nothing: nothing waits."""

    finish = stop = flush


def _examined(item: Entry | Gap) -> ObjectResult:
    if isinstance(item, Gap):
        raise TypeError("the source has no gaps")
    counts = {Category.PHONE: Tally(1, 1)} if int(item.file_id) % 10 == 0 else {}
    key = hashlib.blake2b(item.uri.encode(), digest_size=16).hexdigest()
    facts = (Outcome.COMPLETE, None, "", item.size, item.mtime_ns, item.owner, item.exposure)
    return ObjectResult(key, item.uri, item.uri, "txt", *facts, counts, PersonBounds(0, 1), ())


def parent_growth(few: int = FEW, many: int = MANY) -> dict[str, float]:
    """Return how many times more memory the parent of a scan of many entries needs than of few.

    The parent lists, remembers and keeps; workers that answer at once stand for those that read.
    """
    peaks = [_peak(count) for count in (few, many)]
    print(f"  parent: {peaks[0] / 1024:.0f} MiB at {few:,} entries, {peaks[1] / 1024:.0f} MiB at {many:,}")
    return {"parent_growth": round(peaks[1] / peaks[0], 3)}


def _peak(count: int) -> int:
    """Return the peak of the parent's memory in KiB, of a process of its own."""
    script = f"from benchmarks.sources_machines import grown; grown({count})"
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return int(told.stdout.split()[-1])


def grown(count: int) -> None:
    """Scan so many entries and keep what comes; print this process's peak of memory in KiB."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(workspace=Path(folder) / "workspace")
        administrator = FirstAdministrator("admin", "Admin", None)
        workspace = Workspace.create(settings, FirstUnit("ROOT", "本社", "Head office"), administrator)
        totals = RunTotals()
        with Scanner(KEYS, ScanOptions(jobs=2), elsewhere=lambda _source: _Answering()) as scanner:

            def scan(memory: ScanState, work: Work) -> Results:
                del work
                return scanner.scan_again(Numbered(count), memory)

            place = Kept(
                workspace, workspace.owner(), workspace.first_unit(), None, lambda: datetime.now(UTC)
            )
            for result in place.scan(scan, address="numbered", rules_version="1", decided_by="benchmark"):
                totals = (
                    totals.plus(result)
                    if isinstance(result, ObjectResult)
                    else totals.together(result.totals)
                )
        workspace.close()
    if totals.complete != count:
        raise RuntimeError(f"{totals.complete} of {count} were read")
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
