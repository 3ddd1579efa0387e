"""What is done with a complaint: corrected, answered, sent back or closed by another person, erased."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from privacy_mark.actions.model import ActionState, Grade, Nonconformity, Source
from privacy_mark.actions.rows import made, withdrawn
from privacy_mark.complaints.model import (
    TABLE,
    Complaint,
    ComplaintDraft,
    ComplaintId,
    Kind,
    State,
    Urgency,
    number_of,
)
from privacy_mark.complaints.register import checked_draft, complaint_of, held, record
from privacy_mark.complaints.terms import Terms, terms_of
from registry.access import entity_id_of, require, require_open, scope, today_in_japan
from registry.errors import InvalidValue
from registry.journal import Action
from registry.limits import months_after
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.audit_tables import CorrectiveAction
from registry.store.complaint_tables import ComplaintRecord

LONGEST_NOTE = 1_000
LONGEST_NUMBER = 64
_ERASED = (
    *("sender", "contact", "content", "receiver", "answer", "answerer"),
    *("cause", "measure", "examiner", "note", "closer"),
)


def change(tx: Tx, complaint_id: ComplaintId, draft: ComplaintDraft, *, expected_version: int) -> Complaint:
    """Correct what was taken in, until it is closed; the day to answer follows.

    Raises NotFound, AccessDenied, Conflict, InvalidValue as `register.receive`, and `state` `closed`.
    """
    row = held(tx, complaint_id, expected_version)
    if row.state == State.CLOSED.value:
        raise InvalidValue("state", "closed")
    if draft.unit_id != row.unit_id:
        require(tx, Permission.HANDLE_COMPLAINTS, draft.unit_id)
        require_open(tx, draft.unit_id)
    given, entry_id = checked_draft(tx, draft)
    texts = Row(tx, TABLE, row.uid).sealed(given)
    urgent = draft.urgency is Urgency.URGENT
    due_on = terms_of(tx, draft.unit_id).due_on(draft.received_on, urgent=urgent)  # before the row changes
    row.unit_id, row.entry_id, row.due_on = draft.unit_id, entry_id, due_on
    row.kind, row.way, row.subject = draft.kind.value, draft.way.value, draft.subject.value
    row.urgency, row.received_on = draft.urgency.value, draft.received_on
    row.sender_sealed, row.contact_sealed = texts["sender_sealed"], texts["contact_sealed"]
    row.content_sealed = texts["content_sealed"]
    return _saved(tx, row, Action.COMPLAINT_CHANGED)


def answer(
    tx: Tx, complaint_id: ComplaintId, text: str, *, answered_on: date, expected_version: int
) -> Complaint:
    """Record what was answered and when; who records it answers for it.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `closed`, `answer` `required`, `too_long`,
    `answered_on` `future`, `before_receipt`.
    """
    row = held(tx, complaint_id, expected_version)
    if row.state == State.CLOSED.value:
        raise InvalidValue("state", "closed")
    if answered_on > today_in_japan(tx.now):
        raise InvalidValue("answered_on", "future")
    if answered_on < row.received_on:
        raise InvalidValue("answered_on", "before_receipt")
    given = checked({"answer": text}, "answer")
    sealed = Row(tx, TABLE, row.uid).sealed({**given, "answerer": tx.principal.name})
    row.answer_sealed, row.answerer_sealed = sealed["answer_sealed"], sealed["answerer_sealed"]
    row.answerer_id, row.answered_on = tx.principal.user_id, answered_on
    row.state, row.note_sealed = State.ANSWERED.value, None
    return _saved(tx, row, Action.COMPLAINT_ANSWERED)


def examine(
    tx: Tx, complaint_id: ComplaintId, cause: str, measure: str, *, expected_version: int
) -> Complaint:
    """Record why it came to this 原因 and what is done so that it does not again 再発防止.

    Before or after the answer, until it is closed. Raises NotFound, AccessDenied, Conflict, InvalidValue:
    `state` `closed`, `cause` `required`, `measure` `required`, both `too_long`.
    """
    row = held(tx, complaint_id, expected_version)
    if row.state == State.CLOSED.value:
        raise InvalidValue("state", "closed")
    given = checked({"cause": cause, "measure": measure}, "cause", "measure")
    sealed = Row(tx, TABLE, row.uid).sealed({**given, "examiner": tx.principal.name})
    row.cause_sealed, row.measure_sealed = sealed["cause_sealed"], sealed["measure_sealed"]
    row.examiner_sealed = sealed["examiner_sealed"]
    row.examiner_id, row.examined_on = tx.principal.user_id, today_in_japan(tx.now)
    return _saved(tx, row, Action.COMPLAINT_EXAMINED)


def follow(
    tx: Tx,
    complaint_id: ComplaintId,
    *,
    requirement: str,
    finding: str,
    grade: Grade,
    expected_version: int,
) -> Complaint:
    """Open a corrective action 是正処置 (J.7.1) of a nonconformity that a complaint shows; one for each.

    `finding` is told to all who see corrective actions: who complained does not belong in it. Raises
    NotFound, AccessDenied, Conflict, InvalidValue: `state` `closed`, `action` `followed`, `finding` and
    `requirement` `required`, `too_long`.
    """
    row = held(tx, complaint_id, expected_version)
    if row.state == State.CLOSED.value:
        raise InvalidValue("state", "closed")
    if row.action_number and not withdrawn(tx, row.action_number):
        raise InvalidValue("action", "followed")
    found = Nonconformity(
        UnitId(row.unit_id), Source.COMPLAINT, number_of(row.id), requirement, finding, grade
    )
    row.action_number = made(found, tx).number
    return _saved(tx, row, Action.COMPLAINT_CHANGED)


def send_back(tx: Tx, complaint_id: ComplaintId, *, note: str, expected_version: int) -> Complaint:
    """Send an answer of another person back, with a reason.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_answered`, `closer` `own_answer`,
    `note` `required`.
    """
    row = _decided(tx, complaint_id, expected_version)
    text = checked({"note": note}, "note", longest=LONGEST_NOTE)
    row.note_sealed = Row(tx, TABLE, row.uid).sealed(text)["note_sealed"]
    row.state = State.RECEIVED.value
    return _saved(tx, row, Action.COMPLAINT_RETURNED)


def close(
    tx: Tx,
    complaint_id: ComplaintId,
    *,
    note: str,
    request_number: str = "",
    action_number: str = "",
    expected_version: int,
) -> Complaint:
    """Close what other persons answered and examined: what was learnt, and what came of it elsewhere.

    `action_number` names a corrective action of the same legal entity; "" leaves what `follow` opened.
    Raises NotFound, AccessDenied, Conflict, InvalidValue as `send_back`, and `cause` `required` of a
    complaint whose cause nobody found, `closer` `own_cause`, `action_number` `unknown`.
    """
    row = _decided(tx, complaint_id, expected_version)
    if row.kind == Kind.COMPLAINT.value and row.examined_on is None:
        raise InvalidValue("cause", "required")
    if row.examiner_id == tx.principal.user_id:
        raise InvalidValue("closer", "own_cause")
    text = checked({"note": note}, longest=LONGEST_NOTE)
    numbers = checked({"request": request_number, "action": action_number}, longest=LONGEST_NUMBER)
    followed_by = _action(tx, row, numbers["action"])
    sealed = Row(tx, TABLE, row.uid).sealed({**text, "closer": tx.principal.name})
    row.note_sealed, row.closer_sealed = sealed["note_sealed"], sealed["closer_sealed"]
    row.closer_id, row.closed_on = tx.principal.user_id, today_in_japan(tx.now)
    row.request_number = numbers["request"]
    row.action_number = followed_by
    row.state = State.CLOSED.value
    return _saved(tx, row, Action.COMPLAINT_CLOSED)


def erase_due(tx: Tx) -> int:
    """Empty what closed complaints say where the entity's period is over; return how many.

    Numbers, days and kinds stay, so that counts of earlier years do.
    """
    rows = tx.session.execute(
        select(ComplaintRecord, entity_id_of(ComplaintRecord.unit_id))
        .where(
            ComplaintRecord.state == State.CLOSED.value,
            ComplaintRecord.erased_at.is_(None),
            ComplaintRecord.unit_id.in_(scope(tx, Permission.HANDLE_COMPLAINTS)),
        )
        .order_by(ComplaintRecord.id)
    ).all()
    known: dict[int | None, Terms] = {}
    today, erased = today_in_japan(tx.now), 0
    for row, entity in rows:
        if entity not in known:
            known[entity] = terms_of(tx, UnitId(row.unit_id))
        if row.closed_on is None or erased_from(row.closed_on, known[entity]) > today:
            continue
        for name in _ERASED:
            setattr(row, f"{name}_sealed", None)
        row.erased_at = tx.now
        tx.session.flush()
        record(tx, row, Action.COMPLAINT_ERASED)
        erased += 1
    return erased


def erased_from(closed_on: date, terms: Terms) -> date:
    """Return the day from which a closed complaint's contents are no longer kept."""
    return months_after(closed_on, terms.retention_months)


def _action(tx: Tx, row: ComplaintRecord, number: str) -> str:
    """Return the number of the complaint's corrective action; one that is named must be of its entity."""
    if not number or number == row.action_number:
        return row.action_number
    known = select(CorrectiveAction.id).where(
        CorrectiveAction.number == number,
        CorrectiveAction.state != ActionState.WITHDRAWN.value,
        entity_id_of(CorrectiveAction.unit_id) == select(entity_id_of(row.unit_id)).scalar_subquery(),
    )
    if tx.session.scalar(known) is None:
        raise InvalidValue("action_number", "unknown")
    return number


def _decided(tx: Tx, complaint_id: ComplaintId, expected_version: int) -> ComplaintRecord:
    row = held(tx, complaint_id, expected_version)
    if row.state != State.ANSWERED.value:
        raise InvalidValue("state", "not_answered")
    if row.answerer_id == tx.principal.user_id:
        raise InvalidValue("closer", "own_answer")
    return row


def _saved(tx: Tx, row: ComplaintRecord, action: Action) -> Complaint:
    tx.session.flush()
    record(tx, row, action)
    return complaint_of(tx, row)
