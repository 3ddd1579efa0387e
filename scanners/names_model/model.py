"""The names model as the detector uses it: load, read lines, give spans with probabilities."""

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

from scanners.errors import ScannerError
from scanners.names_model.features import Featuriser, TokenisedLine
from scanners.names_model.labels import Chunk, decode
from scanners.names_model.lexicon import Lexicon
from scanners.names_model.network import Chain, Floats, Network, person_probability

VERSION: Final = "names-ja-1"
_WEIGHTS: Final = "weights.npz"
_MANIFEST: Final = "manifest.json"
_LONGEST: Final = 256  # morphemes that are read at once; longer text is cut, so that time stays linear
_OVERLAP: Final = 12  # morphemes that two pieces share, so that no name is cut in two
_BATCH: Final = 4096  # morphemes of one pass through the network
_KEEP: Final = 40_000  # remembered vectors: 15 MB


class ModelError(ScannerError):
    """The model's files are missing, damaged or of another build; install the package again."""


class Span(NamedTuple):
    """A person's name by code points of its line; `score` is the calibrated probability, 0..1."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class _Piece:
    line: int
    first: int  # morpheme of the line
    stop: int
    own_first: int  # entities that begin before this one or from `own_stop` on belong to a neighbour
    own_stop: int
    numbers: list[int]


class NameModel:
    """Reads names of persons in tokenised lines; one instance per thread."""

    def __init__(self, network: Network, lexicon: Lexicon, temper: float = 1.0) -> None:
        self._network = network
        self._features = Featuriser(lexicon, keep=_KEEP)
        self._vectors: Floats = np.empty((0, network.table.shape[1]), dtype=np.float32)
        self._embedded = 0
        self._temper = temper

    @classmethod
    def load(cls, lexicon: Lexicon, *, folder: Traversable | None = None) -> NameModel:
        """Read the model from `folder`, by default the one that belongs to the package.

        Raises ModelError when a file is missing or its SHA-256 is not the manifest's; never uses the
        network.
        """
        place = folder if folder is not None else files("data") / "models" / VERSION
        try:
            manifest = json.loads((place / _MANIFEST).read_text(encoding="utf-8"))
            content = (place / _WEIGHTS).read_bytes()
        except (OSError, ValueError) as error:
            raise ModelError(f"names model {VERSION}: {_MANIFEST} or {_WEIGHTS} cannot be read") from error
        if hashlib.sha256(content).hexdigest() != manifest.get("sha256"):
            raise ModelError(f"names model {VERSION}: {_WEIGHTS} is not the file that {_MANIFEST} describes")
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            network = Network.of({name: arrays[name] for name in arrays.files})
        return cls(network, lexicon, float(manifest["temper"]))

    def persons(self, lines: Sequence[TokenisedLine]) -> list[list[Span]]:
        """Return the persons of each line, ordered by start; time grows linearly with the text."""
        found: list[list[Span]] = [[] for _ in lines]
        for line, chunk, score in self.chunks(lines):
            if chunk.entity == "PERSON":
                tokens = lines[line].tokens
                found[line].append(Span(tokens[chunk.first].start, tokens[chunk.stop - 1].end, score))
        for spans in found:
            spans.sort(key=lambda span: span.start)
        return found

    def chunks(self, lines: Sequence[TokenisedLine]) -> Iterator[tuple[int, Chunk, float]]:
        """Yield line index, entity (in morphemes) and probability; 0 for other entities than persons."""
        batch: list[_Piece] = []
        size = 0
        for piece in self._pieces(lines):
            batch.append(piece)
            size += len(piece.numbers)
            if size >= _BATCH:
                yield from self._read(batch)
                batch, size = [], 0
                self._forget()
        if batch:
            yield from self._read(batch)
        self._forget()

    def _forget(self) -> None:
        if self._features.forget_if_full():
            self._embedded = 0

    def _pieces(self, lines: Sequence[TokenisedLine]) -> Iterator[_Piece]:
        for index, line in enumerate(lines):
            count = len(line.tokens)
            first = 0
            while first < count:
                stop = min(count, first + _LONGEST)
                part = TokenisedLine(line.text, line.tokens[first:stop])
                own_first = first + (_OVERLAP // 2 if first else 0)
                own_stop = stop if stop == count else stop - _OVERLAP // 2
                yield _Piece(index, first, stop, own_first, own_stop, self._features.numbers(part))
                first = stop if stop == count else stop - _OVERLAP

    def _read(self, batch: list[_Piece]) -> Iterator[tuple[int, Chunk, float]]:
        batch = sorted(batch, key=lambda piece: len(piece.numbers))
        lengths = [len(piece.numbers) for piece in batch]
        vectors = self._embed()[[number for piece in batch for number in piece.numbers]]
        emissions = self._network.emissions(vectors, lengths)
        at = 0
        # Passages of like length lie together, so that the chain steps waste little.
        for block in range(0, len(batch), 16):
            pieces = batch[block : block + 16]
            size = sum(lengths[block : block + 16])
            chain = Chain.of(self._network, emissions[at : at + size], lengths[block : block + 16])
            at += size
            yield from self._decoded(chain, pieces)

    def _decoded(self, chain: Chain, pieces: list[_Piece]) -> Iterator[tuple[int, Chunk, float]]:
        ways: tuple[Floats, Floats] | None = None
        for row, labels in enumerate(chain.best()):
            piece = pieces[row]
            for chunk in decode(labels):
                if not piece.own_first <= piece.first + chunk.first < piece.own_stop:
                    continue
                score = 0.0
                if chunk.entity == "PERSON":
                    ways = ways or (chain.forward(), chain.backward())
                    score = person_probability(chain, *ways, row, chunk.first, chunk.stop) ** self._temper
                yield (
                    piece.line,
                    Chunk(piece.first + chunk.first, piece.first + chunk.stop, chunk.entity),
                    score,
                )

    def _embed(self) -> Floats:
        """Return the vectors of all remembered morphemes; each is computed once."""
        rows = self._features.rows
        if len(rows) > self._embedded:
            if len(rows) > len(self._vectors):
                grown = np.empty((max(4096, 2 * len(rows)), self._vectors.shape[1]), dtype=np.float32)
                grown[: self._embedded] = self._vectors[: self._embedded]
                self._vectors = grown
            for first in range(self._embedded, len(rows), 1024):
                stop = min(first + 1024, len(rows))
                self._vectors[first:stop] = self._network.embed(rows[first:stop])
            self._embedded = len(rows)
        return self._vectors
