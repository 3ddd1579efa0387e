"""Readers of benchmarks/extraction.py as processes: asked file by file, killed when they hang."""

from __future__ import annotations

import hashlib
import json
import selectors
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ANSWERS = ROOT / "build" / "extraction"
SECONDS = 60
_HOW = (
    b"1"  # another number when extraction_side.py asks a library in another way: kept answers are void then
)
PROGRAMS = {name: name for name in ("pdftotext", "catdoc", "catppt", "xls2csv")} | {"libreoffice": "soffice"}
# Libraries that do not share their parser; kreuzberg reads PDF by pdfium as we do, and stays out there.
INDEPENDENT: dict[str, tuple[str, ...]] = {
    "docx": ("python-docx", "kreuzberg", "markitdown", "libreoffice"),
    "xlsx": ("openpyxl", "kreuzberg", "libreoffice"),
    "xlsm": ("openpyxl", "kreuzberg", "libreoffice"),
    "xlsb": ("kreuzberg", "libreoffice"),
    "xls": ("xls2csv", "kreuzberg", "libreoffice"),
    "ods": ("kreuzberg", "libreoffice"),
    "pptx": ("python-pptx", "kreuzberg", "libreoffice"),
    "ppt": ("catppt", "kreuzberg", "libreoffice"),
    "odp": ("kreuzberg", "libreoffice"),
    "pdf": ("pypdf", "pdfminer", "pdftotext"),
    "doc": ("catdoc", "kreuzberg", "libreoffice"),
    "odt": ("kreuzberg", "libreoffice"),
    "rtf": ("kreuzberg", "libreoffice"),
    "html": ("standard", "kreuzberg", "markitdown"),
    "xml": ("standard", "kreuzberg"),
    "txt": ("standard", "kreuzberg"),
    "csv": ("standard", "kreuzberg"),
    "eml": ("standard", "kreuzberg"),
    "mbox": ("standard", "kreuzberg"),
    "msg": ("kreuzberg", "markitdown"),
    "epub": ("kreuzberg", "markitdown"),
    "zip": ("kreuzberg", "markitdown"),
    "one": ("kreuzberg", "markitdown"),
    "jpg": ("kreuzberg", "markitdown"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader gave for a file: its text, or the error that stood in its way."""

    text: str
    error: str
    cpu: float


class ReaderProcess:
    """One reader in a child process, started when first asked and again when it died or hung."""

    def __init__(self, name: str, *, keep: bool = False) -> None:
        self.name = name
        self._keep = keep  # answers of libraries are the same each time; ours are not kept
        self._process: subprocess.Popen[str] | None = None
        self._missing = ""
        if name in PROGRAMS and not shutil.which(PROGRAMS[name]):
            self._missing = f"{PROGRAMS[name]} is not installed"

    @property
    def missing(self) -> str:
        """Why this reader cannot be asked at all; empty when it can."""
        if not self._missing and self._process is None:
            self._start()
        return self._missing

    def read(self, path: Path) -> Answer:
        """Return what the reader says of a file."""
        kept = self._kept(path)
        if kept is not None and kept.exists():
            return Answer(**json.loads(kept.read_text(encoding="utf-8")))
        if self.missing:
            return Answer("", self._missing, 0.0)
        process = self._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.write(json.dumps(str(path)) + "\n")
        process.stdin.flush()
        told = self._line(SECONDS)
        if told is None:
            why = "died" if process.poll() is not None else f"gave no answer in {SECONDS} s"
            self.close()
            answer = Answer("", why, float(SECONDS))
        else:
            answer = Answer(told["text"], told["error"], told["cpu"])
        if kept is not None and "MissingDependency" not in answer.error:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(asdict(answer)), encoding="utf-8")
        return answer

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _kept(self, path: Path) -> Path | None:
        if not self._keep:
            return None
        asked = hashlib.sha256(_HOW + path.read_bytes() + path.suffix.encode()).hexdigest()
        return ANSWERS / self.name / f"{asked[:32]}.json"

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.extraction_side", self.name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        told = self._line(SECONDS)
        if told is None or "missing" in told:
            self._missing = (told or {}).get("missing", "it does not start")
            self.close()

    def _line(self, seconds: float) -> dict[str, Any] | None:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        with selectors.DefaultSelector() as waiting:
            waiting.register(process.stdout, selectors.EVENT_READ)
            if not waiting.select(seconds):
                return None
        line = process.stdout.readline()
        return json.loads(line) if line.endswith("\n") else None
