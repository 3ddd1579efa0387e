"""Kinds of difference that name a contract, a basis or readers: found in the product, and lived as cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from registry import case_drafts, cases, discrepancies, due, ledger, processors
from registry.access import bootstrap_principal, today_in_japan
from registry.assess import reassess
from registry.case_states import CaseState, Step
from registry.errors import InvalidValue
from registry.handling import RetentionEvent
from registry.ledger_columns import draft_of
from registry.model import DiscrepancyKind, Place, Role
from registry.processors import Processor, ProcessorDraft
from registry.store import Tx
from scanners.model import Category, Exposure
from tests.access.bases import disclose
from tests.reality.lives import again, all_cases, case_of, does, events, in_state, who
from tests.reality.results import result
from tests.reality.test_cases import rescan, whole
from tests.reality.world import STAFF, World

K = DiscrepancyKind
EVERY_LIST = frozenset({Category.PERSON, Category.PHONE, Category.PATIENT_ID, Category.MEDICAL})


def entrusted(world: World, **columns: object) -> Processor:
    """Register that the share of A lies with a processor, and compare."""
    draft = ProcessorDraft(
        world.units["A"].id, "東和データ", sources=frozenset({world.sources["A"].id}), **columns
    )
    made = does(world, bootstrap_principal(), lambda tx: processors.add_processor(tx, draft))
    world.assess()
    return made


def kinds(world: World) -> list[DiscrepancyKind]:
    """Return the kinds of difference that A has."""
    with world.registry.read(who(world)) as tx:
        return [each.kind for each in discrepancies.open_discrepancies(tx)]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, True),
        ({"categories": EVERY_LIST}, True),  # nothing is agreed
        ({"contract": "契約書 7", "categories": frozenset({Category.PERSON})}, True),
        ({"contract": "契約書 7", "categories": EVERY_LIST}, False),
        ({"contract": "契約書 7", "categories": EVERY_LIST, "valid_from": date(2026, 4, 2)}, True),
        ({"contract": "契約書 7", "categories": EVERY_LIST, "valid_until": date(2026, 3, 31)}, True),
        ({"contract": "契約書 7", "categories": EVERY_LIST, "valid_until": date(2026, 4, 1)}, False),
    ],
)
def test_what_lies_with_a_processor_needs_a_contract(
    world: World, columns: dict[str, object], expected: bool
) -> None:
    """The register of processors tells which sources are theirs, and what a contract covers on the day."""
    entrusted(world, **columns)
    assert (K.NO_CONTRACT in kinds(world)) is expected


def test_a_contract_settles_it(world: World) -> None:
    """Registered while somebody compares without the lock: corrected at once, confirmed by the next scan."""
    made = entrusted(world)
    case, *others = [each for each in all_cases(world) if each.kind is K.NO_CONTRACT]
    with pytest.raises(InvalidValue, match="no_draft"), world.registry.read(who(world)) as tx:
        case_drafts.draft_from(tx, world.store, case.id)
    world.clock.advance(1)
    changes = {"contract": "契約書 7", "categories": EVERY_LIST}
    does(
        world,
        bootstrap_principal(),
        lambda tx: processors.change_processor(tx, made.id, expected_version=1, changes=changes),
    )
    assert reassess(world.registry, who(world), world.store).changed
    assert K.NO_CONTRACT not in kinds(world)
    assert {again(world, each).state for each in (case, *others)} == {CaseState.LEDGER_CORRECTED}
    rescan(world, whole())
    assert {again(world, each).state for each in (case, *others)} == {CaseState.CONFIRMED}


def copied(world: World) -> None:
    """Let B register and hold the list of staff that A has."""
    world.clock.advance(1)
    world.scan("B", [result("/srv/b/写し/社員.xlsx", STAFF, persons=30, kind="xlsx")])
    draft = replace(
        draft_of(world.entries["A"]),
        unit_id=world.units["B"].id,
        places=(Place(world.sources["B"].id, "写し/", ""),),
    )
    does(world, bootstrap_principal(), lambda tx: ledger.create_entry(tx, draft))
    world.assess()


def test_a_list_in_two_entities_is_a_case_of_both_places(world: World) -> None:
    """It is closed only when both were scanned again; what lies beside it is not ordered away."""
    copied(world)
    case = case_of(world, K.COPIED)
    with world.registry.read(who(world)) as tx:
        order = case_drafts.disposal_from(tx, world.store, case.id)
    assert (order.folder, len(order.items)) == ("", 1)
    rescan(world, [each for each in whole() if "%E7%A4%BE%E5%93%A1" not in each.uri])
    assert (again(world, case).state, again(world, case).is_found) == (CaseState.NEW, False)
    world.clock.advance(1)
    world.scan("B", [])
    world.assess()
    assert again(world, case).state is CaseState.VANISHED


def test_a_basis_ends_a_copy_without_a_scan(world: World) -> None:
    """Who shares by an approved basis has one list in two places rightly."""
    copied(world)
    case = case_of(world, K.COPIED)
    disclose(world.registry, world.units["A"].id, world.units["B"].id)
    world.assess()
    assert again(world, case).state is CaseState.LEDGER_CORRECTED
    assert events(world, case)[-1].actor == ""


def test_what_too_many_may_read_is_a_case_of_its_entry(world: World) -> None:
    """Its next step is the entry; the entry widened, it is corrected by who did so."""

    def register(tx: Tx) -> None:
        entry = world.entries["A"]
        places = (*entry.places, Place(world.sources["A"].id, "総務/", ""))
        changes = {"places": places, "items": entry.items | {Category.MEDICAL}}
        ledger.update_entry(tx, entry.id, expected_version=1, changes=changes)

    officer = who(world)
    does(world, officer, register)
    assert reassess(world.registry, officer, world.store).changed
    case = case_of(world, K.OVER_EXPOSED)
    assert case.entry_id == world.entries["A"].id
    world.clock.advance(1)
    does(
        world,
        officer,
        lambda tx: ledger.update_entry(
            tx, world.entries["A"].id, expected_version=2, changes={"exposure": Exposure.EVERYONE}
        ),
    )
    world.clock.advance(1)
    world.assess()  # by the platform itself, later: the correction stays the officer's
    corrected = again(world, case)
    assert (corrected.state, corrected.is_found) == (CaseState.LEDGER_CORRECTED, False)
    assert events(world, case)[-1].actor == officer.name


def test_a_scan_of_one_unit_leaves_the_cases_of_others(world: World) -> None:
    """Neither claims nor open cases elsewhere move, whatever the night's scan of A finds or misses."""
    (elsewhere,) = [each for each in all_cases(world) if each.unit_id == world.units["B"].id]
    b = who(world, code="B")
    claimed = does(
        world,
        b,
        lambda tx: cases.claim(tx, elsewhere.id, Step.REMOVE_DATA, expected_version=elsewhere.version),
    )
    mine = in_state(world, case_of(world, K.UNREGISTERED), CaseState.DATA_REMOVED)
    for results in ([], whole()):
        world.clock.advance(1)
        world.scan("A", results)  # type: ignore[arg-type]
        assert reassess(world.registry, bootstrap_principal(), world.store).changed
        assert again(world, elsewhere) == claimed
    assert again(world, mine).state is CaseState.REOPENED


def test_who_approves_the_ledger_compares_it(world: World) -> None:
    """Top management approves entries and edits none: the comparison after it is his as well."""
    world.clock.advance(1)
    world.scan("A", whole())  # type: ignore[arg-type]
    assert reassess(world.registry, who(world, Role.TOP_MANAGEMENT), world.store).changed


def test_ends_of_retention_follow_the_whole_entry(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold and event count in the product as in the rule, also in an assessment that keeps a difference."""
    monkeypatch.setattr("registry.assess.DELTA_SHARE", 1.0)
    entry_id, officer, version = world.entries["A"].id, who(world), 1

    def ends(**changes: object) -> list[date]:
        nonlocal version
        does(
            world,
            officer,
            lambda tx: ledger.update_entry(tx, entry_id, expected_version=version, changes=changes),
        )
        version += 1
        world.assess()
        with world.registry.read(officer) as tx:
            return [each.until for each in due.due_objects(tx, world.store, entry_id, until=date.max)]

    assert ends(retention_months=3) == [date(2026, 4, 1)]  # the file is of the first of January
    world.clock.advance(1)
    assert K.OVER_RETAINED not in kinds(world)
    world.assess()
    assert K.OVER_RETAINED in kinds(world)
    assert ends(retention_event_on=date(2026, 3, 31)) == [date(2026, 6, 30)]
    assert K.OVER_RETAINED not in kinds(world)
    assert ends(retention_event=RetentionEvent.EMPLOYMENT_END, retention_event_on=None) == []
    assert ends(retention_until=date(2026, 4, 1)) == [date(2026, 4, 1)]
    assert K.OVER_RETAINED in kinds(world)
    assert ends(legal_hold=True, legal_hold_reason="訴訟") == []
    assert K.OVER_RETAINED not in kinds(world)
    assert today_in_japan(world.clock()) == date(2026, 4, 2)
