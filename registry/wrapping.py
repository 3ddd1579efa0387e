"""Wraps the random key of every file of findings, so that Parquet can keep it in the file itself."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

import pyarrow.parquet.encryption as pe
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry.errors import VaultError
from registry.vault import Vault

KEY_NAME = "findings/"
_NONCE_BYTES = 12
_MAGIC = b"PARE"  # ends a file whose footer is encrypted (Parquet modular encryption)
_MATERIAL = b'{"keyMaterialType"'
_MATERIAL_BYTES = 2_000


class Wrapping(pe.KmsClient):  # type: ignore[misc]  # pyarrow has no types
    """Wraps each file's key with the vault's key for findings: nonce, ciphertext and tag, base64.

    The file names the version of that key: "findings/1".
    """

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self._vault = vault

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
        """Return the wrapped key of one file, bound to the wrapping key's name."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(
            nonce
            + self._cipher(master_key_identifier).encrypt(nonce, key_bytes, master_key_identifier.encode())
        )

    def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:
        """Return the key of one file; VaultError with another vault."""
        wrapped = base64.b64decode(wrapped_key)
        nonce, body = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        try:
            return self._cipher(master_key_identifier).decrypt(nonce, body, master_key_identifier.encode())
        except (InvalidTag, ValueError):
            raise VaultError(
                "a file of findings does not open: it was written with another master key"
            ) from None

    def _cipher(self, name: str) -> AESGCM:
        return AESGCM(self._vault.subkey("findings", int(name.removeprefix(KEY_NAME))))


def key_in(path: Path, vault: Vault) -> bytes:
    """Return the key of one file, which it holds wrapped; VaultError for another vault's or a damaged file.

    Parquet would ask a KMS client for it too, but from its own threads: a thread of Arrow that waits for
    Python, beside one of Python that waits for Arrow, waits for ever.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 8))
        end = file.read(8)
        file.seek(max(0, size - 8 - int.from_bytes(end[:4], "little")))
        head = file.read(_MATERIAL_BYTES)
    try:
        material_at = head.index(_MATERIAL) if end[4:] == _MAGIC else len(head)
        material, _ = json.JSONDecoder().raw_decode(head[material_at:].decode("ascii", "replace"))
        return Wrapping(vault).unwrap_key(material["wrappedDEK"], material["masterKeyID"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise VaultError("a file of findings does not open: it is damaged") from None
