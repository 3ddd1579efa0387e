"""Changes of laws 改正 that an entity notes: from when, what it means, who sees to it by when."""

from __future__ import annotations

from sqlalchemy import select

from privacy_mark.laws.entries import list_of
from privacy_mark.laws.model import Amendment, AmendmentDraft, AmendmentId
from registry.access import require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.law_tables import LawAmendmentRecord

TABLE = "law_amendment"
LONGEST_TEXT, LONGEST_OWNER = 2_000, 300


def amendments(tx: Tx, unit_id: UnitId) -> list[Amendment]:
    """Return the noted changes of an entity, those with something to do first; raises AccessDenied."""
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    rows = tx.session.scalars(
        select(LawAmendmentRecord)
        .where(LawAmendmentRecord.unit_id == unit_id)
        .order_by(LawAmendmentRecord.done_on.is_not(None), LawAmendmentRecord.due_on, LawAmendmentRecord.id)
    )
    return [_amendment(tx, row) for row in rows]


def note(tx: Tx, unit_id: UnitId, draft: AmendmentDraft) -> Amendment:
    """Note a change of a norm of the entity's list, with what it means.

    Raises AccessDenied without MANAGE_CERTIFICATION, InvalidValue: `unit_id` `no_entity`, `closed`; `law`
    `unknown`; `summary` and `meaning` `required`; texts `too_long`.
    """
    require(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    require_open(tx, unit_id)
    if draft.law not in {line.law for line in list_of(tx, unit_id)}:
        raise InvalidValue("law", "unknown")
    texts = checked(
        {"summary": draft.summary, "meaning": draft.meaning}, "summary", "meaning", longest=LONGEST_TEXT
    )
    owner = checked({"owner": draft.owner}, longest=LONGEST_OWNER)
    uid = new_uid()
    row = LawAmendmentRecord(
        uid=uid,
        unit_id=unit_id,
        law=draft.law,
        effective_on=draft.effective_on,
        due_on=draft.due_on,
        **Row(tx, TABLE, uid).sealed({**texts, **owner}),
    )
    tx.session.add(row)
    tx.session.flush()
    _record(tx, row, Action.LAW_CHANGE_NOTED)
    return _amendment(tx, row)


def finish(tx: Tx, amendment_id: AmendmentId, result: str, *, expected_version: int) -> Amendment:
    """Record that what follows from a change was done, and what it was.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `done`, `result` `required`, `too_long`.
    """
    row = tx.session.scalar(
        select(LawAmendmentRecord).where(
            LawAmendmentRecord.id == amendment_id,
            LawAmendmentRecord.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
        )
    )
    if row is None:
        raise NotFound(TABLE)
    require(tx, Permission.MANAGE_CERTIFICATION, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if row.done_on is not None:
        raise InvalidValue("state", "done")
    text = checked({"result": result}, "result", longest=LONGEST_TEXT)
    sealed = Row(tx, TABLE, row.uid).sealed({**text, "doer": tx.principal.name})
    row.result_sealed, row.doer_sealed = sealed["result_sealed"], sealed["doer_sealed"]
    row.done_on, row.doer_id = today_in_japan(tx.now), tx.principal.user_id
    tx.session.flush()
    _record(tx, row, Action.LAW_CHANGE_DONE)
    return _amendment(tx, row)


def _record(tx: Tx, row: LawAmendmentRecord, action: Action) -> None:
    after = {"effective_on": row.effective_on, "due_on": row.due_on, "done_on": row.done_on}
    tx.record(action, TABLE, row.id, UnitId(row.unit_id), None, after)


def _amendment(tx: Tx, row: LawAmendmentRecord) -> Amendment:
    sealed = Row(tx, TABLE, row.uid)
    return Amendment(
        law=row.law,
        effective_on=row.effective_on,
        due_on=row.due_on,
        summary=sealed.opened("summary", row.summary_sealed),
        meaning=sealed.opened("meaning", row.meaning_sealed),
        owner=sealed.opened("owner", row.owner_sealed),
        id=AmendmentId(row.id),
        unit_id=UnitId(row.unit_id),
        done_on=row.done_on,
        result=sealed.opened("result", row.result_sealed),
        doer=sealed.opened("doer", row.doer_sealed),
        version=row.version,
    )
