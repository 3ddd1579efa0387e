"""Tells locked office files from open ones, so that a locked one is never taken for an empty one."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import BinaryIO

from scanners.extractors.package import MALFORMED

_FILEPASS = 0x002F
_BOF = frozenset({0x0009, 0x0209, 0x0409, 0x0809})
_CRYPTED_USER = b"\xdf\xc4\xd1\xf3"
_MANIFEST_BYTES = 4 << 20


def office_is_locked(content: bytes, kind: str) -> bool:
    """Tell whether a doc, xls or ppt is encrypted ([MS-DOC] 2.5.2, [MS-XLS] 2.4.117, [MS-PPT] 2.3.2)."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(content)) as ole:
            match kind:
                case "doc":
                    head = ole.openstream("WordDocument").read(12)
                    return bool(len(head) == 12 and head[11] & 1)
                case "xls":
                    name = "Workbook" if ole.exists("Workbook") else "Book"
                    return _has_filepass(ole.openstream(name).read(4_096))
                case _:
                    return bool(ole.openstream("Current User").read(16)[12:16] == _CRYPTED_USER)
    except (OSError, *MALFORMED):
        return False


def _has_filepass(head: bytes) -> bool:
    position = 0
    while position + 4 <= len(head):
        record, length = (
            int.from_bytes(head[position : position + 2], "little"),
            head[position + 2 : position + 4],
        )
        if record == _FILEPASS:
            return True
        if position == 0 and record not in _BOF:
            return False
        position += 4 + int.from_bytes(length, "little")
    return False


def odf_is_locked(stream: BinaryIO) -> bool:
    """Tell whether an OpenDocument file says that its parts are encrypted (ODF 1.2 part 3, 4.3)."""
    try:
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            if "encrypted-package" in archive.namelist():  # the whole package in one part, since ODF 1.4
                return True
            with archive.open("META-INF/manifest.xml") as manifest:
                return b"encryption-data" in manifest.read(_MANIFEST_BYTES)
    except (*MALFORMED, zlib.error):
        return False
