"""Applications of departments: nothing enters the ledger before somebody else said so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from registry import applications, journal, ledger, ledger_review
from registry.applications import Application, ApplicationState
from registry.errors import Conflict, InvalidValue, NotFound
from registry.handling import Acquisition, Handling, Medium, ProcessorId
from registry.model import LedgerEntry, Place, Principal, Role
from registry.store import Tx
from tests.registry.world import World, draft, person

STATED = Handling(acquisition=Acquisition.DIRECT_WRITTEN, media=frozenset({Medium.FILE_SHARE}))
COMPLETING = {"disposal_method": "消去"}


def manager(world: World, number: int = 41) -> Principal:
    """Return a manager of a department of company A."""
    return person(number, Role.DEPARTMENT_MANAGER, world.a.site.id)


def officer(world: World, number: int = 51) -> Principal:
    """Return a privacy manager of company A."""
    return person(number, Role.OFFICER, world.a.unit.id)


def apply(world: World, who: Principal | None = None, **columns: object) -> Application:
    """Apply for a new entry of the site."""
    values = {"retention_months": None, "places": (Place(None, "", "棚"),), "handling": STATED} | columns
    with world.registry.write(who or manager(world)) as tx:
        wanted = draft(world.a.site.id, world.a.source, **values)
        return applications.submit_new(tx, wanted, reason="新しい業務を始めます")


def approve(world: World, who: Principal, asked: Application, **completing: object) -> LedgerEntry:
    """Decide for an application."""
    with world.registry.write(who) as tx:
        return applications.approve(
            tx, asked.id, expected_version=asked.version, completing=COMPLETING | completing
        )


def test_a_new_entry_comes_about_when_another_person_approves(world: World) -> None:
    """The entry is the applicant's words and the approver's yes; officers add what departments leave open."""
    asked = apply(world)
    with world.registry.read(officer(world)) as tx:
        assert [each.id for each in ledger.entries(tx)] == [world.a.entry.id]
        assert [each.id for each in applications.applications(tx)] == [asked.id]
    made = approve(world, officer(world), asked, retention_months=60)
    assert (made.is_approved, made.updated_by, made.approved_by) == (
        True,
        "department_manager 41",
        "officer 51",
    )
    assert (made.name, made.retention_months, made.handling.disposal_method) == ("社員名簿", 60, "消去")
    assert made.handling.media == STATED.media
    with world.registry.read(officer(world)) as tx:
        assert applications.applications(tx) == []
        (ended,) = applications.applications(tx, decided=True)
        actions = [line.action for line in journal.lines(_as_auditor(tx, world), limit=4)]
    assert (ended.state, ended.entry_id, ended.decider) == (ApplicationState.APPROVED, made.id, "officer 51")
    assert actions == ["application_approved", "entry_approved", "entry_created", "application_submitted"]


def _as_auditor(tx: Tx, world: World) -> Tx:
    return replace(tx, principal=person(60, Role.AUDITOR, world.a.unit.id))


def test_nobody_decides_on_what_he_asked_for(world: World) -> None:
    """An officer who applies waits for another one, and the refusal says why."""
    asked = apply(world, officer(world))
    for decide in (approve, _send_back):
        with pytest.raises(InvalidValue) as caught:
            decide(world, officer(world), asked)
        assert (caught.value.column, caught.value.rule) == ("approver", "same_person")
    assert approve(world, officer(world, 52), asked).is_approved


def _send_back(world: World, who: Principal, asked: Application) -> Application:
    with world.registry.write(who) as tx:
        return applications.send_back(tx, asked.id, expected_version=asked.version, note="件数が違います")


def test_departments_state_their_columns_only(world: World) -> None:
    """About ten columns are a department's; the others are refused with the name of the column."""
    with pytest.raises(InvalidValue) as caught:
        apply(world, handling=replace(STATED, recipients="親会社"))
    assert (caught.value.column, caught.value.rule) == ("recipients", "for_officers")
    with pytest.raises(InvalidValue):
        apply(world, retention_months=12)
    apply(world, officer(world), retention_months=12)


def test_a_change_is_applied_for_and_merged_with_nothing(world: World) -> None:
    """An entry that somebody edited meanwhile is a conflict for who approves, column by column."""
    with world.registry.write(manager(world)) as tx, pytest.raises(NotFound):
        applications.submit_change(  # of the company, not of the manager's site
            tx, world.a.entry.id, expected_version=1, changes={"purpose": "x"}, reason="x"
        )
    above = person(42, Role.DEPARTMENT_MANAGER, world.a.unit.id)
    with world.registry.write(above) as tx:
        asked = applications.submit_change(
            tx,
            world.a.entry.id,
            expected_version=1,
            changes={"purpose": "人事と給与", "acquisition": Acquisition.DIRECT_WRITTEN},
            reason="給与計算を始めます",
        )
        with pytest.raises(InvalidValue, match="changes"):
            applications.submit_change(
                tx,
                world.a.entry.id,
                expected_version=1,
                changes={"purpose": f"{world.a.entry.purpose} "},
                reason="x",
            )
    assert asked.changes == {"purpose": "人事と給与", "acquisition": "direct_written"}
    with world.registry.write(officer(world, 53)) as tx:
        ledger.update_entry(tx, world.a.entry.id, expected_version=1, changes={"purpose": "採用"})
    with pytest.raises(Conflict) as caught:
        approve(world, officer(world), asked)
    assert caught.value.columns == ("purpose",)


def test_a_change_enters_with_its_approval(world: World) -> None:
    """Only what was asked for and what the approver completed differs afterwards."""
    above = person(42, Role.DEPARTMENT_MANAGER, world.a.unit.id)
    with world.registry.write(above) as tx:
        asked = applications.submit_change(
            tx, world.a.entry.id, expected_version=1, changes={"purpose": "人事と給与"}, reason="給与計算"
        )
    with pytest.raises(InvalidValue, match="required_for_approval"):
        approve(world, officer(world), asked)
    made = approve(
        world,
        officer(world),
        asked,
        acquisition=Acquisition.DIRECT_WRITTEN,
        media=frozenset({Medium.FILE_SHARE}),
    )
    assert (made.purpose, made.name, made.is_approved) == ("人事と給与", world.a.entry.name, True)


def test_what_the_approver_adds_is_checked_for_him(world: World) -> None:
    """A source or processor of another company is refused, whoever applied for the rest."""
    asked = apply(world)
    theirs = (Place(world.b.source.id, "", "棚"),)
    for more in ({"places": theirs}, {"processors": frozenset({ProcessorId(9)})}):
        with pytest.raises(InvalidValue):
            approve(world, officer(world), asked, **more)


def test_who_sees_no_places_approves_without_losing_them(world: World) -> None:
    """Top management approves what it was told; the places stay as the department wrote them."""
    asked = apply(world)
    head = person(54, Role.TOP_MANAGEMENT, world.a.unit.id)
    made = approve(world, head, asked)
    assert made.places == ()
    with world.registry.read(officer(world)) as tx:
        assert ledger.entry(tx, made.id).places == (Place(None, "", "棚"),)


def test_an_application_ends_once(world: World) -> None:
    """Sent back with a note, or withdrawn by who made it: then nobody decides on it any more."""
    returned, withdrawn = apply(world), apply(world, name="応募書類")
    sent = _send_back(world, officer(world), returned)
    assert (sent.state, sent.note) == (ApplicationState.RETURNED, "件数が違います")
    with pytest.raises(Conflict):
        approve(world, officer(world), returned)
    with pytest.raises(InvalidValue, match="decided"):
        approve(world, officer(world), sent)
    with pytest.raises(NotFound), world.registry.write(manager(world, 43)) as tx:
        applications.withdraw(tx, withdrawn.id, expected_version=1)  # a colleague's is out of sight
    with pytest.raises(InvalidValue, match="other_person"), world.registry.write(officer(world)) as tx:
        applications.withdraw(tx, withdrawn.id, expected_version=1)
    with world.registry.write(manager(world)) as tx:
        applications.withdraw(tx, withdrawn.id, expected_version=1)
        assert [each.state for each in applications.applications(tx, decided=True)] == [
            ApplicationState.RETURNED,
            ApplicationState.WITHDRAWN,
        ]


def test_a_reason_is_asked_for(world: World) -> None:
    """An application without a reason, and one sent back without a note, are refused."""
    wanted = draft(world.a.site.id, world.a.source, retention_months=None, places=(Place(None, "", "棚"),))
    with pytest.raises(InvalidValue, match="reason"), world.registry.write(manager(world)) as tx:
        applications.submit_new(tx, wanted, reason=" ")
    asked = apply(world)
    with pytest.raises(InvalidValue, match="note"), world.registry.write(officer(world)) as tx:
        applications.send_back(tx, asked.id, expected_version=1, note="")


def test_what_the_approver_wrote_himself_waits_for_another_one(world: World) -> None:
    """His own unapproved words do not become approved with an application that he decides on."""
    entry = world.a.entry
    with world.registry.write(officer(world)) as tx:
        mine = ledger.update_entry(tx, entry.id, expected_version=1, changes={"purpose": "緊急連絡"})
    with world.registry.write(person(41, Role.DEPARTMENT_MANAGER, world.a.unit.id)) as tx:
        changes: dict[str, object] = {"owner": "総務課長"}
        asked = applications.submit_change(
            tx, entry.id, expected_version=mine.version, changes=changes, reason="異動"
        )
    stated = {"acquisition": STATED.acquisition, "media": STATED.media}
    made = approve(world, officer(world), asked, **stated)
    assert (made.owner, made.purpose, made.is_approved) == ("総務課長", "緊急連絡", False)
    with pytest.raises(InvalidValue, match="same_person"), world.registry.write(officer(world)) as tx:
        ledger_review.approve_entry(tx, entry.id, expected_version=made.version)
    with world.registry.write(officer(world, 52)) as tx:
        assert ledger_review.approve_entry(tx, entry.id, expected_version=made.version).is_approved


def test_who_applied_reads_what_became_of_it(world: World) -> None:
    """With the note of who returned it, newest first; another department reads nothing."""
    first, second, third = apply(world), apply(world), apply(world)
    with world.registry.write(officer(world)) as tx:
        applications.send_back(tx, first.id, expected_version=1, note="件数を入れてください")
    world.clock.advance(timedelta(minutes=1))
    approve(world, officer(world), second)
    with world.registry.read(manager(world)) as tx:
        assert [each.id for each in applications.decided(tx)] == [second.id, first.id]
        assert applications.decided(tx, limit=1)[0].state is ApplicationState.APPROVED
        found = applications.application(tx, first.id)
        assert applications.application(tx, third.id).state is ApplicationState.SUBMITTED
    assert (found.state, found.note, found.decider) == (
        ApplicationState.RETURNED,
        "件数を入れてください",
        "officer 51",
    )
    with world.registry.read(manager(world, 42)) as tx:
        assert applications.decided(tx) == []
        with pytest.raises(NotFound):
            applications.application(tx, first.id)
