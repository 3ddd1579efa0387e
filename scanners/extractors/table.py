"""Which reader reads which kind: adding one is its module, its cases and one line here."""

from __future__ import annotations

from types import MappingProxyType

from scanners.extractors.access_file import AccessFile
from scanners.extractors.archive import ZipArchive
from scanners.extractors.avro_file import AvroFile
from scanners.extractors.calendar_file import Calendar
from scanners.extractors.cda import ClinicalDocument
from scanners.extractors.checkup import Checkup
from scanners.extractors.columnar import ArrowIpc, Orc, Parquet
from scanners.extractors.compressed import Compressed, Filtered
from scanners.extractors.contacts import Ldif, VCard
from scanners.extractors.dbf import Dbf
from scanners.extractors.dicom import Dicom
from scanners.extractors.doc import BinaryWord
from scanners.extractors.dpc import Dpc
from scanners.extractors.duckdb_file import DuckdbFile
from scanners.extractors.escaped import JAPANESE_ESCAPES, JSON_ESCAPE, EscapedText
from scanners.extractors.fhir import Fhir
from scanners.extractors.hl7 import Hl7
from scanners.extractors.ichitaro import Ichitaro
from scanners.extractors.image import HeicPicture, Picture
from scanners.extractors.interface import Extractor
from scanners.extractors.locked_office import LockedOffice, OrLocked
from scanners.extractors.mail import Mail
from scanners.extractors.mailbox_file import Mailbox
from scanners.extractors.ole_other import OtherCompound
from scanners.extractors.onenote import OneNote
from scanners.extractors.opendocument import FlatOpenDocument, OpenDocument
from scanners.extractors.outlook import OutlookMessage
from scanners.extractors.pages import Html, Xml
from scanners.extractors.pdf import Pdf
from scanners.extractors.plain import DelimitedText
from scanners.extractors.ppt import PowerPoint
from scanners.extractors.presentation import Presentation
from scanners.extractors.pst import OutlookStore
from scanners.extractors.receipts import Receipts
from scanners.extractors.rtf import Rtf
from scanners.extractors.seven_zip import SevenZip
from scanners.extractors.signed import SignedMessage
from scanners.extractors.sqlite_file import SqliteFile
from scanners.extractors.tar import Tar
from scanners.extractors.tnef import Tnef
from scanners.extractors.unpacked import Unpacked
from scanners.extractors.visio import BinaryVisio, VisioDrawing
from scanners.extractors.word import WordDocument
from scanners.extractors.workbook import Workbook
from scanners.extractors.xls_extras import BinaryWorkbook
from scanners.model import Reason

EXTRACTORS: MappingProxyType[str, Extractor] = MappingProxyType(
    {
        "txt": EscapedText(JAPANESE_ESCAPES),
        "json": EscapedText(JSON_ESCAPE),
        "xml": Xml(),
        "csv": DelimitedText(),
        "html": Html(),
        "docx": WordDocument(),
        "xlsx": Workbook(),
        "xlsb": Workbook(),
        "pptx": Presentation(),
        "odt": OpenDocument(),
        "ods": OpenDocument(),
        "odp": OpenDocument(),
        "odg": OpenDocument(),
        "odf": OpenDocument(),
        "fodt": FlatOpenDocument(),
        "epub": ZipArchive(),
        "pdf": Pdf(),
        "eml": Mail(),
        "zip": ZipArchive(),
        "sqlite": SqliteFile(),
        "doc": OrLocked(BinaryWord()),
        "xls": OrLocked(BinaryWorkbook()),
        "ppt": OrLocked(PowerPoint()),
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
        "ole-encrypted": LockedOffice(),
        "tar": Tar(),
        "7z": SevenZip(),
        **{kind: Compressed(kind) for kind in ("gzip", "bzip2", "xz", "lzma", "zstd")},
        **{kind: Filtered(kind) for kind in ("compress", "lz4", "lzip")},
        **{kind: Unpacked(kind) for kind in ("lzh", "rar", "cab", "ar", "cpio", "iso", "warc")},
        "uke": Receipts(),
        "hl7": Hl7(),
        "dpc": Dpc(),
        "fhir": Fhir(),
        "cda": ClinicalDocument(),
        "medis": Checkup(),
        "png": Picture(),
        "jpeg": Picture(),
        "gif": Picture(),
        "tiff": Picture(),
        "bmp": Picture(),
        "webp": Picture(),
        "avif": Picture(),
        "heic": HeicPicture(),
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

REFUSED = MappingProxyType(
    {
        "odf-encrypted": Reason.ENCRYPTED,
        "cms-encrypted": Reason.ENCRYPTED,
        "unknown": Reason.UNDECODABLE,
    }
)
"""Kinds known to be unreadable, and why; a kind in neither table is UNSUPPORTED."""
