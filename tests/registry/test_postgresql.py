"""PostgreSQL in production: rights of the application's account, lost connections, migrations with data."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import MetaData, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from registry import journal, ledger, organisation, sign_in
from registry.access import bootstrap_principal
from registry.errors import Conflict, InvalidValue, StoreError
from registry.grants import APPEND_ONLY, grant, statements
from registry.migrations.upgrade import down_to, revisions
from registry.model import Principal, UnitKind
from registry.store import Registry
from registry.store.base import Base
from registry.vault import Vault
from tests.registry.conftest import KEY
from tests.registry.released import marks_of
from tests.registry.services import WRITES
from tests.registry.test_backup import past
from tests.registry.world import PASSWORD, World
from tests.servers import Unavailable, _free_port, postgres_binaries, server_account

on_postgresql = pytest.mark.parametrize("world", ["postgresql"], indirect=True)


@pytest.fixture
def application(world: World) -> Iterator[Registry]:
    """Return the registry as a second account sees it, which may only do what the owner granted."""
    role, password = f"app_{secrets.token_hex(4)}", secrets.token_urlsafe(16)
    engine = world.registry.engine
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'"))
    grant(world.registry, role)
    url = engine.url.set(username=role, password=password).render_as_string(hide_password=False)
    opened = Registry.open(url, Vault(KEY), clock=world.clock)
    yield opened
    opened.close()
    with engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))


@on_postgresql
def test_the_application_works_with_its_own_account(world: World, application: Registry) -> None:
    """It starts, makes every change that the services offer, signs people in, and verifies the journal."""
    application.migrate()
    for call in WRITES.values():
        with application.write(world.personas()["administrator"]) as tx:
            call(tx, world, world.b)
    assert isinstance(sign_in.with_password(application, "user-a", PASSWORD), str)
    assert journal.verify(application).ok
    with application.read(bootstrap_principal()) as tx:
        assert "registry_granted" in [line.action for line in journal.lines(tx, limit=100)]


@on_postgresql
@pytest.mark.parametrize(
    "statement",
    [
        *(f"UPDATE {table} SET id = id" for table in sorted(APPEND_ONLY)),
        *(f"DELETE FROM {table}" for table in sorted(APPEND_ONLY)),
        *(f"TRUNCATE {table} CASCADE" for table in sorted(APPEND_ONLY)),
        "ALTER TABLE journal_record DISABLE TRIGGER ALL",
        "ALTER TABLE journal_record ADD COLUMN mine INTEGER",
        "DROP TABLE journal_record",
        "CREATE TABLE mine (id INTEGER)",
        "UPDATE key_check SET id = 1",
        "DELETE FROM alembic_version",
        "GRANT ALL ON journal_record TO PUBLIC; UPDATE journal_record SET id = id",
    ],
)
def test_what_was_only_added_to_cannot_be_changed(
    world: World, application: Registry, statement: str
) -> None:
    """Whatever SQL the application is talked into, the database refuses, and the journal is as it was."""
    before = journal.verify(world.registry)
    with pytest.raises(DBAPIError) as caught, application.engine.begin() as connection:
        connection.execute(text(statement))
    assert getattr(caught.value.orig, "sqlstate", "") in ("42501", "0LP01")
    assert journal.verify(world.registry) == before


@on_postgresql
def test_a_schema_that_only_the_owner_can_migrate_says_so(world: World, application: Registry) -> None:
    """The message names the two commands."""
    down_to(world.registry.engine, "0003", Vault(KEY))
    with pytest.raises(StoreError, match="daicho registry migrate"):
        application.migrate()
    world.registry.migrate()
    application.migrate()


def test_rights_are_for_plain_names_on_postgresql(world: World) -> None:
    """A role is an identifier; every table is granted; SQLite has no accounts."""
    if world.registry.engine.dialect.name == "sqlite":
        with pytest.raises(StoreError, match="no accounts"):
            statements(world.registry, "app")
        return
    for role in ("", "a b", 'x"; DROP TABLE org_unit; --', "A" * 70):
        with pytest.raises(InvalidValue):
            statements(world.registry, role)
    every = "\n".join(statements(world.registry, "app"))
    assert all(
        f" ON {table} TO app" in every or f' ON "{table}" TO app' in every for table in Base.metadata.tables
    )


def add(registry: Registry, code: str, owner: Principal | None = None) -> None:
    """Add a unit."""
    with registry.write(owner or bootstrap_principal()) as tx:
        organisation.create_unit(tx, code=code, kind=UnitKind.SITE, name_ja="新", name_en="", parent_id=None)


def codes(registry: Registry) -> set[str]:
    """Return the codes of all units."""
    with registry.read(bootstrap_principal()) as tx:
        return {unit.code for unit in organisation.units(tx)}


def terminate_all(registry: Registry) -> None:
    """End every connection to a database but the one that asks, as an administrator would."""
    url = registry.engine.url
    with psycopg.connect(
        host=url.host,
        port=url.port,
        user=url.username,
        password=url.password,
        dbname="postgres",
        autocommit=True,
    ) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (url.database,)
        )


@on_postgresql
def test_a_connection_lost_between_transactions_is_not_noticed(world: World) -> None:
    """The next call opens a new one."""
    for number in range(3):
        terminate_all(world.registry)
        add(world.registry, f"T{number}")
        terminate_all(world.registry)
        assert f"T{number}" in codes(world.registry)
    assert journal.verify(world.registry).ok


def add_and_lose(world: World, code: str) -> None:
    """Lose the connection after a change and before the commit."""
    with world.registry.write(bootstrap_principal()) as tx:
        organisation.create_unit(tx, code=code, kind=UnitKind.SITE, name_ja="新", name_en="", parent_id=None)
        terminate_all(world.registry)
        ledger.entries(tx)


def read_and_lose(world: World) -> None:
    """Lose the connection between two reads of one snapshot."""
    with world.registry.read(bootstrap_principal()) as tx:
        organisation.units(tx)
        terminate_all(world.registry)
        ledger.entries(tx)


@on_postgresql
def test_a_connection_lost_inside_a_transaction_leaves_nothing(world: World) -> None:
    """A clear error, no half-written change, and the next call works."""
    before = journal.verify(world.registry)
    with pytest.raises(StoreError, match=r"nothing was changed; the connection was lost; try again"):
        add_and_lose(world, "LOST")
    assert "LOST" not in codes(world.registry)
    assert journal.verify(world.registry) == before
    add(world.registry, "KEPT")
    assert "KEPT" in codes(world.registry)
    with pytest.raises(StoreError, match="the connection was lost"):
        read_and_lose(world)
    assert journal.verify(world.registry).ok


@on_postgresql
def test_statements_stay_prepared_over_transactions(world: World) -> None:
    """What is asked in one transaction after the other is planned once, conflicts included."""

    def meet() -> None:
        with world.registry.write(bootstrap_principal()) as tx:
            organisation.units(tx)
            raise Conflict("somebody", tx.now, ())

    for _ in range(10):
        codes(world.registry)
        with pytest.raises(Conflict):
            meet()
    with world.registry.read(bootstrap_principal()) as tx:
        assert tx.session.scalar(text("SELECT count(*) FROM pg_prepared_statements")) > 0


def lose_and_record(world: World) -> None:
    """Begin a change, lose the connection, and append to the journal."""
    with world.registry.write(bootstrap_principal()) as tx:
        tx.session.connection()
        terminate_all(world.registry)
        tx.record("x", "t", 1, None)


@on_postgresql
def test_a_connection_lost_before_a_journal_record_leaves_nothing(world: World) -> None:
    """The journal's own statements tell a lost connection like all others."""
    before = journal.verify(world.registry)
    with pytest.raises(StoreError, match=r"nothing was changed; the connection was lost; try again"):
        lose_and_record(world)
    assert journal.verify(world.registry) == before


@on_postgresql
def test_a_connection_lost_at_the_commit_does_not_claim_to_know(world: World) -> None:
    """The server ends the connection while it commits: nobody can say "nothing was changed"."""
    with world.registry.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); "
                "RETURN NULL; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON org_unit DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW EXECUTE FUNCTION die()"
            )
        )
    with pytest.raises(StoreError, match="not known: look again"):
        add(world.registry, "UNSURE")
    assert "UNSURE" not in codes(world.registry)
    assert journal.verify(world.registry).ok


@dataclass
class Restartable:
    """A server of this test's own that can be stopped and started again."""

    binaries: Path
    folder: Path
    account: str
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"postgresql+psycopg://{self.account}@127.0.0.1:{self.port}/postgres"

    def identity(self) -> dict[str, object]:
        """Return how to run as the unprivileged account."""
        if os.geteuid() != 0:
            return {"cwd": self.folder}
        entry = pwd.getpwnam(self.account)
        return {"cwd": self.folder, "user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def start(self) -> None:
        """Start and wait until it answers."""
        options = ["-clisten_addresses=127.0.0.1", f"-cport={self.port}", "-cunix_socket_directories="]
        self.process = subprocess.Popen(
            [self.binaries / "postgres", "-D", self.folder / "cluster", *options],
            stderr=subprocess.DEVNULL,
            **self.identity(),  # type: ignore[call-overload]
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                psycopg.connect(make_url(self.url).set(drivername="postgresql").render_as_string()).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return
        pytest.fail("the server did not start")

    def stop(self, how: signal.Signals) -> None:
        """Stop: SIGINT closes connections (fast), SIGQUIT is a crash."""
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(timeout=60)


@pytest.fixture
def restartable() -> Iterator[Restartable]:
    """Return a started server, removed afterwards; skip where PostgreSQL cannot be had."""
    binaries, account = postgres_binaries(), server_account()
    if binaries is None or isinstance(account, Unavailable):
        pytest.skip("PostgreSQL is not installed (initdb and postgres not found)")
    folder = Path(tempfile.mkdtemp(prefix="daicho-restart-"))
    if os.geteuid() == 0:
        shutil.chown(folder, account)
    server = Restartable(binaries, folder, account, _free_port())
    subprocess.run(
        [
            binaries / "initdb",
            "-D",
            folder / "cluster",
            "-E",
            "UTF8",
            "--locale=C",
            "-A",
            "trust",
            "-U",
            account,
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        **server.identity(),  # type: ignore[call-overload]
    )
    server.start()
    yield server
    server.stop(signal.SIGINT)
    shutil.rmtree(folder)


def add_and_stop(registry: Registry, server: Restartable, how: signal.Signals) -> None:
    """Stop the server after a change and before its commit."""
    with registry.write(bootstrap_principal()) as tx:
        organisation.create_unit(
            tx, code="LOST", kind=UnitKind.SITE, name_ja="新", name_en="", parent_id=None
        )
        server.stop(how)
        organisation.units(tx)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
def test_a_restart_of_the_server_is_survived(restartable: Restartable, how: signal.Signals) -> None:
    """Between and inside transactions, stopped or crashed: what was committed stays, the rest is nowhere."""
    registry = Registry.open(restartable.url, Vault(KEY))
    registry.migrate()
    add(registry, "ONE")
    with pytest.raises(StoreError, match="nothing was changed"):
        add_and_stop(registry, restartable, how)
    with pytest.raises(StoreError, match="nothing was changed"):
        codes(registry)
    restartable.start()
    assert codes(registry) == {"ONE"}
    add(registry, "TWO")
    restartable.stop(how)
    restartable.start()
    assert codes(registry) == {"ONE", "TWO"}
    assert journal.verify(registry).count == 2
    registry.close()


@pytest.mark.parametrize("revision", [pytest.param(each, marks=marks_of(each)) for each in revisions()])
def test_migrations_go_up_and_down_with_data(database_url: str, revision: str) -> None:
    """From every revision to the newest, back, and up again: the rows of that revision are the same."""
    registry = past(database_url, revision)
    before = snapshot(registry)
    registry.migrate()
    assert journal.verify(registry).ok
    down_to(registry.engine, revision, Vault(KEY))
    assert snapshot(registry) == before
    registry.migrate()
    assert journal.verify(registry).ok
    registry.close()


def snapshot(registry: Registry) -> dict[str, list[dict[str, object]]]:
    """Return every row of every table of whatever schema the database has."""
    metadata = MetaData()
    with registry.engine.begin() as connection:
        metadata.reflect(connection)
        return {
            table.name: [
                dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in metadata.sorted_tables
        }
