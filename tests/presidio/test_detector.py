"""Presidio's recognizers inside our scans find what they find in Presidio's engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import (
    AnalyzerEngine,
    EntityRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.predefined_recognizers import IbanRecognizer, SpacyRecognizer

from scanners.detection import DetectorAnalyzer, analyzer
from scanners.detectors.interface import TextDetector
from scanners.engine import ScanKeys, ScanOptions, scan
from scanners.extension import ExtendedAnalyzer
from scanners.model import Category
from scanners.presidio import PresidioDetector
from scanners.presidio.artifacts import without_model
from scanners.presidio.detector import pieces
from scanners.sources import open_source

STAFF = Pattern("staff", r"EMP-\d{6}", 0.8)
MAPPING = {"STAFF_ID": Category.PATIENT_ID, "IBAN_CODE": Category.BANK_ACCOUNT, "PERSON": Category.PERSON}


def staff_ids(language: str = "ja") -> PatternRecognizer:
    """Return a recognizer as a user of Presidio writes one."""
    return PatternRecognizer("STAFF_ID", supported_language=language, patterns=[STAFF], name="staff")


def staff_detectors() -> Sequence[TextDetector]:
    """Return what a scan's workers make."""
    return [PresidioDetector(staff_ids(), "ja", MAPPING)]


class Quoted(EntityRecognizer):
    """A recognizer that is no pattern: what stands in 『…』 counts as a name."""

    def load(self) -> None:
        """Do nothing."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object) -> list[RecognizerResult]:
        """Return the first quotation."""
        start, end = text.find("『"), text.find("』")
        return [RecognizerResult("PERSON", start, end + 1, 0.7)] if 0 <= start < end else []


PIECES = (
    "社員 EMP-123456",
    "EMP-12345",
    "DE89370400440532013000",
    "GB29 NWBK 6016 1331 9268 19",
    "『山田』",
    "です。",
    "\n",
    " ",
    "call ",
)


@pytest.mark.parametrize("language", ["ja", "en"])
@settings(max_examples=20)
@given(chosen=st.lists(st.sampled_from(PIECES), max_size=10))
def test_both_paths_give_the_same_spans(language: str, chosen: list[str]) -> None:
    """In normal spelling a recognizer's spans and scores in a scan are those of Presidio's engine."""
    text = "".join(chosen)
    for recognizer in (
        staff_ids(language),
        IbanRecognizer(supported_language=language),
        Quoted(["PERSON"], supported_language=language, name="quoted"),
    ):
        engine = AnalyzerEngine(
            registry=RecognizerRegistry([recognizer], supported_languages=[language]),
            nlp_engine=without_model([language]),
            supported_languages=[language],
        )
        there = {
            (each.start, each.end, MAPPING[each.entity_type], each.score)
            for each in engine.analyze(text, language=language)
        }
        detector = PresidioDetector(recognizer, language, MAPPING)
        here = ExtendedAnalyzer(analyzer_of_nothing(), [detector]).text(text)
        assert {(each.start, each.end, each.category, each.score) for each in here} == there


def analyzer_of_nothing() -> DetectorAnalyzer:
    """Return an analyzer without detectors, so that only the recognizer speaks."""
    return DetectorAnalyzer((), ())


def test_full_width_text_is_found_at_its_place() -> None:
    """A scan shows recognizers one spelling; spans are those of the original text."""
    text = "㈱東和の社員番号はＥＭＰ－１２３４５６です"
    found = ExtendedAnalyzer(analyzer(names=False), staff_detectors()).text(text)
    assert [text[each.start : each.end] for each in found] == ["ＥＭＰ－１２３４５６"]
    assert found[0].rule == "presidio.staff/1"


def test_cells_are_read_too() -> None:
    """In a table each cell's match is inside its cell."""
    built = ExtendedAnalyzer(analyzer(names=False), staff_detectors())
    cells = built.cells("備考", ["なし", "EMP-123456 に確認", ""])
    assert [[(each.start, each.end) for each in cell] for cell in cells] == [[], [(0, 10)], []]


def test_a_scan_uses_the_recognizer(tmp_path: Path) -> None:
    """Workers make the detectors that the options name, and findings come back."""
    (tmp_path / "memo.txt").write_text("担当は EMP-123456 です。", encoding="utf-8")
    options = ScanOptions(jobs=1, detectors=staff_detectors)
    (result,) = scan(open_source(str(tmp_path)), ScanKeys(b"k" * 32), options)
    assert result.findings is not None
    assert result.findings.column("rule").to_pylist() == ["presidio.staff/1"]


def test_what_cannot_work_is_refused() -> None:
    """Another language, a mapping of nothing, and a recognizer without its model say so at once."""
    with pytest.raises(ValueError, match="reads 'ja'"):
        PresidioDetector(staff_ids(), "en", MAPPING)
    with pytest.raises(ValueError, match="STAFF_ID"):
        PresidioDetector(staff_ids(), "ja", {"OTHER": Category.PERSON})
    with pytest.raises(ValueError, match="SpacyRecognizer"):
        PresidioDetector(SpacyRecognizer(supported_language="ja"), "ja", MAPPING)


@given(lines=st.lists(st.integers(0, 9000), max_size=12), mark=st.sampled_from("\n。 あ"))
def test_pieces_cover_the_text_and_stay_small(lines: list[int], mark: str) -> None:
    """Nothing is lost between pieces and none is longer than a tokenizer takes."""
    text = "".join("字" * length + mark for length in lines)
    bounds = list(pieces(text))
    assert "".join(text[start:end] for start, end in bounds) == text
    assert all(0 < end - start <= 12_000 for start, end in bounds)
