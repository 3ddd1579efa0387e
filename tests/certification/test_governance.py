"""Governance: who holds which post when, and where a decision has arrived, said by somebody of the unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from privacy_mark.governance import arrivals, bodies, decisions, due, following
from privacy_mark.governance.arrivals import Received
from privacy_mark.governance.model import (
    APPOINTMENTS,
    ARRIVALS,
    AppointmentId,
    ArrivalId,
    BodyId,
    DecisionId,
    Post,
    Reach,
)
from registry import organisation, reorganisation
from registry.access import bootstrap_principal, today_in_japan
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound, StoreError
from registry.journal import lines, newest_of
from registry.model import Principal, Role, Unit, UnitKind
from registry.store import Tx
from registry.store.governance_tables import ArrivalRecord
from registry.store.tables import OrgUnit
from tests.access.governance import SITES, appointment, body, decided
from tests.access.rights import DAY
from tests.registry.world import World, person

DUE = DAY + timedelta(days=14)
EVERYWHERE = frozenset({UnitKind.COMPANY, UnitKind.SITE})


def group(world: World) -> Principal:
    """Return the privacy officer of the group."""
    return person(1, Role.GROUP_OFFICER, world.group.id)


def officer(world: World) -> Principal:
    """Return the privacy manager of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def site(world: World) -> Principal:
    """Return who is responsible for the site of company A."""
    return person(3, Role.DEPARTMENT_MANAGER, world.a.site.id)


def whole(tx: Tx) -> Tx:
    """Return the transaction as who sees everything would have it."""
    return replace(tx, principal=bootstrap_principal())


def within(tx: Tx, unit: Unit) -> Tx:
    """Return the transaction as the privacy manager of a unit would have it."""
    return replace(tx, principal=person(7, Role.OFFICER, unit.id))


def issued(world: World) -> DecisionId:
    """Return a decision of the group for all companies and sites."""
    with world.registry.write(group(world)) as tx:
        made = decisions.record(tx, decided(world.group.id))
        assert decisions.issue(tx, made, EVERYWHERE, due_on=DUE, expected_version=1) == 4
    return made


def got(world: World, who: Principal) -> list[Received]:
    """Return what somebody received."""
    with world.registry.read(who) as tx:
        return arrivals.received(tx)


def acknowledged(world: World, who: Principal) -> ArrivalId:
    """Return an arrival that somebody acknowledged: the first of what one received."""
    first = got(world, who)[0].arrival
    with world.registry.write(who) as tx:
        arrivals.acknowledge(tx, first.id, "朝礼で伝えた", expected_version=first.version)
    return first.id


def dues(world: World, who: Principal) -> list[str]:
    """Return the kinds of what waits for somebody."""
    with world.registry.read(who) as tx:
        return [each.kind for each in due.due(tx, today_in_japan(tx.now))]


def test_posts_are_held_by_unit_and_period(world: World) -> None:
    """A committee has members, a unit its officers; those who are over are history."""
    until = DAY + timedelta(days=30)
    with world.registry.write(officer(world)) as tx:
        made = bodies.register(tx, body(world.a.unit.id))
        chair = replace(appointment(world.a.unit.id), body_id=made, post=Post.CHAIR, valid_until=until)
        first, second = bodies.appoint(tx, chair), bodies.appoint(tx, appointment(world.a.unit.id))
        assert {each.id for each in bodies.officers(tx)} == {first, second}
        wrong = {
            "post: wrong_kind": replace(chair, body_id=None),
            "body_id: other_unit": replace(chair, unit_id=world.a.site.id),
            "valid_until: before_start": replace(chair, valid_until=DAY - timedelta(days=1)),
            "person: required": replace(chair, person=" "),
        }
        for why, draft in wrong.items():
            with pytest.raises(InvalidValue, match=why):
                bodies.appoint(tx, draft)
        with pytest.raises(InvalidValue, match="wrong_kind"):
            bodies.appoint(tx, replace(chair, post=Post.PRIVACY_MANAGER))
    world.clock.advance(timedelta(days=31))
    with world.registry.write(officer(world)) as tx:
        assert [each.id for each in bodies.officers(tx)] == [second]
        held = {each.id: each.holds(until) for each in bodies.officers(tx, past=True)}
        assert held == {first: True, second: True}
        with pytest.raises(Conflict):
            bodies.end_appointment(tx, second, until, expected_version=2)
        with pytest.raises(InvalidValue, match="before_start"):
            bodies.end_appointment(tx, second, DAY - timedelta(days=1), expected_version=1)
        bodies.end_appointment(tx, second, until, expected_version=1)
        assert bodies.officers(tx) == []
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert (bodies.bodies(tx), bodies.officers(tx, past=True)) == ([], [])
        with pytest.raises(NotFound):
            bodies.appointment(tx, first)
    with world.registry.read(officer(world)) as tx:
        known = {each.id: each for each in bodies.officers(tx, past=True)}
        assert [bodies.appointment(tx, each) for each in (first, second)] == [known[first], known[second]]


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_body_ends_with_its_appointments(world: World) -> None:
    """Nobody is appointed to it afterwards; another company cannot even see it."""
    with world.registry.write(officer(world)) as tx:
        made = bodies.register(tx, body(world.a.unit.id))
        member = replace(appointment(world.a.unit.id), body_id=made, post=Post.MEMBER)
        bodies.appoint(tx, member)
        later = replace(member, post=Post.CHAIR, person="後任 潤", valid_from=DAY + timedelta(days=9))
        future = bodies.appoint(tx, later)
    with world.registry.write(person(5, Role.OFFICER, world.b.unit.id)) as tx, pytest.raises(NotFound):
        bodies.end(tx, made, expected_version=1)
    with world.registry.write(officer(world)) as tx:
        bodies.end(tx, made, expected_version=1)
        with pytest.raises(InvalidValue, match="ended"):
            bodies.end(tx, made, expected_version=2)
        with pytest.raises(InvalidValue, match="ended"):
            bodies.appoint(tx, member)
        assert [each.valid_until for each in bodies.officers(tx, past=True)] == [DAY]
        told = newest_of(tx, APPOINTMENTS, future)
        assert (told.action, told.before and told.before["person"]) == ("appointment_ended", "後任 潤")
        assert [each.ended_on for each in bodies.bodies(tx, world.a.unit.id)] == [DAY]


def test_a_decision_goes_down_the_tree(world: World) -> None:
    """Companies get it at once, sites when their company conveys it; the group sees where it is missing."""
    made = issued(world)
    with world.registry.read(group(world)) as tx:
        assert decisions.decision(tx, made).reach == Reach(4, 2, 0)
        assert decisions.decisions(tx)[0][0].text == ""
        assert len(arrivals.arrivals(tx, made)) == 4
    assert dues(world, officer(world)) == [due.ACKNOWLEDGE]
    assert (dues(world, site(world)), got(world, site(world))) == ([], [])
    first = acknowledged(world, officer(world))
    assert dues(world, officer(world)) == [due.CONVEY]
    with world.registry.write(officer(world)) as tx:
        assert arrivals.open_received(tx, first).text == decided(world.group.id).text
        assert arrivals.convey(tx, first) == 1
        with pytest.raises(InvalidValue, match="nobody"):
            arrivals.convey(tx, first)
        with pytest.raises(NotFound):
            decisions.decision(tx, made)  # the group's own record is not the company's
        assert {each.unit_id for each in arrivals.arrivals(tx, made)} == {world.a.unit.id, world.a.site.id}
    assert dues(world, site(world)) == [due.ACKNOWLEDGE]
    acknowledged(world, site(world))
    assert (dues(world, site(world)), dues(world, officer(world))) == ([], [])
    with world.registry.read(group(world)) as tx:
        assert decisions.decision(tx, made).reach == Reach(4, 3, 2)
        missing = [each.unit_id for each in arrivals.arrivals(tx, made) if each.acknowledged_at is None]
        assert missing == [world.b.site.id, world.b.unit.id]  # the one that nobody conveyed to first
        assert due.due(tx, DUE) == []
        late = due.due(tx, DUE + timedelta(days=1))
        assert [(each.kind, each.number, each.due_on) for each in late] == [(due.CHASE, "DC-0001", DUE)]


def test_who_acknowledges_is_of_the_unit_and_did_not_convey(world: World) -> None:
    """Nobody above says it for a unit; who conveyed it does not either, and the database refuses it too."""
    issued(world)
    arrival = got(world, officer(world))[0].arrival
    with world.registry.write(group(world)) as tx, pytest.raises(AccessDenied):
        arrivals.acknowledge(tx, arrival.id, "", expected_version=1)
    both = replace(officer(world), user_id=group(world).user_id)
    assert dues(world, both) == []
    with world.registry.write(both) as tx, pytest.raises(InvalidValue, match="conveyed_it"):
        arrivals.acknowledge(tx, arrival.id, "", expected_version=1)
    with pytest.raises(StoreError), world.registry.write(group(world)) as tx:
        tx.session.execute(
            update(ArrivalRecord)
            .where(ArrivalRecord.id == arrival.id)
            .values(acknowledged_at=tx.now, acknowledger_id=ArrivalRecord.conveyor_id)
        )
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="not_acknowledged"):
            arrivals.convey(tx, arrival.id)
        with pytest.raises(Conflict):
            arrivals.acknowledge(tx, arrival.id, "", expected_version=2)
        with pytest.raises(InvalidValue, match="too_long"):
            arrivals.acknowledge(tx, arrival.id, "長" * 1_001, expected_version=1)
        arrivals.acknowledge(tx, arrival.id, "", expected_version=1)
        with pytest.raises(InvalidValue, match="acknowledged"):
            arrivals.acknowledge(tx, arrival.id, "", expected_version=2)
    with world.registry.write(person(5, Role.OFFICER, world.b.unit.id)) as tx, pytest.raises(NotFound):
        arrivals.open_received(tx, arrival.id)


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_decision_is_corrected_until_it_is_conveyed(world: World) -> None:
    """Afterwards it can only be withdrawn, and asks for nothing then."""
    with world.registry.write(officer(world)) as tx:
        made = decisions.record(tx, decided(world.a.unit.id))
        other = replace(decided(world.a.unit.id), title="改めた題")
        decisions.correct(tx, made, other, expected_version=1)
        wrong = {
            "title: required": replace(other, title=""),
            "text: required": replace(other, text=" "),
            "decided_on: future": replace(other, decided_on=DAY + timedelta(days=1)),
            "unit_id: fixed": replace(other, unit_id=world.a.site.id),
        }
        for why, draft in wrong.items():
            with pytest.raises(InvalidValue, match=why):
                decisions.correct(tx, made, draft, expected_version=2)
        with pytest.raises(InvalidValue, match="past"):
            decisions.issue(tx, made, SITES, due_on=DAY - timedelta(days=1), expected_version=2)
        with pytest.raises(InvalidValue, match="nobody"):
            decisions.issue(tx, made, {UnitKind.HOSPITAL}, due_on=DUE, expected_version=2)
        decisions.issue(tx, made, SITES, due_on=DUE, expected_version=2)
        for act in (
            lambda: decisions.correct(tx, made, other, expected_version=3),
            lambda: decisions.issue(tx, made, SITES, due_on=DUE, expected_version=3),
        ):
            with pytest.raises(InvalidValue, match="issued"):
                act()
        assert decisions.decision(tx, made).title == "改めた題"
        kept = next(each for each in lines(whole(tx)) if each.action == "decision_corrected")
        assert [told["title"] for told in (kept.before, kept.after) if told] == [
            decided(world.a.unit.id).title,
            "改めた題",
        ]
        decisions.withdraw(tx, made, expected_version=3)
        with pytest.raises(InvalidValue, match="withdrawn"):
            decisions.withdraw(tx, made, expected_version=4)
        assert due.due(tx, DUE + timedelta(days=1)) == []
    assert dues(world, site(world)) == []
    (of,) = got(world, site(world))
    with world.registry.write(site(world)) as tx, pytest.raises(InvalidValue, match="withdrawn"):
        arrivals.acknowledge(tx, of.arrival.id, "", expected_version=1)


def merge(world: World, unit: Unit, into: Unit) -> int:
    """Merge a unit into another one; return how many rows of decisions follow."""
    with world.registry.write(bootstrap_principal()) as tx:
        reorganisation.merge_units(tx, unit.id, into.id)
        return following.follow(tx)


def test_a_decision_follows_a_merger(world: World) -> None:
    """Nobody waits for a merged unit; who took it over conveys to its sites; the journal tells it once."""
    made = issued(world)
    acknowledged(world, officer(world))
    assert merge(world, world.b.unit, world.a.unit) == 2
    with world.registry.write(bootstrap_principal()) as tx:
        assert following.follow(tx) == 0
        assert decisions.decision(tx, made).reach == Reach(3, 1, 1)
        (gone,) = (each for each in arrivals.arrivals(tx, made) if each.closed_at)
        assert gone.unit_id == world.b.unit.id
        told = newest_of(tx, ARRIVALS, gone.id)
        assert (told.action, told.after and told.after["closed"]) == ("decision_followed", True)
        with pytest.raises(InvalidValue, match="closed"):
            arrivals.acknowledge(within(tx, world.b.unit), gone.id, "", expected_version=gone.version)
    assert dues(world, officer(world)) == [due.CONVEY]
    with world.registry.write(officer(world)) as tx:
        mine = arrivals.received(tx)[0].arrival
        assert arrivals.convey(tx, mine.id) == 2
    for who in (site(world), person(8, Role.DEPARTMENT_MANAGER, world.b.site.id)):
        acknowledged(world, who)
    with world.registry.read(group(world)) as tx:
        assert due.due(tx, DUE + timedelta(days=1)) == []


def test_a_merged_unit_without_an_heir_in_the_decision_leaves_it_to_those_above(world: World) -> None:
    """Its sites get it from the deciding unit, at once."""
    with world.registry.write(bootstrap_principal()) as tx:
        new = organisation.create_unit(
            tx,
            code="NEW",
            kind=UnitKind.HOSPITAL,
            name_ja="新",
            name_en="New",
            parent_id=world.group.id,
        )
    made = issued(world)
    assert merge(world, world.b.unit, new) == 2
    with world.registry.read(group(world)) as tx:
        (of,) = (each for each in arrivals.arrivals(tx, made) if each.unit_id == world.b.site.id)
        assert (of.above_id, of.conveyed_at is not None) == (None, True)


def test_units_that_come_later_are_offered_and_added(world: World) -> None:
    """Those of the kinds that it is meant for; each gets it from the unit above; nobody is added twice."""
    made = issued(world)
    with world.registry.write(bootstrap_principal()) as tx:
        new, _ = (
            organisation.create_unit(
                tx, code=code, kind=kind, name_ja="新", name_en="New", parent_id=world.a.unit.id
            )
            for code, kind in (("S", UnitKind.SITE), ("D", UnitKind.DEPARTMENT))
        )
    with world.registry.write(group(world)) as tx:
        assert following.missing(tx, made) == [new.id]
        assert following.add_missing(tx, made, expected_version=2) == 1
        assert following.missing(tx, made) == []
        with pytest.raises(InvalidValue, match="nobody"):
            following.add_missing(tx, made, expected_version=2)
        (of,) = (each for each in arrivals.arrivals(tx, made) if each.unit_id == new.id)
        assert (of.above_id, of.conveyed_at) == (world.a.unit.id, None)
        assert decisions.decision(tx, made).reach == Reach(5, 2, 0)
    with world.registry.write(officer(world)) as tx, pytest.raises(NotFound):
        following.add_missing(tx, made, expected_version=2)


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_closed_units_are_left_out_and_nothing_stands_in_the_clear(world: World) -> None:
    """Names, titles, texts and notes are sealed; no object prints them."""
    with world.registry.write(group(world)) as tx:
        closed = update(OrgUnit).where(OrgUnit.id == world.b.site.id)
        tx.session.execute(closed.values(closed_at=tx.now))
        made = decisions.record(tx, decided(world.group.id))
        assert decisions.issue(tx, made, EVERYWHERE, due_on=DUE, expected_version=1) == 3
        bodies.register(tx, body(world.group.id))
        bodies.appoint(tx, appointment(world.group.id))
        shown = repr((decisions.decision(tx, made), arrivals.received(tx), bodies.officers(tx)))
        tables = ("decision", "arrival", "appointment", "body")
        rows = [
            each
            for table in (*(f"governance_{name}" for name in tables), "journal_record")
            for line in tx.session.execute(text(f"SELECT * FROM {table}"))
            for each in line
        ]
        stored = [each if isinstance(each, bytes) else str(each).encode() for each in rows]
        for secret in ("持ち出しを禁じる", "私物の記憶媒体", "佐藤 恵"):
            assert secret not in shown
            assert not any(secret.encode() in each for each in stored)
        with pytest.raises(NotFound):
            decisions.decision(tx, DecisionId(77))
        with pytest.raises(NotFound):
            bodies.end_appointment(tx, AppointmentId(77), DAY, expected_version=1)
        with pytest.raises(NotFound):
            bodies.end(tx, BodyId(77), expected_version=1)
