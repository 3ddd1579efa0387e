"""What Word, Excel and PowerPoint files have in common (ECMA-376 part 2 and DrawingML).

Parts are told by their content type and found by their relations, wherever they lie. What none of the three
readers claims is read here: properties, charts, diagrams, custom XML, links, embedded objects and pictures,
and any part nobody knows. Left unread are parts that hold no text by their schema (styles, themes, fonts,
printer settings), the thumbnail, which is a picture of what is read anyway, and macros.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from lxml import etree

from scanners.extractors.flow import WHOLE_BYTES, Reading, flows, tree
from scanners.extractors.interface import Extracted
from scanners.extractors.markup import local_name
from scanners.extractors.part_names import told
from scanners.extractors.parts import Part, Parts, Relation, relations_in, unescaped
from scanners.extractors.word_sheet import HEAD
from scanners.model import Gap, Reason, TextSegment

DRAWING = (
    HEAD
    + """
<xsl:template match="a:t"><xsl:value-of select="."/></xsl:template>
<xsl:template match="a:p"><xsl:apply-templates/><xsl:text>&#10;</xsl:text></xsl:template>
<xsl:template match="a:pPr|a:rPr|a:endParaRPr"><xsl:apply-templates
  select=".//a:hlinkClick|.//a:hlinkMouseOver"/></xsl:template>
<xsl:template match="a:hlinkClick|a:hlinkMouseOver"><xsl:if test="@tooltip">{OPEN}h<xsl:value-of
  select="@tooltip"/>{CLOSE}</xsl:if></xsl:template>
<xsl:template match="a:bodyPr|p:spPr|xdr:spPr|a:lstStyle|p:timing|p:transition|p:style"/>
<xsl:template match="a:br"><xsl:text>&#10;</xsl:text></xsl:template>
<xsl:template match="p:cNvPr|xdr:cNvPr|dsp:cNvPr|cdr:cNvPr|pic:cNvPr|dgm:cNvPr|a:cNvPr|wps:cNvPr|wpg:cNvPr">
 <xsl:if test="@descr|@title|@name[contains(., '.')]">{OPEN}a<xsl:value-of
  select="concat(@descr, '&#10;', @title, '&#10;')"/>
  <xsl:if test="contains(@name, '.')"><xsl:value-of select="@name"/></xsl:if>{CLOSE}</xsl:if>
 <xsl:apply-templates/>
</xsl:template>
<xsl:template match="m:t"><xsl:value-of select="."/></xsl:template>
<xsl:template match="a:tbl">{TABLE}<xsl:apply-templates/>{TABLE_END}</xsl:template>
<xsl:template match="a:tblPr|a:tblGrid|a:tcPr"/>
<xsl:template match="a:tr">{ROW}<xsl:apply-templates/></xsl:template>
<xsl:template match="a:tc"><xsl:apply-templates/>{CELL}</xsl:template>
<xsl:template match="p:cm|p188:cm|p188:reply">{NOTE}<xsl:value-of
  select="@authorId"/>{STOP}<xsl:apply-templates select="*[not(self::p188:replyLst)]"/><xsl:apply-templates
  select="p188:replyLst"/></xsl:template>
<xsl:template match="xdr:from|xdr:to|xdr:pos"/>
<xsl:template match="xdr:twoCellAnchor|xdr:oneCellAnchor">{NOTE}<xsl:value-of
  select="concat(xdr:from/xdr:col, ' ', xdr:from/xdr:row)"/>{STOP}<xsl:apply-templates/></xsl:template>
<xsl:template match="xdr:absoluteAnchor">{NOTE}{STOP}<xsl:apply-templates/></xsl:template>
</xsl:stylesheet>"""
)
"""Slides, drawings and diagrams: text, tables, alternative texts; comments and anchors as notes."""

DRAWING_BLOCKS = frozenset({"sp", "pic", "graphicFrame", "cm", "twoCellAnchor", "oneCellAnchor", "pt"})

_OVERRIDE = re.compile(rb"<(?:\w+:)?(Override|Default)\s([^<>]*)>")
_ATTRIBUTE = re.compile(rb"\b(\w++)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_PAIRS = re.compile(rb"<Override PartName=\"([^\"]*)\" ContentType=\"([^\"]*)\"\s*/>")
_ENDINGS = re.compile(rb"<Default Extension=\"([^\"]*)\" ContentType=\"([^\"]*)\"\s*/>")
_TEXTLESS_TYPE = re.compile(
    r"(theme(override)?|styles(witheffects)?|fonttable|websettings|tablestyles|viewprops|presprops|calcchain|"
    r"printersettings|diagram(layout|style|colors)|chart(style|colorstyle)|obfuscatedfont|x-fontdata|"
    r"vbaproject|vbadata|attachedtoolbars|keymapcustomizations|binindex\w*)(\+xml)?$"
)
_TEXTLESS_NAME = re.compile(
    r"\[content_types\]\.xml$|docprops/thumbnail\.|(.*/)?("
    r"theme/theme\w*\.xml|fonttable\.xml|websettings\.xml|viewprops\.xml|presprops\.xml|tablestyles\.xml|"
    r"calcchain\.(xml|bin)|printersettings\w*\.bin|binaryindex\w*\.bin|vbaproject\.bin|"
    r"(layout|quickstyle|colors)\d+\.xml|\w+\.(odttf|fntdata)|itemprops\d*\.xml)$"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{120,}={0,2}|[A-Za-z0-9+/]{22,}={1,2}")
_BASE64_LINE = 60  # characters; shorter lines are a list that somebody wrote
_GUID = re.compile(r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
_SCHEMA = "http://www.w3.org/2001/XMLSchema"
_TELLING = frozenset(
    {
        *(
            "descr",
            "title",
            "alt",
            "displayName",
            "author",
            "userId",
            "tooltip",
            "display",
            "caption",
            "text",
        ),
        *("prompt", "promptTitle", "error", "errorTitle", "connection", "command", "sourceFile", "odcFile"),
        *("url", "href", "uniqueName", "query", "connectionString", "comment", "description", "string"),
    }
)
_TELLING_OF = {
    "scenario": {"name", "user"},
    "inputCells": {"val"},
    "filter": {"val"},
    "customFilter": {"val"},
    "tableColumn": {"name", "totalsRowLabel"},
    "tag": {"name", "val"},
    "sheetName": {"val"},
    "definedName": {"name"},
    "userInfo": {"name"},
    "cacheField": {"name"},
    "dataField": {"name"},
    "docVar": {"name", "val"},
}
_TOLD = re.compile(r"[^\x00-\x7f]|@")
_FACTS = re.compile(r"[\d\s.:,+-]*(T[\d:.]+Z?)?$|true$|false$|TRUE$|FALSE$")
_PROPERTY = re.compile(
    rb"<(?:\w+:)?property\s[^<>]*\bname=\"([^\"]*)\"|<(?:\w+:)?(\w+)(?:\s[^<>]*)?>([^<]+)</"
)
_ROLES = {"creator": "作成者", "lastModifiedBy": "最終更新者", "Manager": "管理者", "Company": "会社名"}
_PLAIN = ("lpstr", "lpwstr")
_WRITTEN = frozenset(
    {
        *_PLAIN,
        *("title", "subject", "creator", "keywords", "description", "category", "contentStatus"),
        *("lastModifiedBy", "identifier", "Company", "Manager", "HyperlinkBase", "PresentationFormat"),
    }
)
_DULL = frozenset(
    {"Application", "AppVersion", "revision", "created", "modified", "lastPrinted", "DocSecurity"}
)
_AUTHOR = re.compile(rb":author=(?:\"([^\"]+)\"|'([^']+)')")
_ONE_RELATION = 220  # bytes: a list with the shortest relation to a place outside is longer
_PAGES = (".xhtml", ".html", ".htm")
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|wdp|svg|webp|ico|pict?|eps)$", re.IGNORECASE)


def content_types(parts: Parts) -> dict[str, str]:
    """Return the last word of each part's content type, by the part's name in small letters."""
    data = parts.take("[Content_Types].xml") or b""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    pairs = _PAIRS.findall(data)
    endings = _ENDINGS.findall(data)
    if len(pairs) + len(endings) != data.count(b"<Override") + data.count(b"<Default"):
        pairs, endings = _typed(data)
    named = {unescaped(name).lstrip("/").lower(): _content(content) for name, content in pairs}
    by_ending = {unescaped(ending).lower(): _content(content) for ending, content in endings}
    for name in parts.all:
        folded = name.lower()
        if folded not in named:
            named[folded] = by_ending.get(folded.rpartition(".")[2], "")
    return named


def _typed(data: bytes) -> tuple[list[tuple[bytes, bytes]], list[tuple[bytes, bytes]]]:
    """Return the same of a list whose attributes stand in another order or form."""
    pairs, endings = [], []
    for kind, inside in _OVERRIDE.findall(data):
        values = {key: double or single for key, double, single in _ATTRIBUTE.findall(inside)}
        if kind == b"Override":
            pairs.append((values.get(b"PartName", b""), values.get(b"ContentType", b"")))
        else:
            endings.append((values.get(b"Extension", b""), values.get(b"ContentType", b"")))
    return pairs, endings


@lru_cache(maxsize=256)
def _content(declared: bytes) -> str:
    content = declared.decode("ascii", "replace").lower()
    return content if content.endswith("main+xml") else re.split(r"[./]", content)[-1]


def authors(data: bytes) -> set[str]:
    """Return who is named as the author of changes and comments."""
    if b":author=" not in data:
        return set()
    return {unescaped(double or single) for double, single in _AUTHOR.findall(data)}


def links(found: list[Relation]) -> str:
    """Return the addresses outside that relations lead to, as people write them."""
    shown = []
    for each in found:
        if each.outside:
            target = re.sub(r"^(?:mailto|tel):", "", each.target, flags=re.IGNORECASE)
            shown.append(unquote(target))
    return "\n".join(dict.fromkeys(shown))


def textless(data: bytes) -> bool:
    """Tell XML that has tags only, white space aside."""
    between = data.count(b">") - data.count(b"><") - data.count(b">\n<") - data.count(b">\r\n<")
    return between <= (1 if data.rstrip().endswith(b">") else 0)


_SAYS = (b"descr=", b"title=", b"alt=", b"string=", b"author=", b"instr=", b"tooltip=", b"listItem", b"alias")


def silent(data: bytes) -> bool:
    """Tell a part of a document that has neither text nor an attribute that people wrote."""
    return data[:1] == b"<" and textless(data) and not any(word in data for word in _SAYS)


def harvest(data: bytes, *, custom: bool = False) -> tuple[str, bool]:
    """Return every text of XML that nobody knows, each with its element's name, and whether it was whole.

    `custom` is XML of a form that people gave it: what its attributes say is as good as text.
    """
    root, whole = tree(data)
    lines = []
    inside: set[etree._Element] = set()  # what stands in a line already given whole
    for element in root.iter("{*}*") if root is not None else ():
        name = local_name(element)
        if len(element) and _mixed(element, inside):
            lines.append(f"{name}: {''.join(map(str, element.itertext())).strip()}")
        for text in (element.text, element.tail):
            if text and text.strip() and not _encoded(text):
                lines += [f"{name}: {text.strip()}"]
        if element.attrib:
            lines += _told(
                element,
                every=custom and name != "Sources" and not str(element.tag).startswith(f"{{{_SCHEMA}}}"),
            )
    return "\n".join(dict.fromkeys(lines)), whole


def _mixed(element: etree._Element, inside: set[etree._Element]) -> bool:
    """Tell the outermost element that has text beside its children: a word may go on from one to the next."""
    if element.getparent() in inside:
        inside.add(element)
        return False
    beside = (element.text, *(each.tail for each in element))
    if any(text and text.strip() for text in beside):
        inside.add(element)
        return True
    return False


def _encoded(text: str) -> bool:
    """Tell base64 from text without signs, such as a list of names and numbers."""
    if len(text) < 24:
        return False
    first, *rest = (line.strip() for line in text.strip().splitlines())
    joined = "".join((first, *rest))
    if (rest and len(first) < _BASE64_LINE) or not _BASE64.fullmatch(joined) or joined.isdecimal():
        return False
    if any(len(line) != len(first) for line in rest[:-1]):
        return False
    try:
        binascii.a2b_base64(joined, strict_mode=True)
    except binascii.Error:
        return False
    return True


def _told(element: etree._Element, *, every: bool) -> Iterator[str]:
    """Yield the attributes of an element that people wrote."""
    telling = _TELLING_OF.get(local_name(element), _TELLING)
    for key, value in element.attrib.items():
        name, text = str(key).rpartition("}")[2], str(value)
        if not text.strip():
            continue
        said = name in _TELLING or name in telling or _TOLD.search(text)
        if said or (every and len(text) > 1 and not _GUID.fullmatch(text)):
            yield f"{name}: {text}"


def properties(data: bytes) -> tuple[str, bool]:
    """Return what the properties of a document say, without counts and dates of programs."""
    whole = data.rstrip().endswith((b"Properties>", b"/>")) or tree(data)[1]
    if b"<![CDATA[" in data:
        root, whole = tree(data)
        data = data if root is None else etree.tostring(root, encoding="UTF-8")
    if not data.isascii() and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    lines = []
    custom = b"fmtid=" in data
    for named, tag, found in _PROPERTY.findall(data):
        name, text = tag.decode("ascii", "replace"), unescaped(found).strip()
        if named:
            lines.append(unescaped(named))
        elif text and name not in _DULL and (custom or name in _WRITTEN or not _FACTS.match(text)):
            lines.append(text if custom or name in _PLAIN else f"{_ROLES.get(name, name)}: {text}")
    return "\n".join(dict.fromkeys(lines)), whole


def chart_text(data: bytes) -> tuple[str, bool]:
    """Return titles, labels, names of series and the values that a chart keeps."""
    root, whole = tree(data)
    if root is None:
        return "", whole
    lines: list[str] = []
    for element in root.iter("{*}p", "{*}v", "{*}pt"):
        if local_name(element) == "p":
            lines.append("".join(each.text or "" for each in element.iter("{*}t")))
        else:
            lines.append(element.text or "")
    lines += [each.get("descr", "") for each in root.iter("{*}cNvPr")]
    return "\n".join(line for line in lines if line.strip()), whole


def drawing(parts: Parts, name: str, where: str) -> Iterator[Extracted]:
    """Yield a part of DrawingML: its text, tables and alternative texts."""
    data = parts.take(name)
    if data is not None and not silent(data):
        yield from drawn(data, name, where)


def drawn(data: bytes, name: str, where: str) -> Iterator[Extracted]:
    """Yield what the bytes of a part of DrawingML say."""
    reading = Reading(where)
    for flow in flows(data, DRAWING, DRAWING_BLOCKS, name):
        if isinstance(flow, Gap):
            yield flow
        else:
            yield from reading.segments(flow)


def _owner(name: str) -> str:
    """Return the part whose relations the part `name` lists."""
    return re.sub(r"_rels/([^/]*)\.rels$", r"\1", name)


@lru_cache(maxsize=4096)
def _holds_no_text(kind: str, folded: str) -> bool:
    """Tell a part that holds none by its schema: by its content type, or its name in small letters."""
    return bool(_TEXTLESS_TYPE.match(kind) or _TEXTLESS_NAME.match(folded))


class Rest:
    """Reads what the reader of a format has left of its package."""

    def __init__(self, parts: Parts, types: dict[str, str]) -> None:
        self._parts = parts
        self._types = types
        self._diagrams: set[str] = set()  # lines of the diagrams' data, which their drawings repeat

    def segments(self, place: Callable[[str], str]) -> Iterator[Extracted]:
        """Yield everything left; `place` tells in whose place a part of that name belongs, if in any."""
        left = sorted(self._parts.left.values(), key=lambda part: part.offset)
        members: list[Part] = []
        for part in left:
            folded = part.name.lower().replace("\\", "/")
            kind = self._types.get(folded, "")
            if _holds_no_text(kind, folded):
                self._parts.left.pop(part.name)
            elif folded.endswith(".rels"):
                self._outside(part)
            elif part.size and (kind.startswith("xhtml") or folded.endswith(_PAGES)):
                members.append(part)  # a page that a document takes in
            elif kind.endswith("xml") or folded.endswith((".xml", ".vml")):
                yield from self._xml(part, folded, kind, place)
            elif part.size:
                members.append(part)
            else:
                self._parts.left.pop(part.name)
        for owner, found in self._parts.outside.items():
            if text := links(found):
                yield TextSegment(text, f"{place(owner)} links".strip())
        yield from self._parts.noted()
        for part in sorted(members, key=lambda part: bool(_PICTURE.search(part.name))):
            yield self._parts.member(part)
        yield from self._parts.noted()

    def _outside(self, part: Part) -> None:
        """Keep what a list of relations leads to outside the package."""
        if part.size < _ONE_RELATION:
            self._parts.left.pop(part.name)
            return
        data = self._parts.take(part.name)
        if data and b"External" in data:
            owner = _owner(part.name)
            found = relations_in(data, owner.rpartition("/")[0])
            self._parts.outside[owner] = [each for each in found if each.outside]

    def _xml(self, part: Part, folded: str, kind: str, place: Callable[[str], str]) -> Iterator[Extracted]:
        where = place(part.name)
        number = "".join(re.findall(r"(?<!\d)(\d++)\.\w+$", folded))
        if folded.startswith("docprops/") or kind.endswith("properties+xml"):
            yield from self._text(part, properties, "properties")
        elif "chart" in kind or "/charts/chart" in folded:
            yield from self._text(part, chart_text, f"{where} chart {number}".strip())
        elif "/diagrams/data" in folded or kind.startswith("diagramdata"):
            for segment in drawing(self._parts, part.name, f"{where} SmartArt {number}".strip()):
                self._diagrams.update(segment.text.splitlines() if isinstance(segment, TextSegment) else ())
                yield segment
        elif "/diagrams/drawing" in folded:
            yield from self._again(part, f"{where} SmartArt {number}".strip())
        elif folded.endswith(".vml") or "drawing" in kind:
            yield from drawing(self._parts, part.name, f"{where} drawing".strip())
        elif len(data := self._parts.take(part.name) or b"") > WHOLE_BYTES * 4:
            yield Gap(Reason.OVERSIZED, f"{told(part.name)}: more than {WHOLE_BYTES * 4} bytes")
        elif data:
            custom = folded.startswith("customxml/")
            text, whole = harvest(data, custom=custom)
            if text:
                shown = f"custom XML {part.base}" if custom else part.name
                yield TextSegment(text, f"{where} {shown}".strip())
            if not whole:
                yield Gap(Reason.DAMAGED, f"{told(part.name)}: not all of it")

    def _again(self, part: Part, where: str) -> Iterator[Extracted]:
        """Yield of a diagram's drawing what its data do not say."""
        for segment in drawing(self._parts, part.name, where):
            if isinstance(segment, TextSegment):
                new = [line for line in segment.text.splitlines() if line not in self._diagrams]
                if any(line.strip() for line in new):
                    yield TextSegment("\n".join(new), segment.location)
            else:
                yield segment

    def _text(
        self, part: Part, read: Callable[[bytes], tuple[str, bool]], where: str
    ) -> Iterator[TextSegment | Gap]:
        data = self._parts.take(part.name)
        if data is None:
            return
        text, whole = read(data)
        if text:
            yield TextSegment(text, where)
        if not whole:
            yield Gap(Reason.DAMAGED, f"{told(part.name)}: not all of it")
