"""Places at which objects may be removed 是正を許す走査対象, each with a credential that no scan uses.

What is signed in with belongs to the machine that acts, as in `registry.sources`: only who manages sources in
the whole workspace allows a place.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from registry.access import require, scope, top_unit
from registry.credential_references import reference
from registry.errors import AccessDenied, InvalidValue
from registry.journal import Action
from registry.model import Permission, SourceId
from registry.sealing import Row
from registry.sources import is_of_machine, source
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.remediation_tables import RemediationPlaceRecord

_TABLE = "remediation_place"


def permit(tx: Tx, source_id: SourceId, *, credential: str = "") -> None:
    """Allow objects of a source to be removed, with a credential of its own; a second time changes that.

    Raises NotFound, AccessDenied without MANAGE_SOURCES in the top unit, InvalidValue: `credential`
    `reference`, `required` (a place on the net), `of_scanner` (the scanner's own).
    """
    found = source(tx, source_id)
    top = top_unit(tx)
    if top is None:
        raise AccessDenied(Permission.MANAGE_SOURCES)
    require(tx, Permission.MANAGE_SOURCES, top, found.unit_id)
    credential = credential.strip()
    if credential:
        reference(credential)
    elif not is_of_machine(found.url):
        raise InvalidValue("credential", "required")
    if credential and credential == found.terms.credential:
        raise InvalidValue("credential", "of_scanner")
    row = _row(tx, source_id)
    if row is None:
        row = RemediationPlaceRecord(uid=new_uid(), unit_id=found.unit_id, source_id=source_id)
        tx.session.add(row)
    with tx.session.no_autoflush:
        row.credential_sealed = Row(tx, _TABLE, row.uid).sealed({"credential": credential})[
            "credential_sealed"
        ]
    tx.session.flush()
    tx.record(Action.REMEDIATION_PERMITTED, _TABLE, row.id, found.unit_id, None, {"source_id": source_id})


def forbid(tx: Tx, source_id: SourceId) -> None:
    """Take the permission back: nothing is removed there any more. Raises as `permit`."""
    found = source(tx, source_id)
    top = top_unit(tx)
    if top is None:
        raise AccessDenied(Permission.MANAGE_SOURCES)
    require(tx, Permission.MANAGE_SOURCES, top, found.unit_id)
    row = _row(tx, source_id)
    if row is None:
        raise InvalidValue("source_id", "not_permitted")
    tx.session.delete(row)
    tx.session.flush()
    tx.record(Action.REMEDIATION_FORBIDDEN, _TABLE, row.id, found.unit_id, {"source_id": source_id}, None)


def permitted(tx: Tx) -> Mapping[SourceId, str]:
    """Return the visible sources at which it is allowed, with the reference of each credential."""
    visible = RemediationPlaceRecord.unit_id.in_(scope(tx, Permission.VIEW_LOCATIONS))
    return {
        SourceId(row.source_id): Row(tx, _TABLE, row.uid).opened("credential", row.credential_sealed)
        for row in tx.session.scalars(select(RemediationPlaceRecord).where(visible))
    }


def is_permitted(tx: Tx, source_id: SourceId) -> bool:
    """Tell whether objects of a source may be removed; the caller has checked that it is seen."""
    return _row(tx, source_id) is not None


def _row(tx: Tx, source_id: SourceId) -> RemediationPlaceRecord | None:
    return tx.session.scalar(
        select(RemediationPlaceRecord).where(RemediationPlaceRecord.source_id == source_id)
    )
