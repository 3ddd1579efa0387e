"""Bases for disclosure 提供の根拠: why one legal entity of the group may show personal data to another.

Legal entities are third parties to each other, also within one group. Without consent data pass between
them when their handling is entrusted 委託 (APPI Art. 27(5)(i)) or when they are used jointly 共同利用
(27(5)(iii)); the document that says so is named here. One person records, another one, who acts for the
entity whose data they are, approves; the records stay when the basis has ended. A basis opens one direction.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime
from typing import NewType

from sqlalchemy import ColumnElement, Select, or_, select

from registry.access import APPROVED, entity_id_of, require, scope
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId, UnitKind, UserId
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.tables import DisclosureBasis, OrgClosure, OrgUnit

DisclosureId = NewType("DisclosureId", int)
_DOCUMENT_LENGTH = 500


class DisclosureKind(enum.StrEnum):
    """Which clause a disclosure rests on."""

    ENTRUSTMENT = "entrustment"  # 委託, APPI Art. 27(5)(i)
    JOINT_USE = "joint_use"  # 共同利用, APPI Art. 27(5)(iii)


class DisclosureState(enum.StrEnum):
    """How far a basis is."""

    RECORDED = "recorded"
    APPROVED = APPROVED
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One basis: the data of `from_id` may be shown to people who act for `to_id`."""

    id: DisclosureId
    kind: DisclosureKind
    from_id: UnitId
    to_id: UnitId
    valid_from: date
    valid_until: date | None
    document: str  # the contract or notice, as people find it again
    state: DisclosureState
    recorder_id: UserId
    recorder: str
    recorded_at: datetime
    approver: str  # empty before somebody approved
    approved_at: datetime | None
    version: int


def record_disclosure(
    tx: Tx,
    *,
    kind: DisclosureKind,
    from_id: UnitId,
    to_id: UnitId,
    valid_from: date,
    document: str,
    valid_until: date | None = None,
) -> Disclosure:
    """Record a basis; it opens nothing before another person approved it.

    Raises AccessDenied without RECORD_DISCLOSURE in the entity whose data they are, NotFound for a
    receiving unit out of sight, InvalidValue: `from_id`/`to_id` `not_an_entity` or `same_entity`,
    `document` `required` or `too_long`, `valid_until` `before_valid_from`.
    """
    require(tx, Permission.RECORD_DISCLOSURE, from_id)
    visible = select(OrgUnit.id).where(OrgUnit.id == to_id, _nameable(tx, from_id))
    if tx.session.scalar(visible) is None:
        raise NotFound("org_unit")
    _check(tx, from_id, to_id, document, valid_from, valid_until)
    uid = new_uid()
    row = DisclosureBasis(
        uid=uid,
        kind=DisclosureKind(kind).value,
        unit_id=from_id,
        to_unit_id=to_id,
        valid_from=valid_from,
        valid_until=valid_until,
        document_sealed=_seal(tx, uid, "document_sealed", document.strip()),
        state=DisclosureState.RECORDED.value,
        recorder_id=tx.principal.user_id,
        recorder_sealed=_seal(tx, uid, "recorder_sealed", tx.principal.name),
        recorded_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    made = _disclosure(tx, row)
    tx.record(Action.DISCLOSURE_RECORDED, "disclosure_basis", row.id, from_id, None, _described(made))
    return made


def approve_disclosure(tx: Tx, disclosure_id: DisclosureId, *, expected_version: int) -> Disclosure:
    """Approve a basis that somebody else recorded; from then on it opens what it says.

    Raises NotFound, AccessDenied without DECIDE_DISCLOSURE for the entity whose data they are,
    InvalidValue: `approver` `same_person`, `state` `decided`; Conflict when it changed meanwhile.
    """
    row = _held(tx, disclosure_id, expected_version)
    if row.recorder_id == tx.principal.user_id:
        raise InvalidValue("approver", "same_person")
    if row.state != DisclosureState.RECORDED:
        raise InvalidValue("state", "decided")
    before = _described(_disclosure(tx, row))
    row.state = DisclosureState.APPROVED.value
    row.approver_id = tx.principal.user_id
    row.approver_sealed = _seal(tx, row.uid, "approver_sealed", tx.principal.name)
    row.approved_at = tx.now
    tx.session.flush()
    made = _disclosure(tx, row)
    tx.record(Action.DISCLOSURE_APPROVED, "disclosure_basis", row.id, made.from_id, before, _described(made))
    return made


def end_disclosure(tx: Tx, disclosure_id: DisclosureId, *, expected_version: int) -> Disclosure:
    """Close a basis at once, or refuse one that was only recorded; errors as `approve_disclosure`."""
    row = _held(tx, disclosure_id, expected_version)
    if row.state == DisclosureState.ENDED:
        raise InvalidValue("state", "decided")
    before = _described(_disclosure(tx, row))
    row.state = DisclosureState.ENDED.value
    row.ended_at = tx.now
    tx.session.flush()
    made = _disclosure(tx, row)
    tx.record(Action.DISCLOSURE_ENDED, "disclosure_basis", row.id, made.from_id, before, _described(made))
    return made


def disclosures(tx: Tx) -> list[Disclosure]:
    """Return the bases that disclose from or to an entity whose ledger one may see, oldest first."""
    return [_disclosure(tx, row) for row in tx.session.scalars(_seen(tx).order_by(DisclosureBasis.id))]


def _nameable(tx: Tx, from_id: UnitId) -> ColumnElement[bool]:
    """Return the condition that a unit can be named as receiver: in sight, or above the giving entity."""
    above = select(OrgClosure.ancestor).where(OrgClosure.descendant == from_id)
    # The headquarters is known to every company of its group, like the group itself.
    headquarters = select(OrgUnit.id).where(
        OrgUnit.kind == UnitKind.HEADQUARTERS.value, OrgUnit.parent_id.in_(above)
    )
    return or_(
        OrgUnit.id.in_(scope(tx, Permission.VIEW_SITUATION)),
        OrgUnit.id.in_(above),
        OrgUnit.id.in_(headquarters),
    )


def _held(tx: Tx, disclosure_id: DisclosureId, expected_version: int) -> DisclosureBasis:
    row = tx.session.scalar(_seen(tx).where(DisclosureBasis.id == disclosure_id))
    if row is None:
        raise NotFound("disclosure_basis")
    require(tx, Permission.DECIDE_DISCLOSURE, UnitId(row.unit_id))
    if row.version != expected_version:
        now = _disclosure(tx, row)
        who = now.approver or now.recorder
        raise Conflict(
            who, row.ended_at or row.approved_at or row.recorded_at, ("state",), version=row.version
        )
    return row


def _seen(tx: Tx) -> Select[DisclosureBasis]:
    visible = scope(tx, Permission.VIEW_LEDGER)
    return select(DisclosureBasis).where(
        or_(DisclosureBasis.unit_id.in_(visible), DisclosureBasis.to_unit_id.in_(visible))
    )


def _check(
    tx: Tx, from_id: UnitId, to_id: UnitId, document: str, valid_from: date, valid_until: date | None
) -> None:
    if tx.session.scalar(select(entity_id_of(from_id))) != from_id:
        raise InvalidValue("from_id", "not_an_entity")
    if tx.session.scalar(select(entity_id_of(to_id))) not in (to_id, None):
        raise InvalidValue("to_id", "not_an_entity")
    if from_id == to_id:
        raise InvalidValue("to_id", "same_entity")
    if not document.strip():
        raise InvalidValue("document", "required")
    if len(document) > _DOCUMENT_LENGTH:
        raise InvalidValue("document", "too_long")
    if valid_until is not None and valid_until < valid_from:
        raise InvalidValue("valid_until", "before_valid_from")


def _seal(tx: Tx, uid: str, column: str, plain: str) -> bytes:
    return tx.vault.seal(plain, table="disclosure_basis", row=uid, column=column)


def _disclosure(tx: Tx, row: DisclosureBasis) -> Disclosure:
    def opened(sealed: bytes | None, column: str) -> str:
        if sealed is None:
            return ""
        return tx.vault.open(sealed, table="disclosure_basis", row=row.uid, column=column)

    return Disclosure(
        id=DisclosureId(row.id),
        kind=DisclosureKind(row.kind),
        from_id=UnitId(row.unit_id),
        to_id=UnitId(row.to_unit_id),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        document=opened(row.document_sealed, "document_sealed"),
        state=DisclosureState(row.state),
        recorder_id=UserId(row.recorder_id),
        recorder=opened(row.recorder_sealed, "recorder_sealed"),
        recorded_at=row.recorded_at,
        approver=opened(row.approver_sealed, "approver_sealed"),
        approved_at=row.approved_at,
        version=row.version,
    )


def _described(made: Disclosure) -> dict[str, object]:
    return {
        "kind": made.kind.value,
        "to_id": made.to_id,
        "valid_from": made.valid_from,
        "valid_until": made.valid_until,
        "document": made.document,
        "state": made.state.value,
    }
