"""Which reader reads which kind: adding one is its module, its cases and one line here."""

from __future__ import annotations

from types import MappingProxyType

from scanners.extractors.archive import ZipArchive
from scanners.extractors.compressed import Compressed, Filtered
from scanners.extractors.interface import Extractor
from scanners.extractors.locked_office import LockedOffice
from scanners.extractors.mail import Mail
from scanners.extractors.pdf import Pdf
from scanners.extractors.plain import DelimitedText, Html, PlainText
from scanners.extractors.seven_zip import SevenZip
from scanners.extractors.spreadsheet import Workbook
from scanners.extractors.sqlite_file import SqliteFile
from scanners.extractors.tar import Tar
from scanners.extractors.unpacked import Unpacked
from scanners.extractors.word import WordDocument
from scanners.model import Reason

EXTRACTORS: MappingProxyType[str, Extractor] = MappingProxyType(
    {
        "txt": PlainText(),
        "json": PlainText(),
        "xml": PlainText(),
        "csv": DelimitedText(),
        "html": Html(),
        "docx": WordDocument(),
        "xlsx": Workbook(),
        "pdf": Pdf(),
        "eml": Mail(),
        "zip": ZipArchive(),
        "sqlite": SqliteFile(),
        "ole-encrypted": LockedOffice(),
        "tar": Tar(),
        "7z": SevenZip(),
        **{kind: Compressed(kind) for kind in ("gzip", "bzip2", "xz", "lzma", "zstd")},
        **{kind: Filtered(kind) for kind in ("compress", "lz4", "lzip")},
        **{kind: Unpacked(kind) for kind in ("lzh", "rar", "cab", "ar", "cpio", "iso", "warc")},
    }
)

REFUSED = MappingProxyType({"odf-encrypted": Reason.ENCRYPTED, "unknown": Reason.UNDECODABLE})
"""Kinds known to be unreadable, and why; a kind in neither table is UNSUPPORTED."""
