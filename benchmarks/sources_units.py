"""What one object costs, for plans of terabytes: the figures that docs/scale.md computes with."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.sources_places import first_and_again
from scanners.model import Entry
from scanners.sources import open_source

FILES, FOLDERS = 20_000, 200
ONE_IN = 10  # so many files per file with findings


def units(folder: Path) -> dict[str, float]:
    """Return entries listed a second, objects read a second, and bytes kept of an entry and of findings."""
    share, workspace = folder / "units", folder / "units-workspace"
    for number in range(FILES):
        place = share / f"{number % FOLDERS:03d}"
        place.mkdir(parents=True, exist_ok=True)
        told = f"連絡先 090-1234-{number % 10_000:04d} 架空様\n" if number % ONE_IN == 0 else "議事録\n"
        (place / f"{number:05d}.txt").write_text(told * 20, encoding="utf-8")
    source = open_source(str(share))
    began = time.perf_counter()
    listed = sum(isinstance(item, Entry) for item in source.entries())
    listing = time.perf_counter() - began
    first, again = first_and_again(str(share), FILES, workspace)
    kept = {path: path.stat().st_size for path in workspace.rglob("*") if path.is_file()}
    memory = sum(size for path, size in kept.items() if path.parent.name == "scans")
    print(
        f"  {FILES:,} small files: listed in {listing:.2f} s, first scan by two processes {first:.0f} s, "
        f"again {again:.2f} s; "
        f"kept {memory / 1e6:.1f} MB of memory and {(sum(kept.values()) - memory) / 1e6:.1f} MB else"
    )
    return {
        "listed_per_second": round(listed / listing, 1),
        "objects_per_second": round(FILES / first, 1),
        "unchanged_per_second": round(FILES / again, 1),
        "memory_bytes_per_entry": round(memory / FILES, 1),
        "kept_bytes_per_object_with_findings": round((sum(kept.values()) - memory) * ONE_IN / FILES, 1),
    }
