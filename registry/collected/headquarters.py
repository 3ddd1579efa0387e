"""Headquarters' key pair: anybody may seal results for it, and its vault alone opens them (X25519, RFC 7748).

The private key of version n is the vault's key for this purpose and stands nowhere. After it was replaced
(`daicho key rotate collected`) new kits seal for the new one, and what older kits sealed still opens.
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from registry.collected.sealing import key_id
from registry.vault import Vault

PURPOSE = "collected"


def public_key(vault: Vault) -> bytes:
    """Return the 32 bytes that new kits and workers elsewhere seal results for."""
    return _private(vault, vault.version(PURPOSE)).public_key().public_bytes_raw()


def private_key(vault: Vault, wanted: str) -> X25519PrivateKey | None:
    """Return the private key of a key id, of whatever version; None when it is another headquarters'."""
    keys = (_private(vault, version) for version in reversed(vault.ring.versions(PURPOSE)))
    return next((key for key in keys if key_id(key.public_key()) == wanted), None)


def private_keys(vault: Vault) -> Iterator[bytes]:
    """Yield the 32 bytes of every version's private key, the current one first."""
    for version in reversed(vault.ring.versions(PURPOSE)):
        yield _private(vault, version).private_bytes_raw()


def _private(vault: Vault, version: int) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(vault.subkey(PURPOSE, version))
