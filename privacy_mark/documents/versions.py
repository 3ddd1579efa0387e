"""Versions of a rule 改定: written by one person, corrected or withdrawn, approved by another 承認."""

from __future__ import annotations

from sqlalchemy import select

from privacy_mark.documents import fact_links
from privacy_mark.documents.model import (
    LONGEST_NOTE,
    LONGEST_TEXT,
    OPEN,
    REVIEW_MONTHS,
    TABLE,
    VERSIONS,
    RuleId,
    Version,
    VersionDraft,
    VersionId,
    VersionState,
)
from registry.access import require, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.limits import months_after
from registry.model import Permission, UnitId, UserId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.document_tables import RuleRecord, RuleVersionRecord


def write(tx: Tx, rule_id: RuleId, draft: VersionDraft) -> VersionId:
    """Write the next version, which waits for another person's approval; the facts of the last one go along.

    Raises NotFound, AccessDenied without MANAGE_REVIEWS, InvalidValue: `text` or `change` `required` or
    `too_long`, `valid_from` `before_last`, `number` `waiting` while a version is not decided, `state`
    `ended`.
    """
    rule = tx.session.scalar(
        select(RuleRecord).where(
            RuleRecord.id == rule_id, RuleRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS))
        )
    )
    if rule is None:
        raise NotFound(TABLE)
    require(tx, Permission.MANAGE_REVIEWS, UnitId(rule.unit_id))
    if rule.ended_on is not None:
        raise InvalidValue("state", "ended")
    rows = tx.session.scalars(
        select(RuleVersionRecord).filter_by(rule_id=rule.id).order_by(RuleVersionRecord.number.desc())
    ).all()
    if any(row.state in OPEN for row in rows):
        raise InvalidValue("number", "waiting")
    last = next((row for row in rows if row.state == VersionState.APPROVED.value), None)
    texts = _texts(draft, last)
    uid = new_uid()
    row = RuleVersionRecord(
        uid=uid,
        unit_id=rule.unit_id,
        rule_id=rule.id,
        number=rows[0].number + 1 if rows else 1,
        state=VersionState.WAITING.value,
        valid_from=draft.valid_from,
        author_id=tx.principal.user_id,
        written_at=tx.now,
        **Row(tx, VERSIONS, uid).sealed(texts | {"author": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    _record(tx, row, Action.RULE_WRITTEN)
    if last is not None:
        fact_links.carry(tx, last, row, texts["text"])
    return VersionId(row.id)


def correct(tx: Tx, version_id: VersionId, draft: VersionDraft, *, expected_version: int) -> None:
    """Correct a version of one's own that is not decided yet; it waits for approval again.

    Raises NotFound, AccessDenied without MANAGE_REVIEWS, Conflict, InvalidValue as `write`, `state`
    `decided`, `author` `other_person`: who did not write it withdraws it and writes another one.
    """
    row = _held(tx, version_id, Permission.MANAGE_REVIEWS, expected_version)
    if row.author_id != tx.principal.user_id:
        raise InvalidValue("author", "other_person")
    last = tx.session.scalars(
        select(RuleVersionRecord)
        .filter_by(rule_id=row.rule_id, state=VersionState.APPROVED.value)
        .order_by(RuleVersionRecord.number.desc())
    ).first()
    texts = _texts(draft, last)
    columns = Row(tx, VERSIONS, row.uid).sealed(texts)
    row.text_sealed, row.change_sealed = columns["text_sealed"], columns["change_sealed"]
    row.valid_from, row.written_at, row.state = draft.valid_from, tx.now, VersionState.WAITING.value
    tx.session.flush()
    _record(tx, row, Action.RULE_CORRECTED)
    fact_links.restated(tx, row, texts["text"])


def withdraw(tx: Tx, version_id: VersionId, *, expected_version: int) -> None:
    """Withdraw a version that is not decided yet 取り下げ; it stays to be read, its number is used up.

    Raises NotFound, AccessDenied without MANAGE_REVIEWS, Conflict, InvalidValue: `state` `decided`.
    """
    row = _held(tx, version_id, Permission.MANAGE_REVIEWS, expected_version)
    row.state = VersionState.WITHDRAWN.value
    tx.session.flush()
    _record(tx, row, Action.RULE_WITHDRAWN)


def send_back(tx: Tx, version_id: VersionId, *, note: str, expected_version: int) -> None:
    """Send a version back to who wrote it, with a reason 差し戻し.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `decided` or
    `returned`, `approver` `own_version`, `note` `required` or `too_long`.
    """
    row = _decided(tx, version_id, expected_version)
    text = checked({"note": note}, "note", longest=LONGEST_NOTE)
    row.note_sealed = Row(tx, VERSIONS, row.uid).sealed(text)["note_sealed"]
    row.state = VersionState.RETURNED.value
    tx.session.flush()
    _record(tx, row, Action.RULE_RETURNED)


def approve(tx: Tx, version_id: VersionId, *, expected_version: int) -> None:
    """Approve what another person wrote; the yearly review counts anew from its first day.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, which the entity's own top management holds,
    Conflict, InvalidValue: `state` `decided` or `returned`, `approver` `own_version`.
    """
    row = _decided(tx, version_id, expected_version)
    name = Row(tx, VERSIONS, row.uid).sealed({"approver": tx.principal.name})
    row.state, row.note_sealed = VersionState.APPROVED.value, None
    row.approver_id, row.approver_sealed = tx.principal.user_id, name["approver_sealed"]
    row.approved_at = tx.now
    rule = tx.session.get_one(RuleRecord, row.rule_id)
    rule.revise_since = None
    from_ = max(row.valid_from, today_in_japan(tx.now))
    rule.review_due_on = months_after(from_, REVIEW_MONTHS)
    tx.session.flush()
    _record(tx, row, Action.RULE_APPROVED)


def text_of(tx: Tx, version_id: VersionId) -> str:
    """Return what a version says; raises NotFound."""
    row = seen_version(tx, version_id)
    return opened_text(tx, row)


def opened_text(tx: Tx, row: RuleVersionRecord) -> str:
    """Return what a version says; the caller has checked who asks."""
    return Row(tx, VERSIONS, row.uid).opened("text", row.text_sealed)


def seen_version(tx: Tx, version_id: VersionId) -> RuleVersionRecord:
    """Return a version of a rule that one may see; raises NotFound."""
    row = tx.session.scalar(
        select(RuleVersionRecord).where(
            RuleVersionRecord.id == version_id,
            RuleVersionRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS)),
        )
    )
    if row is None:
        raise NotFound(VERSIONS)
    return row


def version_of(tx: Tx, row: RuleVersionRecord) -> Version:
    """Return a version as services tell it; the caller has checked who asks."""
    sealed = Row(tx, VERSIONS, row.uid)
    return Version(
        id=VersionId(row.id),
        rule_id=RuleId(row.rule_id),
        unit_id=UnitId(row.unit_id),
        number=row.number,
        state=VersionState(row.state),
        valid_from=row.valid_from,
        change=sealed.opened("change", row.change_sealed),
        author_id=UserId(row.author_id),
        author=sealed.opened("author", row.author_sealed),
        written_at=row.written_at,
        note=sealed.opened("note", row.note_sealed),
        approver=sealed.opened("approver", row.approver_sealed),
        approved_at=row.approved_at,
        version=row.version,
    )


def _texts(draft: VersionDraft, last: RuleVersionRecord | None) -> dict[str, str]:
    if last is not None and draft.valid_from < last.valid_from:
        raise InvalidValue("valid_from", "before_last")
    text = checked({"text": draft.text}, "text", longest=LONGEST_TEXT)
    return text | checked({"change": draft.change}, "change")


def _held(tx: Tx, version_id: VersionId, permission: Permission, expected_version: int) -> RuleVersionRecord:
    row = seen_version(tx, version_id)
    require(tx, permission, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, VERSIONS, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if row.state not in OPEN:
        raise InvalidValue("state", "decided")
    return row


def _decided(tx: Tx, version_id: VersionId, expected_version: int) -> RuleVersionRecord:
    row = _held(tx, version_id, Permission.DECIDE_REVIEWS, expected_version)
    if row.state == VersionState.RETURNED.value:
        raise InvalidValue("state", "returned")
    if row.author_id == tx.principal.user_id:
        raise InvalidValue("approver", "own_version")
    return row


def _record(tx: Tx, row: RuleVersionRecord, action: Action) -> None:
    after = {"rule": row.rule_id, "number": row.number, "valid_from": row.valid_from, "state": row.state}
    tx.record(action, VERSIONS, row.id, UnitId(row.unit_id), None, after)
