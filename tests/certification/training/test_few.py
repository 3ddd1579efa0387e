"""Rates of few persons: told to who may see single workers alone, and not to be had by subtraction."""

from __future__ import annotations

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
