"""One picture in, its text out: by the engine that is there, within the object's time."""

from __future__ import annotations

import time
from collections.abc import Iterator

import cv2

from scanners.extractors.interface import Budget
from scanners.model import Gap, Reason, TextSegment
from scanners.ocr import rapid, tesseract
from scanners.ocr.engines import refusal, seconds_left
from scanners.ocr.lines import Word, confidence, joined, runs_down
from scanners.ocr.model import Reading
from scanners.ocr.prepare import Grey, prepared, turned

HARD_TO_READ = 60.0  # mean confidence below which a location says so
_POOR = 50.0  # below: the picture may lie on its side, or its lines run downwards
_CERTAIN = 75.0  # a picture that is hard to read is text where so many letters are certain:
_CERTAIN_LETTERS = 8
_FEWEST_LETTERS = 2
_WORTHLESS = 35.0  # below: what was read is no text but a photograph's pattern


def passages(picture: Grey, location: str, budget: Budget) -> Iterator[TextSegment | Gap]:
    """Yield the text of a picture with location "p. 3 (OCR)", nothing when nothing is written there.

    A picture that cannot be read is a gap that says why.
    """
    place = f"{location} (OCR)"
    refused = refusal(budget.limits.ocr)
    if refused is not None:
        yield Gap(refused.reason, f"{location}: {refused.detail}")
        return
    left = seconds_left(budget)
    if left <= 0:
        yield Gap(Reason.TIME_LIMIT, place)
        return
    try:
        reading = read(picture, min(left, tesseract.PAGE_SECONDS))
    except tesseract.EngineFailed as error:
        yield Gap(Reason.UNREADABLE, f"{place}: {error}")
        return
    if reading.text:
        budget.spend(len(reading.text))
        if reading.confidence < HARD_TO_READ:
            place = f"{location} (OCR, hard to read)"
        yield TextSegment(reading.text, place)


def read(picture: Grey, seconds: float = tesseract.PAGE_SECONDS) -> Reading:
    """Return what is written on a picture; raises `EngineFailed`."""
    try:
        ready = prepared(picture)
    except cv2.error:
        raise tesseract.EngineFailed("the picture could not be prepared") from None
    if ready is None:
        return Reading("", 0.0)
    if not tesseract.is_ready():
        return _reading(rapid.words(ready))
    until = time.monotonic() + seconds
    best = tesseract.words(ready, seconds=seconds)
    if confidence(best) < _POOR or runs_down(best):
        best = _otherwise(ready, best, until)
    return _reading(best)


def _otherwise(ready: Grey, first: list[Word], until: float) -> list[Word]:
    """Return the best of other ways to read a picture: turned upright, or with lines that run downwards."""
    found = [first]
    down = runs_down(first)
    quarters = 0 if down else tesseract.quarter_turns(ready)
    ways = [(turned(ready, quarters), False)] if quarters else [(ready, True)]
    for picture, vertical in ways:
        left = until - time.monotonic()
        if left > 1:
            found.append(tesseract.words(picture, vertical=vertical, seconds=left))
    if down and len(found) > 1 and confidence(found[1]) >= _POOR:
        return found[1]
    return max(found, key=lambda words: confidence(words) * min(1.0, sum(len(w.text) for w in words) / 20))


def _reading(words: list[Word]) -> Reading:
    sure = confidence(words)
    text = joined(words)
    few = sum(letter.isalnum() for letter in text) < _FEWEST_LETTERS
    certain = sum(len(word.text) for word in words if word.confidence >= _CERTAIN and len(word.text) > 1)
    pattern = sure < _WORTHLESS or (sure < HARD_TO_READ and certain < _CERTAIN_LETTERS)
    return Reading("" if few or pattern else text, sure)
