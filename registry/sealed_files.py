"""Files kept sealed in the registry: checked when they come in, cut into parts, put together again.

Who keeps them (attachments, evidence of certification) has rows of parts with `uid`, `position` and
`content_sealed`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from registry.attachment_kinds import kind_of
from registry.errors import InvalidValue, StoreError
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid

LIMIT = 10 << 20  # bytes of one file
NAME_LENGTH = 200
_PART = 192 << 10  # bytes; a multiple of 3, so that Base64 pads only the last part


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that may be kept."""

    name: str = field(repr=False)
    kind: str
    sha256: str


def incoming(name: str, data: bytes) -> Incoming:
    """Return what a file is; InvalidValue: `name` `required` or `too_long`, `data` `required`, `too_large`,
    `kind` for what is not taken.
    """
    called = checked({"name": _plain(name)}, "name", longest=NAME_LENGTH)["name"]
    if not data:
        raise InvalidValue("data", "required")
    if len(data) > LIMIT:
        raise InvalidValue("data", "too_large")
    kind = kind_of(data)
    if kind is None:
        raise InvalidValue("data", "kind")
    return Incoming(called, kind, hashlib.sha256(data).hexdigest())


class SealedParts:
    """The parts of files in one table."""

    def __init__(self, tx: Tx, table: str) -> None:
        self._tx, self._table = tx, table

    def cut(self, data: bytes) -> Iterator[tuple[str, int, bytes]]:
        """Yield uid, position and sealed content of each part."""
        for position, start in enumerate(range(0, len(data), _PART)):
            uid, text = new_uid(), base64.b64encode(data[start : start + _PART]).decode("ascii")
            yield uid, position, Row(self._tx, self._table, uid).sealed({"content": text})["content_sealed"]

    def joined(self, parts: Iterable[tuple[str, bytes]], sha256: str, what: str) -> bytes:
        """Return the file of parts (uid, sealed content) in order; StoreError when it has another hash."""
        sealed = (Row(self._tx, self._table, uid).opened("content", content) for uid, content in parts)
        data = b"".join(base64.b64decode(each) for each in sealed)
        if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), sha256):
            raise StoreError(f"{what} is not what was attached; restore it from a backup")
        return data


def _plain(name: str) -> str:
    """Return a file's own name: no folders, no characters that turn or hide what is read."""
    own = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in own if letter.isprintable())
