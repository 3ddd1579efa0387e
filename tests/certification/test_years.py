"""Yearly plans: a missing one becomes late, an approved one is changed by two persons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from privacy_mark.certificates import register, year_overview, year_revisions, years
from privacy_mark.certificates.cycle import Derived
from privacy_mark.certificates.year_model import (
    Item,
    Outcome,
    Own,
    Revision,
    RevisionState,
    Year,
    YearState,
)
from privacy_mark.certificates.year_overview import APPROVE, PLAN, Missing
from privacy_mark.certificates.years import Aim, Change
from registry import reorganisation
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.journal import Action, JournalFilter, lines
from registry.model import Principal, Role, UserId
from tests.access.certificates import SCALE, submitted, term
from tests.access.rights import DAY
from tests.registry.world import World, person

pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)

REASON = "組織の変更"


def officer(world: World) -> Principal:
    """Return the privacy manager of company A."""
    return person(7, Role.OFFICER, world.a.unit.id)


def top(world: World, number: int = 8) -> Principal:
    """Return top management of company A."""
    return person(number, Role.TOP_MANAGEMENT, world.a.unit.id)


def running(world: World, starts_on: date = DAY) -> Year:
    """Return an approved year of company A."""
    with world.registry.write(officer(world)) as tx:
        made = submitted(tx, world.a.unit.id, starts_on)
    with world.registry.write(top(world)) as tx:
        return years.approve(tx, made.id, expected_version=made.version)


def item(of: Year, name: str) -> Item:
    """Return one item of the cycle."""
    return next(each for each in of.items if each.item == name)


def ask(world: World, of: Year, **values: Any) -> Revision:
    """Ask for the audit to be later, by another department, and for a drill."""
    told: dict[str, Any] = {
        "changes": {item(of, "audit").id: Change(date(2027, 2, 1), "監査室")},
        "added": [Own("防災訓練", "総務部", date(2026, 9, 1))],
        "reason": REASON,
        "expected_version": of.version,
    }
    with world.registry.write(officer(world)) as tx:
        return year_revisions.propose(tx, of.id, **(told | values))


def journal(world: World, *actions: Action) -> list[tuple[Mapping[str, object], Mapping[str, object]]]:
    """Return before and after of the records of some actions, the newest first."""
    with world.registry.read(world.personas()["administrator"]) as tx:
        return [
            (each.before or {}, each.after or {})
            for each in lines(tx, limit=50, wanted=JournalFilter())
            if each.action in {action.value for action in actions}
        ]


def test_a_missing_plan_is_late_since_the_last_one_ended(world: World) -> None:
    """Or since April, when nobody ever made one; not before the mark was granted; and it rises."""
    unit = world.a.unit.id
    with world.registry.write(officer(world)) as tx:
        register.register(tx, unit, "jipdec", scale=SCALE, term=term(10_000_001))
        assert year_overview.overview(tx, DAY).without == (Missing(unit, DAY),)
        later = DAY + timedelta(days=40)
        assert year_overview.overview(tx, later).without == (Missing(unit, DAY),)
        (missing,) = year_overview.due(tx, later)
        assert (missing.kind, missing.due_on, missing.days_late(later)) == (PLAN, DAY, 40)
        years.plan(tx, unit, starts_on=date(2025, 1, 1))
        (missing,) = [each for each in year_overview.due(tx, later) if each.row == ""]
        assert missing.due_on == date(2026, 1, 1)
    with world.registry.write(person(9, Role.OFFICER, world.b.unit.id)) as tx:
        register.register(
            tx, world.b.unit.id, "jipdec", scale=SCALE, term=term(10_000_002, date(2028, 5, 31))
        )
        (new,) = year_overview.overview(tx, date(2026, 7, 1)).without
        assert new.since == date(2026, 5, 31)


def test_a_year_is_closed_on_the_day_after_it_ended(world: World) -> None:
    """Its last day is part of it."""
    made = running(world, date(2025, 4, 2))  # ends on DAY
    assert made.ends_on == DAY
    with world.registry.write(officer(world)) as tx:
        for each in made.items:
            made = years.leave_item(tx, made.id, each.id, reason="該当なし", expected_version=made.version)
        made = years.judge_objective(
            tx,
            made.id,
            made.objectives[0].id,
            outcome=Outcome.REACHED,
            result="",
            expected_version=made.version,
        )
        with pytest.raises(InvalidValue, match="before_end"):
            years.close(tx, made.id, expected_version=made.version)
    world.clock.advance(timedelta(days=1))
    with world.registry.write(officer(world)) as tx:
        assert years.close(tx, made.id, expected_version=made.version).state is YearState.CLOSED


def test_the_journal_keeps_what_was_before(world: World) -> None:
    """Objectives, days, owners, records that were written over; nothing changed, no record."""
    with world.registry.write(officer(world)) as tx:
        made = years.plan(tx, world.a.unit.id, starts_on=DAY)
        made = years.set_objectives(tx, made.id, [Aim("誤送信", "件数")], expected_version=made.version)
        made = years.set_objectives(tx, made.id, [Aim("紛失", "件数")], expected_version=made.version)
        of = item(made, "audit")
        moved = {of.id: Change(date(2027, 2, 1), "監査室")}
        made = years.change_items(tx, made.id, moved, expected_version=made.version)
        again = years.change_items(tx, made.id, moved, expected_version=made.version)
        assert again.version == made.version
        made = years.submit(tx, made.id, expected_version=made.version)
        assert made.version == again.version + 1  # each change counts once
    with world.registry.write(top(world)) as tx:
        made = years.approve(tx, made.id, expected_version=made.version)
    with world.registry.write(officer(world)) as tx:
        made = years.finish_item(tx, made.id, of.id, on=DAY, record="報告書 1", expected_version=made.version)
        years.finish_item(tx, made.id, of.id, on=DAY, record="報告書 2", expected_version=made.version)
    name = officer(world).name
    items, second, first = journal(world, Action.YEAR_CHANGED)
    assert first == ({}, {"objectives": ["誤送信 | 件数"]})
    assert second == ({"objectives": ["誤送信 | 件数"]}, {"objectives": ["紛失 | 件数"]})
    assert items == (
        {"items": [f"audit 1 | {of.due_on}"]},
        {"items": ["audit 1 | 2027-02-01 | 監査室"]},
    )
    (approval,) = journal(world, Action.YEAR_APPROVED)
    assert (approval[0]["state"], approval[1]["state"]) == ("submitted", "approved")
    (corrected, _done) = journal(world, Action.YEAR_ITEM_DONE)
    assert corrected == (
        {"items": [f"audit 1 | 2027-02-01 | 監査室 | 2026-04-01 | 報告書 1 |  | {name}"]},
        {"items": [f"audit 1 | 2027-02-01 | 監査室 | 2026-04-01 | 報告書 2 |  | {name}"]},
    )


def test_what_is_the_same_twice_and_who_did_it_are_told(world: World) -> None:
    """A second item like the first is a change; so is another person who says the same again."""
    with world.registry.write(officer(world)) as tx:
        made = years.plan(tx, world.a.unit.id, starts_on=DAY)
        for _ in range(2):
            version = made.version
            made = years.add_item(
                tx, made.id, title="訓練", owner="総務部", due_on=date(2026, 9, 1), expected_version=version
            )
            assert made.version == version + 1
    assert journal(world, Action.YEAR_CHANGED) == [({}, {"items": ["訓練 | 2026-09-01 | 総務部"]})] * 2
    made = running(world, date(2027, 4, 1))
    audit = item(made, "audit")
    for number in (7, 17):
        with world.registry.write(replace(officer(world), user_id=UserId(number), name=f"{number}")) as tx:
            made = years.finish_item(
                tx, made.id, audit.id, on=DAY, record="報告書", expected_version=made.version
            )
    ((before, after), _first) = journal(world, Action.YEAR_ITEM_DONE)
    done = f"audit 1 | {audit.due_on} |  | {DAY} | 報告書 |  | "
    assert (before, after) == ({"items": [f"{done}7"]}, {"items": [f"{done}17"]})


def test_a_closed_unit_lacks_no_plan(world: World) -> None:
    """None can be made there; its certificate stays."""
    with world.registry.write(officer(world)) as tx:
        register.register(tx, world.a.unit.id, "jipdec", scale=SCALE, term=term(10_000_001))
        assert len(year_overview.overview(tx, DAY).without) == 1
    with world.registry.write(bootstrap_principal(), reason="merger") as tx:
        reorganisation.merge_units(tx, world.a.unit.id, world.b.unit.id)
    with world.registry.read(bootstrap_principal()) as tx:
        assert register.certificates(tx)
        assert year_overview.overview(tx, DAY).without == ()
        assert PLAN not in {each.kind for each in year_overview.due(tx, DAY)}


def test_who_asked_takes_a_change_back(world: World) -> None:
    """Nobody else does; the journal keeps what was asked, and another change can be asked for."""
    made = running(world)
    asked = ask(world, made)
    for who, error in (
        (person(17, Role.OFFICER, world.a.unit.id), InvalidValue),
        (top(world), AccessDenied),
        (person(5, Role.OFFICER, world.b.unit.id), NotFound),
    ):
        with world.registry.write(who) as tx, pytest.raises(error):
            year_revisions.withdraw(tx, asked.id, expected_version=asked.version)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(Conflict):
            year_revisions.withdraw(tx, asked.id, expected_version=asked.version + 1)
        year_revisions.withdraw(tx, asked.id, expected_version=asked.version)
        assert year_revisions.revisions(tx, made.id) == []
        assert years.year(tx, made.id) == made
    (told,) = journal(world, Action.YEAR_REVISION_WITHDRAWN)
    assert told[1] == {}
    assert (told[0]["state"], told[0]["reason"]) == ("submitted", REASON)
    assert told[0]["items"] == ["audit 1 | 2027-02-01 | 監査室", "防災訓練 | 2026-09-01 | 総務部"]
    again = ask(world, made)
    assert again.id != asked.id
    with world.registry.write(top(world)) as tx:
        year_revisions.send_back(tx, again.id, note="早める", expected_version=again.version)
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="not_submitted"):
        year_revisions.withdraw(tx, again.id, expected_version=again.version + 1)


def test_an_approved_plan_is_changed_when_another_person_approves(world: World) -> None:
    """Until then it stays in force; the plan before stays readable, and the journal tells both."""
    made = running(world)
    asked = ask(world, made)
    assert (asked.state, asked.reason, asked.earlier) == (RevisionState.SUBMITTED, REASON, ())
    with world.registry.read(officer(world)) as tx:
        assert years.year(tx, made.id) == made
        assert APPROVE not in {each.kind for each in year_overview.due(tx, DAY)}
    with world.registry.write(top(world)) as tx:
        assert [(each.kind, each.row) for each in year_overview.due(tx, DAY)] == [(APPROVE, str(made.id))]
        done = year_revisions.approve(tx, asked.id, expected_version=asked.version)
        now = years.year(tx, made.id)
        assert year_overview.due(tx, DAY) == []
    audit, drill = item(now, "audit"), next(each for each in now.items if each.title == "防災訓練")
    assert (audit.due_on, audit.owner, audit.derived) == (date(2027, 2, 1), "監査室", Derived.OWN)
    assert (drill.due_on, drill.owner) == (date(2026, 9, 1), "総務部")
    assert (done.state, done.decider) == (RevisionState.APPROVED, top(world).name)
    assert done.earlier == made.items
    assert now.version > made.version
    (told,) = journal(world, Action.YEAR_REVISED)
    assert told[0] == {"items": [f"audit 1 | {item(made, 'audit').due_on}"]}
    assert told[1]["items"] == ["防災訓練 | 2026-09-01 | 総務部", "audit 1 | 2027-02-01 | 監査室"]
    assert told[1]["reason"] == REASON


def test_nobody_approves_a_change_of_ones_own(world: World) -> None:
    """Nor by the database; who only looks may not ask, and another company sees nothing."""
    made = running(world)
    asked = ask(world, made)
    both = replace(officer(world), grants=(*officer(world).grants, *top(world).grants))
    with world.registry.write(both) as tx, pytest.raises(InvalidValue, match="same_person"):
        year_revisions.approve(tx, asked.id, expected_version=asked.version)
    with world.registry.write(officer(world)) as tx, pytest.raises(AccessDenied):
        year_revisions.approve(tx, asked.id, expected_version=asked.version)
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx, pytest.raises(NotFound):
        year_revisions.revisions(tx, made.id)
    with world.registry.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(text("UPDATE pms_revision SET decider_id = proposer_id"))


def test_a_change_that_is_sent_back_leaves_the_plan_as_it_is(world: World) -> None:
    """With its reason; then another one can be asked for. One waits at a time."""
    made = running(world)
    asked = ask(world, made)
    with pytest.raises(InvalidValue, match="waiting"):
        ask(world, made)
    with world.registry.write(top(world)) as tx:
        with pytest.raises(InvalidValue, match="required"):
            year_revisions.send_back(tx, asked.id, note=" ", expected_version=asked.version)
        with pytest.raises(Conflict):
            year_revisions.send_back(tx, asked.id, note="早める", expected_version=9)
        back = year_revisions.send_back(tx, asked.id, note="早める", expected_version=asked.version)
        assert (back.state, back.note, back.earlier) == (RevisionState.RETURNED, "早める", ())
        assert years.year(tx, made.id) == made
        with pytest.raises(InvalidValue, match="not_submitted"):
            year_revisions.approve(tx, asked.id, expected_version=back.version)
    again = ask(world, made)
    with world.registry.read(officer(world)) as tx:
        assert [each.id for each in year_revisions.revisions(tx, made.id)] == [again.id, asked.id]


def test_what_a_change_may_not_do(world: World) -> None:
    """No reason, no difference, outside the year, of an item that is done, of a draft."""
    made = running(world)
    audit = item(made, "audit")
    for values, message in (
        ({"reason": " "}, "reason: required"),
        ({"changes": {audit.id: Change(audit.due_on, audit.owner)}, "added": []}, "changes: required"),
        ({"changes": {audit.id: Change(date(2027, 4, 1), "")}}, "outside_year"),
        ({"added": [Own("", "", DAY)]}, "title: required"),
    ):
        with pytest.raises(InvalidValue, match=message):
            ask(world, made, **values)
    asked = ask(world, made)
    with world.registry.write(officer(world)) as tx:
        made = years.finish_item(
            tx, made.id, audit.id, on=DAY, record="報告書", expected_version=made.version
        )
    with world.registry.write(top(world)) as tx:
        with pytest.raises(InvalidValue, match="finished"):
            year_revisions.approve(tx, asked.id, expected_version=asked.version)
        year_revisions.send_back(tx, asked.id, note="実施済み", expected_version=asked.version)
    with pytest.raises(InvalidValue, match="finished"):
        ask(world, made)
    with world.registry.write(officer(world)) as tx:
        draft = years.plan(tx, world.a.unit.id, starts_on=date(2027, 4, 1))
    with pytest.raises(InvalidValue, match="not_approved"):
        ask(world, draft)
