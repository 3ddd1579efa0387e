"""What kind of document a zip package is: told by the parts that it lists."""

from __future__ import annotations

import re
from typing import BinaryIO

from scanners.extractors.package import directory
from scanners.locked_kinds import odf_is_locked
from scanners.packed_kinds import zip_names

HEAD_BYTES = 64 << 10  # that are read of any file to tell its kind
_OFFICE = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"), ("visio/", "vsdx"))
_OPEN_DOCUMENT = {
    b"text": "odt",
    b"writer": "odt",
    b"spreadsheet": "ods",
    b"calc": "ods",
    b"presentation": "odp",
    b"impress": "odp",
    b"graphics": "odg",
    b"draw": "odg",
}


def zip_kind(stream: BinaryIO, head: bytes) -> str:
    """Tell a document that is a zip by the parts it lists, an archive by having none of them."""
    names = _zip_names(stream, head)
    found = set(names)
    if "mimetype" in found or "content.xml" in found:
        kind = _declared(head)
        if kind is None and "content.xml" in found:
            kind = "odt" if {"META-INF/manifest.xml", "mimetype"} & found else None
        if kind is not None:
            return "odf-encrypted" if kind != "epub" and odf_is_locked(stream) else kind
    # some programs write the parts' names with the back strokes of Windows, or in other case
    folded = [name.lower().replace("\\", "/") for name in names]
    if any(name.startswith(("[content_types].xml", "_rels/.rels")) for name in folded):
        for prefix, kind in _OFFICE:
            if any(name.startswith(prefix) for name in folded):
                return "xlsb" if "xl/workbook.bin" in folded else kind
    return "zip"


def _zip_names(stream: BinaryIO, head: bytes) -> list[str]:
    listed = directory(stream, head if len(head) < HEAD_BYTES else b"")
    if listed is not None:
        return [each[0] for each in listed]
    return zip_names(stream, head)


def _declared(head: bytes) -> str | None:
    """Return the kind that a first member "mimetype" declares, as OpenDocument and EPUB have it."""
    start = head.find(b"mimetype", 30, 60)
    declared = head[start + 8 : start + 200] if start > 0 else b""
    if b"application/epub+zip" in declared:
        return "epub"
    found = re.search(rb"application/vnd\.(?:oasis\.opendocument|sun\.xml)\.([a-z]+)", declared)
    return None if found is None else _OPEN_DOCUMENT.get(found[1], "odf")
