"""How many complaints arrived, of which kind and about what: numbers alone, for the management review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from privacy_mark.complaints.model import Kind, State, Subject
from registry.access import require, today_in_japan
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.complaint_tables import ComplaintRecord
from registry.store.tables import OrgClosure


@dataclass(frozen=True, slots=True)
class Statistics:
    """What arrived in a span of days at a unit and below."""

    kinds: Mapping[Kind, int]
    subjects: Mapping[Subject, int]
    open: int
    late: int  # not answered by its day, or answered after it
    closed: int

    @property
    def total(self) -> int:
        """Return how many arrived."""
        return sum(self.kinds.values())


def statistics(tx: Tx, unit_id: UnitId, since: date, until: date) -> Statistics:
    """Return the numbers of a unit and below; raises AccessDenied without VIEW_COMPLAINTS."""
    require(tx, Permission.VIEW_COMPLAINTS, unit_id)
    return counted(tx, unit_id, since, until)


def counted(tx: Tx, unit_id: UnitId, since: date, until: date) -> Statistics:
    """Return the numbers of a unit and below; the caller has checked who asks."""
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
    rows = tx.session.execute(
        select(
            ComplaintRecord.kind,
            ComplaintRecord.subject,
            ComplaintRecord.state,
            ComplaintRecord.due_on,
            ComplaintRecord.answered_on,
            func.count(),
        )
        .where(ComplaintRecord.unit_id.in_(below), ComplaintRecord.received_on.between(since, until))
        .group_by(
            ComplaintRecord.kind,
            ComplaintRecord.subject,
            ComplaintRecord.state,
            ComplaintRecord.due_on,
            ComplaintRecord.answered_on,
        )
    )
    today = today_in_japan(tx.now)
    kinds, subjects = dict.fromkeys(Kind, 0), dict.fromkeys(Subject, 0)
    open_ = late = closed = 0
    for kind, subject, state, due_on, answered_on, number in rows:
        kinds[Kind(kind)] += number
        subjects[Subject(subject)] += number
        open_ += number if state != State.CLOSED.value else 0
        closed += number if state == State.CLOSED.value else 0
        late += number if (answered_on or today) > due_on else 0
    return Statistics(kinds, subjects, open_, late, closed)
