"""Replaces keys (鍵の更新), purpose by purpose; what was cut short is taken up by the same call again.

The steps of one rotation: (1) the next version is written into the key ring as begun; (2) what was written
with the old version is written again, in small transactions; (3) the ring says that the new version is
current. A kill between any two steps leaves a workspace that opens and works, and the next call goes on
where this one stopped. Every rotation stands in the journal, where it began and where it ended.

What stays under its old key, on purpose: records of the journal (their bytes are what the chain proves),
fingerprints of runs before the next full scan, and the names of objects. Old versions are therefore kept.
"""

from __future__ import annotations

import enum
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import select, update

from registry.access import bootstrap_principal, top_unit
from registry.errors import StoreError
from registry.findings import FindingsStore, Kind, RunFile
from registry.journal import Action
from registry.keyring import KeyFolder, KeyRing, replace_file, sync_folder
from registry.model import UnitId
from registry.resealing import reseal
from registry.store import Registry, Tx
from registry.store.account_tables import UserSession
from registry.store.engine import opens_with
from registry.store.tables import AssessmentRecord, RunFileRecord
from registry.vault import KEY_BYTES, Vault

Progress = Callable[[int, int], None]
NEXT_KEY_FILE = "master.next.key"


class Purpose(enum.StrEnum):
    """What a key is for; the ids are public API."""

    FIELD = "field"  # names, contacts and free text in the registry
    JOURNAL = "journal"  # the chain of the journal, from the next record on
    FINDINGS = "findings"  # files of findings
    FINGERPRINT = "fingerprint"  # from the next full scan on
    SESSIONS = "sessions"  # everybody signs in again
    SQLCIPHER = "sqlcipher"  # the registry's file, where it is SQLite
    BACKUP = "backup"  # backups from now on
    COLLECTED = "collected"  # what kits made from now on seal for headquarters


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation came to: the version in use now, and how many values or files were written again."""

    purpose: str
    version: int
    rewritten: int
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Keys:
    """What a rotation works on: the registry, the findings, the folder of the keys."""

    registry: Registry
    findings: FindingsStore
    folder: KeyFolder

    @property
    def vault(self) -> Vault:
        """Return the vault that registry and findings share."""
        return self.registry.vault


def rotate(keys: Keys, purpose: Purpose, *, progress: Progress = lambda _done, _total: None) -> Rotation:
    """Replace the key of one purpose, or go on with a replacement that was cut short.

    Raises VaultError when another rotation or a backup is at work, or a key does not fit; StoreError when
    database or disk refuse. What was done until then stays valid.
    """
    with keys.folder.locked(exclusive=True):
        vault = keys.vault
        resumed = purpose in vault.ring.started
        if purpose is Purpose.SQLCIPHER and keys.registry.engine.dialect.name != "sqlite":
            raise StoreError("the registry is no SQLite file, so it has no key of its own; rotate the others")
        # Fingerprints and the file's own key change at one later moment; the others serve at once.
        serves = purpose not in (Purpose.FINGERPRINT, Purpose.SQLCIPHER)
        vault.turn(vault.ring.begun(purpose, serves=serves), keys.folder)
        version = vault.ring.started[purpose]
        _record(keys.registry, Action.KEY_ROTATION_STARTED, purpose, version)
        if purpose is Purpose.FINGERPRINT:
            return Rotation(purpose, version, 0, resumed)
        rewritten = _STEPS[purpose](keys, version, progress)
        vault.turn(vault.ring.ended(purpose), keys.folder)
        _record(keys.registry, Action.KEY_ROTATED, purpose, version, rewritten)
        return Rotation(purpose, version, rewritten, resumed)


def serve_new_fingerprints(keys: Keys) -> Rotation | None:
    """Begin to use a fingerprint key that waits for a full scan; None when there is none."""
    vault = keys.vault
    if Purpose.FINGERPRINT not in vault.ring.started:
        return None  # nothing to do, so a scan waits for nobody
    with keys.folder.locked(exclusive=True):
        vault.turn(vault.ring.ended(Purpose.FINGERPRINT), keys.folder)
        version = vault.version(Purpose.FINGERPRINT)
        _record(keys.registry, Action.KEY_ROTATED, Purpose.FINGERPRINT, version)
        return Rotation(Purpose.FINGERPRINT, version, 0)


def rotate_master(keys: Keys, key_file: Path | None, new_master: bytes | None = None) -> Rotation:
    """Replace the master key: the old one stays usable only inside the key ring, wrapped with the new one.

    `key_file` is replaced when the workspace keeps its key in a file. Without one (key management,
    environment) `new_master` is what the environment will hold; until it does, the old one goes on working.
    Backups made before need the master key of their time.
    """
    with keys.folder.locked(exclusive=True):
        vault, folder = keys.vault, keys.folder
        vault.turn(vault.ring, folder)  # from here on one ring always belongs to the key at hand
        master = secrets.token_bytes(KEY_BYTES) if new_master is None else new_master
        made = Vault(master)
        ring = vault.handed_over(made)
        _record(keys.registry, Action.KEY_ROTATION_STARTED, "master", ring.epoch)
        folder.write_next(ring, master)
        if key_file is not None:
            waiting = key_file.with_name(NEXT_KEY_FILE)
            replace_file(waiting, master.hex().encode("ascii") + b"\n")
            waiting.rename(key_file)
            sync_folder(key_file.parent)
            folder.write(ring, master)
        # The keys of the journal are the same under both master keys, so this record needs no new vault.
        _record(keys.registry, Action.KEY_ROTATED, "master", ring.epoch)
        return Rotation("master", ring.epoch, 0)


def _record(registry: Registry, action: Action, purpose: str, version: int, rewritten: int = 0) -> None:
    after = {"purpose": purpose, "version": version, "rewritten": rewritten}
    with registry.write(bootstrap_principal(), reason="daicho key rotate") as tx:
        tx.record(action, "key", purpose, top_unit(tx), None, after)


def _fields(keys: Keys, _version: int, progress: Progress) -> int:
    return reseal(keys.registry, progress)


def _nothing(_keys: Keys, _version: int, _progress: Progress) -> int:
    return 0


def _sessions(keys: Keys, _version: int, progress: Progress) -> int:
    with keys.registry.write(bootstrap_principal(), reason="daicho key rotate") as tx:
        live = update(UserSession).where(UserSession.revoked_at.is_(None)).values(revoked_at=tx.now)
        ended = int(getattr(tx.session.execute(live), "rowcount", 0))
    progress(ended, ended)
    return ended


def _findings(keys: Keys, version: int, progress: Progress) -> int:
    """Write every listed file again; one transaction a file exchanges the old name for the new."""
    old = select(RunFileRecord).where(RunFileRecord.key_id != version).order_by(RunFileRecord.name)
    with keys.registry.read(bootstrap_principal()) as tx:
        files = [run_file(row) for row in tx.session.scalars(old)]
    for done, file in enumerate(files, start=1):
        made = keys.findings.rewritten(file)
        with keys.registry.write(bootstrap_principal(), reason="daicho key rotate") as tx:
            _exchange(tx, file, made)
        progress(done, len(files))
    with keys.registry.read(bootstrap_principal()) as tx:
        listed = tx.session.scalars(select(RunFileRecord.name)).all()
    keys.findings.remove_unlisted(listed)
    return len(files)


def _exchange(tx: Tx, old: RunFile, new: RunFile) -> None:
    row = tx.session.get_one(RunFileRecord, old.name)
    tx.session.add(
        RunFileRecord(
            name=new.name,
            run_id=row.run_id,
            unit_id=row.unit_id,
            kind=new.kind,
            rows=new.rows,
            bytes=new.bytes,
            sha256=new.sha256,
            key_id=new.key_id,
        )
    )
    tx.session.flush()
    for column in (AssessmentRecord.run_file, AssessmentRecord.delta_file):
        tx.session.execute(update(AssessmentRecord).where(column == old.name).values({column: new.name}))
    unit_id = UnitId(row.unit_id)
    tx.session.delete(row)
    before, after = ({"name": each.name, "sha256": each.sha256} for each in (old, new))
    # The name of a file may be longer than what the journal keeps of a row's id.
    tx.record(Action.FINDINGS_REWRITTEN, "run_file", old.name[:64], unit_id, before, after)


def run_file(row: RunFileRecord) -> RunFile:
    """Return a listed file of findings."""
    return RunFile(row.name, cast("Kind", row.kind), row.rows, row.bytes, row.sha256, row.key_id)


def _sqlcipher(keys: Keys, version: int, progress: Progress) -> int:
    """Encrypt the registry's file anew in one transaction: it opens with the old key or the new."""
    engine = keys.registry.engine
    engine.dispose()
    key = keys.vault.subkey("sqlcipher", version)
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        path = str(cursor.execute("PRAGMA database_list").fetchone()[2])
        cursor.execute(f"PRAGMA rekey = \"x'{key.hex()}'\"")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.close()
    except sqlcipher.Error as error:
        raise StoreError(
            f"the registry's file cannot be encrypted anew ({type(error).__name__}); end every other process "
            "of Daicho, check the disk, and give the same command again"
        ) from None
    finally:
        connection.invalidate()
        engine.dispose()
    if not opens_with(Path(path), key):  # SQLCipher does not tell of every failure
        raise StoreError(
            "the registry's file was not encrypted anew and opens with its old key; end every other process "
            "of Daicho and give the same command again"
        )
    progress(1, 1)
    return 1


_STEPS: Mapping[Purpose, Callable[[Keys, int, Progress], int]] = {
    Purpose.FIELD: _fields,
    Purpose.JOURNAL: _nothing,
    Purpose.FINDINGS: _findings,
    Purpose.SESSIONS: _sessions,
    Purpose.SQLCIPHER: _sqlcipher,
    Purpose.BACKUP: _nothing,
    Purpose.COLLECTED: _nothing,
}


def unfinished(ring: KeyRing) -> list[str]:
    """Return the purposes whose rotation was cut short; fingerprints that wait for a full scan are none."""
    return sorted(set(ring.started) - {Purpose.FINGERPRINT})
