"""Collectors 拠点収集: sites that scan without connection, with a kit of keys that headquarters made.

A kit holds the keys of fingerprints, so that the same value is found equal all over the group; a key of its
own for the names of objects, because the same path on two sites is two objects; and a key to sign with. Of
the kit's secrets headquarters keeps none. The master key is in no kit and follows from nothing in it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from registry.access import require, require_open, scope
from registry.collected.container import Description, End, Head
from registry.collected.errors import CollectedError, Fault
from registry.collected.headquarters import public_key
from registry.collected.kit import Kit
from registry.errors import InvalidValue, NotFound
from registry.findings import RunFile
from registry.journal import Action
from registry.model import Permission, Run, RunId, SourceId, UnitId
from registry.places import COLLECTOR
from registry.runs import record_run
from registry.sources import add_source
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.collector_tables import CollectedRunRecord, CollectorKitRecord, CollectorRecord
from registry.store.tables import OrgUnit, SourceRecord
from registry.vault import Vault

CollectorId = NewType("CollectorId", int)
KitId = NewType("KitId", int)
_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class MadeKit:
    """One kit of a collector, as headquarters knows it."""

    id: KitId
    uid: str
    made_at: datetime
    revoked_at: datetime | None
    fingerprint_version: int
    taken: int  # files of results that were taken in from it
    last_taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class Collector:
    """One site that scans by itself."""

    id: CollectorId
    uid: str
    unit_id: UnitId
    name: str
    source_id: SourceId
    kits: tuple[MadeKit, ...]  # oldest first

    @property
    def works(self) -> bool:
        """True while results of one of its kits are taken in."""
        return any(kit.revoked_at is None for kit in self.kits)


@dataclass(frozen=True, slots=True)
class Sender:
    """The kit that a file of results names, found valid."""

    collector: str
    name: str
    unit_id: UnitId
    source_id: SourceId
    kit_id: KitId
    public_key: Ed25519PublicKey
    fingerprint_version: int


def make_kit(
    tx: Tx,
    *,
    unit_id: UnitId,
    name: str,
    rules: Sequence[tuple[str, str]] = (),
    judged: Collection[bytes] = (),
) -> Kit:
    """Make a kit for a collector of this name, and the collector with its source when there is none.

    `rules` are name and text of rule files, `judged` what a scan of the unit leaves out. Raises AccessDenied
    without MANAGE_SOURCES, InvalidValue: `name` `required`, `too_long`, `control_characters`; a closed unit.
    """
    require(tx, Permission.MANAGE_SOURCES, unit_id)
    require_open(tx, unit_id)
    name = name.strip()
    if not name:
        raise InvalidValue("name", "required")
    if len(name) > _NAME_LENGTH:
        raise InvalidValue("name", "too_long")
    row = _collector_of(tx, unit_id, name)
    signing, version = Ed25519PrivateKey.generate(), tx.vault.version("fingerprint")
    made = CollectorKitRecord(
        uid=new_uid(),
        collector_id=row.id,
        unit_id=unit_id,
        public_key=signing.public_key().public_bytes_raw(),
        fingerprint_key=version,
        made_at=tx.now,
    )
    tx.session.add(made)
    tx.session.flush()
    unit = tx.session.get_one(OrgUnit, unit_id)
    after = {"kit": made.uid, "name": name, "public_key": made.public_key.hex(), "fingerprint_key": version}
    tx.record(Action.COLLECTOR_KIT_MADE, "collector", row.id, unit_id, None, after)
    return Kit(
        collector=row.uid,
        kit=made.uid,
        name=name,
        unit=unit.code,
        country=unit.country,
        fingerprint_version=version,
        signing=signing.private_bytes_raw(),
        fingerprint=tx.vault.subkey("fingerprint", version),
        older=tuple(tx.vault.subkey("fingerprint", each) for each in range(1, version)),
        objects=objects_key(tx.vault, row.uid),
        headquarters=public_key(tx.vault),
        rules=tuple(rules),
        judged=frozenset(judged),
    )


def collectors(tx: Tx) -> list[Collector]:
    """Return the collectors of units whose locations one may see, ordered by unit and name."""
    seen = CollectorRecord.unit_id.in_(scope(tx, Permission.VIEW_LOCATIONS))
    rows = tx.session.scalars(
        select(CollectorRecord).where(seen).order_by(CollectorRecord.unit_id, CollectorRecord.name)
    ).all()
    kits: dict[int, list[MadeKit]] = {}
    counted = (
        select(CollectorKitRecord, func.count(CollectedRunRecord.id), func.max(CollectedRunRecord.taken_at))
        .outerjoin(CollectedRunRecord, CollectedRunRecord.kit_id == CollectorKitRecord.id)
        .where(CollectorKitRecord.collector_id.in_([row.id for row in rows]))
        .group_by(CollectorKitRecord.id)
        .order_by(CollectorKitRecord.id)
    )
    for kit, count, last in tx.session.execute(counted):
        kits.setdefault(kit.collector_id, []).append(
            MadeKit(KitId(kit.id), kit.uid, kit.made_at, kit.revoked_at, kit.fingerprint_key, count, last)
        )
    return [
        Collector(
            CollectorId(row.id),
            row.uid,
            UnitId(row.unit_id),
            row.name,
            SourceId(row.source_id),
            tuple(kits.get(row.id, ())),
        )
        for row in rows
    ]


def revoke(tx: Tx, collector_id: CollectorId) -> int:
    """Take in nothing more from any kit of a collector made so far; return how many that ended.

    What was taken in stays. Raises NotFound, AccessDenied without MANAGE_SOURCES, InvalidValue `state`
    `decided` when there is nothing left to revoke.
    """
    seen = CollectorRecord.unit_id.in_(scope(tx, Permission.VIEW_LOCATIONS))
    row = tx.session.scalar(select(CollectorRecord).where(CollectorRecord.id == collector_id, seen))
    if row is None:
        raise NotFound("collector")
    require(tx, Permission.MANAGE_SOURCES, UnitId(row.unit_id))
    live = select(CollectorKitRecord).where(
        CollectorKitRecord.collector_id == row.id, CollectorKitRecord.revoked_at.is_(None)
    )
    kits = tx.session.scalars(live.with_for_update()).all()
    if not kits:
        raise InvalidValue("state", "decided")
    for kit in kits:
        kit.revoked_at = tx.now
    after = {"name": row.name, "kits": [kit.uid for kit in kits]}
    tx.record(Action.COLLECTOR_REVOKED, "collector", row.id, UnitId(row.unit_id), None, after)
    return len(kits)


def sender(tx: Tx, head: Head, *, unit_id: UnitId | None = None) -> Sender:
    """Return the kit that a file of results names, for who may run scans in its unit.

    Raises CollectedError: `unknown` for a kit that headquarters never made or that is out of reach,
    `revoked`, `unit` when it is not of `unit_id`, `taken` when this file was taken in before.
    """
    row = tx.session.execute(
        select(CollectorRecord, CollectorKitRecord)
        .join(CollectorKitRecord, CollectorKitRecord.collector_id == CollectorRecord.id)
        .join(SourceRecord, SourceRecord.id == CollectorRecord.source_id)
        .where(
            CollectorRecord.uid == head.collector,
            CollectorKitRecord.uid == head.kit,
            CollectorRecord.unit_id.in_(scope(tx, Permission.RUN_SCANS)),
            SourceRecord.removed_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise CollectedError(Fault.UNKNOWN)
    collector, kit = row
    if kit.revoked_at is not None:
        raise CollectedError(Fault.REVOKED)
    if unit_id is not None and collector.unit_id != unit_id:
        raise CollectedError(Fault.UNIT)
    if _was_taken(tx, head):
        raise CollectedError(Fault.TAKEN)
    return Sender(
        collector.uid,
        collector.name,
        UnitId(collector.unit_id),
        SourceId(collector.source_id),
        KitId(kit.id),
        Ed25519PublicKey.from_public_bytes(kit.public_key),
        kit.fingerprint_key,
    )


def take_in(
    tx: Tx, head: Head, *, run_id: RunId, description: Description, end: End, files: Sequence[RunFile]
) -> Run:
    """Make a run that was collected visible like one that was scanned here, once, in one transaction.

    Everything that `sender` refuses is refused here again: meanwhile a kit may have been revoked, or another
    import may have been faster. Raises AccessDenied without RUN_SCANS.
    """
    found = sender(tx, head)
    run = record_run(
        tx,
        run_id=run_id,
        unit_id=found.unit_id,
        source_id=found.source_id,
        started_at=description.started_at,
        finished_at=end.finished_at,
        totals=end.totals,
        rules_version=description.rules_version,
        files=files,
        fingerprint_key=found.fingerprint_version,
    )
    taken = CollectedRunRecord(
        uid=head.run,
        kit_id=found.kit_id,
        unit_id=found.unit_id,
        run_id=run_id,
        taken_at=tx.now,
        targets=targets_digest(tx.vault, description.targets),
    )
    try:
        with tx.session.begin_nested():
            tx.session.add(taken)
            tx.session.flush()
    except IntegrityError:
        raise CollectedError(Fault.TAKEN) from None
    after = {"collector": found.name, "kit": head.kit, "file": head.run, "product": description.product}
    tx.record(Action.RUN_COLLECTED, "scan_run", run_id, found.unit_id, None, after)
    return run


def elsewhere_before(tx: Tx, found: Sender, description: Description) -> bool:
    """Tell whether the newest run taken in from a collector was of other places than these."""
    before = tx.session.scalar(
        select(CollectedRunRecord.targets)
        .join(CollectorKitRecord, CollectorKitRecord.id == CollectedRunRecord.kit_id)
        .join(CollectorRecord, CollectorRecord.id == CollectorKitRecord.collector_id)
        .where(
            CollectorRecord.uid == found.collector,
            CollectorRecord.unit_id.in_(scope(tx, Permission.RUN_SCANS)),
        )
        .order_by(CollectedRunRecord.id.desc())
        .limit(1)
    )
    return before is not None and before != targets_digest(tx.vault, description.targets)


def objects_key(vault: Vault, collector: str) -> bytes:
    """Return the key that names the objects of one collector: the same path elsewhere is another object."""
    info = f"daicho/collector-objects/v1/{collector}".encode("ascii")
    first = vault.subkey("fingerprint", 1)  # objects keep their names when the fingerprint key is replaced
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(first)


def targets_digest(vault: Vault, targets: Collection[str]) -> str:
    """Return a keyed digest of what was scanned, whatever its order."""
    message = "\0".join(sorted(targets)).encode("utf-8", "surrogatepass")
    return hmac.new(vault.subkey("target"), message, hashlib.sha256).hexdigest()[:32]


def _was_taken(tx: Tx, head: Head) -> bool:
    known = select(CollectedRunRecord.id).where(CollectedRunRecord.uid == head.run)
    return tx.session.scalar(known) is not None


def _collector_of(tx: Tx, unit_id: UnitId, name: str) -> CollectorRecord:
    """Return the collector of this name, made when there is none; its source is registered."""
    known = select(CollectorRecord).where(CollectorRecord.unit_id == unit_id, CollectorRecord.name == name)
    row = tx.session.scalar(known)
    if row is not None and tx.session.get_one(SourceRecord, row.source_id).removed_at is None:
        return row
    uid = new_uid() if row is None else row.uid
    source = add_source(tx, unit_id=unit_id, name=f"{COLLECTOR}:{name}", owner="", url=f"{COLLECTOR}://{uid}")
    if row is None:
        row = CollectorRecord(uid=uid, unit_id=unit_id, name=name, source_id=source.id)
        tx.session.add(row)
    else:
        row.source_id = source.id
    tx.session.flush()
    return row
