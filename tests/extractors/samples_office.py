"""Office and OpenDocument samples of the readers' contract."""

from __future__ import annotations

from pathlib import Path

from tests.extractors import packages, packages_marked

FILES = Path(__file__).parent / "files"


def office(epub: bytes) -> dict[str, bytes]:
    """Return one sample of every kind; `epub` is a zip of pages."""
    made = {kind: (FILES / f"markers.{kind}").read_bytes() for kind in ("odt", "ods", "odp", "fodt")}
    return {
        **made,
        "odg": packages.open_document("graphics", DRAWING),
        "odf": packages.open_document("formula", MATHS),
        "pptx": packages_marked.presentation(),
        "xlsb": packages.binary_workbook(),
        "epub": epub,
    }


DRAWING = (
    "<office:drawing><draw:page draw:name='1'><draw:rect><text:p>架空太郎</text:p></draw:rect>"
    "</draw:page></office:drawing>"
)
MATHS = "<office:text><text:p>架空太郎</text:p></office:text>"
