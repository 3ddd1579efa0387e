"""Merkle trees as RFC 6962 has them, and the proofs that the stand-alone program checks."""

from __future__ import annotations

import hashlib

import pytest

from registry import merkle
from registry.check_proof import ProofError, check_consistency, leaf_hash, root_of_path

# The eight inputs and roots that the implementations of Certificate Transparency share as test vectors.
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LEAVES = [leaf_hash(bytes.fromhex(text), b"") for text in INPUTS]
MANY = [hashlib.sha256(bytes([number])).digest() for number in range(70)]


def test_roots_are_those_of_the_published_vectors() -> None:
    """Every tree of one to eight leaves has the root that everybody else computes."""
    assert merkle.root([]) == hashlib.sha256(b"").digest()
    assert tuple(merkle.root(LEAVES[:size]).hex() for size in range(1, 9)) == ROOTS


def test_a_stream_gives_the_same_roots_however_it_is_fed() -> None:
    """One by one, in pieces or at once: the root depends on the leaves only."""
    one_by_one, in_pieces = merkle.MerkleStream(), merkle.MerkleStream()
    for place, leaf in enumerate(MANY):
        one_by_one.extend([leaf])
        assert one_by_one.root() == merkle.root(MANY[: place + 1])
    for place in range(0, len(MANY), 9):
        in_pieces.extend(MANY[place : place + 9])
    assert in_pieces.root() == one_by_one.root()
    assert in_pieces.size == len(MANY)


def test_every_audit_path_leads_to_the_root() -> None:
    """In trees of every size up to 40 each leaf is proven, and with another leaf or place it is not."""
    for size in range(1, 41):
        leaves = MANY[:size]
        root = merkle.root(leaves)
        for index in range(size):
            path = merkle.audit_path(leaves, index)
            assert root_of_path(leaves[index], index, size, path) == root
            assert root_of_path(MANY[-1], index, size, path) != root
            with pytest.raises(ProofError):
                root_of_path(leaves[index], index, size, [*path, root])
            if path:
                with pytest.raises(ProofError):
                    root_of_path(leaves[index], index, size, path[:-1])


def test_every_consistency_path_holds_and_shows_a_rewrite() -> None:
    """For all pairs of sizes a longer tree is proven to continue the shorter, and a rewritten one is not."""
    other = [*MANY[:2], hashlib.sha256(b"rewritten").digest(), *MANY[3:]]
    for second in range(1, 34):
        root = merkle.root(MANY[:second])
        for first in range(1, second + 1):
            path = merkle.consistency_path(MANY[:second], first)
            check_consistency((first, merkle.root(MANY[:first])), (second, root), path)
            with pytest.raises(ProofError):
                check_consistency((first, MANY[-1]), (second, root), path)
            if first >= 3:
                rewritten = merkle.consistency_path(other[:second], first)
                with pytest.raises(ProofError):
                    check_consistency(
                        (first, merkle.root(MANY[:first])), (second, merkle.root(other[:second])), rewritten
                    )
