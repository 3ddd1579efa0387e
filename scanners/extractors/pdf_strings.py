"""Strings out of pdfium: it says how long one is, then fills a buffer of that length."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable

import pypdfium2.raw as pdfium

from scanners.encodings import Decoded, decode
from scanners.errors import ExtractionError
from scanners.model import Gap, Reason

_LONGEST = 64 << 20
_SPECIAL = (  # PDFDocEncoding (ISO 32000-1, annex D.2) from 0x80 on; NUL for its three codes without a letter
    "\u2022\u2020\u2021\u2026\u2014\u2013\u0192\u2044\u2039\u203a\u2212\u2030\u201e\u201c\u201d\u2018"
    "\u2019\u201a\u2122\ufb01\ufb02\u0141\u0152\u0160\u0178\u017d\u0131\u0142\u0153\u0161\u017e\x00\u20ac"
)
_ACCENTS = "\u02d8\u02c7\u02c6\u02d9\u02dd\u02db\u02da\u02dc"  # its codes 0x18 to 0x1f
_CODES = (
    {chr(code): code for code in (*range(1, 0x18), *range(0x20, 0x7F), *range(0xA1, 0x100))}
    | {letter: code for code, letter in enumerate(_ACCENTS, 0x18)}
    | {letter: code for code, letter in enumerate(_SPECIAL, 0x80)}
)
_WITHOUT_LETTER = (0xAD, 0x9F)  # "く" and "ぁ" of Shift_JIS end in them
_JAPANESE = re.compile("[\u3041-\u30fe\u4e00-\u9fff]")
_IN_A_ROW = re.compile("[\u3041-\u30fe\u4e00-\u9fff]{2}")
_RARE = b"\x98\x9f"  # kanji of JIS X 0208's second level follow in Shift_JIS


def narrow(fill: Callable[[object, int], int], encoding: str = "utf-8") -> str:
    """Return a string that pdfium gives as bytes."""
    data = content(fill)
    return data.decode(encoding, errors="replace").rstrip("\x00")


def wide(fill: Callable[[object, int], int]) -> str:
    """Return a string that pdfium gives as UTF-16 in a buffer of its own type."""

    def typed(buffer: object, length: int) -> int:
        target = ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)) if buffer else None  # type: ignore[arg-type]  # a buffer of ours
        return fill(target, length)

    text = narrow(typed, "utf-16-le")
    return text if text.isascii() else reread(text)


def reread(text: str) -> str:
    """Return what was taken for PDFDocEncoding in the Japanese encoding that it really is in, if it is.

    A string that has no byte order mark is in PDFDocEncoding; old Japanese programs wrote their own.
    """
    for stand_in in _WITHOUT_LETTER:
        try:
            raw = bytes([stand_in if letter == "\x00" else _CODES[letter] for letter in text])
        except KeyError:
            return text
        found = decode(raw)
        if isinstance(found, Decoded) and not found.damaged and _is_japanese(found):
            return found.text
        if "\x00" not in text:
            break
    return text


def _is_japanese(found: Decoded) -> bool:
    """Tell Japanese from an accent and a letter that make a rare character: it has everyday ones in a row."""
    letters = _JAPANESE.findall(found.text)
    if found.encoding == "utf-8" or not letters:
        return bool(letters)
    everyday = sum(letter.encode("cp932", errors="ignore") < _RARE for letter in letters)
    return _IN_A_ROW.search(found.text) is not None and 2 * everyday >= len(letters)


def content(fill: Callable[[object, int], int]) -> bytes:
    """Return the bytes that pdfium gives, nothing where it gives none.

    Raises `ExtractionError` OVERSIZED for more than a string can have.
    """
    length = int(fill(None, 0))
    if length > _LONGEST:
        raise ExtractionError(Gap(Reason.OVERSIZED, f"a string of more than {_LONGEST} bytes"))
    if length <= 0:
        return b""
    buffer = ctypes.create_string_buffer(length)
    fill(buffer, length)
    return buffer.raw
