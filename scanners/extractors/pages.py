"""Web pages and XML: what a reader sees, and what stands in the page unseen."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from scanners.encodings import Decoded, decode
from scanners.errors import ExtractionError
from scanners.extractors.headings import is_heading
from scanners.extractors.interface import Budget, Extracted, Member, size_of
from scanners.extractors.markup import page_roots, stripped, text_of
from scanners.extractors.plain import WHOLE_BYTES, PlainText, lines_in, pieces
from scanners.extractors.unseen import unseen_of
from scanners.model import Gap, Reason, TextSegment

_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z][\w:.-]{1,40})""")
_DECLARED_HEAD = 4096
# Said of pages that hold anything: what stands there in fact is judged by the bytes.
_NOTHING_SAID = frozenset(
    {"utf-8", "utf8", "iso-8859-1", "latin1", "windows-1252", "us-ascii", "ascii", "utf-16"}
)
_WIDER = {"shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "sjis": "cp932", "gb2312": "gb18030"}
_WIDER |= {"gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "iso-2022-jp": ""}
_REFERENCE = re.compile(r"&#(?:[xX][0-9a-fA-F]{2,6}|\d{2,7});")
_NAMED = re.compile(
    r"""\b(?:name|key|label|field|caption)\s*=\s*["']([^"'<>]{1,40})["']"""
    r"""(?:\s+(?:value|val|content|data|text)\s*=\s*["']([^"'<>]*)["']|\s*>)"""
)
_LARGEST_TREE = 16 << 20  # characters: a tree takes ten times as much room


def page_text(data: bytes) -> Decoded | Gap:
    """Decode a page: by its BOM, as UTF-8 where it is, as it declares, or as its bytes suggest."""
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff") and data[:3] != b"\xef\xbb\xbf":
        declared = _DECLARED.search(data[:_DECLARED_HEAD])
        name = declared[1].decode("ascii").lower() if declared else ""
        name = _WIDER.get(name, name)
        if name and name not in _NOTHING_SAID and b"\x1b$" not in data:
            for encoding in ("utf-8", name):
                try:
                    return Decoded(data.decode(encoding), encoding)
                except (UnicodeDecodeError, LookupError, ValueError):
                    continue
    return decode(data)


def _read(stream: BinaryIO) -> Decoded:
    if size_of(stream) > WHOLE_BYTES:
        raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {WHOLE_BYTES} bytes"))
    decoded = page_text(stream.read())
    if isinstance(decoded, Gap):
        raise ExtractionError(decoded)
    return decoded


class Html:
    """A web page: what a reader sees, then attributes, remarks, data for programs, and files inside."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the visible text as one passage, and everything unseen by where it stands."""
        decoded = _read(stream)
        large = len(decoded.text) > _LARGEST_TREE
        roots = [] if large else page_roots(decoded.text)
        text = text_of(roots) if roots else stripped(decoded.text)
        budget.spend(len(text))
        if text:
            yield from (TextSegment(piece.text, "html") for piece in pieces(text))
        unseen = unseen_of(roots)
        for place, lines in (
            ("html attributes", unseen.attributes),
            ("html comments", unseen.comments),
            ("html data", unseen.scripts),
        ):
            joined = "\n".join(dict.fromkeys(lines))
            budget.spend(len(joined))
            if joined:
                yield from (TextSegment(piece.text, place) for piece in pieces(joined))
        for number, (kind, data) in enumerate(unseen.files, start=1):
            budget.member()
            budget.spend(len(data))
            yield Member(f"data {number} {kind}".strip(), io.BytesIO(data), len(data))
        if large:
            told = f"attributes, comments, scripts and embedded files: more than {_LARGEST_TREE} characters"
            yield Gap(Reason.OVERSIZED, told)
        if decoded.damaged:
            yield Gap(Reason.UNDECODABLE, f"{decoded.damaged} characters")


def _pair(found: re.Match[str]) -> str:
    """Write a field's name before its value, as a person would: 氏名: 山田太郎."""
    name, value = found[1], found[2]
    if not is_heading(name):
        return found[0]
    return f"{name}: {value} " if value is not None else f">{name}: "


class Xml:
    """XML as it stands, tags and names of attributes as labels.

    Where characters are written as numbers it is told as what they mean, and a field's name that stands in
    an attribute as the label of its value.
    """

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the text by its offsets; pieces that had to be changed by their lines."""
        if size_of(stream) > WHOLE_BYTES:
            yield from PlainText().segments(stream, budget)
            return
        decoded = _read(stream)
        line = 1
        for piece in pieces(decoded.text):
            last = line + lines_in(piece.text)
            text = _REFERENCE.sub(lambda found: html.unescape(found[0]), piece.text)
            text = _NAMED.sub(_pair, text)
            if text != piece.text:
                yield TextSegment(text, f"lines {line}-{last}" if last > line else f"line {line}")
            else:
                yield piece
            line = last
        if decoded.damaged:
            yield Gap(Reason.UNDECODABLE, f"{decoded.damaged} characters")
