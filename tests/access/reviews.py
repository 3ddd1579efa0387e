"""Management reviews in each company of the tests, and a call of every service of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from privacy_mark.reviews import calendar, follow_up, holding, minutes, people, register
from privacy_mark.reviews.model import (
    DecisionDraft,
    DecisionId,
    DecisionKind,
    Review,
    ReviewId,
    Topic,
)
from privacy_mark.reviews.register import Wanted
from registry.model import Principal, UnitId, UserId
from registry.store import Tx
from tests.access.rights import ABSENT, DAY

WRITER, HEAD = UserId(841), UserId(842)
LATER = DAY + timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Reviews:
    """The ids of one company's rows."""

    planned_id: ReviewId
    held_id: ReviewId  # with minutes and a decision
    version: int  # of it
    draft_id: DecisionId  # its decision
    submitted_id: ReviewId
    submitted: int  # the version of it
    decision_id: DecisionId  # of an approved review


NO_REVIEWS = Reviews(
    ReviewId(ABSENT),
    ReviewId(ABSENT),
    1,
    DecisionId(ABSENT),
    ReviewId(ABSENT),
    1,
    DecisionId(ABSENT),
)


def draft(mark: str = "", **values: Any) -> DecisionDraft:
    """Return a valid decision."""
    told: dict[str, Any] = {
        "kind": DecisionKind.IMPROVEMENT,
        "what": f"送付前の照合を二人で行う {mark}",
        "owner": f"総務部長 {mark}",
        "due_on": LATER,
    }
    return DecisionDraft(**(told | values))


def written(tx: Tx, unit_id: UnitId, mark: str = "", *, days: int = 0) -> Review:
    """Plan and hold a review of a unit, write its minutes, decide once."""
    made = register.plan(tx, unit_id, planned_on=DAY + timedelta(days=days), chair=f"代表取締役 {mark}")
    made = holding.hold(tx, made.id, held_on=DAY, expected_version=made.version)
    made = minutes.write(
        tx, made.id, attendees=f"代表取締役 {mark}", minutes=f"議事 {mark}", expected_version=made.version
    )
    return minutes.add_decision(tx, made.id, draft(mark), expected_version=made.version)


def approved(tx: Tx, unit_id: UnitId, mark: str = "") -> Review:
    """Write a review as one person and approve it as another, whatever rights the asking one has."""
    made = written(tx, unit_id, mark)
    made = minutes.submit(tx, made.id, expected_version=made.version)
    head = replace(tx, principal=Principal(HEAD, f"代表 {mark}", tx.principal.grants))
    return minutes.close(head, made.id, conclusion=f"継続する {mark}", expected_version=made.version)


def fill(tx: Tx, unit_id: UnitId, mark: str) -> Reviews:
    """Make a review in each state, marked."""
    tx = replace(tx, principal=Principal(WRITER, f"記録者 {mark}", tx.principal.grants))
    closed = approved(tx, unit_id, mark)
    submitted = written(tx, unit_id, mark, days=1)
    submitted = minutes.submit(tx, submitted.id, expected_version=submitted.version)
    held = written(tx, unit_id, mark, days=2)
    planned = register.plan(tx, unit_id, planned_on=DAY + timedelta(days=30), chair=f"代表取締役 {mark}")
    return Reviews(
        planned.id,
        held.id,
        held.version,
        held.decisions[0].id,
        submitted.id,
        submitted.version,
        closed.decisions[0].id,
    )


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "reviews.calendar.calendar": lambda tx, _, at: calendar.calendar(tx, DAY, unit_id=at.unit_id),
    "reviews.follow_up.decisions": lambda tx, _, at: follow_up.decisions(tx, at.unit_id),
    "reviews.holding.inputs": lambda tx, _, at: (
        holding.inputs(tx, at.reviews.planned_id),
        holding.inputs(tx, at.reviews.held_id),
    ),
    "reviews.people.people": lambda tx, _, at: people.people(tx, at.unit_id),
    "reviews.register.review": lambda tx, _, at: register.review(tx, at.reviews.held_id),
    "reviews.register.reviews": lambda tx, _, at: register.reviews(tx, Wanted(at.unit_id))[0],
}

WRITES: dict[str, Call] = {
    "reviews.follow_up.drop": lambda tx, _, at: follow_up.drop(
        tx, at.reviews.decision_id, result="別の対策に替えた", expected_version=1
    ),
    "reviews.follow_up.extend": lambda tx, _, at: follow_up.extend(
        tx, at.reviews.decision_id, due_on=LATER, note="予算が翌期になった", expected_version=1
    ),
    "reviews.follow_up.report": lambda tx, _, at: follow_up.report(
        tx, at.reviews.decision_id, result="手順書を改めた", ended_on=DAY, expected_version=1
    ),
    "reviews.holding.hold": lambda tx, _, at: holding.hold(
        tx, at.reviews.planned_id, held_on=DAY, expected_version=1
    ),
    "reviews.holding.set_words": lambda tx, _, at: holding.set_words(
        tx, at.reviews.planned_id, Topic.PROPOSALS, "照合の自動化", expected_version=1
    ),
    "reviews.minutes.add_decision": lambda tx, _, at: minutes.add_decision(
        tx, at.reviews.held_id, draft(), expected_version=at.reviews.version
    ),
    "reviews.minutes.close": lambda tx, _, at: minutes.close(
        tx, at.reviews.submitted_id, conclusion="", expected_version=at.reviews.submitted
    ),
    "reviews.minutes.remove_decision": lambda tx, _, at: minutes.remove_decision(
        tx, at.reviews.held_id, at.reviews.draft_id, expected_version=at.reviews.version
    ),
    "reviews.minutes.send_back": lambda tx, _, at: minutes.send_back(
        tx, at.reviews.submitted_id, note="根拠を書く", expected_version=at.reviews.submitted
    ),
    "reviews.minutes.submit": lambda tx, _, at: minutes.submit(
        tx, at.reviews.held_id, expected_version=at.reviews.version
    ),
    "reviews.minutes.write": lambda tx, _, at: minutes.write(
        tx, at.reviews.held_id, attendees="社長", minutes="議事", expected_version=at.reviews.version
    ),
    "reviews.register.cancel": lambda tx, _, at: register.cancel(
        tx, at.reviews.planned_id, note="日程の都合", expected_version=1
    ),
    "reviews.register.change": lambda tx, _, at: register.change(
        tx, at.reviews.planned_id, planned_on=LATER, chair="社長", expected_version=1
    ),
    "reviews.register.plan": lambda tx, _, at: register.plan(tx, at.unit_id, planned_on=LATER, chair="社長"),
}
