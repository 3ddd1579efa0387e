"""Rules change what a scan reports, and what they leave out is counted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanners.detection import RULES_VERSION, analyzer, rules_version
from scanners.detectors.table import pattern_detectors, text_detectors
from scanners.engine import ScanKeys, Scanner, ScanOptions
from scanners.fingerprint import Fingerprinter
from scanners.model import Category, ObjectResult
from scanners.rules.checking import examples, failures
from scanners.rules.loading import load
from scanners.rules.model import RuleSet
from scanners.rules.patterns import SPOKESMAN
from scanners.sources import open_source
from tests.rules.test_loading import documented

TODAY = date(2026, 11, 23)
KEY = b"k" * 32
TEXT = "電話 03-5555-0123 と 090-1234-5678、会員番号 KM-12345678、受診票番号 A-00123\n"
PHONE = "090-1234-5678"


def rules(text: str) -> RuleSet:
    """Return rules from YAML."""
    return load(text, "own.yaml", TODAY)


def scanned(folder: Path, given: RuleSet, scope: str = "") -> ObjectResult:
    """Return the one object of a folder as a scan with real workers sees it."""
    options = ScanOptions(jobs=1, names=False, rules=given)
    with Scanner(ScanKeys(KEY), options) as scanner:
        (result,) = scanner.scan(open_source(str(folder)), scope=scope)
    return result


def found(given: RuleSet, text: str = TEXT) -> list[tuple[str, Category]]:
    """Return what the fast detectors find under rules."""
    matches = analyzer(names=False, rules=given).text(text)
    return [(text[match.start : match.end], match.category) for match in matches]


def test_every_category_has_a_spokesman() -> None:
    """Words of a workspace stand in for a word that a detector of the category knows."""
    detectors = (*pattern_detectors(), *text_detectors())
    for category, word in SPOKESMAN.items():
        assert any(category in each.categories and word in each.labels for each in detectors), word
    assert set(SPOKESMAN) == set(Category)


def test_a_custom_pattern_is_found_with_its_label_only() -> None:
    """The rule and the reason name the workspace's own rule."""
    given = documented()
    assert ("KM-12345678", Category.PATIENT_ID) in found(given)
    assert found(given, "部品 KM-12345678") == []
    (match,) = analyzer(names=False, rules=given).text("会員番号 KM-12345678")
    assert match.rule == "custom.member_card/1"
    assert [term.detail for term in match.evidence] == ["", "会員番号"]


def test_a_custom_check_digit_rejects() -> None:
    """A value whose check digit is wrong is no finding, a right one raises the score."""
    given = rules(
        "patterns:\n  - id: card\n    category: CREDIT_CARD\n    expression: 'Z[0-9]{8}'\n"
        "    check_digit: luhn\n    found: [{text: Z12345674, values: [Z12345674]}]\n"
        "    rejected: [Z12345675]\n"
    )
    (match,) = analyzer(names=False, rules=given).text("Z12345674")
    assert match.score == pytest.approx(0.8)


@pytest.mark.parametrize("text", ["受診票番号：A-00123", "氏名,受診票番号\n甲,A-00123\n"])
def test_an_extra_label_word_announces_values(text: str) -> None:
    """A word of the workspace works like the detector's own, before a value and above a column."""
    assert ("A-00123", Category.PATIENT_ID) not in found(RuleSet(), text)
    assert ("A-00123", Category.PATIENT_ID) in found(documented(), text)


def test_an_extra_label_word_heads_a_table_column() -> None:
    """Cells of a column under such a word are read."""
    given = analyzer(names=False, rules=documented())
    assert [len(cell) for cell in given.cells("受診票番号", ["A-00123", "A-00124"])] == [1, 1]


def test_allowed_values_are_counted_and_not_reported(tmp_path: Path) -> None:
    """An allowed value is no finding, no person and no category, and the object says how many there were."""
    (tmp_path / "memo.txt").write_text(TEXT, encoding="utf-8")
    before, after = scanned(tmp_path, RuleSet()), scanned(tmp_path, documented())
    assert (before.categories[Category.PHONE].count, before.allowed) == (2, 0)
    assert (after.categories[Category.PHONE].count, after.allowed) == (1, 1)
    assert after.findings is not None
    assert Category.PATIENT_ID in after.categories


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ('path: "*/memo.txt"', 0),
        ('path: "*/other.txt"', 2),
        ('path: "*/memo.txt"\n    category: EMAIL', 2),
        ('pattern: "090-[0-9]{4}-[0-9]{4}"', 1),
        ('pattern: "090-[0-9]{4}"', 2),
        (f'fingerprint: "{Fingerprinter(KEY).of(Category.PHONE, PHONE).hex()}"', 1),
    ],
)
def test_every_condition_of_an_allowance_must_hold(tmp_path: Path, condition: str, left: int) -> None:
    """Path, whole value, fingerprint and category each narrow what is allowed."""
    (tmp_path / "memo.txt").write_text(f"電話 03-5555-0123、携帯 {PHONE}\n", encoding="utf-8")
    given = rules(f"allow:\n  - id: a\n    {condition}\n    owner: 総務部\n    expires: 2027-01-01\n")
    result = scanned(tmp_path, given)
    tally = result.categories.get(Category.PHONE)
    assert ((tally.count if tally else 0), result.allowed) == (left, 2 - left)


def test_judgements_apply_to_their_scope_only(tmp_path: Path) -> None:
    """A value judged in one unit is still found in another."""
    (tmp_path / "memo.txt").write_text(f"携帯 {PHONE}\n", encoding="utf-8")
    given = RuleSet(judged={"unit-1": frozenset({Fingerprinter(KEY).of(Category.PHONE, PHONE)})})
    assert scanned(tmp_path, given, "unit-1").allowed == 1
    assert scanned(tmp_path, given, "unit-2").allowed == 0


def test_a_threshold_leaves_out_what_is_less_sure(tmp_path: Path) -> None:
    """A category is reported from its own score on."""
    (tmp_path / "memo.txt").write_text(f"携帯 {PHONE}\n", encoding="utf-8")
    assert scanned(tmp_path, rules("thresholds:\n  PHONE: 1.0\n")).categories == {}
    assert Category.PHONE in scanned(tmp_path, rules("thresholds:\n  PHONE: 0.3\n")).categories


def test_the_version_of_a_run_tells_of_its_rules() -> None:
    """Other rules give another version; none the detectors' own."""
    assert rules_version(RuleSet()) == RULES_VERSION
    other = rules("thresholds:\n  PERSON: 0.7\n")
    versions = {rules_version(each) for each in (RuleSet(), documented(), other)}
    assert len(versions) == 3
    assert all(len(version) <= 64 for version in versions)


def test_cases_that_are_not_met_are_named() -> None:
    """Every example is tried with all detectors, and the ones that fail say what was found instead."""
    given = rules(
        "cases:\n  phone:\n    found:\n      - {text: 内線 4021, values: ['4021']}\n    rejected: [甲]\n"
    )
    (failure,) = failures(given)
    assert (failure.rule, failure.found, str(failure.example.place)) == ("phone", (), "own.yaml:4")
    assert examples(given) == 2
    assert list(failures(documented())) == []
