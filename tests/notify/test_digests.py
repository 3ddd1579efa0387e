"""What a digest counts: what the person may act on, and nothing of anybody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from registry import accounts, applications, cases, digests, disposals, processors
from registry.access import bootstrap_principal
from registry.applications import ApplicationState
from registry.case_states import CaseState
from registry.digests import Task
from registry.disposal_states import DisposalState
from registry.model import Principal, Role, UserId
from registry.processors import ProcessorDraft
from registry.remediation_states import RemediationKind as K
from registry.remediation_states import RemediationState as S
from registry.remediation_states import Seen
from registry.store.case_tables import CaseRecord, DisposalRecord
from registry.store.remediation_tables import RemediationRecord
from registry.store.rights_tables import ProvisionRecord, RightsRequest
from registry.store.tables import LedgerRecord
from tests.access import remedies
from tests.access.bases import RECORDER
from tests.access.world import World, person
from tests.notify.conftest import Stage


def told(world: World, who: Principal) -> dict[Task, int]:
    """Return what somebody is told."""
    with world.registry.read(who) as tx:
        return {line.task: line.count for line in digests.digest(tx, world.store).lines}


def test_an_officer_is_told_what_there_is_in_the_own_company(world: World) -> None:
    """The rows of one company, and not those of the others, make the counts."""
    target, today = world.targets["A"], world.clock().date()
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        mine = {"unit_id": target.unit_id}
        tx.session.execute(
            update(RightsRequest).where(RightsRequest.id == target.rights.request_id).values(target_on=today)
        )
        over = today - timedelta(days=1)
        tx.session.execute(update(ProvisionRecord).filter_by(**mine).values(retain_until=over))
        tx.session.execute(
            update(LedgerRecord).where(LedgerRecord.id == target.ready_id).values(retention_until=over)
        )
        for days in (0, 60, 61, -1):
            processors.add_processor(
                tx, ProcessorDraft(target.unit_id, "委託先", valid_until=today + timedelta(days=days))
            )
    found = told(world, person(Role.OFFICER, target.unit_id))
    assert found == {
        Task.REQUESTS_DUE: 1,
        Task.CASES_NEW: 1,
        Task.EXPLANATIONS_TO_DECIDE: 1,
        Task.APPLICATIONS_TO_DECIDE: 1,  # the other one is the officer's own
        Task.ENTRIES_TO_REVIEW: 2,
        Task.RETENTION_OVER: 1,
        Task.DISPOSALS_TO_DECIDE: 1,
        Task.DISPOSALS_NOT_CONFIRMED: 1,
        Task.CONTRACTS_ENDING: 2,
        Task.PROVISIONS_OVER: 1,
    }
    assert Task.RETENTION_OVER not in told(world, person(Role.OFFICER, world.targets["B"].unit_id))


def test_who_may_only_look_is_told_nothing(world: World) -> None:
    """An executive reads the ledger, and has nothing to do in it."""
    for role in (Role.EXECUTIVE, Role.AUDITOR, Role.WORKER):
        assert told(world, person(role, world.units["G"])) == {}


def test_what_one_did_oneself_waits_for_others(world: World) -> None:
    """Nobody is told to decide on an explanation, a disposal or an application of one's own."""
    target = world.targets["A"]
    who = replace(person(Role.OFFICER, target.unit_id), user_id=RECORDER.user_id)
    found = told(world, who)
    assert not {Task.EXPLANATIONS_TO_DECIDE, Task.DISPOSALS_TO_DECIDE} & found.keys()
    assert found[Task.APPLICATIONS_TO_DECIDE] == 1


def test_what_is_given_to_a_person_is_told_to_that_person(stage: Stage) -> None:
    """An assigned case, an application that came back, and what waits to be carried out or ends soon."""
    world, target = stage.world, stage.world.targets["A"]
    officer = accounts.principal_of(world.registry, stage.people["officer@example.jp"])
    with world.registry.write(officer) as tx:
        first = cases.case(tx, target.case_id)
        cases.assign(tx, {first.id: first.version}, assignee_id=officer.user_id)
        draft = applications.submit_new
        asked = next(iter(applications.applications(tx, unit_id=target.unit_id)))
        assert draft is not None
        applications.send_back(tx, asked.id, expected_version=asked.version, note="不足")
        order = disposals.disposal(tx, target.disposal_id)
        disposals.decide(tx, order.id, expected_version=order.version, approve=True)
        waits = cases.case(tx, target.explained_id)
        cases.decide(tx, waits.id, expected_version=waits.version, approve=True)
        assert asked.state is ApplicationState.SUBMITTED
    found = told(world, officer)
    assert (found[Task.CASES_MINE], found[Task.DISPOSALS_TO_EXECUTE], found[Task.EXPLANATIONS_EXPIRING]) == (
        1,
        1,
        1,
    )
    applicant = replace(person(Role.OFFICER, target.unit_id), user_id=asked.applicant_id)
    # One more of the same applicant came back before.
    assert told(world, applicant)[Task.APPLICATIONS_RETURNED] == 2
    assert Task.APPLICATIONS_RETURNED not in found
    world.clock.advance(timedelta(days=digests.RETURNED_DAYS))
    assert Task.APPLICATIONS_RETURNED not in told(world, applicant)


def test_remediations_wait_for_a_second_person_and_are_told_when_found_again(world: World) -> None:
    """What a scan found again is told until a later one confirms it, or somebody proposed something anew."""
    target = world.targets["A"]
    who = person(Role.OFFICER, target.unit_id)
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        remedies.made(tx, target, K.EXCLUDE_OBJECT, S.PROPOSED)
        asked = remedies.made(tx, target, K.REQUEST, S.DONE)
        asked.object_id, asked.seen = "0" * 32, Seen.REAPPEARED.value
        asked_id = asked.id
    found = told(world, who)
    assert (found[Task.REMEDIATIONS_TO_DECIDE], found[Task.REMEDIATIONS_FOUND_AGAIN]) == (1, 1)
    proposer = replace(who, user_id=UserId(901))
    assert Task.REMEDIATIONS_TO_DECIDE not in told(world, proposer)
    assert Task.REMEDIATIONS_FOUND_AGAIN not in told(world, person(Role.OFFICER, world.targets["B"].unit_id))
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        refused = remedies.made(tx, target, K.QUARANTINE, S.REFUSED)
        refused.object_id = "0" * 32
    assert told(world, who)[Task.REMEDIATIONS_FOUND_AGAIN] == 1
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        anew = remedies.made(tx, target, K.EXCLUDE_OBJECT, S.APPROVED)
        anew.object_id = "0" * 32
    assert Task.REMEDIATIONS_FOUND_AGAIN not in told(world, who)
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        tx.session.get_one(RemediationRecord, anew.id).state = S.EXPIRED.value
    assert told(world, who)[Task.REMEDIATIONS_FOUND_AGAIN] == 1
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        tx.session.get_one(RemediationRecord, asked_id).seen = Seen.CONFIRMED.value
    assert Task.REMEDIATIONS_FOUND_AGAIN not in told(world, who)


def test_a_held_entry_or_one_with_an_order_is_not_told_again(world: World) -> None:
    """Retention is over, but a disposal is under way, or a legal hold forbids it."""
    target = world.targets["A"]
    over = {"retention_until": date(2020, 1, 1)}
    who = person(Role.OFFICER, target.unit_id)
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        ids = (target.entry_id, target.ready_id)
        tx.session.execute(update(LedgerRecord).where(LedgerRecord.id.in_(ids)).values(**over))
    assert told(world, who)[Task.RETENTION_OVER] == 1  # of the other one a disposal is proposed
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        tx.session.execute(
            update(LedgerRecord).where(LedgerRecord.id == target.ready_id).values(legal_hold=True)
        )
    assert Task.RETENTION_OVER not in told(world, who)


@pytest.mark.parametrize("code", ["G", "HQ"])
def test_the_group_is_told_of_no_company_that_gave_no_basis(world: World, code: str) -> None:
    """Above the entities only what a basis opens is counted: of C, neither of A nor of B."""
    found = told(world, person(Role.GROUP_OFFICER, world.units[code]))
    with world.registry.read(bootstrap_principal()) as tx:
        new = tx.session.query(CaseRecord).filter_by(unit_id=world.units["C"], state=CaseState.NEW.value)
        left = tx.session.query(DisposalRecord).filter_by(
            unit_id=world.units["C"], state=DisposalState.NOT_CONFIRMED.value
        )
        assert found.get(Task.CASES_NEW, 0) == (new.count() if code == "G" else 0)
        assert found.get(Task.DISPOSALS_NOT_CONFIRMED, 0) == (left.count() if code == "G" else 0)
    assert Task.APPLICATIONS_TO_DECIDE not in found  # whose ledger it is approves


def test_many_are_told_what_each_would_be_told(world: World) -> None:
    """Asked once for everybody, the counts are those that each person gets alone, in the same order."""
    over = world.clock().date() - timedelta(days=1)
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        tx.session.execute(update(LedgerRecord).values(retention_until=over))
        tx.session.execute(
            update(CaseRecord)
            .where(CaseRecord.id == world.targets["B"].case_id)
            .values(assignee_id=person(Role.OFFICER, world.targets["A"].unit_id).user_id)
        )
    people = [
        replace(person(Role(role), world.units[code]), user_id=number)
        for number, (role, code) in enumerate(
            [(role, code) for role in Role for code in ("G", "A", "A-1", "B")], 1
        )
    ]
    people += [person(Role.OFFICER, world.units["A"]), person(Role.OFFICER, world.units["B"])]
    with world.registry.read(bootstrap_principal()) as tx:
        together = [
            {line.task: line.count for line in each.lines}
            for each in digests.digests(tx, world.store, people)
        ]
    assert together == [told(world, each) for each in people]
    assert len({tuple(each.items()) for each in together}) > 5
