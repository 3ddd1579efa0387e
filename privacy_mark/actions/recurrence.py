"""Recurrence 再発: what was found in the same unit in the years before, and how like it is.

The same question of a checklist, or the same requirement with the same kind of cause, is a recurrence. The
same requirement alone, or the same kind of cause alone, is alike: some requirements are so wide that people
have to judge. What was found together with it, in the same record, says nothing about either.
What was withdrawn was never found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select

from privacy_mark.actions.model import ActionId, ActionState, Recurrence
from privacy_mark.actions.rows import row_of, seen
from registry.limits import months_after
from registry.model import UnitId
from registry.store import Tx
from registry.store.audit_tables import CorrectiveAction

RECURRENCE_YEARS = 3
ELSEWHERE_MONTHS = 12
_STANDS = CorrectiveAction.state != ActionState.WITHDRAWN.value


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier action that this one is like."""

    id: ActionId
    number: str
    found_on: date
    same_requirement: bool
    same_cause: bool
    same_question: bool

    @property
    def kind(self) -> Recurrence:
        """Return how like it is."""
        again = self.same_question or (self.same_requirement and self.same_cause)
        return Recurrence.AGAIN if again else Recurrence.ALIKE


def earlier(tx: Tx, action_id: ActionId, *, years: int = RECURRENCE_YEARS) -> list[Earlier]:
    """Return the earlier actions of the same unit that this one is like: recurrences first, then the newest.

    Looks back so many years before this one was found. Raises NotFound.
    """
    row = row_of(action_id, tx)
    (found,) = earlier_of(tx, [row], years=years).values()
    return found


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same finding in another unit."""

    id: ActionId
    number: str
    unit_id: UnitId
    found_on: date


def elsewhere(tx: Tx, action_id: ActionId, *, months: int = ELSEWHERE_MONTHS) -> list[Elsewhere]:
    """Return where else the same was found lately, of what one may see, newest first: 水平展開.

    The same question of a checklist, or the same requirement with the same kind of cause, found so many
    months before it or since. Raises NotFound.
    """
    row = row_of(action_id, tx)
    _, _, question = row.reference.partition("/")
    same = [] if not question else [CorrectiveAction.reference.endswith(f"/{question}", autoescape=True)]
    if row.cause_class:
        same.append(
            and_(
                CorrectiveAction.requirement == row.requirement,
                CorrectiveAction.cause_class == row.cause_class,
            )
        )
    if not same:
        return []
    query = (
        seen(tx)
        .where(
            CorrectiveAction.unit_id != row.unit_id,
            _STANDS,
            CorrectiveAction.found_on >= months_after(row.found_on, -months),
            or_(*same),
        )
        .order_by(CorrectiveAction.found_on.desc(), CorrectiveAction.id.desc())
    )
    return [
        Elsewhere(ActionId(each.id), each.number, UnitId(each.unit_id), each.found_on)
        for each in tx.session.scalars(query)
    ]


def earlier_of(
    tx: Tx, rows: Sequence[CorrectiveAction], *, years: int = RECURRENCE_YEARS
) -> Mapping[int, list[Earlier]]:
    """Return what `earlier` tells of each of these rows, which one may see; one query for all."""
    columns = (
        CorrectiveAction.id,
        CorrectiveAction.number,
        CorrectiveAction.unit_id,
        CorrectiveAction.requirement,
        CorrectiveAction.cause_class,
        CorrectiveAction.reference,
        CorrectiveAction.found_on,
    )
    units = {row.unit_id for row in rows}
    by_unit = defaultdict(list)
    for each in tx.session.execute(select(*columns).where(CorrectiveAction.unit_id.in_(units), _STANDS)):
        by_unit[each.unit_id].append(each)
    found = {}
    for row in rows:
        since = months_after(row.found_on, -12 * years)
        before = (each for each in by_unit[row.unit_id] if each.id < row.id and each.found_on >= since)
        found[row.id] = _sorted(like for each in before if (like := _like(row, each)) is not None)
    return found


def _like(row: CorrectiveAction, other: Any) -> Earlier | None:
    record, _, question = row.reference.partition("/")
    other_record, _, other_question = other.reference.partition("/")
    if record and record == other_record:
        return None
    requirement = other.requirement == row.requirement
    cause = bool(row.cause_class) and other.cause_class == row.cause_class
    asked = bool(question) and question == other_question
    if not (requirement or cause or asked):
        return None
    return Earlier(ActionId(other.id), other.number, other.found_on, requirement, cause, asked)


def _sorted(found: Iterable[Earlier]) -> list[Earlier]:
    return sorted(found, key=lambda each: (each.kind is not Recurrence.AGAIN, -each.id))
