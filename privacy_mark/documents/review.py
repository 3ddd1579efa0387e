"""The yearly review of a rule 定期の見直し: somebody looks whether it still fits, and says so."""

from __future__ import annotations

from privacy_mark.documents.model import (
    LONGEST_NOTE,
    REVIEW_MONTHS,
    TABLE,
    Outcome,
    RuleId,
)
from privacy_mark.documents.register import held
from registry.access import today_in_japan
from registry.errors import InvalidValue
from registry.journal import Action
from registry.limits import months_after
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.document_tables import RuleReviewRecord


def review(tx: Tx, rule_id: RuleId, outcome: Outcome, note: str, *, expected_version: int) -> None:
    """Record that a rule was looked at, what was found and why; the next time is a year later.

    Raises NotFound, AccessDenied without MANAGE_REVIEWS, Conflict, InvalidValue: `state` `ended` or
    `not_approved`, `note` `required` or `too_long`.
    """
    row = held(tx, rule_id, Permission.MANAGE_REVIEWS, expected_version)
    if row.review_due_on is None:
        raise InvalidValue("state", "not_approved")
    text = checked({"note": note}, "note", longest=LONGEST_NOTE)
    today = today_in_japan(tx.now)
    uid = new_uid()
    made = RuleReviewRecord(
        uid=uid,
        unit_id=row.unit_id,
        rule_id=row.id,
        reviewed_on=today,
        outcome=Outcome(outcome).value,
        reviewer_id=tx.principal.user_id,
        **Row(tx, RuleReviewRecord.__tablename__, uid).sealed({**text, "reviewer": tx.principal.name}),
    )
    tx.session.add(made)
    before = {"review_due_on": row.review_due_on, "revise_since": row.revise_since}
    row.review_due_on = months_after(today, REVIEW_MONTHS)
    row.revise_since = (row.revise_since or today) if outcome is Outcome.REVISE else None
    tx.session.flush()
    after = {
        "outcome": made.outcome,
        "review_due_on": row.review_due_on,
        "revise_since": row.revise_since,
    }
    tx.record(Action.RULE_REVIEWED, TABLE, row.id, UnitId(row.unit_id), before, after)
