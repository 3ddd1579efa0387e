"""Recurrence 再発: what was found before in the same unit, under the same requirement or kind of cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from privacy_mark.actions.model import ActionId
from privacy_mark.actions.rows import row_of
from registry.store import Tx
from registry.store.audit_tables import CorrectiveAction

RECURRENCE_YEARS = 3


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier action that this one is like."""

    id: ActionId
    number: str
    found_on: date
    same_requirement: bool
    same_cause: bool


def earlier(tx: Tx, action_id: ActionId, *, years: int = RECURRENCE_YEARS) -> list[Earlier]:
    """Return the earlier actions of the same unit with the same requirement or kind of cause, newest first.

    Looks back so many years before this one was found. Raises NotFound.
    """
    row = row_of(action_id, tx)
    alike = [CorrectiveAction.requirement == row.requirement]
    if row.cause_class:
        alike.append(CorrectiveAction.cause_class == row.cause_class)
    query = (
        select(CorrectiveAction)
        .where(
            CorrectiveAction.unit_id == row.unit_id,
            CorrectiveAction.id < row.id,
            CorrectiveAction.found_on >= years_before(row.found_on, years),
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


def years_before(day: date, years: int) -> date:
    """Return the day so many years before; 28 February for a leap day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
