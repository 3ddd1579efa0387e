"""Signed heads of the journal: what an anchor file says, and the key that signs it.

The signing key (Ed25519, RFC 8032) is derived from the master key for this purpose alone and stands nowhere;
its public half can be given to everybody. What is signed: `registry.check_proof.statement`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.check_proof import HEAD_FORMAT, ProofError, check_head, key_id, statement
from registry.journal_check import Head
from registry.vault import Vault

SIGNING_KEY_VERSION = 1


@dataclass(frozen=True, slots=True)
class SignedHead:
    """One signed state of the journal, as its anchor file holds it; byte strings in hex."""

    journal: str  # id of record 1
    tree_size: int
    root: str
    chain_head: str
    at: str  # ISO 8601, UTC
    key_id: str
    signature: str
    timestamp_token: bytes | None = None

    @property
    def head(self) -> Head:
        """Return what the journal must agree with."""
        return Head(self.tree_size, self.root)

    @property
    def statement(self) -> bytes:
        """Return the bytes that signature and time-stamp cover."""
        return statement(self.as_mapping())

    def as_mapping(self) -> dict[str, Any]:
        """Return the content of the anchor file."""
        token = self.timestamp_token
        return {
            "format": HEAD_FORMAT,
            "journal": self.journal,
            "tree_size": self.tree_size,
            "root": self.root,
            "chain_head": self.chain_head,
            "at": self.at,
            "key_id": self.key_id,
            "signature": self.signature,
            "timestamp_token": None if token is None else token.hex(),
        }

    def to_json(self) -> str:
        """Return the text of the anchor file."""
        return json.dumps(self.as_mapping(), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> SignedHead:
        """Read an anchor file's text; ProofError when it is none. The signature is not checked here."""
        try:
            found = json.loads(text)
            if found["format"] != HEAD_FORMAT:
                raise ProofError("the file is not a journal head of version 1")
            token = found["timestamp_token"]
            head = cls(
                journal=found["journal"],
                tree_size=found["tree_size"],
                root=found["root"],
                chain_head=found["chain_head"],
                at=found["at"],
                key_id=found["key_id"],
                signature=found["signature"],
                timestamp_token=None if token is None else bytes.fromhex(token),
            )
            texts = (head.journal, head.root, head.chain_head, head.at, head.key_id, head.signature)
            if type(head.tree_size) is not int or not all(isinstance(each, str) for each in texts):
                raise ProofError("the file is not a journal head of version 1")
        except (ValueError, KeyError, TypeError):
            raise ProofError("the file cannot be read as a journal head") from None
        return head

    def is_signed_by(self, keys: Mapping[str, Ed25519PublicKey]) -> bool:
        """Tell whether one of these public keys (by key id) signed this head."""
        key = keys.get(self.key_id)
        try:
            if key is not None:
                check_head(self.as_mapping(), key)
        except ProofError:
            return False
        return key is not None


def sign(vault: Vault, *, journal: str, head: Head, chain_head: str, at: datetime) -> SignedHead:
    """Sign one state of the journal."""
    key = _signing_key(vault)
    unsigned = SignedHead(
        journal,
        head.tree_size,
        head.root,
        chain_head,
        at.isoformat(timespec="microseconds"),
        key_id(key.public_key()),
        "",
    )
    return replace(unsigned, signature=key.sign(unsigned.statement).hex())


def signature_of(vault: Vault, statement: bytes) -> bytes:
    """Return today's signature over a statement whose first line says what it is."""
    return _signing_key(vault).sign(statement)


def public_keys(vault: Vault) -> dict[str, Ed25519PublicKey]:
    """Return the public keys that heads of this vault may be signed with, by key id."""
    keys = (_signing_key(vault, version).public_key() for version in range(1, SIGNING_KEY_VERSION + 1))
    return {key_id(key): key for key in keys}


def public_pem(vault: Vault) -> str:
    """Return the public key that signs today, as PEM."""
    key = _signing_key(vault).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def _signing_key(vault: Vault, version: int = SIGNING_KEY_VERSION) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(vault.subkey("journal-signing", version))
