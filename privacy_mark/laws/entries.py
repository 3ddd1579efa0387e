"""The list of laws and norms 法令等一覧 of one entity: which apply and why, with additions of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from privacy_mark.laws.catalogue import Kind, laws, laws_for
from privacy_mark.laws.model import OWN, Applies, LawDraft, Line, ReviewState
from registry.access import require, require_open, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UnitKind
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.law_tables import LawEntryRecord, LawReviewRecord
from registry.store.tables import OrgUnit

TABLE = "law_entry"
LONGEST_NAME, LONGEST_TEXT = 300, 2_000
_NAMES = ("name", "number", "authority", "address", "owner")


def law_list(tx: Tx, unit_id: UnitId) -> list[Line]:
    """Return the list of an entity: the catalogue's norms for it, then its own.

    Raises AccessDenied, InvalidValue: `unit_id` `no_entity`.
    """
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    return list_of(tx, unit_id)


def decide(tx: Tx, unit_id: UnitId, law: str, draft: LawDraft, *, expected_version: int) -> Line:
    """Say whether a norm of the list applies and why, who watches it, and what the catalogue has wrong.

    Raises AccessDenied without MANAGE_CERTIFICATION, NotFound for a norm that is not in the list, Conflict,
    InvalidValue: `unit_id` `no_entity`, `closed`; `applies` `required`; `reason` `required`; `name`
    `required` of own additions; `address` `https`; `until` `before_start`; texts `too_long`.
    """
    require(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    require_open(tx, unit_id)
    kind, country = _entity(tx, unit_id)
    row = tx.session.scalar(
        select(LawEntryRecord).where(LawEntryRecord.unit_id == unit_id, LawEntryRecord.law == law)
    )
    known = laws().get(law)
    if row is None and (known is None or not known.concerns(kind, country)):
        raise NotFound(TABLE)
    version = 0 if row is None else row.version
    if version != expected_version:
        newest = newest_of(tx, TABLE, 0 if row is None else row.id)
        raise Conflict(newest.actor, newest.at, (), version=version)
    texts = _checked(draft, own=known is None)
    before = None if row is None else _told(row)
    if row is None:
        row = LawEntryRecord(uid=new_uid(), unit_id=unit_id, law=law)
        tx.session.add(row)
    _set(tx, row, draft if known is None else replace(draft, kind=known.kind), texts)
    tx.session.flush()
    tx.record(Action.LAW_DECIDED, TABLE, row.id, unit_id, before, _told(row))
    return _line(tx, row, None)


def add(tx: Tx, unit_id: UnitId, draft: LawDraft) -> Line:
    """Add a norm of one's own: an ordinance 条例, a rule of the trade, what a contract demands.

    Raises AccessDenied without MANAGE_CERTIFICATION, InvalidValue as `decide`.
    """
    require(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    require_open(tx, unit_id)
    _entity(tx, unit_id)
    texts = _checked(draft, own=True)
    uid = new_uid()
    row = LawEntryRecord(uid=uid, unit_id=unit_id, law=f"{OWN}{uid}")
    _set(tx, row, draft, texts)
    tx.session.add(row)
    tx.session.flush()
    tx.record(Action.LAW_ADDED, TABLE, row.id, unit_id, None, _told(row))
    return _line(tx, row, None)


def list_of(tx: Tx, unit_id: UnitId) -> list[Line]:
    """Return the list of an entity, own additions last; the caller has checked who asks.

    Raises InvalidValue: `unit_id` `no_entity`.
    """
    kind, country = _entity(tx, unit_id)
    rows = {
        row.law: row
        for row in tx.session.scalars(
            select(LawEntryRecord).where(LawEntryRecord.unit_id == unit_id).order_by(LawEntryRecord.id)
        )
    }
    since = approved_at(tx, unit_id)
    found = []
    proposed = {law.id: law for law in laws_for(kind, country, today_in_japan(tx.now))}
    for law in laws().values():
        if law.id in rows:
            found.append(_line(tx, rows[law.id], since))
        elif law.id in proposed:
            said = LawDraft(Applies.UNDECIDED, "")
            found.append(Line(law.id, law, said, None, changed=since is not None, version=0))
    return found + [_line(tx, row, since) for row in rows.values() if row.law not in laws()]


def approved_at(tx: Tx, unit_id: UnitId) -> datetime | None:
    """Return when the review was made that was approved last; the caller has checked who asks."""
    return tx.session.scalar(
        select(func.max(LawReviewRecord.submitted_at)).where(
            LawReviewRecord.unit_id == unit_id, LawReviewRecord.state == ReviewState.APPROVED.value
        )
    )


def _entity(tx: Tx, unit_id: UnitId) -> tuple[UnitKind, str]:
    row = tx.session.execute(select(OrgUnit.kind, OrgUnit.country).where(OrgUnit.id == unit_id)).one_or_none()
    if row is None or not UnitKind(row.kind).is_entity:
        raise InvalidValue("unit_id", "no_entity")
    return UnitKind(row.kind), row.country


def _checked(draft: LawDraft, *, own: bool) -> dict[str, str]:
    if draft.applies is Applies.UNDECIDED:
        raise InvalidValue("applies", "required")
    needed = ("name",) if own else ()
    names = checked({each: getattr(draft, each) for each in _NAMES}, *needed, longest=LONGEST_NAME)
    if names["address"] and not names["address"].startswith("https://"):
        raise InvalidValue("address", "https")
    if draft.since is not None and draft.until is not None and draft.until < draft.since:
        raise InvalidValue("until", "before_start")
    return {**names, **checked({"reason": draft.reason}, "reason", longest=LONGEST_TEXT)}


def _set(tx: Tx, row: LawEntryRecord, draft: LawDraft, texts: dict[str, str]) -> None:
    """Write what was said; an empty text is none, but for the reason, which is never empty."""
    sealed = Row(tx, TABLE, row.uid).sealed(texts)
    row.kind, row.applies = draft.kind.value, draft.applies.value
    row.since, row.until = draft.since, draft.until
    row.decided_on, row.changed_at = today_in_japan(tx.now), tx.now
    row.reason_sealed = sealed["reason_sealed"]
    for name in _NAMES:
        setattr(row, f"{name}_sealed", sealed[f"{name}_sealed"] if texts[name] else None)


def _line(tx: Tx, row: LawEntryRecord, since: datetime | None) -> Line:
    sealed = Row(tx, TABLE, row.uid)
    said = LawDraft(
        applies=Applies(row.applies),
        reason=sealed.opened("reason", row.reason_sealed),
        kind=Kind(row.kind),
        since=row.since,
        until=row.until,
        **{name: sealed.opened(name, getattr(row, f"{name}_sealed")) for name in _NAMES},
    )
    changed = since is not None and row.changed_at > since
    return Line(row.law, laws().get(row.law), said, row.decided_on, changed=changed, version=row.version)


def _told(row: LawEntryRecord) -> dict[str, object]:
    """Return what the journal keeps: ids and days, nothing that people wrote."""
    law = "own" if row.law.startswith(OWN) else row.law
    return {"law": law, "kind": row.kind, "applies": row.applies, "since": row.since, "until": row.until}
