"""A kit: what one site needs to scan, in one file that opens with a passphrase which was shown once.

    kit  = magic (16) || salt (16) || nonce (12) || AES-256-GCM(key, nonce, canonical JSON, magic || salt)
    key  = scrypt (RFC 7914) of the passphrase and the salt, N = 2^17, r = 8, p = 1 (128 MiB)

The passphrase is 130 random bits that Daicho chooses, so that no guess succeeds; scrypt is for the day when
somebody notes half of it. It goes to the site by another way than the file.

Inside: the kit's own signing key, the fingerprint keys and the key of objects, headquarters' public key, the
rules and what was judged not to be personal data. The master key is not inside and cannot be derived from
anything that is: every key of a purpose is an output of HKDF, which does not run backwards.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from registry.collected.errors import CollectedError, Fault

MAGIC = b"DAICHO-KIT\x00\x00\x00\x00\x00\x01"
KIT_AT_MOST = 32 << 20
_SALT_BYTES, _NONCE_BYTES, _TAG_BYTES = 16, 12, 16
_KEY_BYTES = 32
_COST = 1 << 17
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 of them, none to be taken for another
_LENGTH, _GROUP = 26, 5


@dataclass(frozen=True, slots=True)
class Kit:
    """Everything that one collector holds."""

    collector: str
    kit: str
    name: str
    unit: str  # code, for people
    country: str
    fingerprint_version: int
    signing: bytes = field(repr=False)  # Ed25519, RFC 8032
    fingerprint: bytes = field(repr=False)
    older: tuple[bytes, ...] = field(repr=False)
    objects: bytes = field(repr=False)
    headquarters: bytes  # X25519, public
    rules: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # file name and text
    judged: frozenset[bytes] = field(default=frozenset(), repr=False)


def new_passphrase() -> str:
    """Return a new passphrase of 130 bits, in groups that can be read aloud."""
    letters = [secrets.choice(_LETTERS) for _ in range(_LENGTH)]
    groups = ["".join(letters[start : start + _GROUP]) for start in range(0, _LENGTH, _GROUP)]
    return "-".join(groups)


def seal_kit(kit: Kit, passphrase: str) -> bytes:
    """Return the bytes of a kit."""
    body = {
        "collector": kit.collector,
        "kit": kit.kit,
        "name": kit.name,
        "unit": kit.unit,
        "country": kit.country,
        "fingerprint_version": kit.fingerprint_version,
        "signing": _written(kit.signing),
        "fingerprint": _written(kit.fingerprint),
        "older": [_written(key) for key in kit.older],
        "objects": _written(kit.objects),
        "headquarters": _written(kit.headquarters),
        "rules": [list(rule) for rule in kit.rules],
        "judged": [_written(value) for value in sorted(kit.judged)],
    }
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    plain = json.dumps(body, sort_keys=True, ensure_ascii=False).encode()
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, MAGIC + salt)
    if len(sealed) > KIT_AT_MOST - len(MAGIC) - _SALT_BYTES - _NONCE_BYTES:
        raise CollectedError(Fault.TOO_LARGE)
    return MAGIC + salt + nonce + sealed


def open_kit(data: bytes, passphrase: str) -> Kit:
    """Open a kit; CollectedError `not_one`, `format`, `unfinished`, `passphrase` or `malformed`."""
    if data[:16] != MAGIC:
        if MAGIC.startswith(data[:16]):
            raise CollectedError(Fault.UNFINISHED)
        raise CollectedError(Fault.FORMAT if data[:15] == MAGIC[:15] else Fault.NOT_ONE)
    salt, rest = data[16 : 16 + _SALT_BYTES], data[16 + _SALT_BYTES :]
    if len(rest) < _NONCE_BYTES + _TAG_BYTES:
        raise CollectedError(Fault.UNFINISHED)
    try:
        cipher = AESGCM(_key(passphrase, salt))
        plain = cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], MAGIC + salt)
    except InvalidTag:
        raise CollectedError(Fault.PASSPHRASE) from None
    try:
        return _kit(json.loads(plain))
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        raise CollectedError(Fault.MALFORMED) from None


def _kit(body: Mapping[str, Any]) -> Kit:
    return Kit(
        collector=str(body["collector"]),
        kit=str(body["kit"]),
        name=str(body["name"]),
        unit=str(body["unit"]),
        country=str(body["country"]),
        fingerprint_version=int(body["fingerprint_version"]),
        signing=_read(body["signing"]),
        fingerprint=_read(body["fingerprint"]),
        older=tuple(_read(key) for key in body["older"]),
        objects=_read(body["objects"]),
        headquarters=_read(body["headquarters"]),
        rules=tuple((str(name), str(text)) for name, text in body["rules"]),
        judged=frozenset(base64.b64decode(value, validate=True) for value in body["judged"]),
    )


def _key(passphrase: str, salt: bytes) -> bytes:
    """Return the key of a passphrase, however it is typed: width, case, spaces and hyphens do not count."""
    typed = unicodedata.normalize("NFKC", passphrase).upper()
    letters = "".join(letter for letter in typed if letter in _LETTERS)
    return Scrypt(salt=salt, length=_KEY_BYTES, n=_COST, r=8, p=1).derive(letters.encode("ascii"))


def _written(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _read(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    if len(data) != _KEY_BYTES:
        raise ValueError
    return data
