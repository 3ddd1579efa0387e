"""Accepted risk analyses open again by themselves when a scan finds what nobody had thought of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry import journal, ledger, risk_analysis
from registry.access import bootstrap_principal
from registry.model import Grant, Principal, Role, UserId
from registry.risk_model import Analysis, RiskState
from scanners.model import Category, Exposure, ObjectResult
from tests.access.risks import fill
from tests.reality.results import result
from tests.reality.world import STAFF, World, share_of_a

C = Category


def accepted(world: World) -> Analysis:
    """Analyse A's list of staff as one person and accept it as another."""
    entry_id = world.entries["A"].id
    with world.registry.write(bootstrap_principal()) as tx:
        made = fill(tx, entry_id, "")
    approver = Principal(UserId(52), "承認者", (Grant(Role.OFFICER, world.units["A"].id),))
    world.assess()
    with world.registry.write(approver) as tx:
        return risk_analysis.accept(tx, entry_id, expected_version=made.version)


def rescanned(world: World, *more: ObjectResult) -> Analysis:
    """Scan A's share with something more on it, compare, and return the analysis as it stands then."""
    world.clock.advance()
    world.scan("A", [*share_of_a(), *more])
    world.assess()
    return now(world)


def now(world: World) -> Analysis:
    """Return the analysis as it stands."""
    with world.registry.read(bootstrap_principal()) as tx:
        return risk_analysis.analysis(tx, world.entries["A"].id)


def test_what_is_found_again_opens_nothing(world: World) -> None:
    """The same share leaves the acceptance and its version alone."""
    made = accepted(world)
    assert rescanned(world) == made
    assert made.accepted is not None
    assert (made.accepted.persons, made.accepted.exposure) == (100, Exposure.GROUP)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            result("/srv/a/人事/健診.csv", {C.PERSON: range(9), C.MEDICAL: range(9)}, persons=9),
            {"categories": {C.MEDICAL}},
        ),
        (result("/srv/a/人事/全員.xlsx", STAFF, persons=260), {"persons": (100, 260)}),
        (
            result("/srv/a/人事/公開.xlsx", STAFF, persons=30, exposure=Exposure.EVERYONE),
            {"exposure": (Exposure.GROUP, Exposure.EVERYONE)},
        ),
    ],
)
def test_a_scan_opens_it_again(world: World, more: ObjectResult, reason: dict[str, object]) -> None:
    """A new category, twice the persons or a wider circle: the reason stands there, and in the journal."""
    made = accepted(world)
    opened = rescanned(world, more)
    assert (opened.state, opened.version) == (RiskState.REOPENED, made.version + 1)
    assert opened.accepted_by == made.accepted_by
    for name, value in reason.items():
        assert getattr(opened.reopened, name) == value
    assert {name for name in ("categories", "persons", "exposure") if getattr(opened.reopened, name)} == (
        reason.keys()
    )
    with world.registry.read(bootstrap_principal()) as tx:
        actions = [line.action for line in journal.lines(tx, limit=3)]
    assert "risk_reopened" in actions
    assert rescanned(world, more).version == opened.version  # once is enough


def test_a_change_of_the_ledger_opens_it_again(world: World) -> None:
    """An entry that its owner widens is looked at again after the next comparison."""
    made = accepted(world)
    with world.registry.write(bootstrap_principal()) as tx:
        ledger.update_entry(
            tx, world.entries["A"].id, expected_version=1, changes={"approximate_count": 5_000}
        )
    world.assess()
    assert now(world).reopened.persons == (100, 5_000)
    assert made.state is RiskState.ACCEPTED


def test_data_of_another_unit_and_drafts_open_nothing(world: World) -> None:
    """What lies in the folder but belongs to the hospital is no fact of the entry."""
    with world.registry.write(bootstrap_principal()) as tx:
        made = fill(tx, world.entries["A"].id, "")
    found = rescanned(world, result("/srv/a/人事/全員.xlsx", STAFF, persons=260))
    assert replace(found, reopened_at=None) == made
