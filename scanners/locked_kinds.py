"""Tells locked OpenDocument files from open ones, so that a locked one is never taken for an empty one."""

from __future__ import annotations

import zipfile
import zlib
from typing import BinaryIO

from scanners.extractors.package import MALFORMED, directory
from scanners.extractors.parts import HEAD_ROOM, Part, unpacked

_MANIFEST_BYTES = 4 << 20


def _manifest(stream: BinaryIO) -> bytes | None:
    """Return the list of parts of an ordinary package, None of any other."""
    found = {each[0]: Part(*each) for each in directory(stream) or ()}
    part = found.get("META-INF/manifest.xml")
    if part is None or "encrypted-package" in found or part.method != zipfile.ZIP_DEFLATED:
        return None
    if part.size > _MANIFEST_BYTES or part.packed > _MANIFEST_BYTES:
        return None
    stream.seek(part.offset)
    return unpacked(part, stream.read(part.packed + HEAD_ROOM), 0)


def odf_is_locked(stream: BinaryIO) -> bool:
    """Tell whether an OpenDocument file says that its parts are encrypted (ODF 1.2 part 3, 4.3)."""
    manifest = _manifest(stream)
    if manifest is not None:
        return b"encryption-data" in manifest
    try:
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            if "encrypted-package" in archive.namelist():  # the whole package in one part, since ODF 1.4
                return True
            with archive.open("META-INF/manifest.xml") as part:
                return b"encryption-data" in part.read(_MANIFEST_BYTES)
    except (*MALFORMED, zlib.error):
        return False
