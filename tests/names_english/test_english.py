"""The English model: the same answers as its origin, and what the reader makes of them."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.detection import analyzer
from scanners.model import Category
from scanners.names_english.hashing import string_number
from scanners.names_english.model import VERSION, EnglishModel
from scanners.names_english.reader import EnglishReader, passages
from scanners.names_english.tokens import split
from scanners.names_english.words import shape
from scanners.names_model.model import ModelError

ORIGIN = Path(__file__).with_name("origin.jsonl")
FOLDER = files("data") / "models" / VERSION


@pytest.fixture(scope="module")
def model() -> EnglishModel:
    """The committed model."""
    return EnglishModel.load()


@pytest.fixture(scope="module")
def reader(model: EnglishModel) -> EnglishReader:
    """The reader around the committed model."""
    return EnglishReader(model)


def persons(reader: EnglishReader, text: str) -> list[str]:
    """Return the names that the reader finds."""
    return [text[span.start : span.end] for span in reader.read(text).persons]


def test_the_same_persons_as_the_origin(model: EnglishModel) -> None:
    """Weights, words and moves together give what spaCy gave for the same texts (97 % at least)."""
    rows = [json.loads(line) for line in ORIGIN.read_text(encoding="utf-8").splitlines()]
    found = model.entities([text for text, _ in rows])
    ours = [{(each.start, each.end) for each in line if each.label == "PERSON"} for line in found]
    theirs = [{(start, end) for start, end in spans} for _, spans in rows]
    both = sum(len(one & other) for one, other in zip(ours, theirs, strict=True))
    assert len(rows) >= 300
    assert sum(map(len, theirs)) >= 250
    assert 2 * both / (sum(map(len, ours)) + sum(map(len, theirs))) >= 0.97


@pytest.mark.parametrize(
    ("word", "number"),
    # As spaCy's StringStore numbers them.
    [("apple", 8566208034543834098), ("coffee", 3197928453018144401), ("I", 4690420944186131903)],
)
def test_strings_have_the_numbers_of_the_origin(word: str, number: int) -> None:
    """The hash is the published one; a wrong one would turn every vector into noise."""
    assert string_number(word) == number


@pytest.mark.parametrize(
    ("stretch", "words"),
    [
        ("(well-known),", ["(", "well", "-", "known", ")", ","]),
        ("Smith's", ["Smith", "'s"]),
        ("$1,200.", ["$", "1,200", "."]),
        ("500mg", ["500", "mg"]),
        ("info@example.com", ["info@example.com"]),
        ("https://example.com/a-b", ["https://example.com/a-b"]),
        ("wait...", ["wait", "..."]),
        ("x" * 300, ["x" * 300]),
    ],
)
def test_words(stretch: str, words: list[str]) -> None:
    """Marks, clitics and units come off, addresses stay whole."""
    assert [stretch[token.start : token.end] for token in split(stretch, {})] == words


def test_shapes() -> None:
    """Runs are cut to four signs, long words have one shape."""
    assert (shape("McKenzie2026"), shape("AAAAAA"), shape("a" * 100)) == ("XxXxxxxdddd", "X" * 4, "LONG")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The refund was approved by Katrin Oberhauser yesterday.", ["Katrin Oberhauser"]),
        ("We asked Customer Tomasz Wilczek to sign.", ["Tomasz Wilczek"]),
        ("Yours sincerely,\nLeticia Montoya\nBranch Office", ["Leticia Montoya"]),
        ("Goldman Sachs and Deutsche Bank published the figures in London.", []),
        ("The Doppler effect was measured by the team.", []),
        ("Getting Started", []),
        ("Bug Tracker", []),
        ("if (user == Anna Smith) { return getUser(); }", []),
        ("担当はJohn Smithです。", []),
    ],
)
def test_persons_of_english_lines(reader: EnglishReader, text: str, names: list[str]) -> None:
    """Names in prose are found; firms, effects, headings and code are none, Japanese lines are not read."""
    assert persons(reader, text) == names


def test_romaji_and_firms_in_the_whole_pipeline() -> None:
    """Japanese names in Latin letters stay with the rules; a firm that bears names is no person."""
    built = analyzer()

    def found(text: str) -> list[str]:
        return [text[m.start : m.end] for m in built.text(text) if m.category is Category.PERSON]

    assert found("Yamada Taro joined the Osaka branch in April.") == ["Yamada Taro"]
    assert found("Ms. Sato will join the call.") == ["Sato"]
    assert found("I spoke with Fatima Benali about the lease.") == ["Fatima Benali"]
    assert found("Morgan Stanley raised its forecast for the quarter.") == []


def test_neighbouring_lines_are_read_together() -> None:
    """Lines that follow each other are one passage; Japanese ones and code end it."""
    text = "Dear Ms Ito, thank you.\nPlease call Adam Novak.\n東京都\nRegards from Eve Lang today.\n"
    assert [text[start:end] for start, end in passages(text)] == [
        "Dear Ms Ito, thank you.\nPlease call Adam Novak.",
        "Regards from Eve Lang today.",
    ]


def test_the_model_is_loaded_by_the_first_english_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Japanese text costs neither time nor memory for it."""
    loaded: list[bool] = []

    def load() -> EnglishModel:
        loaded.append(True)
        return original()

    original = EnglishModel.load
    monkeypatch.setattr(EnglishModel, "load", load)
    reader = EnglishReader()
    reader.read("担当：山田太郎 様\n本日はありがとうございました。")
    assert loaded == []
    reader.read("I spoke with Adam Novak.\nHe agreed with Eve Lang.")
    reader.read("I spoke with Adam Novak.")
    assert loaded == [True]


def test_a_name_is_found_wherever_a_long_line_is_cut(model: EnglishModel) -> None:
    """Pieces of long passages overlap: no name is lost or found twice at a border."""
    for shift in range(0, 40, 3):
        text = "the report was late again " * 70 + "and so on " * shift + "said Katrin Oberhauser, and " * 2
        names = [text[each.start : each.end] for each in model.entities([text])[0] if each.label == "PERSON"]
        assert names == ["Katrin Oberhauser"] * 2


@pytest.mark.parametrize(
    "text", ["Ab " * 20_000, "(" * 30_000 + " Ab Cd", "Mr. A. B." * 6_000, "A b\n" * 15_000]
)
def test_what_follows_a_long_repetition_is_read(reader: EnglishReader, text: str) -> None:
    """No repetition keeps the reader from what comes after it."""
    assert "Katrin Oberhauser" in persons(reader, text + ".\n\nI spoke with Katrin Oberhauser yesterday.")


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=200) | st.text("AaBb .,'\"-\n()&$1é", max_size=200))
def test_any_text_is_read(reader: EnglishReader, text: str) -> None:
    """Every text has an answer, in order and within its bounds."""
    reading = reader.read(f"I met {text}")
    spans = reading.persons
    assert all(0 <= span.start < span.end <= len(text) + 6 and 0 < span.score <= 1 for span in spans)
    assert list(spans) == sorted(spans, key=lambda span: span.start)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    """Weights or words that are not the manifest's are an error, as a missing file is."""
    for name in ("weights.npz", "words.json"):
        folder = tmp_path / name
        shutil.copytree(str(FOLDER), folder)
        with (folder / name).open("ab") as file:
            file.write(b"\0")
        with pytest.raises(ModelError, match="is not the file that the manifest describes"):
            EnglishModel.load(folder=folder)
        (folder / name).unlink()
        with pytest.raises(ModelError, match="is missing or cannot be read"):
            EnglishModel.load(folder=folder)


def test_the_model_carries_its_licence() -> None:
    """The weights are Explosion's under MIT: notice, card and manifest travel with them."""
    assert "Explosion" in (FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert VERSION in (FOLDER / "CARD.md").read_text(encoding="utf-8")
    assert json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))["version"] == VERSION
    assert len((FOLDER / "weights.npz").read_bytes()) < 8_000_000
