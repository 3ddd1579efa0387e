"""What is asked of OCR and what it answers; imports nothing heavy."""

from __future__ import annotations

import enum
from dataclasses import dataclass

_SECONDS_PER_BYTE = 60 / (1 << 20)  # a scanned page has 50 kB or more and takes one to three seconds
MOST_SECONDS = 900.0
WITHOUT_PICTURES = frozenset({"txt", "json", "xml", "csv", "uke", "dpc", "dbf"})
"""Kinds whose readers can meet no picture: they get no time for OCR."""
SHARE = 0.75  # of an object's time: what OCR may use of it


class OcrMode(enum.StrEnum):
    """Which pictures are read."""

    OFF = "off"  # none: each is a gap
    AUTO = "auto"  # pages without text, and pictures large enough to hold any
    ALWAYS = "always"  # every page that can be drawn, beside the text it has


@dataclass(frozen=True, slots=True)
class Reading:
    """Text of one picture; `confidence` 0 to 100 is the engine's mean over its words, 0 without any."""

    text: str
    confidence: float


def extra_seconds(mode: OcrMode, size: int) -> float:
    """Return the time that an object of `size` bytes gets beyond its limit, because its pictures are read."""
    return 0.0 if mode is OcrMode.OFF else min(MOST_SECONDS, size * _SECONDS_PER_BYTE)
