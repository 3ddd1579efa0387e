"""Sealed streams: whoever has headquarters' public key can write one, and only headquarters can read it.

    stream  = magic (16) || length (4) || head || wrapped key (80) || chunk* ; last chunk last
    head    = canonical JSON: what must be known before anything opens, never results
    wrapped = HPKE (RFC 9180, base mode) of a random 32-byte key: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
              AES-256-GCM; its info is a label and SHA-256(magic || length || head)
    chunk   = last (1) || length (4) || AES-256-GCM(key, nonce, deflate(kind (1) || payload), aad)
    nonce   = counter (11) || last (1); aad = SHA-256(magic || length || head || wrapped)

The nonces are the deterministic ones of NIST SP 800-38D 8.2.1 with one key a stream, and the last chunk is
marked inside its nonce (the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015), so that
chunks can be neither cut off, added, exchanged nor taken from another stream.

Not defended against: base mode tells nothing of the writer. Who wrote a stream is told by the signature
around it (`registry.collected.container`), or by the connection that it came over.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from registry.collected.errors import CollectedError, Fault

MAGIC_BYTES = 16
HEAD_AT_MOST = 4_096
CHUNK_AT_MOST = 16 << 20
"""Bytes of one chunk in the file."""
PLAIN_AT_MOST = 64 << 20
"""Bytes of one chunk when it is inflated: what reading one needs of memory, whatever it claims."""
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_LABEL = b"daicho/collected/v1"
_KEY_BYTES = 32
_WRAPPED_BYTES = 32 + _KEY_BYTES + 16
_TAG_BYTES = 16
_FRAME_BYTES = 5


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take bytes."""


def key_id(public: X25519PublicKey) -> str:
    """Return what names a public key: 32 hexadecimal digits."""
    return hashlib.sha256(_LABEL + public.public_bytes_raw()).hexdigest()[:32]


def canonical(head: Mapping[str, str | int]) -> bytes:
    """Return a head as it is written, the only way in which it is read."""
    return json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


class SealedWriter:
    """Writes one stream; without `finish` nothing of it opens."""

    def __init__(
        self, sink: Sink, public: X25519PublicKey, *, magic: bytes, head: Mapping[str, str | int]
    ) -> None:
        written = canonical(head)
        opening = magic + len(written).to_bytes(4, "big") + written
        key = secrets.token_bytes(_KEY_BYTES)
        wrapped = _SUITE.encrypt(key, public, info=_info(opening))
        self._sink, self._cipher, self._count = sink, AESGCM(key), 0
        self._aad = hashlib.sha256(opening + wrapped).digest()
        sink.write(opening + wrapped)

    def chunk(self, kind: bytes, payload: bytes) -> None:
        """Write one chunk; CollectedError `too_large` for one that no reader would take."""
        self._write(kind + payload, last=False)

    def finish(self, kind: bytes, payload: bytes) -> None:
        """Write the last chunk."""
        self._write(kind + payload, last=True)

    def _write(self, plain: bytes, *, last: bool) -> None:
        packed = zlib.compress(plain, 1)
        if len(plain) > PLAIN_AT_MOST or len(packed) + _TAG_BYTES > CHUNK_AT_MOST:
            raise CollectedError(Fault.TOO_LARGE)
        sealed = self._cipher.encrypt(_nonce(self._count, last=last), packed, self._aad)
        self._sink.write(bytes([last]) + len(sealed).to_bytes(4, "big") + sealed)
        self._count += 1


def read_head(file: BinaryIO, magic: bytes) -> tuple[Mapping[str, str | int], bytes]:
    """Return the head of a stream, of which nothing is proved yet, and the bytes up to its end.

    Raises CollectedError: `not_one`, `format` when only the version differs, `unfinished`, `changed`.
    """
    start = file.read(MAGIC_BYTES)
    if start != magic:
        if len(start) < MAGIC_BYTES and magic.startswith(start):
            raise CollectedError(Fault.UNFINISHED)
        raise CollectedError(Fault.FORMAT if start[:-1] == magic[:-1] else Fault.NOT_ONE)
    length = _taken(file, 4)
    size = int.from_bytes(length, "big")
    if not 0 < size <= HEAD_AT_MOST:
        raise CollectedError(Fault.CHANGED)
    written = _taken(file, size)
    try:
        head = json.loads(written)
    except (ValueError, RecursionError):
        raise CollectedError(Fault.CHANGED) from None
    if not isinstance(head, dict) or not all(type(value) in (str, int) for value in head.values()):
        raise CollectedError(Fault.CHANGED)
    if canonical(head) != written:
        raise CollectedError(Fault.CHANGED)
    return head, start + length + written


def skip_chunks(file: BinaryIO) -> None:
    """Go to the end of a stream whose head was read; raises `unfinished` or `too_large` on the way."""
    _taken(file, _WRAPPED_BYTES)
    last = False
    while not last:
        last, size = _frame(file)
        while size:
            piece = file.read(min(size, 1 << 20))
            if not piece:
                raise CollectedError(Fault.UNFINISHED)
            size -= len(piece)


def open_chunks(file: BinaryIO, private: X25519PrivateKey, opening: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and payload of each chunk of a stream whose head was read; `changed` at the first false one.

    The last one was yielded when the iterator ends: until then the stream is not proved whole.
    """
    wrapped = _taken(file, _WRAPPED_BYTES)
    try:
        cipher = AESGCM(_SUITE.decrypt(wrapped, private, info=_info(opening)))
    except (InvalidTag, ValueError):
        raise CollectedError(Fault.CHANGED) from None
    aad, count, last = hashlib.sha256(opening + wrapped).digest(), 0, False
    while not last:
        last, size = _frame(file)
        try:
            packed = cipher.decrypt(_nonce(count, last=last), _taken(file, size), aad)
        except InvalidTag:
            raise CollectedError(Fault.CHANGED) from None
        plain = _inflated(packed)
        yield plain[:1], plain[1:]
        count += 1


def _frame(file: BinaryIO) -> tuple[bool, int]:
    frame = _taken(file, _FRAME_BYTES)
    size = int.from_bytes(frame[1:], "big")
    if frame[0] > 1 or size < _TAG_BYTES:
        raise CollectedError(Fault.CHANGED)
    if size > CHUNK_AT_MOST:
        raise CollectedError(Fault.TOO_LARGE)
    return bool(frame[0]), size


def _inflated(packed: bytes) -> bytes:
    """Return the plain bytes of a chunk; never more of them than a chunk may have."""
    inflating = zlib.decompressobj()
    try:
        plain = inflating.decompress(packed, PLAIN_AT_MOST + 1)
    except zlib.error:
        raise CollectedError(Fault.MALFORMED) from None
    if len(plain) > PLAIN_AT_MOST:
        raise CollectedError(Fault.TOO_LARGE)
    if not inflating.eof or inflating.unused_data or not plain:
        raise CollectedError(Fault.MALFORMED)
    return plain


def _taken(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise CollectedError(Fault.UNFINISHED)
    return data


def _info(opening: bytes) -> bytes:
    return _LABEL + hashlib.sha256(opening).digest()


def _nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([last])


PrivateKeys = Callable[[str], X25519PrivateKey | None]
"""The private key of a key id; None for one that is not ours."""
