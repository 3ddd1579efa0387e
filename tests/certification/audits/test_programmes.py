"""A year of audits in one company: plan, assignment, work papers, findings, report; and what is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from privacy_mark.actions import due as actions_due
from privacy_mark.actions import recurrence, register, steps
from privacy_mark.actions.model import ActionState, Effect
from privacy_mark.audits import assigning, audits, due, profiles, programmes
from privacy_mark.audits.assignment import AuditKind, Impossible
from privacy_mark.audits.checklist import checklist, load
from privacy_mark.audits.eligibility import Rule
from privacy_mark.audits.model import (
    AuditState,
    PaperResult,
    ProfileDraft,
    ProgrammeScope,
    ProgrammeState,
)
from privacy_mark.requirements.catalogue import product
from registry import journal
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, Conflict, Duplicate, InvalidValue, NotFound, ReferenceFileError
from registry.model import Grant, Principal, Role, UserId
from tests.access.audits import LAST, analyse, answer, appointed, draft, finish, found
from tests.certification.audits.company import TODAY, Company, approved


def test_a_year_of_audits_from_plan_to_report(company: Company) -> None:
    """Everything in its order; what was seen stands in the journal and the work papers, sealed in both."""
    made = approved(company)
    with company.registry.write(company.manager) as tx:
        answered = assigning.fix(tx, made.id, expected_version=made.version)
        assert (answered.load, answered.gap) == (2, 0)
        of = audits.audits(tx, programme_id=made.id)
        assert len(of) == 6
        home = dict(zip(company.people, company.departments, strict=True))
        assert all(home[each.auditor_id] != each.unit_id for each in of)
        with pytest.raises(InvalidValue, match="open_audits"):
            programmes.report(tx, made.id, overall="x", expected_version=made.version + 1)
    for each in of:
        own = Principal(each.auditor_id, "監査員", ())
        with company.registry.write(own, reason="監査") as tx:
            assert {mine.auditor_id for mine in audits.audits(tx)} == {each.auditor_id}
            for item in checklist(each.kind):
                bad = item.id == "J.9.2-o" and each.unit_id == company.departments[0]
                result = PaperResult.NONCONFORMING if bad else PaperResult.CONFORMING
                audits.fill(tx, each.id, answer(item.id, "極秘事実", result=result))
            version = audits.audit(tx, each.id).version
            done = audits.finish(tx, each.id, conclusion="おおむね良好", expected_version=version)
            assert (done.state, done.started_on, done.done_on) == (AuditState.DONE, TODAY, TODAY)
            with pytest.raises(InvalidValue, match="done"):
                audits.fill(tx, each.id, answer("J.9.2-o"))
    with company.registry.write(company.manager) as tx:
        (finding,) = register.actions(tx)
        assert (finding.requirement, finding.unit_id) == ("J.9.2", company.departments[0])
        reported = programmes.report(tx, made.id, overall="良好", expected_version=made.version + 1)
        with pytest.raises(AccessDenied):
            programmes.receive(tx, made.id, expected_version=reported.version)
    with company.registry.write(company.top) as tx:
        received = programmes.receive(tx, made.id, expected_version=reported.version)
    assert (received.state, received.receiver) == (ProgrammeState.RECEIVED, "top_management 902")
    with company.registry.read(bootstrap_principal()) as tx:
        assert "極秘事実" in repr(journal.lines(tx, limit=500))
    with company.registry.engine.begin() as connection:
        kept = [
            *connection.execute(text("SELECT * FROM audit_paper")).all(),
            *connection.execute(text("SELECT * FROM journal_record")).all(),
        ]
    assert "極秘事実".encode() not in b"".join(
        bytes(each) for row in kept for each in row if type(each) is bytes
    )
    assert "極秘事実" not in repr(kept)


def test_nobody_plans_and_approves_or_reports_and_receives(company: Company) -> None:
    """Two persons, by the service and by the database."""
    both = replace(company.who(Role.ADMINISTRATOR, 903))
    with company.registry.write(both) as tx:
        made = programmes.plan(tx, draft(company.unit, 2026))
        with pytest.raises(InvalidValue, match="same_person"):
            programmes.approve(tx, made.id, expected_version=1)
        with pytest.raises(Duplicate):
            programmes.plan(tx, draft(company.unit, 2026))
    with company.registry.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(text("UPDATE audit_programme SET approver_id = planner_id"))
    with company.registry.write(company.top) as tx:
        with pytest.raises(InvalidValue, match="not_appointed"):
            programmes.approve(tx, made.id, expected_version=1)
        appointed(tx, company.unit, both.user_id)
        programmes.approve(tx, made.id, expected_version=1)
        with pytest.raises(Conflict):
            programmes.approve(tx, made.id, expected_version=1)


def test_who_could_not_be_audit_manager_does_not_plan(company: Company) -> None:
    """An administrator who is privacy manager of the company is refused with the rule's name."""
    grants = (Grant(Role.ADMINISTRATOR, company.unit), Grant(Role.OFFICER, company.unit))
    with (
        company.registry.write(Principal(UserId(9), "兼任", grants)) as tx,
        pytest.raises(InvalidValue) as error,
    ):
        programmes.plan(tx, draft(company.unit, 2026))
    assert (error.value.column, error.value.rule) == ("planner", "audit_manager_is_privacy_manager")


def test_changes_by_hand_are_checked_again(company: Company) -> None:
    """The own department is refused with its rule; another one is taken, and marked as changed by hand."""
    made = approved(company)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        first = next(
            each
            for each in audits.audits(tx, programme_id=made.id)
            if each.unit_id == company.departments[0] and each.kind is AuditKind.CONFORMITY
        )
        listed = assigning.suited(tx, first.id)
        assert [(who, rules) for who, _, rules in listed][-1] == (company.people[0], (Rule.OWN_UNIT,))
        with pytest.raises(InvalidValue) as error:
            assigning.change(tx, first.id, company.people[0], expected_version=first.version)
        assert error.value.rule == "own_unit"
        other = next(each for each in company.people[1:] if each != first.auditor_id)
        changed = assigning.change(tx, first.id, other, expected_version=first.version)
        assert (changed.auditor_id, changed.by_hand) == (other, True)
    with company.registry.write(Principal(other, "監査員", ())) as tx:
        audits.fill(tx, first.id, answer("J.9.2-c"))
    with company.registry.write(company.manager) as tx, pytest.raises(InvalidValue, match="begun"):
        assigning.fix(tx, made.id, expected_version=made.version + 1)


def test_an_impossible_programme_changes_nothing_and_says_why(company: Company) -> None:
    """One audit each is not enough for six."""
    made = approved(company, capacity=1)
    with company.registry.write(company.manager) as tx:
        answered = assigning.propose(tx, made.id)
        assert isinstance(answered, Impossible)
        assert (answered.unassigned, answered.bottlenecks[0].lacking) == (3, 3)
        with pytest.raises(InvalidValue, match="impossible"):
            assigning.fix(tx, made.id, expected_version=made.version)
        assert audits.audits(tx) == []


def test_a_sibling_sees_nothing_and_a_stranger_is_no_auditor(company: Company) -> None:
    """Who is neither assigned nor holds a role sees nothing; who is not of the company enters no register."""
    made = approved(company)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        first = audits.audits(tx)[0]
        with pytest.raises(InvalidValue, match="unknown"):
            profiles.keep(tx, ProfileDraft(company.unit, UserId(987), 1, evidence="x"))
    with company.registry.read(Principal(UserId(77), "他人", ())) as tx:
        assert audits.audits(tx) == []
        with pytest.raises(NotFound):
            audits.audit(tx, first.id)


@pytest.mark.parametrize(
    ("values", "column", "rule"),
    [
        ({"item": "J.0"}, "item", "unknown"),
        ({"fact": " "}, "fact", "required"),
        ({"sample": 11}, "sample", "out_of_range"),
        ({"sample": 3, "population": None}, "sample", "out_of_range"),
        ({"sampled": ""}, "sampled", "required"),
    ],
)
def test_a_work_paper_holds_facts_and_samples(
    company: Company, values: dict[str, object], column: str, rule: str
) -> None:
    """No answer without a fact, no sample without what was sampled."""
    made = approved(company)
    with company.registry.write(company.manager) as tx:
        assigning.fix(tx, made.id, expected_version=made.version)
        first = next(each for each in audits.audits(tx) if each.kind is AuditKind.OPERATION)
    auditor = Principal(first.auditor_id, "監査員", ())
    with company.registry.write(auditor) as tx, pytest.raises(InvalidValue) as error:
        audits.fill(tx, first.id, replace(answer("J.9.2-o"), **values))  # type: ignore[arg-type]
    assert (error.value.column, error.value.rule) == (column, rule)


def test_a_nonconformity_stays_one_and_is_asked_for_until_it_is_closed(company: Company) -> None:
    """Its action is due at every step; a measure without effect leads back to the cause; another approves."""
    worker = company.who(Role.OFFICER, 904)
    with company.registry.write(worker) as tx:
        first = register.raise_action(tx, found(company.unit))
        assert [each.kind for each in actions_due.due(tx, TODAY)] == ["actions.cause"]
        with pytest.raises(InvalidValue, match="no_cause"):
            steps.plan(tx, first.id, measure="m", owner="o", due_on=LAST, expected_version=1)
        analyse(tx, first.id, 1)
        steps.plan(tx, first.id, measure="施錠", owner="課長", due_on=LAST, expected_version=2)
        finish(tx, first.id, 3)
        other = replace(tx, principal=company.who(Role.OFFICER, 905))
        again = steps.review(other, first.id, Effect.INEFFECTIVE, note="再発", expected_version=4)
        assert (again.state, again.rounds) == (ActionState.FOUND, 1)
        analyse(tx, first.id, 5)
        steps.plan(tx, first.id, measure="電子錠", owner="課長", due_on=LAST, expected_version=6)
        finish(tx, first.id, 7)
        steps.review(other, first.id, Effect.EFFECTIVE, note="なし", expected_version=8)
        with pytest.raises(AccessDenied):
            steps.approve(tx, first.id, expected_version=9)
        assert actions_due.due(tx, TODAY) == []
    same = company.registry.write(company.who(Role.ADMINISTRATOR, 904))
    with same as tx, pytest.raises(InvalidValue, match="same_person"):
        steps.approve(tx, first.id, expected_version=9)
    with company.registry.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(text("UPDATE corrective_action SET approver_id = doer_id, state = 'closed'"))
    with company.registry.write(company.top) as tx:
        assert [each.kind for each in actions_due.due(tx, TODAY)] == ["actions.approval"]
        closed = steps.approve(tx, first.id, expected_version=9)
        assert (closed.state, closed.next_due) == (ActionState.CLOSED, None)
    with company.registry.write(worker) as tx:
        with pytest.raises(InvalidValue, match="closed"):
            analyse(tx, first.id, 10)
        later = register.raise_action(tx, found(company.unit))
        assert [(each.number, each.same_requirement) for each in recurrence.earlier(tx, later.id)] == [
            (first.number, True)
        ]
        elsewhere = register.raise_action(tx, found(company.departments[0]))
        assert recurrence.earlier(tx, elsewhere.id) == []


def test_recurrence_looks_at_causes_and_forgets_after_some_years(company: Company) -> None:
    """The same kind of cause counts too; what was found before the period does not."""
    with company.registry.write(company.who(Role.OFFICER, 904)) as tx:
        old = register.raise_action(tx, found(company.unit, found_on=date(2023, 3, 31)))
        near = register.raise_action(
            tx, found(company.unit, requirement="J.3.1.1", found_on=date(2023, 4, 1))
        )
        now = register.raise_action(tx, found(company.unit))
        assert recurrence.earlier(tx, now.id) == []
        for each in (old, near, now):
            analyse(tx, each.id, 1)
        assert [(each.id, each.same_cause) for each in recurrence.earlier(tx, now.id)] == [(near.id, True)]


def test_what_audits_ask_for_is_told_to_who_may_act(company: Company) -> None:
    """Approval to the representative, assignment and report to the audit manager, audits to the auditors."""
    with company.registry.write(company.manager) as tx:
        programmes.plan(tx, draft(company.unit, 2027, scope=ProgrammeScope.DEPARTMENTS))
        assert due.due(tx, TODAY) == []
    with company.registry.read(company.top) as tx:
        assert [each.kind for each in due.due(tx, TODAY)] == ["audits.approve"]
    made = approved(company)
    with company.registry.write(company.manager) as tx:
        assert [each.kind for each in due.due(tx, TODAY)] == ["audits.assign"]
        assigning.fix(tx, made.id, expected_version=made.version)
        kinds = [each.kind for each in due.due(tx, TODAY)]
        assert (kinds.count("audits.conduct"), kinds.count("audits.report")) == (6, 1)
        mine = audits.audits(tx)[0]
    with company.registry.read(Principal(mine.auditor_id, "監査員", ())) as tx:
        assert {each.kind for each in due.due(tx, TODAY)} == {"audits.conduct"}


def test_the_questions_cover_every_clause_of_the_guideline_in_both_kinds() -> None:
    """Each clause in force with none below it, conformity and operation; a malformed file names its line."""
    known = [each for each in product().of_set("pmark-j") if each.holds_on(TODAY)]
    headings = {each.parent for each in known}
    leaves = {each.id for each in known} - headings
    for kind in (AuditKind.CONFORMITY, AuditKind.OPERATION):
        asked = {item.requirement_id for item in checklist(kind)}
        assert leaves - asked == set()
        assert asked - leaves <= headings
    assert all(item.question_ja.endswith(("か。", "）。")) for item in checklist(AuditKind.BOTH))
    assert all(item.question_en.endswith("?") for item in checklist(AuditKind.BOTH))
    assert len({item.id for item in checklist(AuditKind.BOTH)}) == len(checklist(AuditKind.BOTH))
    line = "  - {id: a, requirement: J.1.1, kind: neither, ja: あ, en: a, confidence: low}"
    with pytest.raises(ReferenceFileError, match=r"q.yaml:3: .*kind"):
        load(f"version: 1\nitems:\n{line}\n", "q.yaml")
