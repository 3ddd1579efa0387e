"""Names planted in each place of a document: which of them a reader finds.

Beside a planted file `NAME.EXT` below tests/extractors/files stands `NAME.EXT.markers`: one marker a line,
"place<TAB>marker". Blanks and widths do not count: a line break inside a name is none in the document.
"""

from __future__ import annotations

import gzip
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.extraction_readers import ROOT, ReaderProcess

FILES = ROOT / "tests" / "extractors" / "files"
COMPARED = ("ours", "python-docx", "python-pptx", "markitdown", "kreuzberg")
_READS = {"python-docx": ("docx",), "python-pptx": ("pptx",)}
_UNREAD = {"markitdown": ("doc", "ppt", "rtf", "odt", "ods", "odp", "fodt")}


@dataclass(slots=True)
class Planted:
    """What each reader finds of the markers of one format."""

    markers: int = 0
    found: dict[str, int] = field(default_factory=dict)  # absent: the reader is not for this format
    missing: list[tuple[str, str]] = field(default_factory=list)  # file and place, with us


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _markers(path: Path) -> list[tuple[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("\t") for line in lines if line and not line.startswith("#"))
    return [(place, marker) for place, _, marker in pairs]


def _planted_files(folder: Path) -> Iterator[tuple[str, Path, list[tuple[str, str]]]]:
    """Yield format, file and markers; a packed document is unpacked first."""
    for listing in sorted(FILES.glob("*.markers")):
        path = listing.with_suffix("")
        if not path.exists():
            continue
        if path.suffix == ".gz":
            unpacked = folder / path.stem
            unpacked.write_bytes(gzip.decompress(path.read_bytes()))
            path = unpacked
        yield path.suffix[1:], path, _markers(listing)


def measure(readers: Mapping[str, ReaderProcess]) -> dict[str, Planted]:
    """Return what is found, by format."""
    found: dict[str, Planted] = {}
    with tempfile.TemporaryDirectory() as made:
        for kind, path, markers in _planted_files(Path(made)):
            each = found.setdefault(kind, Planted())
            each.markers += len(markers)
            for name in COMPARED:
                if kind not in _READS.get(name, (kind,)) or kind in _UNREAD.get(name, ()):
                    continue
                if readers[name].missing:
                    continue
                answer = readers[name].read(path)
                if "MissingDependency" in answer.error:  # markitdown without its optional parts
                    continue
                text = _plain(answer.text)
                seen = [_plain(marker) in text for _, marker in markers]
                each.found[name] = each.found.get(name, 0) + sum(seen)
                if name == "ours":
                    places = [place for (place, _), there in zip(markers, seen, strict=True) if not there]
                    each.missing += [(path.name, place) for place in places]
    return dict(sorted(found.items()))


def rows(found: Mapping[str, Planted]) -> list[list[str]]:
    """Return a table: format, then n/m of each reader."""
    table = []
    for kind, each in found.items():
        shares = [f"{each.found[name]}/{each.markers}" if name in each.found else "–" for name in COMPARED]
        table.append([kind, *shares])
    return table
