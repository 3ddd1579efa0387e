"""What is read of files, beside other readers: python -m benchmarks.extraction [--json] [--quick] [--write].

On the documents below DAICHO_SHARED (samples/, made by others): the words that two independent libraries
agree on, the files that give text, names planted in each place, texts in every encoding, speed beside
kreuzberg, the memory of a worker, and damaged files. A library that is not installed is told and left out
(`make peers`). With --json the last line is one JSON object; --write renews the figures of docs/formats.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import encoding_cases, extraction_markers, extraction_recall, extraction_speed  # noqa: E402
from benchmarks.extraction_readers import INDEPENDENT, ReaderProcess  # noqa: E402
from benchmarks.extraction_recall import ENOUGH_FILES, FormatRecall  # noqa: E402
from scanners.encodings import Decoded, decode  # noqa: E402

SHARED = Path(os.environ.get("DAICHO_SHARED") or ROOT.parent / "shared")
PAGE = ROOT / "docs" / "formats.md"
_BEGIN, _END = (
    "<!-- measured: python -m benchmarks.extraction --write -->",
    "<!-- end of what was measured -->",
)
PARTS = ("recall", "markers", "encodings", "speed", "memory", "fuzz")


def _documents() -> list[Path]:
    folder = SHARED / "samples" / "documents"
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def _mixed() -> list[Path]:
    """Return documents and the development set's files: Japanese ones stand among them."""
    folder = SHARED / "eval" / "docs"
    return [*_documents(), *sorted(path for path in folder.rglob("*") if path.is_file())]


class Measurement:
    """Runs the parts that are asked for; what they found is for printing, for JSON and for the page."""

    def __init__(self, *, quick: bool, worst: bool) -> None:
        self.quick = quick
        self.worst = worst
        self.figures: dict[str, Any] = {}
        self.tables: dict[str, list[list[str]]] = {}
        names = {name for libraries in INDEPENDENT.values() for name in libraries}
        names |= set(extraction_markers.COMPARED)
        self._readers = {name: ReaderProcess(name, keep=name != "ours") for name in sorted(names | {"ours"})}

    def close(self) -> None:
        """End the readers."""
        for reader in self._readers.values():
            reader.close()

    def recall(self) -> None:
        """Words of real documents."""
        for reader in self._readers.values():
            if reader.missing:
                print(f"  left out: {reader.name} ({reader.missing})")
        found = extraction_recall.measure(_documents(), self._readers)
        print("\n".join(f"  {line}" for line in extraction_recall.table(found)))
        judged = [file for each in found.values() for file in each.files]
        enough = {
            kind: each
            for kind, each in found.items()
            if len(each.files) + each.unjudged >= ENOUGH_FILES and each.files
        }
        lowest = min(enough, key=lambda kind: enough[kind].recall, default="")
        self.figures["recovered_share"] = round(
            sum(file.found > 0 for file in judged) / max(1, len(judged)), 4
        )
        self.figures["token_recall_min"] = round(enough[lowest].recall, 4) if lowest else None
        self.figures["token_recall"] = {
            kind: round(each.recall, 4) for kind, each in found.items() if each.files
        }
        share = self.figures["recovered_share"]
        print(f"  {share:.1%} of {len(judged)} files that two libraries read give text")
        self.tables["recall"] = [
            [kind, str(len(each.files)), str(each.recovered), f"{each.recall:.3f}"]
            for kind, each in found.items()
            if each.files
        ]
        if self.worst:
            self._print_worst(found)

    def _print_worst(self, found: Mapping[str, FormatRecall]) -> None:
        for kind, each in found.items():
            for file in sorted(each.files, key=lambda file: file.recall):
                if file.recall < 0.99:
                    why = f"{file.error[:60]} {' '.join(file.missing[:12])}"
                    print(f"  {kind} {file.path.name}: {file.recall:.3f} of {file.agreed} {why}")

    def markers(self) -> None:
        """Names planted in each place."""
        found = extraction_markers.measure(self._readers)
        rows = extraction_markers.rows(found)
        print("  " + "".join(f"{name:>13}" for name in ("format", *extraction_markers.COMPARED)))
        for row in rows:
            print("  " + "".join(f"{cell:>13}" for cell in row))
        self.figures["markers"] = {row[0]: row[1] for row in rows}
        self.tables["markers"] = rows
        if self.worst:
            for each in found.values():
                print("".join(f"  not found: {file}, {place}\n" for file, place in each.missing), end="")

    def encodings(self) -> None:
        """Texts in every encoding."""
        which: dict[str, list[int]] = {}
        cases = list(encoding_cases.cases("held-out", 600 if self.quick else 3000))
        clock = 0.0
        small = 0
        for case in cases:
            begun = time.process_time()
            found = decode(case.data)
            if len(case.data) < 4096 and case.group == "japanese":
                clock += time.process_time() - begun
                small += 1
            right = (
                case.right(found.text, found.damaged) if isinstance(found, Decoded) else case.right(None, 0)
            )
            counted = which.setdefault(case.group, [0, 0])
            counted[0] += right
            counted[1] += 1
            if self.worst and not right:
                print(f"  wrong: {case.group} {case.encoding}, {len(case.data)} bytes")
        exact = sum(right for right, _ in which.values()) / len(cases)
        print("  " + ", ".join(f"{name} {right}/{all_}" for name, (right, all_) in which.items()))
        print(f"  exact: {exact:.4f}; {clock / max(1, small) * 1e6:.0f} µs for a small Japanese file")
        self.figures["encodings_exact"] = round(exact, 4)
        self.tables["encodings"] = [[name, f"{right}/{all_}"] for name, (right, all_) in which.items()]

    def speed(self) -> None:
        """Files per CPU second beside kreuzberg."""
        ours, peer = ReaderProcess("ours"), ReaderProcess("kreuzberg")
        if peer.missing:
            print(f"  left out: {peer.missing}")
            self.figures["vs_kreuzberg"] = None
            return
        found = extraction_speed.measure(_mixed()[:: 3 if self.quick else 1], ours, peer)
        for reader in (ours, peer):
            reader.close()
        print("\n".join(f"  {line}" for line in extraction_speed.table(found)))
        self.figures["vs_kreuzberg"] = round(extraction_speed.total(found).ratio, 2)
        self.figures["vs_kreuzberg_by_format"] = {kind: round(each.ratio, 2) for kind, each in found.items()}
        self.tables["speed"] = [
            [kind, str(each.files), f"{each.ratio:.1f}"]
            for kind, each in (*found.items(), ("all", extraction_speed.total(found)))
        ]

    def memory(self) -> None:
        """What a worker holds."""
        from benchmarks import extraction_limits

        peak, lines = extraction_limits.worker_memory(SHARED / "samples" / "documents", quick=self.quick)
        print("\n".join(lines))
        self.figures["worker_mb"] = round(peak)

    def fuzz(self) -> None:
        """Damaged files without an outcome."""
        from benchmarks import extraction_limits

        count = 300 if self.quick else 2000
        lost = extraction_limits.without_outcome(SHARED / "samples" / "documents", count)
        print(f"  {count} damaged files, {lost} without an outcome")
        self.figures["fuzz_without_outcome"] = lost


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def _written(measurement: Measurement) -> str:
    tables = measurement.tables
    markers = _markdown(["format", "Daicho", *extraction_markers.COMPARED[1:]], tables["markers"])
    recall = _markdown(
        ["format", "files that two libraries read", "give text", "recall of words"], tables["recall"]
    )
    speed = _markdown(["format", "files", "times kreuzberg"], tables.get("speed", []))
    encodings = ", ".join(f"{name} {share}" for name, share in tables["encodings"])
    return f"""{_BEGIN}

**Planted markers.** Names planted in each place of a document (body, header, footer, note, comment, text box,
hidden part, link, properties …), and how many each reader finds; – where a reader is not for the format:

{markers}

**Real documents** of other projects' test suites, many deliberately broken: the share of the words that
at least two independent libraries agree on, mean over the files:

{recall}

**Encodings**, texts of our own whose words and sentences share nothing with those the detection was built
on, exact to the character (the result was seen while it was built; what failed here was mended only where
the development set failed too): {encodings}.

**Files per CPU second beside kreuzberg**, on the files that both read, extraction only:

{speed}

{_END}"""


def _write(measurement: Measurement) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    PAGE.write_text(before + _written(measurement) + after, encoding="utf-8")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer cases and smaller monsters")
    parser.add_argument(
        "--worst", action="store_true", help="name the files, places and cases that are not right"
    )
    parser.add_argument("--write", action="store_true", help="renew the figures of docs/formats.md")
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="measure this part only (may be repeated)"
    )
    arguments = parser.parse_args()
    measurement = Measurement(quick=arguments.quick, worst=arguments.worst)
    try:
        for name in arguments.only or PARTS:
            part: Callable[[], None] = getattr(measurement, name)
            print(f"{name}: {(part.__doc__ or '').splitlines()[0]}", flush=True)
            begun = time.perf_counter()
            part()
            print(f"  ({time.perf_counter() - begun:.0f} s)", flush=True)
    finally:
        measurement.close()
    if arguments.write:
        _write(measurement)
    if arguments.json:
        print(json.dumps(measurement.figures, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
