"""Corrective actions: listed by their next day, found again, sent back, said anew, with all their history."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from privacy_mark.actions import due, history, listing, recurrence, register, steps
from privacy_mark.actions.listing import Standing, Wanted
from privacy_mark.actions.model import (
    Action,
    ActionState,
    CauseClass,
    Effect,
    Grade,
    Recurrence,
    Source,
    Step,
)
from registry.errors import AccessDenied, InvalidValue
from registry.model import Principal, Role, UserId
from registry.store import Tx
from tests.access.audits import found
from tests.access.rights import DAY
from tests.registry.world import World, person

REVIEWER = UserId(93)


def officer(world: World) -> Principal:
    """Return the privacy manager of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def top(world: World) -> Principal:
    """Return the representative of company A."""
    return person(9, Role.TOP_MANAGEMENT, world.a.unit.id)


def led(tx: Tx, of: Action, effect: Effect, cause: CauseClass = CauseClass.RULE) -> Action:
    """Take the steps from the cause to the review of the effect."""
    of = steps.analyse(
        tx, of.id, fact="鍵がない", cause_class=cause, cause="置き場", expected_version=of.version
    )
    of = steps.plan(tx, of.id, measure="鍵箱", owner="課長", due_on=DAY, expected_version=of.version)
    of = steps.finish(tx, of.id, result="置いた", on=DAY, review_by=DAY, expected_version=of.version)
    other = replace(tx, principal=replace(tx.principal, user_id=REVIEWER))
    return steps.review(other, of.id, effect, note="見た", expected_version=of.version)


def test_the_list_begins_with_what_is_due_next(world: World) -> None:
    """Late ones first, closed ones last; filters count what they leave; other companies see nothing."""
    with world.registry.write(officer(world)) as tx:
        closed = led(tx, register.raise_action(tx, found(world.a.unit.id)), Effect.EFFECTIVE)
        new = register.raise_action(tx, found(world.a.unit.id, source=Source.INCIDENT, reference="J-0001"))
        late = register.raise_action(
            tx, found(world.a.site.id, reference="J-0001/x", found_on=DAY - timedelta(days=15))
        )
    with world.registry.write(top(world)) as tx:
        steps.approve(tx, closed.id, expected_version=closed.version)
        rows, total = listing.listed(tx)
        assert ([row.id for row in rows], total) == ([late.id, new.id, closed.id], 3)
        assert [row.next_due for row in rows] == [late.answer_by, new.answer_by, None]
        assert listing.listed(tx, offset=1, limit=1)[0] == [rows[1]]
        for wanted, expected in (
            (Wanted(late=True), [late.id]),
            (Wanted(world.a.site.id), [late.id]),
            (Wanted(states=(ActionState.CLOSED,)), [closed.id]),
            (Wanted(sources=(Source.INCIDENT, Source.AUDIT)), [new.id]),
        ):
            assert [row.id for row in listing.listed(tx, wanted)[0]] == expected
        assert listing.standing(tx) == Standing(open=2, late=1, to_approve=0, closed=1, withdrawn=0)
        assert listing.standing(tx, world.a.site.id) == Standing(1, 1, 0, 0, 0)
        assert listing.numbered(tx, [new.number, "CA-0999"]) == {new.number: new.id}
        assert listing.found_in(tx, []) == listing.found_in(tx, ["J-00", "J-0002"]) == {}
        assert listing.found_in(tx, ["J-0001"]) == {new.number: new.id, late.number: late.id}
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert listing.listed(tx) == ([], 0)
        assert listing.numbered(tx, [new.number]) == {}
        with pytest.raises(AccessDenied):
            listing.standing(tx, world.a.unit.id)


def test_how_like_an_earlier_finding_is(world: World) -> None:
    """The same question, or requirement and cause, comes again; what stands in the same record does not."""
    unit = world.a.unit.id
    with world.registry.write(officer(world)) as tx:
        first = register.raise_action(tx, found(unit, reference="K-00001/shredded"))
        register.raise_action(tx, found(unit, reference="K-00001/desks_clear"))
        asked = register.raise_action(tx, found(unit, reference="K-00002/shredded"))
        other = register.raise_action(tx, found(unit, requirement="J.4.3"))
        led(tx, first, Effect.EFFECTIVE)
        led(tx, other, Effect.EFFECTIVE)
        same = led(tx, register.raise_action(tx, found(unit)), Effect.EFFECTIVE)
        kinds = {row.id: row.recurrence for row in listing.listed(tx)[0]}
        assert [kinds[each] for each in sorted(kinds)] == [
            Recurrence.NONE,
            Recurrence.NONE,
            Recurrence.AGAIN,
            Recurrence.ALIKE,  # the kind of cause
            Recurrence.AGAIN,
        ]
        assert [each.id for each in recurrence.earlier(tx, asked.id)] == [1, 2]
        assert recurrence.earlier(tx, same.id)[0].number == first.number


def test_the_same_finding_elsewhere_is_told_to_who_may_see_it(world: World) -> None:
    """The group sees both companies; a company only its own units; a year later it is forgotten."""
    asked = {"reference": "K-00001/shredded"}
    group = person(1, Role.GROUP_OFFICER, world.group.id)
    with world.registry.write(group) as tx:
        old = found(world.b.unit.id, found_on=DAY - timedelta(days=400), **asked)
        register.raise_action(tx, old)
        other = register.raise_action(tx, found(world.b.unit.id, **asked))
        site = register.raise_action(tx, found(world.a.site.id, requirement="J.9.1", **asked))
        mine = register.raise_action(tx, found(world.a.unit.id, **asked))
        assert [each.id for each in recurrence.elsewhere(tx, mine.id)] == [site.id, other.id]
    with world.registry.read(officer(world)) as tx:
        assert [each.id for each in recurrence.elsewhere(tx, mine.id)] == [site.id]


def test_what_is_not_approved_goes_back_with_a_reason(world: World) -> None:
    """The history keeps every step with what it said then, round by round."""
    with world.registry.write(officer(world)) as tx:
        of = led(tx, register.raise_action(tx, found(world.a.unit.id)), Effect.INEFFECTIVE)
        assert (of.state, of.answer_by) == (ActionState.FOUND, DAY + timedelta(days=14))
        of = led(tx, of, Effect.EFFECTIVE, CauseClass.SYSTEM)
        assert of.next_due == DAY + timedelta(days=14)
    own = person(2, Role.TOP_MANAGEMENT, world.a.unit.id)
    with world.registry.write(own) as tx:
        assert due.due(tx, DAY) == []
        with pytest.raises(InvalidValue, match="same_person"):
            steps.send_back(tx, of.id, note="x", expected_version=of.version)
    with world.registry.write(top(world)) as tx:
        assert [each.kind for each in due.due(tx, DAY)] == ["actions.approval"]
        with pytest.raises(InvalidValue, match="note"):
            steps.send_back(tx, of.id, note=" ", expected_version=of.version)
        back = steps.send_back(tx, of.id, note="ほかの階は？", expected_version=of.version)
        assert (back.state, back.rounds, back.approver) == (ActionState.FOUND, 1, "")
        told = history.history(tx, of.id)
    once = [Step.ANALYSED, Step.PLANNED, Step.DONE, Step.REVIEWED]
    assert [each.step for each in told] == [Step.FOUND, *once, *once, Step.RETURNED]
    assert [each.round for each in told] == [0] * 5 + [1] * 5
    assert (told[1].told["cause_class"], told[5].told["cause_class"]) == ("rule", "system")
    assert (told[4].told["outcome"], told[-1].told["note"]) == ("ineffective", "ほかの階は？")


def test_nobody_reviews_the_effect_of_what_they_did(world: World) -> None:
    """Another person does; what an audit found may be reviewed by who audits, anything else may not."""
    with world.registry.write(officer(world)) as tx:
        done = []
        for source in (Source.AUDIT, Source.INCIDENT):
            of = register.raise_action(tx, found(world.a.unit.id, source=source))
            told = {"fact": "鍵がない", "cause": "置き場"}
            of = steps.analyse(tx, of.id, **told, cause_class=CauseClass.RULE, expected_version=1)
            of = steps.plan(tx, of.id, measure="鍵箱", owner="課長", due_on=DAY, expected_version=2)
            done.append(
                steps.finish(tx, of.id, result="置いた", on=DAY, review_by=DAY, expected_version=3).id
            )
        assert due.due(tx, DAY) == []
        with pytest.raises(InvalidValue, match="same_person"):
            steps.review(tx, done[0], Effect.EFFECTIVE, note="見た", expected_version=4)
    with world.registry.write(person(94, Role.AUDIT_MANAGER, world.a.unit.id)) as tx:
        assert [(each.kind, each.row) for each in due.due(tx, DAY)] == [("actions.effect", str(done[0]))]
        reviewed = steps.review(tx, done[0], Effect.EFFECTIVE, note="見た", expected_version=4)
        assert reviewed.state is ActionState.REVIEWED
        with pytest.raises(AccessDenied):
            steps.review(tx, done[1], Effect.EFFECTIVE, note="見た", expected_version=4)
    with world.registry.write(person(95, Role.DEPARTMENT_MANAGER, world.a.unit.id)) as tx:
        steps.review(tx, done[1], Effect.EFFECTIVE, note="見た", expected_version=4)


def test_only_who_found_it_says_it_anew(world: World) -> None:
    """Until the facts are written."""
    with world.registry.write(officer(world)) as tx:
        of = register.raise_action(tx, found(world.a.unit.id))
    told = {"finding": "3 階だった", "requirement": "J.9.1", "grade": Grade.MAJOR}
    with world.registry.write(top(world)) as tx, pytest.raises(InvalidValue, match="another"):
        register.correct(tx, of.id, **told, expected_version=1)  # type: ignore[arg-type]
    with world.registry.write(officer(world)) as tx:
        anew = register.correct(tx, of.id, **told, expected_version=1)  # type: ignore[arg-type]
        assert (anew.finding, anew.requirement, anew.grade) == ("3 階だった", "J.9.1", Grade.MAJOR)
        later = led(tx, anew, Effect.EFFECTIVE)
        with pytest.raises(InvalidValue, match="too_late"):
            register.correct(tx, of.id, **told, expected_version=later.version)  # type: ignore[arg-type]
        assert history.history(tx, of.id)[1].step is Step.CORRECTED
