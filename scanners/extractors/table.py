"""Which reader reads which kind: adding one is its module, its cases and one line here."""

from __future__ import annotations

from types import MappingProxyType

from scanners.extractors.access_file import AccessFile
from scanners.extractors.archive import ZipArchive
from scanners.extractors.avro_file import AvroFile
from scanners.extractors.calendar_file import Calendar
from scanners.extractors.columnar import ArrowIpc, Orc, Parquet
from scanners.extractors.contacts import Ldif, VCard
from scanners.extractors.dbf import Dbf
from scanners.extractors.dicom import Dicom
from scanners.extractors.duckdb_file import DuckdbFile
from scanners.extractors.interface import Extractor
from scanners.extractors.mail import Mail
from scanners.extractors.pages import Html, Xml
from scanners.extractors.pdf import Pdf
from scanners.extractors.plain import DelimitedText, PlainText
from scanners.extractors.spreadsheet import Workbook
from scanners.extractors.sqlite_file import SqliteFile
from scanners.extractors.word import WordDocument
from scanners.model import Reason

EXTRACTORS: MappingProxyType[str, Extractor] = MappingProxyType(
    {
        "txt": PlainText(),
        "json": PlainText(),
        "xml": Xml(),
        "csv": DelimitedText(),
        "html": Html(),
        "docx": WordDocument(),
        "xlsx": Workbook(),
        "pdf": Pdf(),
        "eml": Mail(),
        "zip": ZipArchive(),
        "sqlite": SqliteFile(),
        "vcard": VCard(),
        "ics": Calendar(),
        "ldif": Ldif(),
        "duckdb": DuckdbFile(),
        "access": AccessFile(),
        "dbf": Dbf(),
        "dicom": Dicom(),
        "parquet": Parquet(),
        "arrow": ArrowIpc(),
        "orc": Orc(),
        "avro": AvroFile(),
    }
)

REFUSED = MappingProxyType({"ole-encrypted": Reason.ENCRYPTED, "unknown": Reason.UNDECODABLE})
"""Kinds known to be unreadable, and why; a kind in neither table is UNSUPPORTED."""
