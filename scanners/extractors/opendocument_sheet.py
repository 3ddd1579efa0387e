"""What of OpenDocument is read: style sheets, and tables of calculation row by row.

Cells and rows that repeat are counted, not written out: a file of a kilobyte may repeat one a million times.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from lxml import etree

from scanners.extractors.cells import Row
from scanners.extractors.flow import asides, grouped, plain, sheet, unmarked
from scanners.extractors.interface import Extracted
from scanners.extractors.markup import local_name, release
from scanners.extractors.part_names import told
from scanners.extractors.parts import unescaped
from scanners.extractors.sheet_beside import QUOTED, column_name, ranges
from scanners.extractors.sheet_rows import laid_out
from scanners.model import Gap, Reason, TextSegment

_REPEATED = 400  # copies of a filled cell or row that are read
_COPIES = 200_000  # of cells in all: the copies of a row of copies are their product
_BEFORE_ROWS = frozenset({"title", "desc", "forms"})
_TABLE_NS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE_NS = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_VALUES = [f"{_OFFICE_NS}{kind}value" for kind in ("string-", "", "time-", "boolean-")]

_HEAD = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"
 xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"
 xmlns:form="urn:oasis:names:tc:opendocument:xmlns:form:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
 xmlns:officeooo="http://openoffice.org/2009/office"
 xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"
 exclude-result-prefixes="office style text table draw dc meta xlink presentation form svg officeooo loext">
<xsl:output method="text" encoding="UTF-8"/>
<xsl:key name="hidden"
  match="style:style[style:drawing-page-properties/@presentation:visibility='hidden']" use="@style:name"/>
<xsl:key name="deleted" match="text:changed-region/text:deletion" use="../@text:id"/>
<xsl:key name="inserted" match="text:changed-region[text:insertion]" use="@text:id"/>
"""

OPEN_DOCUMENT = (
    _HEAD
    + """
<xsl:template
  match="text()[not(normalize-space())][not(parent::text:p|parent::text:h|parent::text:span|
  parent::text:a)]"/>
<xsl:template
  match="office:font-face-decls|office:styles|office:master-styles|office:meta|office:settings|
  office:scripts"/>
<xsl:template match="office:automatic-styles|text:sequence-decls|text:list-style|office:binary-data"/>
<xsl:template match="text:p|text:h"><xsl:apply-templates/><xsl:text>&#10;</xsl:text></xsl:template>
<xsl:template match="text:tab"><xsl:text>&#9;</xsl:text></xsl:template>
<xsl:template match="text:line-break"><xsl:text>&#10;</xsl:text></xsl:template>
<xsl:template match="text:s"><xsl:text> </xsl:text></xsl:template>
<xsl:template match="text:soft-page-break">{LAID_OUT}</xsl:template>
<xsl:template match="text:ruby"><xsl:apply-templates select="text:ruby-base"/>{OPEN}r<xsl:apply-templates
  select="text:ruby-text"/>{CLOSE}</xsl:template>
<xsl:template match="text:note">{OPEN}n<xsl:apply-templates select="text:note-body"/>{CLOSE}</xsl:template>
<xsl:template match="office:annotation|officeooo:annotation|loext:annotation">{OPEN}c<xsl:if
  test="dc:creator">作成者: <xsl:value-of
  select="dc:creator"/><xsl:text>&#10;</xsl:text></xsl:if><xsl:apply-templates
  select="*[not(self::dc:*) and not(self::meta:*)]"/>{CLOSE}</xsl:template>
<xsl:template match="text:tracked-changes"><xsl:apply-templates/></xsl:template>
<xsl:template match="text:changed-region"><xsl:apply-templates/></xsl:template>
<xsl:template match="text:deletion">{OPEN}d<xsl:apply-templates/>{CLOSE}</xsl:template>
<xsl:template match="office:change-info">{OPEN}p作成者: <xsl:value-of
  select="dc:creator"/><xsl:text>&#10;</xsl:text><xsl:apply-templates
  select="text:p"/>{CLOSE}</xsl:template>
<xsl:template match="text:change[not(preceding-sibling::text:change[1])]"><xsl:if
  test="key('deleted', @text:change-id)">{OPEN}d<xsl:apply-templates
  select="../node()" mode="before"/><xsl:text>&#10;</xsl:text>{CLOSE}</xsl:if></xsl:template>
<xsl:template match="office:annotation|text:note|text:ruby-text|draw:*" mode="before"/>
<xsl:template match="text:tab|text:s|text:line-break" mode="before"><xsl:text> </xsl:text></xsl:template>
<xsl:template match="text:change" mode="before"><xsl:value-of
  select="key('deleted', @text:change-id)//text:p"/></xsl:template>
<xsl:template match="text:change-start" mode="before"><xsl:if
  test="key('inserted', @text:change-id)">{SINCE}</xsl:if></xsl:template>
<xsl:template match="text:change-end" mode="before"><xsl:if
  test="key('inserted', @text:change-id)">{UNTIL}</xsl:if></xsl:template>
<xsl:template match="presentation:header-decl|presentation:footer-decl|presentation:date-time-decl">
 <xsl:value-of select="."/><xsl:text>&#10;</xsl:text>
</xsl:template>
<xsl:template match="text:change-start"><xsl:if
  test="key('inserted', @text:change-id)">{INSERTED}</xsl:if></xsl:template>
<xsl:template match="draw:text-box">{OPEN}x<xsl:apply-templates/>{CLOSE}</xsl:template>
<xsl:template match="draw:custom-shape|draw:rect|draw:ellipse|draw:line|draw:polygon|draw:caption">
 <xsl:choose>
  <xsl:when test="ancestor::draw:page"><xsl:apply-templates/></xsl:when>
  <xsl:otherwise>{OPEN}x<xsl:apply-templates/>{CLOSE}</xsl:otherwise>
 </xsl:choose>
</xsl:template>
<xsl:template match="draw:page//draw:text-box"><xsl:apply-templates/></xsl:template>
<xsl:template match="svg:title|svg:desc">{OPEN}a<xsl:value-of
  select="."/><xsl:text>&#10;</xsl:text>{CLOSE}</xsl:template>
<xsl:template match="text:placeholder|text:text-input"><xsl:apply-templates/></xsl:template>
<xsl:template match="text:a[@office:title]">{OPEN}h<xsl:value-of
  select="@office:title"/>{CLOSE}<xsl:apply-templates/></xsl:template>
<xsl:template match="text:hidden-text|text:conditional-text">{OPEN}f<xsl:value-of
  select="concat(@text:string-value, @text:string-value-if-true, ' ',
  @text:string-value-if-false)"/>{CLOSE}<xsl:apply-templates
  /></xsl:template>
<xsl:template match="text:variable-decl|text:user-field-decl">{OPEN}p<xsl:value-of
  select="concat(@text:name, ' ', @office:string-value, @office:value, '&#10;')"/>{CLOSE}</xsl:template>
<xsl:template match="text:label|text:item">{OPEN}l<xsl:value-of
  select="concat(@text:value, '&#10;')"/>{CLOSE}</xsl:template>
<xsl:template match="text:dropdown|text:drop-down"><xsl:apply-templates/></xsl:template>
<xsl:template match="form:*">{OPEN}p<xsl:for-each
  select="@form:value|@form:current-value|@form:label|@form:title|@office:string-value"><xsl:value-of
  select="concat(., '&#10;')"/></xsl:for-each>{CLOSE}<xsl:apply-templates select="*"/></xsl:template>
<xsl:template match="table:content-validation">{OPEN}l<xsl:value-of
  select="concat(@table:condition, '&#10;')"/>{CLOSE}<xsl:apply-templates/></xsl:template>
<xsl:template match="table:named-range|table:named-expression|table:database-range">{OPEN}p<xsl:value-of
  select="concat(@table:name, ' ', @table:expression, '&#10;')"/>{CLOSE}</xsl:template>
<xsl:template match="table:table">{TABLE}<xsl:apply-templates/>{TABLE_END}</xsl:template>
<xsl:template match="table:table-row">{ROW}<xsl:apply-templates/></xsl:template>
<xsl:template match="table:table-cell"><xsl:apply-templates/>{CELL}</xsl:template>
<xsl:template match="table:covered-table-cell"><xsl:apply-templates/>{CELL}</xsl:template>
<xsl:template match="table:table-cell//table:table"><xsl:apply-templates/></xsl:template>
<xsl:template
  match="table:table-cell//table:table-row"><xsl:apply-templates/><xsl:text>&#10;</xsl:text></xsl:template>
<xsl:template
  match="table:table-cell//table:table-cell"><xsl:apply-templates/><xsl:text>&#9;</xsl:text></xsl:template>
<xsl:template match="draw:page"><xsl:text>&#xFDDC;</xsl:text><xsl:if
  test="key('hidden', @draw:style-name)">hidden</xsl:if><xsl:text>&#xFDDD;</xsl:text>
 <xsl:if test="translate(@draw:name, '0123456789 ', '') != 'page'">{OPEN}p<xsl:value-of
  select="@draw:name"/>{CLOSE}</xsl:if>
 <xsl:apply-templates
  select="*[not(self::presentation:notes)]"/><xsl:text>&#xFDDE;</xsl:text><xsl:apply-templates
  select="presentation:notes/*"/>
</xsl:template>
<xsl:template match="draw:frame|draw:g"><xsl:if test="contains(@draw:name, '.')">{OPEN}a<xsl:value-of
  select="@draw:name"/><xsl:text>&#10;</xsl:text>{CLOSE}</xsl:if><xsl:apply-templates/></xsl:template>
</xsl:stylesheet>"""
)
"""Bodies of texts, presentations and drawings."""

STYLES = OPEN_DOCUMENT.replace("|office:styles|office:master-styles|", "|office:styles|office:body|").replace(
    "</xsl:stylesheet>",
    """
<xsl:template match="presentation:notes"/>
<xsl:template match="style:master-page//draw:frame[@presentation:placeholder='true']"/>
</xsl:stylesheet>""",
)
"""Headers, footers and what master pages hold themselves."""


_STYLE_NAME = re.compile(rb"style:name=\"([^\"]*)\"")


def spreadsheet(data: bytes, name: str, inside: str) -> Iterator[Extracted]:
    """Yield the sheets of a calculation, hidden ones named, with comments and shapes at their cells."""
    hidden = _hidden_styles(data)
    lines = _hidden_lines(data) if b"table:visibility=" in data else {}
    data = unmarked(data)
    source = io.BytesIO(data)
    events = etree.iterparse(
        source,
        events=("start", "end"),
        tag=[
            *(f"{_TABLE_NS}{each}" for each in ("table", "table-row", "shapes", "title", "desc")),
            f"{_OFFICE_NS}forms",
        ],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    walk = _Walk(iter(events), hidden, lines, inside)
    try:
        yield from walk.segments()
    except etree.XMLSyntaxError:
        yield from walk.beside()
        yield Gap(Reason.DAMAGED, f"{told(name)}: not all of it")
    root = events.root
    if root is not None:
        main, found = asides(str(sheet(OPEN_DOCUMENT)(root)))
        if plain(main).strip():
            yield TextSegment(plain(main).strip(), f"{inside} beside the sheets".strip())
        yield from grouped(found, f"{inside} beside the sheets".strip())


def _hidden_styles(data: bytes) -> frozenset[str]:
    """Return the styles of tables that are not displayed."""
    found = set()
    for style in data.split(b"<style:style")[1:]:
        head, _, content = style.partition(b">")
        name = _STYLE_NAME.search(head)
        if name is None or b'style:family="table"' not in head or head.endswith(b"/"):
            continue
        if b'table:display="false"' in content.partition(b"</style:style>")[0]:
            found.add(name[1].decode("utf-8", "replace"))
    return frozenset(found)


def _hidden_lines(data: bytes) -> dict[str, str]:
    """Return by sheet which rows and columns it hides or filters out."""
    told = {}
    for table in data.split(b"<table:table ")[1:]:
        name = re.search(rb"table:name=\"([^\"]*)\"", table)
        marks = []
        for word, tag in (("rows", b"table-row"), ("columns", b"table-column")):
            number, found = 0, list[int]()
            for inside in re.findall(rb"<table:" + tag + rb"\b([^<>]*)>", table):
                again = re.search(rb"repeated=\"(\d{1,7})\"", inside)
                count = int(again[1]) if again else 1
                if re.search(rb"table:visibility=\"(?:collapse|filter)\"", inside):
                    found += range(number + 1, number + 1 + min(count, _REPEATED))
                number += count
            if found:
                shown = ranges(found, str if word == "rows" else lambda column: column_name(column - 1))
                marks.append(f"hidden {word} {shown}")
        if name and marks:
            told[unescaped(name[1])] = "; ".join(marks)
    return told


class _Walk:
    """Follows the events of a calculation: sheets, rows, shapes."""

    def __init__(
        self,
        events: Iterator[tuple[str, etree._Element]],
        hidden: frozenset[str],
        lines: dict[str, str],
        inside: str,
    ) -> None:
        self._events = events
        self._lines = lines
        self._formulas: list[str] = []
        self._hidden = hidden
        self._inside = inside
        self._copies = 0  # of cells so far
        self._left_out = 0  # cells that are copies and were not read
        self._notes: list[TextSegment] = []
        self._shown = ""

    def segments(self) -> Iterator[Extracted]:
        """Yield sheet after sheet."""
        for event, element in self._events:
            if event != "start" or local_name(element) != "table":
                continue
            name = element.get(f"{_TABLE_NS}name", "")
            shown = f"{self._inside} {name}".strip()
            if element.get(f"{_TABLE_NS}style-name", "") in self._hidden:
                shown += " (hidden sheet)"
            self._shown = shown
            marks = self._lines.get(name, "")
            yield from laid_out(f"{shown} ({marks})" if marks else shown, self._rows(element))
            yield from self.beside()

    def beside(self) -> Iterator[TextSegment | Gap]:
        """Yield the comments and shapes that have gathered."""
        notes, self._notes = self._notes, []
        yield from notes
        if self._formulas:
            yield TextSegment("\n".join(self._formulas), f"{self._shown} formulas")
            self._formulas = []
        if self._left_out:
            yield Gap(Reason.EXPANDS_TOO_FAR, f"a sheet: {self._left_out} cells, copies of others, not read")
            self._left_out = 0

    def _rows(self, table: etree._Element) -> Iterator[Row]:
        number = 0
        for event, element in self._events:
            if event != "end":
                continue
            name = local_name(element)
            if name == "table-row":
                again = _count(element, "number-rows-repeated")
                cells = self._cells(element, number + 1)
                release(element)
                for copy in range(self._read(again, len(cells))):
                    yield Row(number + 1 + copy, cells)
                number += again
            elif name == "shapes":
                self._note(element, f"{self._shown} shape")
                release(element)
            elif name in _BEFORE_ROWS:
                self._note(element, f"{self._shown} beside the cells")
                del element[:]
                element.text = None
            elif element is table:
                return

    def _read(self, again: int, cells: int) -> int:
        """Return how many of a cell or row, itself and its copies, are read; the rest is noted."""
        wanted = min(again, _REPEATED) if cells else 0
        room = max(0, _COPIES - self._copies) // cells if cells else 0
        read = min(wanted, 1 + room)
        self._copies += (read - 1) * cells if read else 0
        self._left_out += (wanted - read) * cells
        return read

    def _cells(self, row: etree._Element, number: int) -> dict[int, str]:
        cells: dict[int, str] = {}
        column = 0
        for cell in row:
            again = _count(cell, "number-columns-repeated")
            if len(cell) or cell.attrib:
                text = self._cell(cell, f"{self._shown}!{column_name(min(column, 1 << 20))}{number}")
                for copy in range(self._read(again, 1) if text else 0):
                    cells[column + copy] = text
            column += again
        return cells

    def _cell(self, cell: etree._Element, where: str) -> str:
        lines = []
        for child in cell:
            if local_name(child) == "p":
                if len(child):
                    main, found = asides(str(sheet(OPEN_DOCUMENT)(child)))
                    lines.append(plain(main).rstrip("\n"))
                    self._notes += grouped(found, where)
                else:
                    lines.append(child.text or "")
            else:
                self._note(child, where)
        formula = cell.get(f"{_TABLE_NS}formula", "")
        if '"' in formula and (texts := [text for text in QUOTED.findall(formula) if text.strip()]):
            self._formulas.append(f"{where.rpartition('!')[2]}: {' '.join(texts)}")
        day = cell.get(f"{_OFFICE_NS}date-value", "")
        if day:
            return day.removesuffix("T00:00:00").replace("T", " ")
        return "\n".join(lines) or next(filter(None, map(cell.get, _VALUES)), "")

    def _note(self, element: etree._Element, where: str) -> None:
        main, found = asides(str(sheet(OPEN_DOCUMENT)(element)))
        if plain(main).strip():
            self._notes.append(TextSegment(plain(main).strip(), where))
        self._notes += grouped(found, where)


def _count(element: etree._Element, name: str) -> int:
    given = element.get(f"{_TABLE_NS}{name}", "")
    return max(1, int(given)) if given.isdecimal() and len(given) < 9 else 1
