"""What corrective actions ask for by a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import func, or_, select

from privacy_mark.actions.model import ENDED, ActionState, Source
from privacy_mark.actions.rows import TABLE
from privacy_mark.due import Due
from registry.access import scope
from registry.model import Permission, UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.audit_tables import CorrectiveAction

RESULT, EFFECT = "actions.result", "actions.effect"
_BY = {
    ActionState.FOUND: (CorrectiveAction.answer_by, "actions.cause"),
    ActionState.ANALYSED: (CorrectiveAction.answer_by, "actions.measure"),
    ActionState.PLANNED: (CorrectiveAction.due_on, RESULT),
    ActionState.DONE: (CorrectiveAction.review_by, EFFECT),
    ActionState.REVIEWED: (CorrectiveAction.review_by, "actions.approval"),
}


def due(tx: Tx, today: date) -> list[Due]:
    """Return the next step of every open action that one may work on or approve, the earliest first.

    Nobody is asked to review what one did, or to approve what one did or reviewed. What an audit found is
    told to who audits, too, when its effect is to be reviewed.
    """
    del today  # what lies ahead is told too
    work, approve = scope(tx, Permission.WORK_ON_ACTIONS), scope(tx, Permission.APPROVE_ACTIONS)
    columns = (
        CorrectiveAction.id,
        CorrectiveAction.number,
        CorrectiveAction.unit_id,
        CorrectiveAction.state,
        CorrectiveAction.answer_by,
        CorrectiveAction.due_on,
        CorrectiveAction.review_by,
    )
    reviewed = CorrectiveAction.state == ActionState.REVIEWED.value
    done = CorrectiveAction.state == ActionState.DONE.value
    audited = (CorrectiveAction.source == Source.AUDIT.value) & CorrectiveAction.unit_id.in_(
        scope(tx, Permission.CONDUCT_AUDITS)
    )
    mine = or_(
        ~reviewed & ~done & CorrectiveAction.unit_id.in_(work),
        done
        & or_(CorrectiveAction.unit_id.in_(work), audited)
        & (func.coalesce(CorrectiveAction.doer_id, 0) != tx.principal.user_id),
        reviewed
        & CorrectiveAction.unit_id.in_(approve)
        & (func.coalesce(CorrectiveAction.doer_id, 0) != tx.principal.user_id)
        & (func.coalesce(CorrectiveAction.reviewer_id, 0) != tx.principal.user_id),
    )
    query = select(*columns).where(CorrectiveAction.state.not_in([each.value for each in ENDED]), mine)
    found = []
    for row in tx.session.execute(query):
        column, kind = _BY[ActionState(row.state)]
        on = getattr(row, column.key)
        if on is not None:
            found.append(Due(kind, UnitId(row.unit_id), on, row.number, str(row.id)))
    return sorted(found, key=lambda each: (each.due_on, each.number))


def owners(tx: Tx, dues: Collection[Due]) -> Mapping[str, str]:
    """Return who carries out the measures of these lines, by the row that they are about."""
    ids = [int(each.row) for each in dues if each.kind in (RESULT, EFFECT)]
    rows = tx.session.execute(
        select(CorrectiveAction.id, CorrectiveAction.uid, CorrectiveAction.owner_sealed).where(
            CorrectiveAction.id.in_(ids)
        )
    )
    return {str(row.id): Row(tx, TABLE, row.uid).opened("owner", row.owner_sealed) for row in rows}
