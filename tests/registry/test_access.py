"""Every service function, asked by every kind of person, keeps to the units of that person."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

from registry import (
    accounts,
    feedback,
    journal,
    ledger,
    links,
    organisation,
    people,
    second_factor,
    sessions,
    sources,
)
from registry.access import bootstrap_principal, require
from registry.errors import AccessDenied, InvalidValue, NotFound
from registry.model import Permission, Place, Principal
from registry.services import PARTS
from registry.store import Registry
from tests.registry.services import FOREIGN, READS, WRITES, Call
from tests.registry.world import CANARY, Company, World

REFUSED = (AccessDenied, NotFound, InvalidValue)
OUTSIDERS = ("officer of A", "executive of A", "administrator of A", "nobody")


def answer(world: World, persona: Principal, call: Call, at: Company) -> str:
    """Return what somebody gets to see: the answer or the refusal, as text."""
    with world.registry.read(persona) as tx:
        try:
            return repr(call(tx, world, at))
        except REFUSED as refusal:
            return f"{type(refusal).__name__}: {refusal}"


def refusal(world: World, persona: Principal, call: Call, at: Company) -> Exception | None:
    """Return how a change is refused, None when it is made."""
    try:
        with world.registry.write(persona) as tx:
            call(tx, world, at)
    except REFUSED as error:
        return error
    return None


def journal_length(registry: Registry) -> int:
    """Return the number of journal records."""
    return journal.verify(registry).count


def test_no_read_shows_another_companys_rows(world: World) -> None:
    """Whatever somebody of company A asks about company B, no text or id of B comes back."""
    personas = world.personas()
    for name, call in READS.items():
        for who in OUTSIDERS:
            seen = answer(world, personas[who], call, world.b)
            assert CANARY not in seen, (name, who)
            if name == "organisation.descendants":
                assert seen.startswith("NotFound"), who


def test_reads_show_ones_own_rows(world: World) -> None:
    """The same questions get an answer from the administrator and from the people of B."""
    personas = world.personas()
    closed_to_officers = {
        "journal.lines",
        "journal.lines of a unit",
        "people.listed",
        "people.member",
        "people.people",
        "people.person",
    }
    silent = {
        "accounts.roles_held",
        "feedback.judged_values",
        "journal.actors",
        "organisation.descendants",
        "sources.require_source",
    }
    for name, call in READS.items():
        seen = {who: answer(world, personas[who], call, world.b) for who in ("administrator", "officer of B")}
        if name in silent:
            assert not any("NotFound" in text or "Invalid" in text for text in seen.values()), name
            continue
        assert CANARY in seen["administrator"], name
        assert (CANARY in seen["officer of B"]) is (name not in closed_to_officers), name


def test_executives_see_neither_sources_nor_the_journal(world: World) -> None:
    """Locations and the journal stay closed to a role that may see the situation only."""
    executive = world.personas()["executive of A"]
    with world.registry.read(executive) as tx:
        assert sources.list_sources(tx) == []
        assert journal.lines(tx) == []
        assert [entry.id for entry in ledger.entries(tx)] == [world.a.entry.id]


def test_executives_read_the_ledger_without_places(world: World) -> None:
    """Where data lie stands in the ledger too: neither the entry nor its history tells an executive."""
    personas, entry = world.personas(), world.a.entry
    moved = {"places": (Place(world.a.source.id, "移転先/", "新しい棚"),)}
    with world.registry.write(personas["officer of A"]) as tx:
        ledger.update_entry(tx, entry.id, expected_version=entry.version, changes=moved)
    for who, visible in (("officer of A", True), ("executive of A", False)):
        with world.registry.read(personas[who]) as tx:
            told = repr((ledger.entries(tx), ledger.entry(tx, entry.id), ledger.versions(tx, entry.id)))
        assert ("移転先" in told, "人事部共有フォルダ" in told) == (visible, visible), who


def test_no_write_reaches_another_company(world: World) -> None:
    """Whatever somebody of A tries to change in B is refused without a word of B or a journal record."""
    personas = world.personas()
    before = journal_length(world.registry)
    for name, call in (WRITES | FOREIGN).items():
        for who in OUTSIDERS:
            error = refusal(world, personas[who], call, world.b)
            assert error is not None, (name, who)
            assert CANARY not in str(error), (name, who)
    assert journal_length(world.registry) == before


def test_the_administrator_of_the_group_may_write_everywhere(world: World) -> None:
    """The very calls that outsiders are refused succeed for who holds the role above both companies."""
    administrator = world.personas()["administrator"]
    for call in (WRITES | FOREIGN).values():
        with world.registry.write(administrator) as tx, tx.session.begin_nested() as attempt:
            call(tx, world, world.b)
            attempt.rollback()  # so that each call meets the same rows


def test_roles_limit_what_is_done_in_ones_own_company(world: World) -> None:
    """An officer edits the ledger and judges findings, and manages nothing; an executive changes nothing."""
    personas = world.personas()
    allowed = {name for name in WRITES if name.startswith(("ledger.", "feedback."))}
    for name, call in WRITES.items():
        assert refusal(world, personas["executive of A"], call, world.a) is not None, name
        if name not in allowed:
            assert refusal(world, personas["officer of A"], call, world.a) is not None, name
    for name in allowed:
        assert refusal(world, personas["officer of A"], WRITES[name], world.a) is None, name


def test_absent_and_hidden_rows_look_alike(world: World) -> None:
    """A row of another company and a row that never was get the same answer."""
    officer = world.personas()["officer of A"]
    with world.registry.read(officer) as tx:
        for absent in (world.b.entry.id, 999_999):
            with pytest.raises(NotFound, match="no such row in ledger_entry within your units"):
                ledger.entry(tx, absent)  # type: ignore[arg-type]  # a made-up id


def test_a_refusal_names_the_next_step(world: World) -> None:
    """Whoever is refused is told whom to ask, and nothing about the data."""
    with (
        world.registry.read(world.personas()["nobody"]) as tx,
        pytest.raises(AccessDenied, match="ask an administrator"),
    ):
        require(tx, Permission.EDIT_LEDGER, world.a.unit.id)


def test_only_the_owner_of_the_workspace_makes_a_tree(world: World) -> None:
    """A unit without a parent would be outside everybody's scope: no stored role may make one."""
    administrator = world.personas()["administrator"]
    with world.registry.write(administrator) as tx, pytest.raises(AccessDenied):
        organisation.create_unit(
            tx,
            code="X",
            kind=world.group.kind,
            name_ja="別",
            name_en="",
            parent_id=None,
        )
    assert "X" not in [unit.code for unit in _all_units(world)]


def test_every_service_function_is_in_the_matrix() -> None:
    """A function that takes a transaction cannot be added without being tried by every persona."""
    tried = {name.split(" ")[0] for name in READS | WRITES}
    modules: tuple[ModuleType, ...] = (
        accounts,
        feedback,
        journal,
        ledger,
        links,
        organisation,
        people,
        second_factor,
        sessions,
        sources,
    )
    services = {name for module in modules for name in _services(module)}
    assert tried == services - (PARTS.keys() - tried)


def _services(module: ModuleType) -> set[str]:
    short = module.__name__.rpartition(".")[2]
    return {
        f"{short}.{name}"
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and next(iter(inspect.signature(function).parameters), "") == "tx"
    }


def _all_units(world: World) -> list[object]:
    with world.registry.read(bootstrap_principal()) as tx:
        return list(organisation.units(tx))
