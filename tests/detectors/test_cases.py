"""Every detector of the table against its own case file."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanners.detection import DetectorAnalyzer, analyzer
from scanners.detectors.table import pattern_detectors, text_detectors
from scanners.model import Category

CASES = Path(__file__).parent / "cases"
DETECTORS = {detector.name: detector for detector in (*pattern_detectors(), *text_detectors())}


@cache
def _analyzer() -> DetectorAnalyzer:
    return analyzer(names=True)


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


def _found(text: str, categories: frozenset[Category]) -> list[str]:
    matches = _analyzer().text(text)
    return [text[match.start : match.end] for match in matches if match.category in categories]


@pytest.mark.parametrize("name", sorted(DETECTORS))
def test_detector_finds_exactly_its_cases(name: str) -> None:
    """What the case file lists is found with exact bounds, and what it rejects is not."""
    cases = _load(name)
    # What finds nothing must leave nothing to be found.
    categories = DETECTORS[name].categories or frozenset(Category)
    assert cases["found"] or name == "corporate_number"  # which finds nothing: it hides
    assert cases["rejected"]
    wrong = {
        case["text"]: found
        for case in cases["found"]
        if (found := _found(case["text"], categories)) != case["values"]
    }
    wrong |= {text: found for text in cases["rejected"] if (found := _found(text, categories))}
    assert wrong == {}


@pytest.mark.parametrize("name", sorted(DETECTORS))
def test_detector_is_documented_and_versioned(name: str) -> None:
    """The class docstring is the public page: it says what, whence, what is found and what is not."""
    detector = DETECTORS[name]
    page = type(detector).__doc__ or ""
    assert all(f"{heading}:" in page for heading in ("What", "Source", "Found", "Rejected"))
    assert detector.version >= 1
    assert detector.categories or name == "corporate_number"


def test_case_files_and_table_match() -> None:
    """No case file stands without its detector."""
    assert {path.stem for path in CASES.glob("*.yaml")} == set(DETECTORS)


def test_every_match_says_why() -> None:
    """Each match carries evidence, a score within 0 and 1, and a rule with its version."""
    for match in _analyzer().text("電話 090-1234-5678 マイナンバー 123456789018 hanako@kaisha.jp"):
        assert match.evidence
        assert 0.5 <= match.score <= 1
        assert match.rule.rpartition("/")[2].isdigit()
