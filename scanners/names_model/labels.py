"""The labels of morphemes (BILUO) and what may follow what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

ENTITIES: Final = ("PERSON", "LOC", "ORG")
OUTSIDE: Final = 0
# Four labels for each kind: it begins, goes on, ends, or is of one morpheme.
LABELS: Final = ("O", *(f"{part}-{kind}" for kind in ENTITIES for part in "BILU"))
BEGIN, INSIDE, LAST, UNIT = 1, 2, 3, 4  # of PERSON


class Chunk(NamedTuple):
    """An entity by its first morpheme and the one after its last."""

    first: int
    stop: int
    entity: str


def encode(count: int, chunks: Sequence[Chunk]) -> list[int]:
    """Return the labels of `count` morphemes; chunks do not overlap."""
    labels = [OUTSIDE] * count
    for first, stop, entity in chunks:
        base = 1 + 4 * ENTITIES.index(entity)
        if stop - first == 1:
            labels[first] = base + 3
            continue
        labels[first] = base
        labels[first + 1 : stop - 1] = [base + 1] * (stop - first - 2)
        labels[stop - 1] = base + 2
    return labels


def decode(labels: Sequence[int]) -> list[Chunk]:
    """Return the chunks of a well-formed sequence of labels."""
    chunks: list[Chunk] = []
    first = 0
    for index, label in enumerate(labels):
        part = (label - 1) % 4
        if label == OUTSIDE or part == 1:
            continue
        if part in (0, 3):
            first = index
        if part in (2, 3):
            chunks.append(Chunk(first, index + 1, ENTITIES[(label - 1) // 4]))
    return chunks


def allowed() -> npt.NDArray[np.bool_]:
    """Return which label may follow which: [before, after]."""
    follows = np.zeros((len(LABELS), len(LABELS)), dtype=np.bool_)
    for before in range(len(LABELS)):
        for after in range(len(LABELS)):
            follows[before, after] = _may_follow(before, after)
    return follows


def starts() -> npt.NDArray[np.bool_]:
    """Return which labels may stand first."""
    first: npt.NDArray[np.bool_] = allowed()[OUTSIDE].copy()
    return first


def ends() -> npt.NDArray[np.bool_]:
    """Return which labels may stand last."""
    last: npt.NDArray[np.bool_] = allowed()[:, OUTSIDE].copy()
    return last


def _may_follow(before: int, after: int) -> bool:
    opened = before != OUTSIDE and (before - 1) % 4 in (0, 1)
    continues = after != OUTSIDE and (after - 1) % 4 in (1, 2)
    if opened or continues:
        return opened and continues and (before - 1) // 4 == (after - 1) // 4
    return True
