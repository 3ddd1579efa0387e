"""The minutes 議事録 of a review and its decisions, until another person approves them."""

from __future__ import annotations

from sqlalchemy import func, select

from privacy_mark.reviews.facts_text import digest
from privacy_mark.reviews.holding import kept_texts
from privacy_mark.reviews.model import (
    DECISIONS,
    REVIEWS,
    DecisionDraft,
    DecisionId,
    DecisionState,
    Review,
    ReviewId,
    State,
)
from privacy_mark.reviews.people import is_owner
from privacy_mark.reviews.register import LONGEST_NAME, LONGEST_NOTE
from privacy_mark.reviews.rows import held, saved, written
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.review_tables import ReviewDecisionRecord, ReviewRecord

LONGEST_MINUTES = 20_000


def write(tx: Tx, review_id: ReviewId, *, attendees: str, minutes: str, expected_version: int) -> Review:
    """Write who attended and what was said.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_held`, `attendees` and `minutes`
    `too_long`.
    """
    row = held(tx, review_id, expected_version, State.HELD)
    texts = {**checked({"attendees": attendees}), **checked({"minutes": minutes}, longest=LONGEST_MINUTES)}
    sealed = Row(tx, REVIEWS, row.uid).sealed(texts)
    row.attendees_sealed, row.minutes_sealed = sealed["attendees_sealed"], sealed["minutes_sealed"]
    written(tx, row)
    return saved(tx, row, Action.REVIEW_WRITTEN)


def add_decision(tx: Tx, review_id: ReviewId, draft: DecisionDraft, *, expected_version: int) -> Review:
    """Add a decision with its owner and day.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_held`, `what` and `owner` `required`,
    `too_long`, `due_on` `before_review`, `owner_id` `unknown` for an account that sees no reviews there.
    """
    row = held(tx, review_id, expected_version, State.HELD)
    texts = {
        **checked({"what": draft.what}, "what", longest=LONGEST_NOTE),
        **checked({"owner": draft.owner}, "owner", longest=LONGEST_NAME),
    }
    _check(tx, row, draft)
    last = tx.session.scalar(
        select(func.max(ReviewDecisionRecord.place)).where(ReviewDecisionRecord.review_id == row.id)
    )
    uid = new_uid()
    tx.session.add(
        ReviewDecisionRecord(
            uid=uid,
            unit_id=row.unit_id,
            review_id=row.id,
            place=(last or 0) + 1,
            kind=draft.kind.value,
            owner_id=draft.owner_id,
            due_on=draft.due_on,
            state=DecisionState.OPEN.value,
            **Row(tx, DECISIONS, uid).sealed(texts),
        )
    )
    written(tx, row)
    return saved(tx, row, Action.REVIEW_WRITTEN, kind=draft.kind.value, due_on=draft.due_on)


def remove_decision(tx: Tx, review_id: ReviewId, decision_id: DecisionId, *, expected_version: int) -> Review:
    """Take a decision out of minutes that nobody has approved yet.

    Raises NotFound (also for a decision of another review), AccessDenied, Conflict, InvalidValue: `state`
    `not_held`.
    """
    row = held(tx, review_id, expected_version, State.HELD)
    of = tx.session.scalar(
        select(ReviewDecisionRecord).where(
            ReviewDecisionRecord.id == decision_id, ReviewDecisionRecord.review_id == row.id
        )
    )
    if of is None:
        raise NotFound(DECISIONS)
    told = {"kind": of.kind, "due_on": of.due_on, "removed": of.place}
    tx.session.delete(of)
    written(tx, row)
    return saved(tx, row, Action.REVIEW_WRITTEN, **told)


def submit(tx: Tx, review_id: ReviewId, *, expected_version: int) -> Review:
    """Ask top management for approval of the minutes; who asks answers for them.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_held`, `attendees` and `minutes`
    `required`.
    """
    row = held(tx, review_id, expected_version, State.HELD)
    sealed = Row(tx, REVIEWS, row.uid)
    for name, kept in (("attendees", row.attendees_sealed), ("minutes", row.minutes_sealed)):
        if not sealed.opened(name, kept):
            raise InvalidValue(name, "required")
    row.state, row.submitted_at, row.note_sealed = State.SUBMITTED.value, tx.now, None
    row.recorder_id = tx.principal.user_id
    row.recorder_sealed = sealed.sealed({"recorder": tx.principal.name})["recorder_sealed"]
    written(tx, row)
    return saved(tx, row, Action.REVIEW_SUBMITTED)


def send_back(tx: Tx, review_id: ReviewId, *, note: str, expected_version: int) -> Review:
    """Send minutes of others back, with what to change.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `not_submitted`,
    `approver` `same_person`, `note` `required`.
    """
    row = _submitted(tx, review_id, expected_version)
    texts = checked({"note": note}, "note", longest=LONGEST_NOTE)
    row.state = State.HELD.value
    row.note_sealed = Row(tx, REVIEWS, row.uid).sealed(texts)["note_sealed"]
    return saved(tx, row, Action.REVIEW_RETURNED)


def close(tx: Tx, review_id: ReviewId, *, conclusion: str, expected_version: int) -> Review:
    """Approve the minutes and decisions that others wrote, as top management トップマネジメント.

    Nothing of them changes any more; the journal knows them by their digest. Raises NotFound, AccessDenied
    without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `not_submitted`, `approver` `same_person`,
    `conclusion` `required` of a review that decided nothing.
    """
    row = _submitted(tx, review_id, expected_version)
    decided = select(ReviewDecisionRecord.id).where(ReviewDecisionRecord.review_id == row.id).limit(1)
    required = () if tx.session.scalar(decided) is not None else ("conclusion",)
    texts = checked({"conclusion": conclusion}, *required)
    sealed = Row(tx, REVIEWS, row.uid).sealed({**texts, "approver": tx.principal.name})
    row.conclusion_sealed, row.approver_sealed = sealed["conclusion_sealed"], sealed["approver_sealed"]
    row.approver_id, row.closed_at, row.state = tx.principal.user_id, tx.now, State.CLOSED.value
    return saved(tx, row, Action.REVIEW_CLOSED, held_on=row.held_on, sha256=_digest(tx, row))


def _digest(tx: Tx, row: ReviewRecord) -> str:
    """Return what minutes, inputs and decisions are known by."""
    sealed = Row(tx, REVIEWS, row.uid)
    texts = [
        sealed.opened("attendees", row.attendees_sealed),
        sealed.opened("minutes", row.minutes_sealed),
        sealed.opened("conclusion", row.conclusion_sealed),
        *kept_texts(tx, row),
    ]
    decisions = tx.session.scalars(
        select(ReviewDecisionRecord)
        .where(ReviewDecisionRecord.review_id == row.id)
        .order_by(ReviewDecisionRecord.place)
    )
    for each in decisions:
        of = Row(tx, DECISIONS, each.uid)
        texts += [of.opened("what", each.what_sealed), of.opened("owner", each.owner_sealed)]
        texts += [each.kind, each.due_on.isoformat()]
    return digest(*texts)


def _submitted(tx: Tx, review_id: ReviewId, expected_version: int) -> ReviewRecord:
    row = held(tx, review_id, expected_version, State.SUBMITTED, permission=Permission.DECIDE_REVIEWS)
    if str(tx.principal.user_id) in row.editors.split(","):
        raise InvalidValue("approver", "same_person")
    return row


def _check(tx: Tx, row: ReviewRecord, draft: DecisionDraft) -> None:
    if row.held_on is not None and draft.due_on < row.held_on:
        raise InvalidValue("due_on", "before_review")
    if draft.owner_id is not None and not is_owner(tx, UnitId(row.unit_id), draft.owner_id):
        raise InvalidValue("owner_id", "unknown")
