"""What a record of the journal says is for who may read the object that it tells of."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry import journal, roles
from registry.access import bootstrap_principal
from registry.journal import Action, JournalLine
from registry.journal_rights import OWN, READERS
from registry.model import Permission, Principal, Role
from registry.views import SensitiveList
from tests.registry.world import World, person

ROOT = Path(__file__).resolve().parents[2]
NEEDED = sorted(frozenset[Permission]().union(*READERS.values()))
SECRET = "部外秘の言葉"
pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


@pytest.fixture
def told(world: World) -> World:
    """Return a world whose journal has a record of each kind of object, of company A."""
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        for table in (*READERS, "of_a_later_version"):
            tx.record(Action.AUDIT_CHANGED, table, 7, world.a.unit.id, {"was": SECRET}, {"is": SECRET})
    return world


def seen(world: World, who: Principal) -> dict[str, JournalLine]:
    """Return the record of each kind as somebody reads it."""
    with world.registry.read(who) as tx:
        return {line.table: line for line in journal.lines(tx, limit=1_000) if line.row_id == "7"}


@pytest.mark.parametrize("permission", NEEDED)
def test_who_may_not_read_an_object_reads_its_records_without_their_words(
    told: World, permission: Permission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody with every right but one sees that something was done to which object, and not what."""
    monkeypatch.setitem(roles.PERMISSIONS, Role.AUDITOR, frozenset(Permission) - {permission})  # type: ignore[arg-type]
    lines = seen(told, person(31, Role.AUDITOR, told.a.unit.id))
    assert lines.keys() == {*READERS, "of_a_later_version"}
    closed = {table for table, needed in READERS.items() if permission in needed} | {"of_a_later_version"}
    assert {table for table, line in lines.items() if line.closed} == closed
    for table, line in lines.items():
        words = (line.before, line.after)
        assert words == ((None, None) if table in closed else ({"was": SECRET}, {"is": SECRET})), table
        assert line.action == "audit_changed"
        assert line.actor


def test_auditors_read_neither_colleagues_profiles_nor_samples(told: World) -> None:
    """What an auditor's own pages do not show, the journal does not show either; the manager plans audits."""
    closed = {
        role: {table for table, line in seen(told, person(31, role, told.a.unit.id)).items() if line.closed}
        for role in (Role.AUDITOR, Role.AUDIT_MANAGER, Role.ADMINISTRATOR)
    }
    assert closed[Role.AUDITOR] - closed[Role.AUDIT_MANAGER] == {"auditor_profile", "audit_unit_terms"}
    assert closed[Role.AUDIT_MANAGER] == {
        *("feedback", "ledger_application", "request_place", "pack_answer", "of_a_later_version")
    }
    assert closed[Role.ADMINISTRATOR] == {"of_a_later_version"}


def test_who_works_at_the_machine_itself_reads_everything(told: World) -> None:
    """Also of tables that this version does not know."""
    assert not any(line.closed for line in seen(told, bootstrap_principal()).values())


def test_every_record_is_of_a_kind_that_says_who_reads_it(world: World) -> None:
    """Who journals one more table names its readers."""
    assert {each.value for each in SensitiveList} <= OWN
    named = {table for folder in ("registry", "privacy_mark", "daicho") for table in _recorded(folder)}
    assert len(named) > 60
    assert sorted(named - READERS.keys()) == []


def _recorded(folder: str) -> Iterator[str]:
    """Yield the tables that calls of `record`, `Deed` and `note_export` name."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            place = {"tx.record": 1, "Deed": 1, "Told": 1, "note_export": 2}.get(name)
            if place is None or len(node.args) < 4:
                continue
            given = node.args[place]
            if isinstance(given, ast.Constant):
                yield str(given.value)
            elif isinstance(given, ast.Name) and given.id.isupper():
                module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield str(getattr(importlib.import_module(module), given.id))
