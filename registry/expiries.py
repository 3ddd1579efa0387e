"""What ran out: judgements, roles, sessions. Nothing needs switching off: dates count when they are read.

Ended sessions are removed, because they say who was here when, and nobody needs that twice: the journal says
it already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, or_, select

from registry.access import scope, top_unit
from registry.feedback import FeedbackState
from registry.journal import Action
from registry.model import Permission
from registry.sessions import IDLE_LIMIT, SESSION_LIMIT
from registry.store import Tx
from registry.store.account_tables import RoleGrant, UserSession
from registry.store.feedback_tables import FeedbackRecord


@dataclass(frozen=True, slots=True)
class Expired:
    """How many ended with their last day in a span of days."""

    judgements: int
    grants: int


def ended(tx: Tx, after: date, until: date) -> Expired:
    """Count the visible judgements and roles whose last day is later than `after`, up to `until`."""
    judgements = select(func.count()).where(
        FeedbackRecord.state == FeedbackState.APPROVED.value,
        FeedbackRecord.expires_on > after,
        FeedbackRecord.expires_on <= until,
        FeedbackRecord.unit_id.in_(scope(tx, Permission.REVIEW_FINDINGS)),
    )
    grants = select(func.count()).where(
        RoleGrant.valid_until > after,
        RoleGrant.valid_until <= until,
        RoleGrant.unit_id.in_(scope(tx, Permission.MANAGE_USERS)),
    )
    return Expired(tx.session.scalar(judgements) or 0, tx.session.scalar(grants) or 0)


def purge_sessions(tx: Tx) -> int:
    """Remove the sessions that have ended, of the units whose users one manages; return how many."""
    over = delete(UserSession).where(
        UserSession.unit_id.in_(scope(tx, Permission.MANAGE_USERS)),
        or_(
            UserSession.revoked_at.is_not(None),
            UserSession.seen_at <= tx.now - IDLE_LIMIT,
            UserSession.created_at <= tx.now - SESSION_LIMIT,
        ),
    )
    result = tx.session.connection().execute(over)
    if result.rowcount:
        tx.record(Action.SESSIONS_PURGED, "session", "", top_unit(tx), None, {"sessions": result.rowcount})
    return result.rowcount
