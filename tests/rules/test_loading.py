"""Rule files are checked before they are believed, and every refusal names file and line."""

from __future__ import annotations

import pickle
import re
from datetime import date
from pathlib import Path

import pytest

from scanners.errors import RuleError
from scanners.model import Category
from scanners.rules.loading import joined, load
from scanners.rules.model import RuleSet

TODAY = date(2026, 11, 23)
DOCUMENT = Path(__file__).resolve().parents[2] / "docs/custom-rules.md"
PATTERN = """\
patterns:
  - id: member
    category: PATIENT_ID
    expression: "{expression}"
    found: [{{text: "KM-12345678", values: ["KM-12345678"]}}]
    rejected: ["KM-1"]
"""
ALLOW = """\
allow:
  - id: known
    {condition}
    owner: 総務部
    expires: {expires}
"""


def refusal(text: str) -> str:
    """Return how a rule file is refused."""
    with pytest.raises(RuleError) as caught:
        load(text, "own.yaml", TODAY)
    return str(caught.value)


def documented() -> RuleSet:
    """Return the rules of the complete file in the document."""
    found = re.search(
        r"```yaml file=rules/own.yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found
    return load(found.group(1), "own.yaml", TODAY)


def test_the_documented_file_is_read_whole() -> None:
    """Every section of the example in the document arrives."""
    rules = documented()
    assert [rule.id for rule in rules.patterns] == ["member_card"]
    assert rules.labels == ((Category.PATIENT_ID, "受診票番号"),)
    assert rules.thresholds == {Category.PERSON: 0.6}
    assert [len(case.examples) for case in rules.cases] == [2]
    assert [allow.id for allow in rules.allows] == ["switchboard", "training_material"]
    assert rules.expired == ()


def test_rules_reach_another_process_unchanged() -> None:
    """A rule set survives pickling with the same digest."""
    rules = documented()
    assert pickle.loads(pickle.dumps(rules)) == rules
    assert re.fullmatch("[0-9a-f]{16}", rules.digest)


def test_an_empty_file_changes_nothing() -> None:
    """No rules have no digest, so that the version of the detectors stays as it is."""
    assert load("# nothing yet\n", "own.yaml", TODAY) == RuleSet()
    assert RuleSet().digest == ""


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("KM-[0-9]*", "repeats without end"),
        ("KM-[0-9]+", "repeats without end"),
        ("KM-[0-9]{3,}", "repeats without end"),
        (".{3,9}", "any character"),
        ("[^a]{3,9}", "nearly any character"),
        ("^KM-[0-9]{8}", "no anchors"),
        ("(KM){0,3}", "an empty text"),
        ("[0-9]{2}", "shorter than 3"),
        ("[A-Z]{3,300}", "300 characters"),
        ("([0-9]{1,99}){1,99}", "too large"),
        ("A" * 600, "longer than 500"),
        ("(?=KM)KM1", "no look-around"),
        ("((((((((((((((((((((((KM1))))))))))))))))))))))", "nested"),
        ("(KM[0-9]{8}", "not closed"),
        ("KM1)", "no '\\('"),
        ("KM[0-9", "not closed"),
        ("KM1{x}", "how often"),
        ("{3}KM", "nothing before it"),
        ("[A-Za-z0-9 ]{3,20}", "ordinary text"),
    ],
)
def test_hostile_expressions_are_refused_with_the_reason(expression: str, why: str) -> None:
    """What would match without end, nothing, or everywhere never reaches a scan."""
    message = refusal(PATTERN.format(expression=expression))
    assert message.startswith("own.yaml:4: patterns[1].expression: ")
    assert re.search(why, message)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("patterns: [", 1, "not valid YAML"),
        ("a: &x 1\nallow: *x\n", 2, "references"),
        ("pattern: []\n", 1, "no such field; known are allow, cases"),
        ("labels:\n  PERSON: [a]\n", 2, "2 to 40"),
        ("labels:\n  NAME: [来園者]\n", 2, "no category 'NAME'"),
        ("labels:\n  PERSON:\n    - 電話番号\n", 3, "already a label of PHONE"),
        ("labels:\n  PERSON: [来園者]\n  PHONE: [来園者]\n", 3, "already given for PERSON at own.yaml:2"),
        ("thresholds:\n  PERSON: 1.5\n", 2, "from 0 to 1"),
        ("thresholds:\n  PERSON: 0.5\n  PERSON: 0.6\n", 3, "given twice"),
        ("cases:\n  telephone: {}\n", 2, "no detector 'telephone'; known are address"),
        (
            "cases:\n  phone:\n    found:\n      - {text: 電話, values: [甲]}\n",
            4,
            "does not stand in the text",
        ),
        (ALLOW.format(condition="reason: x", expires="2027-01-01"), 2, "would allow everything"),
        (ALLOW.format(condition='path: "*"', expires="2027-01-01"), 3, "covers every place"),
        (ALLOW.format(condition="pattern: '0.*'", expires="2027-01-01"), 3, "any character"),
        (ALLOW.format(condition="fingerprint: abc", expires="2027-01-01"), 3, "hexadecimal"),
        (ALLOW.format(condition="pattern: 'A1'", expires="2031-01-01"), 5, "three years"),
        (ALLOW.format(condition="pattern: 'A1'", expires="soon"), 5, "must be a date"),
        ("allow:\n  - id: a\n    pattern: A1\n    expires: 2027-01-01\n", 2, "'owner' is missing"),
    ],
)
def test_errors_name_the_line(text: str, line: int, why: str) -> None:
    """Whoever wrote the file finds the place at once."""
    message = refusal(text)
    assert message.startswith(f"own.yaml:{line}: ")
    assert why in message


def test_an_example_that_is_not_met_is_an_error_of_the_file() -> None:
    """A pattern must do to its own examples what they say."""
    message = refusal(PATTERN.format(expression="KM-[0-9]{7}"))
    assert message.startswith("own.yaml:5: pattern 'member': ['KM-12345678'] should be found")


def test_an_unknown_check_digit_is_refused() -> None:
    """The known ones are named."""
    text = PATTERN.format(expression="KM-[0-9]{8}") + "    check_digit: modulus_97\n"
    assert "own.yaml:7: patterns[1].check_digit: there is no check digit 'modulus_97'" in refusal(text)


def test_an_expired_allowance_no_longer_applies_and_is_listed() -> None:
    """The last day counts, the day after does not."""
    last = load(ALLOW.format(condition="pattern: 'A1'", expires=TODAY), "own.yaml", TODAY)
    after = load(ALLOW.format(condition="pattern: 'A1'", expires="2026-11-22"), "own.yaml", TODAY)
    assert [len(rules.allows) for rules in (last, after)] == [1, 0]
    assert [len(rules.expired) for rules in (last, after)] == [0, 1]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (PATTERN.format(expression="KM-[0-9]{8}"), 2, "pattern 'member'"),
        (ALLOW.format(condition="pattern: 'A1'", expires="2027-01-01"), 2, "allowance 'known'"),
        ("labels:\n  PERSON:\n    - 来園者\n", 3, "label '来園者'"),
        ("thresholds:\n  PERSON: 0.5\n", 2, "threshold 'PERSON'"),
    ],
)
def test_nothing_is_given_in_two_files(text: str, line: int, what: str) -> None:
    """What is given twice is refused naming both places."""
    expected = f"b.yaml:{line}: the {what} is already given at a.yaml:{line}"
    with pytest.raises(RuleError, match=re.escape(expected)):
        joined([load(text, "a.yaml", TODAY), load(text, "b.yaml", TODAY)])


def test_a_huge_or_deep_file_is_refused() -> None:
    """Neither length nor nesting can exhaust the reader."""
    assert "split it" in refusal("#" * 600_000)
    assert "own.yaml" in refusal("[" * 5_000)
