"""Improvement reports 改善報告書 over all findings of a document: handed in, accepted or returned."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select

from privacy_mark.assessments.findings import LONGEST_NOTE, reopen
from privacy_mark.assessments.letters import due, note_step, open_letter
from privacy_mark.assessments.model import (
    FindingId,
    FindingState,
    Letter,
    LetterId,
    LetterState,
    ReportState,
    Stage,
    Turn,
)
from privacy_mark.assessments.rows import LETTERS, REPORTS, held, letters_of
from privacy_mark.assessments.rules import rules
from privacy_mark.certificates.model import RoundId
from privacy_mark.certificates.steps import Step
from registry.access import today_in_japan
from registry.errors import InvalidValue
from registry.journal import Action
from registry.model import UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.assessment_tables import FindingRecord, FindingsLetter, ImprovementReport, PmAssessment
from registry.store.base import new_uid


def send(tx: Tx, letter_id: LetterId, *, sent_on: date, expected_version: int) -> Letter:
    """Record that the report on a document was handed in: every answer is approved by another person.

    The first one after the on-site assessment is a step of the application too. Raises NotFound,
    AccessDenied without MANAGE_CERTIFICATION, Conflict, InvalidValue: `round` `ended`, `state` `not_open`,
    `findings` `required` or `open`, `sent_on` `future` or `before_receipt`, `actual_on` `order`.
    """
    row = open_letter(tx, letter_id, expected_version)
    states = list(tx.session.scalars(select(FindingRecord.state).where(FindingRecord.letter_id == row.id)))
    if not states:
        raise InvalidValue("findings", "required")
    if any(state != FindingState.APPROVED.value for state in states):
        raise InvalidValue("findings", "open")
    if sent_on > today_in_japan(tx.now):
        raise InvalidValue("sent_on", "future")
    if sent_on < row.received_on:
        raise InvalidValue("sent_on", "before_receipt")
    last = select(func.max(ImprovementReport.turn)).where(ImprovementReport.letter_id == row.id)
    uid = new_uid()
    report = ImprovementReport(
        uid=uid,
        letter_id=row.id,
        unit_id=row.unit_id,
        turn=(tx.session.scalar(last) or 0) + 1,
        state=ReportState.SENT.value,
        sent_on=sent_on,
        **Row(tx, REPORTS, uid).sealed({"sender": tx.principal.name}),
    )
    tx.session.add(report)
    row.state = LetterState.SENT.value
    tx.session.flush()
    after = {"turn": report.turn, "sent_on": sent_on, "findings": len(states)}
    tx.record(Action.REPORT_SENT, LETTERS, row.id, UnitId(row.unit_id), None, after)
    if row.stage == Stage.ON_SITE.value:
        of = tx.session.get_one(PmAssessment, row.assessment_id)
        note_step(tx, RoundId(of.round_id), Step.CORRECTIVE_REPORT, sent_on)
    return letters_of(tx, [row])[0]


def accept(tx: Tx, letter_id: LetterId, *, on: date, note: str, expected_version: int) -> Letter:
    """Record that the body took the improvement as confirmed.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `round` `ended`, `state` `not_sent`, `decided_on`
    `future` or `before_report`.
    """
    row, report = _sent(tx, letter_id, on, expected_version)
    text = checked({"note": note}, longest=LONGEST_NOTE)
    report.state, report.decided_on = ReportState.ACCEPTED.value, on
    report.note_sealed = Row(tx, REPORTS, report.uid).sealed(text)["note_sealed"]
    row.state = LetterState.ACCEPTED.value
    tx.session.flush()
    after = {"turn": report.turn, "decided_on": on}
    tx.record(Action.REPORT_ACCEPTED, LETTERS, row.id, UnitId(row.unit_id), None, after)
    return letters_of(tx, [row])[0]


def send_back(
    tx: Tx,
    letter_id: LetterId,
    *,
    on: date,
    note: str,
    again: Collection[FindingId],
    due_on: date | None = None,
    expected_version: int,
) -> Letter:
    """Record that the body returned the report: which findings are answered again, and until when.

    The day follows from the rules of the body, `due_on` overrules them. Raises NotFound, AccessDenied,
    Conflict, InvalidValue: `round` `ended`, `state` `not_sent`, `decided_on` `future` or `before_report`,
    `note` `required`, `again` `required` or `unknown`, `due_on` `no_rule` or `before_issue`.
    """
    row, report = _sent(tx, letter_id, on, expected_version)
    text = checked({"note": note}, "note", longest=LONGEST_NOTE)
    if not again:
        raise InvalidValue("again", "required")
    query = select(FindingRecord).where(FindingRecord.letter_id == row.id, FindingRecord.id.in_(again))
    wanted = list(tx.session.scalars(query))
    if len(wanted) != len(set(again)):
        raise InvalidValue("again", "unknown")
    of = tx.session.get_one(PmAssessment, row.assessment_id)
    day, rule, why = due(of.body, Stage(row.stage), Turn.AGAIN, on, due_on, note)
    report.state, report.decided_on = ReportState.RETURNED.value, on
    report.note_sealed = Row(tx, REPORTS, report.uid).sealed(text)["note_sealed"]
    row.state, row.due_on, row.rule = LetterState.OPEN.value, day, rule
    reason = Row(tx, LETTERS, row.uid).sealed({"due_reason": why})["due_reason_sealed"]
    row.due_reason_sealed = None if rule else reason
    for finding in wanted:
        reopen(tx, finding, note)
        finding.due_on = rules().answer_by(day, on)
    tx.session.flush()
    after = {"turn": report.turn, "decided_on": on, "due_on": day, "findings": len(wanted)}
    tx.record(Action.REPORT_RETURNED, LETTERS, row.id, UnitId(row.unit_id), None, after)
    return letters_of(tx, [row])[0]


def _sent(
    tx: Tx, letter_id: LetterId, on: date, expected_version: int
) -> tuple[FindingsLetter, ImprovementReport]:
    row = held(tx, FindingsLetter, letter_id, expected_version)
    if row.state != LetterState.SENT.value:
        raise InvalidValue("state", "not_sent")
    query = select(ImprovementReport).where(ImprovementReport.letter_id == row.id)
    report = tx.session.scalars(query.order_by(ImprovementReport.turn.desc()).limit(1)).one()
    if on > today_in_japan(tx.now):
        raise InvalidValue("decided_on", "future")
    if on < report.sent_on:
        raise InvalidValue("decided_on", "before_report")
    return row, report
