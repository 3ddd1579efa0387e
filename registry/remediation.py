"""Remediation 是正: proposed by one person for an object that a scan found, decided by another one.

What is proposed here is carried out elsewhere (`registry.remediation_steps`, and the package `remediation`,
which alone writes at places). An exclusion is in force as soon as it is approved. Guideline: 個人情報の保護に
関する法律についてのガイドライン（通則編）3-4-1 (accuracy and deletion, APPI Art. 22), 10-5.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select

from registry import holds, inventory, remediation_rows
from registry.access import SYSTEM_USER, require, today_in_japan
from registry.errors import Duplicate, InvalidValue
from registry.findings import FindingsStore, analytics
from registry.journal import Action
from registry.model import ObjectId, ObjectRow, Permission, UnitId
from registry.notifications import is_address
from registry.places import CONTAINER, name_below
from registry.remediation_places import is_permitted
from registry.remediation_rows import (
    TABLE,
    described,
    held_row,
    remediation_of,
    seen_row,
    seen_rows,
    written,
)
from registry.remediation_states import (
    LONGEST,
    OPEN,
    REASON_LENGTH,
    Facts,
    Remediation,
    RemediationId,
    RemediationKind,
    RemediationState,
    Request,
)
from registry.runs import files_of
from registry.sealing import Row
from registry.sources import source
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.remediation_tables import RemediationRecord
from registry.store.tables import OrgClosure

_FOUND = "SELECT uri, bytes, mtime_ns FROM objects WHERE object_id = ?"
_AROUND = "SELECT count(*) AS number FROM objects WHERE uri IN (SELECT unnest(?))"


def propose(
    tx: Tx,
    store: FindingsStore,
    object_id: ObjectId,
    kind: RemediationKind,
    *,
    reason: str,
    until: date | None = None,
    request: Request | None = None,
) -> Remediation:
    """Propose what is to become of an object; nothing happens before another person approved it.

    Both are persons with an account: who works at the machine itself could be either of them.

    `until` is the last day of an exclusion, or that by which an answer is asked for. Raises NotFound,
    AccessDenied without HANDLE_CASES, Duplicate (`object_id`: the same is open), InvalidValue: `proposer`
    `no_person`, `reason` `required` or `too_long`, `until` `required`, `past` or `too_late`, `address`
    `malformed`, `object_id` `within` (a part of an archive or a database), `source_id` `none` or
    `not_permitted`, `entry_id` `held`.
    """
    row = inventory.object_row(tx, store, object_id)
    require(tx, Permission.HANDLE_CASES, row.unit_id)
    if tx.principal.user_id == SYSTEM_USER:
        raise InvalidValue("proposer", "no_person")
    reason = reason.strip()
    if not reason:
        raise InvalidValue("reason", "required")
    if len(reason) > REASON_LENGTH:
        raise InvalidValue("reason", "too_long")
    _check_terms(tx, kind, until, request)
    if kind is RemediationKind.QUARANTINE:
        _check_removable(tx, row)
    facts = _facts(tx, store, row, kind)
    same = select(RemediationRecord.id).where(
        RemediationRecord.unit_id == row.unit_id,
        RemediationRecord.object_id == object_id,
        RemediationRecord.kind == kind.value,
        RemediationRecord.state.in_([state.value for state in OPEN]),
    )
    if tx.session.scalar(same.limit(1)) is not None:
        raise Duplicate("object_id")
    uid = new_uid()
    texts = {"facts": written(facts), "reason": reason, "proposer": tx.principal.name}
    if request is not None:
        wish = {"address": request.address, "wish": request.wish.value, "language": request.language}
        texts["wish"] = json.dumps(wish)
    made = RemediationRecord(
        uid=uid,
        unit_id=row.unit_id,
        source_id=row.source_id,
        object_id=object_id,
        kind=kind.value,
        state=RemediationState.PROPOSED.value,
        step="",
        failure="",
        seen="",
        until=None if kind is RemediationKind.QUARANTINE else until,
        proposer_id=tx.principal.user_id,
        proposed_at=tx.now,
        **Row(tx, TABLE, uid).sealed(texts),
    )
    tx.session.add(made)
    tx.session.flush()
    tx.record(Action.REMEDIATION_PROPOSED, TABLE, made.id, row.unit_id, None, described(made))
    return remediation_of(tx, made)


def decide(tx: Tx, remediation_id: RemediationId, *, expected_version: int, approve: bool) -> Remediation:
    """Approve or refuse what somebody else proposed; what is approved is refused until it begins.

    Raises NotFound, AccessDenied without DECIDE_CASES, Conflict, InvalidValue: `decider` `same_person`
    or `no_person`, `state` `decided`, `until` `past` for what would never apply.
    """
    row = held_row(tx, remediation_id, Permission.DECIDE_CASES, expected_version)
    if tx.principal.user_id == SYSTEM_USER:
        raise InvalidValue("decider", "no_person")
    state = RemediationState(row.state)
    exclusion = RemediationKind(row.kind).is_exclusion
    waiting = {RemediationState.PROPOSED}
    if not approve and not exclusion:
        waiting.add(RemediationState.APPROVED)
    if state not in waiting:
        raise InvalidValue("state", "decided")
    if row.proposer_id == tx.principal.user_id:
        raise InvalidValue("decider", "same_person")
    if approve and row.until is not None and row.until < today_in_japan(tx.now):
        raise InvalidValue("until", "past")
    before = described(row)
    with tx.session.no_autoflush:
        row.state = (RemediationState.APPROVED if approve else RemediationState.REFUSED).value
        row.decider_id = tx.principal.user_id
        remediation_rows.sealed(tx, row, "decider", tx.principal.name)
        row.decided_at = tx.now
    tx.session.flush()
    action = Action.REMEDIATION_APPROVED if approve else Action.REMEDIATION_REFUSED
    tx.record(action, TABLE, row.id, UnitId(row.unit_id), before, described(row))
    return remediation_of(tx, row)


def withdraw_exclusion(tx: Tx, remediation_id: RemediationId, *, expected_version: int) -> Remediation:
    """End an exclusion before its last day: the object counts again from the next comparison on.

    Raises NotFound, AccessDenied without DECIDE_CASES, Conflict, InvalidValue `state` `not_in_force`.
    """
    row = held_row(tx, remediation_id, Permission.DECIDE_CASES, expected_version)
    if not remediation_of(tx, row).kind.is_exclusion or row.state != RemediationState.APPROVED:
        raise InvalidValue("state", "not_in_force")
    before = described(row)
    row.state, row.ended_at = RemediationState.EXPIRED.value, tx.now
    tx.session.flush()
    tx.record(Action.REMEDIATION_EXPIRED, TABLE, row.id, UnitId(row.unit_id), before, described(row))
    return remediation_of(tx, row)


def answer(tx: Tx, remediation_id: RemediationId, text: str, *, expected_version: int) -> Remediation:
    """Keep what the owner answered to a request that was sent.

    Raises NotFound, AccessDenied without HANDLE_CASES, Conflict, InvalidValue: `answer` `required` or
    `too_long`, `state` `not_sent`.
    """
    row = held_row(tx, remediation_id, Permission.HANDLE_CASES, expected_version)
    text = text.strip()
    if not text:
        raise InvalidValue("answer", "required")
    if len(text) > REASON_LENGTH:
        raise InvalidValue("answer", "too_long")
    if row.kind != RemediationKind.REQUEST or row.state != RemediationState.DONE:
        raise InvalidValue("state", "not_sent")
    before = described(row)
    remediation_rows.sealed(tx, row, "answer", text)
    tx.session.flush()
    after = {**described(row), "answered": True}
    tx.record(Action.REMEDIATION_ANSWERED, TABLE, row.id, UnitId(row.unit_id), before, after)
    return remediation_of(tx, row)


def remediations(
    tx: Tx,
    *,
    unit_id: UnitId | None = None,
    object_id: ObjectId | None = None,
) -> list[Remediation]:
    """Return the visible remediations, the newest first: of a unit and below, of one object, or all."""
    query = seen_rows(tx)
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(RemediationRecord.unit_id.in_(below))
    if object_id is not None:
        query = query.where(RemediationRecord.object_id == object_id)
    ordered = query.order_by(RemediationRecord.id.desc())
    return [remediation_of(tx, row) for row in tx.session.scalars(ordered)]


def remediation(tx: Tx, remediation_id: RemediationId) -> Remediation:
    """Return one visible remediation; raises NotFound."""
    return remediation_of(tx, seen_row(tx, remediation_id))


def _check_terms(tx: Tx, kind: RemediationKind, until: date | None, request: Request | None) -> None:
    if kind is RemediationKind.QUARANTINE:
        return
    if until is None:
        raise InvalidValue("until", "required")
    today = today_in_japan(tx.now)
    if until < today:
        raise InvalidValue("until", "past")
    if until > today + LONGEST:
        raise InvalidValue("until", "too_late")
    if kind is RemediationKind.REQUEST and (request is None or not is_address(request.address)):
        raise InvalidValue("address", "malformed")


def _check_removable(tx: Tx, row: ObjectRow) -> None:
    if row.source_id is None:
        raise InvalidValue("source_id", "none")
    if not is_permitted(tx, row.source_id):
        raise InvalidValue("source_id", "not_permitted")
    if any(holds.is_held(tx, entry_id) for entry_id in row.entry_ids):
        raise InvalidValue("entry_id", "held")


def _facts(tx: Tx, store: FindingsStore, row: ObjectRow, kind: RemediationKind) -> Facts:
    with analytics() as connection:
        connection.register("objects", store.dataset(files_of(tx, [row.run_id], "objects"), "objects"))
        uri, size, mtime_ns = _first(connection, _FOUND, [row.id])
        around = [uri[:end] for end, letter in enumerate(uri) if letter == CONTAINER]
        (number,) = _first(connection, _AROUND, [around]) if around else (0,)
    if kind is RemediationKind.QUARANTINE and (number or row.kind == "table"):
        raise InvalidValue("object_id", "within")
    facts = Facts(
        uri=uri,
        folder="",
        shown=row.shown,
        bytes=size,
        mtime_ns=mtime_ns,
        categories={category: tally.distinct for category, tally in row.categories.items()},
        persons=row.persons.low,
    )
    if kind is not RemediationKind.EXCLUDE_FOLDER:
        return facts
    name = None if row.source_id is None else name_below(uri, source(tx, row.source_id).url)
    if not name or "/" not in name:  # loose in the root: that would be everything
        raise InvalidValue("source_id", "none")
    return replace(facts, folder=name.rpartition("/")[0], shown=row.folder)


def _first(connection: Any, query: str, params: list[object]) -> tuple[Any, ...]:
    found: tuple[Any, ...] = connection.execute(query, params).fetchone()
    return found
