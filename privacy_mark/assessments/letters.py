"""Documents with findings 指摘事項文書 as they arrive, and until when the report on them is due."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from privacy_mark.assessments.model import (
    AssessmentId,
    EarlierFinding,
    Letter,
    LetterId,
    LetterState,
    Stage,
    Turn,
)
from privacy_mark.assessments.rows import LETTERS, held, letters_of, seen
from privacy_mark.assessments.rules import rules
from privacy_mark.certificates import rounds
from privacy_mark.certificates.model import RoundId
from privacy_mark.certificates.rows import steps_of
from privacy_mark.certificates.steps import Step
from registry.access import today_in_japan
from registry.errors import InvalidValue
from registry.journal import Action
from registry.model import UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.assessment_tables import FindingsLetter, PmAssessment
from registry.store.base import new_uid
from registry.store.certificate_tables import CertificateRound

LONGEST_REASON = 1_000


def receive(
    tx: Tx,
    assessment_id: AssessmentId,
    *,
    stage: Stage,
    dated_on: date,
    received_on: date,
    due_on: date | None = None,
    reason: str = "",
) -> Letter:
    """Enter a document with findings; the day of the report follows from the rules of its body.

    `due_on` overrules them for a reason. What came of the on-site assessment is a step of the application
    too. Raises NotFound, AccessDenied, InvalidValue: `round` `ended`, `received_on` `future` or
    `before_issue`, `due_on` `no_rule` where no rule tells the day, `before_issue`, `reason` `required`,
    `actual_on` `order` when the application's steps do not fit.
    """
    of = held(tx, PmAssessment, assessment_id, None)
    if received_on > today_in_japan(tx.now):
        raise InvalidValue("received_on", "future")
    if dated_on > received_on:
        raise InvalidValue("received_on", "before_issue")
    uid = new_uid()
    day, rule, why = due(of.body, stage, Turn.FIRST, dated_on, due_on, reason)
    row = FindingsLetter(
        uid=uid,
        assessment_id=of.id,
        unit_id=of.unit_id,
        stage=stage.value,
        dated_on=dated_on,
        received_on=received_on,
        due_on=day,
        rule=rule,
        due_reason_sealed=None
        if rule
        else Row(tx, LETTERS, uid).sealed({"due_reason": why})["due_reason_sealed"],
        state=LetterState.OPEN.value,
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"stage": stage.value, "dated_on": dated_on, "due_on": day}
    tx.record(Action.FINDINGS_RECEIVED, LETTERS, row.id, UnitId(row.unit_id), None, after)
    if stage is Stage.ON_SITE:
        note_step(tx, RoundId(of.round_id), Step.FINDINGS, received_on)
    return letters_of(tx, [row])[0]


def set_due(tx: Tx, letter_id: LetterId, *, due_on: date, reason: str, expected_version: int) -> Letter:
    """Correct until when the report is due, for a reason: what the body wrote, or granted.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `round` `ended`, `state` `not_open`, `due_on`
    `before_issue`, `reason` `required`.
    """
    row = open_letter(tx, letter_id, expected_version)
    if due_on < row.dated_on:
        raise InvalidValue("due_on", "before_issue")
    why = checked({"reason": reason}, "reason", longest=LONGEST_REASON)["reason"]
    before = {"due_on": row.due_on}
    row.due_on, row.rule = due_on, ""
    row.due_reason_sealed = Row(tx, LETTERS, row.uid).sealed({"due_reason": why})["due_reason_sealed"]
    tx.session.flush()
    after = {"due_on": due_on}
    tx.record(Action.FINDINGS_DUE_SET, LETTERS, row.id, UnitId(row.unit_id), before, after)
    return letters_of(tx, [row])[0]


def letters(tx: Tx, assessment_id: AssessmentId) -> list[Letter]:
    """Return the documents of a visible assessment, oldest first, with findings and reports; NotFound."""
    of = seen(tx, PmAssessment, assessment_id)
    query = select(FindingsLetter).where(FindingsLetter.assessment_id == of.id)
    return letters_of(tx, list(tx.session.scalars(query.order_by(FindingsLetter.id))))


def letter(tx: Tx, letter_id: LetterId) -> Letter:
    """Return one visible document; raises NotFound."""
    return letters_of(tx, [seen(tx, FindingsLetter, letter_id)])[0]


def earlier(tx: Tx, assessment_id: AssessmentId) -> list[EarlierFinding]:
    """Return what earlier assessments of the same certificate found, the newest first; raises NotFound."""
    of = seen(tx, PmAssessment, assessment_id)
    before = select(PmAssessment.id).where(
        PmAssessment.certificate_id == of.certificate_id, PmAssessment.id < of.id
    )
    query = select(FindingsLetter).where(FindingsLetter.assessment_id.in_(before))
    return [
        EarlierFinding(
            finding.assessment_number,
            each.stage,
            each.dated_on,
            finding.number,
            finding.requirement,
            finding.text,
            finding.answer,
            finding.state,
            each.state is LetterState.ACCEPTED,
        )
        for each in letters_of(tx, list(tx.session.scalars(query.order_by(FindingsLetter.id.desc()))))
        for finding in each.findings
    ]


def due(
    body: str, stage: Stage, turn: Turn, dated_on: date, due_on: date | None, reason: str
) -> tuple[date, str, str]:
    """Return the day of a report, the rule that gave it ("": a person did) and the person's reason."""
    if due_on is not None:
        if due_on < dated_on:
            raise InvalidValue("due_on", "before_issue")
        return due_on, "", checked({"reason": reason}, "reason", longest=LONGEST_REASON)["reason"]
    rule = rules().of(body, stage, turn, dated_on)
    if rule is None:
        raise InvalidValue("due_on", "no_rule")
    return rule.due_on(dated_on), rule.id, ""


def open_letter(tx: Tx, letter_id: LetterId, expected_version: int | None) -> FindingsLetter:
    """Return a document on which one may work; raises as `rows.held`, and InvalidValue `state` `not_open`."""
    row = held(tx, FindingsLetter, letter_id, expected_version)
    if row.state != LetterState.OPEN.value:
        raise InvalidValue("state", "not_open")
    return row


def note_step(tx: Tx, round_id: RoundId, step: Step, on: date) -> None:
    """Write the day of a step of the application that has none yet; the caller has checked who asks."""
    held_days = steps_of(tx, [round_id])[round_id][step]
    if held_days.actual is None:
        row = tx.session.get_one(CertificateRound, round_id)
        rounds.set_steps(tx, round_id, {step: (held_days.planned, on)}, expected_version=row.version)
