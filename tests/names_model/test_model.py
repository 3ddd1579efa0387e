"""The names model: what it finds, what it refuses to load, what no text may do to it."""

from __future__ import annotations

import json
import shutil
import socket
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.names_model.features import TokenisedLine
from scanners.names_model.gate import NameReader, worth_reading
from scanners.names_model.lexicon import Lexicon
from scanners.names_model.model import VERSION, ModelError, NameModel
from scanners.normalise import normalise


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """Return the dictionary, opened once."""
    return Lexicon()


@pytest.fixture(scope="module")
def model(lexicon: Lexicon) -> NameModel:
    """Return the model that belongs to the package."""
    return NameModel.load(lexicon)


@pytest.fixture(scope="module")
def reader(lexicon: Lexicon, model: NameModel) -> NameReader:
    """Return the model behind its gate."""
    return NameReader(lexicon, model)


def seen(reader: NameReader, text: str) -> list[str]:
    """Return the names that the reader sees."""
    value = normalise(text).value
    return [value[start:end] for start, end, _ in reader.persons(value)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("昨日、経理の久保田さんと柿沼さんに会った。", ["久保田", "柿沼"]),
        ("担当：宮下　理恵子（内線301）", ["宮下 理恵子"]),
        ("議事録の確認は小早川課長と江口主任にお願いした。", ["小早川", "江口"]),
        ("アンジェラ・メルケルは首相を退任した。", ["アンジェラ・メルケル"]),
        ("父 大塚 修\n母 大塚 美智子", ["大塚 修", "大塚 美智子"]),
        ("名義人カナ：ｸﾎﾞﾀ ﾕｳｲﾁ", ["クボタ ユウイチ"]),
        ("口座名義：\n柏木\n早智子様", ["柏木\n早智子"]),
        ("Name: Yuichi Kubota\nCompany: Blue Ocean", ["Yuichi Kubota"]),
        ("Date: Fri, 13 Mar 2026\nSubject: Server update", []),
        ("OPERATION MANUAL - Bearing", []),
        ("本田技研工業と村田製作所が提携した。", []),
        ("福島市から山口県まで新幹線で移動する。", []),
        ("田中商事株式会社　御中", []),
        ("会議は十時から第二会議室で行います。", []),
    ],
)
def test_finds_persons_and_nothing_else(reader: NameReader, text: str, names: list[str]) -> None:
    """Names come with exact bounds; companies and places named after families are none."""
    assert seen(reader, text) == names


def test_probabilities_are_probabilities(reader: NameReader) -> None:
    """A plain name is nearly certain, and no score leaves 0..1."""
    spans = reader.persons("お客様の氏名は佐々木健一様です。")
    assert [(span.start, span.end) for span in spans] == [(7, 12)]
    assert 0.9 < spans[0].score <= 1.0


def test_loads_without_network(lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading and reading open no connection."""

    def refuse(*_: object, **__: object) -> socket.socket:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    reader = NameReader(lexicon, NameModel.load(lexicon))
    assert seen(reader, "担当の村上さん") == ["村上"]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a copy of the model's folder that may be damaged."""
    with as_file(files("data") / "models" / VERSION) as folder:
        shutil.copytree(folder, tmp_path / VERSION)
    return tmp_path / VERSION


def test_damaged_weights_are_refused(copied: Path, lexicon: Lexicon) -> None:
    """One changed byte is an error that names the file."""
    weights = copied / "weights.npz"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(bytes(content))
    with pytest.raises(ModelError, match=r"weights\.npz is not the file that manifest\.json describes"):
        NameModel.load(lexicon, folder=copied)


@pytest.mark.parametrize("name", ["weights.npz", "manifest.json"])
def test_missing_file_is_an_error(copied: Path, lexicon: Lexicon, name: str) -> None:
    """A folder without one of its files is refused, not read in part."""
    (copied / name).unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        NameModel.load(lexicon, folder=copied)


def test_manifest_belongs_to_the_weights() -> None:
    """The committed card, manifest and weights are one version, small enough for a repository."""
    folder = files("data") / "models" / VERSION
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["version"] == VERSION
    assert VERSION in (folder / "CARD.md").read_text(encoding="utf-8")
    assert len((folder / "weights.npz").read_bytes()) < 12_000_000


def test_a_line_is_read_alike_in_any_company(lexicon: Lexicon, model: NameModel) -> None:
    """What stands in other lines of a batch changes nothing."""
    texts = ["施工は池上工務店、監理は池上隆が行う。", "山", "本日の当番：堀江、野間、津島", "あ" * 700]
    lines = [TokenisedLine(text, lexicon.tokens(text, 0, len(text))) for text in texts]
    alone = [model.persons([line])[0] for line in lines]
    for one, other in zip(alone, model.persons(lines), strict=True):
        assert [span[:2] for span in one] == [span[:2] for span in other]
        assert [span.score for span in one] == pytest.approx([span.score for span in other], abs=1e-3)


def test_a_name_is_found_wherever_a_long_line_is_cut(reader: NameReader) -> None:
    """A line of 40,000 characters is read in pieces, and no name at an edge is lost or doubled."""
    part = "受付票に早乙女 由紀子様の押印がない。"
    spans = reader.persons(part * 2000)
    found = {span.start for span in spans}
    expected = {index * len(part) + 4 for index in range(2000)}
    assert len(spans) == len(found)
    # A cut of the tokenizer, every 12,000 characters, may split one.
    assert len(expected - found) <= 40_000 // 12_000 + 1


@settings(max_examples=60)
@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_text_is_read(reader: NameReader, text: str) -> None:
    """No text makes it fail; spans lie within the text, in order, apart from each other."""
    check(reader, normalise(text).value)


@settings(max_examples=60)
@given(st.text(alphabet="山田太郎様さん、。：\n 　ァカナー・AbMr.0-", max_size=400))
def test_any_mixture_of_signs_is_read(reader: NameReader, text: str) -> None:
    """The same for text made of what names are made of."""
    check(reader, normalise(text).value)


def check(reader: NameReader, value: str) -> None:
    """Assert that the spans of a text are sound."""
    reached = 0
    for start, end, score in reader.persons(value):
        assert reached <= start < end <= len(value)
        assert 0.0 <= score <= 1.0
        reached = end


def test_gate_leaves_out_lines_without_a_hint(lexicon: Lexicon) -> None:
    """Only lines with a possible name are read; neighbours stay together."""
    text = "会議室の予約をする。\n担当は西園寺\n麗子です。\n備品を数える。\nTotal amount\n"
    assert [passage.line.text for passage in worth_reading(text, lexicon)] == ["担当は西園寺\n麗子です。\n"]
