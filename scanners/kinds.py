"""What kind of bytes an object is: told by its content, never by the suffix of its name."""

from __future__ import annotations

import re
from typing import BinaryIO

from scanners.encodings import Decoded, decode
from scanners.extractors.compound import SIGNATURE
from scanners.extractors.dbf import is_dbf
from scanners.extractors.onenote import SECTION, TABLE_OF_CONTENTS
from scanners.extractors.signed import cms_kind
from scanners.model import Gap
from scanners.ole_kinds import ole_kind
from scanners.packed_kinds import packed_in_program, packed_kind
from scanners.text_kinds import kind_of_text
from scanners.zip_kinds import HEAD_BYTES, zip_kind

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"SQLite format 3\x00", "sqlite"),
    (0, b"\x37\x7f\x06\x82", "sqlite-wal"),
    (0, b"\x37\x7f\x06\x83", "sqlite-wal"),
    (0, b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", "sqlite-journal"),
    (0, b"{\\rtf", "rtf"),
    (0, b"\x89PNG\r\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"GIF8", "gif"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"BM", "bmp"),
    (8, b"WEBP", "webp"),
    (40, b" EMF", "emf"),
    (0, b"\xd7\xcd\xc6\x9a", "wmf"),
    (0, b"\x01\x00\x09\x00\x00\x03", "wmf"),
    (0, b"\x02\x00\x09\x00\x00\x03", "wmf"),
    *((4, b"ftyp" + brand, "heic") for brand in (b"heic", b"heix", b"heim", b"hevc", b"mif1", b"msf1")),
    *((4, b"ftyp" + brand, "avif") for brand in (b"avif", b"avis")),
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
    (0, b"PARE", "parquet"),
    (0, b"ARROW1\x00\x00", "arrow"),
    (0, b"FEA1", "feather-v1"),  # of 2016: its only reader ends the process on damaged files
    (0, b"ORC", "orc"),
    (0, b"Obj\x01", "avro"),
    (8, b"DUCK", "duckdb"),
    (4, b"Standard Jet DB\x00", "access"),
    (4, b"Standard ACE DB\x00", "access"),
    (0, b"$FL2", "spss"),
    (0, b"$FL3", "spss"),
    (12, b"\xc2\xea\x81\x60", "sas"),
    (0, b"<stata_dta>", "stata"),
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
# Those that a first byte leaves possible, in their order; under None those that stand further in.
_BY_FIRST = {
    first: tuple(each for each in _MAGIC if each[0] or each[1][0] == first)
    for first in (None, *{magic[0] for offset, magic, _ in _MAGIC if not offset})
}
# Two letters open many texts too ("BM", "MZ"): these count only where the head is not text.
_SHORT_MAGIC = frozenset({"bmp", "emf", "exe", "mp3", "bzip2", "lzh", "cpio", "orc"})
# An Arrow stream: the mark before a message, its length, where its table starts.
_ARROW_STREAM = re.compile(rb"\xff{4}..[\x00-\x0f]\x00[\x04-\x40]\x00\x00\x00", re.DOTALL)
# DICOM without its preamble: an element of group 2 or 8 with its type, or with a short length and none.
_BARE_DICOM = re.compile(
    rb"[\x02\x08]\x00[\x00\x01\x05\x08\x12\x16]\x00(?:UL\x04\x00|OB\x00\x00|(?:CS|UI|DA)[\x02-\x40]\x00|"
    rb"[\x02-\x40]\x00\x00\x00)|\x00[\x02\x08]\x00[\x00\x01\x05\x08\x12\x16](?:UL\x00\x04|(?:CS|UI|DA)\x00[\x02-\x40])"
)


_PDF_OBJECT = re.compile(rb"\d \d{1,5} obj\b")
_PDF_END = 2 << 10  # bytes within which a PDF says where its table of objects is


def sniff(stream: BinaryIO) -> str:
    """Return the kind of an open object, leaving the stream at its start; "unknown" when we know none."""
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    kind = _by_magic(head, stream) or kind_of_text(head, whole=len(head) < HEAD_BYTES)
    stream.seek(0)
    return kind


def _is_pdf(head: bytes, place: int, stream: BinaryIO) -> bool:
    """Tell a PDF behind what a printer or a mail put before it from a text that speaks of one."""
    before = decode(head[:place])
    if isinstance(before, Decoded) and before.text.strip() and head[place - 1] not in b"\r\n":
        return False
    end = stream.seek(0, 2)
    stream.seek(max(0, end - _PDF_END))
    return _PDF_OBJECT.search(head) is not None or b"startxref" in stream.read()


def _by_magic(head: bytes, stream: BinaryIO) -> str | None:
    # before tiff and pdf: the preamble may open a picture, and a report may stand inside
    if head[128:132] == b"DICM" or _BARE_DICOM.match(head):
        return "dicom"
    if head.startswith(SIGNATURE):  # before pdf: one may be the first stream
        return ole_kind(stream)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK\x03\x04")):
        return zip_kind(stream, head)
    if (place := head.find(b"%PDF-", 0, 1028)) >= 0 and (not place or _is_pdf(head, place, stream)):
        return "pdf"
    if signed := cms_kind(head):
        return signed
    if _ARROW_STREAM.match(head):
        return "arrow"
    for offset, magic, kind in _BY_FIRST.get(head[0] if head else None, _BY_FIRST[None]):
        if head.startswith(magic, offset) and (
            kind not in _SHORT_MAGIC or b"\x00" in head or isinstance(decode(head[:4096]), Gap)
        ):
            return packed_in_program(stream) or kind if kind == "exe" else kind
    return packed_kind(head) or ("dbf" if is_dbf(head) else None)
