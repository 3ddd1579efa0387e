"""The steps of a remediation that another person approved, each written down before the next is taken.

Whoever carries one out asks here first and tells here after: a kill at any point leaves a row that says how
far it came, and never a place without object and copy. Nothing here touches a place.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from registry import holds, remediation_rows
from registry.access import require, scope, today_in_japan
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, SourceId, UnitId
from registry.remediation_places import permitted
from registry.remediation_rows import TABLE, copy_of, described, facts_of, held_row, remediation_of, seen_row
from registry.remediation_states import (
    RUNNABLE,
    Copy,
    DestructionCertificate,
    Facts,
    Remediation,
    RemediationId,
    RemediationKind,
    RemediationState,
    Step,
)
from registry.store import Tx
from registry.store.chain import canonical_json
from registry.store.remediation_tables import RemediationRecord
from registry.store.tables import OrgUnit
from scanners.model import Category

_KEY = "remediation"  # purpose of the key that digests in certificates are made with


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done at a place now; the key of the copy never leaves memory."""

    id: RemediationId
    uid: str
    unit_id: UnitId
    source_id: SourceId
    credential: str  # a reference
    facts: Facts
    step: Step
    copy: Copy | None
    key: bytes = field(repr=False)  # empty without a copy
    version: int


def uid_of(tx: Tx, remediation_id: RemediationId) -> str:
    """Return the random name of a visible remediation, under which its copy lies; raises NotFound."""
    return seen_row(tx, remediation_id).uid


def begin(tx: Tx, remediation_id: RemediationId) -> Order:
    """Begin a quarantine, or go on with one that was cut short or failed.

    Raises NotFound, AccessDenied without HANDLE_CASES, InvalidValue: `kind` `no_quarantine`, `state`
    `not_approved`, `source_id` `not_permitted`, `entry_id` `held` while an entry under legal hold
    訴訟ホールド has a place in the source and nothing was removed yet.
    """
    row = held_row(tx, remediation_id, Permission.HANDLE_CASES)
    if row.kind != RemediationKind.QUARANTINE:
        raise InvalidValue("kind", "no_quarantine")
    if RemediationState(row.state) not in RUNNABLE:
        raise InvalidValue("state", "not_approved")
    if row.step != Step.REMOVING and _is_held(tx, row):
        raise InvalidValue("entry_id", "held")
    before = described(row)
    if (row.state, row.failure) != (RemediationState.RUNNING.value, ""):
        row.state, row.failure = RemediationState.RUNNING.value, ""
        tx.session.flush()
        tx.record(Action.REMEDIATION_STEP, TABLE, row.id, UnitId(row.unit_id), before, described(row))
    return _order(tx, row)


def _is_held(tx: Tx, row: RemediationRecord) -> bool:
    """Tell whether evidence may lie in the source, also by a hold that came after the proposal."""
    held = select(RemediationRecord.id).where(
        RemediationRecord.id == row.id, RemediationRecord.source_id.in_(holds.held_sources())
    )
    return tx.session.scalar(held) is not None


def copied(tx: Tx, order: Order, copy: Copy, key: bytes) -> Order:
    """Write down that an encrypted copy lies on the disk; Conflict when somebody else was at it."""
    row = _at(tx, order)
    with tx.session.no_autoflush:
        remediation_rows.sealed(tx, row, "copy", json.dumps(asdict(copy), ensure_ascii=False))
        remediation_rows.sealed(tx, row, "key", key.hex())
        row.step = Step.COPIED.value
    return _noted(tx, row, Action.REMEDIATION_STEP)


def verified(tx: Tx, order: Order) -> Order:
    """Write down that the copy, read back, is what was read at the place."""
    row = _at(tx, order)
    row.step = Step.VERIFIED.value
    return _noted(tx, row, Action.REMEDIATION_STEP)


def removing(tx: Tx, order: Order) -> Order:
    """Write down that the object is about to be removed. InvalidValue `step` `not_verified`."""
    row = _at(tx, order)
    if row.step != Step.VERIFIED:
        raise InvalidValue("step", "not_verified")
    row.step = Step.REMOVING.value
    return _noted(tx, row, Action.REMEDIATION_STEP)


def removed(tx: Tx, order: Order, *, keep_days: int) -> Order:
    """Write down that the object is gone from its place: the quarantine is done, and its period runs."""
    row = _at(tx, order)
    if row.step != Step.REMOVING:
        raise InvalidValue("step", "not_verified")
    row.step, row.state = Step.REMOVED.value, RemediationState.DONE.value
    row.done_at, row.until = tx.now, today_in_japan(tx.now) + timedelta(days=keep_days)
    return _noted(tx, row, Action.REMEDIATION_DONE)


def failed(tx: Tx, order: Order, failure: str, *, forget: bool) -> Order:
    """Write down why it failed; `forget` gives up a copy whose original lies where it lay."""
    row = _at(tx, order)
    if forget and row.step != Step.REMOVED:
        row.step, row.key_sealed = Step.NONE.value, None
    if row.state == RemediationState.RUNNING:
        row.state = RemediationState.FAILED.value
    row.failure = failure
    return _noted(tx, row, Action.REMEDIATION_FAILED)


def begin_restore(tx: Tx, remediation_id: RemediationId) -> Order:
    """Return what is to be put back. Raises as `begin`; InvalidValue `state` `not_restorable`."""
    row = held_row(tx, remediation_id, Permission.HANDLE_CASES)
    if not remediation_of(tx, row).can_be_restored(today_in_japan(tx.now)):
        raise InvalidValue("state", "not_restorable")
    return _order(tx, row)


def restored(tx: Tx, order: Order) -> Order:
    """Write down that the object lies at its place again, verified: the copy's key is destroyed."""
    row = _at(tx, order)
    row.step, row.state = Step.RESTORED.value, RemediationState.RESTORED.value
    row.key_sealed, row.ended_at, row.failure = None, tx.now, ""
    return _noted(tx, row, Action.REMEDIATION_RESTORED)


def over(tx: Tx) -> list[Order]:
    """Return the quarantines whose period is over, within the scope of HANDLE_CASES.

    A copy out of a source in which an entry under legal hold has a place is kept until that ends.
    """
    query = select(RemediationRecord).where(
        RemediationRecord.kind == RemediationKind.QUARANTINE.value,
        RemediationRecord.state == RemediationState.DONE.value,
        RemediationRecord.until < today_in_japan(tx.now),
        or_(RemediationRecord.source_id.is_(None), RemediationRecord.source_id.not_in(holds.held_sources())),
        RemediationRecord.unit_id.in_(scope(tx, Permission.HANDLE_CASES)),
    )
    return [_order(tx, row, acts=False) for row in tx.session.scalars(query.order_by(RemediationRecord.id))]


def left_over(tx: Tx) -> list[Order]:
    """Return what ended although its copy, whose key is gone, may still lie on the disk."""
    query = select(RemediationRecord).where(
        RemediationRecord.copy_sealed.is_not(None),
        RemediationRecord.key_sealed.is_(None),
        RemediationRecord.unit_id.in_(scope(tx, Permission.HANDLE_CASES)),
    )
    return [_order(tx, row, acts=False) for row in tx.session.scalars(query.order_by(RemediationRecord.id))]


def cleared(tx: Tx, order: Order) -> None:
    """Write down that a copy without a key was deleted."""
    row = _at(tx, order)
    if row.key_sealed is None:
        row.copy_sealed = None
        _noted(tx, row, Action.REMEDIATION_STEP)


def destroyed(tx: Tx, order: Order) -> Order:
    """Destroy the key of a copy whose file is deleted, and issue the certificate 廃棄証明.

    Raises InvalidValue `state` `not_over` while its period runs.
    """
    row = _at(tx, order)
    copy = copy_of(tx, row)
    is_over = row.until is not None and row.until < today_in_japan(tx.now)
    if row.state != RemediationState.DONE or not is_over or copy is None:
        raise InvalidValue("state", "not_over")
    number = _next_number(tx)
    with tx.session.no_autoflush:  # one edit is one version
        stated = canonical_json(_stated(tx, row, copy))
        remediation_rows.sealed(tx, row, "certificate", stated)
        row.certificate_number, row.state = number, RemediationState.DESTROYED.value
        row.key_sealed = row.copy_sealed = None
        row.ended_at = tx.now
    return _noted(tx, row, Action.REMEDIATION_DESTROYED)


def certificate(tx: Tx, remediation_id: RemediationId) -> DestructionCertificate:
    """Return the certificate of what was destroyed; NotFound when there is none, or it is out of sight."""
    row = seen_row(tx, remediation_id)
    if row.certificate_sealed is None or row.certificate_number is None:
        raise NotFound(TABLE)
    stated = json.loads(remediation_rows.opened(tx, row, "certificate"))
    for name in ("proposed_at", "decided_at", "removed_at", "destroyed_at"):
        stated[name] = datetime.fromisoformat(stated[name])
    stated["categories"] = {Category(name): number for name, number in stated["categories"].items()}
    return DestructionCertificate(number=row.certificate_number, **stated)


def begin_request(tx: Tx, remediation_id: RemediationId) -> Remediation:
    """Begin to send a request to an owner. Raises as `begin`; InvalidValue `kind` `no_request`."""
    row = held_row(tx, remediation_id, Permission.HANDLE_CASES)
    if row.kind != RemediationKind.REQUEST:
        raise InvalidValue("kind", "no_request")
    if RemediationState(row.state) not in RUNNABLE:
        raise InvalidValue("state", "not_approved")
    return remediation_of(tx, row)


def sent(tx: Tx, remediation_id: RemediationId, *, expected_version: int, failure: str = "") -> Remediation:
    """Write down that a request went out, or why it did not. Raises as `begin_request`, Conflict."""
    row = held_row(tx, remediation_id, Permission.HANDLE_CASES, expected_version)
    if row.kind != RemediationKind.REQUEST or RemediationState(row.state) not in RUNNABLE:
        raise InvalidValue("state", "not_approved")
    row.failure = failure
    if failure:
        row.state = RemediationState.FAILED.value
    else:
        row.state, row.done_at = RemediationState.DONE.value, tx.now
    _noted(tx, row, Action.REMEDIATION_FAILED if failure else Action.REMEDIATION_DONE)
    return remediation_of(tx, row)


def _order(tx: Tx, row: RemediationRecord, *, acts: bool = True) -> Order:
    assert row.source_id is not None
    source_id = SourceId(row.source_id)
    credentials: Mapping[SourceId, str] = permitted(tx) if acts else {}
    if acts and source_id not in credentials:
        raise InvalidValue("source_id", "not_permitted")
    key = remediation_rows.opened(tx, row, "key")
    return Order(
        id=RemediationId(row.id),
        uid=row.uid,
        unit_id=UnitId(row.unit_id),
        source_id=source_id,
        credential=credentials.get(source_id, ""),
        facts=facts_of(tx, row),
        step=Step(row.step),
        copy=copy_of(tx, row),
        key=bytes.fromhex(key),
        version=row.version,
    )


def _at(tx: Tx, order: Order) -> RemediationRecord:
    return held_row(tx, order.id, Permission.HANDLE_CASES, order.version)


def _noted(tx: Tx, row: RemediationRecord, action: Action) -> Order:
    require(tx, Permission.HANDLE_CASES, UnitId(row.unit_id))
    tx.session.flush()
    tx.record(action, TABLE, row.id, UnitId(row.unit_id), None, described(row))
    return _order(tx, row, acts=False) if row.source_id is not None else _nowhere(tx, row)


def _nowhere(tx: Tx, row: RemediationRecord) -> Order:
    """Return the order of a request about an object of no registered source: nothing is done there."""
    return Order(
        RemediationId(row.id),
        row.uid,
        UnitId(row.unit_id),
        SourceId(0),
        "",
        facts_of(tx, row),
        Step.NONE,
        None,
        b"",
        row.version,
    )


def _stated(tx: Tx, row: RemediationRecord, copy: Copy) -> dict[str, object]:
    """Return what the certificate says, as JSON keeps it."""
    unit, facts = tx.session.get_one(OrgUnit, row.unit_id), facts_of(tx, row)
    assert row.decided_at is not None
    assert row.done_at is not None
    return {
        "unit_ja": unit.name_ja,
        "unit_en": unit.name_en or unit.name_ja,
        "shown": facts.shown,
        "digest": hmac.digest(tx.vault.subkey(_KEY), copy.sha256.encode("ascii"), "sha256").hex(),
        "size": copy.size,
        "categories": {category.value: number for category, number in facts.categories.items()},
        "persons": facts.persons,
        "reason": remediation_rows.opened(tx, row, "reason"),
        "proposer": remediation_rows.opened(tx, row, "proposer"),
        "proposed_at": row.proposed_at.isoformat(),
        "decider": remediation_rows.opened(tx, row, "decider"),
        "decided_at": row.decided_at.isoformat(),
        "removed_at": row.done_at.isoformat(),
        "destroyed_at": tx.now.isoformat(),
    }


def _next_number(tx: Tx) -> str:
    # Writers queue, so that nobody else can take the same number meanwhile.
    start = f"Q-{today_in_japan(tx.now).year}-"
    count = select(func.count()).where(RemediationRecord.certificate_number.startswith(start))
    return f"{start}{(tx.session.scalar(count) or 0) + 1:04d}"
