"""Spans against gold: counts a document, precision, recall and F1, with intervals by bootstrap.

The development set's own `score.py` says what counts as found (its `trim`, `hit` and `prf` are used, so
that both agree): strict is the same bounds after trimming, overlap at least half of the shorter span.
"""

from __future__ import annotations

import importlib.util
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RESAMPLES = 1000
TOTAL = "total"
Span = tuple[int, int, str]
# Columns of the counts of one document and category.
PREDICTED, GOLD, STRICT_P, OVERLAP_P, STRICT_G, OVERLAP_G = range(6)


def shared() -> Path:
    """Return the folder of the development data (DAICHO_SHARED, or beside the checkout)."""
    folder = Path(os.environ.get("DAICHO_SHARED", ROOT.parent / "shared"))
    if not (folder / "eval" / "gold.jsonl").exists():
        raise SystemExit("no development set: set DAICHO_SHARED to the folder that holds eval/gold.jsonl")
    return folder


@cache
def rules() -> ModuleType:
    """Return the development set's scorer as a module."""
    spec = importlib.util.spec_from_file_location("development_score", shared() / "eval" / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its gold: spans that count, and spans that neither count nor harm."""

    text: str
    gold: tuple[Span, ...]
    optional: tuple[Span, ...] = ()
    negative: bool = False


def document(row: Mapping[str, Any]) -> Document:
    """Return a row of a gold file as a document."""
    spans = [(span["start"], span["end"], span["type"], span["optional"]) for span in row["spans"]]
    return Document(
        row["text"],
        tuple(span[:3] for span in spans if not span[3]),
        tuple(span[:3] for span in spans if span[3]),
        row["negative"],
    )


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval over documents."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


@dataclass(frozen=True, slots=True)
class Score:
    """How one category was found."""

    gold: int
    predicted: int
    precision: float  # overlap
    recall: float  # overlap
    strict: Interval  # F1
    overlap: Interval  # F1


@dataclass(frozen=True, slots=True)
class Scores:
    """How one program did on one set."""

    categories: Mapping[str, Score]  # with "total", the micro average
    macro: float  # mean overlap F1 of the categories
    false_per_mb: float  # spans on negative documents, a megabyte of UTF-8


def _trimmed(text: str, spans: Iterable[Span]) -> dict[str, set[tuple[int, int]]]:
    trimmed = defaultdict(set)
    for start, end, category in spans:
        low, high = rules().trim(text, max(0, start), min(len(text), end))
        if high > low:
            trimmed[category].add((low, high))
    return trimmed


def counts(item: Document, found: Iterable[Span]) -> dict[str, list[int]]:
    """Return category -> the six counts of one document."""
    hit = rules().hit
    gold, predicted = _trimmed(item.text, item.gold), _trimmed(item.text, found)
    optional = _trimmed(item.text, item.optional)
    result = {}
    for category in {*gold, *predicted}:
        wanted = gold.get(category, set())
        kept = [
            span
            for span in predicted.get(category, ())
            if any(hit(span, each) for each in wanted)
            or not any(hit(span, each) for each in optional.get(category, ()))
        ]
        result[category] = [
            len(kept),
            len(wanted),
            sum(span in wanted for span in kept),
            sum(any(hit(span, each) for each in wanted) for span in kept),
            sum(each in kept for each in wanted),
            sum(any(hit(span, each) for span in kept) for each in wanted),
        ]
    return result


def score(items: Sequence[Document], found: Sequence[Iterable[Span]], only: Sequence[str] = ()) -> Scores:
    """Return the scores of a set; `only` names the categories that are looked at (all when empty)."""
    rows = [counts(item, spans) for item, spans in zip(items, found, strict=True)]
    names = sorted(name for name in set().union(*rows) if not only or name in only)
    table = np.zeros((len(items), len(names), 6))
    for number, row in enumerate(rows):
        for column, name in enumerate(names):
            table[number, column] = row.get(name, [0] * 6)
    negative = np.array([item.negative for item in items])
    size = sum(len(item.text.encode("utf-8")) for item in items if item.negative) / 1e6
    wrong = (table[negative, :, PREDICTED] - table[negative, :, OVERLAP_P]).sum()
    picks = np.random.default_rng(1).multinomial(len(items), [1 / len(items)] * len(items), RESAMPLES)
    categories = {name: _score(table[:, column], picks) for column, name in enumerate(names)}
    present = [each.overlap.value for each in categories.values() if each.gold]
    categories[TOTAL] = _score(table.sum(axis=1), picks)
    macro = sum(present) / len(present) if present else 0.0
    return Scores(categories, macro, float(wrong / size) if size else 0.0)


def _score(table: np.ndarray, picks: np.ndarray) -> Score:
    whole = table.sum(axis=0)
    drawn = picks @ table
    precision, recall, _ = rules().prf(whole[OVERLAP_P], whole[PREDICTED], whole[OVERLAP_G], whole[GOLD])
    return Score(
        int(whole[GOLD]),
        int(whole[PREDICTED]),
        float(precision),
        float(recall),
        _interval(whole, drawn, STRICT_P, STRICT_G),
        _interval(whole, drawn, OVERLAP_P, OVERLAP_G),
    )


def _interval(whole: np.ndarray, drawn: np.ndarray, right: int, covered: int) -> Interval:
    low, high = np.percentile(_f1(drawn, right, covered), [2.5, 97.5])
    return Interval(float(_f1(whole[None], right, covered)[0]), float(low), float(high))


def _f1(rows: np.ndarray, right: int, covered: int) -> np.ndarray:
    precision = rows[:, right] / np.maximum(rows[:, PREDICTED], 1)
    recall = rows[:, covered] / np.maximum(rows[:, GOLD], 1)
    both: np.ndarray = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return both
