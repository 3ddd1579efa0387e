"""A picture made ready for an engine: its size, its tilt, and the ruled lines of forms taken out.

Ruled lines are what breaks the reading of Japanese forms: the engine takes boxes for characters.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Grey: TypeAlias = NDArray[np.uint8]

cv2.setNumThreads(1)  # one entry, one core

PAGE_WIDTH = 1654  # pixels: A4 at 200 dpi, where the engines read 9 to 12 point best
_LONGEST = 6000
_SMALL = 1000  # narrower pictures are enlarged, at most so many times:
_ENLARGE = 3.0
_TILT = 3.0  # degrees
_LEAST_TILT = 0.15
_RULE = 28  # a ruled line is at least PAGE_WIDTH / this long: longer than any stroke of a letter
_LETTERS = 2.8  # a ruled line is at least so many letters long
_FEWEST_SHAPES = 4
_THINNEST = 8  # pixels: in a narrower picture no letter can be read
_SPECK = 6  # pixels: smaller shapes are noise
_DARK = 100  # of 255: the paper of a picture with light letters


def scaled(picture: Grey) -> Grey:
    """Return the picture with its narrower side near PAGE_WIDTH; small ones enlarged within reason."""
    height, width = picture.shape
    narrow = min(height, width)
    factor = 1.0
    if narrow > PAGE_WIDTH:
        factor = PAGE_WIDTH / narrow
    elif narrow < _SMALL:
        factor = min(_ENLARGE, _SMALL / narrow)
    factor = min(factor, _LONGEST / max(height, width))
    if abs(factor - 1) < 0.02:
        return picture
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return _grey(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC))


def _grey(picture: object) -> Grey:
    return np.asarray(picture, dtype=np.uint8)


def ink(picture: Grey) -> Grey:
    """Return what is written as white on black, whatever the paper's shade; light on dark is turned."""
    paper = cv2.morphologyEx(
        cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA),
        cv2.MORPH_CLOSE,
        np.ones((15, 15), np.uint8),
    )
    paper = cv2.resize(paper, picture.shape[::-1], interpolation=cv2.INTER_LINEAR)
    level = _grey(cv2.divide(picture, paper, scale=255))
    threshold, found = cv2.threshold(level, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    if threshold > 235:  # nothing but noise on the paper
        _, found = cv2.threshold(level, 200, 255, cv2.THRESH_BINARY_INV)
    return _grey(found)


def upright(picture: Grey) -> Grey:
    """Return the picture with a small tilt taken out: rows of letters are sharpest where they lie level."""
    height, width = picture.shape
    factor = min(1.0, 800 / max(height, width))
    small = _grey(cv2.resize(ink(picture), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))

    def sharpness(angle: float) -> float:
        centre = (small.shape[1] / 2, small.shape[0] / 2)
        turned = cv2.warpAffine(small, cv2.getRotationMatrix2D(centre, angle, 1), small.shape[::-1])
        rows = turned.sum(axis=1, dtype=np.float64)
        return float(np.square(np.diff(rows)).sum())

    level = sharpness(0)
    if level == 0:
        return picture
    coarse = max(np.arange(-_TILT, _TILT + 0.01, 0.5), key=sharpness)
    best = float(max(np.arange(coarse - 0.4, coarse + 0.41, 0.1), key=sharpness))
    if abs(best) < _LEAST_TILT or sharpness(best) < level * 1.05:
        return picture
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), best, 1)
    return _grey(
        cv2.warpAffine(
            picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    )


def without_rules(picture: Grey, written: Grey, letter: int) -> Grey:
    """Return the picture with long straight lines painted over; `letter` is how tall letters are."""
    length = max(30, min(picture.shape) // _RULE, round(_LETTERS * letter))
    across = cv2.morphologyEx(written, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    down = cv2.morphologyEx(written, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
    lines = cv2.dilate(cv2.bitwise_or(across, down), np.ones((3, 3), np.uint8))
    if not lines.any():
        return picture
    out = picture.copy()
    out[lines > 0] = int(np.percentile(picture, 90))
    return _grey(out)


def letters(written: Grey) -> tuple[int, int]:
    """Return how many shapes of a letter's size are written, and how tall three of four are at most."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(written, connectivity=8)
    if count <= 1:
        return 0, 0
    tall, wide = stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_WIDTH]
    area = stats[1:, cv2.CC_STAT_AREA]
    most = max(40, min(written.shape) // 4)
    fit = (tall >= _SPECK) & (tall <= most) & (wide <= most) & (area >= _SPECK)
    return int(fit.sum()), int(np.percentile(tall[fit], 75)) if fit.any() else 0


def prepared(picture: Grey) -> Grey | None:
    """Return a picture as the engines like it; None where nothing is written on it or could be read."""
    picture = scaled(picture) if picture.size else picture
    if min(picture.shape) < _THINNEST:
        return None
    if float(np.median(picture)) < _DARK:
        picture = _grey(255 - picture)
    picture = upright(picture)
    written = ink(picture)
    count, height = letters(written)
    return None if count < _FEWEST_SHAPES else without_rules(picture, written, height)


def turned(picture: Grey, quarters: int) -> Grey:
    """Return the picture turned clockwise by quarters of a full turn."""
    return _grey(np.ascontiguousarray(np.rot90(picture, -quarters)))
