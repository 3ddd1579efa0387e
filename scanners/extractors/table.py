"""Which reader reads which kind: adding one is its module, its cases and one line here."""

from __future__ import annotations

from types import MappingProxyType

from scanners.extractors.archive import ZipArchive
from scanners.extractors.doc import BinaryWord
from scanners.extractors.ichitaro import Ichitaro
from scanners.extractors.interface import Extractor
from scanners.extractors.mail import Mail
from scanners.extractors.mailbox_file import Mailbox
from scanners.extractors.ole_other import OtherCompound
from scanners.extractors.onenote import OneNote
from scanners.extractors.outlook import OutlookMessage
from scanners.extractors.pdf import Pdf
from scanners.extractors.plain import DelimitedText, Html, PlainText
from scanners.extractors.ppt import PowerPoint
from scanners.extractors.pst import OutlookStore
from scanners.extractors.rtf import Rtf
from scanners.extractors.signed import SignedMessage
from scanners.extractors.spreadsheet import Workbook
from scanners.extractors.sqlite_file import SqliteFile
from scanners.extractors.tnef import Tnef
from scanners.extractors.visio import BinaryVisio, VisioDrawing
from scanners.extractors.word import WordDocument
from scanners.extractors.xls_extras import BinaryWorkbook
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
        "doc": BinaryWord(),
        "xls": BinaryWorkbook(),
        "ppt": PowerPoint(),
        "rtf": Rtf(),
        "msg": OutlookMessage(),
        "mbox": Mailbox(),
        "pst": OutlookStore(),
        "tnef": Tnef(),
        "cms": SignedMessage(),
        "vsdx": VisioDrawing(),
        "vsd": BinaryVisio(),
        "jtd": Ichitaro(),
        "one": OneNote(),
        "ole": OtherCompound(),
    }
)

REFUSED = MappingProxyType(
    {"ole-encrypted": Reason.ENCRYPTED, "cms-encrypted": Reason.ENCRYPTED, "unknown": Reason.UNDECODABLE}
)
"""Kinds known to be unreadable, and why; a kind in neither table is UNSUPPORTED."""
