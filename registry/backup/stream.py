"""Encrypted streams: AES-256-GCM in chunks of 1 MiB, which cannot be cut, extended, reordered or exchanged.

    stream = magic (4) || version of the backup key (1) || salt (32) || chunk*
    key    = HKDF-SHA256(backup key, salt, "daicho/backup-stream/v1")
    chunk  = AES-256-GCM(key, nonce = counter (11 bytes) || last (1 byte), up to 1 MiB, aad = name)

This is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and
its Nonce-Reuse Misuse-Resistance", CRYPTO 2015), as age uses it. A salt is used for one stream only.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from registry.backup.errors import BackupError, Fault

MAGIC = b"DCB\x01"
CHUNK = 1 << 20
_TAG = 16
_SALT = 32
_HEADER = len(MAGIC) + 1 + _SALT


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take bytes."""


class SealingWriter:
    """Encrypts what is written to it; `finish` writes the last chunk, without which nothing opens."""

    def __init__(self, sink: Sink, key: bytes, version: int, name: str) -> None:
        salt = secrets.token_bytes(_SALT)
        self._sink = sink
        self._cipher = _cipher(key, salt)
        self._name = name.encode()
        self._held = bytearray()
        self._count = 0
        self.digest = hashlib.sha256()
        self._put(MAGIC + bytes([version]) + salt)

    def write(self, data: bytes) -> None:
        """Take plain bytes."""
        self._held += data
        while len(self._held) > CHUNK:
            self._chunk(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]

    def finish(self) -> None:
        """Write the last chunk."""
        self._chunk(bytes(self._held), last=True)
        self._held.clear()

    def _chunk(self, plain: bytes, *, last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._count, last=last), plain, self._name))
        self._count += 1

    def _put(self, data: bytes) -> None:
        self.digest.update(data)
        self._sink.write(data)


def opened(stream: BinaryIO, key_of: Callable[[int], bytes], name: str) -> Iterator[bytes]:
    """Yield the plain chunks of a stream; BackupError (`damaged`) at the first that is not what was written.

    `key_of` gives the backup key of a version.
    """
    header = stream.read(_HEADER)
    if len(header) < _HEADER or not header.startswith(MAGIC):
        raise BackupError(Fault.DAMAGED, name)
    cipher = _cipher(key_of(header[len(MAGIC)]), header[len(MAGIC) + 1 :])
    count, sealed = 0, stream.read(CHUNK + _TAG)
    while True:
        following = stream.read(CHUNK + _TAG)
        try:
            yield cipher.decrypt(_nonce(count, last=not following), sealed, name.encode())
        except InvalidTag:
            raise BackupError(Fault.DAMAGED, name) from None
        if not following:
            return
        count, sealed = count + 1, following


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    info = b"daicho/backup-stream/v1"
    return AESGCM(HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(key))


def _nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([last])
