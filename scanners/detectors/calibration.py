"""Scores that mean what they say: per category, a monotone curve from what evidence adds up to to precision.

`data/calibration.toml` holds the curves with the counts they come from; `python -m benchmarks.calibration`
measures them anew. A category without a curve keeps its scores.
"""

from __future__ import annotations

import hashlib
import tomllib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from data import read_text
from scanners.model import Category

_FILE: Final = read_text("calibration.toml")
VERSION: Final = f"calibration/{hashlib.sha256(_FILE.encode('utf-8')).hexdigest()[:8]}"
Curve = Sequence[tuple[float, float]]  # (raw, calibrated), ascending in both, from (0, 0) to (1, 1)


def curves(text: str) -> Mapping[Category, Curve]:
    """Return the curves of a file: per category the `knots` between (0, 0) and (1, 1)."""
    return MappingProxyType(
        {
            Category(name): ((0.0, 0.0), *((raw, right) for raw, right in each["knots"]), (1.0, 1.0))
            for name, each in tomllib.loads(text).items()
        }
    )


_CURVES: Final = curves(_FILE)


def calibrated(category: Category, raw: float) -> float:
    """Return the share of right findings at a raw score of 0 to 1; the score itself where none is known."""
    curve = _CURVES.get(category)
    return raw if curve is None else along(curve, raw)


def along(curve: Curve, raw: float) -> float:
    """Return a curve's value at `raw`, straight between its knots."""
    above = min(bisect_right(curve, (raw, 2.0)), len(curve) - 1)
    (left, low), (right, high) = curve[above - 1], curve[above]
    share = 0.0 if right == left else (raw - left) / (right - left)
    return round(low + share * (high - low), 3)
