"""What a record of the journal says is for who may read the object that it tells of."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from registry import journal, roles
from registry.access import bootstrap_principal
from registry.journal import Action, JournalLine
from registry.journal_rights import OWN, READERS
from registry.model import Permission, Principal, Role
from registry.store.kept_rows import AddedFile
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
    named = set[str]()
    unused = set(ELSEWHERE)
    for folder in ("registry", "privacy_mark", "daicho"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                of = path.relative_to(ROOT)
                for given in _given(ast.parse(path.read_text(encoding="utf-8"))):
                    unused.discard((of.as_posix(), ast.unparse(given)))
                    named |= _tables(given, of)
    assert not unused
    assert len(named) > 60
    assert sorted(named - READERS.keys()) == []


@pytest.mark.parametrize("given", ["self.table", "table", "of.table", "f'pm_{kind}'", "NO_SUCH_NAME"])
def test_a_table_that_cannot_be_told_is_refused(world: World, given: str) -> None:
    """Who journals a table that the code does not name says under ELSEWHERE which ones these are."""
    (node,) = _given(ast.parse(f"tx.record(Action.AUDIT_CHANGED, {given}, 7, unit_id)"))
    with pytest.raises(AssertionError, match=r"registry/kept_files\.py:1: "):
        _tables(node, Path("registry/kept_files.py"), {})


_PLACES = {"Deed": 1, "chain.Deed": 1, "Told": 1, "note_export": 2, "Listing": 0}
"""Calls that tell of a table, and where it stands in them, besides `tx.record`."""
ELSEWHERE: Mapping[tuple[str, str], frozenset[str]] = {
    ("registry/kept_files.py", "self.table"): frozenset(
        each.__tablename__ for each in AddedFile.__subclasses__()
    ),
    ("registry/people_import.py", "table"): frozenset({"affiliation", "role_grant"}),
    ("registry/views.py", "what.value"): frozenset(each.value for each in SensitiveList),
    ("registry/views.py", "what"): frozenset(),  # the calls of `note_export` name it
    ("daicho/pages/list_export.py", "what.of"): frozenset(),  # each `Listing` names it
    ("registry/store/transaction.py", "table"): frozenset(),  # the calls of `tx.record` name it
}
"""Module and expression that name no table themselves -> the tables that they stand for."""


def _given(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what calls that make or prepare a record of the journal give as its table."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        place = 1 if name.endswith("tx.record") else _PLACES.get(name)
        fewest = {"Deed": 4, "Told": 4, "Listing": 6}.get(name, 0)  # others of the name take fewer
        if place is None or len(node.args) < fewest:
            continue
        yield node.args[place]


def _tables(
    given: ast.expr, path: Path, elsewhere: Mapping[tuple[str, str], frozenset[str]] = ELSEWHERE
) -> frozenset[str]:
    """Return the tables that an expression stands for; refuses one that neither code nor exception tells."""
    if isinstance(given, ast.Constant):
        return frozenset({str(given.value)})
    written = ast.unparse(given)
    if (path.as_posix(), written) in elsewhere:
        return elsewhere[path.as_posix(), written]
    found: object = importlib.import_module(".".join(path.with_suffix("").parts))
    for part in written.split("."):
        found = getattr(found, part, None)
    assert isinstance(found, str), f"{path.as_posix()}:{given.lineno}: which table is {written}?"
    return frozenset({found})
