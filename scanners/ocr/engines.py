"""Which engine reads here, and whether any does; loads none of them."""

from __future__ import annotations

import time
from dataclasses import replace

from scanners.extractors.interface import Budget, Limits
from scanners.model import Gap, Reason
from scanners.ocr import rapid, tesseract
from scanners.ocr.model import MOST_SECONDS, SHARE, OcrMode

OFF = "no text layer, OCR off"
MISSING = "OCR engine missing"
_MORE_MEMORY = 1 << 30  # RapidOCR works inside the worker; tesseract is a process of its own


def engine() -> str:
    """Return the engine that reads here: "tesseract", "rapidocr", or "" for none."""
    if tesseract.is_ready():
        return "tesseract"
    return "rapidocr" if rapid.is_ready() else ""


def with_room(limits: Limits) -> Limits:
    """Return limits that leave room for the engine that reads here."""
    if limits.ocr is OcrMode.OFF or engine() != "rapidocr":
        return limits
    return replace(limits, memory_bytes=limits.memory_bytes + _MORE_MEMORY)


def refusal(mode: OcrMode) -> Gap | None:
    """Return why no picture is read here, None when they are."""
    if mode is OcrMode.OFF:
        return Gap(Reason.UNSUPPORTED, OFF)
    return None if engine() else Gap(Reason.UNSUPPORTED, MISSING)


def seconds_left(budget: Budget) -> float:
    """Return how long OCR may go on with an object: it leaves time for what is not a picture."""
    return min(MOST_SECONDS, budget.until - (1 - SHARE) * budget.seconds - time.monotonic())
