"""Courses by role: officers by employment or office, suppliers by a record of each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from privacy_mark.training import courses, own, standing, suppliers
from privacy_mark.training.content import ready_made
from privacy_mark.training.courses import CourseDraft
from privacy_mark.training.due import SUPPLIER, due
from privacy_mark.training.model import Audience, CourseId, Cycle
from registry import accounts, journal, processors
from registry.errors import InvalidValue, NotFound
from registry.handling import ProcessorId
from registry.model import Role, UnitId
from registry.processors import ProcessorDraft
from registry.store import Tx
from tests.certification.training.company import OWNER, TODAY, Company, account

OPENED = TODAY - timedelta(days=60)


def course(company: Company, audience: Audience, name: str) -> CourseId:
    """Set up a course of an audience whose round ended yesterday."""
    with company.registry.write(OWNER) as tx:
        draft = CourseDraft(company.unit_id, name, name, audience, Cycle.ROUNDS, OPENED)
        made = courses.create(tx, draft)
        courses.publish(tx, made.id, ready_made(name), expected_version=1)
        courses.open_round(tx, made.id, opens_on=OPENED, due_on=TODAY - timedelta(days=1), expected_version=1)
        return made.id


def in_scope(tx: Tx, company: Company, of: CourseId, day: date = TODAY) -> int:
    """Return how many have to take a course."""
    found = standing.rate(tx, company.unit_id, of, day)
    assert found is not None
    return found.in_scope


def supplier(
    company: Company, name: str, unit_id: UnitId | None = None, until: date | None = None
) -> ProcessorId:
    """Register somebody whom the company entrusts data to."""
    with company.registry.write(OWNER) as tx:
        draft = ProcessorDraft(unit_id or company.unit_id, name, contract="業務委託契約", valid_until=until)
        return processors.add_processor(tx, draft).id


def test_officers_are_whom_hr_says_so_or_who_holds_an_office(company: Company) -> None:
    """An executive whom HR lists as regular takes the course, while the office lasts; a manager does not."""
    boss, chief = f"boss{company.unit_id}@x.example", f"chief{company.unit_id}@x.example"
    company.workers(
        "1,役員 一,{a},役員,2015/04/01,,,,,,",
        f"2,執行 二,{{a}},正社員,2015/04/01,,{boss},,,,",
        f"3,部長 三,{{b}},正社員,2015/04/01,,{chief},,,,",
        "4,一般 四,{b},正社員,2015/04/01,,,,,,",
    )
    officers = course(company, Audience.OFFICERS, "officers")
    executive, manager = account(company, boss), account(company, chief)
    with company.registry.write(OWNER) as tx:
        accounts.grant(
            tx, executive.user_id, Role.EXECUTIVE, company.unit_id, TODAY, TODAY + timedelta(days=30)
        )
        accounts.grant(tx, manager.user_id, Role.DEPARTMENT_MANAGER, company.unit_id)
        assert in_scope(tx, company, officers) == 2
        assert in_scope(tx, company, officers, TODAY - timedelta(days=1)) == 1
        names = {each.number for each in standing.persons(tx, company.unit_id, officers, TODAY).rows}
    assert names == {"1", "2"}
    for who, asked in ((executive, True), (manager, False)):
        with company.registry.read(who) as tx:
            assert (officers in {each.course.id for each in own.assignments(tx)}) is asked


def test_an_office_elsewhere_makes_nobody_an_officer_here(company: Company) -> None:
    """Who is an officer of one department only is none where they work."""
    login = f"else{company.unit_id}@x.example"
    company.workers(f"1,他部 一,{{b}},正社員,2015/04/01,,{login},,,,")
    officers = course(company, Audience.OFFICERS, "officers")
    who = account(company, login)
    with company.registry.write(OWNER) as tx:
        accounts.grant(tx, who.user_id, Role.EXECUTIVE, company.a_id)
        assert in_scope(tx, company, officers) == 0


def test_suppliers_are_taught_by_the_record_of_each(company: Company) -> None:
    """Who has no record since the round opened is told of; ended contracts are left out."""
    first, second = supplier(company, "運送社"), supplier(company, "印刷社", company.a_id)
    supplier(company, "終了社", until=TODAY - timedelta(days=1))
    number = course(company, Audience.SUPPLIERS, "suppliers")
    with company.registry.write(OWNER) as tx:
        suppliers.record(tx, first, number, on=OPENED - timedelta(days=1), people=3, evidence="昨年の報告書")
        before = suppliers.standings(tx, company.unit_id, number, TODAY)
        kinds = [each.kind for each in due(tx, TODAY) if each.unit_id == company.unit_id]
    assert [(each.name, each.is_taught) for each in before] == [("運送社", False), ("印刷社", False)]
    assert kinds.count(SUPPLIER) == 1
    with company.registry.write(OWNER) as tx:
        suppliers.record(tx, first, number, on=TODAY, people=12, evidence="受講報告書（契約書綴り）")
        suppliers.record(tx, second, number, on=TODAY, people=2, evidence="先方の報告", own_material=False)
        after = suppliers.standings(tx, company.unit_id, number, TODAY)
        kinds = [each.kind for each in due(tx, TODAY) if each.unit_id == company.unit_id]
        told = journal.lines(tx, limit=5)
    last = after[0].records[0]
    assert all(each.is_taught for each in after)
    assert (last.people, last.revision, last.evidence) == (12, 1, "受講報告書（契約書綴り）")
    assert [each.people for each in after[0].records] == [12, 3]
    assert after[1].records[0].revision is None
    assert SUPPLIER not in kinds
    assert [line.action for line in told][:2] == ["supplier_taught"] * 2
    assert "受講報告書" not in repr(told)


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"on": TODAY + timedelta(days=1)}, "on"),
        ({"people": 0}, "people"),
        ({"evidence": "  "}, "evidence"),
    ],
)
def test_a_record_without_substance_is_refused(
    company: Company, values: dict[str, object], column: str
) -> None:
    """A day to come, nobody, and nothing that shows it; a course for others has no suppliers."""
    of, number = supplier(company, "運送社"), course(company, Audience.SUPPLIERS, "suppliers")
    told: dict[str, object] = {"on": TODAY, "people": 1, "evidence": "報告書"}
    with company.registry.write(OWNER) as tx, pytest.raises(InvalidValue) as refused:
        suppliers.record(tx, of, number, **(told | values))  # type: ignore[arg-type]  # wrong on purpose
    assert refused.value.column == column
    with company.registry.write(OWNER) as tx, pytest.raises(NotFound):
        suppliers.record(tx, of, company.course_id, **told)  # type: ignore[arg-type]  # as above
