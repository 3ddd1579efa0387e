"""Strict XML events and lenient HTML, both without network, entities or external files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import BinaryIO, Literal, cast

from lxml import etree

from scanners.extractors.interface import Budget

_BLOCKS = re.compile(
    "(p|div|br|tr|li|ul|ol|dl|dt|dd|table|h[1-6]|section|article|header|footer|form|hr|pre|title|blockquote)$"
)
_SILENT = frozenset({"script", "style", "noscript", "template"})
_TELLING = ("alt", "title", "placeholder", "aria-label")
_DESCRIBING = frozenset({"author", "description", "keywords", "creator", "owner", "reply-to", "contact"})
_SPACES = re.compile(r"[ \t\r\f\v]+")


def page_root(html: str) -> etree._Element | None:
    """Return a page's tree, however malformed it is; None for nothing that is markup."""
    # lxml refuses a str that declares its encoding: hand over bytes in a known one
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True)
    try:
        return etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None


def visible_text(html: str) -> str:
    """Return the text of a page with line ends between blocks and tabs between cells."""
    root = page_root(html)
    return stripped(html) if root is None else text_of(root)


def stripped(html: str) -> str:
    """Return a page without its tags: of what is no tree, or would be too large a one."""
    return _SPACES.sub(" ", unescape(re.sub(r"<[^<>]*>", " ", html))).strip()


def text_of(root: etree._Element) -> str:
    """Return the visible text of a page's tree."""
    out: list[str] = []
    _collect(root, out)
    text = _SPACES.sub(" ", "".join(out)).replace("\x00", "\t")
    return "\n".join(filter(None, (line.strip() for line in text.split("\n"))))


def _collect(root: etree._Element, out: list[str]) -> None:
    """Walk without recursion: hostile pages nest thousands deep."""
    silent = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "comment":
            if not silent:
                out.append(element.tail or "")
            continue
        name = str(element.tag).lower()
        if event == "start":
            silent += name in _SILENT
            if not silent:
                out.append("\n" if _BLOCKS.match(name) else "\x00" if name in ("td", "th") else "")
                out.append(_unseen(element, name))
                out.append(element.text or "")
        else:
            silent -= name in _SILENT
            if not silent:
                target = element.get("href", "") if name == "a" else ""
                if target.startswith(("mailto:", "tel:")):
                    out.append(f" {target.partition(':')[2].partition('?')[0]} ")
                out.append("\n" if _BLOCKS.match(name) else "")
                out.append(element.tail or "")


def _unseen(element: etree._Element, name: str) -> str:
    """Return what a page holds beside its text: alternative texts, filled fields, its description."""
    said = [element.get(each, "") for each in _TELLING]
    if name == "meta" and element.get("name", "").lower() in _DESCRIBING:
        said.append(element.get("content", ""))
    if name in ("input", "option", "button") and element.get("type", "").lower() not in (
        "password",
        "submit",
    ):
        said.append(element.get("value", ""))
    found = [each.strip() for each in said if each.strip()]
    return f" {' '.join(found)} " if found else ""


class CountedStream:
    """A readable whose bytes are counted against the budget as they really come out."""

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes; raises `ExtractionError` when too many have come out."""
        data = self._stream.read(size if size and size > 0 else 1 << 16)
        self._budget.spend(len(data))
        return data


XmlEvent = tuple[Literal["start", "end"], etree._Element]  # noqa: SLF001  lxml has no public name for the type


def xml_events(stream: BinaryIO, budget: Budget) -> Iterator[XmlEvent]:
    """Yield start and end events of a document; raises `etree.XMLSyntaxError` where it is malformed."""
    source = cast("BinaryIO", CountedStream(stream, budget))
    events = etree.iterparse(
        source,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    for event, element in events:
        yield ("start" if event == "start" else "end"), element


def release(element: etree._Element) -> None:
    """Forget a finished element and its finished siblings, so that memory stays small."""
    element.clear()
    while element.getprevious() is not None:
        parent = element.getparent()
        if parent is None:
            return
        del parent[0]


def local_name(element: etree._Element) -> str:
    """Return the tag without its namespace."""
    return str(element.tag).rpartition("}")[2]
