"""The index of records 記録の一覧 for the visit: what two years left in the product, how much, and where.

Only counts and days: the records themselves are on their pages, for who may see them there.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, func, select
from sqlalchemy.orm import InstrumentedAttribute

from privacy_mark.actions.model import ActionState
from privacy_mark.assessments.model import AssessmentId
from privacy_mark.assessments.rows import assessment_of, seen
from privacy_mark.certificates.steps import Step
from registry.access import scope, today_in_japan, units_allowed
from registry.limits import months_after
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.assessment_tables import FindingsLetter, PmAssessment
from registry.store.audit_tables import AuditRecord, CorrectiveAction
from registry.store.case_tables import CaseRecord, DisposalRecord
from registry.store.certificate_tables import CertificateAccident, PmsYear
from registry.store.complaint_tables import ComplaintRecord
from registry.store.confirmation_tables import ConfirmationRecord
from registry.store.document_tables import RuleVersionRecord
from registry.store.ledger_tables import ProcessorRecord
from registry.store.processor_tables import ProcessorEvaluation
from registry.store.requirements_tables import EvidenceRecord
from registry.store.review_tables import ReviewRecord
from registry.store.rights_tables import NoticeText, ProvisionRecord, RightsRequest
from registry.store.risk_tables import RiskVersionRecord
from registry.store.tables import LedgerRecord, LedgerVersionRecord, OrgClosure, ScanRun
from registry.store.training_tables import TrainingResult

MONTHS = 24
"""So far back: a mark is granted for two years."""
_JAPAN = timedelta(hours=9)
_Column = InstrumentedAttribute[Any]


class RecordKind(enum.StrEnum):
    """What kind of record, in the order of the guideline; the ids are public API."""

    LEDGER = "ledger"
    LEDGER_CHANGES = "ledger_changes"
    RISKS = "risks"
    PLANS = "plans"
    TRAINING = "training"
    ACCIDENTS = "accidents"
    RULES = "rules"
    EVIDENCE = "evidence"
    CONFIRMATIONS = "confirmations"
    AUDITS = "audits"
    REVIEWS = "reviews"
    ACTIONS = "actions"
    FINDINGS = "findings"
    NOTICES = "notices"
    PROVISIONS = "provisions"
    SCANS = "scans"
    DIFFERENCES = "differences"
    DISPOSALS = "disposals"
    PROCESSORS = "processors"
    EVALUATIONS = "evaluations"  # of processors
    REQUESTS = "requests"
    COMPLAINTS = "complaints"


@dataclass(frozen=True, slots=True)
class Records:
    """How one kind of record is counted, for which clause, and who may see it.

    `day` None: all that there are, as they stand. `names`: its page shows names of persons in the clear.
    """

    requirement: str
    unit: _Column
    day: _Column | None
    permission: Permission
    names: bool = False
    gone: _Column | None = None  # when it was removed
    only: ColumnElement[bool] | None = None  # what counts as such a record


KINDS: Mapping[RecordKind, Records] = {
    RecordKind.LEDGER: Records("J.3.1.1", LedgerRecord.unit_id, None, Permission.VIEW_LEDGER, names=True),
    RecordKind.LEDGER_CHANGES: Records(
        "J.3.1.1", LedgerVersionRecord.unit_id, LedgerVersionRecord.at, Permission.VIEW_LEDGER, names=True
    ),
    RecordKind.RISKS: Records(
        "J.3.1.3", RiskVersionRecord.unit_id, RiskVersionRecord.at, Permission.VIEW_LEDGER, names=True
    ),
    RecordKind.PLANS: Records(
        "J.3.2", PmsYear.unit_id, PmsYear.starts_on, Permission.VIEW_CERTIFICATION, names=True
    ),
    RecordKind.TRAINING: Records(
        "J.4.3", TrainingResult.unit_id, TrainingResult.taken_on, Permission.VIEW_TRAINING, names=True
    ),
    RecordKind.ACCIDENTS: Records(
        "J.4.4.2",
        CertificateAccident.unit_id,
        CertificateAccident.discovered_on,
        Permission.VIEW_CERTIFICATION,
        gone=CertificateAccident.withdrawn_on,
    ),
    RecordKind.RULES: Records(
        "J.4.5.4",
        RuleVersionRecord.unit_id,
        RuleVersionRecord.approved_at,
        Permission.VIEW_REVIEWS,
        names=True,
    ),
    RecordKind.EVIDENCE: Records(
        "J.4.5.5",
        EvidenceRecord.unit_id,
        EvidenceRecord.effective_on,
        Permission.VIEW_CERTIFICATION,
        names=True,
        gone=EvidenceRecord.removed_at,
    ),
    RecordKind.CONFIRMATIONS: Records(
        "J.6.1",
        ConfirmationRecord.unit_id,
        ConfirmationRecord.answered_at,
        Permission.VIEW_CONFIRMATIONS,
        names=True,
    ),
    RecordKind.AUDITS: Records(
        "J.6.2", AuditRecord.unit_id, AuditRecord.done_on, Permission.VIEW_AUDITS, names=True
    ),
    RecordKind.REVIEWS: Records(
        "J.6.3", ReviewRecord.unit_id, ReviewRecord.held_on, Permission.VIEW_REVIEWS, names=True
    ),
    RecordKind.ACTIONS: Records(
        "J.7.1",
        CorrectiveAction.unit_id,
        CorrectiveAction.found_on,
        Permission.VIEW_AUDITS,
        names=True,
        only=CorrectiveAction.state != ActionState.WITHDRAWN.value,
    ),
    RecordKind.FINDINGS: Records(
        "J.7.1", FindingsLetter.unit_id, FindingsLetter.dated_on, Permission.VIEW_CERTIFICATION, names=True
    ),
    RecordKind.NOTICES: Records(
        "J.8.4", NoticeText.unit_id, NoticeText.written_at, Permission.VIEW_LEDGER, names=True
    ),
    RecordKind.PROVISIONS: Records(
        "J.8.8", ProvisionRecord.unit_id, ProvisionRecord.recorded_at, Permission.VIEW_PROVISIONS, names=True
    ),
    RecordKind.SCANS: Records("J.9.2", ScanRun.unit_id, ScanRun.finished_at, Permission.VIEW_LOCATIONS),
    RecordKind.DIFFERENCES: Records(
        "J.9.2", CaseRecord.unit_id, CaseRecord.opened_at, Permission.VIEW_SITUATION, names=True
    ),
    RecordKind.DISPOSALS: Records(
        "J.9.2", DisposalRecord.unit_id, DisposalRecord.ordered_at, Permission.VIEW_LEDGER, names=True
    ),
    RecordKind.PROCESSORS: Records("J.9.4", ProcessorRecord.unit_id, None, Permission.VIEW_LEDGER),
    RecordKind.EVALUATIONS: Records(
        "J.9.4",
        ProcessorEvaluation.unit_id,
        ProcessorEvaluation.evaluated_on,
        Permission.VIEW_LEDGER,
        names=True,
        gone=ProcessorEvaluation.withdrawn_on,
    ),
    RecordKind.REQUESTS: Records(
        "J.10.1", RightsRequest.unit_id, RightsRequest.received_on, Permission.VIEW_REQUESTS, names=True
    ),
    RecordKind.COMPLAINTS: Records(
        "J.11.1", ComplaintRecord.unit_id, ComplaintRecord.received_on, Permission.VIEW_COMPLAINTS, names=True
    ),
}


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One kind of record: how many, and the newest day; both None for who may not see it there."""

    kind: RecordKind
    requirement: str
    names: bool
    number: int | None
    newest: date | None


@dataclass(frozen=True, slots=True)
class Index:
    """All kinds in the order of the guideline, and from when until when they were counted."""

    unit_id: UnitId
    since: date
    until: date
    lines: tuple[IndexLine, ...]


def index(tx: Tx, assessment_id: AssessmentId) -> Index:
    """Return the index of a visible assessment: the two years to the visit, or to today before it.

    Of the assessed unit and all below it; one question for each kind. Raises NotFound.
    """
    of = assessment_of(tx, seen(tx, PmAssessment, assessment_id))
    until = of.steps[Step.ON_SITE].actual or today_in_japan(tx.now)
    since = months_after(until, -MONTHS) + timedelta(days=1)
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == of.unit_id)
    lines = [_line(tx, kind, of.unit_id, below, since, until) for kind in RecordKind]
    return Index(of.unit_id, since, until, tuple(lines))


def _line(tx: Tx, kind: RecordKind, unit_id: UnitId, below: Any, since: date, until: date) -> IndexLine:
    of = KINDS[kind]
    if unit_id not in units_allowed(tx, of.permission):
        return IndexLine(kind, of.requirement, of.names, None, None)
    query = select(func.count()).where(of.unit.in_(below), of.unit.in_(scope(tx, of.permission)))
    if of.gone is not None:
        query = query.where(of.gone.is_(None))
    if of.only is not None:
        query = query.where(of.only)
    if of.day is None:
        return IndexLine(kind, of.requirement, of.names, tx.session.scalar(query) or 0, None)
    first, last = _span(of.day, since, until)
    query = query.where(of.day >= first, of.day < last)
    number, newest = tx.session.execute(query.add_columns(func.max(of.day))).one()
    day = today_in_japan(newest) if isinstance(newest, datetime) else newest
    return IndexLine(kind, of.requirement, of.names, number, day)


def _span(column: _Column, since: date, until: date) -> tuple[date, date]:
    """Return the first day and the day after the last, as moments where the column has moments."""
    after = until + timedelta(days=1)
    if isinstance(column.type, Date):
        return since, after
    return datetime.combine(since, time(), UTC) - _JAPAN, datetime.combine(after, time(), UTC) - _JAPAN
