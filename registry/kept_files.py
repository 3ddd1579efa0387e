"""Files that people add to a record ファイル: sealed, with a hash, removed for a reason.

Which record, and who may: that is for the room of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import select

from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import UnitId, UserId
from registry.sealed_files import File, Parts, incoming
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.kept_rows import AddedFile
from registry.topics import take_out

MOST = 20  # files of one record
Of = Mapping[str, int]
"""The column that names the record, and its id."""
Id = TypeVar("Id", bound=int)
Record = TypeVar("Record", bound=AddedFile)


@dataclass(frozen=True, slots=True)
class KeptFile(Generic[Id]):
    """One file; who may not read it gets neither its name nor its hash."""

    id: Id
    at: datetime
    author_id: UserId
    author: str = field(repr=False)
    name: str = field(repr=False)
    kind: str
    size: int  # bytes
    sha256: str
    personal: bool  # whether personal data may stand in it
    readable: bool  # for the person asking
    removed_at: datetime | None
    remover: str = field(repr=False)
    removal: str = field(repr=False)  # why
    version: int


class Shelf(Generic[Record, Id]):
    """The files of one table; who calls has checked who asks."""

    def __init__(self, record: type[Record], make_id: Callable[[int], Id], parts: Parts) -> None:
        self._record, self._id, self._parts = record, make_id, parts
        self.table: str = record.__tablename__

    def keep(self, tx: Tx, of: Of, unit_id: UnitId, name: str, data: bytes, **more: bool) -> Record:
        """Keep a file with a record; `more` are the table's own columns.

        Raises InvalidValue: `name` `required` or `too_long`, `data` `required`, `too_large` (over 10 MB),
        `kind` for what is not taken, `taken` for the same file, `too_many` (over MOST).
        """
        file = incoming(name, data)
        there = self.standing(tx, of)
        if file.sha256 in there:
            raise InvalidValue("data", "taken")
        if len(there) >= MOST:
            raise InvalidValue("data", "too_many")
        uid = new_uid()
        columns: dict[str, Any] = {**of, **more, "kind": file.kind, "size": len(data), "sha256": file.sha256}
        row = self._record(
            uid=uid,
            unit_id=unit_id,
            author_id=tx.principal.user_id,
            at=tx.now,
            **columns,
            **Row(tx, self.table, uid).sealed({"author": tx.principal.name, "name": file.name}),
        )
        tx.session.add(row)
        tx.session.flush()
        self._parts.put(tx, row, data)
        tx.record(Action.ATTACHMENT_ADDED, self.table, row.id, unit_id, None, columns)
        return row

    def kept(self, tx: Tx, of: Of) -> Sequence[Record]:
        """Return the rows of a record's files, oldest first, removed ones too."""
        return tx.session.scalars(select(self._record).filter_by(**of).order_by(self._record.id)).all()

    def standing(self, tx: Tx, of: Of) -> list[str]:
        """Return the hashes of the files that a record has, sorted."""
        return sorted(tx.session.scalars(select(self._record.sha256).filter_by(**of, removed_at=None)))

    def row(self, tx: Tx, file_id: Id) -> Record:
        """Return the row of a file, for who then asks about its record; raises NotFound."""
        row = tx.session.get(self._record, file_id)
        if row is None:
            raise NotFound(self.table)
        return row

    def handed_out(self, tx: Tx, row: Record, unit_id: UnitId) -> File:
        """Hand a file out, and record in the unit of its record that it was.

        Raises InvalidValue (`state` `decided`) for a removed one, StoreError when its bytes are no longer
        those of its hash.
        """
        if row.removed_at is not None:
            raise InvalidValue("state", "decided")
        file = self._parts.handed_out(tx, row)
        tx.record(Action.ATTACHMENT_VIEWED, self.table, row.id, unit_id, None, {"sha256": row.sha256})
        return file

    def destroy(
        self, tx: Tx, row: Record, unit_id: UnitId, told: Mapping[str, object], version: int, reason: str
    ) -> None:
        """Destroy a file as its `version`; its name, hash, who removed it and why stay.

        The journal says `told` of it too. Raises Conflict, InvalidValue: `reason` `required` or `too_long`,
        `state` `decided` when it is removed.
        """
        why = take_out(tx, row, version, reason)
        self._parts.destroy(tx, row)
        file = {"kind": row.kind, "size": row.size, "sha256": row.sha256}
        tx.record(
            Action.ATTACHMENT_REMOVED, self.table, row.id, unit_id, None, {**told, **file, "reason": why}
        )

    def told(self, tx: Tx, row: Record, *, personal: bool, readable: bool) -> KeptFile[Id]:
        """Return a file as the person asking may know it: in whole when it is readable, or one's own."""
        sealed = Row(tx, self.table, row.uid)
        reads = readable or row.author_id == tx.principal.user_id
        return KeptFile(
            id=self._id(row.id),
            at=row.at,
            author_id=UserId(row.author_id),
            author=sealed.opened("author", row.author_sealed),
            name=sealed.opened("name", row.name_sealed) if reads else "",
            kind=row.kind,
            size=row.size,
            sha256=row.sha256 if reads else "",
            personal=personal,
            readable=readable,
            removed_at=row.removed_at,
            remover=sealed.opened("remover", row.remover_sealed),
            removal=sealed.opened("removal", row.removal_sealed) if reads else "",
            version=row.version,
        )
