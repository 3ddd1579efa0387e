"""Units are renamed, moved and merged; their history and the closure of the tree stay right."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from privacy_mark.certificates import register as certificates
from privacy_mark.certificates.marks import parse
from privacy_mark.certificates.model import Term
from registry import journal, ledger, organisation, organisation_import, reorganisation, sources
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, Conflict, Duplicate, InvalidValue, NotFound, RegistryError
from registry.journal import Action
from registry.model import Role, Unit, UnitId, UnitKind
from registry.store import Tx
from registry.store.tables import OrgClosure
from tests.access.certificates import SCALE
from tests.registry.world import World, person


def _changed(tx: Tx, unit: Unit, **values: object) -> Unit:
    fields = {
        "expected_version": unit.version,
        "code": unit.code,
        "kind": unit.kind,
        "name_ja": unit.name_ja,
        "name_en": unit.name_en,
        "country": unit.country,
        "privacy_mark": unit.privacy_mark,
    }
    return reorganisation.change_unit(tx, unit.id, **(fields | values))  # type: ignore[arg-type]


def _closure_is_right(tx: Tx) -> None:
    units = {unit.id: unit for unit in organisation.units(tx)}
    expected = set()
    for unit in units.values():
        depth, above = 0, unit
        while True:
            expected.add((above.id, unit.id, depth))
            if above.parent_id is None:
                break
            depth, above = depth + 1, units[above.parent_id]
    pairs = {tuple(row) for row in tx.session.execute(select(*OrgClosure.__table__.c)).all()}
    assert pairs == expected


def test_a_renamed_unit_keeps_its_history(world: World) -> None:
    """What it was called until when; a change of nothing leaves no trace."""
    with world.registry.write(bootstrap_principal(), reason="merger of the parent") as tx:
        renamed = _changed(tx, world.a.unit, name_ja="新会社", code="A2")
        assert _changed(tx, renamed) == renamed
    with world.registry.read(world.personas()["officer of A"]) as tx:
        states = reorganisation.history(tx, world.a.unit.id)
        assert [(state.code, state.name_ja, state.until) for state in states] == [
            ("A", world.a.unit.name_ja, world.clock.now),
            ("A2", "新会社", None),
        ]
    with world.registry.read(world.personas()["administrator"]) as tx:
        last = journal.lines(tx, limit=1)[0]
    assert (last.action, last.before, last.after) == (
        Action.UNIT_CHANGED,
        {"code": "A", "name_ja": world.a.unit.name_ja},
        {"code": "A2", "name_ja": "新会社"},
    )


def test_a_stale_change_is_a_conflict_that_names_the_other(world: World) -> None:
    """Who read the unit before somebody renamed it changes nothing, and learns who was faster."""
    with world.registry.write(world.personas()["administrator of A"]) as tx:
        _changed(tx, world.a.unit, name_ja="先の名")
    with pytest.raises(Conflict) as caught, world.registry.write(bootstrap_principal()) as tx:
        _changed(tx, world.a.unit, name_ja="後の名")
    assert (caught.value.who, caught.value.when) == ("administrator 4", world.clock.now)
    with world.registry.read(bootstrap_principal()) as tx:
        assert organisation.unit(tx, world.a.unit.id).name_ja == "先の名"


def test_a_moved_unit_changes_who_sees_it(world: World) -> None:
    """The site of A below B: B's people see it and what belongs to it, A's no longer."""
    with world.registry.write(bootstrap_principal()) as tx:
        moved = reorganisation.move_unit(tx, world.a.site.id, world.b.unit.id)
        assert moved.parent_id == world.b.unit.id
        _closure_is_right(tx)
    with world.registry.read(world.personas()["officer of B"]) as tx:
        assert organisation.unit(tx, world.a.site.id) == moved
        assert reorganisation.history(tx, world.a.site.id)[0].parent_id == world.a.unit.id
    with world.registry.read(world.personas()["officer of A"]) as tx, pytest.raises(NotFound):
        organisation.unit(tx, world.a.site.id)


def test_a_merged_unit_keeps_its_rows_and_takes_nothing_new(world: World) -> None:
    """B is closed into A: its ledger stays B's and is seen by A; nothing more can be put into B."""
    with world.registry.write(bootstrap_principal()) as tx:
        merged = reorganisation.merge_units(tx, world.b.unit.id, world.a.unit.id)
        assert (merged.closed_at, merged.merged_into_id) == (world.clock.now, world.a.unit.id)
        _closure_is_right(tx)
    with world.registry.read(world.personas()["officer of A"]) as tx:
        assert ledger.entry(tx, world.b.entry.id).unit_id == world.b.unit.id
    with world.registry.read(world.personas()["officer of B"]) as tx, pytest.raises(NotFound):
        ledger.entry(tx, world.a.entry.id)
    for change in (
        lambda tx: sources.add_source(tx, unit_id=world.b.unit.id, name="new", owner="x", url="/srv/new"),
        lambda tx: reorganisation.move_unit(tx, world.a.site.id, world.b.unit.id),
        lambda tx: reorganisation.merge_units(tx, world.b.unit.id, world.a.unit.id),
        lambda tx: organisation.create_unit(
            tx, code="N", kind=UnitKind.SITE, name_ja="新", name_en="", parent_id=world.b.unit.id
        ),
    ):
        with pytest.raises(InvalidValue) as caught, world.registry.write(bootstrap_principal()) as tx:
            change(tx)
        assert caught.value.rule == "closed"


def test_what_would_break_the_tree_is_refused(world: World) -> None:
    """No unit hangs below itself, the top stays the top, and a code is taken once."""
    group, a, site = world.group.id, world.a.unit.id, world.a.site.id
    for change, rule in (
        (lambda tx: reorganisation.move_unit(tx, a, site), "below_itself"),
        (lambda tx: reorganisation.move_unit(tx, a, a), "below_itself"),
        (lambda tx: reorganisation.merge_units(tx, a, site), "below_itself"),
        (lambda tx: reorganisation.move_unit(tx, group, a), "top_of_the_tree"),
        (lambda tx: reorganisation.merge_units(tx, group, a), "top_of_the_tree"),
        (lambda tx: _changed(tx, world.a.unit, code="B"), "taken"),
        (lambda tx: _changed(tx, world.a.unit, name_ja=""), "required"),
    ):
        with (
            pytest.raises((InvalidValue, Duplicate)) as caught,
            world.registry.write(bootstrap_principal()) as tx,
        ):
            change(tx)
        assert caught.value.rule == rule
    with world.registry.read(bootstrap_principal()) as tx:
        _closure_is_right(tx)
        assert len(reorganisation.history(tx, a)) == 1


def test_both_places_must_be_managed(world: World) -> None:
    """A's administrator neither takes what is B's nor gives A's away; B is unknown to them."""
    administrator = world.personas()["administrator of A"]
    other = person(7, Role.OFFICER, world.group.id)
    for principal, change, error in (
        (administrator, lambda tx: reorganisation.move_unit(tx, world.a.site.id, world.b.unit.id), NotFound),
        (administrator, lambda tx: reorganisation.move_unit(tx, world.b.site.id, world.a.unit.id), NotFound),
        (
            administrator,
            lambda tx: reorganisation.merge_units(tx, world.a.unit.id, world.a.site.id),
            InvalidValue,
        ),
        (
            administrator,
            lambda tx: reorganisation.merge_units(tx, world.b.unit.id, world.a.unit.id),
            NotFound,
        ),
        (
            administrator,
            lambda tx: reorganisation.move_unit(tx, world.a.unit.id, world.a.site.id),
            AccessDenied,
        ),
        (other, lambda tx: _changed(tx, world.a.unit, name_ja="x"), AccessDenied),
        (administrator, lambda tx: reorganisation.history(tx, world.b.unit.id), NotFound),
    ):
        with pytest.raises(RegistryError) as caught, world.registry.write(principal) as tx:
            change(tx)
        assert isinstance(caught.value, (error, AccessDenied))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=8))
def test_the_closure_stays_right_whatever_is_moved(world: World, moves: list[tuple[int, int, bool]]) -> None:
    """Random moves and mergers, refused ones included."""
    ids: list[UnitId] = [world.group.id, world.a.unit.id, world.a.site.id, world.b.unit.id, world.b.site.id]
    for unit, below, merge in moves:
        world.clock.advance(timedelta(minutes=1))
        try:
            with world.registry.write(bootstrap_principal()) as tx:
                act = reorganisation.merge_units if merge else reorganisation.move_unit
                act(tx, ids[unit], ids[below])
        except InvalidValue:
            pass
        with world.registry.read(bootstrap_principal()) as tx:
            _closure_is_right(tx)
    assert journal.verify(world.registry).ok


def test_the_register_of_certificates_tells_the_mark_once_it_holds_the_unit(world: World) -> None:
    """Before it takes what a table brings; then another number is refused, an empty one changes nothing."""
    with world.registry.write(bootstrap_principal()) as tx:
        made = _changed(tx, world.a.unit, privacy_mark="第18820040(07)号")
        assert made.privacy_mark == "第18820040(07)号"
        term = Term(parse("18820040(08)"), date(2026, 4, 1), date(2028, 3, 31))
        certificates.register(tx, made.id, "jipdec", scale=SCALE, term=term)
        for kept in ("", "第18820040(07)号", "１８８２００４０（０８）", "18820040"):
            made = _changed(tx, made, privacy_mark=kept, name_en=f"A {kept}")
            assert made.privacy_mark == "第18820040(07)号"
        for wrong in ("10000001(01)", "なし"):
            with pytest.raises(InvalidValue, match="registered"):
                _changed(tx, made, privacy_mark=wrong)
        row = {
            "code": made.code,
            "name_ja": made.name_ja,
            "name_en": made.name_en,
            "parent": world.group.code,
        }
        (same,) = organisation_import.take(tx, [organisation_import.line(2, row)])
        assert same.steps == (organisation_import.Step.UNCHANGED,)
        with pytest.raises(organisation_import.ImportRefusedError) as refused:
            organisation_import.take(
                tx, [organisation_import.line(2, row | {"privacy_mark": "10000001(01)"})]
            )
        assert [(each.column, each.rule) for each in refused.value.outcomes] == [
            ("privacy_mark", "registered")
        ]
