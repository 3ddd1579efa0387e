"""Findings 指摘事項 as the body numbers them: entered, given to an owner, answered, approved by another."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import delete, select, update

from privacy_mark.assessments import correcting, files, history
from privacy_mark.assessments.evidence import stored
from privacy_mark.assessments.letters import open_letter
from privacy_mark.assessments.model import (
    Evidence,
    Finding,
    FindingDraft,
    FindingId,
    FindingState,
    LetterId,
    LetterState,
)
from privacy_mark.assessments.owners import owner_of
from privacy_mark.assessments.rows import EVIDENCE, FINDINGS, findings_of, held, seen
from privacy_mark.assessments.rules import rules
from privacy_mark.certificates.model import RoundState
from registry.access import require, require_open, scope
from registry.errors import Duplicate, InvalidValue
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.assessment_tables import FindingEvidence, FindingRecord, FindingsLetter, PmAssessment
from registry.store.base import new_uid
from registry.store.certificate_tables import CertificateRound
from registry.store.tables import OrgClosure

LONGEST_NUMBER, LONGEST_NOTE, MOST_EVIDENCE = 64, 1_000, 30
MOST_LISTED = 200
_REQUIREMENT = re.compile(r"[A-Z](?:\.[0-9]{1,2}){1,4}")


def add(tx: Tx, letter_id: LetterId, draft: FindingDraft) -> Finding:
    """Enter a finding of a document whose report is not handed in.

    Raises NotFound, AccessDenied without MANAGE_CERTIFICATION, InvalidValue: `round` `ended`, `state`
    `not_open`, `number` and `text` `required` or `too_long`, `requirement` `form`, `unit_id` `outside` the
    assessed unit or `closed`, `owner` `unknown` for who may not answer there, `due_on` `before_receipt` or
    `after_report`; Duplicate `number`.
    """
    of = open_letter(tx, letter_id, None)
    uid = new_uid()
    row = FindingRecord(
        uid=uid,
        letter_id=of.id,
        assessment_id=of.assessment_id,
        state=FindingState.OPEN.value,
    )
    _write(tx, row, of, draft)
    tx.session.add(row)
    tx.session.flush()
    return _saved(tx, row, Action.FINDING_ADDED)


def change(tx: Tx, finding_id: FindingId, draft: FindingDraft, *, expected_version: int) -> Finding:
    """Correct a finding, or give it to another owner; what was answered stays.

    Raises NotFound, AccessDenied, Conflict, InvalidValue and Duplicate as `add`.
    """
    row = held(tx, FindingRecord, finding_id, expected_version)
    before = history.told(tx, row)
    of = open_letter(tx, LetterId(row.letter_id), None)
    _write(tx, row, of, draft)
    moved = update(FindingEvidence).where(FindingEvidence.finding_id == row.id)
    tx.session.execute(moved.values(unit_id=row.unit_id))
    return _saved(tx, row, Action.FINDING_CHANGED, before)


def remove(tx: Tx, finding_id: FindingId, *, expected_version: int) -> None:
    """Take out a finding that was entered by mistake and never answered; its number stays in the journal.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `round` `ended`, `state` `not_open`, `answered`, or
    `worked_on` when files or a corrective action belong to it.
    """
    row = held(tx, FindingRecord, finding_id, expected_version)
    open_letter(tx, LetterId(row.letter_id), None)
    if row.answer_sealed is not None:
        raise InvalidValue("state", "answered")
    if files.had_any(tx, row.id) or correcting.links_of(tx, [row.id]):
        raise InvalidValue("state", "worked_on")
    before = history.told(tx, row)
    tx.session.delete(row)
    tx.session.flush()
    tx.record(Action.FINDING_REMOVED, FINDINGS, finding_id, UnitId(row.unit_id), before, None)


def answer(
    tx: Tx,
    finding_id: FindingId,
    *,
    cause: str,
    answer: str,
    evidence: Sequence[Evidence],
    expected_version: int,
) -> Finding:
    """Answer a finding: why it was so, what was done, and the records or files that show it.

    Its owner does; of one without an owner, whoever answers becomes it. An approval is taken back. Raises
    NotFound, AccessDenied without WORK_ON_ACTIONS, Conflict, InvalidValue: `round` `ended`, `state`
    `not_open`, `owner` `not_yours`, `answer` `required`, texts `too_long`, `evidence` `required` or
    `too_many`, `reference` `unknown` or `required`.
    """
    row = _workable(tx, finding_id, expected_version, Permission.WORK_ON_ACTIONS)
    if row.owner_id not in (None, tx.principal.user_id):
        raise InvalidValue("owner", "not_yours")
    texts = checked({"cause": cause, "answer": answer}, "answer")
    if not evidence and not files.has_any(tx, row.id):
        raise InvalidValue("evidence", "required")
    if len(evidence) > MOST_EVIDENCE:
        raise InvalidValue("evidence", "too_many")
    named = [stored(tx, each, UnitId(row.unit_id)) for each in evidence]
    before = history.told(tx, row)
    sealed = Row(tx, FINDINGS, row.uid).sealed(
        {**texts, "answerer": tx.principal.name, "owner": tx.principal.name}
    )
    row.cause_sealed, row.answer_sealed = sealed["cause_sealed"], sealed["answer_sealed"]
    row.answerer_id, row.answerer_sealed = tx.principal.user_id, sealed["answerer_sealed"]
    row.owner_id, row.owner_sealed = tx.principal.user_id, sealed["owner_sealed"]
    row.answered_at, row.state, row.note_sealed = tx.now, FindingState.ANSWERED.value, None
    row.approver_id = row.approver_sealed = row.approved_at = None
    tx.session.execute(delete(FindingEvidence).where(FindingEvidence.finding_id == row.id))
    for each in named:
        uid = new_uid()
        tx.session.add(
            FindingEvidence(
                uid=uid,
                finding_id=row.id,
                unit_id=row.unit_id,
                kind=each.kind.value,
                reference=each.reference,
                row=each.row,
                **Row(tx, EVIDENCE, uid).sealed({"what": each.what}),
            )
        )
    return _saved(tx, row, Action.FINDING_ANSWERED, before)


def approve(tx: Tx, finding_id: FindingId, *, expected_version: int) -> Finding:
    """Approve an answer as privacy manager 個人情報保護管理者; who answered does not.

    Raises NotFound, AccessDenied without CONFIRM_READINESS, Conflict, InvalidValue: `round` `ended`, `state`
    `not_open` or `not_answered`, `approver` `own_answer`, `evidence` `required` when its file was removed.
    """
    row = _answered(tx, finding_id, expected_version)
    shown = select(FindingEvidence.id).where(FindingEvidence.finding_id == row.id).limit(1)
    if tx.session.scalar(shown) is None and not files.has_any(tx, row.id):
        raise InvalidValue("evidence", "required")
    before = history.told(tx, row)
    row.approver_id, row.approved_at = tx.principal.user_id, tx.now
    row.approver_sealed = Row(tx, FINDINGS, row.uid).sealed({"approver": tx.principal.name})[
        "approver_sealed"
    ]
    row.state = FindingState.APPROVED.value
    return _saved(tx, row, Action.FINDING_APPROVED, before)


def send_back(tx: Tx, finding_id: FindingId, *, note: str, expected_version: int) -> Finding:
    """Send an answer back to its owner with what is missing.

    Raises NotFound, AccessDenied, Conflict, InvalidValue as `approve`, and `note` `required`.
    """
    row = _answered(tx, finding_id, expected_version)
    reopen(tx, row, note)
    return findings_of(tx, [row])[0]


def finding(tx: Tx, finding_id: FindingId) -> Finding:
    """Return one visible finding; raises NotFound."""
    return findings_of(tx, [seen(tx, FindingRecord, finding_id)])[0]


def waiting(tx: Tx, *, unit_id: UnitId | None = None) -> list[Finding]:
    """Return the visible findings to be answered or approved, of a unit and below, the earliest first.

    Of running applications; the first `MOST_LISTED`. A department sees its own, though not the assessment.
    """
    query = (
        select(FindingRecord)
        .join(FindingsLetter, FindingsLetter.id == FindingRecord.letter_id)
        .join(PmAssessment, PmAssessment.id == FindingRecord.assessment_id)
        .join(CertificateRound, CertificateRound.id == PmAssessment.round_id)
        .where(
            FindingRecord.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
            FindingRecord.state != FindingState.APPROVED.value,
            FindingsLetter.state == LetterState.OPEN.value,
            CertificateRound.state == RoundState.OPEN.value,
        )
        .order_by(FindingRecord.due_on, FindingRecord.id)
        .limit(MOST_LISTED)
    )
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(FindingRecord.unit_id.in_(below))
    return findings_of(tx, list(tx.session.scalars(query)))


def reopen(tx: Tx, row: FindingRecord, note: str) -> None:
    """Let a finding be answered again, for a reason; the caller has checked who asks. `note` `required`."""
    before = history.told(tx, row)
    text = checked({"note": note}, "note", longest=LONGEST_NOTE)
    row.note_sealed = Row(tx, FINDINGS, row.uid).sealed(text)["note_sealed"]
    row.state = FindingState.OPEN.value
    row.approver_id = row.approver_sealed = row.approved_at = None
    history.record(tx, row, Action.FINDING_RETURNED, before)


def _write(tx: Tx, row: FindingRecord, of: FindingsLetter, draft: FindingDraft) -> None:
    """Write a draft to a row, checked."""
    texts = checked({"number": draft.number}, "number", longest=LONGEST_NUMBER)
    text = checked({"text": draft.text}, "text")
    requirement = draft.requirement.strip().upper()
    if not _REQUIREMENT.fullmatch(requirement):
        raise InvalidValue("requirement", "form")
    require_inside(tx, UnitId(of.unit_id), draft.unit_id)
    due_on = draft.due_on or rules().answer_by(of.due_on, of.received_on)
    if due_on < of.received_on:
        raise InvalidValue("due_on", "before_receipt")
    if due_on > of.due_on:
        raise InvalidValue("due_on", "after_report")
    taken = select(FindingRecord.id).where(
        FindingRecord.letter_id == of.id, FindingRecord.number == texts["number"], FindingRecord.id != row.id
    )
    if tx.session.scalar(taken) is not None:
        raise Duplicate("number")
    owner = None if draft.owner_id is None else owner_of(tx, draft.owner_id, draft.unit_id)
    if draft.owner_id is not None and owner is None and draft.owner_id != row.owner_id:
        raise InvalidValue("owner", "unknown")
    sealed = Row(tx, FINDINGS, row.uid)
    row.unit_id, row.number, row.requirement, row.due_on = draft.unit_id, texts["number"], requirement, due_on
    row.text_sealed = sealed.sealed(text)["text_sealed"]
    if draft.owner_id is None:
        row.owner_id = row.owner_sealed = None
    elif owner is not None:
        row.owner_id = owner.user_id
        row.owner_sealed = sealed.sealed({"owner": owner.name})["owner_sealed"]


def require_inside(tx: Tx, unit_id: UnitId, wanted: UnitId) -> None:
    """Raise InvalidValue (`outside`, `closed`) unless a unit is the assessed one or below, and takes work."""
    inside = select(OrgClosure.descendant).where(
        OrgClosure.ancestor == unit_id, OrgClosure.descendant == wanted
    )
    if tx.session.scalar(inside) is None:
        raise InvalidValue("unit_id", "outside")
    require(tx, Permission.MANAGE_CERTIFICATION, wanted)
    require_open(tx, wanted)


def _workable(tx: Tx, finding_id: FindingId, expected_version: int, permission: Permission) -> FindingRecord:
    """Return a finding whose report is not handed in; raises as `rows.held`, InvalidValue `not_open`."""
    row = held(tx, FindingRecord, finding_id, expected_version, permission)
    state = tx.session.scalar(select(FindingsLetter.state).where(FindingsLetter.id == row.letter_id))
    if state != LetterState.OPEN.value:
        raise InvalidValue("state", "not_open")
    return row


def _answered(tx: Tx, finding_id: FindingId, expected_version: int) -> FindingRecord:
    row = _workable(tx, finding_id, expected_version, Permission.CONFIRM_READINESS)
    if row.state != FindingState.ANSWERED.value:
        raise InvalidValue("state", "not_answered")
    if row.answerer_id == tx.principal.user_id:
        raise InvalidValue("approver", "own_answer")
    return row


def _saved(tx: Tx, row: FindingRecord, action: Action, before: dict[str, object] | None = None) -> Finding:
    """Write to the journal what was done, with what stood there before; return the finding."""
    history.record(tx, row, action, before)
    return findings_of(tx, [row])[0]
