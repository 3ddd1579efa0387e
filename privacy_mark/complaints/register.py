"""The register 苦情・相談の受付簿: what arrived, by which way, from whom, about which unit and entry."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, select

from privacy_mark.actions.rows import withdrawn
from privacy_mark.complaints.model import (
    TABLE,
    Complaint,
    ComplaintDraft,
    ComplaintId,
    ComplaintLine,
    Kind,
    State,
    Subject,
    Urgency,
    Way,
    number_of,
)
from privacy_mark.complaints.terms import terms_of
from registry.access import entity_id_of, require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import EntryId, Permission, UnitId, UserId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.complaint_tables import ComplaintRecord
from registry.store.tables import LedgerRecord, OrgClosure

PAGE = 50
_ORDER = (State.RECEIVED, State.ANSWERED, State.CLOSED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which complaints are wanted; what is not given narrows nothing."""

    unit_id: UnitId | None = None  # with all units below it
    states: tuple[State, ...] = ()
    kinds: tuple[Kind, ...] = ()


def receive(tx: Tx, draft: ComplaintDraft) -> Complaint:
    """Take in a complaint; its day to answer follows from the entity's terms.

    Raises AccessDenied without HANDLE_COMPLAINTS in the unit, InvalidValue: `unit_id` `closed`, `content`
    `required`, `too_long`, `received_on` `future`, `entry_number` `unknown`.
    """
    require(tx, Permission.HANDLE_COMPLAINTS, draft.unit_id)
    require_open(tx, draft.unit_id)
    texts, entry_id = checked_draft(tx, draft)
    uid = new_uid()
    urgent = draft.urgency is Urgency.URGENT
    row = ComplaintRecord(
        uid=uid,
        unit_id=draft.unit_id,
        entry_id=entry_id,
        kind=draft.kind.value,
        way=draft.way.value,
        subject=draft.subject.value,
        urgency=draft.urgency.value,
        received_on=draft.received_on,
        due_on=terms_of(tx, draft.unit_id).due_on(draft.received_on, urgent=urgent),
        state=State.RECEIVED.value,
        request_number="",
        action_number="",
        recorded_at=tx.now,
        **Row(tx, TABLE, uid).sealed({**texts, "receiver": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    record(tx, row, Action.COMPLAINT_RECEIVED)
    return complaint_of(tx, row)


def complaint(tx: Tx, complaint_id: ComplaintId) -> Complaint:
    """Return one complaint; raises NotFound where one may not see complaints."""
    return complaint_of(tx, row_of(tx, complaint_id))


@dataclass(frozen=True, slots=True)
class Standing:
    """How many complaints are open today."""

    to_answer: int
    late: int  # of these, past their day
    to_examine: int  # answered, but nobody found the cause of the complaint
    to_close: int  # answered, with nothing missing


def standing(tx: Tx, unit_id: UnitId | None = None) -> Standing:
    """Return what is open in a unit and below, or everywhere one may see complaints.

    Raises AccessDenied for a unit where one may not.
    """
    conditions = [ComplaintRecord.unit_id.in_(scope(tx, Permission.VIEW_COMPLAINTS))]
    if unit_id is not None:
        require(tx, Permission.VIEW_COMPLAINTS, unit_id)
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        conditions.append(ComplaintRecord.unit_id.in_(below))
    late = ComplaintRecord.due_on < today_in_japan(tx.now)
    received = ComplaintRecord.state == State.RECEIVED.value
    answered, lacks_cause = ComplaintRecord.state == State.ANSWERED.value, _lacks_cause()
    row = tx.session.execute(
        select(
            func.count(case((received, 1))),
            func.count(case((received & late, 1))),
            func.count(case((answered & lacks_cause, 1))),
            func.count(case((answered & ~lacks_cause, 1))),
        ).where(*conditions)
    ).one()
    return Standing(*row)


def complaints(
    tx: Tx, wanted: Wanted | None = None, *, offset: int = 0, limit: int = PAGE
) -> tuple[list[ComplaintLine], int]:
    """Return a page of the visible complaints, those to do first by their day, and how many there are."""
    wanted = wanted or Wanted()
    conditions = [ComplaintRecord.unit_id.in_(scope(tx, Permission.VIEW_COMPLAINTS))]
    if wanted.unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == wanted.unit_id)
        conditions.append(ComplaintRecord.unit_id.in_(below))
    if wanted.states:
        conditions.append(ComplaintRecord.state.in_([each.value for each in wanted.states]))
    if wanted.kinds:
        conditions.append(ComplaintRecord.kind.in_([each.value for each in wanted.kinds]))
    total = tx.session.scalar(select(func.count(ComplaintRecord.id)).where(*conditions)) or 0
    place = case({state.value: at for at, state in enumerate(_ORDER)}, value=ComplaintRecord.state)
    rows = tx.session.execute(
        select(
            ComplaintRecord.id,
            ComplaintRecord.unit_id,
            ComplaintRecord.kind,
            ComplaintRecord.subject,
            ComplaintRecord.urgency,
            ComplaintRecord.received_on,
            ComplaintRecord.due_on,
            ComplaintRecord.state,
            ((ComplaintRecord.state == State.ANSWERED.value) & _lacks_cause()).label("lacks_cause"),
        )
        .where(*conditions)
        .order_by(place, ComplaintRecord.due_on, ComplaintRecord.id)
        .offset(offset)
        .limit(limit)
    )
    return [
        ComplaintLine(
            ComplaintId(row.id),
            number_of(row.id),
            UnitId(row.unit_id),
            Kind(row.kind),
            Subject(row.subject),
            Urgency(row.urgency),
            row.received_on,
            row.due_on,
            State(row.state),
            bool(row.lacks_cause),
        )
        for row in rows
    ], total


def _lacks_cause() -> ColumnElement[bool]:
    """Return the condition that the cause of a complaint was not recorded; only complaints need one."""
    return and_(ComplaintRecord.kind == Kind.COMPLAINT.value, ComplaintRecord.examined_on.is_(None))


def checked_draft(tx: Tx, draft: ComplaintDraft) -> tuple[dict[str, str], int | None]:
    """Return the texts of a draft and the entry it names; raises InvalidValue as `receive`.

    The caller has checked the unit. An entry is one of the same legal entity, which one may see.
    """
    if draft.received_on > today_in_japan(tx.now):
        raise InvalidValue("received_on", "future")
    texts = checked({"sender": draft.sender, "contact": draft.contact, "content": draft.content}, "content")
    number = draft.entry_number.strip()
    if not number:
        return texts, None
    found = tx.session.scalar(
        select(LedgerRecord.id).where(
            LedgerRecord.number == number,
            LedgerRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)),
            entity_id_of(LedgerRecord.unit_id) == select(entity_id_of(draft.unit_id)).scalar_subquery(),
        )
    )
    if found is None:
        raise InvalidValue("entry_number", "unknown")
    return texts, found


def row_of(tx: Tx, complaint_id: ComplaintId) -> ComplaintRecord:
    """Return a visible row; raises NotFound."""
    row = tx.session.scalar(
        select(ComplaintRecord).where(
            ComplaintRecord.id == complaint_id,
            ComplaintRecord.unit_id.in_(scope(tx, Permission.VIEW_COMPLAINTS)),
        )
    )
    if row is None:
        raise NotFound(TABLE)
    return row


def held(tx: Tx, complaint_id: ComplaintId, expected_version: int) -> ComplaintRecord:
    """Return a row that one may handle as one saw it; raises NotFound, AccessDenied, Conflict."""
    row = row_of(tx, complaint_id)
    require(tx, Permission.HANDLE_COMPLAINTS, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    return row


def record(tx: Tx, row: ComplaintRecord, action: Action) -> None:
    """Write to the journal what was done: codes and days, nothing that the complaint says."""
    after = {
        "kind": row.kind,
        "subject": row.subject,
        "urgency": row.urgency,
        "state": row.state,
        "due_on": row.due_on,
    }
    tx.record(action, TABLE, row.id, UnitId(row.unit_id), None, after)


def complaint_of(tx: Tx, row: ComplaintRecord) -> Complaint:
    """Return a row in the clear; the caller has checked who asks."""
    sealed = Row(tx, TABLE, row.uid)
    number = None
    if row.entry_id is not None:
        number = tx.session.scalar(select(LedgerRecord.number).where(LedgerRecord.id == row.entry_id))
    return Complaint(
        unit_id=UnitId(row.unit_id),
        kind=Kind(row.kind),
        way=Way(row.way),
        subject=Subject(row.subject),
        urgency=Urgency(row.urgency),
        received_on=row.received_on,
        sender=sealed.opened("sender", row.sender_sealed),
        contact=sealed.opened("contact", row.contact_sealed),
        content=sealed.opened("content", row.content_sealed),
        entry_id=None if row.entry_id is None else EntryId(row.entry_id),
        id=ComplaintId(row.id),
        number=number_of(row.id),
        entry_number=number or "",
        due_on=row.due_on,
        state=State(row.state),
        receiver=sealed.opened("receiver", row.receiver_sealed),
        answer=sealed.opened("answer", row.answer_sealed),
        answerer_id=None if row.answerer_id is None else UserId(row.answerer_id),
        answerer=sealed.opened("answerer", row.answerer_sealed),
        answered_on=row.answered_on,
        cause=sealed.opened("cause", row.cause_sealed),
        measure=sealed.opened("measure", row.measure_sealed),
        examiner_id=None if row.examiner_id is None else UserId(row.examiner_id),
        examiner=sealed.opened("examiner", row.examiner_sealed),
        examined_on=row.examined_on,
        note=sealed.opened("note", row.note_sealed),
        closer=sealed.opened("closer", row.closer_sealed),
        closed_on=row.closed_on,
        request_number=row.request_number,
        action_number=row.action_number,
        action_withdrawn=bool(row.action_number) and withdrawn(tx, row.action_number),
        erased_at=row.erased_at,
        version=row.version,
    )
