"""A risk analysis in each company of the tests, and a call of every service of the risk analysis."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from registry import risk_analysis, risk_register
from registry.model import EntryId
from registry.risk_model import Analysis, Decision, MeasureId, PlannedMeasure, RiskDraft
from registry.risk_register import RiskFilter
from registry.store import Tx
from registry.threats import Phase
from tests.access.rights import ABSENT, DAY

NO_MEASURE = MeasureId(ABSENT)
DUE = date(2026, 6, 30)


def judged(tx: Tx, entry_id: EntryId, mark: str = "", **values: Any) -> list[RiskDraft]:
    """Return a judgement of every proposed threat: the first is taken, with a measure, the others left."""
    first, *others = risk_analysis.proposals(tx, entry_id)
    told: dict[str, Any] = {
        "present": f"施錠 {mark}",
        "likelihood": 3,
        "impact": 4,
        "residual_likelihood": 2,
        "residual_impact": 3,
        "measures": (PlannedMeasure(f"教育 {mark}", f"総務部長 {mark}", DUE),),
    }
    taken = RiskDraft(first.phase, first.threat.id, **(told | values))
    left = [
        RiskDraft(each.phase, each.threat.id, Decision.LEFT, left_reason=f"該当なし {mark}")
        for each in others
    ]
    return [taken, *left]


def fill(tx: Tx, entry_id: EntryId, mark: str) -> Analysis:
    """Analyse an entry, marked."""
    return risk_analysis.save(tx, entry_id, judged(tx, entry_id, mark), expected_version=0)


def measure_of(made: Analysis) -> MeasureId:
    """Return the planned measure of an analysis that `fill` made."""
    (found,) = [each.id for risk in made.risks for each in risk.measures]
    assert found is not None
    return found


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "risk_analysis.analysis": lambda tx, _, at: risk_analysis.analysis(tx, at.entry_id),
    "risk_analysis.proposals": lambda tx, _, at: risk_analysis.proposals(tx, at.entry_id),
    "risk_analysis.versions": lambda tx, _, at: risk_analysis.versions(tx, at.entry_id),
    "risk_register.matrix": lambda tx, _, at: risk_register.matrix(tx, unit_id=at.unit_id),
    "risk_register.measures_due": lambda tx, _, at: risk_register.measures_due(tx, unit_id=at.unit_id),
    "risk_register.summaries": lambda tx, _, at: risk_register.summaries(tx, RiskFilter(at.unit_id)).rows,
    "risk_register.totals": lambda tx, _, at: risk_register.totals(tx, unit_id=at.unit_id).by_state,
}

WRITES: dict[str, Call] = {
    "risk_analysis.accept": lambda tx, _, at: risk_analysis.accept(tx, at.entry_id, expected_version=1),
    "risk_analysis.finish_measure": lambda tx, _, at: risk_analysis.finish_measure(
        tx, at.entry_id, at.measure_id, on=DAY, expected_version=1
    ),
    "risk_analysis.save": lambda tx, _, at: risk_analysis.save(
        tx,
        at.entry_id,
        [RiskDraft(Phase.STORE, "", title="自作の脅威", present="なし")],
        expected_version=1,
    ),
}

# A step in the company of target A with the id of a measure of the target.
FOREIGN: dict[str, Call] = {
    "measure of another entry": lambda tx, world, at: risk_analysis.finish_measure(
        tx, world.targets["A"].entry_id, at.measure_id, on=DAY, expected_version=1
    ),
}
