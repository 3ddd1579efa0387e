"""What was examined in part, or calls itself something else, is shown so; earlier runs lack both facts."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from registry import inventory, run_writer, runs, situation
from registry.finding_columns import OBJECTS
from registry.inventory import ObjectFilter
from registry.model import ObjectId, Principal, Role
from scanners.model import Category, ObjectResult, Outcome, Reason, Suffix
from tests.reality.results import result
from tests.reality.world import World

C = Category
PLACE = "/srv/a/営業/写真.jpg"

LATER = {"share", "suffix"}


def disguised() -> ObjectResult:
    """Return a document under the name of a picture, of which a page could not be read."""
    whole = result(PLACE, {C.PERSON: range(3)}, persons=3, kind="docx")
    return replace(
        whole,
        outcome=Outcome.PARTIAL,
        reason=Reason.DAMAGED,
        detail="1 of 4 parts",
        share=0.75,
        suffix=Suffix.MISLEADING,
    )


def rows(world: World, who: Principal, wanted: ObjectFilter) -> dict[str, inventory.ObjectRow]:
    """Return what somebody sees, by name."""
    with world.registry.read(who) as tx:
        return {row.name: row for row in inventory.objects(tx, world.store, wanted).rows}


def test_a_part_and_a_wrong_suffix_are_shown_and_found(world: World) -> None:
    """The row says how much, of what, and why; the filter keeps what calls itself something else."""
    world.clock.advance()
    run = world.scan("A", [disguised(), result("/srv/a/営業/名簿.csv", {C.PERSON: range(3)}, persons=3)])
    world.assess()
    officer = world.person(Role.OFFICER, "A")
    found = rows(world, officer, ObjectFilter(misleading=True))
    assert list(found) == ["写真.jpg"]
    row = found["写真.jpg"]
    assert (row.outcome, row.share, row.detail, row.suffix) == (
        Outcome.PARTIAL,
        0.75,
        "1 of 4 parts",
        Suffix.MISLEADING,
    )
    assert set(rows(world, officer, ObjectFilter(misleading=True, kinds=frozenset({"csv"})))) == {
        "写真.jpg",
        "名簿.csv",
    }
    assert run.totals.misleading == 1
    with world.registry.read(officer) as tx:
        (latest,) = [each for each in runs.latest_runs(tx) if each.id == run.id]
        assert latest.totals.misleading == 1


def test_who_sees_no_locations_sees_no_details(world: World) -> None:
    """What a detail names may stand in a location."""
    world.clock.advance()
    world.scan("A", [disguised()])
    world.assess()
    executive = world.person(Role.EXECUTIVE, "A")
    with world.registry.read(executive) as tx:
        row = inventory.object_row(tx, world.store, ObjectId(disguised().id))
    assert (row.name, row.detail, row.share) == ("", "", 0.75)


def test_runs_of_an_earlier_version_are_assessed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their files have neither column: the share is unknown, and no suffix is called wrong."""
    earlier = pa.schema([field for field in OBJECTS if field.name not in LATER])
    world.clock.advance()
    with monkeypatch.context() as patched:
        patched.setattr(run_writer, "OBJECTS", earlier)
        world.scan("A", [disguised()])
    world.assess()
    officer = world.person(Role.OFFICER, "A")
    found = rows(world, officer, ObjectFilter())
    assert (found["写真.jpg"].share, found["写真.jpg"].suffix) == (None, Suffix.FINE)
    assert rows(world, officer, ObjectFilter(misleading=True)) == {}
    with world.registry.read(officer) as tx:
        assert situation.situations(tx, world.store)
