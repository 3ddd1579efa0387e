"""The journal's chain: canonical bytes, HMAC, and the append that happens inside a write transaction.

Canonical bytes of a record: for each field in `FIELDS` order, a 4-byte big-endian length and the field's
bytes; an absent field has length 0xFFFFFFFF and no bytes, so that "absent" and "empty" differ and no two
records share their bytes. Integers are decimal ASCII; the time is ISO 8601 UTC with microseconds; text is
UTF-8; sealed columns go in as the sealed bytes that are stored (`registry.store.month_keys`), so that the
chain still verifies when their key is destroyed.

    hash(n) = HMAC-SHA256(vault subkey "journal", prev_hash(n) || canonical(n)),  prev_hash(1) = 32 zero bytes

A rotation of the key starts at one record: `key_id` never falls from a record to the next, so that who
holds an old key can neither change records of the new one nor go on after them. It need not be signed: with
another number the hash does not fit.

Not defended against: who holds the journal key can rewrite the whole chain, and a chain by itself does not
show that its newest records were cut off; both need the head to be kept elsewhere.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from registry.check_proof import FIELDS
from registry.model import Principal, UnitId
from registry.store.base import new_uid
from registry.store.journal_rows import Head, append_rows, head
from registry.store.month_keys import month_key_for_writing, month_of, record_key
from registry.store.month_keys import seal as seal_field
from registry.store.tables import JournalRecord
from registry.vault import Vault

GENESIS = bytes(32)
_BEGINNING = Head(0, GENESIS, 1, None, None)
_ABSENT = b"\xff\xff\xff\xff"


def canonical(record: JournalRecord) -> bytes:
    """Return the bytes that the chain signs for one record."""
    return _signed(getattr(record, name) for name in FIELDS)


def _signed(values: Iterable[object]) -> bytes:
    parts: list[bytes] = []
    for value in values:
        raw = _field_bytes(value)
        parts.append(_ABSENT if raw is None else len(raw).to_bytes(4, "big") + raw)
    return b"".join(parts)


def _field_bytes(value: object) -> bytes | None:
    match value:
        case None:
            return None
        case bytes():
            return value
        case int():
            return str(value).encode("ascii")
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds").encode("ascii")
        case str():
            return value.encode()
        case _:
            raise TypeError("a journal field is neither text, number, time nor bytes")


def link(key: bytes, prev_hash: bytes, record: JournalRecord) -> bytes:
    """Return the hash of a record that follows `prev_hash`."""
    return _linked(key, prev_hash, canonical(record))


def _linked(key: bytes, prev_hash: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, prev_hash + signed, "sha256")


@dataclass(frozen=True, slots=True)
class Deed:
    """What one record of the journal tells: what was done, to which row, and its values before and after."""

    action: str
    table: str
    row_id: str
    unit_id: UnitId | None
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None


def append(
    session: Session, vault: Vault, principal: Principal, deeds: Sequence[Deed], *, at: datetime, reason: str
) -> None:
    """Add records to the end of the chain, in order; the caller's transaction is the only writer."""
    if not deeds:
        return
    session.flush()  # rows that the records speak of stand first
    connection = session.connection()
    last = head(connection, month_of(at)) or _BEGINNING
    # A process that has not heard of a rotation yet goes on with the key of the record before.
    key_id = max(vault.version("journal"), last.key_id)
    chain_key = vault.subkey("journal", key_id)
    month_key = month_key_for_writing(connection, vault, at, last.month_uid, last.month_key)
    prev_hash = last.hash
    rows = []
    for seq, deed in enumerate(deeds, last.seq + 1):
        fields = (seq, *_fields(deed, principal, month_key, at=at, reason=reason))
        digest = _linked(chain_key, prev_hash, _signed(fields))
        rows.append((*fields, prev_hash, digest, key_id))
        prev_hash = digest
    append_rows(connection, rows)


def _fields(
    deed: Deed, principal: Principal, month_key: bytes, *, at: datetime, reason: str
) -> tuple[object, ...]:
    """Return the values of a record in the order of `FIELDS`, without its number."""
    uid = new_uid()
    own_key = record_key(month_key, uid)

    def seal(plain: str, column: str) -> bytes:
        return seal_field(own_key, uid, column, plain)

    return (
        uid,
        deed.unit_id,
        at,
        principal.user_id,
        seal(principal.name, "actor_name_sealed"),
        deed.action,
        deed.table,
        deed.row_id,
        None if deed.before is None else seal(canonical_json(deed.before), "before_sealed"),
        None if deed.after is None else seal(canonical_json(deed.after), "after_sealed"),
        seal(reason, "reason_sealed"),
    )


def canonical_json(value: Mapping[str, object]) -> str:
    """Return JSON with sorted keys and no spaces; dates as ISO 8601, sets as sorted lists."""
    return _JSON.encode(value)


def _plain(value: object) -> object:
    match value:
        case set() | frozenset():
            return sorted(str(member) for member in value)
        case _:
            return value.isoformat() if hasattr(value, "isoformat") else str(value)


_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
