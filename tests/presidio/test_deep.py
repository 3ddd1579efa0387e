"""The deep tier: which models are used, what they read, and what is said where none is installed."""

from __future__ import annotations

import pytest
import spacy
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import SpacyRecognizer

from daicho.cli.deep import language_models
from daicho.errors import UsageError
from scanners.detection import DetectorAnalyzer
from scanners.extension import ExtendedAnalyzer
from scanners.extractors.interface import Limits
from scanners.model import Category
from scanners.presidio import PresidioDetector
from scanners.presidio.deep import deep_limits, deep_version, installed_models


def ruled(language: str, name: str) -> PresidioDetector:
    """Return a deep detector over a spaCy pipeline that knows one name, made here and now."""
    pipeline = spacy.blank("xx")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": name}])  # type: ignore[attr-defined]  # the factory's own type
    engine = SpacyNlpEngine(models=[{"lang_code": language, "model_name": "made-here"}])
    engine.nlp = {language: pipeline}  # type: ignore[assignment]  # declared as None
    recognizer = SpacyRecognizer(supported_language=language, supported_entities=["PERSON"], name="ruled")
    return PresidioDetector(recognizer, language, {"PERSON": Category.PERSON}, model=engine, ceiling=0.45)


def test_the_preferred_installed_model_is_taken() -> None:
    """The first installed one of each language counts; a language without any is left out."""
    models = {"ja": ("no_such_model", "spacy", "thinc"), "en": ("no_such_model",)}
    assert installed_models(models) == {"ja": "spacy"}


def test_runs_with_other_models_have_another_version() -> None:
    """The version of the rules tells which models read along; without models nothing is added."""
    versions = {deep_version(models) for models in ({}, {"ja": "spacy"}, {"ja": "thinc"}, {"en": "not_here"})}
    assert "" in versions
    assert {len(each) for each in versions} == {0, 13}
    assert len(versions) == 4


def test_a_model_reads_its_own_language_only() -> None:
    """The Japanese model gets what holds kana or kanji, the English one the rest."""
    both = [ruled("ja", "Kaede"), ruled("en", "Kaede")]
    here = ExtendedAnalyzer(DetectorAnalyzer((), ()), both)
    assert [match.rule for match in here.text("Kaede です")] == ["presidio.ruled/1"]
    assert [each.start for each in ruled_only("ja").text("Kaede called")] == []
    assert [each.start for each in ruled_only("en").text("Kaede called")] == [0]


def ruled_only(language: str) -> ExtendedAnalyzer:
    """Return an analyzer of one deep detector."""
    return ExtendedAnalyzer(DetectorAnalyzer((), ()), [ruled(language, "Kaede")])


def test_scores_of_models_are_held_down_and_places_are_right_beyond_the_first_piece() -> None:
    """What a model says counts at most as its measured precision, wherever in the text it stands."""
    text = "前置きの文です。\n" * 3000 + "Kaede です"
    (match,) = ruled_only("ja").text(text)
    assert text[match.start : match.end] == "Kaede"
    assert match.score == 0.45


def test_cells_of_tables_are_left_to_their_columns() -> None:
    """A language model reads texts, not cells."""
    assert ruled_only("ja").cells("備考", ["Kaede です"]) == [[]]


def test_the_limits_leave_room_for_a_model() -> None:
    """A worker with a model may take more memory and time."""
    limits = Limits()
    assert deep_limits(limits).memory_bytes > limits.memory_bytes
    assert deep_limits(limits).seconds > limits.seconds


def test_without_a_model_the_command_says_how_to_get_one(capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the line that installs Presidio, spaCy and a model; with one, its name is told."""
    with pytest.raises(UsageError, match=r"-m pip install --require-hashes -r .*deep.lock"):
        language_models({"ja": ("no_such_model",)})
    assert language_models({"ja": ("spacy",)}) == {"ja": "spacy"}
    assert "spacy" in capsys.readouterr().err
