"""Many entries are changed at once: all or none, each with its version and record."""

from __future__ import annotations

from datetime import date

import pytest

from registry import journal, ledger, ledger_bulk
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, EntriesChanged, InvalidValue, NotFound
from registry.ledger_review import Seen
from registry.model import EntryId, Role
from scanners.model import Exposure
from tests.access.world import Target, World, person

CHANGES = {"owner": "総務部長", "next_review": date(2027, 3, 31), "exposure": Exposure.OWNER}


def both(target: Target) -> list[Seen]:
    """Return both entries of a company as they were made."""
    return [Seen(target.entry_id, 1), Seen(target.ready_id, 1)]


def test_what_was_previewed_is_what_is_made(world: World) -> None:
    """Values before and after by entry; one version and one record each; what is so already is left alone."""
    target = world.targets["A"]
    who = person(Role.OFFICER, target.unit_id)
    with world.registry.read(who) as tx:
        told = ledger_bulk.preview(tx, both(target), CHANGES)
        assert [entry.version for entry in ledger.entries(tx, unit_id=target.unit_id)] == [1, 1]
    assert [each.moved["owner"] for each in told] == [("人事部長", "総務部長")] * 2
    assert {column for each in told for column in each.moved} == set(CHANGES)
    with world.registry.write(who, reason="まとめて") as tx:
        assert ledger_bulk.change_entries(tx, both(target), CHANGES) == told
    with world.registry.read(who) as tx:
        entries = ledger.entries(tx, unit_id=target.unit_id)
        history = [ledger.versions(tx, entry.id)[-1] for entry in entries]
    assert [(entry.owner, entry.exposure, entry.version) for entry in entries] == [
        ("総務部長", Exposure.OWNER, 2)
    ] * 2
    assert [version.changes["next_review"] for version in history] == [("", "2027-03-31")] * 2
    with world.registry.read(bootstrap_principal()) as tx:
        lines = journal.lines(tx, limit=2)
    assert [(line.action, line.reason) for line in lines] == [("entry_updated", "まとめて")] * 2
    with world.registry.write(who) as tx:
        again = [Seen(EntryId(entry.id), 2) for entry in entries]
        assert ledger_bulk.change_entries(tx, again, CHANGES) == []


def test_what_others_changed_else_stays_and_the_same_column_is_chosen(world: World) -> None:
    """Another column is merged; the same one stops all, with who made what of it and the present version."""
    target = world.targets["A"]
    who = person(Role.OFFICER, target.unit_id)
    with world.registry.write(who) as tx:
        ledger.update_entry(tx, target.ready_id, expected_version=1, changes={"purpose": "変更"})
        ledger.update_entry(tx, target.entry_id, expected_version=1, changes={"owner": "別の部長"})
    for work in (ledger_bulk.preview, ledger_bulk.change_entries):
        with pytest.raises(EntriesChanged) as error, world.registry.write(who) as tx:
            work(tx, both(target), CHANGES)
        (entry,) = error.value.entries
        (edit,) = entry.edits
        assert (entry.entry_id, entry.version, error.value.columns) == (target.entry_id, 2, ("owner",))
        assert (edit.column, edit.before, edit.after, edit.who) == (
            "owner",
            "人事部長",
            "別の部長",
            who.name,
        )
    with world.registry.read(who) as tx:
        assert {each.version for each in ledger.entries(tx, unit_id=target.unit_id)} == {2}
    mine = [Seen(target.entry_id, 2), Seen(target.ready_id, 1)]
    with world.registry.write(who) as tx:
        made = ledger_bulk.change_entries(tx, mine, CHANGES)
    assert {each.entry_id: each.merged for each in made} == {target.entry_id: False, target.ready_id: True}
    with world.registry.read(who) as tx:
        entries = {each.id: each for each in ledger.entries(tx, unit_id=target.unit_id)}
    assert {each.owner for each in entries.values()} == {"総務部長"}
    assert entries[target.ready_id].purpose == "変更"
    with pytest.raises(EntriesChanged), world.registry.write(who) as tx:
        ledger_bulk.change_entries(tx, [Seen(target.entry_id, 99)], CHANGES)  # a version that never was


def test_nothing_is_changed_where_one_may_not_edit(world: World) -> None:
    """One entry out of reach stops all; who only reads is refused."""
    mine, other = world.targets["A"], world.targets["B"]
    with pytest.raises(NotFound), world.registry.write(person(Role.OFFICER, mine.unit_id)) as tx:
        ledger_bulk.change_entries(tx, [*both(mine), Seen(other.entry_id, 1)], CHANGES)
    with pytest.raises(AccessDenied), world.registry.write(person(Role.EXECUTIVE, mine.unit_id)) as tx:
        ledger_bulk.change_entries(tx, both(mine), CHANGES)
    with world.registry.read(bootstrap_principal()) as tx:
        assert {ledger.entry(tx, each.entry_id).version for each in both(mine)} == {1}


def test_what_is_refused(world: World) -> None:
    """Only what many can share is changed, of somebody, and not of everything at once."""
    target = world.targets["A"]
    refused = [
        (both(target), {"name": "同じ名前"}, "name: unknown_column"),
        (both(target), {}, "changes: required"),
        ([], CHANGES, "entries: required"),
        ([Seen(EntryId(number), 1) for number in range(501)], CHANGES, "entries: too_many"),
        (both(target), {"owner": " "}, "owner: required"),
        (both(target), {"next_review": "2027"}, "next_review: type"),
    ]
    with world.registry.write(person(Role.OFFICER, target.unit_id)) as tx:
        for seen, changes, why in refused:
            with pytest.raises(InvalidValue, match=why):
                ledger_bulk.change_entries(tx, seen, changes)
