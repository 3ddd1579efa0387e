"""Files kept sealed in the registry: checked when they come in, cut into parts, put together again.

Who keeps them has a row for each file and one for each of its parts (`registry.store.kept_rows`); files that
people add to a record and remove again are kept by `registry.kept_files`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import delete, select

from registry.attachment_kinds import SUFFIXES, kind_of
from registry.errors import InvalidValue, StoreError
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.kept_rows import FileRow, PartRow

LIMIT = 10 << 20  # bytes of one file
NAME_LENGTH = 200
_PART = 192 << 10  # bytes; a multiple of 3, so that Base64 pads only the last part


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that may be kept."""

    name: str = field(repr=False)
    kind: str
    sha256: str


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is handed out; its suffix tells what it is, whatever it was called."""

    name: str = field(repr=False)
    data: bytes = field(repr=False)


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


class Whole(Protocol):
    """The row of what is kept in parts."""

    __tablename__: str

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def unit_id(self) -> int: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102


class Parts:
    """The parts of files in one table, whose column `of` names the file's row."""

    def __init__(self, part: type[PartRow], of: str) -> None:
        self._part, self._of = part, of

    def put(self, tx: Tx, row: Whole, data: bytes) -> None:
        """Keep the bytes of a file whose row is written."""
        for position, start in enumerate(range(0, len(data), _PART)):
            uid, text = new_uid(), base64.b64encode(data[start : start + _PART]).decode("ascii")
            sealed = Row(tx, self._part.__tablename__, uid).sealed({"content": text})
            of = {self._of: row.id}
            tx.session.add(self._part(uid=uid, unit_id=row.unit_id, position=position, **of, **sealed))
        tx.session.flush()

    def joined(self, tx: Tx, row: Whole) -> bytes:
        """Return the bytes of a file; StoreError when they have another hash than what was kept."""
        query = select(self._part).filter_by(**{self._of: row.id}).order_by(self._part.position)
        data = b"".join(
            base64.b64decode(Row(tx, part.__tablename__, part.uid).opened("content", part.content_sealed))
            for part in tx.session.scalars(query)
        )
        if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), row.sha256):
            raise StoreError(
                f"{row.__tablename__} {row.id} is not what was attached; restore it from a backup"
            )
        return data

    def handed_out(self, tx: Tx, row: FileRow) -> File:
        """Return a file under a name that tells what it is; StoreError as `joined`."""
        name = Row(tx, row.__tablename__, row.uid).opened("name", row.name_sealed)
        return File(own_name(name, row.kind), self.joined(tx, row))

    def destroy(self, tx: Tx, row: Whole) -> None:
        """Destroy the bytes of a file; its row stays."""
        tx.session.execute(delete(self._part).filter_by(**{self._of: row.id}))
        tx.session.flush()


def own_name(name: str, kind: str) -> str:
    """Return a name whose suffix tells what the file is, whatever it was called."""
    suffix = f".{SUFFIXES[kind]}"
    return name if name.lower().endswith(suffix) else name + suffix


def _plain(name: str) -> str:
    """Return a file's own name: no folders, no characters that turn or hide what is read."""
    own = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in own if letter.isprintable())
