"""What a confirmation is told of differences, where scans found some."""

from __future__ import annotations

from datetime import date

from privacy_mark.confirmations.facts import facts
from privacy_mark.confirmations.questions import FactKind
from registry.case_states import WAITING
from registry.cases import CaseFilter, cases
from registry.model import Role
from tests.access.rights import DAY
from tests.access.world import World, person


def test_differences_are_counted_and_late_ones_are_not_right(on_sqlite: World) -> None:
    """As many as the list of differences shows; past their day they are an exception."""
    unit_id = on_sqlite.units["A"]
    with on_sqlite.registry.read(person(Role.OFFICER, unit_id)) as tx:
        found = cases(tx, CaseFilter(unit_id=unit_id)).rows
        now = facts(tx, unit_id, DAY, DAY)[FactKind.DIFFERENCES]
        late = facts(tx, unit_id, DAY, date(2030, 1, 1))[FactKind.DIFFERENCES]
        scans = facts(tx, unit_id, DAY, DAY)[FactKind.SCANS]
    waiting = sum(each.state in WAITING for each in found)
    assert 0 < waiting < len(found)
    assert (now.is_right, now.numbers) == (True, {"open": waiting, "late": 0})
    assert (late.is_right, late.numbers["late"]) == (False, waiting)
    assert scans.numbers["scanned"] == 1
