"""What kind of bytes an object is: told by its content, never by the suffix of its name."""

from __future__ import annotations

import re
import zipfile
from typing import BinaryIO

from scanners.encodings import decode
from scanners.extractors.compound import SIGNATURE
from scanners.extractors.onenote import SECTION, TABLE_OF_CONTENTS
from scanners.extractors.signed import cms_kind
from scanners.model import Gap
from scanners.ole_kinds import ole_kind
from scanners.text_kinds import kind_of_text

HEAD_BYTES = 64 << 10
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
    (0, SECTION, "one"),
    (0, TABLE_OF_CONTENTS, "onetoc"),
    (0, b"\x78\x9f\x3e\x22", "tnef"),
    (0, b"\x09\x00\x04\x00", "excel 2-4"),
    (0, b"\x09\x02\x06\x00", "excel 2-4"),
    (0, b"\x09\x04\x06\x00", "excel 2-4"),
    (0, b"\xdb\xa5\x2d\x00", "word 2"),
    (0, b"\xffWPC", "wordperfect"),
    (0, b"\x00\x00\x02\x00\x06\x04", "lotus 1-2-3"),
    (0, b"\x1a\x00\x00\x04\x00\x00", "notes database"),
    (0, b"\xcf\xad\x12\xfe", "outlook express"),
    (0, b"\x7fELF", "elf"),
    (0, b"MZ", "exe"),
    (0, b"%!PS", "postscript"),
)
# Two letters open many texts too ("BM", "MZ"): these count only where the head is not text.
_SHORT_MAGIC = frozenset({"bmp", "exe", "mp3", "bzip2", "lzh"})


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
    if signed := cms_kind(head):
        return signed
    if head.startswith(SIGNATURE):
        return ole_kind(stream)
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic and (
            kind not in _SHORT_MAGIC or b"\x00" in head or isinstance(decode(head[:4096]), Gap)
        ):
            return kind
    return None


def _zip_kind(stream: BinaryIO, head: bytes) -> str:
    try:
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        # the directory stands at the end and is lost: judge by the first members
        names = [
            name.decode("latin-1") for name in re.findall(rb"PK\x03\x04.{26}([!-~]{1,80})", head, re.DOTALL)
        ]
    found = set(names)
    if "mimetype" in found and any(name in found for name in ("content.xml", "META-INF/manifest.xml")):
        return "epub" if "META-INF/container.xml" in found else "odf"
    if "[Content_Types].xml" in found or any(name.startswith("[Content_Types].xml") for name in names):
        for prefix, kind in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"), ("visio/", "vsdx")):
            if any(name.startswith(prefix) for name in names):
                return "xlsb" if "xl/workbook.bin" in found else kind
    return "zip"
