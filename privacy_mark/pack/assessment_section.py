"""Findings of assessors 指摘事項 and improvement reports 改善報告書: which, when, how far; no words.

What assessors wrote and what was answered lies with the body already, and names who did what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, or_, select

from privacy_mark.assessments.correcting import links_of
from privacy_mark.assessments.model import FindingId, FindingState, LetterState, ReportState
from privacy_mark.assessments.rows import EVIDENCE, FINDINGS, LETTERS, REPORTS
from privacy_mark.certificates.model import RoundState
from privacy_mark.pack.certificate_section import certificates_of
from privacy_mark.pack.model import Code, Figure, Line, Listing, Record, RowKey, Section, Subject
from registry.access import scope, today_in_japan
from registry.model import Permission
from registry.store import Tx
from registry.store.assessment_tables import (
    FindingEvidence,
    FindingRecord,
    FindingsLetter,
    ImprovementReport,
    PmAssessment,
)
from registry.store.audit_tables import CorrectiveAction
from registry.store.certificate_tables import CertificateRound
from registry.store.file_tables import FileRecord

_ACTION = CorrectiveAction.__tablename__


def assessments(tx: Tx, of: Subject) -> Section:
    """Return the findings of two years and of the last assessment, and the reports that were handed in."""
    letters = _letters(tx, of)
    numbers = dict(
        tx.session.execute(
            select(PmAssessment.id, PmAssessment.number).where(
                PmAssessment.id.in_({each.assessment_id for each in letters.values()})
            )
        ).all()
    )
    findings = tx.session.scalars(
        select(FindingRecord)
        .where(
            FindingRecord.letter_id.in_(letters),
            FindingRecord.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
        )
        .order_by(FindingRecord.letter_id, FindingRecord.id)
    ).all()
    reports = tx.session.scalars(
        select(ImprovementReport)
        .where(ImprovementReport.letter_id.in_(letters))
        .order_by(ImprovementReport.letter_id, ImprovementReport.turn)
    ).all()
    evidence = _evidence(tx, [row.id for row in findings])
    actions = {
        finding: each
        for finding, each in links_of(tx, [row.id for row in findings]).items()
        if each.visible  # whoever builds the pack may not see the action of another unit
    }
    lines = []
    for row in findings:
        letter, action = letters[row.letter_id], actions.get(FindingId(row.id))
        shown = tuple(each.key for each in evidence.get(row.id, ()))
        lines.append(
            Line(
                (
                    numbers[letter.assessment_id],
                    Code("assessment_stage", letter.stage),
                    row.number,
                    row.requirement,
                    letter.dated_on,
                    letter.due_on,
                    Figure.count("assessments.evidence", shown),
                    Code("finding_state", row.state),
                    today_in_japan(row.approved_at) if row.approved_at else None,
                    action.number if action else None,
                ),
                (
                    RowKey(FINDINGS, str(row.id)),
                    RowKey(LETTERS, str(letter.id)),
                    *((RowKey(_ACTION, str(action.id)),) if action else ()),
                ),
            )
        )
    told = tuple(_report(row, letters[row.letter_id], numbers) for row in reports)
    listings = (Listing("assessments.findings", tuple(lines)), Listing("assessments.reports", told))
    records = [
        *_records(letters.values(), findings, reports, numbers),
        *(each for shown in evidence.values() for each in shown),
        *_actions(tx, [each.id for each in actions.values()]),
    ]
    return Section("assessments", _figures(letters, findings, reports), listings, tuple(records))


def _letters(tx: Tx, of: Subject) -> dict[int, FindingsLetter]:
    """Return the documents with findings that count, oldest first, of the entity's own certificates.

    Of each, those of the assessment that runs and of the newest that ended, however old they are.
    """
    runs = CertificateRound.state == RoundState.OPEN.value
    mine = PmAssessment.certificate_id.in_(certificates_of(of))
    started = CertificateRound.id == PmAssessment.round_id
    own = select(PmAssessment.id).join(CertificateRound, started).where(mine)
    newest = select(func.max(PmAssessment.id)).join(CertificateRound, started).where(mine, ~runs)
    ended = newest.group_by(PmAssessment.certificate_id)
    rows = tx.session.scalars(
        select(FindingsLetter)
        .where(
            FindingsLetter.assessment_id.in_(own),
            FindingsLetter.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
            FindingsLetter.dated_on <= of.day,
            or_(
                FindingsLetter.dated_on >= of.since,
                FindingsLetter.state != LetterState.ACCEPTED.value,
                FindingsLetter.assessment_id.in_(own.where(runs)),
                FindingsLetter.assessment_id.in_(ended),
            ),
        )
        .order_by(FindingsLetter.dated_on, FindingsLetter.id)
    )
    return {row.id: row for row in rows}


def _figures(
    letters: Mapping[int, FindingsLetter],
    findings: Sequence[FindingRecord],
    reports: Sequence[ImprovementReport],
) -> tuple[Figure, ...]:
    approved = [row for row in findings if row.state == FindingState.APPROVED.value]
    accepted = [row for row in findings if letters[row.letter_id].state == LetterState.ACCEPTED.value]
    sent = max(reports, key=lambda row: (row.sent_on, row.id), default=None)
    taken = max(
        (row for row in reports if row.state == ReportState.ACCEPTED.value and row.decided_on),
        key=lambda row: (row.decided_on, row.id),
        default=None,
    )
    return (
        Figure.count("assessments.found", _keys(FINDINGS, findings)),
        Figure.count("assessments.approved", _keys(FINDINGS, approved)),
        Figure.count("assessments.accepted", _keys(FINDINGS, accepted)),
        Figure.count("assessments.sent", _keys(REPORTS, reports)),
        Figure("assessments.sent_on", sent.sent_on if sent else None, _keys(REPORTS, [sent] if sent else [])),
        Figure(
            "assessments.accepted_on",
            taken.decided_on if taken else None,
            _keys(REPORTS, [taken] if taken else []),
        ),
    )


def _report(row: ImprovementReport, letter: FindingsLetter, numbers: Mapping[int, str]) -> Line:
    return Line(
        (
            numbers[letter.assessment_id],
            Code("assessment_stage", letter.stage),
            letter.dated_on,
            row.turn,
            row.sent_on,
            Code("report_state", row.state),
            row.decided_on,
        ),
        (RowKey(REPORTS, str(row.id)), RowKey(LETTERS, str(letter.id))),
    )


def _evidence(tx: Tx, finding_ids: Sequence[int]) -> dict[int, list[Record]]:
    """Return by finding the records and files that show its answer; not what they are called."""
    found: dict[int, list[Record]] = {}
    for row in tx.session.scalars(
        select(FindingEvidence)
        .where(FindingEvidence.finding_id.in_(finding_ids))
        .order_by(FindingEvidence.id)
    ):
        key = RowKey(EVIDENCE, str(row.id))
        told_by = RowKey(FINDINGS, str(row.finding_id))
        record = Record(key, {"kind": row.kind, "reference": row.reference}, told_by)
        found.setdefault(row.finding_id, []).append(record)
    for file in tx.session.scalars(
        select(FileRecord)
        .where(FileRecord.finding_id.in_(finding_ids), FileRecord.removed_at.is_(None))
        .order_by(FileRecord.id)
    ):
        key = RowKey(FileRecord.__tablename__, str(file.id))
        if file.finding_id is not None:
            told = {} if file.personal else {"sha256": file.sha256}
            found.setdefault(file.finding_id, []).append(Record(key, told))
    return found


def _records(
    letters: Iterable[FindingsLetter],
    findings: Iterable[FindingRecord],
    reports: Iterable[ImprovementReport],
    numbers: Mapping[int, str],
) -> list[Record]:
    rows = [
        Record(
            RowKey(LETTERS, str(each.id)),
            {
                "assessment": numbers[each.assessment_id],
                "stage": each.stage,
                "dated_on": each.dated_on,
                "due_on": each.due_on,
                "state": each.state,
            },
        )
        for each in letters
    ]
    rows += [
        Record(
            RowKey(FINDINGS, str(each.id)),
            {"number": each.number, "requirement": each.requirement, "state": each.state},
        )
        for each in findings
    ]
    rows += [
        Record(
            RowKey(REPORTS, str(each.id)),
            {
                "turn": each.turn,
                "sent_on": each.sent_on,
                "state": each.state,
                "decided_on": each.decided_on,
            },
            RowKey(LETTERS, str(each.letter_id)),
        )
        for each in reports
    ]
    return rows


def _actions(tx: Tx, ids: Sequence[int]) -> list[Record]:
    rows = tx.session.scalars(
        select(CorrectiveAction).where(CorrectiveAction.id.in_(ids)).order_by(CorrectiveAction.id)
    )
    return [
        Record(
            RowKey(_ACTION, str(row.id)),
            {"number": row.number, "source": row.source, "state": row.state, "found_on": row.found_on},
        )
        for row in rows
    ]


def _keys(table: str, rows: Iterable[FindingRecord | ImprovementReport]) -> tuple[RowKey, ...]:
    return tuple(RowKey(table, str(row.id)) for row in rows)
