"""Choosing auditors for a group of the full size: how quick, how near to the best, how independent."""

from __future__ import annotations

import time

from benchmarks.certification_group import group
from privacy_mark.audits.assignment import Impossible, Question, assign
from tests.certification.audits.checker import Spell, Tree, may_not

Figures = dict[str, float | None]


def solver(runs: int) -> Figures:
    """Assign auditors in several groups of the full size."""
    assign(group(20, 10))  # the solver's library is loaded once per process
    slowest, gap, broken = 0.0, 0.0, 0
    for seed in range(runs):
        question = group(seed=seed)
        start = time.perf_counter()
        answer = assign(question)
        slowest = max(slowest, time.perf_counter() - start)
        if isinstance(answer, Impossible):
            raise SystemExit(f"group {seed} should have an assignment")
        gap = max(gap, answer.gap)
        broken += _dependent(question, {(task.unit_id, who) for task, who in answer.auditors.items()})
    return {"solver_s": round(slowest, 3), "solver_gap": gap, "independence_broken": broken}


def _dependent(question: Question, pairs: set[tuple[int, int]]) -> int:
    places = question.terms.places
    parent = {
        unit: max(place.above - {unit}, key=lambda each: len(places[each].above), default=None)
        for unit, place in places.items()
    }
    tree = Tree(
        parent,
        frozenset(place.entity for place in places.values()),
        {place.entity: place.departments for place in places.values()},
    )
    spells = {
        who.id: [
            *(Spell("", each.unit_id, each.period.first, each.period.last) for each in who.belongings),
            *(Spell(each.role, each.unit_id, each.period.first, each.period.last) for each in who.duties),
        ]
        for who in question.candidates
    }
    terms = question.terms
    return sum(
        may_not(tree, spells[who], unit, terms.first, terms.last, terms.recent_days) for unit, who in pairs
    )
