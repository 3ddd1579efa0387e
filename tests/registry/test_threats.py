"""The catalogue of threats and the scale of the risk analysis: what they tell, and what they refuse."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import read_text
from registry import risk_levels, threats
from registry.errors import ReferenceFileError
from registry.risk_levels import STEPS, Level, scale
from registry.threats import Phase, catalogue

_THREATS = read_text(threats.FILE)
_LEVELS = read_text(risk_levels.FILE)


@given(*(st.sampled_from(STEPS) for _ in range(4)))
def test_a_level_never_falls_when_something_gets_worse(one: int, other: int, bad: int, worse: int) -> None:
    """More likely or more harmful never comes to less."""
    low, high = sorted((one, other))
    mild, grave = sorted((bad, worse))
    assert scale().level(low, mild) <= scale().level(high, grave)


def test_the_ends_of_the_scale_are_its_lowest_and_highest_level() -> None:
    """Every level is reached, and steps that there are not have none."""
    found = {scale().level(likelihood, impact) for likelihood in STEPS for impact in STEPS}
    assert found == set(Level)
    assert (scale().level(1, 1), scale().level(5, 5)) == (Level.LOW, Level.CRITICAL)
    for wrong in (0, 6):
        with pytest.raises(ValueError, match="1 to 5"):
            scale().level(wrong, 1)


def test_every_phase_has_threats_and_every_threat_a_measure_in_both_languages() -> None:
    """Nothing in the catalogue is half told."""
    known = catalogue()
    assert {phase for threat in known.threats.values() for phase in threat.phases} == set(Phase)
    for threat in known.threats.values():
        texts = (threat.name, threat.harm, *(measure.name for measure in threat.measures))
        assert all(text.ja.strip() and text.en.strip() for text in texts), threat.id
        assert all(text.ja != text.en for text in texts), threat.id


def test_conditions_speak_of_what_is_declared() -> None:
    """Every medium, place and circumstance that a condition names has a name and is used."""
    known = catalogue()
    for name in ("media", "places"):
        asked = frozenset[str]().union(*(getattr(each.when, name) for each in known.threats.values()))
        assert asked <= getattr(known, name).keys()
    assert frozenset[str]().union(*(each.when.only for each in known.threats.values())) <= (
        known.circumstances.keys()
    )


def test_a_threat_is_a_frozen_value() -> None:
    """Nobody changes the catalogue while it is used."""
    threat = next(iter(catalogue().threats.values()))
    with pytest.raises(dataclasses.FrozenInstanceError):
        threat.id = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("version: 1", "version: none", "whole number"),
        ("confidence: high", "confidence: sure", "there is no 'sure'"),
        ("phases: [acquire]", "phases: [arrive]", "there is no 'arrive'"),
        ("phases: [acquire]", "phases: [acquire, acquire]", "different ones"),
        ("    source: jis", "    source: nobody", "there is no 'nobody'"),
        ("    en: Collected without saying the purpose", "    en: ''", "is empty"),
        ("    en: Collected without saying the purpose\n", "", "'en' is missing"),
        ("when: {classes: [special_care]}", "when: {classes: [secret]}", "there is no 'secret'"),
        ("when: {classes: [special_care]}", "when: {classes: []}", "is empty"),
        ("when: {classes: [special_care]}", "when: {moods: [bad]}", "no such field"),
        ("when: {only: [my_number]}", "when: {only: [night]}", "there is no 'night'"),
        ("kind: human", "kind: divine", "there is no 'divine'"),
        ("id: acquire-too-much", "id: acquire-purpose-unsaid", "given twice"),
        ("id: fax, ja", "id: mail, ja", "given twice"),
        ("en: Paper, words", "en: Paper, on desks, words", "no such field"),
    ],
)
def test_a_wrong_catalogue_is_refused_at_its_line(old: str, new: str, why: str) -> None:
    """What is misspelt is named with file and line before anything is proposed."""
    assert old in _THREATS
    with pytest.raises(ReferenceFileError, match=rf"^t\.yaml:\d+: .*{why}"):
        threats.load(_THREATS.replace(old, new, 1), "t.yaml")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("- {step: 2, ja: まれ", "- {step: 3, ja: まれ", "must be 2"),
        ("- [moderate, high, high, critical, critical]", "- [moderate, high]", "5 levels"),
        ("- [moderate, high, high, critical, critical]", "- [high, low, high, critical, critical]", "impact"),
        ("- [moderate, high, high, critical, critical]", "- [low, low, low, low, low]", "likelihood"),
        ("[low, low, low, low, moderate]", "[low, low, low, low, grey]", "there is no level 'grey'"),
        ("  - [moderate, high, high, critical, critical]\n", "", "5 rows"),
        ("source: own\n", "", "'source' is missing"),
    ],
)
def test_a_wrong_scale_is_refused_at_its_line(old: str, new: str, why: str) -> None:
    """A scale that would call the worse the lesser is no scale."""
    assert old in _LEVELS
    with pytest.raises(ReferenceFileError, match=rf"^l\.yaml:\d+: .*{why}"):
        risk_levels.load(_LEVELS.replace(old, new, 1), "l.yaml")


@pytest.mark.parametrize("load", [threats.load, risk_levels.load])
def test_an_empty_file_is_refused(load: object) -> None:
    """Nothing is no catalogue."""
    assert callable(load)
    for text, why in (("", "empty"), ("a: [", "e.yaml:1: not valid YAML"), ("- a", "e.yaml:1: : fields")):
        with pytest.raises(ReferenceFileError, match=why):
            load(text, "e.yaml")
