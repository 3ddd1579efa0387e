"""Applications 取得・変更申請: a department asks for a new or changed handling, another person decides.

What a department says is about ten columns; who approves adds the rest in the same step, so that an entry
is complete from its first day (JIS Q 15001:2023 A.3.3.1 practice: 個人情報の取得・変更は申請と承認による).
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from sqlalchemy import Select, or_, select

from registry.access import allowed, require, require_open, scope, units_allowed
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action
from registry.ledger_changes import add, change, conflict, require_references, shown, visible_row
from registry.ledger_columns import (
    EntryDraft,
    changed,
    checked,
    column_text,
    column_value,
    draft_of,
    first_values,
)
from registry.ledger_review import approve_row, writers
from registry.ledger_rows import Author, entry_of
from registry.model import EntryId, LedgerEntry, Permission, UnitId, UserId
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.chain import canonical_json
from registry.store.ledger_tables import ApplicationRecord
from registry.store.tables import LedgerRecord

ApplicationId = NewType("ApplicationId", int)

DEPARTMENT_COLUMNS = (
    "name",
    "items",
    "purpose",
    "places",
    "storage_method",
    "access_holders",
    "end_of_use",
    "approximate_count",
    "exposure",
    "owner",
    "acquisition",
    "media",
)
"""What a department states; everything else is for who may edit the ledger."""

_TEXT_LIMIT = 2000


class ApplicationState(enum.StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"  # 申請中
    APPROVED = "approved"  # 承認
    RETURNED = "returned"  # 差戻し
    WITHDRAWN = "withdrawn"  # 取下げ


@dataclass(frozen=True, slots=True)
class Application:
    """An application, with the columns that it asks for as texts."""

    id: ApplicationId
    unit_id: UnitId
    entry_id: EntryId | None  # None: a new entry
    base_version: int | None
    changes: Mapping[str, str]
    reason: str
    state: ApplicationState
    applicant_id: UserId
    applicant: str
    submitted_at: datetime
    decider: str
    decided_at: datetime | None
    note: str
    version: int


def submit_new(tx: Tx, draft: EntryDraft, *, reason: str) -> Application:
    """Apply for a new entry; nothing enters the ledger before another person approved it.

    Raises AccessDenied, NotFound, InvalidValue: a column that only officers state with `for_officers`.
    """
    draft = checked(draft)
    require(tx, Permission.APPLY_LEDGER, draft.unit_id)
    require_open(tx, draft.unit_id)
    require_references(tx, draft)
    stated = {column: text for column, (_, text) in first_values(draft).items() if column != "unit_id"}
    return _submit(tx, draft.unit_id, None, {column: text for column, text in stated.items() if text}, reason)


def submit_change(
    tx: Tx, entry_id: EntryId, *, expected_version: int, changes: Mapping[str, object], reason: str
) -> Application:
    """Apply for changes of an entry as it was read at a version; errors as `ledger.update_entry`."""
    row = visible_row(tx, entry_id)
    unit_id = UnitId(row.unit_id)
    require(tx, Permission.APPLY_LEDGER, unit_id)
    if row.version != expected_version:
        raise conflict(tx, row, expected_version)
    before = draft_of(entry_of(tx, row))
    if "places" in changes:
        require(tx, Permission.VIEW_LOCATIONS, unit_id)
    after = changed(before, changes)
    if after == before:
        raise InvalidValue("changes", "required")
    require_references(tx, after, before)
    return _submit(
        tx, unit_id, row, {column: column_text(value) for column, value in changes.items()}, reason
    )


def approve(
    tx: Tx,
    application_id: ApplicationId,
    *,
    expected_version: int,
    completing: Mapping[str, object] | None = None,
) -> LedgerEntry:
    """Approve an application of somebody else: what it asks for enters the ledger, approved.

    An entry in which the person asking wrote himself since its last approval is not: another one approves it.
    `completing` states further columns. Raises NotFound, AccessDenied without APPROVE_LEDGER, Conflict when
    application or entry changed meanwhile, InvalidValue: `approver` `same_person`, `state` `decided`,
    `required_for_approval` for the first column that is still unstated.
    """
    row = _open(tx, application_id, expected_version)
    unit_id = UnitId(row.unit_id)
    require(tx, Permission.APPROVE_LEDGER, unit_id)
    if row.applicant_id == tx.principal.user_id:
        raise InvalidValue("approver", "same_person")
    asked = _application(tx, row, located=True)
    wanted = {column: column_value(column, text) for column, text in asked.changes.items()}
    more = dict(completing or {})
    author = Author(asked.applicant_id, asked.applicant)
    own = False  # whether the person asking wrote of the entry what nobody approved yet
    if row.entry_id is None:
        bare = EntryDraft(unit_id=unit_id, **_core(wanted))  # type: ignore[arg-type]  # as they were checked
        draft = _completed(tx, changed(bare, wanted), more)
        entry = add(tx, draft, Permission.APPROVE_LEDGER, author)
    else:
        entry = visible_row(tx, EntryId(row.entry_id))
        if row.base_version is None or entry.version != row.base_version:
            raise conflict(tx, entry, row.base_version or 0)
        _completed(tx, changed(draft_of(entry_of(tx, entry)), wanted), more)
        own = tx.principal.user_id in writers(tx, entry)
        change(tx, entry, entry.version, wanted | more, Permission.APPROVE_LEDGER, author)
    if not own:
        approve_row(tx, entry)
    _decide(tx, row, ApplicationState.APPROVED, Action.APPLICATION_APPROVED, "", entry.id)
    return shown(tx, entry)


def send_back(tx: Tx, application_id: ApplicationId, *, expected_version: int, note: str) -> Application:
    """Return an application of somebody else 差戻し with what is to be mended; errors as `approve`."""
    row = _open(tx, application_id, expected_version)
    require(tx, Permission.APPROVE_LEDGER, UnitId(row.unit_id))
    if row.applicant_id == tx.principal.user_id:
        raise InvalidValue("approver", "same_person")
    _check_text("note", note)
    _decide(tx, row, ApplicationState.RETURNED, Action.APPLICATION_RETURNED, note.strip(), None)
    return _application(tx, row)


def withdraw(tx: Tx, application_id: ApplicationId, *, expected_version: int) -> Application:
    """Take back an application of one's own 取下げ; AccessDenied for anybody else's."""
    row = _open(tx, application_id, expected_version)
    require(tx, Permission.APPLY_LEDGER, UnitId(row.unit_id))
    if row.applicant_id != tx.principal.user_id:
        raise InvalidValue("applicant", "other_person")
    row.state = ApplicationState.WITHDRAWN.value
    tx.session.flush()
    tx.record(
        Action.APPLICATION_WITHDRAWN,
        "ledger_application",
        row.id,
        UnitId(row.unit_id),
        None,
        {"state": row.state},
    )
    return _application(tx, row)


def applications(
    tx: Tx, *, unit_id: UnitId | None = None, entry_id: EntryId | None = None, decided: bool = False
) -> list[Application]:
    """Return the applications that one may decide or has made, oldest first; `decided` adds those that ended.

    Who may not see where data lie gets no places.
    """
    query = _seen(tx).order_by(ApplicationRecord.id)
    if not decided:
        query = query.where(ApplicationRecord.state == ApplicationState.SUBMITTED.value)
    if unit_id is not None:
        query = query.where(ApplicationRecord.unit_id == unit_id)
    if entry_id is not None:
        query = query.where(ApplicationRecord.entry_id == entry_id)
    located = units_allowed(tx, Permission.VIEW_LOCATIONS)
    return [_application(tx, row, located=row.unit_id in located) for row in tx.session.scalars(query)]


def application(tx: Tx, application_id: ApplicationId) -> Application:
    """Return one application that one may decide or has made, whatever became of it; raises NotFound."""
    return _application(tx, _row(tx, application_id))


def decided(tx: Tx, *, limit: int = 20) -> list[Application]:
    """Return the latest applications that ended, of those that one may decide or has made, newest first."""
    ended = ApplicationRecord.state != ApplicationState.SUBMITTED.value
    query = _seen(tx).where(ended).order_by(ApplicationRecord.decided_at.desc().nulls_last())
    query = query.order_by(ApplicationRecord.id.desc()).limit(limit)
    located = units_allowed(tx, Permission.VIEW_LOCATIONS)
    return [_application(tx, row, located=row.unit_id in located) for row in tx.session.scalars(query)]


def _completed(tx: Tx, asked: EntryDraft, more: Mapping[str, object]) -> EntryDraft:
    """Return what was asked for with what the approver adds: checked for what he himself may see."""
    after = changed(asked, more)
    if after.places != asked.places:
        require(tx, Permission.VIEW_LOCATIONS, asked.unit_id)
    require_references(tx, after, asked)
    return after


def _core(values: Mapping[str, object]) -> dict[str, object]:
    """Return the required columns of a new entry, empty where a number or a day is not stated."""
    columns = (*DEPARTMENT_COLUMNS[:10], "retention_months", "retention_until")
    return {column: values.get(column) for column in columns}


def _submit(
    tx: Tx, unit_id: UnitId, entry: LedgerRecord | None, stated: Mapping[str, str], reason: str
) -> Application:
    _check_text("reason", reason)
    if not allowed(tx, Permission.EDIT_LEDGER, unit_id):
        for column in stated:
            if column not in DEPARTMENT_COLUMNS:
                raise InvalidValue(column, "for_officers")
    uid = new_uid()
    row = ApplicationRecord(
        uid=uid,
        unit_id=unit_id,
        entry_id=None if entry is None else entry.id,
        base_version=None if entry is None else entry.version,
        changes_sealed=_seal(tx, uid, "changes_sealed", canonical_json(stated)),
        reason_sealed=_seal(tx, uid, "reason_sealed", reason.strip()),
        state=ApplicationState.SUBMITTED.value,
        applicant_id=tx.principal.user_id,
        applicant_sealed=_seal(tx, uid, "applicant_sealed", tx.principal.name),
        submitted_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"entry_id": row.entry_id, "changes": dict(stated), "reason": reason.strip()}
    tx.record(Action.APPLICATION_SUBMITTED, "ledger_application", row.id, unit_id, None, after)
    return _application(tx, row)


def _decide(
    tx: Tx, row: ApplicationRecord, state: ApplicationState, action: Action, note: str, entry_id: int | None
) -> None:
    row.state = state.value
    row.decider_id = tx.principal.user_id
    row.decider_sealed = _seal(tx, row.uid, "decider_sealed", tx.principal.name)
    row.decided_at = tx.now
    row.note_sealed = _seal(tx, row.uid, "note_sealed", note) if note else None
    if entry_id is not None:
        row.entry_id = entry_id
    tx.session.flush()
    after = {"state": row.state, "entry_id": row.entry_id, "note": note}
    tx.record(action, "ledger_application", row.id, UnitId(row.unit_id), None, after)


def _open(tx: Tx, application_id: ApplicationId, expected_version: int) -> ApplicationRecord:
    row = _row(tx, application_id)
    if row.version != expected_version:
        now = _application(tx, row)
        raise Conflict(
            now.decider or now.applicant, now.decided_at or now.submitted_at, ("state",), version=row.version
        )
    if row.state != ApplicationState.SUBMITTED:
        raise InvalidValue("state", "decided")
    return row


def _row(tx: Tx, application_id: ApplicationId) -> ApplicationRecord:
    row = tx.session.scalar(_seen(tx).where(ApplicationRecord.id == application_id))
    if row is None:
        raise NotFound("ledger_application")
    return row


def _seen(tx: Tx) -> Select[ApplicationRecord]:
    mine = (ApplicationRecord.applicant_id == tx.principal.user_id) & ApplicationRecord.unit_id.in_(
        scope(tx, Permission.APPLY_LEDGER)
    )
    return select(ApplicationRecord).where(
        or_(ApplicationRecord.unit_id.in_(scope(tx, Permission.APPROVE_LEDGER)), mine)
    )


def _check_text(column: str, value: str) -> None:
    if not value.strip():
        raise InvalidValue(column, "required")
    if len(value) > _TEXT_LIMIT:
        raise InvalidValue(column, "too_long")


def _seal(tx: Tx, uid: str, column: str, plain: str) -> bytes:
    return tx.vault.seal(plain, table="ledger_application", row=uid, column=column)


def _application(tx: Tx, row: ApplicationRecord, *, located: bool | None = None) -> Application:
    def opened(sealed: bytes | None, column: str) -> str:
        if sealed is None:
            return ""
        return tx.vault.open(sealed, table="ledger_application", row=row.uid, column=column)

    changes: dict[str, str] = json.loads(opened(row.changes_sealed, "changes_sealed"))
    if located is None:
        located = allowed(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id))
    if not located:
        changes.pop("places", None)
    return Application(
        id=ApplicationId(row.id),
        unit_id=UnitId(row.unit_id),
        entry_id=None if row.entry_id is None else EntryId(row.entry_id),
        base_version=row.base_version,
        changes=changes,
        reason=opened(row.reason_sealed, "reason_sealed"),
        state=ApplicationState(row.state),
        applicant_id=UserId(row.applicant_id),
        applicant=opened(row.applicant_sealed, "applicant_sealed"),
        submitted_at=row.submitted_at,
        decider=opened(row.decider_sealed, "decider_sealed"),
        decided_at=row.decided_at,
        note=opened(row.note_sealed, "note_sealed"),
        version=row.version,
    )
