"""Revision 0015 with data: going back forgets cases and disposals alone, and the way up starts anew."""

from __future__ import annotations

from sqlalchemy import inspect

from registry import discrepancies, journal
from registry.access import bootstrap_principal
from registry.case_states import CaseState
from registry.migrations.upgrade import down_to, revisions
from registry.model import DiscrepancyKind
from tests.reality.lives import all_cases, case_of, disposed, explained
from tests.reality.test_cases import rescan, whole
from tests.reality.world import World

TABLES = {"discrepancy_case", "case_event", "disposal"}


def test_down_and_up_again_with_cases_and_disposals(world: World) -> None:
    """Differences, runs and the journal stay; the next assessment opens every case again."""
    explained(world, case_of(world, DiscrepancyKind.WRONG_UNIT))
    disposed(world, case_of(world, DiscrepancyKind.UNREGISTERED))
    before = len(all_cases(world))
    below = revisions()[revisions().index("0015") - 1]
    down_to(world.registry.engine, below, world.registry.vault)
    with world.registry.engine.begin() as connection:
        assert not TABLES & set(inspect(connection).get_table_names())
    world.registry.migrate()
    assert all_cases(world) == []
    with world.registry.read(bootstrap_principal()) as tx:
        assert len(discrepancies.open_discrepancies(tx)) == before
    rescan(world, whole())
    assert {case.state for case in all_cases(world)} == {CaseState.NEW}
    assert len(all_cases(world)) == before
    assert journal.verify(world.registry).ok
