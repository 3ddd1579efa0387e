"""The risk score and what would lower it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.model import RiskLevel, RiskTermKind
from registry.risk import (
    EXPOSURE,
    LEDGER,
    Action,
    LedgerState,
    object_risk,
    object_upper,
    unit_upper,
    what_would_help,
)
from scanners.model import Category, Exposure

PERSONS = st.integers(min_value=0, max_value=10_000_000)
CATEGORIES = st.frozensets(st.sampled_from(Category), min_size=1)
EXPOSURES = st.sampled_from(Exposure)
STATES = st.sampled_from(LedgerState)


@pytest.mark.parametrize(
    ("persons", "categories", "exposure", "state", "score"),
    [
        (1204, {Category.MEDICAL, Category.PERSON}, Exposure.EVERYONE, LedgerState.UNREGISTERED, 86),
        (1204, {Category.MEDICAL, Category.PERSON}, Exposure.OWNER, LedgerState.UNREGISTERED, 61),
        (1204, {Category.MEDICAL, Category.PERSON}, Exposure.OWNER, LedgerState.REGISTERED, 49),
        (0, {Category.PERSON}, Exposure.EVERYONE, LedgerState.WRONG_UNIT, 0),
        (9, {Category.PERSON}, Exposure.OWNER, LedgerState.REGISTERED, 10),
        (9, {Category.CREDIT_CARD}, Exposure.OWNER, LedgerState.REGISTERED, 13),
        (9, {Category.DRIVER_LICENSE, Category.CREDIT_CARD}, Exposure.OWNER, LedgerState.REGISTERED, 14),
        (9, {Category.MY_NUMBER, Category.MEDICAL}, Exposure.GROUP, LedgerState.DRIFT, 22),
        (10_000_000, {Category.MY_NUMBER}, Exposure.EVERYONE, LedgerState.WRONG_UNIT, 100),
    ],
)
def test_score_is_the_documented_product(persons, categories, exposure, state, score):
    """The score is the product of the documented factors, rounded and never above 100."""
    assert object_risk(persons, categories, exposure, state).score == score


@given(PERSONS, PERSONS, CATEGORIES, EXPOSURES, STATES)
def test_more_persons_never_lower_the_score(fewer, more, categories, exposure, state):
    """Of two objects alike in all else, the one with more persons never has the lower score."""
    fewer, more = sorted((fewer, more))
    low, high = (object_risk(count, categories, exposure, state) for count in (fewer, more))
    assert low.score <= high.score


@given(PERSONS, CATEGORIES, CATEGORIES, EXPOSURES, STATES)
def test_further_categories_never_lower_the_score(persons, categories, further, exposure, state):
    """Finding further categories in an object never lowers its score."""
    before = object_risk(persons, categories, exposure, state)
    assert before.score <= object_risk(persons, categories | further, exposure, state).score


@given(PERSONS, CATEGORIES, EXPOSURES, EXPOSURES, STATES)
def test_wider_exposure_never_lowers_the_score(persons, categories, one, other, state):
    """Letting more people read an object never lowers its score."""
    narrow, wide = sorted((one, other), key=EXPOSURE.__getitem__)
    before = object_risk(persons, categories, narrow, state)
    assert before.score <= object_risk(persons, categories, wide, state).score


@given(PERSONS, CATEGORIES, EXPOSURES, STATES, STATES)
def test_worse_ledger_state_never_lowers_the_score(persons, categories, exposure, one, other):
    """A graver difference from the ledger never lowers the score."""
    good, bad = sorted((one, other), key=LEDGER.__getitem__)
    before = object_risk(persons, categories, exposure, good)
    assert before.score <= object_risk(persons, categories, exposure, bad).score


@given(PERSONS, CATEGORIES, EXPOSURES, STATES)
def test_terms_multiply_to_the_score(persons, categories, exposure, state):
    """The terms that a page shows multiply to the score that it shows, in their fixed order."""
    risk = object_risk(persons, categories, exposure, state)
    product = 1.0
    for term in risk.terms:
        product *= term.value
    assert risk.score == min(100, round(product))
    assert [term.kind for term in risk.terms] == list(RiskTermKind)
    assert risk.level == RiskLevel.of(risk.score)


@given(PERSONS, CATEGORIES, EXPOSURES, STATES)
def test_every_proposed_action_helps(persons, categories, exposure, state):
    """Every proposed action lowers the score, and the most effective stands first."""
    now = object_risk(persons, categories, exposure, state).score
    scores = [score for _, score in what_would_help(persons, categories, exposure, state)]
    assert all(score < now for score in scores)
    assert scores == sorted(scores)


def test_help_for_open_unregistered_health_data():
    """Health data that all can read and nobody registered: restrict first, then register."""
    helps = what_would_help(1204, {Category.MEDICAL}, Exposure.EVERYONE, LedgerState.UNREGISTERED)
    assert helps == [(Action.RESTRICT, 61), (Action.REGISTER, 69)]


def test_disposal_is_offered_only_without_a_reason_to_keep():
    """Registered data in use are never proposed for disposal; over-retained data are, first."""
    kept = what_would_help(50, {Category.PERSON}, Exposure.EVERYONE, LedgerState.REGISTERED)
    over = what_would_help(50, {Category.PERSON}, Exposure.EVERYONE, LedgerState.OVER_RETAINED)
    assert [help_.action for help_ in kept] == [Action.RESTRICT]
    assert over[0] == (Action.DISPOSE, 0)


def test_nothing_personal_has_no_risk():
    """Asking for the risk of nothing is a fault of the caller."""
    with pytest.raises(ValueError, match="at least one category"):
        object_risk(3, frozenset(), Exposure.OWNER, LedgerState.REGISTERED)


def test_the_band_is_the_documented_one():
    """Most persons and everyone as readers make the end; a tenth unexamined takes a tenth of what is left."""
    known = object_risk(1204, {Category.MEDICAL}, Exposure.OWNER, LedgerState.REGISTERED)
    assert (known.score, object_upper(known, 1204), object_upper(known, 2500)) == (49, 49, 54)
    unknown = object_risk(1204, {Category.MEDICAL}, Exposure.UNKNOWN, LedgerState.REGISTERED)
    assert (unknown.score, object_upper(unknown, 1204)) == (62, 69)
    assert [unit_upper(60, 90, 100), unit_upper(60, 100, 100), unit_upper(60, 0, 100)] == [64, 60, 100]
    assert unit_upper(0, 0, 0) == 100


@given(PERSONS, PERSONS, CATEGORIES, EXPOSURES, STATES)
def test_the_band_begins_at_the_score_and_grows_with_what_may_be(one, other, categories, exposure, state):
    """The end is never below the score, and never falls when more persons are possible."""
    few, many = sorted((one, other))
    risk = object_risk(few, categories, exposure, state)
    assert risk.score <= object_upper(risk, few) <= object_upper(risk, many) <= 100


@given(
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(1, 10**6),
)
def test_less_examined_never_narrows_the_band(one, other, some, more, in_scope):
    """With less examined, or a higher end of the objects, a unit's end never falls."""
    low, high = sorted((one, other))
    less, much = sorted((min(some, in_scope), min(more, in_scope)))
    assert low <= unit_upper(low, much, in_scope) <= unit_upper(low, less, in_scope) <= 100
    assert unit_upper(low, less, in_scope) <= unit_upper(high, less, in_scope)
