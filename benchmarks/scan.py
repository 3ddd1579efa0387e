"""How fast files are read and scanned: python benchmarks/scan.py [--dir FOLDER] [--jobs N] [--json].

Extraction alone runs in this process; the whole scan runs as it does for users, in isolated workers.
Without --dir the demo group's files are made for it. With --json the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scanners.engine import ScanKeys, ScanOptions, scan  # noqa: E402
from scanners.errors import ExtractionError  # noqa: E402
from scanners.extractors.interface import Budget, Limits, Member  # noqa: E402
from scanners.extractors.table import EXTRACTORS  # noqa: E402
from scanners.kinds import sniff  # noqa: E402
from scanners.model import RunTotals  # noqa: E402
from scanners.sources import open_source  # noqa: E402


@dataclass(frozen=True, slots=True)
class Rate:
    """How much was done in how long; megabytes are 10^6 bytes of the files as they lie on disk."""

    objects: int
    megabytes: float
    wall_seconds: float
    cpu_seconds: float
    files_per_wall_second: float
    files_per_cpu_second: float
    mb_per_wall_second: float
    mb_per_cpu_second: float


def rate(objects: int, size: int, wall: float, cpu: float) -> Rate:
    """Return the rates of one measurement."""
    megabytes = size / 1e6
    numbers = (objects / wall, objects / cpu, megabytes / wall, megabytes / cpu)
    return Rate(objects, round(megabytes, 3), round(wall, 3), round(cpu, 3), *(round(n, 2) for n in numbers))


def extraction(folder: Path) -> Rate:
    """Read every file and its members, and throw the text away."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    wall, cpu, size = time.perf_counter(), time.process_time(), 0
    for path in paths:
        size += path.stat().st_size
        with path.open("rb") as stream:
            _drain(stream, Budget(Limits(), path.stat().st_size))
    return rate(len(paths), size, time.perf_counter() - wall, time.process_time() - cpu)


def _drain(stream: object, budget: Budget) -> None:
    if not hasattr(stream, "read"):
        for _ in stream:  # type: ignore[attr-defined]  # rows of a table
            pass
        return
    extractor = EXTRACTORS.get(sniff(stream))  # type: ignore[arg-type]  # bytes
    if extractor is None:
        return
    try:
        for part in extractor.segments(stream, budget):  # type: ignore[arg-type]  # bytes
            if isinstance(part, Member) and part.stream is not None:
                _drain(part.stream, budget)
    except ExtractionError:
        return


class PeakMemory:
    """Watches the resident memory of this process's descendants (Linux)."""

    def __init__(self) -> None:
        self.kilobytes = 0
        self._stopped = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Sample until the block ends."""
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(0.1):
            for process in self._descendants(os.getpid()):
                try:
                    status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
                except OSError:
                    continue
                peak = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
                self.kilobytes = max(self.kilobytes, int(peak.split()[1]))

    def _descendants(self, process: int) -> Iterator[str]:
        try:
            tasks = list(Path(f"/proc/{process}/task").iterdir())
        except OSError:
            return
        for task in tasks:
            try:
                children = (task / "children").read_text(encoding="ascii").split()
            except OSError:
                continue
            for child in children:
                yield child
                yield from self._descendants(int(child))


def whole_scan(target: str, jobs: int) -> tuple[Rate, RunTotals]:
    """Scan with all detectors; starting the workers counts, as it does for users."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall, cpu = time.perf_counter(), time.process_time()
    totals, files, size = RunTotals(), 0, 0
    for result in scan(open_source(target), ScanKeys(os.urandom(32)), ScanOptions(jobs=jobs)):
        totals = totals.plus(result)
        if "!" not in result.uri:
            files += 1
            size += result.bytes
    elapsed = time.perf_counter() - wall
    _end_fork_server()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    workers = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return rate(files, size, elapsed, time.process_time() - cpu + workers), totals


def _end_fork_server() -> None:
    """Wait for the fork server, so that its workers' CPU time is counted as ours."""
    from multiprocessing import forkserver

    stop = getattr(forkserver._forkserver, "_stop", None)  # noqa: SLF001  there is no public way
    if stop is not None:
        stop()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, help="folder to read; the demo group's files when left out")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = arguments.dir or Path(made)
        if arguments.dir is None:
            from daicho.demo import build

            build(folder, seed=1)
        reading = extraction(folder)
        memory = PeakMemory()
        with memory.watching():
            scanning, totals = whole_scan(str(folder), arguments.jobs)
    figures = {
        "jobs": arguments.jobs,
        "extraction": asdict(reading),
        "scan": asdict(scanning),
        "totals": asdict(totals),
        "peak_worker_rss_mb": round(memory.kilobytes / 1024, 1),
    }
    for name, found in (("extraction", reading), ("scan", scanning)):
        print(
            f"{name:10}  {found.objects} files, {found.megabytes} MB: "
            f"{found.files_per_wall_second} files/s, {found.mb_per_wall_second} MB/s; per CPU second "
            f"{found.files_per_cpu_second} files, {found.mb_per_cpu_second} MB"
        )
    print(f"peak memory of a worker: {figures['peak_worker_rss_mb']} MB")
    if arguments.json:
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
