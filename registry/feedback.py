"""「個人情報ではない」: what people judged not to be personal data, by fingerprint, with two pairs of eyes.

One person proposes with a reason and an expiry date, another one approves or rejects. An approved judgement
applies to the unit and everything below it from the next scan on, up to its last day; findings that are
already stored stay as they are.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NewType

from sqlalchemy import Select, select

from registry.access import require, scope, today_in_japan
from registry.errors import Duplicate, InvalidValue, NotFound
from registry.journal import Action
from registry.model import ObjectId, Permission, Sample, UnitId, UserId
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.feedback_tables import FeedbackRecord
from registry.store.tables import OrgClosure
from scanners.model import Category

FeedbackId = NewType("FeedbackId", int)
LONGEST = timedelta(days=731)  # after that somebody must look again
_FINGERPRINT_BYTES = 16
_NOTE_LENGTH = 500


class NotPersonal(enum.StrEnum):
    """Why a value is not personal data."""

    ORGANISATION = "organisation"  # 会社や部署の代表番号・名称
    OTHER_NUMBER = "other_number"  # 品番・伝票番号など
    PUBLIC_FIGURE = "public_figure"  # 歴史上の人物・公人・作品の名
    SAMPLE = "sample"  # 記入例・試験用の値
    OTHER = "other"


class FeedbackState(enum.StrEnum):
    """How far a judgement is."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Feedback:
    """One judgement on one value, which is known by its fingerprint and mask only."""

    id: FeedbackId
    unit_id: UnitId
    category: Category
    object_id: ObjectId | None
    fingerprint: bytes = field(repr=False)
    masked: str
    reason: NotPersonal
    note: str
    expires_on: date  # the last day, in Japan
    state: FeedbackState
    requester_id: UserId
    requester: str
    requested_at: datetime
    decider: str  # empty while proposed
    decided_at: datetime | None

    def applies(self, on: date) -> bool:
        """True when scans of that day follow it."""
        return self.state is FeedbackState.APPROVED and on <= self.expires_on


def propose(
    tx: Tx,
    unit_id: UnitId,
    sample: Sample,
    *,
    reason: NotPersonal,
    expires_on: date,
    note: str = "",
    object_id: ObjectId | None = None,
) -> Feedback:
    """Propose that the value of a sample is not personal data, for a unit and everything below it.

    `object_id` is where it was seen, so that who decides can look at it.

    Raises AccessDenied without REVIEW_FINDINGS there, InvalidValue (`expires_on`: `past` or `too_late`;
    `note`), Duplicate (`fingerprint`) when the same is proposed or in force.
    """
    require(tx, Permission.REVIEW_FINDINGS, unit_id)
    today = today_in_japan(tx.now)
    _check(sample.fingerprint, note, expires_on, today)
    same = select(FeedbackRecord).where(
        FeedbackRecord.unit_id == unit_id, FeedbackRecord.fingerprint == sample.fingerprint
    )
    for other in tx.session.scalars(same):
        if other.state == FeedbackState.PROPOSED or _feedback(tx, other).applies(today):
            raise Duplicate("fingerprint")
    uid = new_uid()
    made = FeedbackRecord(
        uid=uid,
        unit_id=unit_id,
        category=sample.category.value,
        object_id=object_id or "",
        fingerprint=sample.fingerprint,
        masked_sealed=_seal(tx, uid, "masked_sealed", sample.masked),
        reason=NotPersonal(reason).value,
        note_sealed=_seal(tx, uid, "note_sealed", note.strip()),
        expires_on=expires_on,
        state=FeedbackState.PROPOSED.value,
        requester_id=tx.principal.user_id,
        requester_sealed=_seal(tx, uid, "requester_sealed", tx.principal.name),
        requested_at=tx.now,
    )
    tx.session.add(made)
    tx.session.flush()
    proposed = _feedback(tx, made)
    tx.record(Action.FEEDBACK_PROPOSED, "feedback", made.id, unit_id, None, _journalled(proposed))
    return proposed


def decide(tx: Tx, feedback_id: FeedbackId, *, approve: bool) -> Feedback:
    """Approve or reject a proposal of somebody else.

    Raises NotFound, AccessDenied without REVIEW_FINDINGS, InvalidValue: `decider` `same_person` for one's
    own proposal, `state` `decided` for one that was decided before, `expires_on` `past` for one that
    would never apply.
    """
    row = tx.session.scalar(_seen(tx).where(FeedbackRecord.id == feedback_id).with_for_update())
    if row is None:
        raise NotFound("feedback")
    require(tx, Permission.REVIEW_FINDINGS, UnitId(row.unit_id))
    if row.requester_id == tx.principal.user_id:
        raise InvalidValue("decider", "same_person")
    if row.state != FeedbackState.PROPOSED:
        raise InvalidValue("state", "decided")
    if approve and row.expires_on < today_in_japan(tx.now):
        raise InvalidValue("expires_on", "past")
    before = _journalled(_feedback(tx, row))
    row.state = (FeedbackState.APPROVED if approve else FeedbackState.REJECTED).value
    row.decider_id = tx.principal.user_id
    row.decider_sealed = _seal(tx, row.uid, "decider_sealed", tx.principal.name)
    row.decided_at = tx.now
    tx.session.flush()
    decided = _feedback(tx, row)
    action = Action.FEEDBACK_APPROVED if approve else Action.FEEDBACK_REJECTED
    tx.record(action, "feedback", row.id, decided.unit_id, before, _journalled(decided))
    return decided


def judgements(tx: Tx, *, states: Collection[FeedbackState] = frozenset(FeedbackState)) -> list[Feedback]:
    """Return the visible judgements in these states, the oldest first; expired ones too."""
    wanted = _seen(tx).where(FeedbackRecord.state.in_([state.value for state in states]))
    return [_feedback(tx, row) for row in tx.session.scalars(wanted)]


def judged_values(tx: Tx, unit_id: UnitId) -> frozenset[bytes]:
    """Return the fingerprints that a scan of this unit leaves out today: its own and those from above.

    Raises AccessDenied without RUN_SCANS. The units above decide for those below, whoever scans.
    """
    require(tx, Permission.RUN_SCANS, unit_id)
    above = select(OrgClosure.ancestor).where(OrgClosure.descendant == unit_id)
    rows = select(FeedbackRecord.fingerprint).where(
        FeedbackRecord.unit_id.in_(above),
        FeedbackRecord.state == FeedbackState.APPROVED.value,
        FeedbackRecord.expires_on >= today_in_japan(tx.now),
    )
    return frozenset(tx.session.scalars(rows))


def _check(fingerprint: bytes, note: str, expires_on: date, today: date) -> None:
    if len(fingerprint) != _FINGERPRINT_BYTES:
        raise InvalidValue("fingerprint", "malformed")
    if len(note) > _NOTE_LENGTH:
        raise InvalidValue("note", "too_long")
    if expires_on < today:
        raise InvalidValue("expires_on", "past")
    if expires_on > today + LONGEST:
        raise InvalidValue("expires_on", "too_late")


def _seen(tx: Tx) -> Select[FeedbackRecord]:
    # A judgement shows a mask, so it is seen by those who see samples.
    visible = FeedbackRecord.unit_id.in_(scope(tx, Permission.VIEW_SAMPLES))
    return select(FeedbackRecord).where(visible).order_by(FeedbackRecord.requested_at, FeedbackRecord.id)


def _seal(tx: Tx, uid: str, column: str, plain: str) -> bytes:
    return tx.vault.seal(plain, table="feedback", row=uid, column=column)


def _opened(tx: Tx, uid: str, column: str, sealed: bytes | None) -> str:
    return "" if sealed is None else tx.vault.open(sealed, table="feedback", row=uid, column=column)


def _feedback(tx: Tx, row: FeedbackRecord) -> Feedback:
    return Feedback(
        id=FeedbackId(row.id),
        unit_id=UnitId(row.unit_id),
        category=Category(row.category),
        object_id=ObjectId(row.object_id) if row.object_id else None,
        fingerprint=row.fingerprint,
        masked=_opened(tx, row.uid, "masked_sealed", row.masked_sealed),
        reason=NotPersonal(row.reason),
        note=_opened(tx, row.uid, "note_sealed", row.note_sealed),
        expires_on=row.expires_on,
        state=FeedbackState(row.state),
        requester_id=UserId(row.requester_id),
        requester=_opened(tx, row.uid, "requester_sealed", row.requester_sealed),
        requested_at=row.requested_at,
        decider=_opened(tx, row.uid, "decider_sealed", row.decider_sealed),
        decided_at=row.decided_at,
    )


def _journalled(feedback: Feedback) -> dict[str, object]:
    return {
        "category": feedback.category.value,
        "fingerprint": feedback.fingerprint.hex(),
        "reason": feedback.reason.value,
        "note": feedback.note,
        "expires_on": feedback.expires_on.isoformat(),
        "state": feedback.state.value,
    }
