"""What kind of bytes an object is: told by its content, never by the suffix of its name."""

from __future__ import annotations

from typing import BinaryIO

from scanners.encodings import decode
from scanners.extractors.interface import size_of
from scanners.locked_kinds import odf_is_locked, office_is_locked
from scanners.model import Gap
from scanners.packed_kinds import packed_in_program, packed_kind, zip_names
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
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"\x1f\x9d", "compress"),
    (0, b"\x04\x22\x4d\x18", "lz4"),
    (0, b"LZIP\x01", "lzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
    (2, b"-lh", "lzh"),
    (0, b"MSCF", "cab"),
    (257, b"ustar", "tar"),
    (0, b"!<arch>\n", "ar"),
    (0, b"070701", "cpio"),
    (0, b"070702", "cpio"),
    (0, b"070707", "cpio"),
    (0, b"\xc7\x71", "cpio"),
    (32_769, b"CD001", "iso"),
    (0, b"WARC/1.", "warc"),
    (0, b"PAR1", "parquet"),
    (128, b"DICM", "dicom"),
    (0, b"!BDN", "pst"),
    (0, b"\x7fELF", "elf"),
    (0, b"MZ", "exe"),
    (0, b"%!PS", "postscript"),
)
# Two letters open many texts too ("BM", "MZ"): these count only where the head is not text.
_SHORT_MAGIC = frozenset({"bmp", "exe", "mp3", "bzip2", "lzh", "cpio"})
_MAY_BE_LOCKED = frozenset({"doc", "xls", "ppt"})
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
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK\x03\x04")):
        return _zip_kind(stream, head)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(_OLE):
        return _ole_kind(stream)
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic and (
            kind not in _SHORT_MAGIC or b"\x00" in head or isinstance(decode(head[:4096]), Gap)
        ):
            return packed_in_program(stream) or kind if kind == "exe" else kind
    return packed_kind(head)


def _zip_kind(stream: BinaryIO, head: bytes) -> str:
    names = zip_names(stream, head)
    found = set(names)
    if "mimetype" in found and any(name in found for name in ("content.xml", "META-INF/manifest.xml")):
        if "META-INF/container.xml" in found:
            return "epub"
        return "odf-encrypted" if odf_is_locked(stream) else "odf"
    if "[Content_Types].xml" in found or any(name.startswith("[Content_Types].xml") for name in names):
        for prefix, kind in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
            if any(name.startswith(prefix) for name in names):
                return "xlsb" if "xl/workbook.bin" in found else kind
    return "zip"


def _ole_kind(stream: BinaryIO) -> str:
    content = stream.read(min(size_of(stream), _OLE_SEARCH_BYTES))
    for name, kind in _OLE_STREAMS:
        if name.encode("utf-16-le") in content:
            return "ole-encrypted" if kind in _MAY_BE_LOCKED and office_is_locked(content, kind) else kind
    return "ole"
