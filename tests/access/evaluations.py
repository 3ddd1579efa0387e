"""Evaluations of a processor in each company of the tests, and a call of every service of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from privacy_mark.processors import due, evaluations, standing
from privacy_mark.processors.model import EvaluationDraft, EvaluationId, Occasion, Rating, Result
from privacy_mark.processors.rules import rules
from registry.handling import ProcessorId
from registry.store import Tx
from tests.access.rights import ABSENT, DAY


@dataclass(frozen=True, slots=True)
class Evaluations:
    """The ids of one company's rows."""

    evaluation_id: EvaluationId


NO_EVALUATIONS = Evaluations(EvaluationId(ABSENT))


def draft(processor_id: ProcessorId, **values: Any) -> EvaluationDraft:
    """Return a valid evaluation."""
    told: dict[str, Any] = {
        "occasion": Occasion.REGULAR,
        "evaluated_on": DAY,
        "ratings": {each.id: Rating.MET for each in rules(DAY).criteria},
        "result": Result.FIT,
    }
    return EvaluationDraft(processor_id, **(told | values))


def fill(tx: Tx, processor_id: ProcessorId, mark: str) -> Evaluations:
    """Evaluate a processor, marked."""
    made = evaluations.evaluate(tx, draft(processor_id, note=f"所見 {mark}", evidence=f"調査票 {mark}"))
    return Evaluations(made.id)


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "processors.due.due": lambda tx, _, at: [
        each for each in due.due(tx, DAY.replace(year=DAY.year + 3)) if each.unit_id == at.unit_id
    ],
    "processors.evaluations.evaluations": lambda tx, _, at: evaluations.evaluations(tx, at.processor_id),
    "processors.standing.standing": lambda tx, _, at: standing.standing(tx, at.processor_id, DAY),
    "processors.standing.standings": lambda tx, _, at: [
        each for each in standing.standings(tx, DAY, unit_id=at.unit_id) if each.unit_id == at.unit_id
    ],
}
WRITES: dict[str, Call] = {
    "processors.evaluations.evaluate": lambda tx, _, at: evaluations.evaluate(tx, draft(at.processor_id)),
    "processors.evaluations.withdraw": lambda tx, _, at: evaluations.withdraw(
        tx, at.evaluated.evaluation_id, reason="取り違え"
    ),
}
