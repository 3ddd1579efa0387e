"""Pdfium as we use it: with one Japanese font of our own instead of the machine's.

For a font that a document names and does not hold, pdfium opens the fonts of the machine one after the other
in search of a like one, several times for each document; and where there is none, text that runs downwards is
lost, because its letters have no extent. What is read must not differ between machines.
"""

from __future__ import annotations

import ctypes
import importlib.util
from pathlib import Path

import pypdfium2.raw as pdfium

_FONTS = "noto_cjk_sans_jp_regular"  # a package that holds the font of our own documents
_kept: list[object] = []  # pdfium holds its address


def with_own_font() -> None:
    """Start pdfium again with our folder of fonts as its only one; no document may be open.

    Only Linux looks at this setting (`FPDF_LIBRARY_CONFIG.m_pUserFontPaths`); others search as before, as
    does an installation without the font.
    """
    package = importlib.util.find_spec(_FONTS)
    if package is None or package.origin is None:
        return
    folder = bytes(Path(package.origin).parent)
    folders = ctypes.cast((ctypes.c_char_p * 2)(folder, None), ctypes.POINTER(ctypes.POINTER(ctypes.c_char)))
    pdfium.FPDF_DestroyLibrary()
    pdfium.FPDF_InitLibraryWithConfig(pdfium.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=folders))
    _kept.append(folders)
