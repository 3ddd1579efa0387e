"""The English network in plain numpy: hashed embeddings, a window encoder, greedy choice of BILUO moves.

A move is chosen from three words: the next one, the first of the open entity and the last of it. While
no entity is open the choice depends on the next word alone, so that all words are judged at once, and
all entities that begin are followed in parallel. The result is that of spaCy's transition parser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scanners.names_english.hashing import HASHES
from scanners.names_english.words import TABLES, Rows
from scanners.names_model.network import Floats, Ints, Layer, encoded

LABELS: Final = (
    "ORG", "DATE", "PERSON", "GPE", "MONEY", "CARDINAL", "NORP", "PERCENT", "WORK_OF_ART", "LOC", "TIME",
    "QUANTITY", "FAC", "EVENT", "ORDINAL", "PRODUCT", "LAW", "LANGUAGE",
)  # fmt: skip
KINDS: Final = len(LABELS)
_PERSON: Final = LABELS.index("PERSON")
# Moves in the order of the weights: begin, inside, last, unit (of every label), unit of none, outside.
_INSIDE: Final = KINDS
_LAST: Final = 2 * KINDS
_UNIT: Final = 3 * KINDS
OUTSIDE: Final = 4 * KINDS + 1
MOVES: Final = OUTSIDE + 1
# An entity of more words is no name; following it on would cost quadratic time in hostile text.
_LONGEST: Final = 24
_NEVER: Final = np.float32(-1e9)


class Entity(NamedTuple):
    """Words [first, stop) of all words laid one behind the other.

    `score` is the probability of its moves, `person` that of any person who begins at its first word.
    """

    first: int
    stop: int
    label: str
    score: float
    person: float


@dataclass(frozen=True, slots=True)
class EnglishNetwork:
    """All weights of the English model."""

    table: Floats  # every embedding table, one below the other
    mix: Layer
    encoder: tuple[Layer, ...]
    state: Floats  # (width, 3 * hidden * 2): the parts that next, first and last word have in a state
    state_bias: Floats  # (3, hidden * 2), of a word that is there
    absent: Floats  # (3, hidden * 2), where there is none
    bias: Floats  # (hidden * 2,)
    moves: Floats  # (hidden, MOVES)
    moves_bias: Floats

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> EnglishNetwork:
        """Build it from named arrays of any float type; KeyError when one is missing."""

        def get(name: str) -> Floats:
            return np.ascontiguousarray(arrays[name], dtype=np.float32)

        def layer(name: str) -> Layer:
            return Layer(*(get(f"{name}.{part}") for part in ("weights", "bias", "gain", "shift")))

        depth = sum(name.startswith("encoder") and name.endswith(".bias") for name in arrays)
        names = ("state.weights", "state.bias", "absent", "hidden.bias", "moves.weights", "moves.bias")
        layers = tuple(layer(f"encoder{index}") for index in range(depth))
        return cls(get("table"), layer("mix"), layers, *map(get, names))

    def embed(self, rows: Rows) -> Floats:
        """Return the vectors (n, width) of words with table rows (n, 4 * HASHES)."""
        gathered = self.table[rows].reshape(len(rows), len(TABLES), HASHES, -1).sum(axis=2)
        return self.mix(gathered.reshape(len(rows), -1))

    def entities(self, vectors: Floats, blank: npt.NDArray[np.bool_], lengths: Sequence[int]) -> list[Entity]:
        """Return the entities of passages laid one behind the other, ordered by start.

        `vectors` is (n, width), `blank` (n) says which words are blanks; each length is at least 1.
        """
        parts = encoded(self.encoder, vectors, lengths) @ self.state
        parts = parts.reshape(len(vectors), 3, -1) + self.state_bias
        final = np.zeros(len(vectors), dtype=np.bool_)
        final[np.cumsum(lengths) - 1] = True
        scores = self._scores(parts[:, 0] + (self.absent[1] + self.absent[2] + self.bias))
        scores[:, _INSIDE:_UNIT] = _NEVER
        scores[:, OUTSIDE - 1] = _NEVER
        scores[final, :_INSIDE] = _NEVER
        scores[blank, :OUTSIDE] = _NEVER
        chosen = scores.argmax(axis=1)
        starts = np.flatnonzero(chosen != OUTSIDE)
        stops, logs = self._followed(parts, final, starts, chosen)
        top = scores[starts]
        every = _log_sum(top)
        logs += top[np.arange(len(starts)), chosen[starts]] - every
        person = np.exp(top[:, _PERSON] - every) + np.exp(top[:, _UNIT + _PERSON] - every)
        return _walked(starts, stops, chosen[starts], np.exp(logs), person)

    def _scores(self, states: Floats) -> Floats:
        half = states.shape[1] // 2
        scores: Floats = np.maximum(states[:, :half], states[:, half:]) @ self.moves
        scores += self.moves_bias
        return scores

    def _followed(
        self, parts: Floats, final: npt.NDArray[np.bool_], starts: Ints, chosen: Ints
    ) -> tuple[Ints, Floats]:
        """Return where the entities that begin at `starts` stop, and the log probability of their moves."""
        stops = starts + 1
        logs = np.zeros(len(starts), dtype=np.float32)
        live = np.flatnonzero(chosen[starts] < _INSIDE)
        for _ in range(_LONGEST):
            if not len(live):
                break
            first, here = starts[live], stops[live]
            scores = self._scores(parts[here, 0] + parts[first, 1] + parts[here - 1, 2] + self.bias)
            label, rows = chosen[first], np.arange(len(live))
            margin = scores[rows, _LAST + label] - scores[rows, _INSIDE + label]
            over = final[here]
            # The end of the text leaves no choice.
            logs[live] -= np.where(over, 0, np.logaddexp(0, -np.abs(margin)))
            stops[live] += 1
            live = live[~(over | (margin > 0))]
        return stops, logs


def _walked(starts: Ints, stops: Ints, moves: Ints, scores: Floats, person: Floats) -> list[Entity]:
    found: list[Entity] = []
    reached = 0
    columns = (each.tolist() for each in (starts, stops, moves, scores, person))
    for first, stop, move, score, likely in zip(*columns, strict=True):
        if first >= reached:
            found.append(Entity(first, stop, LABELS[move % KINDS], score, likely))
            reached = stop
    return found


def _log_sum(scores: Floats) -> Floats:
    top = scores.max(axis=1, keepdims=True, initial=_NEVER)
    result: Floats = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0]
    return result
