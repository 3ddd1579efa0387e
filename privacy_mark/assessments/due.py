"""What must be done by a day about assessments: answers, their approval, reports, documents asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Select, exists, or_, select

from privacy_mark.assessments.model import FindingState, LetterState
from privacy_mark.certificates.model import RoundState
from privacy_mark.due import Due
from registry.access import scope, today_in_japan
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.assessment_tables import FindingRecord, FindingsLetter, PmAssessment, RequestedDocument
from registry.store.certificate_tables import CertificateRound

ANSWER, APPROVE = "assessments.answer", "assessments.approve"
REPORT, DOCUMENT = "assessments.report", "assessments.document"
MOST = 500


def due(tx: Tx, _today: date) -> list[Due]:
    """Return what waits for the person asking: nobody approves an answer of one's own; sorted by day."""
    found = [*_findings(tx), *_reports(tx), *_documents(tx)]
    return sorted(found, key=lambda each: (each.due_on, each.number))


def _findings(tx: Tx) -> Iterator[Due]:
    me = tx.principal.user_id
    query = (
        select(
            FindingRecord.id,
            FindingRecord.unit_id,
            FindingRecord.number,
            PmAssessment.number,
            FindingRecord.due_on,
        )
        .join(FindingsLetter, FindingsLetter.id == FindingRecord.letter_id)
        .join(PmAssessment, PmAssessment.id == FindingRecord.assessment_id)
        .where(FindingsLetter.state == LetterState.OPEN.value, PmAssessment.round_id.in_(_running()))
        .order_by(FindingRecord.due_on, FindingRecord.id)
        .limit(MOST)
    )
    mine = query.where(
        FindingRecord.unit_id.in_(scope(tx, Permission.WORK_ON_ACTIONS)),
        FindingRecord.state == FindingState.OPEN.value,
        or_(FindingRecord.owner_id.is_(None), FindingRecord.owner_id == me),
    )
    others = query.where(
        FindingRecord.unit_id.in_(scope(tx, Permission.CONFIRM_READINESS)),
        FindingRecord.state == FindingState.ANSWERED.value,
        FindingRecord.answerer_id != me,
    )
    for kind, wanted in ((ANSWER, mine), (APPROVE, others)):
        for row_id, unit_id, number, assessment, day in tx.session.execute(wanted):
            yield Due(kind, UnitId(unit_id), day, f"{assessment} {number}", str(row_id))


def _reports(tx: Tx) -> Iterator[Due]:
    """Yield documents of which every finding is approved, and whose report is not handed in."""
    of = FindingRecord.letter_id == FindingsLetter.id
    query = (
        select(PmAssessment.id, FindingsLetter.unit_id, PmAssessment.number, FindingsLetter.due_on)
        .join(PmAssessment, PmAssessment.id == FindingsLetter.assessment_id)
        .where(
            FindingsLetter.unit_id.in_(scope(tx, Permission.MANAGE_CERTIFICATION)),
            FindingsLetter.state == LetterState.OPEN.value,
            PmAssessment.round_id.in_(_running()),
            exists().where(of),
            ~exists().where(of, FindingRecord.state != FindingState.APPROVED.value),
        )
        .order_by(FindingsLetter.due_on, FindingsLetter.id)
        .limit(MOST)
    )
    for row_id, unit_id, number, day in tx.session.execute(query):
        yield Due(REPORT, UnitId(unit_id), day, number, str(row_id))


def _documents(tx: Tx) -> Iterator[Due]:
    query = (
        select(PmAssessment.id, RequestedDocument.unit_id, PmAssessment.number, RequestedDocument.due_at)
        .join(PmAssessment, PmAssessment.id == RequestedDocument.assessment_id)
        .where(
            RequestedDocument.unit_id.in_(scope(tx, Permission.MANAGE_CERTIFICATION)),
            RequestedDocument.given_at.is_(None),
            PmAssessment.round_id.in_(_running()),
        )
        .order_by(RequestedDocument.due_at, RequestedDocument.id)
        .limit(MOST)
    )
    for row_id, unit_id, number, at in tx.session.execute(query):
        yield Due(DOCUMENT, UnitId(unit_id), today_in_japan(at), number, str(row_id))


def _running() -> Select[int]:
    """Return the ids of applications that are not decided."""
    return select(CertificateRound.id).where(CertificateRound.state == RoundState.OPEN.value)
