"""Disposals 廃棄: ordered by one person, approved by another, carried out, and confirmed by a later scan.

What is ordered lies in one unit; an entry under legal hold refuses every step. Guideline: 個人情報の保護に
関する法律についてのガイドライン（通則編）10-5 asks for deletion that cannot be undone and for a record of it.
"""

from __future__ import annotations

import json
from datetime import date, datetime

from sqlalchemy import Select, func, select

from registry import holds
from registry.access import allowed, require, scope, today_in_japan, units_allowed
from registry.case_rows import take
from registry.case_states import TRANSITIONS, CaseId, CaseState, Step
from registry.disposal_states import (
    APPROVABLE,
    EXECUTABLE,
    REFUSABLE,
    Certificate,
    Disposal,
    DisposalDraft,
    DisposalId,
    DisposalItem,
    DisposalMethod,
    DisposalState,
)
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action
from registry.model import EntryId, ObjectId, Permission, SourceId, UnitId, UserId
from registry.sources import require_source
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.case_tables import CaseRecord, DisposalRecord
from registry.store.chain import canonical_json
from registry.store.tables import LedgerRecord, OrgClosure, OrgUnit, SourceRecord

REASON_LENGTH = 2000
ITEMS_LIMIT = 5000


def order(tx: Tx, draft: DisposalDraft, *, method: DisposalMethod, due_on: date) -> Disposal:
    """Order a disposal; nothing may be disposed of before another person approved it.

    Raises AccessDenied without HANDLE_CASES in the unit, NotFound for an entry, case or source out of sight,
    InvalidValue: `reason` `required` or `too_long`, `due_on` `past`, `items` `too_many`, `entry_id` `held`.
    """
    require(tx, Permission.HANDLE_CASES, draft.unit_id)
    _require_seen(tx, draft)
    if not draft.reason.strip():
        raise InvalidValue("reason", "required")
    if len(draft.reason) > REASON_LENGTH:
        raise InvalidValue("reason", "too_long")
    if due_on < today_in_japan(tx.now):
        raise InvalidValue("due_on", "past")
    if len(draft.items) > ITEMS_LIMIT:
        raise InvalidValue("items", "too_many")
    _require_free(tx, draft.entry_id)
    uid = new_uid()
    row = DisposalRecord(
        uid=uid,
        unit_id=draft.unit_id,
        case_id=draft.case_id,
        entry_id=draft.entry_id,
        source_id=draft.source_id,
        folder_sealed=_seal(tx, uid, "folder_sealed", draft.folder),
        objects_json=json.dumps([item.id for item in draft.items]),
        items_sealed=_seal(
            tx, uid, "items_sealed", json.dumps([[i.id, i.shown, i.persons] for i in draft.items])
        ),
        objects=len(draft.items),
        persons=max((item.persons for item in draft.items), default=0),
        method=DisposalMethod(method).value,
        reason_sealed=_seal(tx, uid, "reason_sealed", draft.reason.strip()),
        due_on=due_on,
        state=DisposalState.PROPOSED.value,
        orderer_id=tx.principal.user_id,
        orderer_sealed=_seal(tx, uid, "orderer_sealed", tx.principal.name),
        ordered_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    tx.record(Action.DISPOSAL_ORDERED, "disposal", row.id, draft.unit_id, None, _described(row))
    return _shown(tx, row)


def decide(tx: Tx, disposal_id: DisposalId, *, expected_version: int, approve: bool) -> Disposal:
    """Approve or refuse a disposal that somebody else ordered; an approved one is refused until it is done.

    Raises NotFound, AccessDenied without DECIDE_CASES, Conflict, InvalidValue: `approver` `same_person`,
    `state` `decided`, `entry_id` `held`.
    """
    row = _held(tx, disposal_id, expected_version, Permission.DECIDE_CASES)
    if DisposalState(row.state) not in (APPROVABLE if approve else REFUSABLE):
        raise InvalidValue("state", "decided")
    if row.orderer_id == tx.principal.user_id:
        raise InvalidValue("approver", "same_person")
    if approve:
        _require_free(tx, row.entry_id)
    before = _described(row)
    row.state = (DisposalState.APPROVED if approve else DisposalState.REFUSED).value
    row.approver_id = tx.principal.user_id
    row.approver_sealed = _seal(tx, row.uid, "approver_sealed", tx.principal.name)
    row.decided_at = tx.now
    tx.session.flush()
    action = Action.DISPOSAL_APPROVED if approve else Action.DISPOSAL_REFUSED
    tx.record(action, "disposal", row.id, UnitId(row.unit_id), before, _described(row))
    return _shown(tx, row)


def execute(tx: Tx, disposal_id: DisposalId, *, expected_version: int) -> Disposal:
    """Say that an approved disposal was carried out: it gets its certificate, its case waits for a scan.

    One that a scan did not confirm is carried out again, with a new certificate. Raises NotFound,
    AccessDenied without HANDLE_CASES, Conflict, InvalidValue: `state` `not_approved`, `entry_id` `held`.
    """
    row = _held(tx, disposal_id, expected_version, Permission.HANDLE_CASES)
    if DisposalState(row.state) not in EXECUTABLE:
        raise InvalidValue("state", "not_approved")
    _require_free(tx, row.entry_id)
    before, number = _described(row), _next_number(tx)
    row.state, row.certificate_number = DisposalState.EXECUTED.value, number
    row.executor_id = tx.principal.user_id
    row.executor_sealed = _seal(tx, row.uid, "executor_sealed", tx.principal.name)
    row.executed_at = tx.now
    row.examined_at = None
    with tx.session.no_autoflush:  # one edit is one version
        stated = canonical_json(_stated(tx, row))
    row.certificate_sealed = _seal(tx, row.uid, "certificate_sealed", stated)
    tx.session.flush()
    tx.record(Action.DISPOSAL_EXECUTED, "disposal", row.id, UnitId(row.unit_id), before, _described(row))
    case = None if row.case_id is None else tx.session.get(CaseRecord, row.case_id)
    if (
        case is not None
        and CaseState(case.state) in TRANSITIONS[Step.REMOVE_DATA].start
        and allowed(tx, Permission.HANDLE_CASES, UnitId(case.unit_id))  # it may lie elsewhere by now
    ):
        take(tx, case, Step.REMOVE_DATA, number)
    return _shown(tx, row)


def disposals(
    tx: Tx,
    *,
    unit_id: UnitId | None = None,
    case_id: CaseId | None = None,
    entry_id: EntryId | None = None,
) -> list[Disposal]:
    """Return the visible disposals: what somebody must do first, by its day, then what was done."""
    query = _seen(tx)
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(DisposalRecord.unit_id.in_(below))
    if case_id is not None:
        query = query.where(DisposalRecord.case_id == case_id)
    if entry_id is not None:
        query = query.where(DisposalRecord.entry_id == entry_id)
    done = DisposalRecord.state.in_([DisposalState.CONFIRMED.value, DisposalState.REFUSED.value])
    ordered = query.order_by(done, DisposalRecord.due_on, DisposalRecord.id)
    located, removed = units_allowed(tx, Permission.VIEW_LOCATIONS), _removed(tx)
    return [
        _told(tx, row, located=row.unit_id in located, source_removed=row.source_id in removed)
        for row in tx.session.scalars(ordered)
    ]


def disposal(tx: Tx, disposal_id: DisposalId) -> Disposal:
    """Return one visible disposal; raises NotFound."""
    return _shown(tx, _row(tx, disposal_id))


def certificate(tx: Tx, disposal_id: DisposalId) -> Certificate:
    """Return the certificate of a visible disposal; NotFound when it was not carried out.

    Who may not see locations gets no places and no words of the reason.
    """
    row = _row(tx, disposal_id)
    if row.certificate_sealed is None or row.certificate_number is None:
        raise NotFound("disposal")
    stated = json.loads(_opened(tx, row, "certificate_sealed"))
    located = allowed(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id))
    return Certificate(
        number=row.certificate_number,
        unit_ja=stated["unit_ja"],
        unit_en=stated["unit_en"],
        entry=stated["entry"],
        places=tuple(stated["places"]) if located else (),
        objects=stated["objects"],
        persons=stated["persons"],
        method=DisposalMethod(stated["method"]),
        reason=stated["reason"] if located else "",
        orderer=stated["orderer"],
        ordered_at=datetime.fromisoformat(stated["ordered_at"]),
        approver=stated["approver"],
        decided_at=datetime.fromisoformat(stated["decided_at"]),
        executor=stated["executor"],
        executed_at=datetime.fromisoformat(stated["executed_at"]),
        state=DisposalState(row.state),
        examined_at=row.examined_at,
    )


def _require_seen(tx: Tx, draft: DisposalDraft) -> None:
    """Raise NotFound for a foreign key that points out of sight or to another unit's line."""
    if draft.source_id is not None:
        require_source(tx, draft.source_id)
    if draft.entry_id is not None:
        visible = LedgerRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER))
        if (
            tx.session.scalar(select(LedgerRecord.id).where(LedgerRecord.id == draft.entry_id, visible))
            is None
        ):
            raise NotFound("ledger_entry")
    if draft.case_id is not None:
        mine = select(CaseRecord.id, CaseRecord.entry_id).where(
            CaseRecord.id == draft.case_id, CaseRecord.unit_id == draft.unit_id
        )
        case = tx.session.execute(mine).one_or_none()
        if case is None:
            raise NotFound("discrepancy_case")
        _require_free(tx, case.entry_id)


def _require_free(tx: Tx, entry_id: int | None) -> None:
    if entry_id is not None and holds.is_held(tx, EntryId(entry_id)):
        raise InvalidValue("entry_id", "held")


def _next_number(tx: Tx) -> str:
    # Writers queue, so that nobody else can take the same number meanwhile.
    year = today_in_japan(tx.now).year
    last = tx.session.scalar(
        select(func.max(func.length(DisposalRecord.certificate_number))).where(
            DisposalRecord.certificate_number.startswith(f"D-{year}-")
        )
    )
    longest = tx.session.scalar(
        select(func.max(DisposalRecord.certificate_number)).where(
            DisposalRecord.certificate_number.startswith(f"D-{year}-"),
            func.length(DisposalRecord.certificate_number) == (last or 0),
        )
    )
    return f"D-{year}-{int(longest.rpartition('-')[2]) + 1 if longest else 1:04d}"


def _stated(tx: Tx, row: DisposalRecord) -> dict[str, object]:
    """Return what the certificate of a disposal says, as JSON keeps it."""
    unit = tx.session.get_one(OrgUnit, row.unit_id)
    entry = None if row.entry_id is None else tx.session.get(LedgerRecord, row.entry_id)
    assert row.decided_at is not None
    assert row.executed_at is not None
    return {
        "unit_ja": unit.name_ja,
        "unit_en": unit.name_en or unit.name_ja,
        "entry": "" if entry is None else f"{entry.number} {entry.name}",
        "places": [item.shown for item in _items(tx, row)],
        "objects": row.objects,
        "persons": row.persons,
        "method": row.method,
        "reason": _opened(tx, row, "reason_sealed"),
        "orderer": _opened(tx, row, "orderer_sealed"),
        "ordered_at": row.ordered_at.isoformat(),
        "approver": _opened(tx, row, "approver_sealed"),
        "decided_at": row.decided_at.isoformat(),
        "executor": _opened(tx, row, "executor_sealed"),
        "executed_at": row.executed_at.isoformat(),
    }


def _seen(tx: Tx) -> Select[DisposalRecord]:
    return select(DisposalRecord).where(DisposalRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)))


def _row(tx: Tx, disposal_id: DisposalId) -> DisposalRecord:
    row = tx.session.scalar(_seen(tx).where(DisposalRecord.id == disposal_id))
    if row is None:
        raise NotFound("disposal")
    return row


def _held(tx: Tx, disposal_id: DisposalId, expected_version: int, permission: Permission) -> DisposalRecord:
    row = _row(tx, disposal_id)
    require(tx, permission, UnitId(row.unit_id))
    if row.version != expected_version:
        who = next(
            name
            for column in ("executor_sealed", "approver_sealed", "orderer_sealed")
            if (name := _opened(tx, row, column))
        )
        when = row.examined_at or row.executed_at or row.decided_at or row.ordered_at
        raise Conflict(who, when, ("state",), version=row.version)
    return row


def _seal(tx: Tx, uid: str, column: str, plain: str) -> bytes:
    return tx.vault.seal(plain, table="disposal", row=uid, column=column)


def _opened(tx: Tx, row: DisposalRecord, column: str) -> str:
    sealed = getattr(row, column)
    return "" if sealed is None else tx.vault.open(sealed, table="disposal", row=row.uid, column=column)


def _items(tx: Tx, row: DisposalRecord) -> tuple[DisposalItem, ...]:
    kept = json.loads(_opened(tx, row, "items_sealed"))
    return tuple(DisposalItem(ObjectId(key), shown, persons) for key, shown, persons in kept)


def _removed(tx: Tx) -> frozenset[int]:
    """Return the sources that were taken off the list."""
    return frozenset(tx.session.scalars(select(SourceRecord.id).where(SourceRecord.removed_at.is_not(None))))


def _shown(tx: Tx, row: DisposalRecord) -> Disposal:
    located = allowed(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id))
    return _told(tx, row, located=located, source_removed=row.source_id in _removed(tx))


def _told(tx: Tx, row: DisposalRecord, *, located: bool, source_removed: bool) -> Disposal:
    return Disposal(
        id=DisposalId(row.id),
        state=DisposalState(row.state),
        unit_id=UnitId(row.unit_id),
        case_id=None if row.case_id is None else CaseId(row.case_id),
        entry_id=None if row.entry_id is None else EntryId(row.entry_id),
        source_id=SourceId(row.source_id) if row.source_id is not None and located else None,
        items=_items(tx, row) if located else (),
        objects=row.objects,
        persons=row.persons,
        method=DisposalMethod(row.method),
        reason=_opened(tx, row, "reason_sealed") if located else "",
        due_on=row.due_on,
        orderer_id=UserId(row.orderer_id),
        orderer=_opened(tx, row, "orderer_sealed"),
        ordered_at=row.ordered_at,
        approver=_opened(tx, row, "approver_sealed"),
        decided_at=row.decided_at,
        executor=_opened(tx, row, "executor_sealed"),
        executed_at=row.executed_at,
        certificate_number=row.certificate_number or "",
        examined_at=row.examined_at,
        located=located,
        source_removed=source_removed,
        version=row.version,
    )


def _described(row: DisposalRecord) -> dict[str, object]:
    return {
        "state": row.state,
        "case_id": row.case_id,
        "entry_id": row.entry_id,
        "source_id": row.source_id,
        "objects": json.loads(row.objects_json),
        "method": row.method,
        "due_on": row.due_on,
        "certificate": row.certificate_number,
    }
