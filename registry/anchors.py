"""Anchors アンカー: signed heads of the journal that lie in another place than the database.

The registry lists every anchor that was written, so that a missing file is noticed; the files are what
counts, because who rewrites the database can rewrite that list as well.
"""

from __future__ import annotations

import enum
import errno
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from registry.access import bootstrap_principal, top_unit
from registry.check_proof import ProofError
from registry.errors import RegistryError
from registry.heads import SignedHead, public_keys, sign
from registry.journal import Action
from registry.journal_check import Head, Verdict, chain_keys, verify_in
from registry.model import Principal
from registry.store import Registry, Tx
from registry.store.tables import JournalAnchor, JournalRecord
from registry.timestamps import Authority, TimeStampError

_PATTERN = "journal-*.json"
_LARGEST = 1 << 20  # bytes; an anchor has some thousand


class Fault(enum.StrEnum):
    """What is wrong with an anchor."""

    MISSING = "missing"  # the registry lists it, the folder does not hold it
    UNREADABLE = "unreadable"  # not a journal head
    FORGED = "forged"  # the signature is not by a known key over this content
    DIFFERENT = "different"  # the file is not what the registry lists under its name
    OTHER_JOURNAL = "other_journal"  # its journal began with another record
    BAD_TIMESTAMP = "bad_timestamp"  # the time-stamp is not of the trusted authority over this head


@dataclass(frozen=True, slots=True)
class AnchorFault:
    """One anchor that cannot be relied upon."""

    file: str
    what: Fault


@dataclass(frozen=True, slots=True)
class Report:
    """What verification came to: the journal itself, and the anchors it was compared with."""

    verdict: Verdict
    faults: tuple[AnchorFault, ...]
    files: int  # anchors read from the folder and found good
    stamped: int  # of these with a checked time-stamp

    @property
    def ok(self) -> bool:
        """True when the journal holds and every anchor is in order."""
        return self.verdict.ok and not self.faults


class JournalBroken(RegistryError):  # noqa: N818 -- reads as what happened, as in registry.errors
    """A head is not signed, because the journal or an anchor does not verify."""

    def __init__(self, report: Report) -> None:
        super().__init__("the journal does not verify, so no head was signed; see: daicho journal verify")
        self.report = report


def check(
    registry: Registry,
    folder: Path | None,
    *,
    keys: Mapping[str, Ed25519PublicKey] | None = None,
    authority: Authority | None = None,
) -> Report:
    """Verify the journal against the anchors of a folder and those that the registry lists.

    `keys` are the public keys trusted for signatures, by default those of the registry's own vault.
    (1) every file is a head, signed by a trusted key, of this journal, its time-stamp in order; (2) every
    listed anchor is there and the same; (3) the journal agrees with every good head.
    """
    trusted = public_keys(registry.vault) if keys is None else keys
    found, faults = ({}, []) if folder is None else _read(folder)
    stamped = 0
    with registry.read(bootstrap_principal()) as tx:
        journal = tx.session.scalar(select(JournalRecord.id).where(JournalRecord.seq == 1))
        good: dict[str, SignedHead] = {}
        for name, head in found.items():
            fault = _fault(head, journal, trusted, authority)
            if fault is None:
                good[name] = head
                stamped += authority is not None and head.timestamp_token is not None
            else:
                faults.append(AnchorFault(name, fault))
        heads = {head.head for head in good.values()}
        read = set(found) | {fault.file for fault in faults}
        for row in tx.session.scalars(select(JournalAnchor).order_by(JournalAnchor.id)):
            listed = _listed(row)
            if not listed.is_signed_by(trusted):
                faults.append(AnchorFault(row.file, Fault.FORGED))
                continue
            heads.add(listed.head)
            if folder is not None and row.file not in read:
                faults.append(AnchorFault(row.file, Fault.MISSING))
            elif row.file in found and found[row.file] != listed:
                faults.append(AnchorFault(row.file, Fault.DIFFERENT))
        verdict = verify_in(tx.session, chain_keys(registry.vault), heads)
    return Report(verdict, tuple(faults), len(good), stamped)


def anchor(
    registry: Registry, principal: Principal, folder: Path, *, authority: Authority | None = None
) -> tuple[Path, SignedHead]:
    """Verify everything, sign the present head and write it to the folder; return the file.

    The file stands before the registry lists it: a crash in between leaves an anchor that counts, never a
    list that promises one. Raises JournalBroken, TimeStampError, RegistryError for the folder.
    """
    report = check(registry, folder, authority=authority)
    if not report.ok:
        raise JournalBroken(report)
    verdict = report.verdict
    with registry.read(principal) as tx:
        journal = tx.session.scalar(select(JournalRecord.id).where(JournalRecord.seq == 1))
        now = tx.now
    if journal is None:
        raise RegistryError("the journal is empty, so there is no head to sign; make a unit first")
    head = sign(
        registry.vault,
        journal=journal,
        head=Head(verdict.count, verdict.root),
        chain_head=verdict.head,
        at=now,
    )
    if authority is not None and authority.url:
        head = replace(head, timestamp_token=authority.stamp(head.statement))
    name = f"journal-{head.tree_size:012d}-{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}.json"
    path = folder / name
    write_whole(path, head.to_json())
    with registry.write(principal, reason="anchor") as tx:
        _list(tx, name, head, now)
    return path, head


def read_anchor(path: Path) -> SignedHead:
    """Read one anchor file; raises RegistryError when it is none. Its signature is not checked."""
    try:
        return SignedHead.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ProofError):
        raise RegistryError(f"{path} cannot be read as an anchor; choose a file journal-….json") from None


def listed_heads(tx: Tx) -> list[SignedHead]:
    """Return the anchors that the registry lists, the oldest first."""
    return [_listed(row) for row in tx.session.scalars(select(JournalAnchor).order_by(JournalAnchor.id))]


def write_whole(path: Path, text: str) -> None:
    """Write a file that appears whole or not at all, also after a power failure; never over another one."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        part = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            _place(part, path)
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise RegistryError(f"{path} cannot be written: {error.strerror}") from None


def _place(part: Path, path: Path) -> None:
    try:
        path.hardlink_to(part)  # unlike a rename it fails when the name is taken
    except FileExistsError:
        raise
    except OSError:  # shares of other machines often know no hard links
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        part.rename(path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(folder: Path) -> tuple[dict[str, SignedHead], list[AnchorFault]]:
    if not folder.is_dir():
        raise RegistryError(f"{folder} is not a folder; connect the place of the anchors or name another one")
    found: dict[str, SignedHead] = {}
    faults: list[AnchorFault] = []
    for path in sorted(folder.glob(_PATTERN)):
        head = _read_one(path)
        if head is None:
            faults.append(AnchorFault(path.name, Fault.UNREADABLE))
        else:
            found[path.name] = head
    return found, faults


def _read_one(path: Path) -> SignedHead | None:
    try:
        if path.stat().st_size > _LARGEST:
            return None
        text = path.read_text(encoding="utf-8")
        head = SignedHead.from_json(text)
    except (OSError, UnicodeDecodeError, ProofError):
        return None
    # Not a byte of an anchor may differ from what was written, even where JSON would allow it.
    return head if head.to_json() == text else None


def _fault(
    head: SignedHead,
    journal: str | None,
    keys: Mapping[str, Ed25519PublicKey],
    authority: Authority | None,
) -> Fault | None:
    if not head.is_signed_by(keys):
        return Fault.FORGED
    if head.journal != journal:
        return Fault.OTHER_JOURNAL
    if authority is not None and head.timestamp_token is not None:
        try:
            authority.check(head.timestamp_token, head.statement)
        except TimeStampError:
            return Fault.BAD_TIMESTAMP
    return None


def _list(tx: Tx, name: str, head: SignedHead, at: datetime) -> None:
    row = JournalAnchor(
        file=name,
        journal=head.journal,
        tree_size=head.tree_size,
        root=head.root,
        chain_head=head.chain_head,
        at=at,
        key_id=head.key_id,
        signature=head.signature,
        timestamp_token=head.timestamp_token,
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"file": name, "tree_size": head.tree_size, "root": head.root, "key_id": head.key_id}
    tx.record(Action.JOURNAL_ANCHORED, "journal_anchor", row.id, top_unit(tx), None, after)


def _listed(row: JournalAnchor) -> SignedHead:
    return SignedHead(
        row.journal,
        row.tree_size,
        row.root,
        row.chain_head,
        row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.key_id,
        row.signature,
        row.timestamp_token,
    )
