"""Puts files into a bag (BagIt, RFC 8493), seals it over a signed head of the journal, and packs it.

The same files, moment and head give the same bytes, a time-stamp token aside: it lies beside the manifests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib import resources

from privacy_mark.pack import check_pack
from privacy_mark.pack.check_pack import ALGORITHMS, BAGIT, FIGURES, HEAD, KEY, PROOFS, RECORDS, SEAL, TOKEN
from registry.check_proof import node_hash
from registry.heads import SignedHead, public_pem, signature_of
from registry.vault import Vault

VERIFIER = "check_pack.py"


@dataclass(frozen=True, slots=True)
class CitedRow:
    """A row that figures rest on; `seq` is the journal's newest record of `told_by` up to the head."""

    table: str
    id: str
    values: Mapping[str, object]
    seq: int | None  # None: the journal tells nothing of it
    told_by: tuple[str, str] | None = None  # table and row that the record is of; None: this row


@dataclass(frozen=True, slots=True)
class CitedFigure:
    """A value and the rows that it rests on; `counted`: it is how many rows these are."""

    name: str
    value: object
    rows: tuple[tuple[str, str], ...]
    counted: bool = False


@dataclass(frozen=True, slots=True)
class JournalLeaf:
    """A record of the journal as it is signed: canonical bytes and chain hash."""

    seq: int
    record: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole pack; `digest` is its identity, the same with and without a time-stamp token."""

    name: str
    data: bytes = field(repr=False)
    digest: str
    statement: bytes = field(repr=False)  # what a time-stamp is made over


def with_token(pack: Pack, token: bytes) -> Pack:
    """Return the pack with a time-stamp token beside what is sealed."""
    files = check_pack.unpacked(pack.data) | {f"{pack.name}/{TOKEN}": token}
    return replace(pack, data=check_pack.packed(files))


def annex(
    figures: Iterable[CitedFigure],
    rows: Iterable[CitedRow],
    cited: Iterable[JournalLeaf],
    leaves: Sequence[bytes],
) -> dict[str, bytes]:
    """Return the machine-readable annex: figures with their rows, rows, and proofs of the cited records."""
    nodes: dict[str, int] = {}
    proofs = []
    for each, path in zip(
        told := sorted(cited, key=lambda leaf: leaf.seq), _paths(leaves, told), strict=True
    ):
        steps = [nodes.setdefault(step.hex(), len(nodes)) for step in path]
        proofs.append({"seq": each.seq, "record": each.record.hex(), "hash": each.hash.hex(), "path": steps})
    told_figures = [
        {"name": each.name, "value": each.value, "rows": each.rows, "counted": each.counted}
        for each in figures
    ]
    told_rows = [
        {
            "table": each.table,
            "id": each.id,
            "values": each.values,
            "seq": each.seq,
            "told_by": each.told_by or (each.table, each.id),
        }
        for each in sorted(rows, key=lambda row: (row.table, row.id))
    ]
    return {
        FIGURES: _written({"figures": told_figures}),
        RECORDS: _written({"records": told_rows}),
        PROOFS: _written({"nodes": list(nodes), "records": proofs}),
    }


def sealed(
    vault: Vault,
    name: str,
    files: Mapping[str, bytes],
    head: SignedHead,
    *,
    as_of: datetime,
    about: Mapping[str, str],
    token: bytes | None = None,
) -> Pack:
    """Return the pack of these files (paths begin with data/); `about` goes into bag-info.txt."""
    sizes = f"{sum(map(len, files.values()))}.{len(files)}"
    info = {**about, "Bagging-Date": as_of.date().isoformat(), "Payload-Oxum": sizes}
    bag = {
        **files,
        "bagit.txt": BAGIT,
        "bag-info.txt": "".join(f"{k}: {' '.join(v.split())}\n" for k, v in info.items()).encode(),
        HEAD: head.to_json().encode(),
        KEY: public_pem(vault).encode(),
        VERIFIER: verifier_source().encode(),
    }
    for algorithm in ALGORITHMS:
        bag[f"manifest-{algorithm}.txt"] = _manifest(bag, algorithm, sorted(files))
    tags = sorted(set(bag) - set(files))
    tagged = {f"tagmanifest-{algorithm}.txt": _manifest(bag, algorithm, tags) for algorithm in ALGORITHMS}
    seal: dict[str, object] = {
        "format": check_pack.SEAL_FORMAT,
        "pack": name,
        "as_of": as_of.isoformat(),
        "tree_size": head.tree_size,
        "root": head.root,
        "key_id": head.key_id,
    }
    for algorithm in ALGORITHMS:
        seal[f"tagmanifest_{algorithm}"] = hashlib.sha256(tagged[f"tagmanifest-{algorithm}.txt"]).hexdigest()
    statement = check_pack.seal_statement(seal)
    seal["signature"] = signature_of(vault, statement).hex()
    bag |= {**tagged, SEAL: check_pack.seal_text(seal).encode()}
    if token is not None:
        bag[TOKEN] = token
    data = check_pack.packed({f"{name}/{path}": content for path, content in bag.items()})
    return Pack(name, data, hashlib.sha256(statement).hexdigest(), statement)


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of a file of a pack."""
    return hashlib.sha256(data).hexdigest()


def verifier_source() -> str:
    """Return the stand-alone program that checks packs."""
    return resources.files(__package__ or "privacy_mark.pack").joinpath(VERIFIER).read_text(encoding="utf-8")


def _manifest(files: Mapping[str, bytes], algorithm: str, names: Iterable[str]) -> bytes:
    lines = (f"{hashlib.new(algorithm, files[name]).hexdigest()}  {name}\n" for name in names)
    return "".join(lines).encode()


def _paths(leaves: Sequence[bytes], cited: Sequence[JournalLeaf]) -> list[list[bytes]]:
    """Return the audit paths of many leaves from one pass over the tree (RFC 6962 §2.1.1)."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        level = levels[-1]
        joined = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        levels.append(joined + level[len(joined) * 2 :])
    found = []
    for each in cited:
        at, path = each.seq - 1, []
        for level in levels[:-1]:
            if at ^ 1 < len(level):
                path.append(level[at ^ 1])
            at >>= 1
        found.append(path)
    return found


def _written(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, default=str) + "\n").encode()
