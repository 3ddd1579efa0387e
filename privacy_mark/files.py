"""Files kept with records of certification ファイル: one shelf for the rooms of the records.

Which record, and who may: that is for its room, `assessments.files` and `documents.files`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NewType

from registry import kept_files
from registry.kept_files import MOST as MOST  # noqa: PLC0414 - who keeps files takes it from here
from registry.kept_files import Shelf
from registry.sealed_files import Parts, own_name
from registry.store import Tx
from registry.store.file_tables import FilePart, FileRecord

FileId = NewType("FileId", int)
KeptFile = kept_files.KeptFile[FileId]
SHELF = Shelf(FileRecord, FileId, Parts(FilePart, "file_id"))


def told(tx: Tx, row: FileRecord, *, readable: bool) -> KeptFile:
    """Return a file under the name it is handed out by; the caller has checked who asks."""
    file = SHELF.told(tx, row, personal=row.personal, readable=readable)
    return replace(file, name=own_name(file.name, file.kind)) if file.name else file
