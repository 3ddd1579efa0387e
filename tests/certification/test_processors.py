"""Evaluations of processors: who is due, what counts, what is kept, and what they show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from data import read_text
from privacy_mark import agenda
from privacy_mark.about import About, about
from privacy_mark.certificates import facts, years
from privacy_mark.certificates.year_model import Room
from privacy_mark.cycle_digest import Part, part_of
from privacy_mark.due import Due
from privacy_mark.processors import due, evaluations, standing
from privacy_mark.processors.model import Occasion, Rating, Result
from privacy_mark.processors.rules import FILE, load, made, rules
from privacy_mark.requirements import year_facts
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.facts import Fact, Standing
from privacy_mark.requirements.model import SupplierId
from privacy_mark.requirements.suppliers import SUPPLIERS, members_of
from registry import ledger, processors
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, InvalidValue, NotFound, ReferenceFileError
from registry.handling import ProcessorId
from registry.journal import Action, JournalFilter, lines
from registry.model import Role, UnitId
from registry.processors import ProcessorDraft
from registry.store import Registry, Tx
from registry.store.processor_tables import ProcessorEvaluation
from registry.vault import Vault
from tests.access import certificates
from tests.access.bases import APPROVER, RECORDER
from tests.access.evaluations import draft
from tests.access.rights import DAY
from tests.registry.world import Clock, World, build, person

LATER = date(2027, 4, 1)  # a year after DAY


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return two companies of a group."""
    clock = Clock()
    registry = Registry.open(f"sqlite:///{tmp_path / 'registry.db'}", Vault(bytes(range(32))), clock=clock)
    registry.migrate()
    yield build(registry, clock)
    registry.close()


def add(tx: Tx, unit_id: UnitId, name: str = "東和配送", **values: Any) -> ProcessorId:
    """Register a processor with a contract."""
    return processors.add_processor(tx, ProcessorDraft(unit_id, name, contract="2026-14", **values)).id


def fact(tx: Tx, unit_id: UnitId, day: date) -> Fact | None:
    """Return what evaluations say of an entity on a day."""
    members = members_of(tx, frozenset({unit_id}))
    return SUPPLIERS[SupplierId.PROCESSOR_EVALUATION].facts(tx, members, day).get(unit_id)


def dues(tx: Tx, day: date) -> list[tuple[str, date]]:
    """Return which processors are to be evaluated, and by when."""
    return [(each.row, each.due_on) for each in due.due(tx, day)]


def test_one_never_evaluated_is_due_and_becomes_late(world: World) -> None:
    """By the beginning of its contract, not before it was registered; it stays due until it is evaluated."""
    unit = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        old = add(tx, unit, valid_from=date(2020, 4, 1))
        new = add(tx, unit, "新しい委託先", valid_from=date(2026, 4, 20))
        none = add(tx, unit, "契約日なし")
        assert dues(tx, DAY) == [(str(old), DAY), (str(none), DAY), (str(new), date(2026, 4, 20))]
        late = due.due(tx, date(2026, 4, 10))[0]
        assert late.days_late(date(2026, 4, 10)) == 9
        assert fact(tx, unit, DAY) == Fact(Standing.LACKING, 0, 3)
        assert fact(tx, world.b.unit.id, DAY) is None


def test_it_is_due_again_after_a_year_and_told_a_month_before(world: World) -> None:
    """Met criteria hold for twelve months, conditions for six; the newest that was not withdrawn counts."""
    unit = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        of = add(tx, unit)
        first = evaluations.evaluate(tx, draft(of, occasion=Occasion.BEFORE))
        assert first.next_on == LATER
        assert dues(tx, date(2027, 3, 1)) == []
        assert dues(tx, date(2027, 3, 2)) == [(str(of), LATER)]
        assert fact(tx, unit, LATER) == Fact(Standing.SHOWN, 1, 1, DAY, LATER)
        assert fact(tx, unit, date(2027, 4, 2)) == Fact(Standing.LACKING, 0, 1, DAY)
        ratings = first_rating(Rating.NOT_MET)
        second = evaluations.evaluate(
            tx, draft(of, ratings=ratings, result=Result.CONDITIONAL, note="教育の記録を求めた")
        )
        assert second.next_on == date(2026, 10, 1)
        assert fact(tx, unit, DAY) == Fact(Standing.SHOWN, 1, 1, DAY, date(2026, 10, 1))
        evaluations.withdraw(tx, second.id, reason="別の委託先の結果だった")
        assert fact(tx, unit, DAY) == Fact(Standing.SHOWN, 1, 1, DAY, LATER)


def first_rating(rating: Rating) -> dict[str, Rating]:
    """Return ratings of which the first differs."""
    first, *others = rules(DAY).criteria
    return {first.id: rating, **{each.id: Rating.MET for each in others}}


def test_who_is_below_the_criteria_is_no_evidence(world: World) -> None:
    """It was looked at, but somebody unfit was not replaced: the record speaks against."""
    unit = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        of = add(tx, unit)
        evaluations.evaluate(tx, draft(of, result=Result.UNFIT, note="再委託の報告がない"))
        assert fact(tx, unit, DAY) == Fact(Standing.LACKING, 0, 1, DAY)
        assert dues(tx, DAY) == [(str(of), date(2026, 5, 1))]


def test_an_ended_contract_is_evaluated_only_while_an_entry_names_it(world: World) -> None:
    """Who holds nothing any more is not supervised; a contract that ran out while data stay is."""
    unit, entry = world.a.unit.id, world.a.entry
    with world.registry.write(bootstrap_principal()) as tx:
        of = add(tx, unit, valid_until=date(2026, 3, 31))
        assert dues(tx, DAY) == []
        assert [each.supervised for each in standing.standings(tx, DAY)] == [False]
        assert fact(tx, unit, DAY) is None
        ledger.update_entry(
            tx, entry.id, expected_version=entry.version, changes={"processors": frozenset({of})}
        )
        assert dues(tx, DAY) == [(str(of), DAY)]


@pytest.mark.parametrize(
    ("values", "column", "rule"),
    [
        ({"evaluated_on": date(2026, 4, 2)}, "evaluated_on", "future"),
        ({"ratings": {}}, "ratings", "incomplete"),
        ({"ratings": first_rating(Rating.NOT_MET)}, "result", "criteria_not_met"),
        ({"ratings": {each.id: Rating.NOT_ASKED for each in rules(DAY).criteria}}, "result", "nothing_asked"),
        ({"result": Result.CONDITIONAL}, "note", "required"),
        ({"result": Result.UNFIT, "note": " "}, "note", "required"),
        ({"next_on": DAY}, "next_on", "order"),
        ({"next_on": date(2029, 4, 2)}, "next_on", "too_far"),
    ],
)
def test_what_is_refused(world: World, values: dict[str, object], column: str, rule: str) -> None:
    """A refusal names the column and the rule, and nothing is kept."""
    with world.registry.write(bootstrap_principal()) as tx:
        of = add(tx, world.a.unit.id)
        with pytest.raises(InvalidValue) as caught:
            evaluations.evaluate(tx, draft(of, **values))
        assert (caught.value.column, caught.value.rule) == (column, rule)
        assert evaluations.evaluations(tx, of) == []


def test_it_is_kept_in_the_words_of_then_and_journalled(world: World) -> None:
    """Criteria, ratings, who and when stay; a withdrawal tells who and why, once; texts are sealed."""
    with world.registry.write(bootstrap_principal()) as tx:
        of = add(tx, world.a.unit.id)
        made = evaluations.evaluate(tx, draft(of, note="所見の文", evidence="調査票 12"))
        (kept,) = evaluations.evaluations(tx, of)
        assert kept == made
        assert [(each.name, each.rating) for each in kept.ratings] == [
            (each.name, Rating.MET) for each in rules(DAY).criteria
        ]
        gone = evaluations.withdraw(tx, made.id, reason="取り違え")
        assert (gone.withdrawn_on, gone.withdrawn_reason, gone.withdrawer) == (
            DAY,
            "取り違え",
            tx.principal.name,
        )
        with pytest.raises(InvalidValue, match="withdrawn"):
            evaluations.withdraw(tx, made.id, reason="もう一度")
        row = tx.session.scalars(select(ProcessorEvaluation)).one()
        assert "所見の文".encode() not in row.note_sealed
    with world.registry.read(bootstrap_principal()) as tx:
        told = [
            each
            for each in lines(tx, limit=9, wanted=JournalFilter())
            if each.table == "processor_evaluation"
        ]
    assert [Action(each.action) for each in told] == [
        Action.EVALUATION_WITHDRAWN,
        Action.PROCESSOR_EVALUATED,
    ]
    assert told[1].after is not None
    assert told[1].after["note"] == "所見の文"
    assert told[0].before is not None
    assert told[0].before["result"] == "fit"


def test_who_may_evaluate_and_who_may_look(world: World) -> None:
    """A privacy manager of another company finds nothing; an executive reads and does not write."""
    unit = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        of = add(tx, unit)
    with world.registry.write(person(7, Role.OFFICER, world.b.unit.id)) as tx:
        with pytest.raises(NotFound):
            evaluations.evaluate(tx, draft(of))
        assert dues(tx, DAY) == []
        asked = Due(due.EVALUATE, unit, DAY, "", str(of))
        assert about(tx, [asked]) == [About()]
    with world.registry.write(person(8, Role.EXECUTIVE, unit)) as tx:
        with pytest.raises(AccessDenied):
            evaluations.evaluate(tx, draft(of))
        assert evaluations.evaluations(tx, of) == []
        assert dues(tx, DAY) == []


def test_it_is_among_what_is_to_be_done_today_with_its_name(world: World) -> None:
    """The line says which processor; the digest counts it."""
    unit = world.a.unit.id
    with world.registry.write(person(2, Role.OFFICER, unit)) as tx:
        of = add(tx, unit)
        found = [each.due for each in agenda.agenda(tx, unit, DAY).lines if each.due.kind == due.EVALUATE]
        assert found == [Due(due.EVALUATE, unit, DAY, "", str(of))]
        assert about(tx, [Due("ledger.review", unit, DAY, "", "1"), *found]) == [
            About(),
            About(("東和配送",), people=False),
        ]
    assert part_of(due.EVALUATE) is Part.PROCESSORS


def test_it_finishes_the_item_of_the_yearly_plan(world: World) -> None:
    """When all are evaluated since the year began; one that is left keeps the item open."""
    unit = world.a.unit.id
    with world.registry.write(RECORDER) as tx:
        waiting = certificates.submitted(tx, unit, DAY)
        first, second = add(tx, unit), add(tx, unit, "もう一社")
        evaluations.evaluate(tx, draft(first))
    with world.registry.write(APPROVER) as tx:
        year = years.approve(tx, waiting.id, expected_version=waiting.version)
    item = next(each.id for each in year.items if each.item == "suppliers")
    with world.registry.write(RECORDER) as tx:
        assert item not in year_facts.shown(tx, year.id)
        evaluations.evaluate(tx, draft(second))
        assert year_facts.shown(tx, year.id)[item].room is Room.PROCESSORS


def test_the_catalogue_asks_for_it_apart_from_the_contract() -> None:
    """J.9.4 has two needs, each with its supplier."""
    needs = {each.id: each.supplier for each in product().requirements["J.9.4"].needs}
    assert needs == {
        "evaluation": SupplierId.PROCESSOR_EVALUATION,
        "contract": SupplierId.PROCESSORS,
    }


def test_months_and_criteria_are_data_that_a_workspace_corrects() -> None:
    """From a day on; a mistake is named with file and line."""
    section = "{from: 2027-04-01, months: {fit: 24}, criteria: [{id: x, ja: 甲, en: X}]}"
    text = f"version: 1\nsource: own\nprocessors: {section}\n"
    found = made(((text, "own.yaml"),))
    assert found.on(date(2027, 3, 31)) == load(read_text(FILE), FILE)
    later = found.on(LATER)
    assert (later.months[Result.FIT], later.months[Result.CONDITIONAL]) == (24, 6)
    assert [each.id for each in later.criteria] == ["x"]
    wrong = text.replace("24", "40")
    with pytest.raises(ReferenceFileError, match=r"own\.yaml:3: .*fit: must be 1 to 36"):
        facts.check(((wrong, "own.yaml"),))


def test_how_one_stands_and_those_of_a_unit_are_read_apart(world: World) -> None:
    """The same as among all; of another company there is nothing."""
    with world.registry.write(RECORDER) as tx:
        made, other = (add(tx, each.unit.id) for each in (world.a, world.b))
        evaluations.evaluate(tx, draft(made, evaluated_on=DAY))
        first, second = standing.standings(tx, DAY)
        assert (standing.standing(tx, made, DAY), standing.standing(tx, other, DAY)) == (first, second)
        assert first.evaluated_on == DAY
        assert standing.standings(tx, DAY, unit_id=world.b.unit.id) == [second]
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx, pytest.raises(NotFound):
        standing.standing(tx, made, DAY)
