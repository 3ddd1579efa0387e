"""The training script, on next to nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scanners.names_model.gate import NameReader
from scanners.names_model.lexicon import Lexicon
from scanners.names_model.model import NameModel
from training.corpora import Labelled, joined, normal, sentence


def test_spans_move_with_the_normal_spelling() -> None:
    """Half-width kana change the length of a text; its entities follow."""
    text = normal(Labelled("㈱青葉のﾔﾏﾀﾞﾀﾛｳ様", ((4, 11, "PERSON"),)))
    ((start, end, kind),) = text.entities
    assert (text.text[start:end], kind) == ("ヤマダタロウ", "PERSON")


def test_joined_texts_keep_their_entities() -> None:
    """Entities of each part are found in the whole."""
    whole = joined([Labelled("山田", ((0, 2, "PERSON"),)), Labelled("と高橋", ((1, 3, "PERSON"),))], "\n")
    assert [whole.text[start:end] for start, end, _ in whole.entities] == ["山田", "高橋"]


def test_an_entity_that_ends_inside_a_word_is_no_example() -> None:
    """What cannot be expressed in morphemes is left out, not bent."""
    assert sentence(Labelled("東京都庁", ((0, 1, "LOC"),)), Lexicon()) is None


@pytest.mark.slow
def test_training_writes_a_model_that_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two epochs end in weights and a manifest that the scanners accept, twice the same bytes."""
    pytest.importorskip("thinc", reason="training requirements not installed")
    pytest.importorskip("japanese_personal_name_dataset", reason="training requirements not installed")
    from training import names as script

    corpora = tmp_path / "corpora"
    corpora.mkdir()
    record = json.dumps({"text": "村上が京都を訪れた。", "entities": [[0, 2, "PERSON"], [3, 5, "LOC"]]})
    for name in ("a_train.jsonl", "dev.jsonl"):
        (corpora / name).write_text(f"{record}\n" * 20, encoding="utf-8")
    monkeypatch.setenv("DAICHO_SHARED", str(tmp_path))
    for name in ("one", "two"):
        script.main(["--out", str(tmp_path / name), "--epochs", "2", "--synthetic", "60"])
    one, two = ((tmp_path / name / "weights.npz").read_bytes() for name in ("one", "two"))
    assert one == two
    lexicon = Lexicon()
    reader = NameReader(lexicon, NameModel.load(lexicon, folder=tmp_path / "one"))
    assert isinstance(reader.persons("担当：村上"), list)


@pytest.mark.slow
def test_both_networks_compute_the_same() -> None:
    """What thinc trains and what the scanners run give the same scores for the same rows."""
    pytest.importorskip("thinc", reason="training requirements not installed")
    from scanners.names_model.features import TABLE_ROWS, WIDTH
    from scanners.names_model.labels import LABELS
    from scanners.names_model.network import Network
    from training.network import exported, prepare, trainable

    prepare()
    random = np.random.default_rng(3)
    rows = [random.integers(0, TABLE_ROWS, (length, WIDTH)).astype(np.int32) for length in (1, 7, 30)]
    twin = trainable()
    twin.initialize()
    for node in twin.walk():
        for name in node.param_names:
            value = node.get_param(name)
            node.set_param(name, value + random.normal(0, 0.1, value.shape).astype(np.float32))
    size = len(LABELS)
    weights = {"follow": np.zeros((size, size)), "first": np.zeros(size), "last": np.zeros(size)}
    network = Network.of(exported(twin, weights))
    found = network.emissions(network.embed(np.concatenate(rows)), [len(each) for each in rows])
    assert found == pytest.approx(np.concatenate(twin.predict(rows)), abs=1e-3)
