"""The file in which a scan's memory lies: SQLCipher, made anew where it cannot be read any more."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from registry.errors import StoreError

_FORMAT = 4
_TABLES = """
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, uri BLOB NOT NULL, gap INTEGER NOT NULL,
    signature BLOB NOT NULL, version BLOB NOT NULL, secrets BLOB, identity BLOB, access BLOB NOT NULL,
    system BLOB, batch INTEGER,
    known_as BLOB, known BLOB, again INTEGER NOT NULL, read INTEGER NOT NULL, generation INTEGER NOT NULL,
    moved INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX entry_identity ON entry (identity) WHERE identity IS NOT NULL;
CREATE INDEX entry_batch ON entry (batch) WHERE batch IS NOT NULL;
CREATE INDEX entry_known ON entry (known) WHERE known IS NOT NULL;
CREATE TABLE result (id INTEGER PRIMARY KEY, results BLOB NOT NULL);
CREATE TABLE later (id INTEGER PRIMARY KEY, entry BLOB NOT NULL);
CREATE TABLE place (uri BLOB PRIMARY KEY, planned INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE system (name BLOB PRIMARY KEY, generation INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE half (
    key BLOB PRIMARY KEY, signature BLOB NOT NULL, version BLOB NOT NULL, begun REAL NOT NULL,
    state BLOB NOT NULL
);
CREATE TABLE piece (
    key BLOB NOT NULL, number INTEGER NOT NULL, piece BLOB NOT NULL, PRIMARY KEY (key, number)
);
CREATE TABLE scan (
    id INTEGER PRIMARY KEY CHECK (id = 1), generation INTEGER NOT NULL, open INTEGER NOT NULL,
    whole INTEGER NOT NULL, run TEXT NOT NULL
);
INSERT INTO scan VALUES (1, 0, 0, 0, '');
"""


def opened(path: Path, key: bytes) -> Any:
    """Return a connection in a transaction; a file that is damaged or of another format begins anew.

    Raises `StoreError` when it cannot be opened.
    """
    try:
        return _connected(path, key)
    except sqlcipher.OperationalError:
        raise StoreError(f"{path} cannot be opened; check the disk") from None
    except sqlcipher.DatabaseError:
        # damaged, or of another key or version: a memory may be forgotten
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _connected(path, key)


def _connected(path: Path, key: bytes) -> Any:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    database = sqlcipher.connect(str(path), isolation_level=None, check_same_thread=False)
    try:
        for pragma in (
            "cipher_log_level = NONE",
            f"key = \"x'{key.hex()}'\"",
            "journal_mode = WAL",
            "synchronous = NORMAL",  # a power cut takes the last moments, never what stood before
            "temp_store = MEMORY",
            "cache_size = -16384",
        ):
            database.execute(f"PRAGMA {pragma}").fetchall()
        version = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute("BEGIN IMMEDIATE")
        if version not in (0, _FORMAT):  # `opened` begins anew with one of another format
            raise sqlcipher.DatabaseError("another format")  # noqa: TRY301  as a damaged one
        if version != _FORMAT:
            for statement in _TABLES.strip().split(";\n"):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {_FORMAT}")
        database.execute("COMMIT")
        database.execute("BEGIN")
    except BaseException:
        database.close()
        raise
    return database
