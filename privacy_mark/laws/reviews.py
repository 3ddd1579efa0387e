"""The yearly review 見直し of an entity's list of laws: made by one person, approved by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sqlalchemy import select

from privacy_mark.laws.copies import CopiedLine, digest, lines_of, text_of
from privacy_mark.laws.entries import list_of
from privacy_mark.laws.model import Applies, Review, ReviewId, ReviewState
from registry.access import require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.limits import months_after
from registry.model import Permission, UnitId, UserId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.law_tables import LawEntryRecord, LawReviewRecord

TABLE = "law_review"
MONTHS = 12
"""A list is reviewed at least once a year."""
LONGEST_NOTE = 2_000


def reviews(tx: Tx, unit_id: UnitId) -> list[Review]:
    """Return the reviews of an entity's list, the newest first; raises AccessDenied."""
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    rows = tx.session.scalars(
        select(LawReviewRecord).where(LawReviewRecord.unit_id == unit_id).order_by(LawReviewRecord.id.desc())
    )
    return [_review(tx, row) for row in rows]


@dataclass(frozen=True, slots=True)
class Copy:
    """A review with the list that was reviewed; `lines` None: of a review before lists were kept."""

    review: Review
    lines: tuple[CopiedLine, ...] | None
    sha256: str  # of the copy's text, as the journal has it; "" without one


def copy_of(tx: Tx, review_id: ReviewId) -> Copy:
    """Return the list as it was reviewed 見直した時点の写し; raises NotFound."""
    row = _seen(tx, review_id)
    if row.copy_sealed is None:
        return Copy(_review(tx, row), None, "")
    text = Row(tx, TABLE, row.uid).opened("copy", row.copy_sealed)
    return Copy(_review(tx, row), lines_of(text), digest(text))


def submit(tx: Tx, unit_id: UnitId, note: str) -> Review:
    """Record that the whole list was reviewed, with what was looked at; another person approves it.

    The list is kept with it as it is now.

    Raises AccessDenied without MANAGE_CERTIFICATION, InvalidValue: `unit_id` `no_entity`, `closed`; `review`
    `waiting` while one waits; `list` `empty`; `applies` `undecided` while a norm is; `note` `required`,
    `too_long`.
    """
    require(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    require_open(tx, unit_id)
    lines = list_of(tx, unit_id)
    waiting = select(LawReviewRecord.id).where(
        LawReviewRecord.unit_id == unit_id, LawReviewRecord.state == ReviewState.SUBMITTED.value
    )
    if tx.session.scalar(waiting) is not None:
        raise InvalidValue("review", "waiting")
    if not lines:
        raise InvalidValue("list", "empty")
    if any(line.said.applies is Applies.UNDECIDED for line in lines):
        raise InvalidValue("applies", "undecided")
    text = checked({"note": note}, "note", longest=LONGEST_NOTE)
    uid = new_uid()
    copy = text_of(lines)
    applying = sum(line.said.applies is Applies.APPLIES for line in lines)
    row = LawReviewRecord(
        uid=uid,
        unit_id=unit_id,
        state=ReviewState.SUBMITTED.value,
        reviewed_on=today_in_japan(tx.now),
        submitted_at=tx.now,
        reviewer_id=tx.principal.user_id,
        applying=applying,
        excluded=len(lines) - applying,
        **Row(tx, TABLE, uid).sealed({**text, "reviewer": tx.principal.name, "copy": copy}),
    )
    tx.session.add(row)
    tx.session.flush()
    return _saved(tx, row, Action.LAWS_REVIEWED, {"copy": digest(copy)})


def approve(tx: Tx, review_id: ReviewId, answer: str, *, expected_version: int) -> Review:
    """Approve the review of another person.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `not_waiting`,
    `approver` `own_review`, `list` `changed` when the list changed since the review, `answer` `too_long`.
    """
    row = _waiting(tx, review_id, expected_version)
    changed = select(LawEntryRecord.id).where(
        LawEntryRecord.unit_id == row.unit_id, LawEntryRecord.changed_at > row.submitted_at
    )
    if tx.session.scalar(changed.limit(1)) is not None:
        raise InvalidValue("list", "changed")
    text = checked({"answer": answer}, longest=LONGEST_NOTE)
    row.approved_on = today_in_japan(tx.now)
    return _decided(tx, row, text, ReviewState.APPROVED, Action.LAWS_APPROVED)


def send_back(tx: Tx, review_id: ReviewId, answer: str, *, expected_version: int) -> Review:
    """Send the review of another person back, with a reason; a new one follows.

    Raises NotFound, AccessDenied, Conflict, InvalidValue as `approve`, `answer` `required`.
    """
    row = _waiting(tx, review_id, expected_version)
    text = checked({"answer": answer}, "answer", longest=LONGEST_NOTE)
    return _decided(tx, row, text, ReviewState.RETURNED, Action.LAWS_RETURNED)


def due_from(reviewed_on: date) -> date:
    """Return the day by which the next review is made."""
    return months_after(reviewed_on, MONTHS)


def _seen(tx: Tx, review_id: ReviewId) -> LawReviewRecord:
    row = tx.session.scalar(
        select(LawReviewRecord).where(
            LawReviewRecord.id == review_id,
            LawReviewRecord.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
        )
    )
    if row is None:
        raise NotFound(TABLE)
    return row


def _waiting(tx: Tx, review_id: ReviewId, expected_version: int) -> LawReviewRecord:
    row = _seen(tx, review_id)
    require(tx, Permission.DECIDE_REVIEWS, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if row.state != ReviewState.SUBMITTED.value:
        raise InvalidValue("state", "not_waiting")
    if row.reviewer_id == tx.principal.user_id:
        raise InvalidValue("approver", "own_review")
    return row


def _decided(
    tx: Tx, row: LawReviewRecord, text: dict[str, str], state: ReviewState, action: Action
) -> Review:
    sealed = Row(tx, TABLE, row.uid).sealed({**text, "approver": tx.principal.name})
    row.answer_sealed, row.approver_sealed = sealed["answer_sealed"], sealed["approver_sealed"]
    row.approver_id, row.state = tx.principal.user_id, state.value
    return _saved(tx, row, action)


def _saved(
    tx: Tx, row: LawReviewRecord, action: Action, more: Mapping[str, object] = MappingProxyType({})
) -> Review:
    tx.session.flush()
    after = {"state": row.state, "applying": row.applying, "excluded": row.excluded, **more}
    tx.record(action, TABLE, row.id, UnitId(row.unit_id), None, after)
    return _review(tx, row)


def _review(tx: Tx, row: LawReviewRecord) -> Review:
    sealed = Row(tx, TABLE, row.uid)
    return Review(
        id=ReviewId(row.id),
        unit_id=UnitId(row.unit_id),
        state=ReviewState(row.state),
        reviewed_on=row.reviewed_on,
        reviewer_id=UserId(row.reviewer_id),
        reviewer=sealed.opened("reviewer", row.reviewer_sealed),
        note=sealed.opened("note", row.note_sealed),
        applying=row.applying,
        excluded=row.excluded,
        approver=sealed.opened("approver", row.approver_sealed),
        answer=sealed.opened("answer", row.answer_sealed),
        approved_on=row.approved_on,
        copied=row.copy_sealed is not None,
        version=row.version,
    )
