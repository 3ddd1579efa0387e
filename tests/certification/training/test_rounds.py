"""What counts in which round: a test of the round of today, a classroom by the material of its day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from privacy_mark.training import courses, own, records, suppliers
from privacy_mark.training.content import ready_made
from privacy_mark.training.courses import CourseDraft
from privacy_mark.training.model import Audience, Cycle, Standing, WorkerId
from registry import processors
from registry.errors import InvalidValue
from registry.model import Principal
from registry.processors import ProcessorDraft
from tests.access.training import right_answers
from tests.certification.training.company import OWNER, TODAY, Company, account

OPENED = TODAY - timedelta(days=60)


@pytest.fixture
def tomorrow(company: Company) -> Iterator[Company]:
    """Give the clock back as it was."""
    now = company.clock.now
    yield company
    company.clock.now = now


def worker(company: Company) -> Principal:
    """Return a worker of the roster with an account."""
    login = f"round{company.unit_id}@x.example"
    company.workers(f"1,山田 太郎,{{a}},正社員,2015/04/01,,{login},,,,")
    return account(company, login)


def next_round(company: Company, opens_on: date, *, new_material: bool) -> None:
    """Open another round, with other material or the same."""
    with company.registry.write(OWNER) as tx:
        if new_material:
            text = ready_made("all_workers") + "\n# another year\n"
            courses.publish(tx, company.course_id, text, expected_version=1)
        courses.open_round(tx, company.course_id, opens_on=opens_on, due_on=opens_on, expected_version=1)


def handed_in(company: Company, who: Principal, begun: own.Paper) -> None:
    """Hand a paper in with every answer right."""
    with company.registry.write(who) as tx:
        answers = right_answers(tx, begun.attempt_id)
        own.submit(tx, begun.attempt_id, answers, language="ja")


@pytest.mark.parametrize("new_material", [True, False])
def test_a_test_of_the_last_round_does_not_count_in_this_one(tomorrow: Company, new_material: bool) -> None:
    """It is refused, whether the material is new or only the round; begun again, it counts."""
    company, who = tomorrow, worker(tomorrow)
    with company.registry.write(who) as tx:
        (assigned,) = own.assignments(tx)
        begun = own.begin(tx, assigned.worker_id, company.course_id)
    company.clock.advance(timedelta(days=1))
    next_round(company, TODAY + timedelta(days=1), new_material=new_material)
    with pytest.raises(InvalidValue) as refused:
        handed_in(company, who, begun)
    assert (refused.value.column, refused.value.rule) == ("state", "outdated")
    with company.registry.write(who) as tx:
        assert own.results(tx) == []
        again = own.begin(tx, assigned.worker_id, company.course_id)
        assert own.begin(tx, assigned.worker_id, company.course_id).attempt_id == again.attempt_id
    assert again.attempt_id != begun.attempt_id
    handed_in(company, who, again)
    with company.registry.read(who) as tx:
        assert [each.standing for each in own.assignments(tx)] == [Standing.PASSED]


def test_a_test_may_be_handed_in_while_its_round_lasts(tomorrow: Company) -> None:
    """On another day too, and when material was published that no round has yet."""
    company, who = tomorrow, worker(tomorrow)
    with company.registry.write(who) as tx:
        (assigned,) = own.assignments(tx)
        begun = own.begin(tx, assigned.worker_id, company.course_id)
    company.clock.advance(timedelta(days=1))
    next_round(company, TODAY + timedelta(days=9), new_material=True)
    handed_in(company, who, begun)
    with company.registry.read(who) as tx:
        assert [each.standing for each in own.assignments(tx)] == [Standing.PASSED]


def test_a_classroom_keeps_the_material_of_its_day(tomorrow: Company) -> None:
    """Recorded in this round, taught in the last one: by the version of the last one."""
    company, who = tomorrow, worker(tomorrow)
    with company.registry.read(who) as tx:
        mine = WorkerId(own.workers(tx)[0].id)
    company.clock.advance(timedelta(days=1))
    next_round(company, TODAY + timedelta(days=1), new_material=True)
    with company.registry.write(OWNER) as tx:
        for day in (TODAY, TODAY + timedelta(days=1), OPENED - timedelta(days=1)):
            records.record_attendance(tx, mine, company.course_id, on=day, passed=True)
        found = [(each.taken_on, each.revision) for each in records.results(tx, mine)]
    assert found == [
        (OPENED - timedelta(days=1), None),  # nothing was published by then
        (TODAY + timedelta(days=1), 2),
        (TODAY, 1),
    ]


def test_a_supplier_keeps_the_material_of_its_day(tomorrow: Company) -> None:
    """Without rounds it is what was published by the day."""
    company = tomorrow
    with company.registry.write(OWNER) as tx:
        draft = CourseDraft(company.unit_id, "委託先", "", Audience.SUPPLIERS, Cycle.JOINING, OPENED)
        number = courses.create(tx, draft).id
        courses.publish(tx, number, ready_made("suppliers"), expected_version=1)
        of = processors.add_processor(tx, ProcessorDraft(company.unit_id, "運送社", contract="契約")).id
    company.clock.advance(timedelta(days=1))
    with company.registry.write(OWNER) as tx:
        courses.publish(tx, number, ready_made("suppliers") + "\n# new\n", expected_version=1)
        for day in (TODAY, TODAY + timedelta(days=1)):
            suppliers.record(tx, of, number, on=day, people=1, evidence="報告書")
        (found,) = suppliers.standings(tx, company.unit_id, number, TODAY + timedelta(days=1))
    assert [each.revision for each in found.records] == [2, 1]
