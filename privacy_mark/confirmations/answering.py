"""One confirmation: answered by who is responsible, confirmed by another person, corrected where needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from privacy_mark.confirmations import kept_sets, operations
from privacy_mark.confirmations.answers import Answer, accepted, changed, exceptions, of_text, to_text
from privacy_mark.confirmations.campaigns import (
    ConfirmationId,
    number_of,
)
from privacy_mark.confirmations.correcting import followed
from privacy_mark.confirmations.facts import Fact, facts
from privacy_mark.confirmations.operations import Operation
from privacy_mark.confirmations.periods import first_day, span_of
from privacy_mark.confirmations.questions import FactKind, QuestionSet, questions
from privacy_mark.confirmations.states import UNANSWERED, ConfirmationState
from registry.access import require, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UserId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.confirmation_tables import CampaignRecord, ConfirmationRecord, OperationRecord

TABLE = "confirmation"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One confirmation with everything that is known of it."""

    id: ConfirmationId
    number: str
    unit_id: UnitId
    operation: Operation
    period: str
    due_on: date
    state: ConfirmationState
    asked: QuestionSet  # by the kind of the operation; once answered, what was asked then
    answered: QuestionSet  # what the answers were given to, also where they were sent back
    answers: tuple[Answer, ...] = field(repr=False)
    before: tuple[Answer, ...] = field(repr=False)  # those of the time before; empty: there was none
    answerer_id: UserId | None
    answerer: str
    answered_at: datetime | None
    confirmer: str
    confirmed_at: datetime | None
    note: str = field(repr=False)
    actions: tuple[str, ...]
    version: int

    @property
    def changed(self) -> frozenset[str]:
        """Return the questions that are answered otherwise than the time before."""
        return changed(self.before, self.answers) if self.before and self.answers else frozenset()


def confirmation(tx: Tx, confirmation_id: ConfirmationId) -> Confirmation:
    """Return one confirmation; raises NotFound where one may not see confirmations."""
    return _confirmation(tx, *_row(tx, confirmation_id))


def known_facts(tx: Tx, confirmation_id: ConfirmationId) -> Mapping[FactKind, Fact]:
    """Return what is known now of the confirmation's unit; raises NotFound, AccessDenied as `answer`."""
    row, _, _ = _row(tx, confirmation_id)
    require(tx, Permission.ANSWER_CONFIRMATIONS, UnitId(row.unit_id))
    return facts(tx, UnitId(row.unit_id), first_day(row.period), today_in_japan(tx.now))


def answer(
    tx: Tx, confirmation_id: ConfirmationId, answers: Sequence[Answer], *, expected_version: int
) -> Confirmation:
    """Answer a confirmation; what the platform knows is looked up again.

    The questions are kept with it. Raises NotFound, AccessDenied without ANSWER_CONFIRMATIONS, Conflict,
    InvalidValue: `state` `confirmed` or, of an operation that ended, `withdrawn`, and what `answers.accepted`
    refuses.
    """
    row, of, round_ = _held(tx, confirmation_id, Permission.ANSWER_CONFIRMATIONS, expected_version)
    if row.state in (ConfirmationState.CONFIRMED.value, ConfirmationState.WITHDRAWN.value):
        raise InvalidValue("state", row.state)
    span, asked = span_of(row.period, today_in_japan(tx.now)), _asked(row, of)
    known = facts(tx, UnitId(row.unit_id), span.first, span.today)
    given = accepted(asked, answers, known, span=span)
    before = _before(tx, row)
    sealed = Row(tx, TABLE, row.uid)
    texts = sealed.sealed({"answers": to_text(given), "answerer": tx.principal.name})
    row.answers_sealed, row.answerer_sealed = texts["answers_sealed"], texts["answerer_sealed"]
    row.answerer_id, row.answered_at = tx.principal.user_id, tx.now
    row.state = ConfirmationState.ANSWERED.value
    row.set_id, row.asked = asked.id, kept_sets.to_text(asked)
    row.exceptions = len(exceptions(given))
    row.changes = len(changed(before, given)) if before else None
    row.note_sealed = None
    tx.session.flush()
    after = {"period": row.period, "exceptions": row.exceptions, "changes": row.changes}
    tx.record(Action.CONFIRMATION_ANSWERED, TABLE, row.id, UnitId(row.unit_id), None, after)
    return _confirmation(tx, row, of, round_)


def confirm(tx: Tx, confirmation_id: ConfirmationId, *, expected_version: int) -> Confirmation:
    """Confirm what another person answered; each exception is followed by a corrective action.

    Raises NotFound, AccessDenied without DECIDE_CONFIRMATIONS, Conflict, InvalidValue: `state`
    `not_answered`, `confirmer` `own_answer`.
    """
    row, of, round_ = _held(tx, confirmation_id, Permission.DECIDE_CONFIRMATIONS, expected_version)
    _check_decision(tx, row)
    sealed = Row(tx, TABLE, row.uid)
    given = of_text(sealed.opened("answers", row.answers_sealed))
    numbers = followed(tx, row, exceptions(given), _answered(row, of, given))
    row.state = ConfirmationState.CONFIRMED.value
    row.confirmer_id, row.confirmed_at = tx.principal.user_id, tx.now
    row.confirmer_sealed = sealed.sealed({"confirmer": tx.principal.name})["confirmer_sealed"]
    row.actions = ",".join(numbers)
    tx.session.flush()
    after = {"period": row.period, "exceptions": row.exceptions, "actions": row.actions}
    tx.record(Action.CONFIRMATION_CONFIRMED, TABLE, row.id, UnitId(row.unit_id), None, after)
    return _confirmation(tx, row, of, round_)


def send_back(tx: Tx, confirmation_id: ConfirmationId, *, note: str, expected_version: int) -> Confirmation:
    """Send an answer back to who gave it, with a reason.

    Raises as `confirm`, and InvalidValue: `note` `required`.
    """
    row, of, round_ = _held(tx, confirmation_id, Permission.DECIDE_CONFIRMATIONS, expected_version)
    _check_decision(tx, row)
    text = checked({"note": note}, "note", longest=1_000)["note"]
    row.state = ConfirmationState.RETURNED.value
    row.note_sealed = Row(tx, TABLE, row.uid).sealed({"note": text})["note_sealed"]
    tx.session.flush()
    after = {"period": row.period}
    tx.record(Action.CONFIRMATION_RETURNED, TABLE, row.id, UnitId(row.unit_id), None, after)
    return _confirmation(tx, row, of, round_)


def _check_decision(tx: Tx, row: ConfirmationRecord) -> None:
    if row.state != ConfirmationState.ANSWERED.value:
        raise InvalidValue("state", "not_answered")
    if row.answerer_id == tx.principal.user_id:
        raise InvalidValue("confirmer", "own_answer")


_Found = tuple[ConfirmationRecord, OperationRecord, CampaignRecord]


def _row(tx: Tx, confirmation_id: ConfirmationId) -> _Found:
    found = tx.session.execute(
        select(ConfirmationRecord, OperationRecord, CampaignRecord)
        .join(OperationRecord, OperationRecord.id == ConfirmationRecord.operation_id)
        .join(CampaignRecord, CampaignRecord.id == ConfirmationRecord.campaign_id)
        .where(
            ConfirmationRecord.id == confirmation_id,
            ConfirmationRecord.unit_id.in_(scope(tx, Permission.VIEW_CONFIRMATIONS)),
        )
    ).one_or_none()
    if found is None:
        raise NotFound(TABLE)
    return found[0], found[1], found[2]


def _held(tx: Tx, confirmation_id: ConfirmationId, permission: Permission, expected_version: int) -> _Found:
    row, of, round_ = _row(tx, confirmation_id)
    require(tx, permission, UnitId(row.unit_id))
    if row.version != expected_version:
        at = row.answered_at or round_.opened_at
        if row.state == ConfirmationState.OPEN.value:
            raise Conflict("", at, (), version=row.version)
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    return row, of, round_


def _before(tx: Tx, row: ConfirmationRecord) -> tuple[Answer, ...]:
    earlier = tx.session.scalar(
        select(ConfirmationRecord)
        .where(
            ConfirmationRecord.operation_id == row.operation_id,
            ConfirmationRecord.period < row.period,
            ConfirmationRecord.state.not_in([state.value for state in UNANSWERED]),
        )
        .order_by(ConfirmationRecord.period.desc())
        .limit(1)
    )
    if earlier is None:
        return ()
    return of_text(Row(tx, TABLE, earlier.uid).opened("answers", earlier.answers_sealed))


def _asked(row: ConfirmationRecord, of: OperationRecord) -> QuestionSet:
    """Return what is asked: by the operation's kind now, until it is answered."""
    if row.asked and ConfirmationState(row.state) not in UNANSWERED:
        return kept_sets.of_text(row.asked)
    return questions().sets[of.set_id]


def _answered(row: ConfirmationRecord, of: OperationRecord, answers: Sequence[Answer]) -> QuestionSet:
    """Return what the answers were given to; before the questions were kept, as the answers tell."""
    if row.asked:
        return kept_sets.of_text(row.asked)
    return kept_sets.of_answers(answers, questions().sets[of.set_id])


def _confirmation(
    tx: Tx, row: ConfirmationRecord, of: OperationRecord, round_: CampaignRecord
) -> Confirmation:
    sealed = Row(tx, TABLE, row.uid)
    answers = of_text(sealed.opened("answers", row.answers_sealed))
    answered, state = _answered(row, of, answers), ConfirmationState(row.state)
    return Confirmation(
        id=ConfirmationId(row.id),
        number=number_of(row.id),
        unit_id=UnitId(row.unit_id),
        operation=operations.operation_of(tx, of),
        period=row.period,
        due_on=round_.due_on,
        state=state,
        asked=_asked(row, of) if state in UNANSWERED else answered,
        answered=answered,
        answers=answers,
        before=_before(tx, row),
        answerer_id=None if row.answerer_id is None else UserId(row.answerer_id),
        answerer=sealed.opened("answerer", row.answerer_sealed),
        answered_at=row.answered_at,
        confirmer=sealed.opened("confirmer", row.confirmer_sealed),
        confirmed_at=row.confirmed_at,
        note=sealed.opened("note", row.note_sealed),
        actions=tuple(row.actions.split(",")) if row.actions else (),
        version=row.version,
    )
