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


def unlocked(source: BinaryIO, budget: Budget) -> tuple[pypdfium2.PdfDocument, str]:
    """Return the open document and how it was opened; raises `ExtractionError` DAMAGED or ENCRYPTED."""
    document = _opened(source, None)
    if document is not None:
        return document, ""
    key = tried(budget, lambda password: _opened(source, password), "pdf")
    return key.opened, key.note


def _opened(source: BinaryIO, password: str | None) -> pypdfium2.PdfDocument | None:
    source.seek(0)
    try:
        return pypdfium2.PdfDocument(source, password=password)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            return None
        raise ExtractionError(Gap(Reason.DAMAGED, "pdf")) from None
    except MALFORMED as error:
        raise ExtractionError(Gap(Reason.DAMAGED, type(error).__name__)) from None
