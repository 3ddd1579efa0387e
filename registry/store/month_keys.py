"""The keys that journal records are sealed with: one per calendar month, and from it one per record.

A month key is 32 random bytes, kept sealed by the vault in `journal_key`. Destroying it (crypto-shredding)
makes the names, reasons and before/after values of that month unreadable for good, while the chain, which
covers the sealed bytes, still verifies. A record key is HMAC-SHA256(month key, "record|" + record id): it
opens one record and tells nothing about the others.

Sealed field: byte 0xFF, 12 bytes nonce, AES-256-GCM ciphertext and tag, with the associated data
`journal_record|record id|column`. Fields of records from before schema 0004 start with the id of the
vault's field key instead: they open with the vault and cannot be shredded by month.

Not defended against: a backup that still holds the month key opens the month again; it must expire too.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, insert, select
from sqlalchemy.orm import Session

from registry.check_proof import MONTH_SEALED, ProofError, aad, open_field
from registry.errors import StoreError, VaultError
from registry.store.base import new_uid
from registry.store.tables import JournalKey
from registry.vault import KEY_BYTES, Vault

_NONCE_BYTES = 12


def month_of(at: datetime) -> str:
    """Return the month (UTC) whose key seals a record of this moment, "2026-04"."""
    return at.astimezone(UTC).strftime("%Y-%m")


def month_key_for_writing(
    connection: Connection, vault: Vault, at: datetime, uid: str | None, sealed: bytes | None
) -> bytes:
    """Return the key of a month as it lies there; without uid it is made in this transaction.

    Read anew for every record and never remembered: a key whose transaction was undone must seal nothing.
    Raises StoreError in a month whose key was destroyed: only a wrong clock leads there.
    """
    month = month_of(at)
    if uid is None:
        key, uid = secrets.token_bytes(KEY_BYTES), new_uid()
        made = vault.seal(key.hex(), table=JournalKey.__tablename__, row=uid, column="key_sealed")
        connection.execute(
            insert(JournalKey).values(uid=uid, month=month, key_sealed=made, created_at=at, version=1)
        )
        return key
    if sealed is None:
        raise StoreError(f"the journal keys of {month} were destroyed; correct this machine's clock")
    return _opened(vault, uid, sealed)


def month_keys(session: Session, vault: Vault) -> dict[str, bytes | None]:
    """Return every month's key; None for the months whose key was destroyed."""
    rows = session.execute(select(JournalKey.month, JournalKey.uid, JournalKey.key_sealed))
    return {
        row.month: None if row.key_sealed is None else _opened(vault, row.uid, row.key_sealed) for row in rows
    }


def record_key(month_key: bytes, uid: str) -> bytes:
    """Return the key that opens one record."""
    return hmac.digest(month_key, b"record|" + uid.encode("ascii"), "sha256")


def seal(key: bytes, uid: str, column: str, plain: str) -> bytes:
    """Seal one field of a record with the record's key."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return bytes([MONTH_SEALED]) + nonce + AESGCM(key).encrypt(nonce, plain.encode(), aad(uid, column))


def is_month_sealed(sealed: bytes) -> bool:
    """Tell whether a field is sealed with a key of its record, not with the vault's field key."""
    return sealed[:1] == bytes([MONTH_SEALED])


def open_sealed(key: bytes, uid: str, column: str, sealed: bytes) -> str:
    """Open one field of a record; VaultError when it was changed or moved."""
    try:
        return open_field(key, uid, column, sealed)
    except ProofError:
        raise VaultError(
            f"a sealed value of journal_record.{column} does not open: wrong key, or it was changed or moved"
        ) from None


def _opened(vault: Vault, uid: str, sealed: bytes) -> bytes:
    return bytes.fromhex(vault.open(sealed, table=JournalKey.__tablename__, row=uid, column="key_sealed"))
