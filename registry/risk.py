"""The risk score: four factors whose product anyone can check by hand.

score = 10·log10(1 + persons) × sensitivity × exposure × ledger, rounded and clipped to 0..100.

| Factor | Values |
|---|---|
| persons | 10·log10(1 + persons): 9 persons 10, 999 persons 30, a million 60 |
| sensitivity | plain 1.0, financial 1.3, identification code 1.4, special care 1.6, My Number 1.8; highest |
| exposure | named persons 1.0, group 1.1, unknown 1.25, all staff 1.3, everyone 1.4 |
| ledger | registered 1.0, drift 1.1, over-retained 1.15, not in the ledger 1.24, wrong unit 1.3 |

The logarithm makes ten times as many persons one step of ten, so that a leaflet and a patient
register stand on one scale. The weights of sensitivity follow the order in which the law protects
(APPI Art. 2(2), 2(3); My Number Act Art. 2(8)); all weights are judgements of this product, kept
here in one place. A unit carries the score of its heaviest object: many small matters never hide a
grave one, and clearing the heaviest is what lowers the score.

What is not known makes a band above the score. The upper end of an object takes the most persons that it
may tell of, and everyone as its readers where they are unknown. That of a unit is the highest of its
objects', moved towards 100 by the share of what should have been examined and was not:

upper = u + (100 - u) × (1 - examined / in scope), rounded up.

A unit of which nothing was read could hold anything: its band ends at 100.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from registry.model import Risk, RiskTerm, RiskTermKind
from scanners.model import LEGAL_CLASS, Category, Exposure, LegalClass

FINANCIAL = "financial"
"""Basis of the sensitivity term where card or account numbers are the gravest that was found."""

FINANCIAL_CATEGORIES = frozenset({Category.BANK_ACCOUNT, Category.CREDIT_CARD})


class LedgerState(enum.StrEnum):
    """How an object stands to the ledger; the basis of the score's last factor."""

    REGISTERED = "registered"
    DRIFT = "drift"  # count or categories are not what was registered
    OVER_RETAINED = "over_retained"
    UNREGISTERED = "unregistered"
    WRONG_UNIT = "wrong_unit"


class Action(enum.StrEnum):
    """What a unit can do to lower a score."""

    RESTRICT = "restrict"  # let only named persons read it
    REGISTER = "register"  # write it into the ledger, or correct the entry
    DISPOSE = "dispose"


class Help(NamedTuple):
    """One action and the score that it alone would leave."""

    action: Action
    score: int


SENSITIVITY: Mapping[str, float] = MappingProxyType(
    {
        LegalClass.PLAIN.value: 1.0,
        FINANCIAL: 1.3,
        LegalClass.IDENTIFICATION_CODE.value: 1.4,
        LegalClass.SPECIAL_CARE.value: 1.6,
        LegalClass.MY_NUMBER.value: 1.8,
    }
)

EXPOSURE: Mapping[Exposure, float] = MappingProxyType(
    {
        Exposure.OWNER: 1.0,
        Exposure.GROUP: 1.1,
        Exposure.UNKNOWN: 1.25,
        Exposure.ALL_STAFF: 1.3,
        Exposure.EVERYONE: 1.4,
    }
)

LEDGER: Mapping[LedgerState, float] = MappingProxyType(
    {
        LedgerState.REGISTERED: 1.0,
        LedgerState.DRIFT: 1.1,
        LedgerState.OVER_RETAINED: 1.15,
        LedgerState.UNREGISTERED: 1.24,
        LedgerState.WRONG_UNIT: 1.3,
    }
)


def sensitivity_of(category: Category) -> str:
    """Return the sensitivity basis of one category: a `LegalClass` id, or "financial"."""
    return FINANCIAL if category in FINANCIAL_CATEGORIES else LEGAL_CLASS[category].value


def object_risk(
    persons: int, categories: Collection[Category], exposure: Exposure, ledger_state: LedgerState
) -> Risk:
    """Return the score of one object and the four terms whose clipped product it is.

    `persons` is the number of persons it surely tells of (the low bound), never negative. Without
    any category there is nothing personal, and the caller has no risk to ask for: `ValueError`.
    """
    if persons < 0 or not categories:
        raise ValueError("a risk needs a count of persons of 0 or more and at least one category")
    basis = max((sensitivity_of(category) for category in categories), key=SENSITIVITY.__getitem__)
    terms = (
        RiskTerm(RiskTermKind.PERSONS, 10 * math.log10(1 + persons), str(persons)),
        RiskTerm(RiskTermKind.SENSITIVITY, SENSITIVITY[basis], basis),
        RiskTerm(RiskTermKind.EXPOSURE, EXPOSURE[exposure], exposure.value),
        RiskTerm(RiskTermKind.LEDGER, LEDGER[ledger_state], ledger_state.value),
    )
    product = math.prod(term.value for term in terms)
    return Risk(score=min(100, max(0, round(product))), terms=terms)


def beside_persons(risk: Risk) -> float:
    """Return the product of a risk's other factors, with everyone as readers where they are unknown."""
    exposures = {exposure.value: value for exposure, value in EXPOSURE.items()}
    exposures[Exposure.UNKNOWN.value] = EXPOSURE[Exposure.EVERYONE]
    others = (term for term in risk.terms if term.kind is not RiskTermKind.PERSONS)
    return math.prod(
        exposures[term.basis] if term.kind is RiskTermKind.EXPOSURE else term.value for term in others
    )


def object_upper(risk: Risk, persons_high: int) -> int:
    """Return the upper end of an object's band; `persons_high` is the most persons that it may tell of."""
    product = 10 * math.log10(1 + persons_high) * beside_persons(risk)
    return max(risk.score, min(100, round(product)))


def unit_upper(objects_upper: int, examined: int, in_scope: int) -> int:
    """Return the upper end of a unit's band; nothing in scope: nothing is known of it."""
    unseen = 1 - examined / in_scope if in_scope else 1.0
    return min(100, math.ceil(objects_upper + (100 - objects_upper) * unseen - 1e-9))


def what_would_help(
    persons: int, categories: Collection[Category], exposure: Exposure, ledger_state: LedgerState
) -> list[Help]:
    """Return the actions that would lower the score, each alone, the most effective first.

    Disposal is offered only where the data have no reason to be there: kept beyond their time, or in
    the wrong unit. An action that would not lower the score is left out.
    """
    now = object_risk(persons, categories, exposure, ledger_state).score
    registered = LedgerState.REGISTERED
    choices = [Help(Action.RESTRICT, object_risk(persons, categories, Exposure.OWNER, ledger_state).score)]
    if ledger_state in (LedgerState.UNREGISTERED, LedgerState.DRIFT):
        choices.append(Help(Action.REGISTER, object_risk(persons, categories, exposure, registered).score))
    if ledger_state in (LedgerState.OVER_RETAINED, LedgerState.WRONG_UNIT):
        choices.append(Help(Action.DISPOSE, 0))
    return sorted((choice for choice in choices if choice.score < now), key=lambda choice: choice.score)
