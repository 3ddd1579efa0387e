"""Evaluations of processors of the demonstration group: one in time, one late, one never evaluated."""

from __future__ import annotations

from datetime import date, timedelta

from daicho.workspace import Workspace
from privacy_mark.processors import evaluations
from privacy_mark.processors.model import EvaluationDraft, Occasion, Rating, Result
from privacy_mark.processors.rules import rules
from registry import accounts, organisation, people, processors
from registry.access import today_in_japan
from registry.handling import ProcessorId
from registry.limits import months_after
from registry.model import Principal, UnitId
from registry.store import Tx

_REASON = "daicho demo"
_OFFICER, _HOSPITAL = "sato@towa.example", "sakuradai@towa.example"
_LATE, _IN_TIME = "TOWA-DENKI", "HOSP-SAKURA"


def evaluate_processors(workspace: Workspace) -> None:
    """Evaluate the processors of a company and of the hospital, as those who look after them."""
    registry = workspace.registry
    with registry.read(workspace.owner()) as tx:
        units = {unit.code: unit.id for unit in organisation.units(tx)}
        today = today_in_japan(tx.now)
    with registry.write(_principal(workspace, _OFFICER), reason=_REASON) as tx:
        of = _of(tx, units[_LATE])
        _evaluate(tx, of, months_after(today, -25), Occasion.BEFORE, "契約の前に調査票で確かめた。")
        _evaluate(tx, of, months_after(today, -13), Occasion.REGULAR, "認証の更新を確かめた。")
    with registry.write(_principal(workspace, _HOSPITAL), reason=_REASON) as tx:
        of = _of(tx, units[_IN_TIME])
        _evaluate(
            tx,
            of,
            months_after(today, -9),
            Occasion.REGULAR,
            "再委託先の一覧が古い。更新して提出するよう求めた。",
            partly="subprocessors",
        )
        seen = today - timedelta(days=70)
        _evaluate(tx, of, seen, Occasion.REGULAR, "再委託先の一覧が更新された。訪問して確かめた。")


def _evaluate(tx: Tx, of: ProcessorId, on: date, occasion: Occasion, note: str, *, partly: str = "") -> None:
    ratings = {each.id: Rating.PARTLY if each.id == partly else Rating.MET for each in rules(on).criteria}
    result = Result.CONDITIONAL if partly else Result.FIT
    draft = EvaluationDraft(of, occasion, on, ratings, result, None, note, "委託先調査票（総務部の保管庫）")
    evaluations.evaluate(tx, draft)


def _of(tx: Tx, unit_id: UnitId) -> ProcessorId:
    return processors.processors(tx, unit_id=unit_id)[0].id


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
