"""Evidence from corrective actions 是正処置 (J.7.1): none is late, some were approved in the last year.

What assessors found 指摘事項 is a nonconformity too: its answer counts as an action does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from sqlalchemy import case, or_, select

from privacy_mark.actions.listing import is_open, step_due
from privacy_mark.actions.model import ActionState
from privacy_mark.assessments.model import FindingState
from privacy_mark.requirements.facts import Fact, Members, Standing
from registry.access import today_in_japan
from registry.limits import months_after
from registry.model import UnitId
from registry.store import Tx
from registry.store.assessment_tables import FindingRecord, FindingsLetter
from registry.store.audit_tables import CorrectiveAction

_YEAR = 12  # months


@dataclass(frozen=True, slots=True)
class _One:
    due_on: date | None  # None: approved
    approved_on: date | None


def corrective_actions(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Return how many actions and findings of the last year, or open, are approved in each entity with any.

    Withdrawn ones are none.

    One that is late speaks against it; while all that are open are on time and none is approved yet, nothing
    is said either way.
    """
    rows = tx.session.execute(
        select(CorrectiveAction.unit_id, CorrectiveAction.approved_at, step_due.label("due_on")).where(
            CorrectiveAction.state != ActionState.WITHDRAWN.value,
            or_(is_open, CorrectiveAction.found_on >= months_after(today, -_YEAR)),
        )
    )
    done = FindingRecord.state == FindingState.APPROVED.value
    findings = tx.session.execute(
        select(
            FindingRecord.unit_id,
            FindingRecord.approved_at,
            case((~done, FindingRecord.due_on)).label("due_on"),
        )
        .join(FindingsLetter, FindingsLetter.id == FindingRecord.letter_id)
        .where(or_(~done, FindingsLetter.received_on >= months_after(today, -_YEAR)))
    )
    found: dict[UnitId, list[_One]] = defaultdict(list)
    for row in chain(rows, findings):
        if (entity := members.entity_of.get(row.unit_id)) is not None:
            approved = None if row.approved_at is None else today_in_japan(row.approved_at)
            found[entity].append(_One(row.due_on, approved))
    return {entity: _fact(each, today) for entity, each in found.items()}


def _fact(of: Sequence[_One], today: date) -> Fact:
    days = [each.approved_on for each in of if each.approved_on is not None]
    due = min((each.due_on for each in of if each.due_on is not None), default=None)
    if due is not None and due < today:
        standing = Standing.LACKING
    else:
        standing = Standing.SHOWN if days else Standing.UNDER_WAY
    on = max(days, default=None)
    ends = [due] if due is not None else []
    ends += [months_after(on, _YEAR)] if on is not None else []
    return Fact(standing, len(days), len(of), on, min(ends, default=None))
