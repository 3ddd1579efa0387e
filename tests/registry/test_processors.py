"""The register of processors: who, by which contract, and where the data lie there."""

from __future__ import annotations

from datetime import date

import pytest

from registry import processors
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import Principal, Role
from registry.processors import Processor, ProcessorDraft
from scanners.model import Category
from tests.registry.world import World, person

NUMBER = "7000012050002"  # of the National Tax Agency, as published by it


def officer(world: World) -> Principal:
    """Return the privacy manager of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def add(world: World, **columns: object) -> Processor:
    """Register a processor of company A."""
    values: dict[str, object] = {"unit_id": world.a.unit.id, "name": "東和配送"} | columns
    with world.registry.write(officer(world)) as tx:
        return processors.add_processor(tx, ProcessorDraft(**values))  # type: ignore[arg-type]  # by name


def test_a_contract_covers_its_days(world: World) -> None:
    """No contract covers nothing; a dated one covers from its first day to its last."""
    none = add(world)
    made = add(world, contract="2026-14", valid_from=date(2026, 4, 1), valid_until=date(2027, 3, 31))
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2027, 3, 31), date(2027, 4, 1)]
    assert [made.covers_on(day) for day in days] == [False, True, True, False]
    assert not any(none.covers_on(day) for day in days)


@pytest.mark.parametrize(
    ("columns", "column", "rule"),
    [
        ({"name": " "}, "name", "required"),
        ({"name": "x" * 201}, "name", "too_long"),
        ({"contract": "a\x00"}, "contract", "control_characters"),
        ({"corporate_number": "7000012050003"}, "corporate_number", "check_digit"),
        ({"corporate_number": "７００００１２０５０００２"}, "corporate_number", "check_digit"),
        ({"country": "Japan"}, "country", "country"),
        ({"categories": frozenset({"PERSON?"})}, "categories", "type"),
        (
            {"valid_from": date(2026, 4, 2), "valid_until": date(2026, 4, 1)},
            "valid_until",
            "before_valid_from",
        ),
    ],
)
def test_what_is_refused(world: World, columns: dict[str, object], column: str, rule: str) -> None:
    """A refusal names the column and the rule."""
    with pytest.raises(InvalidValue) as caught:
        add(world, **columns)
    assert (caught.value.column, caught.value.rule) == (column, rule)


def test_changes_are_kept_and_two_persons_do_not_overwrite_each_other(world: World) -> None:
    """A stale change names who was faster; sources are hidden from who may not see where data lie."""
    made = add(
        world,
        corporate_number=NUMBER,
        categories=frozenset({Category.PERSON}),
        sources=frozenset({world.a.source.id}),
    )
    with world.registry.write(officer(world)) as tx:
        changed = processors.change_processor(
            tx, made.id, expected_version=1, changes={"contract": "2026-15", "categories": frozenset()}
        )
    assert (changed.draft.contract, changed.version) == ("2026-15", 2)
    with pytest.raises(Conflict) as caught, world.registry.write(officer(world)) as tx:
        processors.change_processor(tx, made.id, expected_version=1, changes={"name": "x"})
    assert (caught.value.who, caught.value.version) == ("officer 2", 2)
    with pytest.raises(InvalidValue), world.registry.write(officer(world)) as tx:
        processors.change_processor(tx, made.id, expected_version=2, changes={"unit_id": world.b.unit.id})
    with world.registry.read(person(3, Role.EXECUTIVE, world.a.unit.id)) as tx:
        assert [each.draft.sources for each in processors.processors(tx)] == [frozenset()]
    with world.registry.read(officer(world)) as tx:
        assert processors.processors(tx, unit_id=world.a.unit.id) == [changed]
        assert processors.processors(tx, unit_id=world.a.site.id) == []


def test_who_may_not(world: World) -> None:
    """Executives change nothing, and another company's source and register are out of sight."""
    with pytest.raises(InvalidValue, match="sources: source"):
        add(world, sources=frozenset({world.b.source.id}))
    with (
        pytest.raises(AccessDenied),
        world.registry.write(person(3, Role.EXECUTIVE, world.a.unit.id)) as tx,
    ):
        processors.add_processor(tx, ProcessorDraft(world.a.unit.id, "x"))
    made = add(world)
    with pytest.raises(NotFound), world.registry.write(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        processors.change_processor(tx, made.id, expected_version=1, changes={"name": "x"})


def test_one_is_read_by_its_id(world: World) -> None:
    """By who may see it; of another company it is not there."""
    made = add(world)
    with world.registry.read(officer(world)) as tx:
        assert processors.processor(tx, made.id) == made
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx, pytest.raises(NotFound):
        processors.processor(tx, made.id)
