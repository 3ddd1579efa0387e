"""Tells locked OpenDocument files from open ones, so that a locked one is never taken for an empty one."""

from __future__ import annotations

import zipfile
import zlib
from typing import BinaryIO

from scanners.extractors.package import MALFORMED

_MANIFEST_BYTES = 4 << 20


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
