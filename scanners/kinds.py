"""What kind of bytes an object is: told by its content, never by the suffix of its name."""

from __future__ import annotations

import re
import zipfile
from typing import BinaryIO

from scanners.encodings import decode
from scanners.extractors.interface import size_of
from scanners.extractors.package import directory
from scanners.model import Gap
from scanners.text_kinds import kind_of_text

HEAD_BYTES = 64 << 10
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_SEARCH_BYTES = 64 << 20
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"SQLite format 3\x00", "sqlite"),
    (0, b"{\\rtf", "rtf"),
    (0, b"\x89PNG\r\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"GIF8", "gif"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"BM", "bmp"),
    (8, b"WEBP", "webp"),
    (4, b"ftyp", "mp4"),
    (0, b"ID3", "mp3"),
    (8, b"WAVE", "wav"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
    (2, b"-lh", "lzh"),
    (0, b"MSCF", "cab"),
    (257, b"ustar", "tar"),
    (0, b"PAR1", "parquet"),
    (128, b"DICM", "dicom"),
    (0, b"!BDN", "pst"),
    (0, b"\x7fELF", "elf"),
    (0, b"MZ", "exe"),
    (0, b"%!PS", "postscript"),
)
# Two letters open many texts too ("BM", "MZ"): these count only where the head is not text.
_SHORT_MAGIC = frozenset({"bmp", "exe", "mp3", "bzip2", "lzh"})
_OFFICE = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))
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
_OLE_STREAMS = (
    ("EncryptedPackage", "ole-encrypted"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("PowerPoint Document", "ppt"),
    ("__properties_version1.0", "msg"),
)


def sniff(stream: BinaryIO) -> str:
    """Return the kind of an open object, leaving the stream at its start; "unknown" when we know none."""
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    kind = _by_magic(head, stream) or kind_of_text(head, whole=len(head) < HEAD_BYTES)
    stream.seek(0)
    return kind


def _by_magic(head: bytes, stream: BinaryIO) -> str | None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(stream, head)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(_OLE):
        return _ole_kind(stream)
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic and (
            kind not in _SHORT_MAGIC or b"\x00" in head or isinstance(decode(head[:4096]), Gap)
        ):
            return kind
    return None


def _zip_kind(stream: BinaryIO, head: bytes) -> str:
    """Tell a document that is a zip by the parts it lists, an archive by having none of them."""
    names = _zip_names(stream, head)
    found = set(names)
    if "mimetype" in found or "content.xml" in found:
        kind = _declared(head)
        if kind is None and "content.xml" in found:
            kind = "odt" if {"META-INF/manifest.xml", "mimetype"} & found else None
        if kind is not None:
            return kind
    # some programs write the parts' names with the back strokes of Windows, or in other case
    folded = [name.lower().replace("\\", "/") for name in names]
    if any(name.startswith(("[content_types].xml", "_rels/.rels")) for name in folded):
        for prefix, kind in _OFFICE:
            if any(name.startswith(prefix) for name in folded):
                return "xlsb" if "xl/workbook.bin" in folded else kind
    return "zip"


def _zip_names(stream: BinaryIO, head: bytes) -> list[str]:
    listed = directory(stream)
    if listed is not None:
        return [each[0] for each in listed]
    try:
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        # the directory stands at the end and is lost: judge by the first members
        found = re.findall(rb"PK\x03\x04.{26}([!-~]{1,80})", head, re.DOTALL)
        return [name.decode("latin-1") for name in found]


def _declared(head: bytes) -> str | None:
    """Return the kind that a first member "mimetype" declares, as OpenDocument and EPUB have it."""
    start = head.find(b"mimetype", 30, 60)
    declared = head[start + 8 : start + 200] if start > 0 else b""
    if b"application/epub+zip" in declared:
        return "epub"
    found = re.search(rb"application/vnd\.(?:oasis\.opendocument|sun\.xml)\.([a-z]+)", declared)
    return None if found is None else _OPEN_DOCUMENT.get(found[1], "odf")


def _ole_kind(stream: BinaryIO) -> str:
    content = stream.read(min(size_of(stream), _OLE_SEARCH_BYTES))
    for name, kind in _OLE_STREAMS:
        if name.encode("utf-16-le") in content:
            return kind
    return "ole"
