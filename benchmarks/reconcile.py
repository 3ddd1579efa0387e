"""How long it takes to compare a large ledger with a large reality: python benchmarks/reconcile.py [--json].

* full_s, peak_mb: the first comparison of ten million findings in a million objects with 20,000 ledger
  entries, read from encrypted Parquet and the encrypted registry and kept, in a process of its own;
* incremental_ratio: the slower of two later comparisons, after one source in a hundred was scanned again
  and after one entry in a hundred was edited, divided by the first;
* demo_precision, demo_recall: on the demo group with what truly lies in it fed directly, and
  demo_scanned_… through the real scanner;
* random_min_f1: the worst of twenty invented groups;
* person_search_s, import_5000_s, roundtrip_equal: of the benchmarks of their own, null where there is none.

`--small` takes a hundredth of it, `--only speed` (or truth, or others) a part. What was written is kept under
build/ and used again. With --json the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import reconcile_estate as estate  # noqa: E402
from registry import ledger, sources  # noqa: E402
from registry.assess import reassess  # noqa: E402

SMALL = estate.Size(entities=5, departments=2, sources=10, objects=200)
Figures = dict[str, float]
PARTS = ("speed", "truth", "others")
OTHERS = {
    "person_search": ("person_search_s",),
    "ledger_file": ("import_5000_s", "roundtrip_equal"),
}
"""Benchmarks of their own, and the figures that are taken from them."""


def kept(size: estate.Size) -> Path:
    """Return the folder of a group of this size, made when there is none."""
    folder = ROOT / "build" / f"reconcile-{size.total}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        estate.make(folder, size)
        (folder / "complete").touch()
    return folder


def copied(folder: Path) -> Path:
    """Return a copy to change; files of findings are linked, because they are never written again."""
    copy = folder.with_name(f"{folder.name}-{os.getpid()}")
    shutil.copytree(folder / "findings", copy / "findings", copy_function=os.link)
    shutil.copy(folder / "registry.db", copy)
    return copy


def peak_mb() -> float:
    """Return the most memory that this process ever held."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def compare(folder: Path) -> Figures:
    """Compare once in this process."""
    registry, store, _ = estate.opened(folder)
    started, worked = time.perf_counter(), time.process_time()
    done = reassess(registry, estate.OWNER, store, as_of=estate.NOW.date())
    seconds = time.perf_counter() - started
    registry.close()
    return {
        "seconds": round(seconds, 2),
        "cpu_s": round(time.process_time() - worked, 2),
        "peak_mb": round(peak_mb()),
        "objects": done.objects,
        "differences": done.discrepancies,
    }


def in_child(folder: Path) -> Figures:
    """Compare in a process of its own and return what it measured."""
    command = [sys.executable, str(Path(__file__)), "--compare", str(folder)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures: Figures = json.loads(said.splitlines()[-1])
    print(f"  {figures}", file=sys.stderr)
    return figures


def scan_again(folder: Path, size: estate.Size) -> None:
    """Scan one source in a hundred again; a part of what lies there has changed."""
    registry, store, _ = estate.opened(folder)
    with registry.read(estate.OWNER) as tx:
        shares = sorted(sources.list_sources(tx), key=lambda each: each.id)  # as they were made
    for number in range(0, len(shares), 100):
        estate.scan(registry, store, shares[number], number, size, estate.NOW, seed=1)
    registry.close()


def edit(folder: Path) -> None:
    """Change the items or the count of one ledger entry in a hundred."""
    registry, _, _ = estate.opened(folder)
    with registry.write(estate.OWNER, reason="benchmark") as tx:
        for entry in ledger.entries(tx)[::100]:
            changes = {"items": entry.items - {min(entry.items)}, "approximate_count": 10}
            ledger.update_entry(tx, entry.id, expected_version=entry.version, changes=changes)
    registry.close()


def speed(size: estate.Size) -> Figures:
    """Measure the first comparison and those after small changes."""
    folder = copied(kept(size))
    try:
        full = in_child(folder)
        scan_again(folder, size)
        scanned = in_child(folder)
        edit(folder)
        edited = in_child(folder)
    finally:
        shutil.rmtree(folder)
    slower = max(scanned["seconds"], edited["seconds"])
    return {
        "full_s": full["seconds"],
        "full_cpu_s": full["cpu_s"],
        "peak_mb": full["peak_mb"],
        "objects": full["objects"],
        "differences": full["differences"],
        "scanned_s": scanned["seconds"],
        "edited_s": edited["seconds"],
        "incremental_ratio": round(slower / full["seconds"], 3),
    }


def truth(*, small: bool) -> Figures:
    """Measure how right the comparison is."""
    from benchmarks import reconcile_truth  # what is measured for memory does not load the scanner

    return reconcile_truth.demo_figures() | reconcile_truth.random_figures(2 if small else 20)


def others(*, small: bool) -> dict[str, float | None]:
    """Run the benchmarks of their own and take their figures."""
    found: dict[str, float | None] = {}
    for name, keys in OTHERS.items():
        said: dict[str, float] = {}
        if (ROOT / "benchmarks" / f"{name}.py").exists():
            command = [sys.executable, "-m", f"benchmarks.{name}", "--json"]
            rows = ["--rows", "100000"] if small and name == "person_search" else []
            run = subprocess.run([*command, *rows], check=False, stdout=subprocess.PIPE, text=True, cwd=ROOT)
            said = json.loads(run.stdout.splitlines()[-1])
        found |= {key: said.get(key) for key in keys}
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--small", action="store_true", help="a hundredth of everything")
    parser.add_argument("--only", choices=PARTS, help="a part of it")
    parser.add_argument("--compare", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.compare:
        print(json.dumps(compare(wanted.compare)))
        return 0
    figures: dict[str, float | None] = {}
    parts = (wanted.only,) if wanted.only else PARTS
    if "speed" in parts:
        figures |= speed(SMALL if wanted.small else estate.Size())
    if "truth" in parts:
        figures |= truth(small=wanted.small)
    if "others" in parts:
        figures |= others(small=wanted.small)
    for name, value in figures.items():
        print(f"{name:>22} {value}")
    if wanted.json:
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
