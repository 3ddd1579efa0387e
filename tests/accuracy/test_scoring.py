"""The accuracy benchmark counts what its scorer counts, and its own sentences are well marked."""

from __future__ import annotations

import contextlib
import io
import json
import os
from argparse import Namespace
from pathlib import Path

import pytest

from benchmarks.accuracy_report import OWN, Results, markdown, plain
from benchmarks.accuracy_sets import rows_of
from benchmarks.adversarial import english, marked, sentences
from benchmarks.peer_sides import origins
from benchmarks.scoring import TOTAL, Document, document, rules, score

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("DAICHO_SHARED", ROOT.parent / "shared"))

needs_data = pytest.mark.skipif(
    not (SHARED / "eval" / "gold.jsonl").exists(), reason="development data not present"
)


def test_brackets_become_gold() -> None:
    """A marked sentence loses its brackets; a sentence without a name is a negative document."""
    assert marked("[林]と[森]") == Document("林と森", ((0, 1, "PERSON"), (2, 3, "PERSON")))
    assert marked("森の道").negative


def test_the_adversarial_sentences_are_many_and_different() -> None:
    """No sentence stands twice, and there are names and look-alikes enough."""
    texts = [item.text for group in sentences().values() for item in group]
    names = sum(len(item.gold) for group in sentences().values() for item in group)
    assert len(set(texts)) == len(texts) >= 120
    assert names >= 90
    assert sum(item.negative for group in sentences().values() for item in group) >= 30


def test_the_english_sentences_are_two_halves_that_share_none() -> None:
    """What may be looked at is never what is only measured, and both hold names and look-alikes."""
    halves = [english(held_out=held_out) for held_out in (False, True)]
    texts = [{item.text for item in half} for half in halves]
    assert texts[0].isdisjoint(texts[1])
    for half in halves:
        assert sum(len(item.gold) for item in half) >= 50
        assert sum(item.negative for item in half) >= 30


def test_offsets_of_a_normalised_text_lead_back() -> None:
    """㈱ becomes three characters of one, and a voiced half-width kana one of two."""
    assert origins("㈱ﾀﾞ", 4) == [0, 0, 0, 1]


@needs_data
def test_the_counts_are_those_of_the_scorer(tmp_path: Path) -> None:
    """For right, shifted, missing and false spans our totals are those that `score.py` prints."""
    rows = rows_of(SHARED / "eval" / "gold.jsonl")
    found, lines = [], []
    for number, row in enumerate(rows):
        spans = [(each["start"], each["end"], each["type"]) for each in row["spans"]][number % 3 :]
        spans = [(start + (number % 5 == 0), end, kind) for start, end, kind in spans] + [(0, 2, "PHONE")]
        found.append(spans)
        lines += [
            json.dumps({"doc_id": row["doc_id"], "start": start, "end": end, "type": kind})
            for start, end, kind in spans
        ]
    predictions = tmp_path / "predictions.jsonl"
    predictions.write_text("\n".join(lines), encoding="utf-8")
    asked = Namespace(
        gold_dir=str(SHARED / "eval"), lang=None, pred=str(predictions), types=None, by=None, ci=False
    )
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = rules().spans(asked)
    ours = score([document(row) for row in rows], found)
    for name, each in ours.categories.items():
        said = theirs["ALL" if name == TOTAL else name]
        assert (each.gold, each.predicted) == (said["gold"], said["pred"]), name
        assert each.strict.value == pytest.approx(said["strict"][2]), name
        assert (each.precision, each.recall, each.overlap.value) == pytest.approx(said["overlap"]), name
        assert each.overlap.low <= each.overlap.value <= each.overlap.high, name
    assert ours.false_per_mb == pytest.approx(theirs["ALL"]["fp_per_mb"])
    assert ours.macro == pytest.approx(theirs["MACRO"]["overlap_f1"])


@needs_data
def test_the_report_names_what_is_weak() -> None:
    """The document shows every set and program, and says what its figures are worth."""
    items = [item for group in sentences().values() for item in group]
    scores = score(items, [item.gold for item in items], ("PERSON",))
    groups = {
        name: score(group, [item.gold for item in group], ("PERSON",)).categories[TOTAL]
        for name, group in sentences().items()
    }
    sets = ("dev", "corpora", "adversarial")
    results = Results(
        titles={name: f"Set {name}" for name in sets},
        scores={(name, who): scores for name in sets for who in (OWN, "Another")},
        tables={OWN: (3, 4), "Another": (1, 4)},
        persons=(9, 10),
        groups=groups,
    )
    text = markdown(results)
    assert "0.750 (3 of 4)" in text
    assert "in 9 of 10 documents" in text
    assert "saw the development set" in text
    assert "Set corpora" in plain(results)
