"""Cells of a worksheet read from its XML row by row, as the user sees them.

For sheets that a dense reader cannot hold, for small ones, where opening such a reader costs more than the
sheet, and for workbooks whose number formats pad with zeros: a telephone number kept as 9012345678 and shown
as 090-1234-5678 has to be found as it is shown.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from typing import NamedTuple

from lxml import etree

from scanners.extractors.flow import CELL, ROW, STOP, flows
from scanners.extractors.markup import local_name
from scanners.model import Gap

_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))  # built-in formats
_QUOTED = re.compile(r"\"[^\"]*\"|\\.|_.|\[(?!h|m|s)[^\[\]]*\]", re.IGNORECASE)
_DATE_CODE = re.compile(r"[ymdhsge]", re.IGNORECASE)
_MASK = re.compile(r"(?=(?:[^0]*0){2})[0\-/() ]+$")
# a cell's time has no zone; one is named here only because a bare time may be a mistake
_DAY_ZERO = dt.datetime(1899, 12, 30, tzinfo=dt.UTC)
_DAY_ZERO_1904 = dt.datetime(1904, 1, 1, tzinfo=dt.UTC)
_SIMPLE_BYTES = 6 << 20
_WHOLE = re.compile(r"[0-9]{1,15}(?:\.0+)?$")


class Row(NamedTuple):
    """One row: its number, 1-based, and the texts of its cells by column, 0-based."""

    number: int
    cells: dict[int, str]


_HEAD = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
 xmlns:s="http://schemas.openxmlformats.org/spreadsheetml/2006/main" exclude-result-prefixes="s">
<xsl:output method="text" encoding="UTF-8"/>
<xsl:template match="text()"/>
"""
_STRINGS = (
    _HEAD
    + """
<xsl:template match="s:si">{ROW}<xsl:for-each select="s:t|s:r/s:t"><xsl:value-of select="."/></xsl:for-each>
 <xsl:if test="s:rPh">{CELL}<xsl:for-each select="s:rPh/s:t"><xsl:value-of
  select="."/></xsl:for-each></xsl:if>
</xsl:template>
</xsl:stylesheet>"""
)
_CELLS = (
    _HEAD
    + """
<xsl:template match="s:row">{ROW}<xsl:value-of select="@r"/><xsl:for-each
  select="s:c[* or not(@r)]">{CELL}<xsl:value-of
 select="@r"/>{STOP}<xsl:value-of select="@t"/>{STOP}<xsl:value-of select="@s"/>{STOP}<xsl:value-of
  select="s:v"/>
 <xsl:if test="s:is"><xsl:for-each select="s:is/s:t|s:is/s:r/s:t"><xsl:value-of
  select="."/></xsl:for-each></xsl:if>
</xsl:for-each></xsl:template>
</xsl:stylesheet>"""
)


@dataclass(slots=True)
class Book:
    """What cells refer to: shared strings, formats that show dates or pad with zeros, the first day."""

    strings: list[str] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)
    dates: frozenset[int] = frozenset()
    masks: dict[int, str] = field(default_factory=dict)
    since_1904: bool = False


def cell_text(value: object) -> str:
    """Return a cell as the user sees it in its plainest form: whole numbers without a fraction."""
    kind = value.__class__
    if kind is str:
        return value  # type: ignore[return-value]  # its class says so
    if kind is float:
        number = float(value)  # type: ignore[arg-type]
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    if value is None:
        return ""
    if kind is bool:
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return str(value)


@lru_cache(maxsize=2048)
def column_index(letters: str) -> int:
    """Return a column's 0-based index: A is 0, AA is 26; -1 where it is none."""
    number = 0
    for letter in letters.strip().upper():
        if not "A" <= letter <= "Z" or number > 1 << 20:
            return -1
        number = number * 26 + ord(letter) - 64
    return number - 1


def rich_text(element: etree._Element) -> tuple[str, str]:
    """Return a string of runs and, apart from it, its reading."""
    text: list[str] = []
    reading: list[str] = []
    for each in element.iter("{*}t"):
        above = each.getparent()
        aside = above is not None and local_name(above) == "rPh"
        (reading if aside else text).append(each.text or "")
    return "".join(text), "".join(reading)


_SIMPLE = re.compile(
    rb"(?:<\?xml version=\"1\.0\"(?: encoding=\"(?:UTF|utf)-8\")?(?: standalone=\"\w+\")?\s?\?>)?\s*+"
    rb"<sst(?: [\w:.-]++=\"[^\"<>&]*+\")*+>"
    rb"(?:<si><t(?: xml:space=\"preserve\")?+>[^<]*+</t></si>)*+</sst>\s*+"
)
_SIMPLE_STRING = re.compile(r"<si><t(?: xml:space=\"preserve\")?>([^<]*)<")
# references that are not XML's own five, what XML forbids or reads as something else, marks of a flow
_UNUSUAL = re.compile("&(?!(?:amp|lt|gt|quot|apos);)|]]>|[\x00-\x08\x0b-\x1f\ufdd0-\ufdef\ufffe\uffff]")


def _simple_strings(data: bytes) -> list[str] | None:
    """Return shared strings that are plain, as nearly all are, without a parser; None where any is not."""
    if len(data) > _SIMPLE_BYTES or not _SIMPLE.fullmatch(data):
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    if _UNUSUAL.search(text):
        return None
    found = _SIMPLE_STRING.findall(text)
    return [unescape(each) if "&" in each else each for each in found] if "&" in text else found


def shared_strings(data: bytes, book: Book) -> Iterator[Gap]:
    """Take the strings that cells share, and the readings that people typed them by."""
    strings = book.strings
    if (simple := _simple_strings(data)) is not None:
        strings += simple
        return
    for flow in flows(data, _STRINGS, frozenset({"si"}), "shared strings"):
        if isinstance(flow, Gap):
            yield flow
            continue
        items = flow.split(ROW)
        if CELL not in flow:
            strings += items[1:]
            continue
        for item in items[1:]:
            text, _, reading = item.partition(CELL)
            strings.append(text)
            if reading:
                book.readings.append(reading)


def formats(data: bytes, book: Book) -> None:
    """Take from a workbook's styles which show a number as a date, and which pad it with zeros."""
    codes: dict[int, str] = {}
    dates = set()
    for inside in re.findall(rb"<(?:\w+:)?numFmt\s([^<>]*)>", data):
        named = re.search(rb"numFmtId=\"(\d+)\"", inside)
        code = re.search(rb"formatCode=\"([^\"]*)\"", inside)
        if named and code:
            codes[int(named[1])] = code[1].decode("utf-8", "replace").replace("&quot;", '"')
    start = re.search(rb"<(?:\w+:)?cellXfs\b", data)
    end = re.search(rb"</(?:\w+:)?cellXfs>", data)
    inside = data[start.end() : end.start()] if start and end else b""
    for index, style in enumerate(re.findall(rb"<(?:\w+:)?xf\s([^<>]*)>", inside)):
        named = re.search(rb"numFmtId=\"(\d+)\"", style)
        number = int(named[1]) if named else 0
        code_text = codes.get(number, "")
        if number in _DATES or (
            code_text and _DATE_CODE.search(_QUOTED.sub("", code_text.partition(";")[0]))
        ):
            dates.add(index)
        plain = code_text.partition(";")[0].replace("\\", "").replace('"', "")
        if _MASK.match(plain):
            book.masks[index] = plain
    book.dates = frozenset(dates)


def rows(data: bytes, book: Book, name: str) -> Iterator[Row | Gap]:
    """Yield the rows that have text."""
    number, strings, count = 0, book.strings, len(book.strings)
    for flow in flows(data, _CELLS, frozenset({"row"}), name):
        if isinstance(flow, Gap):
            yield flow
            continue
        for line in flow.split(ROW)[1:]:
            given, *found = line.split(CELL)
            number = int(given) if given.isdecimal() and len(given) < 9 else number + 1
            cells: dict[int, str] = {}
            column = -1
            for cell in found:
                place, kind, style, value = cell.split(STOP, 3)
                named = column_index(place.rstrip("0123456789"))
                column = column + 1 if named < 0 else named
                if kind == "s":
                    text = (
                        strings[int(value)]
                        if value.isdecimal() and len(value) < 10 and int(value) < count
                        else ""
                    )
                else:
                    text = _shown(kind, style, value, book)
                if text:
                    cells[column] = text
            if cells:
                yield Row(number, cells)


def _shown(kind: str, style: str, value: str, book: Book) -> str:
    if kind in ("", "n") and value:
        return _number(value, int(style) if style.isdecimal() and len(style) < 10 else 0, book)
    if kind == "b":
        return "TRUE" if value.strip() == "1" else "FALSE"
    return value


def _number(value: str, style: int, book: Book) -> str:
    try:
        number = float(value)
    except ValueError:
        return value
    if style in book.dates:
        return _date(number, book) or cell_text(number)
    mask = book.masks.get(style)
    if mask is not None and _WHOLE.match(value):
        return masked(int(number), mask)
    return cell_text(number)


def masked(number: int, mask: str) -> str:
    """Return a whole number as a format of zeros shows it: 9012345678 by 000-0000-0000 is 090-1234-5678."""
    digits = list(str(number).rjust(mask.count("0"), "0"))
    shown = [digits.pop() if sign == "0" else sign for sign in reversed(mask)]
    return "".join(digits) + "".join(reversed(shown))


def _date(number: float, book: Book) -> str:
    if not 0 <= number < 2_958_466:  # NaN neither
        return ""
    if number < 1:
        return str((_DAY_ZERO + dt.timedelta(seconds=round(number * 86_400, 3))).time())
    first = _DAY_ZERO_1904 if book.since_1904 else _DAY_ZERO
    if first is _DAY_ZERO and number < 60:  # the calendar of Excel has a 29 February 1900
        number += 1
    moment = first + dt.timedelta(days=int(number), seconds=round((number % 1) * 86_400, 3))
    return cell_text(moment.replace(tzinfo=None))
