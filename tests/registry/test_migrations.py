"""Migrations and table declarations tell the same schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from registry import accounts, journal, organisation, reorganisation, sessions, sign_in
from registry.access import bootstrap_principal
from registry.errors import StoreError
from registry.migrations.upgrade import down_to, to_base
from registry.store import Registry
from registry.store.base import Base
from registry.store.tables import RunFileRecord
from tests.access.rights import fill
from tests.access.risks import fill as analyse
from tests.registry.services import WRITES
from tests.registry.world import PASSWORD, Clock, build

ROOT = Path(__file__).resolve().parents[2]


def differences(registry: Registry) -> list[object]:
    """Return what a new migration would have to change."""
    with registry.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def tables(registry: Registry) -> set[str]:
    """Return the names of all tables in the database."""
    with registry.engine.begin() as connection:
        return set(inspect(connection).get_table_names())


def test_the_migrated_schema_is_the_declared_one(registry: Registry) -> None:
    """Nobody changed a table without a migration."""
    assert differences(registry) == []
    assert tables(registry) == {*Base.metadata.tables, "alembic_version"}


def test_every_migration_says_after_which_it_comes() -> None:
    """What the first lines say is what is done."""
    wrong = []
    for path in sorted((ROOT / "registry" / "migrations" / "versions").glob("0*.py")):
        text = path.read_text(encoding="utf-8")
        said = re.search(r"^Revision: (\d+), after (\w+)", text, re.MULTILINE)
        done = re.search(r'^revision = "(\d+)"\ndown_revision = (?:"(\d+)"|None)$', text, re.MULTILINE)
        assert said, path.name
        assert done, path.name
        if said.groups() != (done[1], done[2] or "none"):
            wrong.append(path.name)
    assert wrong == []


def test_migrating_twice_changes_nothing(registry: Registry, clock: Clock) -> None:
    """A filled registry of the newest schema is left as it is."""
    world = build(registry, clock)
    registry.migrate()
    with registry.read(world.personas()["administrator"]) as tx:
        assert tx.session.execute(Base.metadata.tables["org_unit"].select()).all()


def test_down_and_up_again(registry: Registry) -> None:
    """Going back removes every table, and the way up works again."""
    to_base(registry.engine)
    assert tables(registry) == {"alembic_version"}
    registry.migrate()
    assert differences(registry) == []


def test_the_journal_survives_a_schema_that_knows_no_month_keys(registry: Registry, clock: Clock) -> None:
    """Back to 0003 and up again with data: every record stays and verifies, words of then are unreadable."""
    world = build(registry, clock)
    before = journal.verify(registry)
    down_to(registry.engine, "0003", registry.vault)
    assert not {"journal_key", "journal_anchor", "tick_claim"} & tables(registry)
    registry.migrate()
    assert differences(registry) == []
    with registry.write(bootstrap_principal(), reason="読める") as tx:
        WRITES["ledger.create_entry"](tx, world, world.b)
    after = journal.verify(registry)
    assert (after.ok, after.count) == (True, before.count + 1)
    with registry.read(bootstrap_principal()) as tx:
        newest, *older = journal.lines(tx)
    assert (newest.reason, newest.shredded) == ("読める", False)
    assert all(line.shredded for line in older)


def test_closed_units_survive_a_schema_that_knows_none(registry: Registry, clock: Clock) -> None:
    """Back to 0004 and up again with data: every unit stays, only what was closed is forgotten."""
    world = build(registry, clock)
    with registry.write(bootstrap_principal()) as tx:
        reorganisation.merge_units(tx, world.b.unit.id, world.a.unit.id)
    down_to(registry.engine, "0004", registry.vault)
    registry.migrate()
    assert differences(registry) == []
    with registry.read(bootstrap_principal()) as tx:
        found = organisation.unit(tx, world.b.unit.id)
    assert (found.parent_id, found.closed_at) == (world.a.unit.id, None)
    assert journal.verify(registry).ok


def test_rights_come_and_go_with_their_tables(registry: Registry, clock: Clock) -> None:
    """Back to 0008 with requests, records and lookups, and up again: the rest stays, and the tables work."""
    world = build(registry, clock)
    rights = ("rights_request", "request_place", "provision_record", "notice", "research_refusal")
    with registry.write(bootstrap_principal()) as tx:
        fill(tx, world.a.unit.id, world.a.entry.id, "甲", "甲")
        lookup = RunFileRecord(
            name="r/lookup.parquet", unit_id=world.a.unit.id, kind="lookup", rows=0, bytes=0, sha256=""
        )
        tx.session.add(lookup)
        assert all(tx.session.scalar(text(f"SELECT count(*) FROM {name}")) for name in rights)
    down_to(registry.engine, "0008", registry.vault)
    assert not set(rights) & tables(registry)
    with registry.engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM run_file WHERE kind = 'lookup'")) == 0
        assert connection.scalar(text("SELECT count(*) FROM ledger_entry")) == 2
    registry.migrate()
    assert differences(registry) == []
    with registry.write(bootstrap_principal()) as tx:
        fill(tx, world.a.unit.id, world.a.entry.id, "甲", "甲")
    assert journal.verify(registry).ok


def test_risk_analyses_come_and_go_with_their_tables(registry: Registry, clock: Clock) -> None:
    """Back to 0014 with an accepted analysis, and up again: the ledger stays, and the tables work."""
    world = build(registry, clock)
    risks = ("risk_analysis", "risk_row", "risk_measure", "risk_version")
    with registry.write(bootstrap_principal()) as tx:
        analyse(tx, world.a.entry.id, "甲")
        assert all(tx.session.scalar(text(f"SELECT count(*) FROM {name}")) for name in risks)
    down_to(registry.engine, "0014", registry.vault)
    assert not set(risks) & tables(registry)
    registry.migrate()
    assert differences(registry) == []
    with registry.write(bootstrap_principal()) as tx:
        assert analyse(tx, world.a.entry.id, "甲").version == 1
    assert journal.verify(registry).ok


def test_a_schema_from_the_future_is_refused(registry: Registry) -> None:
    """An old program says that it is old, and leaves the registry alone."""
    with registry.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version"):
        registry.migrate()
    assert differences(registry) == []


def test_accounts_and_sessions_come_through_the_sign_in_migration(registry: Registry, clock: Clock) -> None:
    """Who had a password signs in with it after going back and forth, and who was in stays in."""
    world = build(registry, clock)
    token = sign_in.with_password(registry, "user-a", PASSWORD)
    assert isinstance(token, str)
    down_to(registry.engine, "0006", registry.vault)
    with registry.engine.begin() as connection:
        columns = {column["name"] for column in inspect(connection).get_columns("session")}
        assert columns == {"token_hash", "user_id", "unit_id", "created_at", "seen_at", "revoked_at"}
    registry.migrate()
    assert differences(registry) == []
    (listed,) = sessions.own(registry, token)
    assert (listed.issuer, listed.agent, listed.address, len(listed.uid)) == ("local", "", "", 32)
    assert sessions.principal_for(registry, token) == accounts.principal_of(registry, world.a.user_id)
    assert isinstance(sign_in.with_password(registry, "user-b", PASSWORD), str)
