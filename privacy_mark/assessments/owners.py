"""Who can be given a finding to answer: accounts that may work on corrections in its unit, today."""

from __future__ import annotations

from dataclasses import dataclass

from registry.access import require
from registry.holders import holders
from registry.model import Permission, UnitId, UserId
from registry.store import Tx


@dataclass(frozen=True, slots=True)
class Owner:
    """An account that a finding can be given to."""

    user_id: UserId
    name: str


def owners(tx: Tx, unit_id: UnitId) -> list[Owner]:
    """Return who may answer findings of a unit, by name; raises AccessDenied without MANAGE_CERTIFICATION."""
    require(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    found = [Owner(who.user_id, who.name) for who in holders(tx, Permission.WORK_ON_ACTIONS, [unit_id])]
    return sorted(found, key=lambda each: (each.name, each.user_id))


def owner_of(tx: Tx, user_id: UserId, unit_id: UnitId) -> Owner | None:
    """Return an account when it may answer findings of a unit; the caller has checked who asks."""
    found = holders(tx, Permission.WORK_ON_ACTIONS, [unit_id], user_id)
    return Owner(found[0].user_id, found[0].name) if found else None
