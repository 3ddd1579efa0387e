"""The register of change reports: entered by hand, corrected, listed with what is left to do."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, func, select

from privacy_mark.certificates.model import CertificateId, RoundState
from privacy_mark.certificates.model import State as CertificateState
from privacy_mark.changes.catalogue import Kind, rules
from privacy_mark.changes.model import Change, ChangeDraft, ChangeId, ChangeLine, Origin, State, TaskState
from privacy_mark.changes.rows import CHANGES, add_tasks, change_of, held, origin_of, record, seen
from registry.access import require, scope
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.certificate_tables import CertificateRecord, CertificateRound
from registry.store.change_tables import ChangeRecord, ChangeTaskRecord
from registry.store.tables import OrgClosure

LONGEST_TEXT = 2_000
MOST = 500
_TEXTS = ("before", "after", "note", "owner")


def enter(tx: Tx, certificate_id: CertificateId, draft: ChangeDraft) -> Change:
    """Enter a change that concerns a certificate; its tasks follow from the rule of the body on that day.

    Raises NotFound, AccessDenied without MANAGE_CERTIFICATION, InvalidValue: `certificate` `ended`, `after`
    `required`, texts `too_long`.
    """
    certificate = tx.session.scalar(
        select(CertificateRecord).where(
            CertificateRecord.id == certificate_id,
            CertificateRecord.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
        )
    )
    if certificate is None:
        raise NotFound("pm_certificate")
    require(tx, Permission.MANAGE_CERTIFICATION, UnitId(certificate.unit_id))
    if certificate.state not in (CertificateState.HELD.value, CertificateState.APPLYING.value):
        raise InvalidValue("certificate", "ended")
    _checked(draft)
    return change_of(tx, opened(tx, certificate, draft))


def correct(tx: Tx, change_id: ChangeId, draft: ChangeDraft, *, expected_version: int) -> Change:
    """Correct what was entered, and who sees to it; kind and tasks stay as they are.

    Raises NotFound, AccessDenied, Conflict, InvalidValue as `enter`, `state` `closed`, `not_open`, and `kind`
    `fixed`.
    """
    row = held(tx, change_id, expected_version)
    if draft.kind.value != row.kind:
        raise InvalidValue("kind", "fixed")
    texts = _checked(draft)
    row.changed_on = draft.changed_on
    _seal(tx, row, texts)
    tx.session.flush()
    record(tx, row, Action.CHANGE_CORRECTED)
    return change_of(tx, row)


def change(tx: Tx, change_id: ChangeId) -> Change:
    """Return one change report; raises NotFound where one may not see certificates."""
    return change_of(tx, seen(tx, change_id))


def changes(
    tx: Tx,
    *,
    unit_id: UnitId | None = None,
    certificate_id: CertificateId | None = None,
    open_only: bool = False,
) -> list[ChangeLine]:
    """Return the visible change reports, the earliest task first, closed ones last; at most 500."""
    conditions: list[ColumnElement[bool]] = [
        ChangeRecord.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION))
    ]
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        conditions.append(ChangeRecord.unit_id.in_(below))
    if certificate_id is not None:
        conditions.append(ChangeRecord.certificate_id == certificate_id)
    if open_only:
        conditions.append(ChangeRecord.state != State.CLOSED.value)
    waits = ChangeTaskRecord.state == TaskState.OPEN.value
    tasks = (
        select(
            ChangeTaskRecord.change_id,
            func.count().label("all"),
            func.count(case((waits, 1))).label("open"),
            func.min(case((waits, ChangeTaskRecord.due_on))).label("due_on"),
        )
        .group_by(ChangeTaskRecord.change_id)
        .subquery()
    )
    rows = tx.session.execute(
        select(ChangeRecord, tasks.c.all, tasks.c.open, tasks.c.due_on)
        .outerjoin(tasks, tasks.c.change_id == ChangeRecord.id)
        .where(*conditions)
        .order_by(
            ChangeRecord.state == State.CLOSED.value,
            tasks.c.due_on.is_(None),
            tasks.c.due_on,
            ChangeRecord.id.desc(),
        )
        .limit(MOST)
    )
    return [
        ChangeLine(
            ChangeId(row.id),
            UnitId(row.unit_id),
            Kind(row.kind),
            row.body,
            origin_of(row),
            row.changed_on,
            due_on,
            State(row.state),
            (total or 0) - (waiting or 0),
            total or 0,
            asked=row.question and not row.outcome,
        )
        for row, total, waiting, due_on in rows
    ]


def opened(
    tx: Tx,
    certificate: CertificateRecord,
    draft: ChangeDraft,
    *,
    history_id: int | None = None,
    cause: str | None = None,
) -> ChangeRecord:
    """Write a change report with its tasks; the caller has checked who asks and what is written."""
    uid = new_uid()
    rule = rules().kinds[draft.kind]
    row = ChangeRecord(
        uid=uid,
        unit_id=certificate.unit_id,
        certificate_id=certificate.id,
        history_id=history_id,
        cause=cause,
        kind=draft.kind.value,
        body=certificate.body,
        changed_on=draft.changed_on,
        state=State.OPEN.value,
        recorded_at=tx.now,
        question=rule.question,
        outcome="",
    )
    _seal(tx, row, {name: getattr(draft, name).strip() for name in _TEXTS})
    tx.session.add(row)
    tx.session.flush()
    assessed = select(CertificateRound.id).where(
        CertificateRound.certificate_id == certificate.id, CertificateRound.state == RoundState.OPEN.value
    )
    running = tx.session.scalar(assessed.limit(1)) is not None
    add_tasks(tx, row, rules().tasks_of(draft.kind, row.body, row.changed_on, assessed=running))
    record(tx, row, Action.CHANGE_ENTERED if origin_of(row) is Origin.HAND else Action.CHANGE_OPENED)
    return row


def extended(tx: Tx, row: ChangeRecord, draft: ChangeDraft) -> bool:
    """Add lines to what was and is in an open report; tell whether any was new.

    The caller has checked who asks.
    """
    sealed = Row(tx, CHANGES, row.uid)
    texts = {}
    for name in ("before", "after"):
        now = sealed.opened(name, getattr(row, f"{name}_sealed"))
        lines = now.splitlines()
        new = [each for each in getattr(draft, name).splitlines() if each not in lines]
        if new:
            texts[name] = "\n".join((*filter(None, [now]), *new))
    if texts:
        _seal(tx, row, texts)
        tx.session.flush()
        record(tx, row, Action.CHANGE_EXTENDED)
    return bool(texts)


def _checked(draft: ChangeDraft) -> dict[str, str]:
    return checked({name: getattr(draft, name) for name in _TEXTS}, "after", longest=LONGEST_TEXT)


def _seal(tx: Tx, row: ChangeRecord, texts: dict[str, str]) -> None:
    sealed = Row(tx, CHANGES, row.uid).sealed(texts)
    for name, text in texts.items():
        setattr(row, f"{name}_sealed", sealed[f"{name}_sealed"] if text else None)
