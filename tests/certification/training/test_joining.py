"""What comes before access: shown, refused, held back at sign-in, and how one gets on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from privacy_mark.training import courses, joining, own
from privacy_mark.training.content import ready_made
from privacy_mark.training.courses import CourseDraft
from privacy_mark.training.joining import Gate
from privacy_mark.training.model import Audience, Course, Cycle
from registry import (
    accounts,
    affiliations,
    identities,
    journal,
    organisation,
    people_import,
    sessions,
    sign_in,
)
from registry.errors import Conflict, NotReady
from registry.identities import Claims, GroupRole, IdentityPolicy
from registry.model import Before, Principal, Role, UnitKind
from registry.people_import import ImportRefusedError
from registry.people_lines import NOT_READY, Outcome, PersonLine, Step
from registry.roles import Named
from registry.sessions import Client
from registry.store import Tx
from tests.access.training import right_answers
from tests.certification.training.company import OWNER, TODAY, Company, account
from tests.registry.world import PASSWORD

ON_JOINING = Named("入社時", "On joining")


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
        return accounts.grant(tx, who.user_id, Role.DEPARTMENT_MANAGER, company.a_id)


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
    assert ([each.course.number for each in found.missing], found.names) == (
        [course.number],
        {Gate.REFUSE: (), Gate.WARN: (ON_JOINING,)},
    )
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
    with pytest.raises(NotReady, match="On joining") as refused:
        given(company, who)
    assert refused.value.names == (ON_JOINING,)
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
    """A role that was given already counts for nothing until the course is passed."""
    course, who = joining_course(company), joiner(company)
    given(company, who)
    ruled(company, Gate.REFUSE)
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
    joining_course(company, **values)
    given(company, joiner(company, joined))
    ruled(company, Gate.REFUSE)
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


# Every way in


def imported(company: Company, *rows: PersonLine) -> list[Outcome]:
    """Take a table of people."""
    with company.registry.write(OWNER) as tx:
        return people_import.take(tx, rows)


def row(company: Company, number: int = 2, **values: object) -> PersonLine:
    """Return a row that gives the new worker a role."""
    found = PersonLine(number, login_of(company), "新人", unit=company.a, roles=(Role.DEPARTMENT_MANAGER,))
    return replace(found, **values)  # type: ignore[arg-type]  # fields of the row


def test_a_table_refuses_the_role_with_its_course(company: Company) -> None:
    """The row, and with it the table; without the role the joiner is registered; the role comes after."""
    ruled(company, Gate.REFUSE)
    course = joining_course(company)
    company.workers(f"8,新人,{{a}},派遣,2026/04/10,,{login_of(company)},,,,")
    other = PersonLine(3, f"other{company.unit_id}@x.example", "別人", unit=company.a, roles=(Role.OFFICER,))
    with pytest.raises(ImportRefusedError) as refused:
        imported(company, row(company), other)
    told = [(each.number, each.column, each.rule, each.before) for each in refused.value.outcomes]
    assert told == [(2, "role", NOT_READY, (ON_JOINING,)), (3, "", "", ())]
    first, second = imported(company, row(company, roles=()), other)
    assert first.created is not None
    assert [each.step for each in second.changes][-1] is Step.ROLE_GRANTED
    passed(company, accounts.principal_of(company.registry, first.created), course)
    (done,) = imported(company, row(company))
    assert [each.step for each in done.changes] == [Step.ROLE_GRANTED]
    (again,) = imported(company, row(company))
    assert [each.step for each in again.changes] == [Step.UNCHANGED]


@pytest.mark.parametrize(("gate", "before"), [(Gate.WARN, (ON_JOINING,)), (Gate.OFF, ())])
def test_a_table_tells_of_the_course_where_the_unit_warns(
    company: Company, gate: Gate, before: tuple[Named, ...]
) -> None:
    """The role is given; a unit that says nothing tells nothing; what is there already is not told again."""
    ruled(company, gate)
    joining_course(company)
    joiner(company)
    (told,) = imported(company, row(company))
    assert ([each.step for each in told.changes][-1], told.before) == (Step.ROLE_GRANTED, before)
    (again,) = imported(company, row(company))
    assert again.before == ()


def test_the_groups_of_an_issuer_give_no_role_before_the_course(company: Company) -> None:
    """The sign-in leads to the own training, which names the course; the next one has the role."""
    ruled(company, Gate.REFUSE)
    course = joining_course(company)
    company.workers(f"8,新人,{{a}},派遣,2026/04/10,,{login_of(company)},,,,")
    claims = Claims(
        "https://id.example", login_of(company), login_of(company), "新人", frozenset({"managers"})
    )
    policy = IdentityPolicy(
        create_accounts=True, groups={"managers": (GroupRole(Role.DEPARTMENT_MANAGER, company.a),)}
    )

    def come() -> Principal:
        token = identities.with_identity(
            company.registry, claims, client=Client("::1", "test"), policy=policy
        )
        assert isinstance(token, str)
        found = sessions.principal_for(company.registry, token)
        assert found is not None
        return found

    waiting = come()
    assert (waiting.grants, waiting.held_back) == ((), False)
    with company.registry.read(OWNER) as tx:
        assert affiliations.affiliations(tx, waiting.user_id) == []  # a refused role leaves nothing behind
    with company.registry.read(waiting) as tx:
        assert [each.number for each in joining.own_missing(tx)] == [course.number]
    passed(company, waiting, course)
    assert [each.role for each in come().grants] == [Role.DEPARTMENT_MANAGER]


def test_who_becomes_an_officer_needs_the_officers_course_first(company: Company) -> None:
    """Nobody is an officer by roster: the role that is to be given makes them one, by hand or by a table."""
    ruled(company, Gate.REFUSE)
    joining_course(company, audience=Audience.OFFICERS)
    who = joiner(company, "2026/03/01")
    with company.registry.read(OWNER) as tx:
        assert accounts.before(tx, who.user_id, Role.DEPARTMENT_MANAGER, company.a_id) == Before()
        assert accounts.before(tx, who.user_id, Role.TOP_MANAGEMENT, company.unit_id).refusing == (
            ON_JOINING,
        )
    with pytest.raises(ImportRefusedError):
        imported(company, row(company, roles=(Role.TOP_MANAGEMENT,), role_unit=f"C{company.a[1:-2]}"))


def test_each_role_of_a_row_is_asked_for_by_itself(company: Company) -> None:
    """A table refuses the line of the office, not the one before it, whose role needs no course."""
    ruled(company, Gate.REFUSE)
    joining_course(company, audience=Audience.OFFICERS)
    joiner(company, "2026/03/01")
    office = row(company, 3, roles=(Role.TOP_MANAGEMENT,), role_unit=f"C{company.a[1:-2]}")
    with pytest.raises(ImportRefusedError) as refused:
        imported(company, row(company), office)
    told = [(each.number, each.column, each.before) for each in refused.value.outcomes]
    assert told == [(2, "", ()), (3, "role", (ON_JOINING,))]


def test_a_roster_that_one_may_not_see_asks_too_without_its_name(company: Company) -> None:
    """Whoever gives the role: by hand, on the page, by a table; the course is named to who may see it."""
    ruled(company, Gate.REFUSE)
    course = joining_course(company)
    with company.registry.write(OWNER) as tx:
        top = organisation.unit(tx, company.unit_id).parent_id
        assert top is not None
        code = f"E{company.unit_id}"
        elsewhere = organisation.create_unit(
            tx, code=code, kind=UnitKind.COMPANY, name_ja=code, name_en=code, parent_id=top
        ).id
        user = accounts.create_account(tx, login_of(company), "新人", PASSWORD, "ja", unit_id=elsewhere)
        clerk = accounts.create_account(tx, code.lower(), "人事", PASSWORD, "ja", unit_id=elsewhere)
        accounts.grant(tx, clerk, Role.ADMINISTRATOR, elsewhere)
    company.workers(f"8,新人,{{a}},派遣,2026/04/10,,{login_of(company)},,,,")
    giver = accounts.principal_of(company.registry, clerk)
    with company.registry.write(giver) as tx:
        with pytest.raises(NotReady) as refused:
            accounts.grant(tx, user, Role.DEPARTMENT_MANAGER, elsewhere)
        assert refused.value.names == (joining.ELSEWHERE,)
        found = joining.before_access(tx, user)
        assert (found.known, found.needed, found.names[Gate.REFUSE]) == (False, (), (joining.ELSEWHERE,))
        with pytest.raises(ImportRefusedError) as table:
            people_import.trial(tx, [row(company, unit=code)])
        (outcome,) = table.value.outcomes
        assert (outcome.rule, outcome.before) == (NOT_READY, (joining.ELSEWHERE,))
    passed(company, accounts.principal_of(company.registry, user), course)
    with company.registry.write(giver) as tx:
        assert accounts.grant(tx, user, Role.DEPARTMENT_MANAGER, elsewhere)


def test_many_people_cost_few_questions_more(company: Company) -> None:
    """What comes before access is asked once a unit, not once a person."""
    joining_course(company)
    logins = {each: f"p{each}c{company.unit_id}@x.example" for each in range(10, 40)}
    company.workers(*(f"{each},新人,{{a}},派遣,2026/04/10,,{login},,,," for each, login in logins.items()))
    rows = [row(company, each, login=login) for each, login in logins.items()]
    asked: list[int] = []
    for some in (rows[:1], rows):
        with company.registry.read(OWNER) as tx, counted(tx) as questions:
            outcomes = people_import.trial(tx, some)
        asked.append(len(questions))
    assert asked[0] == asked[1]
    assert {each.before for each in outcomes} == {(ON_JOINING,)}


@contextmanager
def counted(tx: Tx) -> Iterator[list[str]]:
    """Collect the questions that a transaction asks."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    engine = tx.session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)
