"""Check a journal proof offline: one file, the standard library and `cryptography` alone; copy it anywhere.

    python check_proof.py --public-key journal.pem --anchor OLD.json [--proof PROOF.json] [--newer NEW.json]

It says whether a record (proof file) is in the journal whose signed head (anchor file) you keep, and
whether a newer head continues an older one (consistency file). Exit code 0: it holds; 4: it does not.

Formats (all JSON; byte strings are hexadecimal digits):

* anchor `daicho-journal-head/1`: `journal` (id of record 1), `tree_size`, `root`, `chain_head` (hash of the
  last record), `at` (UTC), `key_id`, `signature` (Ed25519, RFC 8032, over `statement`), `timestamp_token`
  (RFC 3161 response over the same bytes, or null).
* proof `daicho-journal-proof/1`: `seq`, `tree_size`, `record` (canonical bytes), `hash`, `path`, and
  `record_key` when who made the proof chose to open this one record.
* consistency `daicho-journal-consistency/1`: `first_size`, `second_size`, `path`.

Merkle tree: RFC 6962 §2.1 with SHA-256. The data of leaf n is the canonical bytes of record n followed by
its 32-byte chain hash.

Not checked here: the time-stamp token (`openssl ts -verify` does) and the HMAC chain, whose key never
leaves the owner.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_public_key

HEAD_FORMAT = "daicho-journal-head/1"
PROOF_FORMAT = "daicho-journal-proof/1"
CONSISTENCY_FORMAT = "daicho-journal-consistency/1"
SIGNED = ("journal", "tree_size", "root", "chain_head", "at", "key_id")
# The fields of a record in the order of their canonical bytes.
FIELDS = (
    "seq",
    "id",
    "unit_id",
    "at",
    "actor_id",
    "actor_name_sealed",
    "action",
    "table_name",
    "row_id",
    "before_sealed",
    "after_sealed",
    "reason_sealed",
)
MONTH_SEALED = 0xFF  # first byte of a field that is sealed with a key of its record
_NONCE = 12
_FAILED = 4


class ProofError(Exception):
    """Something does not hold, or is not what it should be; the message says what."""


def statement(head: Mapping[str, Any]) -> bytes:
    """Return the bytes that a head's signature and time-stamp cover: one `name value` line per field."""
    lines = [HEAD_FORMAT, *(f"{name} {head[name]}" for name in SIGNED)]
    return "".join(f"{line}\n" for line in lines).encode()


def check_head(head: Mapping[str, Any], public_key: Ed25519PublicKey) -> None:
    """Raise ProofError unless the head was signed with this key."""
    if head.get("format") != HEAD_FORMAT:
        raise ProofError("the anchor is not a journal head of version 1")
    if head["key_id"] != key_id(public_key):
        raise ProofError("the anchor was signed with another key than this public key")
    try:
        public_key.verify(bytes.fromhex(head["signature"]), statement(head))
    except (InvalidSignature, ValueError):
        raise ProofError("the anchor's signature is wrong: the anchor was changed") from None


def key_id(public_key: Ed25519PublicKey) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the raw public key."""
    return hashlib.sha256(public_key.public_bytes_raw()).hexdigest()[:16]


def leaf_hash(record: bytes, chain_hash: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962 §2.1: 0x00 in front)."""
    return hashlib.sha256(b"\x00" + record + chain_hash).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node (RFC 6962 §2.1: 0x01 in front)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that an audit path leads to (RFC 9162 §2.1.3.2); ProofError for a wrong length."""
    if not 0 <= index < size:
        raise ProofError("the record's number does not lie in the tree")
    here, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ProofError("the audit path is too long")
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        here, last = here >> 1, last >> 1
    if last:
        raise ProofError("the audit path is too short")
    return found


def check_consistency(first: tuple[int, bytes], second: tuple[int, bytes], path: Sequence[bytes]) -> None:
    """Raise ProofError unless the second (size, root) continues the first (RFC 9162 §2.1.4.2)."""
    (m, old), (n, new) = first, second
    if not 0 < m <= n:
        raise ProofError("the newer anchor is not of a longer journal")
    if m == n:
        if path or old != new:
            raise ProofError("two anchors of the same size differ")
        return
    steps = list(path)
    if m & (m - 1) == 0:  # a full tree is itself the first node of the path
        steps.insert(0, old)
    if not steps:
        raise ProofError("the consistency path is empty")
    here, last = m - 1, n - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofError("the consistency path is too long")
        if here & 1 or here == last:
            was, now = node_hash(step, was), node_hash(step, now)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            now = node_hash(now, step)
        here, last = here >> 1, last >> 1
    if last or was != old or now != new:
        raise ProofError("the newer anchor does not continue the older one: the journal was rewritten")


def check_proof(proof: Mapping[str, Any], head: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the proven record; ProofError unless it is in the tree of the (checked) head."""
    if proof.get("format") != PROOF_FORMAT:
        raise ProofError("the proof is not a journal proof of version 1")
    if proof["tree_size"] != head["tree_size"]:
        raise ProofError("the proof was made for another anchor")
    record = bytes.fromhex(proof["record"])
    fields = parse(record)
    if fields["seq"] != str(proof["seq"]).encode():
        raise ProofError("the proof's number is not the record's")
    leaf = leaf_hash(record, bytes.fromhex(proof["hash"]))
    path = [bytes.fromhex(step) for step in proof["path"]]
    if root_of_path(leaf, proof["seq"] - 1, proof["tree_size"], path).hex() != head["root"]:
        raise ProofError("the record is not in the journal that was signed")
    return _readable(fields, proof.get("record_key"))


def parse(record: bytes) -> dict[str, bytes | None]:
    """Split canonical bytes into fields; ProofError when they are not exactly one record."""
    fields: dict[str, bytes | None] = {}
    place = 0
    for name in FIELDS:
        length = int.from_bytes(record[place : place + 4], "big")
        if len(record) < place + 4:
            raise ProofError("the record is cut off")
        place += 4
        if length == 0xFFFFFFFF:
            fields[name] = None
            continue
        fields[name] = record[place : place + length]
        place += length
    if place != len(record):
        raise ProofError("the record has bytes that belong to no field")
    return fields


def open_field(record_key: bytes, uid: str, column: str, sealed: bytes) -> str:
    """Decrypt one field of a record (AES-256-GCM, nonce after the first byte); ProofError when it fails."""
    if len(sealed) <= 1 + _NONCE or sealed[0] != MONTH_SEALED:
        raise ProofError(f"{column} is not sealed with a key of its record")
    try:
        plain = AESGCM(record_key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], aad(uid, column))
    except InvalidTag:
        raise ProofError(f"{column} does not open with this record key") from None
    return plain.decode()


def aad(uid: str, column: str) -> bytes:
    """Return the associated data that binds a sealed field to its record and column."""
    return f"journal_record|{uid}|{column}".encode()


def _readable(fields: Mapping[str, bytes | None], record_key: str | None) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in fields.items():
        if not name.endswith("_sealed"):
            shown[name] = None if value is None else value.decode()
        elif record_key is not None and value is not None:
            uid = (fields["id"] or b"").decode()
            shown[name.removesuffix("_sealed")] = open_field(bytes.fromhex(record_key), uid, name, value)
    return shown


def load(path: Path) -> dict[str, Any]:
    """Read one JSON object; ProofError when it is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ProofError(f"{path.name} cannot be read as JSON") from None
    if not isinstance(found, dict):
        raise ProofError(f"{path.name} holds no JSON object")
    return found


def load_public_key(path: Path) -> Ed25519PublicKey:
    """Read a PEM public key as `daicho journal key` writes it; ProofError when it is none."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError):
        raise ProofError(f"{path.name} cannot be read as a PEM public key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise ProofError(f"{path.name} is not an Ed25519 key")
    return key


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks that the command line asks for; 0 when all hold, 4 when one does not."""
    parser = argparse.ArgumentParser(description="Check a journal proof offline.")
    parser.add_argument("--public-key", type=Path, required=True)
    parser.add_argument("--anchor", type=Path, required=True)
    parser.add_argument("--proof", type=Path, help="inclusion proof of one record")
    parser.add_argument("--newer", type=Path, help="a newer anchor, with --consistency")
    parser.add_argument("--consistency", type=Path)
    wanted = parser.parse_args(arguments)
    if (wanted.newer is None) != (wanted.consistency is None):
        parser.error("--newer and --consistency go together")
    try:
        told = _run(wanted)
    except ProofError as error:
        sys.stdout.write(f"BROKEN: {error}\n")
        return _FAILED
    except (KeyError, TypeError, ValueError) as error:
        sys.stdout.write(f"BROKEN: a file is malformed ({type(error).__name__})\n")
        return _FAILED
    sys.stdout.write("".join(f"{line}\n" for line in told))
    return 0


def _run(wanted: argparse.Namespace) -> list[str]:
    public_key = load_public_key(wanted.public_key)
    head = load(wanted.anchor)
    check_head(head, public_key)
    told = [f"OK: head of {head['tree_size']} records, signed {head['at']} with key {head['key_id']}"]
    if wanted.proof is not None:
        record = check_proof(load(wanted.proof), head)
        told.append("OK: this record is in that journal: " + json.dumps(record, ensure_ascii=False))
    if wanted.newer is not None:
        newer, link = load(wanted.newer), load(wanted.consistency)
        check_head(newer, public_key)
        if newer["journal"] != head["journal"]:
            raise ProofError("the anchors are of two different journals")
        sizes = (head["tree_size"], newer["tree_size"])
        if link.get("format") != CONSISTENCY_FORMAT or (link["first_size"], link["second_size"]) != sizes:
            raise ProofError("the consistency file was made for other anchors")
        path = [bytes.fromhex(step) for step in link["path"]]
        roots = (bytes.fromhex(head["root"]), bytes.fromhex(newer["root"]))
        check_consistency((sizes[0], roots[0]), (sizes[1], roots[1]), path)
        told.append(f"OK: the head of {sizes[1]} records continues it")
    return told


if __name__ == "__main__":
    sys.exit(main())
