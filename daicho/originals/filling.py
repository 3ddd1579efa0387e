"""Opens a body's form as what it is, and fills it in with the values of a pack."""

from __future__ import annotations

import re
from collections.abc import Mapping

from daicho.letters.pack import shown
from daicho.originals.package import opened_package
from daicho.originals.word import WordForm
from daicho.originals.workbook import ExcelForm
from privacy_mark.pack.building import Preview
from privacy_mark.pack.original_use import Used
from privacy_mark.pack.sheets import Row

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def opened(data: bytes) -> WordForm | ExcelForm:
    """Return a file as a form; OriginalRefusedError for what is not taken."""
    package = opened_package(data)
    return WordForm(package) if package.kind == "docx" else ExcelForm(package)


def values(rows: Mapping[str, Row | None], language: str) -> Mapping[str, str | int]:
    """Return what stands in each place, as the pack's documents show it; whole numbers stay numbers."""
    found: dict[str, str | int] = {}
    for place, row in rows.items():
        value = row.value if row else None
        if isinstance(value, int) and not isinstance(value, bool):
            found[place] = value
        else:
            found[place] = _NO_XML.sub("", shown(value, language))
    return found


def filled(preview: Preview, used: Used, data: bytes) -> bytes:
    """Return a form filled in; the same values give the same bytes."""
    return opened(data).filled(values(used.rows, preview.language))
