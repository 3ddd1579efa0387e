"""The network in plain numpy: hashed embeddings, a maxout window encoder, a chain of labels.

The layers are those of spaCy's named-entity models (MultiHashEmbed, MaxoutWindowEncoder); training
uses thinc, use needs no more than matrix products. The labels form a linear-chain conditional random
field (Lafferty, McCallum, Pereira 2001), which gives every span its probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from scanners.names_model.features import HASHES, Rows
from scanners.names_model.labels import BEGIN, INSIDE, LABELS, LAST, UNIT, allowed, ends, starts

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]

PIECES: Final = 3  # of every maxout unit
_IMPOSSIBLE: Final = np.float32(-1e4)
_TINY: Final = 1e-8  # added to a variance, as in training


@dataclass(frozen=True, slots=True)
class Layer:
    """A maxout layer with its normalisation: weights (inputs, PIECES * width), bias, gain, shift."""

    weights: Floats
    bias: Floats
    gain: Floats
    shift: Floats

    def __call__(self, inputs: Floats) -> Floats:
        """Return (rows, width) for inputs (rows, inputs)."""
        product: Floats = inputs @ self.weights
        product += self.bias
        width = product.shape[1] // PIECES
        best: Floats = np.maximum(product[:, :width], product[:, width : 2 * width])
        np.maximum(best, product[:, 2 * width :], out=best)
        best -= best.mean(axis=1, keepdims=True)
        spread = np.einsum("ij,ij->i", best, best)
        spread *= np.float32(1 / width)
        spread += np.float32(_TINY)
        best *= (1 / np.sqrt(spread))[:, None]
        best *= self.gain
        best += self.shift
        return best


@dataclass(frozen=True, slots=True)
class Network:
    """All weights of one model."""

    table: Floats  # every embedding table, one below the other: (TABLE_ROWS, width)
    mix: Layer
    encoder: tuple[Layer, ...]
    output: Floats  # (width, labels)
    output_bias: Floats
    follow: Floats  # score of label b after label a: [a, b]
    first: Floats
    last: Floats

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Network:
        """Build it from named arrays of any float type; KeyError when one is missing."""

        def get(name: str) -> Floats:
            return np.ascontiguousarray(arrays[name], dtype=np.float32)

        def layer(name: str) -> Layer:
            return Layer(*(get(f"{name}.{part}") for part in ("weights", "bias", "gain", "shift")))

        depth = sum(name.startswith("encoder") and name.endswith(".bias") for name in arrays)
        may = allowed()
        return cls(
            table=get("table"),
            mix=layer("mix"),
            encoder=tuple(layer(f"encoder{index}") for index in range(depth)),
            output=get("output.weights"),
            output_bias=get("output.bias"),
            follow=np.where(may, get("follow"), _IMPOSSIBLE).astype(np.float32),
            first=np.where(starts(), get("first"), _IMPOSSIBLE).astype(np.float32),
            last=np.where(ends(), get("last"), _IMPOSSIBLE).astype(np.float32),
        )

    def embed(self, rows: Rows) -> Floats:
        """Return the vectors (n, width) of morphemes with table rows (n, WIDTH)."""
        width = self.table.shape[1]
        gathered = self.table[rows].reshape(len(rows), -1, HASHES, width).sum(axis=2)
        return self.mix(gathered.reshape(len(rows), -1))

    def emissions(self, vectors: Floats, lengths: Sequence[int]) -> Floats:
        """Return label scores (n, labels) of passages laid one behind the other; `vectors` is (n, width)."""
        return encoded(self.encoder, vectors, lengths) @ self.output + self.output_bias


def encoded(encoder: Sequence[Layer], vectors: Floats, lengths: Sequence[int]) -> Floats:
    """Return what the window layers make of passages laid one behind the other, shape of `vectors`."""
    pad = len(encoder)
    width = vectors.shape[1]
    places = _places(lengths, pad)
    # One blank row more at both ends makes every window a slice.
    spread = np.zeros((len(vectors) + pad * (len(lengths) + 1) + 2, width), dtype=np.float32)
    spread[places + 1] = vectors
    for layer in encoder:
        windows = np.lib.stride_tricks.as_strided(
            spread,
            shape=(len(spread) - 2, 3 * width),
            strides=(spread.strides[0], spread.strides[1]),
            writeable=False,
        )
        spread[1:-1] += layer(windows)
    result: Floats = spread[places + 1]
    return result


def _places(lengths: Sequence[int], pad: int) -> Ints:
    shifts = np.repeat(np.arange(1, len(lengths) + 1, dtype=np.intp) * pad, lengths)
    return shifts + np.arange(len(shifts), dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Chain:
    """The label chains of a block of passages padded to one length: scores (steps, passages, labels)."""

    network: Network
    scores: Floats
    lengths: Ints  # at least 1 each

    @classmethod
    def of(cls, network: Network, emissions: Floats, lengths: Sequence[int]) -> Chain:
        """Arrange the emissions (n, labels) of passages laid one behind the other."""
        sizes = np.asarray(lengths, dtype=np.intp)
        scores = np.zeros((int(sizes.max()), len(sizes), len(LABELS)), dtype=np.float32)
        passage = np.repeat(np.arange(len(sizes)), sizes)
        step = np.arange(len(emissions)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        scores[step, passage] = emissions
        return cls(network, scores, sizes)

    def best(self) -> list[list[int]]:
        """Return the best labels of every passage (Viterbi)."""
        steps, count, _ = self.scores.shape
        back = np.zeros((steps, count, len(LABELS)), dtype=np.int8)
        state = self.network.first + self.scores[0]
        follow = self.network.follow.T  # [after, before]
        final = np.zeros_like(state)
        final[self.lengths == 1] = state[self.lengths == 1]
        for step in range(1, steps):
            ways = state[:, None, :] + follow
            back[step] = ways.argmax(axis=2)
            state = ways.max(axis=2) + self.scores[step]
            over = self.lengths == step + 1
            final[over] = state[over]
        label = (final + self.network.last).argmax(axis=1)
        paths = np.zeros((count, steps), dtype=np.int8)
        rows = np.arange(count)
        for step in range(steps - 1, -1, -1):
            live = self.lengths > step
            paths[live, step] = label[live]
            if step:
                label = np.where(live, back[step, rows, label], label)
        return [paths[row, :length].tolist() for row, length in enumerate(self.lengths)]

    def forward(self) -> Floats:
        """Return the log weight of all beginnings that end in a label, the step's own score included."""
        steps = len(self.scores)
        alpha = np.empty_like(self.scores)
        alpha[0] = self.network.first + self.scores[0]
        follow = self.network.follow
        for step in range(1, steps):
            alpha[step] = _log_sum(alpha[step - 1][:, :, None] + follow, axis=1) + self.scores[step]
        return alpha

    def backward(self) -> Floats:
        """Return the log weight of all continuations behind a label."""
        steps, count, labels = self.scores.shape
        beta = np.empty((steps, count, labels), dtype=np.float32)
        follow = self.network.follow
        beta[steps - 1] = self.network.last
        for step in range(steps - 2, -1, -1):
            ahead = beta[step + 1] + self.scores[step + 1]
            beta[step] = _log_sum(follow + ahead[:, None, :], axis=2)
            over = self.lengths == step + 1
            beta[step, over] = self.network.last
        return beta

    def total(self, alpha: Floats) -> Floats:
        """Return the log weight of all label chains of each passage, shape (passages,)."""
        ending = alpha[self.lengths - 1, np.arange(len(self.lengths))] + self.network.last
        return _log_sum(ending, axis=1)


def person_probability(chain: Chain, alpha: Floats, beta: Floats, row: int, first: int, stop: int) -> float:
    """Return the probability that the morphemes [first, stop) of passage `row` are exactly one person."""
    follow, scores = chain.network.follow, chain.scores
    opening = BEGIN if stop - first > 1 else UNIT
    weight = float(alpha[first, row, opening])
    before = opening
    for step in range(first + 1, stop):
        label = INSIDE if step < stop - 1 else LAST
        weight += float(follow[before, label]) + float(scores[step, row, label])
        before = label
    weight += float(beta[stop - 1, row, before])
    last = chain.lengths[row] - 1
    every = float(_log_sum(alpha[last, row] + chain.network.last, axis=0))
    return float(min(1.0, np.exp(weight - every)))


def _log_sum(values: Floats, axis: int) -> Floats:
    top = values.max(axis=axis, keepdims=True)
    summed = np.log(np.exp(values - top).sum(axis=axis, keepdims=True)) + top
    result: Floats = summed.squeeze(axis=axis)
    return result
