"""Rates of few persons: told to who may see single workers alone, and not to be had by subtraction."""

from __future__ import annotations

from datetime import timedelta

from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.facts import Fact, Standing
from privacy_mark.requirements.model import SupplierId
from privacy_mark.requirements.renewal import renewal
from privacy_mark.requirements.suppliers import SUPPLIERS, members_of
from privacy_mark.reviews import operation_facts
from privacy_mark.reviews.model import Facts
from privacy_mark.reviews.span import Span
from privacy_mark.training import standing
from registry import accounts, organisation
from registry.model import Principal, Role, UnitId
from tests.certification.training.company import OWNER, TODAY, Company, account


def staffed(company: Company, *, a: int, b: int, direct: int) -> UnitId:
    """Put so many workers into the two departments and the company itself; return the second department."""
    top = company.a.removesuffix("-A")
    units = [company.a] * a + [company.b] * b + [top] * direct
    company.workers(
        *(f"{number},従業 者,{unit},正社員,2015/04/01,,,,,," for number, unit in enumerate(units))
    )
    with company.registry.read(OWNER) as tx:
        found = organisation.unit_by_code(tx, company.b)
    assert found is not None
    return found.id


def somebody(company: Company, role: Role, *units: UnitId) -> Principal:
    """Return somebody with a role in units."""
    who = account(company, f"{role.value}{company.unit_id}@x.example")
    with company.registry.write(OWNER) as tx:
        for unit_id in units:
            accounts.grant(tx, who.user_id, role, unit_id)
    return accounts.principal_of(company.registry, who.user_id)


def below(company: Company, who: Principal) -> dict[UnitId, int | None]:
    """Return how many are in scope by row, None where it is not told."""
    with company.registry.read(who) as tx:
        rows = standing.rates_below(tx, company.unit_id, company.course_id, TODAY)
    return {each.unit_id: each.rate.in_scope if each.rate else None for each in rows}


def whole(company: Company, who: Principal, unit_id: UnitId) -> int | None:
    """Return how many are in scope of a unit, None where it is not told."""
    with company.registry.read(who) as tx:
        found = standing.rate(tx, unit_id, company.course_id, TODAY)
    return found.in_scope if found else None


def test_a_rate_of_few_is_told_to_who_may_see_single_workers(company: Company) -> None:
    """Four persons are too few, five are not; the training manager sees both."""
    b_id = staffed(company, a=4, b=5, direct=0)
    of_a = somebody(company, Role.EXECUTIVE, company.a_id)
    keeper = somebody(company, Role.TRAINING_MANAGER, company.unit_id)
    assert whole(company, of_a, company.a_id) is None
    assert whole(company, keeper, company.a_id) == 4
    assert below(company, keeper) == {company.a_id: 4, b_id: 5}


def test_what_is_left_out_cannot_be_had_from_the_sum(company: Company) -> None:
    """Beside the row of two another is left out, in the table and when its unit is asked for."""
    b_id = staffed(company, a=2, b=5, direct=6)
    who = somebody(company, Role.EXECUTIVE, company.unit_id)
    assert below(company, who) == {company.a_id: None, b_id: None, company.unit_id: 6}
    assert whole(company, who, company.unit_id) == 13
    assert [whole(company, who, each) for each in (company.a_id, b_id)] == [None, None]


def test_who_sees_one_department_alone_has_no_sum(company: Company) -> None:
    """So its five are told, whoever works beside them."""
    b_id = staffed(company, a=2, b=5, direct=6)
    assert whole(company, somebody(company, Role.EXECUTIVE, b_id), b_id) == 5


def test_what_is_kept_or_told_on_has_no_rate_of_few(company: Company) -> None:
    """Facts of readiness and inputs of reviews are read by others than who asks: four are told to nobody."""
    staffed(company, a=4, b=0, direct=0)
    keeper = somebody(company, Role.OFFICER, company.unit_id)
    assert whole(company, keeper, company.unit_id) == 4
    fact = _fact(company, keeper)
    assert (fact.standing, fact.few, fact.done, fact.of, fact.explained) == (Standing.LACKING, True, 0, 0, 0)
    assert fact.told().keys() == {"standing", "few", "on", "until"}
    facts = _input(company, keeper)
    assert [(each.name, each.number) for each in facts.figures] == [("few", 1)]
    assert [(each.code, each.count, each.of) for each in facts.rows] == [("few", None, None)]
    assert _trained(company, keeper) == [None]


def test_five_are_told_everywhere(company: Company) -> None:
    """The floor is five persons."""
    staffed(company, a=5, b=0, direct=0)
    keeper = somebody(company, Role.OFFICER, company.unit_id)
    fact = _fact(company, keeper)
    assert (fact.few, fact.of) == (False, 5)
    facts = _input(company, keeper)
    passed, *_rest = facts.figures
    assert (passed.name, passed.number, passed.of) == ("passed", 0, 5)
    assert _trained(company, keeper) == [5]


def test_a_unit_beside_few_is_not_kept_either(company: Company) -> None:
    """What the review of one department told would give the two of the other, taken from the sum."""
    b_id = staffed(company, a=2, b=5, direct=6)
    keeper = somebody(company, Role.OFFICER, company.unit_id)
    figures = {unit: _input(company, keeper, unit).figures for unit in (b_id, company.unit_id)}
    assert [each.name for each in figures[b_id]] == ["few"]
    assert figures[company.unit_id][0].of == 13


def _fact(company: Company, who: Principal) -> Fact:
    with company.registry.read(who) as tx:
        members = members_of(tx, frozenset({company.unit_id}))
        return SUPPLIERS[SupplierId.TRAINING].facts(tx, members, TODAY)[company.unit_id]


def _input(company: Company, who: Principal, unit_id: UnitId | None = None) -> Facts:
    with company.registry.read(who) as tx:
        span = Span(TODAY - timedelta(days=365), TODAY)
        return operation_facts.training(tx, unit_id or company.unit_id, span)


def _trained(company: Company, who: Principal) -> list[int | None]:
    """Return how many are in scope of each course in the report on the readiness for renewal."""
    with company.registry.read(who) as tx:
        found = renewal(tx, product(), company.unit_id).training
    return [each.rate.in_scope if each.rate else None for each in found]
