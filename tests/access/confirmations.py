"""An operation with its confirmations in each company of the tests, and a call of every service of theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from privacy_mark.confirmations import answering, campaigns, operations, workplaces
from privacy_mark.confirmations.answers import Answer, Result
from privacy_mark.confirmations.campaigns import CampaignId, ConfirmationId
from privacy_mark.confirmations.operations import Operation, OperationDraft, OperationId
from privacy_mark.confirmations.questions import Frequency, QuestionKind, questions
from registry.model import Principal, UnitId, UserId
from registry.store import Tx
from tests.access.rights import ABSENT, DAY

PERIOD, YEAR = "2026-04", "2026"
ANSWERER = UserId(811)


@dataclass(frozen=True, slots=True)
class Confirmations:
    """The ids of one company's rows."""

    operation_id: OperationId
    campaign_id: CampaignId
    open_id: ConfirmationId
    answered_id: ConfirmationId  # by somebody who is none of the personas


NO_CONFIRMATIONS = Confirmations(
    OperationId(ABSENT), CampaignId(ABSENT), ConfirmationId(ABSENT), ConfirmationId(ABSENT)
)


def operation(
    unit_id: UnitId, name: str = "採用", frequency: Frequency = Frequency.MONTHLY
) -> OperationDraft:
    """Return a valid operation."""
    return OperationDraft(unit_id, name, "employees", frequency)


def all_right(set_id: str = "employees", note: str = "", **results: Result) -> list[Answer]:
    """Return an answer to every question of a set, everything right but what is given by question."""
    given = []
    for question in questions().sets[set_id].questions:
        result = results.get(question.id, Result.RIGHT)
        looked = question.kind is QuestionKind.PHYSICAL
        given.append(
            Answer(
                question.id,
                result,
                note=f"確かめた {note}",
                checker=f"佐藤 {note}" if looked else "",
                checked_on=DAY if looked else None,
            )
        )
    return given


def fill(tx: Tx, unit_id: UnitId, mark: str) -> Confirmations:
    """Register two operations and ask them; one has answered, marked."""
    first = operations.register(tx, operation(unit_id, f"採用 {mark}"))
    operations.register(tx, operation(unit_id, f"人事 {mark}"))
    asked = campaigns.open_campaign(tx, unit_id, Frequency.MONTHLY, PERIOD)
    rows, _ = campaigns.rows(tx, asked)
    answerer = Principal(ANSWERER, f"回答者 {mark}", tx.principal.grants)
    found = next(row for row in rows if row.operation_id == first.id)
    left = next(row for row in rows if row.operation_id != first.id)
    answering.answer(replace(tx, principal=answerer), found.id, all_right(note=mark), expected_version=1)
    return Confirmations(first.id, asked, left.id, found.id)


def yearly(tx: Tx, unit_id: UnitId) -> Operation:
    """Register an operation that confirms once a year."""
    return operations.register(tx, operation(unit_id, frequency=Frequency.YEARLY))


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "confirmations.answering.confirmation": lambda tx, _, at: answering.confirmation(
        tx, at.confirmations.answered_id
    ),
    "confirmations.answering.known_facts": lambda tx, _, at: answering.known_facts(
        tx, at.confirmations.open_id
    ),
    "confirmations.campaigns.campaign": lambda tx, _, at: campaigns.campaign(
        tx, at.confirmations.campaign_id
    ),
    "confirmations.campaigns.campaigns": lambda tx, _, at: [
        each for each in campaigns.campaigns(tx) if each.id == at.confirmations.campaign_id
    ],
    "confirmations.campaigns.rows": lambda tx, _, at: campaigns.rows(tx, at.confirmations.campaign_id)[0],
    "confirmations.operations.listed": lambda tx, _, at: [
        each for each in operations.listed(tx)[0] if each.unit_id == at.unit_id
    ],
    "confirmations.operations.operations": lambda tx, _, at: [
        each for each in operations.operations(tx) if each.unit_id == at.unit_id
    ],
    "confirmations.workplaces.missing": lambda tx, _, at: [
        each for each in workplaces.missing(tx, limit=1000)[0] if each == at.site_id
    ],
}

WRITES: dict[str, Call] = {
    "confirmations.answering.answer": lambda tx, _, at: answering.answer(
        tx, at.confirmations.open_id, all_right(), expected_version=1
    ),
    "confirmations.answering.confirm": lambda tx, _, at: answering.confirm(
        tx, at.confirmations.answered_id, expected_version=2
    ),
    "confirmations.answering.send_back": lambda tx, _, at: answering.send_back(
        tx, at.confirmations.answered_id, note="もう一度", expected_version=2
    ),
    "confirmations.campaigns.open_campaign": lambda tx, _, at: campaigns.open_campaign(
        tx, at.unit_id, Frequency.YEARLY, YEAR
    ),
    "confirmations.operations.change": lambda tx, _, at: operations.change(
        tx,
        at.confirmations.operation_id,
        name="採用",
        set_id="employees",
        ended_on=None,
        expected_version=1,
    ),
    "confirmations.operations.register": lambda tx, _, at: operations.register(tx, operation(at.unit_id)),
    "confirmations.workplaces.register": lambda tx, _, at: workplaces.register(tx, [at.site_id]),
}
