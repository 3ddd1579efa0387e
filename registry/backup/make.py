"""Makes a backup while everybody goes on working.

The registry is read in one snapshot (SQLite in WAL mode, PostgreSQL in REPEATABLE READ), row by row, so that
writers wait for nothing and the backup shows one moment. Files of findings never change once they are
listed, and keys are not replaced meanwhile. In a folder, a file of findings is stored once: later backups
name it again after reading it through, and every backup names all that it needs.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select

from registry.access import bootstrap_principal, top_unit
from registry.backup import rows
from registry.backup.container import MANIFEST, SIGNATURE, ContainerWriter, Held, whole_file
from registry.backup.errors import BackupError, Fault, file_errors
from registry.backup.manifest import PURPOSE, Head, Manifest
from registry.backup.stream import SealingWriter, Sink, opened
from registry.findings import FindingsStore
from registry.journal import Action
from registry.keyring import KeyFolder
from registry.migrations.upgrade import revision_of
from registry.store import Registry
from registry.store.chain import GENESIS
from registry.store.tables import JournalRecord, RunFileRecord
from registry.vault import Vault

SUFFIX = ".daicho"
BLOBS = "blobs"
FINDINGS = "findings"
REGISTRY, CONTENTS = "registry", "contents"
_READ = 1 << 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Workspace:
    """What is backed up: the registry, the findings, and the folder in which both and the rest lie."""

    path: Path
    registry: Registry
    findings: FindingsStore
    keys: KeyFolder


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup came to; `reused` files of findings were there already."""

    path: Path
    manifest: Manifest
    files: int
    reused: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _File:
    """One file of the workspace: where it lies, under which name it returns, and its listed digest if any."""

    path: Path
    name: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class _Contents:
    """One line of the sealed list of files."""

    name: str
    blob: str
    bytes: int
    sha256: str


def make(workspace: Workspace, to: Path, *, progress: Progress = lambda _done, _total: None) -> Made:
    """Write one backup to a folder (incremental) or to a new file (all in one), and record it in the journal.

    Raises BackupError: `source` when a file of findings is not the listed one, `not_empty` when the file
    exists, `no_space`, `unreadable`; VaultError while keys are being replaced.
    """
    with workspace.keys.locked(exclusive=False):
        made = written(workspace, to, progress=progress)
        with workspace.registry.write(bootstrap_principal(), reason="daicho backup") as tx:
            manifest = made.manifest
            after = {"journal": manifest.journal.seq, "files": made.files, "schema": manifest.schema}
            tx.record(Action.BACKUP_MADE, "backup", manifest.id, top_unit(tx), None, after)
    return made


def written(workspace: Workspace, to: Path, *, progress: Progress = lambda _done, _total: None) -> Made:
    """Write one backup and record nothing: also that of a registry whose schema is not the newest."""
    registry = workspace.registry
    with registry.read(bootstrap_principal()) as tx:
        made_at = tx.now
    backup_id = f"{made_at:%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(4)}"
    as_file = to.suffix == SUFFIX
    path = to if as_file else to / f"daicho-{backup_id}{SUFFIX}"
    with file_errors(path):
        if as_file and path.exists():
            raise BackupError(Fault.NOT_EMPTY, str(path))
        if not as_file:
            (to / BLOBS).mkdir(mode=0o700, parents=True, exist_ok=True)
    with whole_file(path) as file:
        writing = _Writing(registry.vault, ContainerWriter(file), None if as_file else to / BLOBS)
        snapshot = writing.registry(registry)
        files = [*snapshot.files(workspace), *_others(workspace)]
        contents = []
        for done, each in enumerate(files, start=1):
            contents.append(writing.file(each))
            progress(done, len(files))
        writing.sealed(CONTENTS, json.dumps([_described(each) for each in contents]).encode())
        manifest = Manifest(
            id=backup_id,
            made_at=made_at,
            program=_program(),
            schema=snapshot.schema,
            database=registry.engine.dialect.name,
            journal=snapshot.head,
            tables=snapshot.tables,
            members={
                name: held for name, held in writing.container.members.items() if name not in writing.blobs
            },
            blobs=writing.blobs,
            key_version=registry.vault.version(PURPOSE),
            ring=registry.vault.ring_text(),
        )
        for name, data in zip((MANIFEST, SIGNATURE), manifest.signed(registry.vault), strict=True):
            with writing.container.member(name) as member:
                member.write(data)
        size = file.tell()
    return Made(path, manifest, len(files), writing.reused, size + writing.added)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What one moment of the registry says of itself."""

    schema: str
    head: Head
    tables: dict[str, int]
    listed: list[tuple[str, str]]  # name and SHA-256 of the files of findings

    def files(self, workspace: Workspace) -> Iterator[_File]:
        """Yield the listed files of findings."""
        for name, sha256 in self.listed:
            yield _File(workspace.findings.directory / name, f"{FINDINGS}/{name}", sha256)


class _Writing:
    """One backup while it is written."""

    def __init__(self, vault: Vault, container: ContainerWriter, beside: Path | None) -> None:
        self.container = container
        self.blobs: dict[str, Held] = {}
        self.reused = 0
        self.added = 0
        self._vault = vault
        self._version = vault.version(PURPOSE)
        self._key = vault.subkey(PURPOSE, self._version)
        self._beside = beside

    def registry(self, registry: Registry) -> _Snapshot:
        """Write every row of one snapshot."""
        tables: dict[str, int] = {}
        with registry.read(bootstrap_principal()) as tx:
            connection = tx.session.connection()
            last = tx.session.execute(
                select(JournalRecord.seq, JournalRecord.hash).order_by(JournalRecord.seq.desc()).limit(1)
            ).one_or_none()
            listed = tx.session.execute(
                select(RunFileRecord.name, RunFileRecord.sha256).order_by(RunFileRecord.name)
            ).all()
            with self.container.member(REGISTRY) as member:
                sealing = SealingWriter(member, self._key, self._version, REGISTRY)
                squeeze = zlib.compressobj(level=1)
                for line in rows.dump(connection, tables.__setitem__):
                    sealing.write(squeeze.compress(line))
                sealing.write(squeeze.flush())
                sealing.finish()
            return _Snapshot(
                schema=revision_of(connection),
                head=Head(0, GENESIS.hex()) if last is None else Head(last.seq, last.hash.hex()),
                tables=tables,
                listed=[(row.name, row.sha256) for row in listed],
            )

    def sealed(self, name: str, data: bytes) -> None:
        """Write one sealed member."""
        with self.container.member(name) as member:
            sealing = SealingWriter(member, self._key, self._version, name)
            sealing.write(data)
            sealing.finish()

    def file(self, file: _File) -> _Contents:
        """Write one file, or name the blob that holds it already."""
        with file_errors(file.name):
            try:
                size, sha256 = _measured(file.path)
            except FileNotFoundError:
                raise BackupError(Fault.SOURCE, file.name) from None
        if file.sha256 is not None and sha256 != file.sha256:
            raise BackupError(Fault.SOURCE, file.name)
        # A keyed name: who sees the folder learns nothing of a file that he could guess.
        named = hmac.digest(self._key, b"daicho/blob/v1" + bytes.fromhex(sha256), "sha256")
        blob = f"{named[:16].hex()}.sealed"
        if blob not in self.blobs:
            self.blobs[blob] = self._blob(blob, file, sha256)
        return _Contents(file.name, blob, size, sha256)

    def _blob(self, blob: str, file: _File, sha256: str) -> Held:
        if self._beside is None:
            with self.container.member(blob) as member:
                self._seal(member, blob, file, sha256)
            return self.container.members[blob]
        path = self._beside / blob
        if path.exists() and (held := self._intact(path, blob, sha256)):
            self.reused += 1
            return held
        with whole_file(path) as stream:
            self._seal(stream, blob, file, sha256)
            stream.seek(0)
            held = Held(*_read_through(stream))
        self.added += held.bytes
        return held

    def _seal(self, sink: Sink, blob: str, file: _File, sha256: str) -> None:
        sealing, digest = SealingWriter(sink, self._key, self._version, blob), hashlib.sha256()
        with file.path.open("rb") as stream:
            while data := stream.read(_READ):
                digest.update(data)
                sealing.write(data)
        sealing.finish()
        if digest.hexdigest() != sha256:
            raise BackupError(Fault.SOURCE, file.name)  # it changed while it was read

    def _intact(self, path: Path, blob: str, sha256: str) -> Held | None:
        """Return what an earlier backup's blob is, None when it is not whole: it is then written anew."""
        digest = hashlib.sha256()
        try:
            with path.open("rb") as stream:
                for chunk in opened(stream, self._key_of, blob):
                    digest.update(chunk)
                stream.seek(0)
                return Held(*_read_through(stream)) if digest.hexdigest() == sha256 else None
        except (BackupError, OSError):
            return None

    def _key_of(self, version: int) -> bytes:
        return self._vault.subkey(PURPOSE, version)


def _others(workspace: Workspace) -> Iterator[_File]:
    """Yield what else a workspace holds: settings, rules, evidence; never keys or the registry's own file."""
    left_out = {FINDINGS, workspace.keys.path.name}
    for path in sorted(workspace.path.rglob("*")):
        name = path.relative_to(workspace.path)
        if path.is_symlink() or not path.is_file() or name.parts[0] in left_out:
            continue
        if any(part.startswith(".") for part in name.parts) or name.parts[0].startswith("registry.db"):
            continue
        yield _File(path, name.as_posix(), None)


def _described(each: _Contents) -> dict[str, object]:
    return {"name": each.name, "blob": each.blob, "bytes": each.bytes, "sha256": each.sha256}


def _measured(path: Path) -> tuple[int, str]:
    with path.open("rb") as stream:
        return _read_through(stream)


def _read_through(stream: BinaryIO) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while data := stream.read(_READ):
        digest.update(data)
        size += len(data)
    return size, digest.hexdigest()


def _program() -> str:
    try:
        return metadata.version("daicho")
    except metadata.PackageNotFoundError:  # run from its folder
        return "unknown"
