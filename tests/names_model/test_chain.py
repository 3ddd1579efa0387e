"""The label chain against sums over all label sequences, and its labels."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.names_model.labels import ENTITIES, LABELS, Chunk, allowed, decode, encode, ends, starts
from scanners.names_model.network import Chain, Network, person_probability
from training.crf import gradient


def network(seed: int) -> Network:
    """Return a network whose chain weights are random and whose layers are empty."""
    random = np.random.default_rng(seed)
    empty = np.zeros((1, 1), dtype=np.float32)
    arrays = {"table": empty, "output.weights": empty, "output.bias": empty}
    arrays |= {f"mix.{part}": empty for part in ("weights", "bias", "gain", "shift")}
    size = len(LABELS)
    arrays["follow"] = random.normal(size=(size, size)).astype(np.float32)
    arrays["first"], arrays["last"] = random.normal(size=(2, size)).astype(np.float32)
    return Network.of(arrays)


def chain(seed: int, lengths: list[int]) -> Chain:
    """Return a chain with random scores."""
    random = np.random.default_rng(seed + 1)
    scores = random.normal(size=(sum(lengths), len(LABELS))).astype(np.float32)
    return Chain.of(network(seed), scores, lengths)


def weight(block: Chain, row: int, labels: tuple[int, ...]) -> float:
    """Return the log weight of one label sequence."""
    total = float(block.network.first[labels[0]] + block.network.last[labels[-1]])
    total += sum(float(block.scores[step, row, label]) for step, label in enumerate(labels))
    return total + sum(float(block.network.follow[pair]) for pair in itertools.pairwise(labels))


@pytest.mark.parametrize("seed", range(3))
def test_best_and_sum_equal_those_over_all_sequences(seed: int) -> None:
    """Viterbi, the total weight and a span's probability are what counting them out gives."""
    block = chain(seed, [3, 1, 2])
    alpha, beta = block.forward(), block.backward()
    total = block.total(alpha)
    for row, (length, best) in enumerate(zip(block.lengths, block.best(), strict=True)):
        every = {
            labels: weight(block, row, labels)
            for labels in itertools.product(range(len(LABELS)), repeat=int(length))
        }
        assert weight(block, row, tuple(best)) == pytest.approx(max(every.values()), abs=1e-4)
        weights = np.exp(np.array(list(every.values())))
        assert np.log(weights.sum()) == pytest.approx(total[row], abs=1e-4)
        for first, stop in itertools.combinations(range(int(length) + 1), 2):
            wanted = sum(
                np.exp(value) for labels, value in every.items() if is_person(labels, first, stop)
            ) / np.sum(weights)
            found = person_probability(block, alpha, beta, row, first, stop)
            assert found == pytest.approx(wanted, abs=1e-4)


def is_person(labels: tuple[int, ...], first: int, stop: int) -> bool:
    """Tell whether the labels make exactly [first, stop) one person."""
    wanted = encode(stop - first, [Chunk(0, stop - first, "PERSON")])
    return list(labels[first:stop]) == wanted


def test_gradient_equals_small_differences() -> None:
    """The derivative by every score is what a small change of the score does to the loss."""
    lengths, gold = [3, 2], [[1, 3, 0], [0, 4]]
    random = np.random.default_rng(5)
    scores = random.normal(size=(5, len(LABELS))).astype(np.float32)
    found = gradient(Chain.of(network(5), scores, lengths), gold)
    for place in itertools.product(range(5), range(len(LABELS))):
        moved = [scores.copy(), scores.copy()]
        moved[0][place] += 0.05
        moved[1][place] -= 0.05
        up, down = (gradient(Chain.of(network(5), each, lengths), gold).loss for each in moved)
        assert found.emissions[place] == pytest.approx((up - down) / 0.1, abs=2e-3)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.sampled_from(ENTITIES)), max_size=6))
def test_labels_bring_back_the_entities(parts: list[tuple[int, int, str]]) -> None:
    """Encoding and decoding is a round trip, and what is encoded is allowed."""
    chunks, at = [], 0
    for gap, length, entity in parts:
        chunks.append(Chunk(at + gap, at + gap + length, entity))
        at += gap + length
    labels = encode(at + 1, chunks)
    assert decode(labels) == chunks
    assert starts()[labels[0]]
    assert ends()[labels[-1]]
    assert all(allowed()[pair] for pair in itertools.pairwise(labels))
