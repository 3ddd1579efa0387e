"""From an exception of a confirmed answer to a corrective action 是正処置 (J.7.1)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from privacy_mark.actions.model import ENDED, Nonconformity, Source
from privacy_mark.actions.rows import made
from privacy_mark.confirmations.answers import Answer
from privacy_mark.confirmations.campaigns import number_of
from privacy_mark.confirmations.questions import QuestionSet
from registry.model import UnitId
from registry.store import Tx
from registry.store.audit_tables import CorrectiveAction
from registry.store.confirmation_tables import ConfirmationRecord


def followed(tx: Tx, row: ConfirmationRecord, found: Sequence[Answer], of: QuestionSet) -> list[str]:
    """Return the numbers of the corrective actions of these exceptions; the caller has checked who confirms.

    What is still being corrected since an earlier round of the same operation opens no second action; what
    comes again after its action was approved does, and is a recurrence; after it was withdrawn, it does too.
    `of` are the questions as they were asked.
    """
    asked, running = {each.id: each for each in of.questions}, _running(tx, row)
    numbers = []
    for each in found:
        if each.question_id not in asked:
            continue
        number = running.get(each.question_id)
        if number is None:
            reference = f"{number_of(row.id)}/{each.question_id}"
            requirement, unit_id = asked[each.question_id].requirement, UnitId(row.unit_id)
            number = made(
                Nonconformity(unit_id, Source.CONFIRMATION, reference, requirement, each.note), tx
            ).number
        numbers.append(number)
    return numbers


def _running(tx: Tx, row: ConfirmationRecord) -> dict[str, str]:
    """Return the numbers of the operation's open actions by question."""
    rounds = tx.session.scalars(
        select(ConfirmationRecord.id).where(ConfirmationRecord.operation_id == row.operation_id)
    )
    known = {number_of(each) for each in rounds}
    open_ = tx.session.execute(
        select(CorrectiveAction.reference, CorrectiveAction.number).where(
            CorrectiveAction.unit_id == row.unit_id,
            CorrectiveAction.source == Source.CONFIRMATION.value,
            CorrectiveAction.state.not_in([each.value for each in ENDED]),
        )
    )
    running = {}
    for reference, number in open_:
        confirmation, _, question = reference.partition("/")
        if confirmation in known:
            running[question] = number
    return running
