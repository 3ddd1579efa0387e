"""Pdfium as we use it: without the machine's fonts.

For a font that a document names and does not hold, pdfium opens the fonts of the machine one after the other
in search of a like one, several times for each document. Text does not depend on the glyphs, and what is read
should not differ between machines.
"""

from __future__ import annotations

import ctypes

import pypdfium2.raw as pdfium

_NO_FOLDERS = (ctypes.c_char_p * 1)(None)  # the list ends at once; pdfium keeps its address


def without_system_fonts() -> None:
    """Start pdfium again with no folder of fonts; no document may be open.

    Only Linux looks at this setting (`FPDF_LIBRARY_CONFIG.m_pUserFontPaths`); others search as before.
    """
    folders = ctypes.cast(_NO_FOLDERS, ctypes.POINTER(ctypes.POINTER(ctypes.c_char)))
    pdfium.FPDF_DestroyLibrary()
    pdfium.FPDF_InitLibraryWithConfig(pdfium.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=folders))
