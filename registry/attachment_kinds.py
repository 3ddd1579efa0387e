"""What kind of file somebody attaches: told by its content, never by the suffix of its name.

Only what people keep as proof is taken: documents, tables, pictures, mails and plain texts. Programs, pages
and archives of anything are not: who opens an attachment trusts the colleague who gave it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

SUFFIXES: Mapping[str, str] = {
    "pdf": "pdf",
    "png": "png",
    "jpeg": "jpg",
    "docx": "docx",
    "xlsx": "xlsx",
    "pptx": "pptx",
    "eml": "eml",
    "text": "txt",
}
"""Kind -> suffix under which it is handed out, whatever it was called."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
)
_OFFICE = (("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"), ("ppt/presentation.xml", "pptx"))
_HEADER = re.compile(r"(?:from|to|subject|date|message-id|mime-version|received|return-path):", re.IGNORECASE)
_PAGE = re.compile(r"\s*(?:<\?xml|<!doctype|<html|<svg|<script)", re.IGNORECASE)
_PROGRAM = re.compile(r"#!|@echo off", re.IGNORECASE)
_MACROS = ("vbaProject.bin", "macrosheets/")


def kind_of(data: bytes) -> str | None:
    """Return the kind of a file's bytes, None for what is not taken."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    return _text(data)


def _office(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return None
    if "[Content_Types].xml" not in names or any(mark in name for name in names for mark in _MACROS):
        return None
    return next((kind for name, kind in _OFFICE if name in names), None)


def _text(data: bytes) -> str | None:
    text = _decoded(data)
    if text is None or any(ord(letter) < 32 and letter not in "\t\n\r\f\x1b" for letter in text):
        return None
    if _PAGE.match(text) or _PROGRAM.match(text):
        return None
    head = text[:4096].splitlines()
    return "eml" if sum(bool(_HEADER.match(line)) for line in head) >= 3 else "text"


def _decoded(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
