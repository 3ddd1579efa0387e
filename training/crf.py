"""Gradients of a linear-chain conditional random field over a padded block of sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from scanners.names_model.network import Chain, Floats, Ints


class Gradient(NamedTuple):
    """Mean negative log likelihood a morpheme and its derivatives."""

    loss: float
    emissions: Floats  # (n, labels), as the sentences lie one behind the other
    follow: Floats
    first: Floats
    last: Floats


def gradient(chain: Chain, gold: Sequence[Sequence[int]]) -> Gradient:
    """Return loss and gradient for the gold labels of every sentence of the block."""
    steps, count, labels = chain.scores.shape
    alpha, beta = chain.forward(), chain.backward()
    total = chain.total(alpha)
    live = np.arange(steps)[:, None] < chain.lengths[None, :]
    expected = np.where(live[:, :, None], np.exp(np.minimum(alpha + beta - total[None, :, None], 0)), 0)
    pairs = np.zeros((labels, labels), dtype=np.float64)
    for step in range(1, steps):
        here = live[step]
        ahead = (chain.scores[step] + beta[step])[here]
        both = alpha[step - 1][here][:, :, None] + chain.network.follow + ahead[:, None, :]
        pairs += np.exp(np.minimum(both - total[here][:, None, None], 0)).sum(axis=0)
    tags = np.zeros((steps, count), dtype=np.intp)
    for row, sentence in enumerate(gold):
        tags[: len(sentence), row] = sentence
    score = _gold_score(chain, tags, live)
    rows = np.arange(count)
    seen = np.zeros((labels, labels), dtype=np.float64)
    inner = live[1:]
    np.add.at(seen, (tags[:-1][inner], tags[1:][inner]), 1)
    first = expected[0].sum(axis=0) - np.bincount(tags[0], minlength=labels)
    final = tags[chain.lengths - 1, rows]
    last = expected[chain.lengths - 1, rows].sum(axis=0) - np.bincount(final, minlength=labels)
    np.add.at(expected, (*np.nonzero(live), tags[live]), -1)
    size = float(chain.lengths.sum())
    flat = expected.transpose(1, 0, 2)[live.T]
    return Gradient(
        float((total - score).sum() / size),
        (flat / size).astype(np.float32),
        ((pairs - seen) / size).astype(np.float32),
        (first / size).astype(np.float32),
        (last / size).astype(np.float32),
    )


def _gold_score(chain: Chain, tags: Ints, live: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Floats:
    steps, count, _ = chain.scores.shape
    rows = np.arange(count)
    own = np.take_along_axis(chain.scores, tags[:, :, None], axis=2)[:, :, 0]
    score = np.where(live, own, 0).sum(axis=0) + chain.network.first[tags[0]]
    if steps > 1:
        score = score + np.where(live[1:], chain.network.follow[tags[:-1], tags[1:]], 0).sum(axis=0)
    total: Floats = score + chain.network.last[tags[chain.lengths - 1, rows]]
    return total
