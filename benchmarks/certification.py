"""How quick and how right certification is: python benchmarks/certification.py [--json] [--only solver].

* solver_s: choosing auditors for 815 units, conformity and operation apart, from 120 people, the slowest of
  `--runs` groups; solver_gap: the largest share by which load or cost may be above the least possible;
  independence_broken: how many of all these assignments a checker of its own, which shares no code with the
  solver, finds dependent;
* the others are null until their parts are there.

With --json the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.certification_group import group  # noqa: E402
from privacy_mark.audits.assignment import Impossible, Question, assign  # noqa: E402
from tests.certification.audits.checker import Spell, Tree, may_not  # noqa: E402

Figures = dict[str, float | None]
KEYS = (
    "solver_s",
    "solver_gap",
    "independence_broken",
    "pack_s",
    "pack_identical",
    "tamper_found",
    "training_import_s",
    "confirmations_ms",
)


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


PARTS: dict[str, Callable[[int], Figures]] = {"solver": solver}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=sorted(PARTS), action="append")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    figures: Figures = dict.fromkeys(KEYS)
    for name in options.only or PARTS:
        figures |= PARTS[name](options.runs)
    if options.json:
        print(json.dumps(figures))
        return
    for key, value in figures.items():
        print(f"{key:20} {'—' if value is None else value}")


if __name__ == "__main__":
    main()
