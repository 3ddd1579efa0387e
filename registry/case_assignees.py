"""Who can be given a difference to work on: accounts that may handle it where it lies, today."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from registry.access import require
from registry.holders import holders
from registry.model import Permission, UnitId, UserId
from registry.store import Tx


@dataclass(frozen=True, slots=True)
class Assignee:
    """An account that a case can be given to."""

    user_id: UserId
    name: str


def assignees(tx: Tx, unit_ids: Collection[UnitId]) -> list[Assignee]:
    """Return who may work on differences in all of the units, by name.

    Raises AccessDenied without DECIDE_CASES in each of them.
    """
    wanted = frozenset(unit_ids)
    for unit_id in wanted:
        require(tx, Permission.DECIDE_CASES, unit_id)
    found = [Assignee(who.user_id, who.name) for who in holders(tx, Permission.HANDLE_CASES, wanted)]
    return sorted(found, key=lambda each: (each.name, each.user_id))


def assignee_of(tx: Tx, user_id: UserId, unit_ids: Collection[UnitId]) -> Assignee | None:
    """Return an account when it may work on differences in all of the units; the caller may assign there."""
    for who in holders(tx, Permission.HANDLE_CASES, unit_ids, user_id):
        return Assignee(who.user_id, who.name)
    return None
