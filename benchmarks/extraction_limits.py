"""What a worker holds in memory, whatever the file; and damaged files, each with an outcome."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from benchmarks.extraction_readers import ROOT
from benchmarks.scan import PeakMemory, _end_fork_server
from scanners.engine import ScanKeys, ScanOptions, scan
from scanners.extractors.interface import Limits
from scanners.sources import open_source

_LINE = "2026-04-01 山田太郎 03-0000-0000 東京都千代田区丸の内1-1\r\n".encode("cp932")
_READ_ONLY = """
import resource, sys
from pathlib import Path
from benchmarks.extraction_side import drain
from scanners.extractors.interface import Budget, Limits
from scanners.preload import analyzer
held = analyzer()  # what a worker has loaded before it reads anything
limit = Limits().memory_bytes
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
path = Path(sys.argv[1])
with path.open("rb") as stream:
    reasons = drain(stream, Budget(Limits(), path.stat().st_size), len)
status = Path("/proc/self/status").read_text("ascii")
print([line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")][0], *reasons)
"""


def _zip(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return made.getvalue()


def _flate_pdf(megabytes: int) -> bytes:
    """One page whose content unpacks to a great deal more than it is."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"0 0 m\n" * 174_763) for _ in range(megabytes)) + packer.flush()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed),
    )
    body = b"%PDF-1.4\n"
    for number, each in enumerate(objects, 1):
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    return body + b"trailer << /Root 1 0 R >>\n%%EOF\n"


def _document_bomb(megabytes: int) -> bytes:
    paragraph = "<w:p><w:r><w:t>氏名</w:t></w:r></w:p>".encode() * 20_000
    text = b"<?xml version='1.0'?><w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body>"
    text += paragraph * megabytes + b"</w:body></w:document>"
    types = b"<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"
    return _zip({"[Content_Types].xml": types, "word/document.xml": text})


def _workbook(rows: int) -> bytes:
    import xlsxwriter

    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"constant_memory": False})
    sheet = book.add_worksheet("名簿")
    for row in range(rows):
        sheet.write_row(
            row, 0, [row, f"山田 太郎{row % 977}", f"03-0000-{row % 10000:04}", "東京都千代田区", row * 1.5]
        )
    book.close()
    return made.getvalue()


def _sparse_workbook() -> bytes:
    """Two cells at the two ends of a sheet."""
    import xlsxwriter

    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    sheet = book.add_worksheet("端")
    sheet.write(0, 0, "氏名")
    sheet.write(1_048_575, 16_383, "山田太郎")
    book.close()
    return made.getvalue()


def _monsters(*, quick: bool) -> dict[str, Callable[[], bytes]]:
    few = 1 if quick else 8
    return {
        "text.txt": lambda: _LINE * ((7 << 20) * few // len(_LINE)),
        "table.csv": lambda: (
            b"id,name,tel\r\n" + b"7,\x8eR\x93c\x91\xbe\x98Y,03-0000-0000\r\n" * (40_000 * few)
        ),
        "flate.pdf": lambda: _flate_pdf(128 * few),
        "document.docx": lambda: _document_bomb(60 * few),
        "workbook.xlsx": lambda: _workbook(12_000 * few),
        "sparse.xlsx": _sparse_workbook,
        "zeros.zip": lambda: _zip(
            {"zeros.txt": bytes(100 << 20), "again.zip": _zip({"zeros.txt": bytes(100 << 20)})}
        ),
    }


def _scanned(target: Path) -> tuple[float, dict[str, str]]:
    """Scan with one worker; return its most resident megabytes, and how each object ended."""
    memory, ends = PeakMemory(), {}
    with memory.watching():
        for result in scan(open_source(str(target)), ScanKeys(os.urandom(32)), ScanOptions(jobs=1)):
            if "!" not in result.uri:
                reason = f" ({result.reason}: {result.detail})" if result.reason else ""
                ends[result.uri.rpartition("/")[2]] = f"{result.outcome}{reason}"
    _end_fork_server()
    return memory.kilobytes / 1024, ends


def _read_only(path: Path) -> tuple[float, str]:
    """Read a file in a process with a worker's limit and all that a worker has loaded, without detectors."""
    told = subprocess.run(
        [sys.executable, "-c", _READ_ONLY, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    kilobytes, _, reasons = told.stdout.strip().partition(" ")
    return int(kilobytes or 0) / 1024, reasons or ("read" if kilobytes else f"ended with {told.returncode}")


def worker_memory(corpus: Path, *, quick: bool) -> tuple[float, list[str]]:
    """Return the most memory that a worker held, in MB, and a line for each file that was tried.

    The corpus is scanned as users do; monsters are only read: detectors see them in windows of bounded size.
    """
    peak, ends = _scanned(corpus)
    lines = [f"  corpus of {len(ends)} files: {peak:.0f} MB"]
    with tempfile.TemporaryDirectory() as made:
        for name, build in _monsters(quick=quick).items():
            path = Path(made) / name
            path.write_bytes(build())
            held, reasons = _read_only(path)
            peak = max(peak, held)
            lines.append(f"  {name} of {path.stat().st_size / 1e6:.1f} MB: {held:.0f} MB, {reasons}")
            path.unlink()
        huge = Path(made) / "huge.txt"
        megabytes = 100 if quick else 1024
        with huge.open("wb") as stream:
            for _ in range(megabytes):
                stream.write(_LINE * ((1 << 20) // len(_LINE)))
        held, reasons = _read_only(huge)
        peak = max(peak, held)
        lines.append(f"  huge.txt of {megabytes} MB: {held:.0f} MB, {reasons}")
    return peak, [*lines, f"  limit of a worker: {Limits().memory_bytes / (1 << 20):.0f} MB"]


def samples(corpus: Path) -> dict[str, bytes]:
    """Return one good file of every kind that we read, and the smaller real ones."""
    sys.path.insert(0, str(ROOT))
    from tests.extractors.samples import everything

    with tempfile.TemporaryDirectory() as made:
        found = dict(everything(Path(made)))
    for path in sorted(corpus.iterdir()):
        if path.is_file() and path.stat().st_size < 30_000:
            found.setdefault(f"{path.stem}.{path.suffix[1:]}", path.read_bytes())
    return found


def without_outcome(corpus: Path, count: int) -> int:
    """Return how many of `count` damaged files end in no outcome."""
    good = samples(corpus)
    try:
        from benchmarks import mutations
    except ImportError:
        return _simply_damaged(good, count)
    return int(mutations.without_outcome(good, count))


def _simply_damaged(good: dict[str, bytes], count: int) -> int:
    draw = random.Random(7)
    names = sorted(good)
    with tempfile.TemporaryDirectory() as made:
        for number in range(count):
            data = bytearray(good[names[number % len(names)]] or b"\0")
            for _ in range(draw.choice((1, 4, 32))):
                data[draw.randrange(len(data))] = draw.randrange(256)
            if draw.random() < 0.3:
                del data[draw.randrange(len(data)) :]
            (Path(made) / f"{number}.bin").write_bytes(bytes(data))
        _, ends = _scanned(Path(made))
    return count - len(ends)
