"""Opens a PDF, a locked one with a listed password; one that only its owner's password restricts is open."""

from __future__ import annotations

from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget
from scanners.extractors.package import MALFORMED
from scanners.extractors.passwords import tried
from scanners.model import Gap, Reason


def unlocked(source: BinaryIO | bytes, budget: Budget) -> tuple[pypdfium2.PdfDocument, str]:
    """Return the open document and how it was opened; raises `ExtractionError` DAMAGED or ENCRYPTED."""
    document = _opened(source, None)
    if document is not None:
        return document, ""
    key = tried(budget, lambda password: _opened(source, password), "pdf")
    return key.opened, key.note


def _opened(source: BinaryIO | bytes, password: str | None) -> pypdfium2.PdfDocument | None:
    try:
        return _loaded(source, password)
    except pypdfium2.PdfiumError as error:
        if error.err_code not in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise ExtractionError(Gap(Reason.DAMAGED, "pdf")) from None
    except MALFORMED as error:
        raise ExtractionError(Gap(Reason.DAMAGED, type(error).__name__)) from None
    # pdfium may tell what it said of the file before: have it say something else, then ask again
    pdfium.FPDF_LoadMemDocument64(b"", 0, None)
    try:
        return _loaded(source, password)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            return None
        if error.err_code == pdfium.FPDF_ERR_SECURITY:
            raise ExtractionError(Gap(Reason.ENCRYPTED, "its encryption has no reader")) from None
        raise ExtractionError(Gap(Reason.DAMAGED, "pdf")) from None
    except MALFORMED as error:
        raise ExtractionError(Gap(Reason.DAMAGED, type(error).__name__)) from None


def _loaded(source: BinaryIO | bytes, password: str | None) -> pypdfium2.PdfDocument:
    if not isinstance(source, bytes):
        source.seek(0)
    return pypdfium2.PdfDocument(source, password=password)
