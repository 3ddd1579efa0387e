"""What internal rules ask of the person asking: to approve, correct, revise, review, read."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select

from privacy_mark.documents.model import VersionState, number_of
from privacy_mark.documents.reading import to_read
from privacy_mark.documents.register import NEWEST
from privacy_mark.due import Due
from registry.access import scope
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.document_tables import RuleFactRecord, RuleRecord, RuleVersionRecord

APPROVE, CORRECT, READ = "documents.approve", "documents.correct", "documents.read"
REVISE, REVIEW = "documents.revise", "documents.review"
REVISE_DAYS = 30
"""So many days after a fact was seen to differ or a review asked for it, a rule is revised: no law says."""
MOST = 500


def due(tx: Tx, today: date) -> list[Due]:
    """Return what waits: a version for approval on its first day, the rest by their days.

    Of each kind the earliest `MOST`; reviews from `REVISE_DAYS` before their day on.
    """
    return [*_undecided(tx), *_revisions(tx), *_reviews(tx, today), *_readings(tx)]


def _undecided(tx: Tx) -> list[Due]:
    of = RuleVersionRecord
    decide = of.unit_id.in_(scope(tx, Permission.DECIDE_REVIEWS))
    keep = of.unit_id.in_(scope(tx, Permission.MANAGE_REVIEWS))
    own = of.author_id == tx.principal.user_id
    wanted: tuple[tuple[str, VersionState, ColumnElement[bool]], ...] = (
        (APPROVE, VersionState.WAITING, decide & ~own),
        (CORRECT, VersionState.RETURNED, keep & own),
    )
    found = []
    for kind, state, condition in wanted:
        rows = tx.session.execute(
            select(of.rule_id, of.number, of.unit_id, of.valid_from)
            .where(of.state == state.value, condition)
            .order_by(of.valid_from, of.id)
            .limit(MOST)
        )
        found += [
            Due(
                kind,
                UnitId(row.unit_id),
                row.valid_from,
                number_of(row.rule_id, row.number),
                str(row.rule_id),
            )
            for row in rows
        ]
    return found


def _revisions(tx: Tx) -> list[Due]:
    """Return the rules to revise, each once: a version that waits for its approval is on its way."""
    waiting = select(RuleVersionRecord.rule_id).where(
        RuleVersionRecord.state.in_([VersionState.WAITING.value, VersionState.RETURNED.value])
    )
    changed = (
        select(RuleVersionRecord.rule_id, func.min(RuleFactRecord.changed_on).label("since"))
        .join(RuleFactRecord, RuleFactRecord.version_id == RuleVersionRecord.id)
        .where(RuleVersionRecord.id.in_(NEWEST), RuleFactRecord.changed_on.is_not(None))
        .group_by(RuleVersionRecord.rule_id)
        .subquery()
    )
    since = func.coalesce(changed.c.since, RuleRecord.revise_since)
    rows = tx.session.execute(
        select(RuleRecord.id, RuleRecord.unit_id, changed.c.since, RuleRecord.revise_since)
        .outerjoin(changed, changed.c.rule_id == RuleRecord.id)
        .where(
            RuleRecord.unit_id.in_(scope(tx, Permission.MANAGE_REVIEWS)),
            RuleRecord.ended_on.is_(None),
            since.is_not(None),
            RuleRecord.id.not_in(waiting),
        )
        .order_by(since, RuleRecord.id)
        .limit(MOST)
    )
    found = []
    for row in rows:
        first = min(day for day in (row.since, row.revise_since) if day is not None)
        day = first + timedelta(days=REVISE_DAYS)
        found.append(Due(REVISE, UnitId(row.unit_id), day, number_of(row.id), str(row.id)))
    return found


def _reviews(tx: Tx, today: date) -> list[Due]:
    rows = tx.session.execute(
        select(RuleRecord.id, RuleRecord.unit_id, RuleRecord.review_due_on)
        .where(
            RuleRecord.unit_id.in_(scope(tx, Permission.MANAGE_REVIEWS)),
            RuleRecord.ended_on.is_(None),
            RuleRecord.review_due_on <= today + timedelta(days=REVISE_DAYS),
        )
        .order_by(RuleRecord.review_due_on, RuleRecord.id)
        .limit(MOST)
    )
    return [
        Due(REVIEW, UnitId(row.unit_id), row.review_due_on, number_of(row.id), str(row.id))
        for row in rows
        if row.review_due_on is not None
    ]


def _readings(tx: Tx) -> list[Due]:
    return [Due(READ, each.home_id, each.due_on, each.number, str(each.id)) for each in to_read(tx)]
