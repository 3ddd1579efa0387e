"""How many files a CPU second reads, beside kreuzberg on the same files: extraction only, everything warm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.extraction_readers import ReaderProcess

MIXED = ("docx", "xlsx", "pptx", "pdf", "txt", "csv", "html", "eml", "msg", "doc", "xls", "ppt", "odt", "rtf")
_ROUNDS = 3  # the first warms up; the quickest counts: others use the processor too


@dataclass(slots=True)
class Speed:
    """CPU seconds of both over the files that both can read."""

    files: int = 0
    ours: float = 0.0
    peer: float = 0.0

    @property
    def ratio(self) -> float:
        """How many times as many files we read in the same CPU time."""
        return self.peer / self.ours if self.ours else 0.0


def measure(files: Iterable[Path], ours: ReaderProcess, peer: ReaderProcess) -> dict[str, Speed]:
    """Return the speed by format; a file that either cannot read is no measure."""
    found: dict[str, Speed] = defaultdict(Speed)
    for path in files:
        kind = path.suffix.lower()[1:]
        if kind not in MIXED:
            continue
        first = ours.read(path), peer.read(path)
        if not all(each.text.strip() for each in first):
            continue
        times = [(ours.read(path).cpu, peer.read(path).cpu) for _ in range(_ROUNDS - 1)]
        speed = found[kind]
        speed.files += 1
        speed.ours += min(mine for mine, _ in times)
        speed.peer += min(theirs for _, theirs in times)
    return dict(sorted(found.items()))


def total(found: Mapping[str, Speed]) -> Speed:
    """Return all formats together."""
    return Speed(
        sum(each.files for each in found.values()),
        sum(each.ours for each in found.values()),
        sum(each.peer for each in found.values()),
    )


def table(found: Mapping[str, Speed]) -> list[str]:
    """Return the lines of the table."""
    lines = [f"{'format':8}{'files':>7}{'ours, files/CPU s':>20}{'kreuzberg':>12}{'ratio':>8}"]
    for kind, each in (*found.items(), ("all", total(found))):
        if each.files and each.ours and each.peer:
            rates = f"{each.files / each.ours:>20.0f}{each.files / each.peer:>12.0f}"
            lines.append(f"{kind:8}{each.files:>7}{rates}{each.ratio:>8.2f}")
    return lines
