"""Views 閲覧 and exports 出力 of what is sensitive leave a record, before anything is shown.

A person who looks at the same list of the same unit all day leaves one record for that day (in Japan):
that they looked is what an audit asks; every click would bury it. Every export leaves its own.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from sqlalchemy import select

from registry.access import EVERYWHERE, today_in_japan, top_unit
from registry.journal import Action
from registry.model import Permission, Principal, UnitId
from registry.store import Registry, Tx
from registry.store.tables import JournalRecord


class SensitiveList(enum.StrEnum):
    """What is recorded when somebody looks at it."""

    SAMPLES = "samples"  # masked findings of an object
    LOCATIONS = "locations"  # where personal data lie; names of files and folders
    JUDGEMENTS = "judgements"  # values judged not to be personal data, masked
    JOURNAL = "journal"  # who did what
    REQUESTS = "requests"  # who asked for their data, and what about
    PROVISIONS = "provisions"  # whose data were given to whom
    COMPLAINTS = "complaints"  # who complained, and about what
    TRAINING = "training"  # who was trained and who was not

    @property
    def permission(self) -> Permission:
        """Return what one needs to see it."""
        return _NEEDED[self]


_NEEDED: Mapping[SensitiveList, Permission] = {
    SensitiveList.SAMPLES: Permission.VIEW_SAMPLES,
    SensitiveList.LOCATIONS: Permission.VIEW_LOCATIONS,
    SensitiveList.JUDGEMENTS: Permission.VIEW_SAMPLES,
    SensitiveList.JOURNAL: Permission.VIEW_JOURNAL,
    SensitiveList.REQUESTS: Permission.VIEW_REQUESTS,
    SensitiveList.PROVISIONS: Permission.VIEW_PROVISIONS,
    SensitiveList.COMPLAINTS: Permission.VIEW_COMPLAINTS,
    SensitiveList.TRAINING: Permission.VIEW_TRAINING,
}


def note_view(registry: Registry, principal: Principal, what: SensitiveList, unit_id: UnitId | None) -> bool:
    """Record that somebody looks at a list of a unit (None: of all their units); False when it was today.

    Called by who shows the list, before showing it: no record, no view.
    """
    with registry.read(principal) as tx:
        unit = _unit(tx, what) if unit_id is None else unit_id
        if _is_noted(tx, what, unit):
            return False
    with registry.write(principal, reason="view") as tx:
        if _is_noted(tx, what, unit):  # another tab was faster
            return False
        tx.record(Action.LIST_VIEWED, what.value, _row_id(tx, unit), unit, None, {"list": what.value})
        return True


def note_export(
    registry: Registry, principal: Principal, what: str, unit_id: UnitId, details: Mapping[str, object]
) -> None:
    """Record that somebody takes something out of the product, before it is written."""
    with registry.write(principal, reason="export") as tx:
        tx.record(Action.RESULTS_EXPORTED, what, "", unit_id, None, details)


def _is_noted(tx: Tx, what: SensitiveList, unit: UnitId | None) -> bool:
    query = select(JournalRecord.seq).where(
        JournalRecord.table_name == what.value,
        JournalRecord.row_id == _row_id(tx, unit),
        JournalRecord.action == Action.LIST_VIEWED.value,
    )
    return tx.session.scalar(query.limit(1)) is not None


def _row_id(tx: Tx, unit: UnitId | None) -> str:
    return f"{tx.principal.user_id}/{unit or 0}/{today_in_japan(tx.now).isoformat()}"


def _unit(tx: Tx, what: SensitiveList) -> UnitId | None:
    units = tx.principal.units_with(what.permission)
    return top_unit(tx) if EVERYWHERE in units or not units else units[0]
