"""The rate on a past day rests on what workers were then, whatever a later roster says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from privacy_mark.training import courses, standing
from privacy_mark.training.content import ready_made
from privacy_mark.training.courses import CourseDraft
from privacy_mark.training.model import Audience, CourseId, Cycle, Employment
from tests.certification.training.company import OWNER, TODAY, Company

OPENED = TODAY - timedelta(days=60)
LATER = TODAY + timedelta(days=30)
HEAD = "社員番号,氏名,所属コード,雇用区分,管理職,入社日,退職日,異動日"


@pytest.fixture
def later(company: Company) -> Iterator[Company]:
    """Give the clock back as it was."""
    now = company.clock.now
    yield company
    company.clock.now = now


def course(company: Company, audience: Audience) -> CourseId:
    """Set up a course of an audience whose round is open."""
    with company.registry.write(OWNER) as tx:
        made = courses.create(
            tx, CourseDraft(company.unit_id, audience.value, "", audience, Cycle.ROUNDS, OPENED)
        )
        courses.publish(tx, made.id, ready_made("all_workers"), expected_version=1)
        courses.open_round(tx, made.id, opens_on=OPENED, due_on=TODAY, expected_version=1)
        return made.id


def in_scope(company: Company, of: CourseId, *days: date) -> list[int]:
    """Return how many had to take a course on days."""
    with company.registry.read(OWNER) as tx:
        found = [standing.rate(tx, company.unit_id, of, day) for day in days]
    return [each.in_scope for each in found if each is not None]


def passing(company: Company) -> None:
    """Let thirty days pass."""
    company.clock.advance(LATER - TODAY)


def test_a_manager_of_today_was_none_before(later: Company) -> None:
    """Nor is a manager of then missing in the rate of then; with a transfer it counts from its day."""
    of = course(later, Audience.MANAGERS)
    later.workers(
        "1,山田 太郎,{a},正社員,いいえ,2015/04/01,,", "2,鈴木 花子,{a},正社員,はい,2015/04/01,,", head=HEAD
    )
    passing(later)
    later.workers(
        "1,山田 太郎,{b},正社員,はい,2015/04/01,,2026/04/21",
        "2,鈴木 花子,{a},正社員,いいえ,2015/04/01,,",
        head=HEAD,
    )
    days = [TODAY, date(2026, 4, 20), date(2026, 4, 21), LATER - timedelta(days=1), LATER]
    assert in_scope(later, of, *days) == [1, 1, 2, 2, 1]


def test_who_was_employed_otherwise_is_counted_as_then(later: Company) -> None:
    """Taken over from a supplier: out of scope before, in scope since; changed again on that day, once."""
    later.workers("1,山田 太郎,{a},委託先,,2015/04/01,,", head=HEAD)
    passing(later)
    later.workers("1,山田 太郎,{a},契約社員,,2015/04/01,,", head=HEAD)
    later.workers("1,山田 太郎,{a},正社員,,2015/04/01,,", head=HEAD)
    assert in_scope(later, later.course_id, TODAY, LATER - timedelta(days=1), LATER) == [0, 0, 1]
    suppliers = course(later, Audience.SUPPLIERS)
    with later.registry.read(OWNER) as tx:
        (then,) = standing.persons(tx, later.unit_id, suppliers, TODAY).rows
        (now,) = standing.persons(tx, later.unit_id, later.course_id, LATER).rows
    assert (then.employment, now.employment) == (Employment.SUPPLIER, Employment.REGULAR)


def test_who_came_back_was_there_before(later: Company) -> None:
    """The employment that ended counts in its days, not between, with what held then."""
    managers = course(later, Audience.MANAGERS)
    later.workers("1,山田 太郎,{a},正社員,いいえ,2015/04/01,,", head=HEAD)
    later.clock.advance(timedelta(days=5))
    later.workers("1,山田 太郎,{a},正社員,はい,2015/04/01,,", head=HEAD)
    later.workers("1,山田 太郎,{a},正社員,はい,2015/04/01,2026/04/10,", head=HEAD)
    later.clock.advance(timedelta(days=25))
    later.workers("1,山田 太郎,{a},正社員,いいえ,2026/04/25,,", head=HEAD)
    days = [TODAY, date(2026, 4, 10), date(2026, 4, 11), date(2026, 4, 24), date(2026, 4, 25), LATER]
    assert in_scope(later, later.course_id, *days) == [1, 1, 0, 0, 1, 1]
    assert in_scope(later, managers, *days) == [0, 1, 0, 0, 0, 0]


def test_a_corrected_day_holds_for_the_past(later: Company) -> None:
    """A wrong day of joining, or a last day taken back, was never so."""
    later.workers("1,山田 太郎,{a},正社員,,2026/03/30,2026/04/05,", head=HEAD)
    passing(later)
    later.workers("1,山田 太郎,{a},正社員,,2026/03/20,,", head=HEAD)
    days = [date(2026, 3, 19), date(2026, 3, 20), TODAY, date(2026, 4, 6), LATER]
    assert in_scope(later, later.course_id, *days) == [0, 1, 1, 1, 1]
