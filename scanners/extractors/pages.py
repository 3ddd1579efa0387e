"""Web pages and XML: what a reader sees, and what stands in the page unseen."""

from __future__ import annotations

import binascii
import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from lxml import etree

from scanners.encodings import Decoded, decode
from scanners.errors import ExtractionError
from scanners.extractors.content_lines import from_base64
from scanners.extractors.headings import is_heading
from scanners.extractors.interface import Budget, Extracted, Member, size_of
from scanners.extractors.markup import page_root, stripped, text_of, visible_text
from scanners.extractors.plain import WHOLE_BYTES, PlainText, pieces
from scanners.model import Gap, Reason, TextSegment

_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z][\w:.-]{1,40})""")
_DECLARED_HEAD = 4096
# Said of pages that hold anything: what stands there in fact is judged by the bytes.
_NOTHING_SAID = frozenset(
    {"utf-8", "utf8", "iso-8859-1", "latin1", "windows-1252", "us-ascii", "ascii", "utf-16"}
)
_WIDER = {"shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "sjis": "cp932", "gb2312": "gb18030"}
_WIDER |= {"gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "iso-2022-jp": ""}
_ATTRIBUTES = (
    "alt",
    "title",
    "value",
    "placeholder",
    "aria-label",
    "label",
    "content",
    "summary",
    "datetime",
)
_SILENT_INPUTS = frozenset({"submit", "button", "reset", "checkbox", "radio", "image"})
_SETTINGS = re.compile(
    r"(?:width|initial-scale|text/|IE=|index|follow|no-?cache|[\d.,;:#/ %-]*$)", re.IGNORECASE
)
_LINKS = ("href", "src", "data", "action", "srcset", "background", "poster")
_REFERENCE = re.compile(r"&#(?:[xX][0-9a-fA-F]{2,6}|\d{3,7});")
_NAMED = re.compile(
    r"""\b(?:name|key|label|field|caption)\s*=\s*["']([^"'<>]{1,40})["']"""
    r"""(?:\s+(?:value|val|content|data|text)\s*=\s*["']([^"'<>]*)["']|\s*>)"""
)
_WORDS = re.compile(r"[^\x00-\x7f]{2}|@|\\u[0-9a-fA-F]{4}")
_LARGEST_TREE = 16 << 20  # characters: a tree takes ten times as much room
_NUMBER = re.compile(r"\d{4}")
_LABELLED = ("value", "content")
_DATA = re.compile(r"data:([\w/+.-]*)((?:;[\w=.-]+)*?)(;base64)?,(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


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
        root = None if large else page_root(decoded.text)
        text = stripped(decoded.text) if root is None else text_of(root)
        budget.spend(len(text))
        if text:
            yield from (TextSegment(piece.text, "html") for piece in pieces(text))
        unseen = _unseen(root)
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


@dataclass(slots=True)
class _Unseen:
    """What a page holds beside its visible text."""

    attributes: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)


def _unseen(root: etree._Element | None) -> _Unseen:
    found = _Unseen()
    outside = () if root is None else (*root.itersiblings(preceding=True), *root.itersiblings())
    for element in chain(outside, () if root is None else root.iter()):
        if isinstance(element, etree._Comment):  # noqa: SLF001  lxml has no public name for the type
            text = re.sub(r"<[^<>]*>", " ", element.text or "").strip()
            if text and not text.startswith("[if"):
                found.comments.append(html.unescape(text))
        elif isinstance(element.tag, str):
            _element(element, found)
    return found


def _element(element: etree._Element, found: _Unseen) -> None:
    name = str(element.tag).lower()
    if name in ("script", "noscript", "template"):
        text = "".join(str(part) for part in element.itertext()).strip()
        if "json" in element.get("type", "") or _WORDS.search(text):
            found.scripts.append(_ESCAPE.sub(_character, text))
    for key, value in element.attrib.items():
        text, key = str(value).strip(), str(key)  # noqa: PLW2901  typed as bytes too
        if key == "srcdoc":
            found.attributes.append(visible_text(text))
        elif key in _LINKS:
            _link(text, found)
        elif len(text) > 1 and _is_told(element, name, key, text):
            label = element.get("name") or element.get("property") or element.get("id") or ""
            found.attributes.append(f"{label}: {text}" if label and key in _LABELLED else text)


def _link(text: str, found: _Unseen) -> None:
    """Take what a link tells by itself: a file inside it, a mail address, a number."""
    scheme, _, target = text.partition(":")
    if scheme.lower() == "data":
        _file(text, found)
    elif scheme.lower() in ("mailto", "tel", "sms"):
        found.attributes.append(unquote_to_bytes(target).decode("utf-8", "replace"))
    elif "@" in text:
        found.attributes.append(text)


def _is_told(element: etree._Element, name: str, key: str, text: str) -> bool:
    """Tell whether an attribute says something to people: no setting, no word on a button."""
    if key.startswith("data-"):
        return _WORDS.search(text) is not None or _NUMBER.search(text) is not None
    if key not in _ATTRIBUTES or (name == "meta" and _SETTINGS.match(text)):
        return False
    return not (name == "input" and element.get("type", "").lower() in _SILENT_INPUTS)


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if code < 0x80 or 0xD800 <= code < 0xE000 else chr(code)


def _file(uri: str, found: _Unseen) -> None:
    parts = _DATA.match(uri)
    if parts is None:
        return
    try:
        raw = parts[4].encode("ascii", "ignore")
        data = from_base64(unquote_to_bytes(raw)) if parts[3] else unquote_to_bytes(raw)
    except binascii.Error:
        return
    if data:
        found.files.append((parts[1].replace("/", "."), data))


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
            last = line + piece.text.count("\n")
            text = _REFERENCE.sub(lambda found: html.unescape(found[0]), piece.text)
            text = _NAMED.sub(_pair, text)
            if text != piece.text:
                yield TextSegment(text, f"lines {line}-{last}" if last > line else f"line {line}")
            else:
                yield piece
            line = last
        if decoded.damaged:
            yield Gap(Reason.UNDECODABLE, f"{decoded.damaged} characters")
