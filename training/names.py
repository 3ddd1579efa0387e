"""Train the names model: `python -m training.names`, by default into data/models/names-ja-1.

Reads the labelled texts (see `training.corpora`) and invents sentences (`training.synthetic_names`);
everything is seeded and sorted, so that the same inputs give the same weights on the same processor.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from thinc.api import Adam, Model

from scanners.names_model.features import COLUMNS, HASHES, Featuriser, Rows, hashed
from scanners.names_model.labels import LABELS, encode
from scanners.names_model.lexicon import Lexicon
from scanners.names_model.model import VERSION, NameModel
from scanners.names_model.network import Chain, Network
from training.corpora import ROOT, Sentence, corpora_folder, read, sentences
from training.crf import gradient
from training.network import Arrays, exported, prepare, set_dropout, trainable

_SEED: Final = 20_261_123
_WORDS_A_STEP: Final = 2500
_RATE: Final = 0.002
# Share of words that the network must do without: it learns to read names by what stands around them.
_BLINDNESS: Final = (("norm", 0.2), ("prefix", 0.05), ("suffix", 0.05), ("classes", 0.05))
_AVERAGE: Final = 0.998  # of the running mean of all weights, which is what is kept
_HIDDEN: Final = hashed(["\0"] * len(COLUMNS))


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is learned."""

    epochs: int
    dropout: float
    synthetic: int  # invented texts


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence as the network sees it."""

    numbers: np.ndarray[Any, np.dtype[np.intp]]  # rows of the featuriser
    labels: list[int]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of persons with exact bounds."""

    right: int
    found: int
    gold: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.found + self.gold) if self.found + self.gold else 0.0

    def __str__(self) -> str:
        precision, recall = self.right / max(1, self.found), self.right / max(1, self.gold)
        return f"P {precision:.3f} R {recall:.3f} F1 {self.f1:.3f}"


class Trainer:
    """The network in training, with the running mean of its weights."""

    def __init__(self, features: Featuriser, steps: int, dropout: float) -> None:
        self._features = features
        self._network: Model[Any, Any] = trainable()
        self._network.initialize()
        set_dropout(self._network, dropout)
        size = len(LABELS)
        self._chain: Arrays = {
            "follow": np.zeros((size, size), dtype=np.float32),
            "first": np.zeros(size, dtype=np.float32),
            "last": np.zeros(size, dtype=np.float32),
        }
        self._steps = steps
        self._step = 0
        self._optimiser = Adam(_RATE, L2=0.01, grad_clip=1.0, L2_is_weight_decay=True)
        self._mean: Arrays = {}
        self._chance = np.random.default_rng(_SEED)

    def learn(self, batch: Sequence[Example]) -> float:
        """Take one step; return the mean loss a morpheme."""
        self._step += 1
        self._optimiser.learn_rate = _rate(self._step, self._steps)
        rows = self._features.rows
        seen = [self._blinded(rows[example.numbers]) for example in batch]
        scores, backprop = self._network.begin_update(seen)
        lengths = [len(example.numbers) for example in batch]
        chain = Chain.of(self._view(), np.concatenate(scores), lengths)
        slope = gradient(chain, [example.labels for example in batch])
        # The network's part is weighted by its size, because Adam clips the whole gradient.
        stops = np.cumsum(lengths)[:-1]
        backprop(np.split(slope.emissions, stops))
        self._network.finish_update(self._optimiser)
        for name, change in (("follow", slope.follow), ("first", slope.first), ("last", slope.last)):
            self._chain[name], _ = self._optimiser((0, name), self._chain[name], change.copy())
        self._remember()
        return slope.loss

    def _blinded(self, rows: Rows) -> Rows:
        """Return a copy of the rows (words, WIDTH) with some features hidden."""
        rows = rows.copy()
        for name, share in _BLINDNESS:
            first = HASHES * [column.name for column in COLUMNS].index(name)
            hidden = self._chance.random(len(rows)) < share
            rows[hidden, first : first + HASHES] = _HIDDEN[first : first + HASHES]
        return rows

    def arrays(self) -> Arrays:
        """Return the mean weights under their names."""
        return {name: value.copy() for name, value in self._mean.items()}

    def _view(self) -> Network:
        empty = np.zeros((1, 1), dtype=np.float32)
        filler = {"table": empty, "output.weights": empty, "output.bias": empty}
        filler |= {f"mix.{part}": empty for part in ("weights", "bias", "gain", "shift")}
        return Network.of(filler | self._chain)

    def _remember(self) -> None:
        now = exported(self._network, self._chain)
        keep = min(_AVERAGE, (1 + self._step) / (10 + self._step))
        for name, value in now.items():
            mean = self._mean.get(name)
            if mean is None:
                self._mean[name] = np.array(value, dtype=np.float32)
                continue
            mean *= np.float32(keep)
            mean += np.float32(1 - keep) * value


def _rate(step: int, steps: int) -> float:
    warm = min(1.0, step / 200)
    return _RATE * warm * max(0.02, 1 - step / (steps + 1))


def batches(examples: Sequence[Example], chance: random.Random) -> Iterator[list[Example]]:
    """Yield batches of about equal size in words; sentences of like length stand together."""
    order = sorted(examples, key=lambda example: len(example.numbers) + chance.random() * 8)
    grouped: list[list[Example]] = [[]]
    words = 0
    for example in order:
        if words > _WORDS_A_STEP:
            grouped.append([])
            words = 0
        grouped[-1].append(example)
        words += len(example.numbers)
    chance.shuffle(grouped)
    yield from (group for group in grouped if group)


def evaluate(model: NameModel, gold: Sequence[Sentence], kind: str = "PERSON") -> Score:
    """Count the entities of one kind that the model finds with exact bounds."""
    found: list[set[tuple[int, int]]] = [set() for _ in gold]
    for index, chunk, _ in model.chunks([each.line for each in gold]):
        if chunk.entity == kind:
            found[index].add((chunk.first, chunk.stop))
    wanted = [{(chunk.first, chunk.stop) for chunk in each.chunks if chunk.entity == kind} for each in gold]
    right = sum(len(one & other) for one, other in zip(found, wanted, strict=True))
    return Score(right, sum(map(len, found)), sum(map(len, wanted)))


def calibrated(model: NameModel, golds: Sequence[Sequence[Sentence]]) -> float:
    """Return the power of a probability that makes it honest: least log loss, every set weighing the same."""
    powers = np.arange(0.5, 4.01, 0.05)
    loss = np.zeros(len(powers))
    for gold in golds:
        said, right = [], []
        for index, chunk, score in model.chunks([each.line for each in gold]):
            if chunk.entity == "PERSON":
                said.append(score)
                right.append(chunk in gold[index].chunks)
        raised = np.clip(np.array(said)[:, None], 1e-3, 1 - 1e-3) ** powers
        truth = np.array(right)[:, None]
        loss -= np.where(truth, np.log(raised), np.log(1 - raised)).mean(axis=0)
    return float(powers[loss.argmin()])


def prepared(gold: Sequence[Sentence], features: Featuriser) -> list[Example]:
    """Return what the network learns from."""
    return [
        Example(
            np.array(features.numbers(each.line), dtype=np.intp), encode(len(each.line.tokens), each.chunks)
        )
        for each in gold
    ]


def train(
    learn: Sequence[Sentence],
    dev: Sequence[Sentence],
    checks: Mapping[str, Sequence[Sentence]],
    plan: Plan,
    lexicon: Lexicon,
) -> Arrays:
    """Train and return the weights of the best epoch by F1 of persons on `dev`; progress goes to stderr."""
    prepare()
    features = Featuriser(lexicon, keep=10_000_000)
    examples = prepared(learn, features)
    chance = random.Random(_SEED)  # noqa: S311 - shuffles sentences
    steps = plan.epochs * sum(1 for _ in batches(examples, chance))
    np.random.seed(_SEED)
    trainer = Trainer(features, steps, plan.dropout)
    best: tuple[float, Arrays] = (-1.0, {})
    for epoch in range(plan.epochs):
        started = time.process_time()
        losses = [trainer.learn(batch) for batch in batches(examples, chance)]
        arrays = trainer.arrays()
        model = NameModel(Network.of(arrays), lexicon)
        score = evaluate(model, dev)
        rest = "  ".join(f"{name} {evaluate(model, gold)}" for name, gold in checks.items())
        spent = time.process_time() - started
        sys.stderr.write(
            f"epoch {epoch + 1}: loss {np.mean(losses):.4f}  dev {score}  {rest}  {spent:.0f} s\n"
        )
        sys.stderr.flush()
        if score.f1 >= best[0]:
            best = (score.f1, arrays)
    return best[1]


def finish(arrays: Arrays, golds: Mapping[str, Sequence[Sentence]], lexicon: Lexicon, folder: Path) -> None:
    """Round, calibrate and measure the weights, and write them; the same arrays give the same bytes."""
    halves: dict[str, Any] = {name: arrays[name].astype(np.float16) for name in sorted(arrays)}
    model = NameModel(Network.of(halves), lexicon)
    temper = calibrated(model, list(golds.values()))
    scores = {name: evaluate(model, gold).f1 for name, gold in golds.items()}
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **halves)
    content = buffer.getvalue()
    manifest = {
        "version": VERSION,
        "sha256": hashlib.sha256(content).hexdigest(),
        "temper": round(temper, 3),
        "scores": {name: round(value, 4) for name, value in sorted(scores.items())},
    }
    (folder / "weights.npz").write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of the training."""
    from training.synthetic_names import invented, renamed

    parser = argparse.ArgumentParser(description="Train the names model.")
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "models" / VERSION)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--synthetic", type=int, default=12_000)
    parser.add_argument("--limit", type=int, default=None, help="use only the first N texts of each file")
    options = parser.parse_args(arguments)
    lexicon = Lexicon()
    folder = corpora_folder()
    learn: list[Sentence] = []
    for path in sorted(folder.glob("*_train.jsonl")):
        texts = list(read(path))[: options.limit]
        learn += sentences(texts, lexicon)
        learn += sentences(islice(renamed(texts, seed=_SEED), 0, None, 2), lexicon)
    learn += sentences(invented(options.synthetic, seed=_SEED, held_out=False), lexicon)
    dev = sentences(read(folder / "dev.jsonl"), lexicon)[: options.limit]
    checks = {"invented": sentences(invented(1500, seed=_SEED + 1, held_out=True), lexicon)[: options.limit]}
    plan = Plan(options.epochs, options.dropout, options.synthetic)
    arrays = train(learn, dev, checks, plan, lexicon)
    finish(arrays, {"dev": dev, **checks}, lexicon, options.out)


if __name__ == "__main__":
    main()
