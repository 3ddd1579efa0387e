"""What comes before access: shown, refused, held back at sign-in, and how one gets on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from privacy_mark.training import courses, joining, own
from privacy_mark.training.content import ready_made
from privacy_mark.training.courses import CourseDraft
from privacy_mark.training.joining import Gate, TrainingNeededError
from privacy_mark.training.model import Audience, Course, Cycle
from registry import accounts, journal, organisation, sessions, sign_in
from registry.errors import Conflict
from registry.model import Principal, Role
from tests.access.training import right_answers
from tests.certification.training.company import OWNER, TODAY, Company, account
from tests.registry.world import PASSWORD


def login_of(company: Company) -> str:
    """Return the sign-in name of the new worker."""
    return f"new{company.unit_id}@x.example"


def joining_course(company: Company, **values: object) -> Course:
    """Set up a course that comes before access, with its material."""
    draft = CourseDraft(
        company.unit_id,
        "入社時",
        "On joining",
        Audience.NEW,
        Cycle.JOINING,
        TODAY - timedelta(days=90),
        days=14,
        before_access=True,
    )
    with company.registry.write(OWNER) as tx:
        made = courses.create(tx, replace(draft, **values))  # type: ignore[arg-type]  # fields of the draft
        courses.publish(tx, made.id, ready_made("joining"), expected_version=1)
        return made


def ruled(company: Company, gate: Gate, version: int = 0) -> None:
    """Say what the company does."""
    with company.registry.write(OWNER) as tx:
        joining.set_rule(tx, company.unit_id, gate, expected_version=version)


def joiner(company: Company, joined: str = "2026/04/10") -> Principal:
    """Put a new worker on the roster, before the first day, with an account."""
    company.workers(f"8,新人,{{a}},派遣,{joined},,{login_of(company)},,,,")
    return account(company, login_of(company))


def given(company: Company, who: Principal) -> int:
    """Give the new worker a role as the page of users does."""
    with company.registry.write(OWNER) as tx:
        return joining.grant(tx, who.user_id, Role.DEPARTMENT_MANAGER, company.a_id)


def passed(company: Company, who: Principal, course: Course) -> None:
    """Take the course as the worker himself."""
    with company.registry.write(who) as tx:
        (assigned,) = (each for each in own.assignments(tx) if each.course.id == course.id)
        begun = own.begin(tx, assigned.worker_id, course.id)
        own.submit(tx, begun.attempt_id, right_answers(tx, begun.attempt_id), language="en")


def signed_in(company: Company) -> Principal:
    """Sign in by password and return who that is."""
    token = sign_in.with_password(company.registry, login_of(company), PASSWORD)
    assert isinstance(token, str)
    found = sessions.principal_for(company.registry, token)
    assert found is not None
    return found


def test_joiners_must_pass_before_access(company: Company) -> None:
    """Who grants access sees what is missing until it is passed; without a word nothing is refused."""
    course, who = joining_course(company), joiner(company)
    with company.registry.read(OWNER) as tx:
        found = joining.before_access(tx, who.user_id)
    assert ([each.course.number for each in found.missing], found.refusing) == ([course.number], ())
    with company.registry.write(who) as tx:
        (assigned,) = own.assignments(tx)
        assert assigned.due_on == date(2026, 4, 24)
    given(company, who)
    passed(company, who, course)
    with company.registry.read(OWNER) as tx:
        assert joining.before_access(tx, who.user_id).missing == ()


def test_a_role_is_refused_until_the_course_is_passed(company: Company) -> None:
    """The refusal names the course, gives nothing, and ends with the test; the journal knows the setting."""
    ruled(company, Gate.REFUSE)
    course, who = joining_course(company), joiner(company)
    with pytest.raises(TrainingNeededError, match=course.number) as refused:
        given(company, who)
    assert [each.title("en") for each in refused.value.courses] == ["On joining"]
    with company.registry.read(OWNER) as tx:
        assert accounts.roles_held(tx, who.user_id) == []
        told = journal.lines(tx, limit=200)
    assert next(line for line in told if line.action == "training_gate_set").after == {
        "gate": "refuse",
        "since": TODAY.isoformat(),
    }
    passed(company, who, course)
    assert given(company, who)


def test_who_joins_signs_in_to_the_own_training_alone(company: Company) -> None:
    """A role that came otherwise counts for nothing until the course is passed; the training is reachable."""
    ruled(company, Gate.REFUSE)
    course, who = joining_course(company), joiner(company)
    with company.registry.write(OWNER) as tx:
        accounts.grant(tx, who.user_id, Role.DEPARTMENT_MANAGER, company.a_id)
    waiting = signed_in(company)
    assert (waiting.grants, waiting.held_back) == ((), True)
    with company.registry.read(waiting) as tx:
        assert organisation.units(tx) == []
        assert [each.number for each in joining.own_missing(tx)] == [course.number]
    passed(company, waiting, course)
    inside = signed_in(company)
    assert [each.role for each in inside.grants] == [Role.DEPARTMENT_MANAGER]
    with company.registry.read(inside) as tx:
        assert (inside.held_back, joining.own_missing(tx)) == (False, [])


@pytest.mark.parametrize(
    ("joined", "values"),
    [
        ("2026/03/31", {}),  # there before the unit refused
        ("2026/04/01", {"before_access": False}),
        ("2026/04/01", {"audience": Audience.MANAGERS}),
    ],
)
def test_others_keep_what_they_have(company: Company, joined: str, values: dict[str, object]) -> None:
    """Who was there before, and whom the course does not concern, goes on working."""
    ruled(company, Gate.REFUSE)
    joining_course(company, **values)
    who = joiner(company, joined)
    with company.registry.write(OWNER) as tx:
        accounts.grant(tx, who.user_id, Role.DEPARTMENT_MANAGER, company.a_id)
    assert [each.role for each in signed_in(company).grants] == [Role.DEPARTMENT_MANAGER]


def test_material_that_nobody_published_is_asked_of_nobody(company: Company) -> None:
    """A course without anything to take would lock people out for good."""
    ruled(company, Gate.REFUSE)
    who = joiner(company)
    with company.registry.write(OWNER) as tx:
        courses.create(
            tx,
            CourseDraft(company.unit_id, "空", "", Audience.NEW, Cycle.JOINING, TODAY, before_access=True),
        )
    assert given(company, who)


def test_what_a_unit_above_refuses_nobody_below_allows(company: Company) -> None:
    """The strictest of a unit and those above it holds; without a word it is a warning."""
    with company.registry.write(OWNER) as tx:
        assert joining.rule(tx, company.a_id) == joining.Rule(None, Gate.WARN, None, 0)
        joining.set_rule(tx, company.a_id, Gate.OFF, expected_version=0)
        assert joining.rule(tx, company.a_id).holds is Gate.OFF
        joining.set_rule(tx, company.unit_id, Gate.REFUSE, expected_version=0)
        found = joining.rule(tx, company.a_id)
    assert (found.own, found.holds, found.since) == (Gate.OFF, Gate.REFUSE, TODAY)
    with pytest.raises(Conflict):
        ruled(company, Gate.OFF)
    ruled(company, Gate.OFF, version=1)
    with company.registry.read(OWNER) as tx:
        assert joining.rule(tx, company.a_id).since is None
