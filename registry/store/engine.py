"""Opens the registry's database: SQLite through SQLCipher, or PostgreSQL through psycopg."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from registry.errors import StoreError, VaultError
from registry.store.direct import first_row
from registry.vault import Vault

READONLY = "daicho_readonly"
_BUSY_MS = 30_000
_WRITER_LOCK = 0x0DA1C40  # advisory lock that makes PostgreSQL writers queue as SQLite's do


def open_engine(url: str, vault: Vault) -> Engine:
    """Return an engine for `sqlite:////abs/path` (encrypted with the vault) or `postgresql+psycopg://…`."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("the registry's address is not a database URL; check the setting") from None
    match parsed.get_backend_name():
        case "sqlite":
            return _open_sqlite(parsed, vault)
        case "postgresql":
            return _open_postgresql(parsed)
        case other:
            raise StoreError(f"the registry cannot live in {other}; use sqlite or postgresql+psycopg")


def _open_sqlite(url: URL, vault: Vault) -> Engine:
    if not url.database or url.database == ":memory:":
        raise StoreError("the registry needs a file; give sqlite:////absolute/path")
    path = Path(url.database)

    def connect() -> Any:
        begun = vault.ring.started.get("sqlcipher")
        try:
            return open_with(vault.subkey("sqlcipher"))
        except VaultError:
            if begun is None:
                raise
        # A rotation that was cut short may have left the file under its new key.
        return open_with(vault.subkey("sqlcipher", begun))

    def open_with(key: bytes) -> Any:
        # Made here first, because SQLite itself would create it readable by others.
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise StoreError(f"{path} cannot be opened: {error.strerror}") from None
        connection = sqlcipher.connect(
            str(path), isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000
        )
        try:
            _prepare_sqlite(connection, key)
        except sqlcipher.DatabaseError as error:
            connection.close()
            if "not a database" in str(error):
                raise VaultError(f"{path} does not open with this master key") from None
            raise
        return connection

    engine = create_engine(
        "sqlite://", module=sqlcipher, creator=connect, poolclass=QueuePool, hide_parameters=True
    )
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, key: bytes) -> None:
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA cipher_log_level = NONE")  # it would write to stderr past our logs
        cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        cursor.execute(
            "SELECT count(*) FROM sqlite_master"
        )  # a wrong key shows here, before anything is written
        for pragma in (
            f"busy_timeout={_BUSY_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",  # NORMAL may lose the last journal records when the power fails
            "foreign_keys=ON",
            "temp_store=MEMORY",  # sorted rows never reach the disk in the clear
        ):
            cursor.execute(f"PRAGMA {pragma}")
    finally:
        cursor.close()


def opens_with(path: Path, key: bytes) -> bool:
    """Tell whether a SQLite file opens with exactly this key."""
    connection = sqlcipher.connect(str(path), timeout=_BUSY_MS / 1000)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlcipher.DatabaseError:
        return False
    else:
        return True
    finally:
        connection.close()


def _begin_sqlite(connection: Connection) -> None:
    readonly = connection.get_execution_options().get(READONLY, False)
    if connection.info.get(READONLY) is not readonly:  # as this connection's last transaction left it
        first_row(connection, f"PRAGMA query_only={'ON' if readonly else 'OFF'}")
        connection.info[READONLY] = readonly
    first_row(connection, "BEGIN DEFERRED" if readonly else "BEGIN IMMEDIATE")


def _open_postgresql(url: URL) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",  # transactions begin below, in one question with the writers' lock
        pool_pre_ping=True,
        connect_args={"options": "-c timezone=UTC"},
    )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


# A writer takes the lock first, so that none waits for it while it holds a row that another one wants;
# READ COMMITTED: a writer that waited for its turn sees what the last one wrote.
_WRITE = f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({_WRITER_LOCK})"
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def _begin_postgresql(connection: Connection) -> None:
    first_row(connection, _READ if connection.get_execution_options().get(READONLY, False) else _WRITE)


def read_only(engine: Engine) -> Engine:
    """Return the same engine for transactions that see one snapshot and cannot write."""
    return engine.execution_options(**{READONLY: True})
