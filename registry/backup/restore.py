"""Brings a backup back into a new place, and switches to it only when everything in it was verified.

(1) The signature holds and is ours; (2) every member and blob is the one that was signed; (3) the target is
empty; (4) rows and files go into a folder beside the target, the rows into the schema of their time; (5) the
row counts are what the backup promises; (6) the schema is migrated, and the journal's chain, its head and the
digests of all files are what the backup promises; (7) the restore is recorded in the journal; (8) the folder
gets its name. Whatever fails before (8) leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError

from registry import journal
from registry.access import bootstrap_principal, top_unit
from registry.backup import rows
from registry.backup.container import MANIFEST, SIGNATURE, Container, sha256_of
from registry.backup.errors import BackupError, Fault, file_errors
from registry.backup.make import BLOBS, CONTENTS, FINDINGS, REGISTRY
from registry.backup.manifest import PURPOSE, Manifest
from registry.backup.stream import opened
from registry.errors import StoreError
from registry.findings import FindingsStore
from registry.journal import Action
from registry.keyring import KeyFolder, sync_folder
from registry.migrations.upgrade import revisions, to_base, to_revision
from registry.rotation import run_file
from registry.store import Registry, utc_now
from registry.store.engine import open_engine
from registry.store.tables import RunFileRecord
from registry.vault import Vault

DATABASE = "registry.db"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Verified:
    """A backup whose signature, members and blobs are what was signed, and the keys of its time."""

    container: Container
    manifest: Manifest
    vault: Vault


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to."""

    manifest: Manifest
    files: int
    records: int


def verify(path: Path, vault: Vault) -> Verified:
    """Check a backup without restoring it: steps (1) and (2); raises BackupError."""
    container = Container(path)
    signature = container.small(SIGNATURE)
    manifest, own = Manifest.verified(container.small(MANIFEST), signature, vault, path.name)
    if set(container.names) != set(manifest.members) | (set(manifest.blobs) & set(container.names)):
        raise BackupError(Fault.DAMAGED, path.name)
    for name, held in {**manifest.members, **manifest.blobs}.items():
        with _stored(container, name) as stream:
            if sha256_of(stream) != held.sha256:
                raise BackupError(Fault.DAMAGED, name if name in manifest.blobs else path.name)
    if manifest.schema not in revisions():
        raise BackupError(Fault.NEWER, path.name)
    return Verified(container, manifest, own)


def restore(
    backup: Verified,
    target: Path,
    *,
    registry_url: str = "",
    finish: Callable[[Path], None] = lambda _folder: None,
    clock: Callable[[], datetime] = utc_now,
    progress: Progress = lambda _done, _total: None,
) -> Restored:
    """Restore a verified backup into a folder that does not exist or is empty; steps (3) to (8).

    `registry_url` is an empty PostgreSQL database; without one the registry becomes the folder's SQLite
    file. `finish` may add to the folder before it gets its name. Raises BackupError.
    """
    with file_errors(target):
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise BackupError(Fault.NOT_EMPTY, str(target))
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = target.with_name(f".{target.name}.restoring-{secrets.token_hex(4)}")
        folder.mkdir(mode=0o700)
        for name in ("keys", FINDINGS, "evidence"):
            (folder / name).mkdir(mode=0o700)
    url = registry_url or f"sqlite:///{folder / DATABASE}"
    engine = open_engine(url, backup.vault)
    try:
        _require_empty(engine)
        try:
            made = _filled(backup, folder, url, engine, clock, progress)
            KeyFolder(folder / "keys").keep(backup.manifest.ring)
            finish(folder)
            with file_errors(target):
                folder.rename(target)
                sync_folder(target.parent)
        except BaseException:
            if registry_url:
                _emptied(engine, backup.vault)
            raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        engine.dispose()
    return made


def _filled(
    backup: Verified,
    folder: Path,
    url: str,
    engine: Engine,
    clock: Callable[[], datetime],
    progress: Progress,
) -> Restored:
    manifest, vault = backup.manifest, backup.vault
    with _database_errors():
        to_revision(engine, manifest.schema)
        with engine.begin() as connection:
            counts = rows.load(connection, _lines(backup))
        engine.dispose()
    if counts != manifest.tables:
        raise BackupError(Fault.DAMAGED, REGISTRY)
    registry = Registry.open(url, vault, clock=clock)
    try:
        registry.migrate()
        verdict = journal.verify(registry)
        if not verdict.ok or (verdict.count, verdict.head) != (manifest.journal.seq, manifest.journal.hash):
            raise BackupError(Fault.JOURNAL, REGISTRY)
        files = _files(backup, folder, progress)
        findings = FindingsStore(folder / FINDINGS, vault)
        with registry.read(bootstrap_principal()) as tx:
            if findings.verify([run_file(row) for row in tx.session.scalars(select(RunFileRecord))]):
                raise BackupError(Fault.DAMAGED, FINDINGS)
        with registry.write(bootstrap_principal(), reason="daicho restore") as tx:
            after = {
                "made_at": manifest.made_at,
                "journal": manifest.journal.seq,
                "head": manifest.journal.hash,
                "schema": manifest.schema,
                "from": manifest.database,
                "to": engine.dialect.name,
            }
            tx.record(Action.RESTORED, "backup", manifest.id, top_unit(tx), None, after)
    finally:
        registry.close()
    return Restored(manifest, files, verdict.count)


def _lines(backup: Verified) -> Iterator[bytes]:
    """Yield the lines of the registry as they were dumped."""
    squeezed, rest = zlib.decompressobj(), b""
    with backup.container.open(REGISTRY) as stream:
        for chunk in opened(stream, _key_of(backup), REGISTRY):
            *lines, rest = (rest + squeezed.decompress(chunk)).split(b"\n")
            yield from lines
    *lines, rest = (rest + squeezed.flush()).split(b"\n")
    yield from lines
    if rest or not squeezed.eof:
        raise BackupError(Fault.DAMAGED, REGISTRY)


def _files(backup: Verified, folder: Path, progress: Progress) -> int:
    """Write every file of the workspace; its digest is checked while it is written."""
    with backup.container.open(CONTENTS) as stream:
        listed = json.loads(b"".join(opened(stream, _key_of(backup), CONTENTS)))
    for done, each in enumerate(listed, start=1):
        name = PurePosixPath(each["name"])
        if name.is_absolute() or ".." in name.parts or name.parts[0] == "keys":
            raise BackupError(Fault.DAMAGED, CONTENTS)
        path, digest = folder / name, hashlib.sha256()
        with file_errors(name):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                with _stored(backup.container, each["blob"]) as stream:
                    for chunk in opened(stream, _key_of(backup), each["blob"]):
                        digest.update(chunk)
                        file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
        if digest.hexdigest() != each["sha256"]:
            raise BackupError(Fault.DAMAGED, str(name))
        progress(done, len(listed))
    return len(listed)


def _key_of(backup: Verified) -> Callable[[int], bytes]:
    return lambda version: backup.vault.subkey(PURPOSE, version)


@contextmanager
def _stored(container: Container, name: str) -> Iterator[BinaryIO]:
    """Open a member, or a blob in the folder beside the backup."""
    if name in container:
        with container.open(name) as stream:
            yield stream
        return
    path = container.path.parent / BLOBS / name
    with file_errors(path), path.open("rb") as stream:
        yield stream


def _require_empty(engine: Engine) -> None:
    with _database_errors(), engine.connect() as connection:
        if inspect(connection).get_table_names():
            raise BackupError(Fault.NOT_EMPTY, "the database")


def _emptied(engine: Engine, vault: Vault) -> None:
    """Take back what a failed restore put into a database that was empty before."""
    with suppress(DBAPIError):
        engine.dispose()
        to_base(engine, vault)
        with engine.begin() as connection:
            connection.execute(text(f"DROP TABLE IF EXISTS {rows.VERSION_TABLE}"))


@contextmanager
def _database_errors() -> Iterator[None]:
    """Translate what the database says; its own words may quote rows."""
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig)
        state = getattr(error.orig, "sqlstate", None)
        if state == "53100" or "full" in said or "disk I/O error" in said:
            raise BackupError(Fault.NO_SPACE, "the database") from None
        raise StoreError(
            f"the database refused the backup ({type(error).__name__}) and nothing was kept; "
            "check that it runs, is empty, and that the account may make tables"
        ) from None
