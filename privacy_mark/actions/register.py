"""The register of corrective actions 是正処置一覧: what was found, and whether it came again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from privacy_mark.actions.model import Action, ActionId, ActionState, Nonconformity
from privacy_mark.actions.rows import made, row_of, seen, told
from registry.access import require
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.audit_tables import CorrectiveAction
from registry.store.tables import OrgClosure

RECURRENCE_YEARS = 3


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier action that this one is like."""

    id: ActionId
    number: str
    found_on: date
    same_requirement: bool
    same_cause: bool


def raise_action(tx: Tx, found: Nonconformity) -> Action:
    """Record a nonconformity that needs correction.

    Raises AccessDenied without WORK_ON_ACTIONS in the unit, InvalidValue as `rows.made` does.
    """
    require(tx, Permission.WORK_ON_ACTIONS, found.unit_id)
    return told(made(found, tx), tx)


def actions(tx: Tx, *, unit_id: UnitId | None = None, open_only: bool = False) -> list[Action]:
    """Return the actions of a unit and all below it, newest first; without a unit, all one may see."""
    query = seen(tx).order_by(CorrectiveAction.id.desc())
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(CorrectiveAction.unit_id.in_(below))
    if open_only:
        query = query.where(CorrectiveAction.state != ActionState.CLOSED.value)
    return [told(row, tx) for row in tx.session.scalars(query)]


def action(tx: Tx, action_id: ActionId) -> Action:
    """Return one action; raises NotFound."""
    return told(row_of(action_id, tx), tx)


def earlier(tx: Tx, action_id: ActionId, *, years: int = RECURRENCE_YEARS) -> list[Earlier]:
    """Return the earlier actions of the same unit with the same requirement or kind of cause, newest first.

    Looks back so many years before this one was found. Raises NotFound.
    """
    row = row_of(action_id, tx)
    since = _years_before(row.found_on, years)
    alike = [CorrectiveAction.requirement == row.requirement]
    if row.cause_class:
        alike.append(CorrectiveAction.cause_class == row.cause_class)
    query = (
        select(CorrectiveAction)
        .where(
            CorrectiveAction.unit_id == row.unit_id,
            CorrectiveAction.id < row.id,
            CorrectiveAction.found_on >= since,
            or_(*alike),
        )
        .order_by(CorrectiveAction.id.desc())
    )
    return [
        Earlier(
            ActionId(each.id),
            each.number,
            each.found_on,
            each.requirement == row.requirement,
            bool(row.cause_class) and each.cause_class == row.cause_class,
        )
        for each in tx.session.scalars(query)
    ]


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
