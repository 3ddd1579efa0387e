"""What a backup says of itself, signed with Ed25519 (RFC 8032): it can be checked without the master key.

The signature shows that nothing was changed since; that this workspace made it shows the public key, which
follows from the master key. No personal data stands here: names of files are sealed in `contents`.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from registry.backup.container import Held
from registry.backup.errors import BackupError, Fault
from registry.errors import VaultError
from registry.vault import Vault

FORMAT = 1
PURPOSE = "backup"
MASTER_KEY_NOTE = "not inside; without the master key of its time nobody can open this backup"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the journal at the moment of the backup: number and hash of its last record."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything a backup needs and promises."""

    id: str
    made_at: datetime
    program: str
    schema: str  # the revision of the registry's tables
    database: str  # "sqlite" or "postgresql": where it came from
    journal: Head
    tables: Mapping[str, int]  # rows
    members: Mapping[str, Held]  # inside the file
    blobs: Mapping[str, Held]  # inside the file or beside it, in the folder `blobs`
    key_version: int
    ring: str  # the key ring: versions and wrapped roots, no key in the clear

    def signed(self, vault: Vault) -> tuple[bytes, bytes]:
        """Return the manifest's bytes and their signature."""
        key = _signing_key(vault, self.key_version)
        body = asdict(self) | {
            "format": FORMAT,
            "made_at": self.made_at.isoformat(),
            "public_key": key.public_key().public_bytes_raw().hex(),
            "master_key": MASTER_KEY_NOTE,
        }
        data = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True, default=dict).encode()
        return data, key.sign(data)

    @classmethod
    def verified(cls, data: bytes, signature: bytes, vault: Vault, where: str) -> tuple[Manifest, Vault]:
        """Return what the bytes say, and the vault with the keys of their time.

        (1) The signature fits the public key that the manifest names: nothing was changed. (2) Its format is
        one that this program reads. (3) The key ring belongs to our master key, and (4) so does the public
        key: this workspace made it. Raises BackupError: `damaged`, `newer`, `wrong_key`.
        """
        try:
            body: dict[str, Any] = json.loads(data)
            public = bytes.fromhex(body["public_key"])
            Ed25519PublicKey.from_public_bytes(public).verify(signature, data)  # (1)
        except (InvalidSignature, ValueError, KeyError, TypeError):
            raise BackupError(Fault.DAMAGED, where) from None
        if body["format"] != FORMAT:  # (2)
            raise BackupError(Fault.NEWER, where)
        try:
            own = vault.with_ring(body["ring"])  # (3)
        except VaultError:
            raise BackupError(Fault.WRONG_KEY, where) from None
        expected = _signing_key(own, body["key_version"]).public_key().public_bytes_raw()
        if not hmac.compare_digest(expected, public):  # (4)
            raise BackupError(Fault.WRONG_KEY, where)
        return cls(
            id=body["id"],
            made_at=datetime.fromisoformat(body["made_at"]),
            program=body["program"],
            schema=body["schema"],
            database=body["database"],
            journal=Head(**body["journal"]),
            tables=body["tables"],
            members={name: Held(**held) for name, held in body["members"].items()},
            blobs={name: Held(**held) for name, held in body["blobs"].items()},
            key_version=body["key_version"],
            ring=body["ring"],
        ), own


def _signing_key(vault: Vault, version: int) -> Ed25519PrivateKey:
    seed = hmac.digest(vault.subkey(PURPOSE, version), b"daicho/backup-signature/v1", "sha256")
    return Ed25519PrivateKey.from_private_bytes(seed)
