"""Checks the journal: its chain, and its Merkle roots at the sizes that signed heads name.

The chain alone shows every change by somebody without the journal key. Heads that lie elsewhere also show a
journal that was cut off, and one that was rewritten as a whole by somebody with the key.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.access import bootstrap_principal
from registry.merkle import MerkleStream
from registry.store import Registry
from registry.store.chain import GENESIS
from registry.store.journal_rows import StoredRow, canonical_row, framed, stored_row, stored_rows
from registry.store.tables import JournalRecord
from registry.vault import Vault

_PREV, _HASH, _KEY_ID = 12, 13, 14  # places in a stored row
_BLOCK = 64  # bytes, of SHA-256


class Break(enum.StrEnum):
    """What is wrong at the first record that does not verify."""

    CHANGED = "changed"  # its content, its hash or its link is not what was written
    MISSING = "missing"  # the record of this number is gone, though later ones exist
    ADDED = "added"  # the record that was written here comes after it
    SWAPPED = "swapped"  # a genuine record of another place in the chain
    TRUNCATED = "truncated"  # a signed head counts more records than there are
    REWRITTEN = "rewritten"  # the chain holds, but is not the one whose head was signed


@dataclass(frozen=True, slots=True)
class Head:
    """A state of the journal: how many records, and the root of the Merkle tree (RFC 6962) over them."""

    tree_size: int
    root: str  # hex


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the journal holds: `count` records were good up to `broken_seq`, or all of them.

    `head` is the hash of the last good record in hex, `root` the Merkle root over the good ones.
    For REWRITTEN the first false record lies between `broken_seq` and `broken_until`.
    """

    count: int
    head: str
    broken_seq: int | None = None
    what: Break | None = None
    root: str = ""
    broken_until: int | None = None
    agreed: int = field(default=0, compare=False)  # how many heads agree

    @property
    def ok(self) -> bool:
        """True when every record is the one that was written, in its place."""
        return self.what is None


class _Broken(Exception):  # noqa: N818 -- never leaves this module
    def __init__(self, row: StoredRow) -> None:
        self.row = row


def verify(registry: Registry, heads: Iterable[Head] = ()) -> Verdict:
    """Check the whole journal from its first record; memory stays constant.

    (1) records are numbered 1, 2, 3 … without a gap; (2) each names the hash of the one before; (3) each
    hash is the HMAC of that link and the record's canonical bytes, under the key that the record names,
    which is never older than the one of the record before; (4) no head counts more records than there are;
    (5) at every head's size the Merkle root is the head's.
    """
    with registry.read(bootstrap_principal()) as tx:
        return verify_in(tx.session, chain_keys(registry.vault), heads)


def chain_keys(vault: Vault) -> Mapping[int, bytes]:
    """Return every key of the chain by its version."""
    return {version: vault.subkey("journal", version) for version in vault.ring.versions("journal")}


def verify_in(session: Session, keys: Mapping[int, bytes], heads: Iterable[Head] = ()) -> Verdict:
    """Check as `verify` does, in a snapshot that the caller goes on reading."""
    wanted = sorted(set(heads), key=lambda each: each.tree_size)
    tree, head, agreed, last_good, version = MerkleStream(), GENESIS, 0, 0, 1
    for batch in stored_rows(session):
        leaves: list[bytes] = []
        broken = None
        try:
            head, version = _follow(batch, keys, version, head, tree.size + 1, leaves)
        except _Broken as found:
            broken = found.row
            if leaves:
                head = batch[len(leaves) - 1][_HASH]
        done = 0
        while wanted and wanted[0].tree_size <= tree.size + len(leaves) - done:
            due = wanted.pop(0)
            step = due.tree_size - tree.size
            tree.extend(leaves[done : done + step])
            done += step
            if tree.root().hex() != due.root:
                first = min(last_good + 1, due.tree_size)
                return _verdict(tree, b"", agreed, first, Break.REWRITTEN, due.tree_size)
            agreed, last_good = agreed + 1, due.tree_size
        tree.extend(leaves[done:])
        if broken is not None:
            what = _diagnose(session, keys, head, tree.size + 1, broken)
            return _verdict(tree, head, agreed, tree.size + 1, what)
    if wanted:
        return _verdict(tree, head, agreed, tree.size + 1, Break.TRUNCATED, wanted[-1].tree_size)
    return _verdict(tree, head, agreed)


def _verdict(
    tree: MerkleStream,
    head: bytes,
    agreed: int,
    seq: int | None = None,
    what: Break | None = None,
    until: int | None = None,
) -> Verdict:
    count = tree.size if seq is None else min(tree.size, seq - 1)
    return Verdict(count, head.hex(), seq, what, tree.root().hex(), until, agreed)


def _follow(
    batch: Sequence[StoredRow],
    keys: Mapping[int, bytes],
    version: int,
    head: bytes,
    seq: int,
    leaves: list[bytes],
) -> tuple[bytes, int]:
    """Follow the chain through one batch and append a Merkle leaf per good record."""
    # Local names and plain comparisons, because this runs a million times; nobody can time it from afar.
    sha256, canonical = hashlib.sha256, canonical_row
    inner, outer = _hmac_states(keys[version])
    for row in batch:
        stored = row[_HASH]
        if row[_KEY_ID] != version:
            if row[_KEY_ID] not in keys or row[_KEY_ID] < version:
                raise _Broken(row)
            version = row[_KEY_ID]
            inner, outer = _hmac_states(keys[version])
        try:
            body = canonical(row)
        except (TypeError, ValueError):
            raise _Broken(row) from None
        text, mac = inner.copy(), outer.copy()
        text.update(head + body)
        mac.update(text.digest())
        if row[0] != seq or row[_PREV] != head or mac.digest() != stored:
            raise _Broken(row)
        leaves.append(sha256(b"\x00" + body + stored).digest())
        head = stored
        seq += 1
    return head, version


def _hmac_states(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """Return SHA-256 after HMAC's inner and outer key block (RFC 2104): copying them halves the time."""
    block = key.ljust(_BLOCK, b"\x00")
    padded = (bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C))
    inner, outer = (hashlib.sha256(each) for each in padded)
    return inner, outer


def leaf_hashes(session: Session, size: int) -> list[bytes]:
    """Return the Merkle leaf hashes of the first `size` records, as they lie there."""
    sha256 = hashlib.sha256
    return [
        sha256(b"\x00" + canonical_row(row) + row[_HASH]).digest()
        for batch in stored_rows(session, up_to=size)
        for row in batch
    ]


def _diagnose(
    session: Session, keys: Mapping[int, bytes], head: bytes, expected: int, row: StoredRow
) -> Break:
    """Find out what happened where record `expected` should follow `head`."""
    if row[0] != expected:
        return Break.MISSING
    following = stored_row(session, expected + 1)
    genuine = _genuine_place(session, keys, row)
    if genuine is not None:
        # When what follows has moved up as well, a record was taken out and the rest renumbered.
        moved_up = following is None or _fits_at(keys, following[_PREV], following, expected + 2)
        return Break.MISSING if genuine == expected + 1 and moved_up else Break.SWAPPED
    if following is not None and _fits_at(keys, head, following, expected):
        return Break.ADDED
    return Break.CHANGED


def _genuine_place(session: Session, keys: Mapping[int, bytes], row: StoredRow) -> int | None:
    """Return at which other place this very record was written, if at any."""
    last = session.scalar(select(func.max(JournalRecord.seq))) or 0
    key = keys.get(row[_KEY_ID])
    if key is None:
        return None
    try:
        body, prev, stored = canonical_row(row), row[_PREV], row[_HASH]
        number = b"%d" % row[0]
        tail = body[4 + len(number) :]
        for seq in range(1, last + 2):
            other = b"%d" % seq
            moved = prev + framed(other) + tail
            if seq != row[0] and hmac.digest(key, moved, "sha256") == stored:
                return seq
    except (TypeError, ValueError):
        return None
    return None


def _fits_at(keys: Mapping[int, bytes], head: bytes, row: StoredRow, seq: int) -> bool:
    """Tell whether a record, numbered `seq`, follows `head`."""
    try:
        key, body = keys.get(row[_KEY_ID]), canonical_row((seq, *row[1:]))
        return key is not None and bool(
            row[_PREV] == head and hmac.digest(key, head + body, "sha256") == row[_HASH]
        )
    except (TypeError, ValueError):
        return False
