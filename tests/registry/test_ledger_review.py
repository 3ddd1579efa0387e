"""Approval of entries by somebody else, and the yearly review of many at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from registry import ledger, ledger_review
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, Conflict, InvalidValue, StoreError
from registry.handling import Acquisition, Medium
from registry.ledger_review import Seen, year_after
from registry.model import LedgerEntry, Principal, Role
from scanners.model import Category
from tests.registry.world import World, person

READY: dict[str, object] = {
    "acquisition": Acquisition.DIRECT_WRITTEN,
    "media": frozenset({Medium.PAPER}),
    "disposal_method": "溶解",
}


def officer(world: World, number: int = 21) -> Principal:
    """Return a privacy manager of company A."""
    return person(number, Role.OFFICER, world.a.unit.id)


def edit(world: World, who: Principal, version: int, **changes: object) -> LedgerEntry:
    """Change company A's entry."""
    with world.registry.write(who) as tx:
        return ledger.update_entry(tx, world.a.entry.id, expected_version=version, changes=changes)


def approve(world: World, who: Principal, version: int) -> LedgerEntry:
    """Approve company A's entry."""
    with world.registry.write(who) as tx:
        return ledger_review.approve_entry(tx, world.a.entry.id, expected_version=version)


def test_another_person_approves_and_an_edit_takes_it_away(world: World) -> None:
    """Whoever wrote any of it since the last approval is refused, whoever wrote before it is not."""
    written = edit(world, officer(world, 21), 1, **READY)
    again = edit(world, officer(world, 22), written.version, contact="郵送")
    for number in (21, 22):
        with pytest.raises(InvalidValue) as caught:
            approve(world, officer(world, number), again.version)
        assert (caught.value.column, caught.value.rule) == ("approver", "same_person")
    approved = approve(world, officer(world, 23), again.version)
    today = world.clock().date()
    assert (approved.is_approved, approved.approved_by) == (True, "officer 23")
    assert (approved.handling.last_checked, approved.handling.next_review) == (today, year_after(today))
    with pytest.raises(InvalidValue, match="decided"):
        approve(world, officer(world, 24), approved.version)
    changed = edit(world, officer(world, 23), approved.version, contact="電話")
    assert (changed.is_approved, changed.approved_by) == (False, "")
    assert approve(world, officer(world, 21), changed.version).is_approved
    with world.registry.read(officer(world)) as tx:
        history = [sorted(each.changes) for each in ledger.versions(tx, world.a.entry.id)[1:]]
    assert history[2] == ["approved_by", "last_checked", "next_review"]
    assert history[-1] == ["approved_by"]


def test_the_database_itself_knows_two_persons(world: World) -> None:
    """No program error lets somebody approve his own words."""
    edit(world, officer(world), 1, **READY)
    with pytest.raises(StoreError, match="IntegrityError"), world.registry.write(bootstrap_principal()) as tx:
        tx.session.execute(text("UPDATE ledger_entry SET approver_id = editor_id"))


@pytest.mark.parametrize("column", ["acquisition", "media", "disposal_method"])
def test_what_is_not_stated_cannot_be_approved(world: World, column: str) -> None:
    """The refusal names the first column that somebody must fill in."""
    stated = {name: value for name, value in READY.items() if name != column}
    written = edit(world, officer(world), 1, **stated)
    with pytest.raises(InvalidValue) as caught:
        approve(world, officer(world, 22), written.version)
    assert (caught.value.column, caught.value.rule) == (column, "required_for_approval")


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"items": frozenset({Category.MY_NUMBER})}, "my_number_purpose"),
        ({"acquisition": Acquisition.INDIRECT}, "acquired_from"),
        ({"entrusted": True}, "entrusted_by"),
    ],
)
def test_what_one_column_says_may_ask_for_another(
    world: World, changes: dict[str, object], column: str
) -> None:
    """My Number needs its purpose, indirect acquisition its origin, entrusted data their owner."""
    written = edit(world, officer(world), 1, **READY | changes)
    with pytest.raises(InvalidValue) as caught:
        approve(world, officer(world, 22), written.version)
    assert caught.value.column == column
    stated = edit(world, officer(world), written.version, **{column: "書いてある"})
    assert approve(world, officer(world, 22), stated.version).is_approved


def test_who_may_approve(world: World) -> None:
    """The entity's privacy manager and its top management; nobody of another entity, no department."""
    written = edit(world, officer(world), 1, **READY)
    for role in (Role.DEPARTMENT_MANAGER, Role.CERTIFICATION_TEAM, Role.EXECUTIVE):
        with pytest.raises(AccessDenied):
            approve(world, person(30, role, world.a.unit.id), written.version)
    with pytest.raises(AccessDenied):  # a basis opens data, never the say over an entity's ledger
        approve(world, person(31, Role.GROUP_OFFICER, world.group.id), written.version)
    with pytest.raises(Conflict):
        approve(world, person(32, Role.TOP_MANAGEMENT, world.a.unit.id), written.version - 1)
    assert approve(world, person(32, Role.TOP_MANAGEMENT, world.a.unit.id), written.version).is_approved


def test_many_entries_are_confirmed_at_once(world: World) -> None:
    """Forty are right, three were changed meanwhile: those are named and left alone; approvals stay."""
    written = edit(world, officer(world, 21), 1, **READY)
    approved = approve(world, officer(world, 22), written.version)
    with world.registry.write(officer(world)) as tx:
        others = [ledger.create_entry(tx, ledger.EntryDraft(**_columns(approved, n))) for n in range(4)]  # type: ignore[arg-type]
    today = world.clock().date()
    world.clock.now += timedelta(days=200)
    seen = [Seen(each.id, each.version) for each in (approved, *others[:3])]
    with world.registry.write(officer(world, 25)) as tx:
        ledger.update_entry(tx, others[0].id, expected_version=1, changes={"contact": "電話"})
    with world.registry.write(officer(world)) as tx:
        result = ledger_review.review_entries(tx, seen)
    assert result.changed == (others[0].id,)
    assert set(result.confirmed) == {approved.id, others[1].id, others[2].id}
    with world.registry.read(officer(world)) as tx:
        kept = ledger.entry(tx, approved.id)
        due = [each.id for each in ledger.entries(tx) if ledger_review.is_due(each, today)]
    assert kept.is_approved
    assert kept.handling.next_review == year_after(today + timedelta(days=200))
    assert due == [others[0].id, others[3].id]


def test_nothing_is_confirmed_where_one_entry_is_out_of_reach(world: World) -> None:
    """A list that names an entry that one may not edit confirms none."""
    mine, theirs = world.a.entry, world.b.entry
    everywhere = Principal(
        officer(world).user_id,
        "x",
        (*officer(world).grants, *person(1, Role.EXECUTIVE, world.b.unit.id).grants),
    )
    with pytest.raises(AccessDenied), world.registry.write(everywhere) as tx:
        ledger_review.review_entries(tx, [Seen(mine.id, 1), Seen(theirs.id, 1)])
    with world.registry.read(officer(world)) as tx:
        assert ledger.entry(tx, mine.id).handling.last_checked is None


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 4, 1), date(2027, 4, 1)), (date(2028, 2, 29), date(2029, 2, 28))],
)
def test_a_year_after(day: date, expected: date) -> None:
    """The day of the same number, or the month's last one."""
    assert year_after(day) == expected


def _columns(entry: LedgerEntry, number: int) -> dict[str, object]:
    columns = ledger.EntryDraft.__dataclass_fields__
    new = {"name": f"名簿 {number}", "handling": replace(entry.handling, next_review=None)}
    return {name: getattr(entry, name) for name in columns} | new
