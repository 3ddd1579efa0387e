"""The register of assessments: who assesses an application and where; its days are the application's."""

from __future__ import annotations

from datetime import date

from sqlalchemy import case, func, select

from privacy_mark.assessments.model import (
    Assessment,
    AssessmentId,
    AssessmentLine,
    FindingState,
    LetterState,
)
from privacy_mark.assessments.rows import (
    ASSESSMENTS,
    assessment_of,
    assessments_of,
    held,
    next_number,
    seen,
)
from privacy_mark.certificates.model import CertificateId, RoundId, RoundState
from privacy_mark.certificates.rows import held as held_round
from registry.access import scope
from registry.errors import Duplicate, InvalidValue
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.assessment_tables import FindingRecord, FindingsLetter, PmAssessment
from registry.store.base import new_uid
from registry.store.certificate_tables import CertificateRecord, CertificateRound
from registry.store.tables import OrgClosure

LONGEST = 1_000


def start(tx: Tx, round_id: RoundId, *, assessors: str = "", place: str = "", note: str = "") -> Assessment:
    """Open the assessment of a running application; there is one for each.

    Raises NotFound, AccessDenied without MANAGE_CERTIFICATION, InvalidValue: `round` `ended`, a text
    `too_long`; Duplicate `round`.
    """
    of = held_round(tx, CertificateRound, round_id, None)
    if of.state != RoundState.OPEN.value:
        raise InvalidValue("round", "ended")
    if tx.session.scalar(select(PmAssessment.id).where(PmAssessment.round_id == of.id)) is not None:
        raise Duplicate("round")
    texts = _texts(assessors, place, note)
    body = tx.session.scalar(select(CertificateRecord.body).where(CertificateRecord.id == of.certificate_id))
    uid = new_uid()
    row = PmAssessment(
        uid=uid,
        number=next_number(tx),
        round_id=of.id,
        certificate_id=of.certificate_id,
        unit_id=of.unit_id,
        body=body,
        **Row(tx, ASSESSMENTS, uid).sealed(texts),
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"number": row.number, "body": row.body}
    tx.record(Action.ASSESSMENT_STARTED, ASSESSMENTS, row.id, UnitId(row.unit_id), None, after)
    return assessment_of(tx, row)


def change(
    tx: Tx, assessment_id: AssessmentId, *, assessors: str, place: str, note: str, expected_version: int
) -> Assessment:
    """Write who assesses, where, and what else is to be known.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `round` `ended`, a text `too_long`.
    """
    row = held(tx, PmAssessment, assessment_id, expected_version)
    texts = Row(tx, ASSESSMENTS, row.uid).sealed(_texts(assessors, place, note))
    row.assessors_sealed, row.place_sealed = texts["assessors_sealed"], texts["place_sealed"]
    row.note_sealed = texts["note_sealed"]
    tx.session.flush()
    tx.record(Action.ASSESSMENT_CHANGED, ASSESSMENTS, row.id, UnitId(row.unit_id), None, {})
    return assessment_of(tx, row)


def assessment(tx: Tx, assessment_id: AssessmentId) -> Assessment:
    """Return one visible assessment; raises NotFound."""
    return assessment_of(tx, seen(tx, PmAssessment, assessment_id))


def assessments(
    tx: Tx, *, unit_id: UnitId | None = None, certificate_id: CertificateId | None = None
) -> list[AssessmentLine]:
    """Return the visible assessments, those of running applications first, the newest first.

    Of a unit and all below it, or of one certificate; five questions, however many there are.
    """
    query = (
        select(PmAssessment)
        .join(CertificateRound, CertificateRound.id == PmAssessment.round_id)
        .where(PmAssessment.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)))
        .order_by(case((CertificateRound.state == RoundState.OPEN.value, 0), else_=1), PmAssessment.id.desc())
    )
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(PmAssessment.unit_id.in_(below))
    if certificate_id is not None:
        query = query.where(PmAssessment.certificate_id == certificate_id)
    found = assessments_of(tx, list(tx.session.scalars(query)))
    ids = [each.id for each in found]
    counts = {
        (row.assessment_id, row.state): row.number
        for row in tx.session.execute(
            select(FindingRecord.assessment_id, FindingRecord.state, func.count().label("number"))
            .where(FindingRecord.assessment_id.in_(ids))
            .group_by(FindingRecord.assessment_id, FindingRecord.state)
        )
    }
    days: dict[int, date] = dict(
        tx.session.execute(
            select(FindingsLetter.assessment_id, func.min(FindingsLetter.due_on))
            .where(FindingsLetter.assessment_id.in_(ids), FindingsLetter.state == LetterState.OPEN.value)
            .group_by(FindingsLetter.assessment_id)
        ).all()
    )
    lines = []
    for each in found:
        number = {state: counts.get((each.id, state.value), 0) for state in FindingState}
        lines.append(
            AssessmentLine(
                each,
                sum(number.values()),
                number[FindingState.OPEN],
                number[FindingState.ANSWERED],
                number[FindingState.APPROVED],
                days.get(each.id) if each.is_open else None,
            )
        )
    return lines


def _texts(assessors: str, place: str, note: str) -> dict[str, str]:
    return checked({"assessors": assessors, "place": place, "note": note}, longest=LONGEST)
