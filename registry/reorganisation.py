"""Changes of the organisation tree 組織変更: units are renamed, moved and merged, and their history stays.

A merged unit is not emptied: it is closed and stands below the one that takes it over, so that its ledger,
scans and journal keep their unit and come into sight of whoever looks after the other one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.orm import aliased

from registry.access import require, require_open, scope
from registry.errors import Conflict, Duplicate, InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, Unit, UnitId, UnitKind
from registry.organisation import check_unit, described, last_change
from registry.store import Tx
from registry.store.certificate_tables import CertificateRecord
from registry.store.tables import OrgClosure, OrgUnit, UnitHistory

_COLUMNS = ("code", "kind", "name_ja", "name_en", "parent_id", "country", "privacy_mark")


@dataclass(frozen=True, slots=True)
class UnitState:
    """What a unit was from one change to the next; `until` (UTC) is None for what it is."""

    code: str
    kind: UnitKind
    name_ja: str
    name_en: str
    parent_id: UnitId | None
    country: str
    privacy_mark: str
    until: datetime | None


def change_unit(
    tx: Tx,
    unit_id: UnitId,
    *,
    expected_version: int,
    code: str,
    kind: UnitKind,
    name_ja: str,
    name_en: str,
    country: str,
    privacy_mark: str,
) -> Unit:
    """Give a unit another name, code, kind, country or certificate number; nothing happens without a change.

    The number is taken until the register of certificates holds the unit: that tells it from then on, and
    another number than its own is refused (`privacy_mark` `registered`). Raises AccessDenied, NotFound,
    Duplicate (`code`), InvalidValue, and Conflict when somebody else changed, moved or merged it since the
    version that was read.
    """
    row = _managed(tx, unit_id)
    if row.version != expected_version:
        raise Conflict(*last_change(tx, unit_id), ("unit",), version=row.version)
    privacy_mark = _mark(tx, row, privacy_mark)
    check_unit(code, name_ja, name_en, country, privacy_mark)
    taken = select(OrgUnit.id).where(OrgUnit.code == code, OrgUnit.id != unit_id)
    if tx.session.scalar(taken) is not None:
        raise Duplicate("code")
    after = {
        "code": code,
        "kind": str(UnitKind(kind)),
        "name_ja": name_ja.strip(),
        "name_en": name_en.strip(),
        "country": country,
        "privacy_mark": privacy_mark,
    }
    before = {column: getattr(row, column) for column in after}
    if after == before:
        return described(row)
    _keep(tx, row)
    for column, value in after.items():
        setattr(row, column, value)
    tx.session.flush()
    changed = {column for column, value in after.items() if value != before[column]}
    tx.record(
        Action.UNIT_CHANGED,
        "org_unit",
        unit_id,
        unit_id,
        {column: before[column] for column in changed},
        {column: after[column] for column in changed},
    )
    return described(row)


def move_unit(tx: Tx, unit_id: UnitId, parent_id: UnitId) -> Unit:
    """Put a unit with everything below it under another one; needs the right in both places.

    Raises AccessDenied, NotFound and InvalidValue (`parent_id`: below_itself, closed).
    """
    row = _managed(tx, unit_id)
    _managed(tx, parent_id)
    if row.parent_id is None:
        raise InvalidValue("unit_id", "top_of_the_tree")
    require(tx, Permission.MANAGE_ORGANISATION, UnitId(row.parent_id))
    require_open(tx, parent_id, "parent_id")
    if row.parent_id == parent_id:
        return described(row)
    before = {"parent_id": row.parent_id}
    _hang(tx, row, parent_id)
    tx.record(Action.UNIT_MOVED, "org_unit", unit_id, unit_id, before, {"parent_id": parent_id})
    return described(row)


def merge_units(tx: Tx, unit_id: UnitId, into_id: UnitId) -> Unit:
    """Close a unit and hang it, with all that belongs to it, below the one that takes it over.

    Raises AccessDenied, NotFound and InvalidValue (`unit_id`: top_of_the_tree, closed; `into_id`:
    below_itself, closed).
    """
    row = _managed(tx, unit_id)
    _managed(tx, into_id)
    if row.parent_id is None:
        raise InvalidValue("unit_id", "top_of_the_tree")
    require(tx, Permission.MANAGE_ORGANISATION, UnitId(row.parent_id))
    require_open(tx, unit_id)
    require_open(tx, into_id, "into_id")
    before = {"parent_id": row.parent_id, "closed_at": None}
    _hang(tx, row, into_id, column="into_id")
    row.closed_at, row.merged_into_id = tx.now, into_id
    tx.session.flush()
    after = {"parent_id": into_id, "closed_at": tx.now, "merged_into_id": into_id}
    tx.record(Action.UNIT_MERGED, "org_unit", unit_id, unit_id, before, after)
    return described(row)


def history(tx: Tx, unit_id: UnitId) -> list[UnitState]:
    """Return what a visible unit was and is, oldest first; raises NotFound."""
    seen = scope(tx, Permission.VIEW_SITUATION)
    row = tx.session.scalar(select(OrgUnit).where(OrgUnit.id == unit_id, OrgUnit.id.in_(seen)))
    if row is None:
        raise NotFound("org_unit")
    past = select(UnitHistory).where(UnitHistory.unit_id == unit_id, UnitHistory.unit_id.in_(seen))
    return [
        *(_state(each, each.until) for each in tx.session.scalars(past.order_by(UnitHistory.id))),
        _state(row, None),
    ]


def _mark(tx: Tx, row: OrgUnit, given: str) -> str:
    """Return the number that stays with a unit: what was entered, until its certificate is registered."""
    of = CertificateRecord
    known = tx.session.execute(select(of.mark, of.before_mark).where(of.unit_id == row.id)).all()
    if not known:
        return given
    numbers = {number for found in known for number in found if number}
    named = set(re.findall(r"\d{6,}", unicodedata.normalize("NFKC", given)))
    if given.strip() not in ("", row.privacy_mark) and not named & numbers:
        raise InvalidValue("privacy_mark", "registered")
    return row.privacy_mark


def _managed(tx: Tx, unit_id: UnitId) -> OrgUnit:
    """Return a unit that the person asking may change; one out of sight does not exist for them."""
    seen = select(OrgUnit).where(OrgUnit.id == unit_id, OrgUnit.id.in_(scope(tx, Permission.VIEW_SITUATION)))
    row = tx.session.scalar(seen)
    if row is None:
        raise NotFound("org_unit")
    require(tx, Permission.MANAGE_ORGANISATION, unit_id)
    return row


def _hang(tx: Tx, row: OrgUnit, parent_id: int, column: str = "parent_id") -> None:
    """Keep what the unit was, and hang its subtree to the new place, closure included."""
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == row.id)
    inside = list(tx.session.scalars(below))
    if parent_id in inside:
        raise InvalidValue(column, "below_itself")
    _keep(tx, row)
    tx.session.execute(
        delete(OrgClosure).where(OrgClosure.descendant.in_(inside), OrgClosure.ancestor.not_in(inside))
    )
    above, own = aliased(OrgClosure), aliased(OrgClosure)
    pairs = (
        select(above.ancestor, own.descendant, above.depth + own.depth + literal(1))
        .join_from(above, own, own.ancestor == row.id)
        .where(above.descendant == parent_id)
    )
    tx.session.execute(insert(OrgClosure).from_select(["ancestor", "descendant", "depth"], pairs))
    row.parent_id = parent_id
    tx.session.flush()


def _keep(tx: Tx, row: OrgUnit) -> None:
    values = {column: getattr(row, column) for column in _COLUMNS}
    tx.session.add(UnitHistory(unit_id=row.id, until=tx.now, **values))
    tx.session.flush()


def _state(row: OrgUnit | UnitHistory, until: datetime | None) -> UnitState:
    return UnitState(
        code=row.code,
        kind=UnitKind(row.kind),
        name_ja=row.name_ja,
        name_en=row.name_en,
        parent_id=None if row.parent_id is None else UnitId(row.parent_id),
        country=row.country,
        privacy_mark=row.privacy_mark,
        until=until,
    )
