"""Which reader reads which kind: adding one is its module, its cases and one line here."""

from __future__ import annotations

from types import MappingProxyType

from scanners.extractors.archive import ZipArchive
from scanners.extractors.cda import ClinicalDocument
from scanners.extractors.checkup import Checkup
from scanners.extractors.dpc import Dpc
from scanners.extractors.escaped import JAPANESE_ESCAPES, JSON_ESCAPE, EscapedText
from scanners.extractors.fhir import Fhir
from scanners.extractors.hl7 import Hl7
from scanners.extractors.interface import Extractor
from scanners.extractors.mail import Mail
from scanners.extractors.pdf import Pdf
from scanners.extractors.plain import DelimitedText, Html, PlainText
from scanners.extractors.receipts import Receipts
from scanners.extractors.spreadsheet import Workbook
from scanners.extractors.sqlite_file import SqliteFile
from scanners.extractors.word import WordDocument
from scanners.model import Reason

EXTRACTORS: MappingProxyType[str, Extractor] = MappingProxyType(
    {
        "txt": EscapedText(JAPANESE_ESCAPES),
        "json": EscapedText(JSON_ESCAPE),
        "xml": PlainText(),
        "csv": DelimitedText(),
        "html": Html(),
        "docx": WordDocument(),
        "xlsx": Workbook(),
        "pdf": Pdf(),
        "eml": Mail(),
        "zip": ZipArchive(),
        "sqlite": SqliteFile(),
        "uke": Receipts(),
        "hl7": Hl7(),
        "dpc": Dpc(),
        "fhir": Fhir(),
        "cda": ClinicalDocument(),
        "medis": Checkup(),
    }
)

REFUSED = MappingProxyType({"ole-encrypted": Reason.ENCRYPTED, "unknown": Reason.UNDECODABLE})
"""Kinds known to be unreadable, and why; a kind in neither table is UNSUPPORTED."""
