"""The English model as the reader of names uses it: load, read passages, give entities."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Final, NamedTuple

import numpy as np

from scanners.names_english.network import EnglishNetwork
from scanners.names_english.words import Vocabulary, WordLists
from scanners.names_model.model import ModelError
from scanners.names_model.network import Floats

VERSION: Final = "names-en-1"
_FILES: Final = ("weights.npz", "words.json")
_LONGEST: Final = 384  # words that are read at once; longer text is cut, so that time stays linear
_OVERLAP: Final = 32  # words that two pieces share, so that no name is cut in two
_BATCH: Final = 4096  # words of one pass through the network
_KEEP: Final = 20_000  # remembered words: 10 MB


class Found(NamedTuple):
    """An entity by code points of its passage; `score` is the network's own belief, 0..1, uncalibrated.

    `person` is its belief that a person begins here, whatever it decided for.
    """

    start: int
    end: int
    label: str
    score: float
    person: float


@dataclass(frozen=True, slots=True)
class _Piece:
    passage: int
    words: list[tuple[int, int, int]]
    own_first: int  # entities that begin before this word or from `own_stop` on belong to a neighbour
    own_stop: int


class EnglishModel:
    """Reads entities in English passages; one instance per thread."""

    def __init__(self, network: EnglishNetwork, lists: WordLists) -> None:
        self._network = network
        self._vocabulary = Vocabulary(lists, keep=_KEEP)
        self._vectors: Floats = np.empty((0, network.table.shape[1]), dtype=np.float32)
        self._embedded = 0

    @classmethod
    def load(cls, *, folder: Traversable | None = None) -> EnglishModel:
        """Read the model from `folder`, by default the one that belongs to the package.

        Raises ModelError when a file is missing or its SHA-256 is not the manifest's; never uses the
        network.
        """
        place = folder if folder is not None else files("data") / "models" / VERSION
        try:
            sums = json.loads((place / "manifest.json").read_text(encoding="utf-8"))["sha256"]
            contents = {name: (place / name).read_bytes() for name in _FILES}
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"names model {VERSION}: a file is missing or cannot be read") from error
        for name, content in contents.items():
            if hashlib.sha256(content).hexdigest() != sums.get(name):
                raise ModelError(f"names model {VERSION}: {name} is not the file that the manifest describes")
        with np.load(BytesIO(contents["weights.npz"]), allow_pickle=False) as arrays:
            network = EnglishNetwork.of({name: arrays[name] for name in arrays.files})
        lists = json.loads(contents["words.json"])
        return cls(network, WordLists(lists["specials"], lists["norms"], lists["reserved"]))

    def entities(self, passages: Sequence[str]) -> list[list[Found]]:
        """Return the entities of each passage, ordered by start; time grows linearly with the text."""
        found: list[list[Found]] = [[] for _ in passages]
        batch: list[_Piece] = []
        size = 0
        for piece in self._pieces(passages):
            batch.append(piece)
            size += len(piece.words)
            if size >= _BATCH:
                self._read(batch, found)
                batch, size = [], 0
        if batch:
            self._read(batch, found)
        # Numbers of words must not change between reading and embedding.
        if self._vocabulary.forget_if_full():
            self._embedded = 0
        return found

    def _pieces(self, passages: Sequence[str]) -> Iterator[_Piece]:
        for index, passage in enumerate(passages):
            words = self._vocabulary.read(passage)
            first = 0
            while first < len(words):
                stop = min(len(words), first + _LONGEST)
                own_first = _OVERLAP // 2 if first else 0
                own_stop = stop - first - (0 if stop == len(words) else _OVERLAP // 2)
                yield _Piece(index, words[first:stop], own_first, own_stop)
                first = stop if stop == len(words) else stop - _OVERLAP

    def _read(self, batch: Sequence[_Piece], found: list[list[Found]]) -> None:
        numbers = [number for piece in batch for _, _, number in piece.words]
        known = self._vocabulary.blank
        blank = np.array([known[number] for number in numbers], dtype=np.bool_)
        lengths = [len(piece.words) for piece in batch]
        firsts = np.cumsum([0, *lengths])
        for entity in self._network.entities(self._embed()[numbers], blank, lengths):
            at = int(np.searchsorted(firsts, entity.first, side="right")) - 1
            piece, shift = batch[at], int(firsts[at])
            if piece.own_first <= entity.first - shift < piece.own_stop:
                start = piece.words[entity.first - shift][0]
                end = piece.words[entity.stop - shift - 1][1]
                found[piece.passage].append(Found(start, end, entity.label, entity.score, entity.person))

    def _embed(self) -> Floats:
        """Return the vectors of all remembered words; each is computed once."""
        count = len(self._vocabulary)
        if count > len(self._vectors):
            grown = np.empty((max(2048, 2 * count), self._vectors.shape[1]), dtype=np.float32)
            grown[: self._embedded] = self._vectors[: self._embedded]
            self._vectors = grown
        for first in range(self._embedded, count, 1024):
            stop = min(first + 1024, count)
            self._vectors[first:stop] = self._network.embed(self._vocabulary.rows(first, stop))
        self._embedded = count
        return self._vectors
