"""「個人情報ではない」: two persons, a reason and an expiry date, in a unit and below it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from registry import feedback, journal
from registry.access import bootstrap_principal, today_in_japan
from registry.errors import AccessDenied, Duplicate, InvalidValue, NotFound, StoreError
from registry.feedback import Feedback, FeedbackState, NotPersonal
from registry.model import Principal, Role, UnitId
from registry.store.feedback_tables import FeedbackRecord
from tests.registry.world import PROPOSER, World, person, sample

VALUE = sample("03-●●●●-●●01")


def day(world: World, days: int = 0) -> date:
    """Return a day from the world's present one."""
    return today_in_japan(world.clock.now) + timedelta(days=days)


def propose(world: World, who: Principal, unit_id: UnitId, days: int = 30) -> Feedback:
    """Propose that the value is not personal data."""
    with world.registry.write(who, reason="test") as tx:
        return feedback.propose(
            tx, unit_id, VALUE, reason=NotPersonal.ORGANISATION, expires_on=day(world, days), note="代表番号"
        )


def decide(world: World, who: Principal, made: Feedback, *, approve: bool = True) -> Feedback:
    """Decide on a proposal."""
    with world.registry.write(who, reason="test") as tx:
        return feedback.decide(tx, made.id, approve=approve)


def judged(world: World, unit_id: UnitId) -> frozenset[bytes]:
    """Return what a scan of a unit leaves out."""
    with world.registry.read(bootstrap_principal()) as tx:
        return feedback.judged_values(tx, unit_id)


def test_an_approved_value_applies_to_the_unit_and_below_until_its_last_day(world: World) -> None:
    """Not while it is proposed, not in another company, not above, and not after it expired."""
    officer, other = world.personas()["officer of A"], world.personas()["administrator of A"]
    made = propose(world, officer, world.a.unit.id)
    assert judged(world, world.a.unit.id) == frozenset()
    assert decide(world, other, made).state is FeedbackState.APPROVED
    for unit, applies in ((world.a.unit, 1), (world.a.site, 1), (world.b.unit, 0), (world.group, 0)):
        assert len(judged(world, unit.id)) == applies, unit.code
    world.clock.advance(timedelta(days=30))
    assert judged(world, world.a.site.id) == {VALUE.fingerprint}
    world.clock.advance(timedelta(days=1))
    assert judged(world, world.a.site.id) == frozenset()


def test_a_rejected_value_never_applies(world: World) -> None:
    """A rejected proposal may be made again."""
    officer, other = world.personas()["officer of A"], world.personas()["administrator of A"]
    decide(world, other, propose(world, officer, world.a.unit.id), approve=False)
    assert judged(world, world.a.unit.id) == frozenset()
    propose(world, officer, world.a.unit.id)


def test_nobody_decides_on_their_own_proposal(world: World) -> None:
    """Neither as officer nor after becoming administrator."""
    officer = world.personas()["officer of A"]
    made = propose(world, officer, world.a.unit.id)
    risen = person(officer.user_id, Role.ADMINISTRATOR, world.group.id)
    for who in (officer, risen):
        with pytest.raises(InvalidValue, match="same_person"):
            decide(world, who, made)


def test_the_database_refuses_one_person_for_both(world: World) -> None:
    """The rule of two persons holds below the service too, as does a decision without a decider."""
    changes = (
        {"state": "approved", "decider_id": PROPOSER},
        {"state": "approved", "decider_id": None},
        {"state": "proposed", "decider_id": 77},
    )
    for values in changes:
        with (
            pytest.raises(StoreError, match="IntegrityError"),
            world.registry.write(bootstrap_principal()) as tx,
        ):
            tx.session.execute(
                update(FeedbackRecord).where(FeedbackRecord.id == world.a.feedback.id).values(**values)
            )


def test_a_decision_is_final(world: World) -> None:
    """What was decided is not decided again."""
    officer, other = world.personas()["officer of A"], world.personas()["administrator of A"]
    made = propose(world, officer, world.a.unit.id)
    decide(world, other, made)
    with pytest.raises(InvalidValue, match="decided"):
        decide(world, world.personas()["administrator"], made, approve=False)


def test_a_proposal_that_expired_meanwhile_can_only_be_rejected(world: World) -> None:
    """An approval that would never apply is refused."""
    officer, other = world.personas()["officer of A"], world.personas()["administrator of A"]
    made = propose(world, officer, world.a.unit.id, days=1)
    world.clock.advance(timedelta(days=2))
    with pytest.raises(InvalidValue, match="past"):
        decide(world, other, made)
    assert decide(world, other, made, approve=False).state is FeedbackState.REJECTED


@pytest.mark.parametrize(("days", "rule"), [(-1, "past"), (732, "too_late")])
def test_an_expiry_date_is_neither_past_nor_far(world: World, days: int, rule: str) -> None:
    """Somebody must look again within two years."""
    with pytest.raises(InvalidValue, match=rule):
        propose(world, world.personas()["officer of A"], world.a.unit.id, days)


def test_the_same_value_is_proposed_once(world: World) -> None:
    """Neither while it waits nor while it applies; after it expired it may be proposed again."""
    officer, other = world.personas()["officer of A"], world.personas()["administrator of A"]
    made = propose(world, officer, world.a.unit.id)
    with pytest.raises(Duplicate):
        propose(world, other, world.a.unit.id)
    decide(world, other, made)
    with pytest.raises(Duplicate):
        propose(world, officer, world.a.unit.id)
    world.clock.advance(timedelta(days=31))
    propose(world, officer, world.a.unit.id)


def test_executives_and_strangers_neither_propose_nor_decide_nor_see(world: World) -> None:
    """Only who reviews findings in the unit takes part."""
    for name in ("executive of A", "officer of B", "nobody"):
        who = world.personas()[name]
        with pytest.raises(AccessDenied):
            propose(world, who, world.a.unit.id)
        with pytest.raises((AccessDenied, NotFound)):
            decide(world, who, world.a.feedback)
        with world.registry.read(who) as tx:
            assert all(each.unit_id == world.b.unit.id for each in feedback.judgements(tx)), name


def test_proposal_and_decision_are_journalled_with_both_persons(world: World) -> None:
    """Who, why and what stand in the chain, and the chain holds."""
    officer, other = world.personas()["officer of A"], world.personas()["administrator of A"]
    decide(world, other, propose(world, officer, world.a.unit.id))
    with world.registry.read(bootstrap_principal()) as tx:
        approved, proposed = journal.lines(tx, limit=2)
    assert [line.action for line in (proposed, approved)] == ["feedback_proposed", "feedback_approved"]
    assert [line.actor for line in (proposed, approved)] == [officer.name, other.name]
    assert approved.before is not None
    assert approved.after is not None
    assert (approved.before["state"], approved.after["state"]) == ("proposed", "approved")
    assert journal.verify(world.registry).ok
