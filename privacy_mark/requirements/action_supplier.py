"""Evidence from corrective actions 是正処置 (J.7.1): none is late, some were approved in the last year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from privacy_mark.actions.listing import is_open, step_due
from privacy_mark.actions.model import ActionState
from privacy_mark.requirements.facts import Fact, Members, Standing
from registry.access import today_in_japan
from registry.limits import months_after
from registry.model import UnitId
from registry.store import Tx
from registry.store.audit_tables import CorrectiveAction

_YEAR = 12  # months


@dataclass(frozen=True, slots=True)
class _One:
    due_on: date | None  # None: approved
    approved_on: date | None


def corrective_actions(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Return for each entity with actions found in the last year or open, how many of them are approved.

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
    found: dict[UnitId, list[_One]] = defaultdict(list)
    for row in rows:
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
