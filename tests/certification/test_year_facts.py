"""Items of a yearly plan that records finish: what is approved elsewhere is not confirmed a second time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.model import AuditState, ProgrammeScope, ProgrammeState
from privacy_mark.certificates import years
from privacy_mark.certificates.year_model import Item, Room, Shown, Year, YearId
from privacy_mark.confirmations import answering
from privacy_mark.documents import register, versions
from privacy_mark.laws import reviews
from privacy_mark.requirements import year_facts
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, InvalidValue
from registry.journal import Action, JournalFilter, lines
from registry.model import Role
from registry.store import Tx
from registry.store.audit_tables import AuditProgramme, AuditRecord
from registry.store.base import new_uid
from registry.store.review_tables import ReviewRecord
from tests.access import certificates, confirmations, laws
from tests.access import reviews as management
from tests.access.bases import APPROVER, RECORDER
from tests.access.documents import TEXT, rule
from tests.access.rights import DAY
from tests.registry.world import World, person

pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


def running(world: World, starts_on: date = DAY) -> Year:
    """Return an approved year of company A."""
    with world.registry.write(RECORDER) as tx:
        made = certificates.submitted(tx, world.a.unit.id, starts_on)
    with world.registry.write(APPROVER) as tx:
        return years.approve(tx, made.id, expected_version=made.version)


def item(of: Year, name: str, turn: int = 1) -> Item:
    """Return one item of the cycle."""
    return next(each for each in of.items if (each.item, each.turn) == (name, turn))


def seen(tx: Tx, year_id: YearId) -> dict[str, Shown]:
    """Return what records show, by item; of what comes more than once the first turn."""
    found = year_facts.shown(tx, year_id)
    names = {each.id: each for each in years.year(tx, year_id).items}
    return {names[item_id].item: each for item_id, each in found.items() if names[item_id].turn == 1}


def reported(tx: Tx, world: World) -> tuple[AuditProgramme, AuditRecord]:
    """Return a programme of all departments that was reported on, and its audit, which is not done."""
    programme = AuditProgramme(
        uid=new_uid(),
        number="AP-0001",
        unit_id=world.a.unit.id,
        scope=ProgrammeScope.DEPARTMENTS.value,
        year=2026,
        first=date(2026, 1, 1),
        last=date(2026, 12, 31),
        apart=False,
        recent_days=365,
        same_years=3,
        state=ProgrammeState.PLANNED.value,
        aim_sealed=b"-",
        planner_id=1,
        planner_sealed=b"-",
        planned_at=tx.now,
        reported_on=date(2026, 3, 20),
    )
    tx.session.add(programme)
    tx.session.flush()
    audit = AuditRecord(
        uid=new_uid(),
        number="A-0001",
        programme_id=programme.id,
        unit_id=world.a.site.id,
        kind=AuditKind.BOTH.value,
        state=AuditState.PLANNED.value,
        auditor_id=world.a.user_id,
        auditor_sealed=b"-",
        proof_json="{}",
        due_on=date(2026, 12, 31),
    )
    tx.session.add(audit)
    tx.session.flush()
    return programme, audit


def test_what_other_rooms_approved_finishes_its_item(world: World) -> None:
    """The plan, the list of laws and the rules: each with its record; a second look changes nothing."""
    year, unit = running(world), world.a.unit.id
    with world.registry.write(RECORDER) as tx:
        first = seen(tx, year.id)
        assert first == {"objectives": Shown(Room.PLAN, str(year.id), year.number, DAY)}
        laws.decide_all(tx, unit)
        waiting = reviews.submit(tx, unit, "全件を見た")
        version = versions.write(tx, register.register(tx, rule(unit)), TEXT)
        assert seen(tx, year.id) == first
    with world.registry.write(APPROVER) as tx:
        reviews.approve(tx, waiting.id, "", expected_version=1)
        versions.approve(tx, version, expected_version=1)
        found = seen(tx, year.id)
        assert found["laws"] == Shown(Room.LAWS, str(unit), f"LR-{waiting.id:04d}", DAY)
        assert found["rules"] == Shown(Room.RULES, "", "", DAY)
        assert year_facts.settle(tx) == len(found) == 3
        assert year_facts.settle(tx) == 0
        done = item(years.year(tx, year.id), "laws")
        assert (done.done_on, done.record, done.room, done.row) == (
            DAY,
            f"LR-{waiting.id:04d}",
            Room.LAWS,
            str(unit),
        )
    with world.registry.read(world.personas()["administrator"]) as tx:
        told = [
            each
            for each in lines(tx, limit=50, wanted=JournalFilter())
            if each.action == Action.YEAR_ITEM_DONE
        ]
    assert len(told) == 3
    due = item(year, "laws").due_on
    of = next(each for each in told if each.after and each.after["fact"] == "laws")
    assert of.before == {"items": [f"laws 1 | {due}"]}
    assert of.after == {
        "items": [f"laws 1 | {due} |  | {DAY} | LR-{waiting.id:04d}"],
        "fact": "laws",
        "row": str(unit),
    }


def test_a_person_may_correct_what_records_finished(world: World) -> None:
    """What a person writes takes the place of the record, and is not overwritten by it again."""
    year = running(world)
    with world.registry.write(RECORDER) as tx:
        assert year_facts.finish(tx, year.id, expected_version=year.version) == 1
        now = years.year(tx, year.id)
        of = item(now, "objectives")
        assert of.room is Room.PLAN
        now = years.leave_item(tx, year.id, of.id, reason="改めて決める", expected_version=now.version)
        assert (item(now, "objectives").room, item(now, "objectives").left) == (None, "改めて決める")
        assert year_facts.settle(tx) == 0
        done = years.finish_item(tx, year.id, of.id, on=DAY, record="議事録", expected_version=now.version)
        assert (item(done, "objectives").record, item(done, "objectives").room) == ("議事録", None)


def test_audits_reviews_and_confirmations_count_in_their_year_only(world: World) -> None:
    """A report before the year, an audit that is left, a quarter that is not over: the item stays open."""
    unit = world.a.unit.id
    year = running(world, date(2026, 1, 1))
    with world.registry.write(RECORDER) as tx:
        before = tx.session.get_one(ReviewRecord, management.approved(tx, unit, "").id)
        before.held_on = date(2025, 12, 1)
        programme, left = reported(tx, world)
        made = confirmations.fill(tx, unit, "")
        answering.answer(tx, made.open_id, confirmations.all_right(), expected_version=1)
        tx.session.flush()
        assert seen(tx, year.id).keys() == {"objectives"}
        left.state, left.done_on = "done", date(2026, 3, 10)
        before.held_on = date(2026, 3, 1)
        tx.session.flush()
        found = seen(tx, year.id)
        assert found["audit"] == Shown(Room.AUDIT, str(programme.id), programme.number, date(2026, 3, 20))
        assert found["review"] == Shown(Room.REVIEW, str(before.id), f"MR-{before.id:04d}", date(2026, 3, 1))
    with world.registry.write(APPROVER) as tx:
        for each in (made.open_id, made.answered_id):
            answering.confirm(tx, each, expected_version=2)
        assert all(each.room is not Room.CONFIRMATIONS for each in year_facts.shown(tx, year.id).values())
    world.clock.advance(timedelta(days=92))
    with world.registry.write(APPROVER) as tx:
        found_ids = year_facts.shown(tx, year.id)
        turn = item(years.year(tx, year.id), "confirmations", 2)
        assert found_ids[turn.id] == Shown(Room.CONFIRMATIONS, "", "", DAY)


def test_a_draft_is_not_finished_and_readers_write_nothing(world: World) -> None:
    """Only who manages certification writes, and only into a plan that is approved."""
    with world.registry.write(RECORDER) as tx:
        draft = certificates.submitted(tx, world.a.unit.id, DAY)
        assert year_facts.shown(tx, draft.id) == {}
        with pytest.raises(InvalidValue, match="not_approved"):
            year_facts.finish(tx, draft.id, expected_version=draft.version)
    reader = person(3, Role.TOP_MANAGEMENT, world.a.unit.id)
    with world.registry.write(reader) as tx, pytest.raises(AccessDenied):
        year_facts.finish(tx, draft.id, expected_version=draft.version)
    stranger = replace(bootstrap_principal(), grants=())
    with world.registry.write(stranger) as tx:
        assert year_facts.settle(tx) == 0
