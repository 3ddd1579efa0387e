"""Strict XML events and lenient HTML, both without network, entities or external files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import BinaryIO, Literal, cast

from lxml import etree

from scanners.extractors.interface import Budget

_BLOCKS = re.compile(
    "(p|div|br|tr|li|ul|ol|dl|dt|dd|table|h[1-6]|section|article|header|footer|form|hr|pre|title|blockquote)$"
)
# Furigana and their brackets would stand inside names.
_SILENT = frozenset({"script", "style", "noscript", "template", "rt", "rp", "rtc"})
_TAG = re.compile(r"<[A-Za-z/]")
_SHALLOW = 1_000  # tags: libxml2 leaves out what is nested deeper than 2,048
_TELLING = ("alt", "title", "placeholder", "aria-label")
_DESCRIBING = frozenset({"author", "description", "keywords", "creator", "owner", "reply-to", "contact"})
_SPACES = re.compile(r"[ \t\r\f\v]+")


def page_roots(html: str) -> list[etree._Element]:
    """Return what stands side by side at the top of a page, however malformed it is; [] for no markup.

    Behind its end tag a page may go on: footers of mailing lists, further pages. Where tags are nested deeper
    than libxml2 goes (unclosed ones of old pages nest line by line) it would leave the rest out without a
    word: such a page is read in parts.
    """
    parser = _parser()
    root = _parsed(html, parser)
    if root is None:
        return []
    last = parser.error_log.last_error
    if last is not None and last.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        parts = (_parsed(part, _parser()) for part in _shallow(html))
        return [each for part in parts if part is not None for each in _beside(part)]
    return _beside(root)


def _parser() -> etree.HTMLParser:
    # lxml refuses a str that declares its encoding: hand over bytes in a known one
    return etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True)


def _parsed(html: str, parser: etree.HTMLParser) -> etree._Element | None:
    try:
        return etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None


def _beside(root: etree._Element) -> list[etree._Element]:
    return [*reversed(list(root.itersiblings(preceding=True))), root, *root.itersiblings()]


def _shallow(html: str) -> Iterator[str]:
    """Yield a page in parts of so few tags that none is nested too deep."""
    start = 0
    for number, tag in enumerate(_TAG.finditer(html), start=1):
        if not number % _SHALLOW:
            yield html[start : tag.start()]
            start = tag.start()
    yield html[start:]


def visible_text(html: str) -> str:
    """Return the text of a page with line ends between blocks and tabs between cells."""
    roots = page_roots(html)
    return text_of(roots) if roots else stripped(html)


def stripped(html: str) -> str:
    """Return a page without its tags: of what is no tree, or would be too large a one."""
    return _SPACES.sub(" ", unescape(re.sub(r"<[^<>]*>", " ", html))).strip()


def text_of(roots: Iterable[etree._Element]) -> str:
    """Return the visible text of a page's trees; a root that pages do not show is shown here."""
    out: list[str] = []
    for root in roots:
        if isinstance(root.tag, str):
            out.append("\n")
            _collect(root, out)
    text = _SPACES.sub(" ", "".join(out)).replace("\x00", "\t")
    return "\n".join(filter(None, (line.strip() for line in text.split("\n"))))


def _collect(root: etree._Element, out: list[str]) -> None:
    """Walk without recursion: hostile pages nest thousands deep."""
    silent = 0
    readings: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "comment":
            if not silent:
                out.append(element.tail or "")
            continue
        name = str(element.tag).lower()
        if event == "start":
            silent += name in _SILENT and element is not root
            if name in ("rt", "ruby"):
                readings.append(" " if name == "ruby" else "".join(map(str, element.itertext())).strip())
            if not silent:
                if readings and _BLOCKS.match(name):
                    _tell(readings, out)
                out.append("\n" if _BLOCKS.match(name) else "\x00" if name in ("td", "th") else "")
                out.append(_unseen(element, name))
                out.append(element.text or "")
        elif element is not root:
            silent -= name in _SILENT
            if not silent:
                target = element.get("href", "") if name == "a" else ""
                if target.startswith(("mailto:", "tel:")):
                    out.append(f" {target.partition(':')[2].partition('?')[0]} ")
                if readings and _BLOCKS.match(name):
                    _tell(readings, out)
                out.append("\n" if _BLOCKS.match(name) else "")
                out.append(element.tail or "")
    _tell(readings, out)


def _tell(readings: list[str], out: list[str]) -> None:
    """Tell furigana behind the block whose words they stand over, which they would split."""
    told = "".join(readings).strip()
    out.append(f"\n{told}\n" if told else "")
    readings.clear()


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
