"""Rows of assessments read within one's scope, and told to services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import TypeVar

from sqlalchemy import func, select

from privacy_mark.assessments.model import (
    Assessment,
    AssessmentId,
    DocumentId,
    Evidence,
    EvidenceKind,
    Finding,
    FindingId,
    FindingState,
    Letter,
    LetterId,
    LetterState,
    Report,
    ReportState,
    Requested,
    Stage,
)
from privacy_mark.certificates.model import CertificateId, RoundId, RoundState
from privacy_mark.certificates.rows import steps_of
from registry.access import require, scope
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import newest_of
from registry.model import Permission, UnitId, UserId
from registry.sealing import Row
from registry.store import Tx
from registry.store.assessment_tables import (
    FindingEvidence,
    FindingRecord,
    FindingsLetter,
    ImprovementReport,
    PmAssessment,
    RequestedDocument,
)
from registry.store.certificate_tables import CertificateRecord, CertificateRound

ASSESSMENTS, LETTERS, FINDINGS = "pm_assessment", "pm_findings_letter", "pm_finding"
EVIDENCE, REPORTS, DOCUMENTS = "pm_finding_evidence", "pm_improvement_report", "pm_requested_document"

_Held = TypeVar("_Held", PmAssessment, FindingsLetter, FindingRecord, RequestedDocument)


def seen(tx: Tx, of: type[_Held], row_id: int) -> _Held:
    """Return a row within the scope of VIEW_CERTIFICATION; NotFound."""
    visible = of.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION))
    row = tx.session.scalar(select(of).where(of.id == row_id, visible))
    if row is None:
        raise NotFound(of.__tablename__)
    return row


def held(
    tx: Tx,
    of: type[_Held],
    row_id: int,
    expected_version: int | None,
    permission: Permission = Permission.MANAGE_CERTIFICATION,
) -> _Held:
    """Return a row that the person asking may change while its application runs.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `round` `ended`.
    """
    row = seen(tx, of, row_id)
    require(tx, permission, UnitId(row.unit_id))
    if expected_version is not None and row.version != expected_version:
        newest = newest_of(tx, of.__tablename__, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    state = tx.session.scalar(
        select(CertificateRound.state)
        .join(PmAssessment, PmAssessment.round_id == CertificateRound.id)
        .where(PmAssessment.id == _assessment_id(row))
    )
    if state != RoundState.OPEN.value:
        raise InvalidValue("round", "ended")
    return row


def assessments_of(tx: Tx, rows: Collection[PmAssessment]) -> list[Assessment]:
    """Return assessments as services tell them; three questions, however many there are."""
    ids = [row.round_id for row in rows]
    runs = {
        round_id: RoundState(state)
        for round_id, state in tx.session.execute(
            select(CertificateRound.id, CertificateRound.state).where(CertificateRound.id.in_(ids))
        )
    }
    held_ids = [row.certificate_id for row in rows]
    numbers = dict(
        tx.session.execute(
            select(CertificateRecord.id, CertificateRecord.number).where(CertificateRecord.id.in_(held_ids))
        ).all()
    )
    steps = steps_of(tx, ids)
    found = []
    for row in rows:
        sealed = Row(tx, ASSESSMENTS, row.uid)
        found.append(
            Assessment(
                id=AssessmentId(row.id),
                number=row.number,
                round_id=RoundId(row.round_id),
                round_state=runs[row.round_id],
                certificate_id=CertificateId(row.certificate_id),
                certificate_number=numbers[row.certificate_id],
                unit_id=UnitId(row.unit_id),
                body=row.body,
                steps=steps[row.round_id],
                assessors=sealed.opened("assessors", row.assessors_sealed),
                place=sealed.opened("place", row.place_sealed),
                note=sealed.opened("note", row.note_sealed),
                version=row.version,
            )
        )
    return found


def assessment_of(tx: Tx, row: PmAssessment) -> Assessment:
    """Return one assessment as services tell it; the caller has checked the row."""
    return assessments_of(tx, [row])[0]


def findings_of(tx: Tx, rows: Collection[FindingRecord]) -> list[Finding]:
    """Return findings as services tell them; two questions more, however many there are."""
    letters = {
        letter.id: (letter, number, state)
        for letter, number, state in tx.session.execute(
            select(FindingsLetter, PmAssessment.number, CertificateRound.state)
            .join(PmAssessment, PmAssessment.id == FindingsLetter.assessment_id)
            .join(CertificateRound, CertificateRound.id == PmAssessment.round_id)
            .where(FindingsLetter.id.in_({row.letter_id for row in rows}))
        )
    }
    shown: dict[int, list[Evidence]] = defaultdict(list)
    evidence = select(FindingEvidence).where(FindingEvidence.finding_id.in_([row.id for row in rows]))
    for each in tx.session.scalars(evidence.order_by(FindingEvidence.id)):
        what = Row(tx, EVIDENCE, each.uid).opened("what", each.what_sealed)
        shown[each.finding_id].append(Evidence(EvidenceKind(each.kind), each.reference, what, each.row))
    return [_finding(tx, row, *letters[row.letter_id], shown[row.id]) for row in rows]


def letters_of(tx: Tx, rows: Collection[FindingsLetter]) -> list[Letter]:
    """Return documents with their findings and reports; the caller has checked the rows."""
    ids = [row.id for row in rows]
    records = list(
        tx.session.scalars(
            select(FindingRecord).where(FindingRecord.letter_id.in_(ids)).order_by(FindingRecord.id)
        )
    )
    findings: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings_of(tx, records):
        findings[finding.letter_id].append(finding)
    reports: dict[int, list[Report]] = defaultdict(list)
    query = select(ImprovementReport).where(ImprovementReport.letter_id.in_(ids))
    for report in tx.session.scalars(query.order_by(ImprovementReport.turn)):
        sealed = Row(tx, REPORTS, report.uid)
        reports[report.letter_id].append(
            Report(
                report.turn,
                ReportState(report.state),
                report.sent_on,
                sealed.opened("sender", report.sender_sealed),
                report.decided_on,
                sealed.opened("note", report.note_sealed),
            )
        )
    return [
        Letter(
            id=LetterId(row.id),
            assessment_id=AssessmentId(row.assessment_id),
            unit_id=UnitId(row.unit_id),
            stage=Stage(row.stage),
            dated_on=row.dated_on,
            received_on=row.received_on,
            due_on=row.due_on,
            rule=row.rule,
            due_reason=Row(tx, LETTERS, row.uid).opened("due_reason", row.due_reason_sealed),
            state=LetterState(row.state),
            findings=tuple(findings[row.id]),
            reports=tuple(reports[row.id]),
            version=row.version,
        )
        for row in rows
    ]


def requested_of(tx: Tx, row: RequestedDocument) -> Requested:
    """Return a document that was asked for; the caller has checked the row."""
    sealed = Row(tx, DOCUMENTS, row.uid)
    return Requested(
        id=DocumentId(row.id),
        assessment_id=AssessmentId(row.assessment_id),
        unit_id=UnitId(row.unit_id),
        what=sealed.opened("what", row.what_sealed),
        asked_at=row.asked_at,
        due_at=row.due_at,
        given_at=row.given_at,
        given=sealed.opened("given", row.given_sealed),
        version=row.version,
    )


def next_number(tx: Tx) -> str:
    """Return the number of the next assessment: S-0001."""
    return f"S-{(tx.session.scalar(select(func.max(PmAssessment.id))) or 0) + 1:04d}"


def _assessment_id(row: PmAssessment | FindingsLetter | FindingRecord | RequestedDocument) -> int:
    return row.id if isinstance(row, PmAssessment) else row.assessment_id


def _finding(
    tx: Tx, row: FindingRecord, letter: FindingsLetter, number: str, state: str, evidence: list[Evidence]
) -> Finding:
    sealed = Row(tx, FINDINGS, row.uid)
    return Finding(
        id=FindingId(row.id),
        letter_id=LetterId(row.letter_id),
        assessment_id=AssessmentId(row.assessment_id),
        assessment_number=number,
        stage=Stage(letter.stage),
        dated_on=letter.dated_on,
        is_open=state == RoundState.OPEN.value and letter.state == LetterState.OPEN.value,
        unit_id=UnitId(row.unit_id),
        number=row.number,
        requirement=row.requirement,
        text=sealed.opened("text", row.text_sealed),
        owner_id=None if row.owner_id is None else UserId(row.owner_id),
        owner=sealed.opened("owner", row.owner_sealed),
        due_on=row.due_on,
        state=FindingState(row.state),
        cause=sealed.opened("cause", row.cause_sealed),
        answer=sealed.opened("answer", row.answer_sealed),
        evidence=tuple(evidence),
        answerer_id=None if row.answerer_id is None else UserId(row.answerer_id),
        answerer=sealed.opened("answerer", row.answerer_sealed),
        answered_at=row.answered_at,
        approver=sealed.opened("approver", row.approver_sealed),
        approved_at=row.approved_at,
        note=sealed.opened("note", row.note_sealed),
        version=row.version,
    )
