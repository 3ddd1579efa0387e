"""Merkle trees of RFC 6962 §2.1 over leaf hashes: roots of a stream, audit paths, consistency paths."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from registry.check_proof import node_hash

EMPTY_ROOT = hashlib.sha256().digest()


class MerkleStream:
    """The tree of a growing list of leaf hashes; keeps at most one open node per level."""

    __slots__ = ("_open", "size")

    def __init__(self) -> None:
        self.size = 0
        self._open: list[bytes | None] = []

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes; many at once are much faster than one by one."""
        nodes, level, sha256 = list(leaves), 0, hashlib.sha256
        self.size += len(nodes)
        while nodes:
            if level == len(self._open):
                self._open.append(None)
            waiting = self._open[level]
            if waiting is not None:
                nodes.insert(0, waiting)
            self._open[level] = nodes.pop() if len(nodes) & 1 else None
            pairs = iter(nodes)
            nodes = [
                sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)
            ]
            level += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        found: bytes | None = None
        for node in self._open:
            if node is not None:
                found = node if found is None else node_hash(node, found)
        return EMPTY_ROOT if found is None else found


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over these leaf hashes."""
    stream = MerkleStream()
    stream.extend(leaves)
    return stream.root()


def audit_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return what leads from leaf `index` (from 0) to the root, the nearest first (RFC 6962 §2.1.1)."""
    if len(leaves) <= 1:
        return []
    split = _split(len(leaves))
    left, right = leaves[:split], leaves[split:]
    if index < split:
        return [*audit_path(left, index), root(right)]
    return [*audit_path(right, index - split), root(left)]


def consistency_path(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """Return what shows that these leaves continue the first `first` of them (RFC 6962 §2.1.2)."""
    return _subproof(leaves, first, whole=True)


def _subproof(leaves: Sequence[bytes], first: int, *, whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [root(leaves)]
    split = _split(len(leaves))
    if first <= split:
        return [*_subproof(leaves[:split], first, whole=whole), root(leaves[split:])]
    return [*_subproof(leaves[split:], first - split, whole=False), root(leaves[:split])]


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
