"""Strings out of pdfium: it says how long one is, then fills a buffer of that length."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pypdfium2.raw as pdfium

_LONGEST = 4 << 20


def narrow(fill: Callable[[object, int], int], encoding: str = "utf-8") -> str:
    """Return a string that pdfium gives as bytes."""
    data = content(fill)
    return data.decode(encoding, errors="replace").rstrip("\x00")


def wide(fill: Callable[[object, int], int]) -> str:
    """Return a string that pdfium gives as UTF-16 in a buffer of its own type."""

    def typed(buffer: object, length: int) -> int:
        target = ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)) if buffer else None  # type: ignore[arg-type]  # a buffer of ours
        return fill(target, length)

    return narrow(typed, "utf-16-le")


def content(fill: Callable[[object, int], int]) -> bytes:
    """Return the bytes that pdfium gives; nothing where it gives none, or more than a string can have."""
    length = int(fill(None, 0))
    if not 0 < length <= _LONGEST:
        return b""
    buffer = ctypes.create_string_buffer(length)
    fill(buffer, length)
    return buffer.raw
