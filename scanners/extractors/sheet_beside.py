"""What stands beside the cells of a worksheet: comments, shapes, links, headers, lists, formulas' texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from scanners.extractors.cells import rich_text
from scanners.extractors.flow import NOTE, STOP, asides, flows, grouped, plain, tree
from scanners.extractors.interface import Extracted
from scanners.extractors.markup import local_name
from scanners.extractors.office import DRAWING, DRAWING_BLOCKS, harvest
from scanners.extractors.parts import Parts, unescaped
from scanners.model import Gap, Reason, TextSegment

_DATA = re.compile(rb"<(?:\w+:)?sheetData\b[^<>]*>")
_ATTRIBUTE = re.compile(rb"(?<![\w:])([\w:]++)\s*=\s*\"([^\"]*)\"")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\s(?=[^<>]*\bhidden=\"(?:1|true)\")[^<>]*\br=\"(\d+)\"")
_HIDDEN_COLUMNS = re.compile(rb"<(?:\w+:)?col\s(?=[^<>]*\bhidden=\"(?:1|true)\")([^<>]*)>")
_FORMULA_END = re.compile(rb"</(?:\w+:)?f\s*>")
_CELL_PLACE = re.compile(rb"\br=\"([A-Z]+\d+)\"")
QUOTED = re.compile(r"\"((?:[^\"]|\"\")*)\"")
_MARGIN = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)[^<>]*>([^<]+)<")
_CODES = re.compile(r"&(?:\"[^\"]*\"|K[0-9A-Fa-f]{6}|K\d\d[+-]\d{3}|[BIUSEXYPNDTGFZAO]|\d+)")
_SECTIONS = re.compile(r"&[LCR]")
_LINES = re.compile(r"(?:(?:odd|even|first)(?:Header|Footer)|(?:col|row)(?:Off)?): ")
_FORMULA = re.compile(r"(?:formula\d?|f): [^\"]*$")
_SHOWN_RANGES = 12
_LETTERS = 26
_LAST_COLUMN = 16_384


def skeleton(data: bytes) -> bytes:
    """Return a worksheet's XML without its cells."""
    start = _DATA.search(data)
    if start is None or start[0].endswith(b"/>"):
        return data
    end = data.rfind(b"sheetData>")
    return data[: start.start()] + data[end + len(b"sheetData>") :] if end > start.end() else data


def column_name(index: int) -> str:
    """Return a 0-based column as the program names it."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, _LETTERS)
        letters = chr(65 + rest) + letters
    return letters


def hidden(data: bytes) -> str:
    """Return which rows and columns a sheet hides: "hidden rows 5-9; hidden columns C-D"."""
    if b"hidden=" not in data:
        return ""
    told = []
    if numbers := sorted(int(number) for number in _HIDDEN_ROW.findall(data)):
        told.append(f"hidden rows {ranges(numbers)}")
    columns: set[int] = set()
    for inside in _HIDDEN_COLUMNS.findall(data):
        values = dict(_ATTRIBUTE.findall(inside))
        first, last = values.get(b"min", b""), values.get(b"max", b"")
        if first.isdigit() and last.isdigit():  # of ASCII: these are bytes
            columns.update(range(int(first[:6]), min(int(last[:6]), _LAST_COLUMN) + 1))
    if columns:
        told.append(f"hidden columns {ranges(sorted(columns), lambda number: column_name(number - 1))}")
    return "; ".join(told)


def ranges(numbers: list[int], name: Callable[[int], str] = str) -> str:
    """Return numbers in order as ranges: "5-9, 12"; of many the first ones."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = [
        name(first) if first == last else f"{name(first)}-{name(last)}"
        for first, last in runs[:_SHOWN_RANGES]
    ]
    return ", ".join(shown) + (" …" if len(runs) > _SHOWN_RANGES else "")


def _formula_ends(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the end tags of formulas begin and end."""
    if b":f>" in data or b"</f " in data:
        yield from (found.span() for found in _FORMULA_END.finditer(data))
        return
    at = data.find(b"</f>")
    while at >= 0:
        yield at, at + 4
        at = data.find(b"</f>", at + 4)


def literals(data: bytes, shown: str) -> Iterator[TextSegment]:
    """Yield the texts that stand inside formulas: a constant may be shown by no cell."""
    if b"</f>" not in data and b":f>" not in data:
        return
    lines = []
    start = 0
    for stop, after in _formula_ends(data):
        begin = data.rfind(b">", start, stop) + 1
        formula = data[begin:stop]
        if begin and (b'"' in formula or b"&quot;" in formula):
            tag = data.rfind(b"<", start, begin)  # of the formula; the cell's stands before it
            places = _CELL_PLACE.findall(data, max(data.rfind(b"<", start, tag), start), max(tag, start))
            texts = [text for text in QUOTED.findall(unescaped(formula)) if text.strip()]
            if texts:
                place = f"{places[-1].decode()}: " if places else ""
                lines.append(f"{place}{' '.join(texts)}")
        start = after
    if lines:
        yield TextSegment("\n".join(lines), f"{shown} formulas")


def header_and_footer(frame: bytes, shown: str) -> Iterator[TextSegment]:
    """Yield a sheet's headers and footers without their codes."""
    lines = [
        _CODES.sub("", section).strip()
        for text in _MARGIN.findall(frame)
        for section in _SECTIONS.split(unescaped(text))
    ]
    if any(lines):
        yield TextSegment("\n".join(filter(None, dict.fromkeys(lines))), f"{shown} header and footer")


def outline(frame: bytes, shown: str) -> Iterator[Extracted]:
    """Yield validation lists and messages, links' texts and every other text around the cells."""
    text, whole = harvest(frame)
    lines = [line for line in text.splitlines() if not (_LINES.match(line) or _FORMULA.match(line))]
    if lines:
        yield TextSegment("\n".join(lines), f"{shown} beside the cells")
    if not whole:
        yield Gap(Reason.DAMAGED, f"{shown}: beside the cells")


def persons(data: bytes) -> dict[str, str]:
    """Return the names of those who take part in threads, by id."""
    root, _ = tree(data) if data else (None, True)
    found = {}
    for each in root.iter("{*}person") if root is not None else ():
        told = (each.get("displayName", ""), each.get("userId", ""))
        found[each.get("id", "")] = " ".join(dict.fromkeys(filter(None, told)))
    return found


def comments(data: bytes, shown: str, people: Mapping[str, str]) -> Iterator[TextSegment | Gap]:
    """Yield each comment of a sheet, or of a thread, at its cell."""
    root, whole = tree(data)
    if root is None:
        yield Gap(Reason.DAMAGED, f"{shown}: comments")
        return
    authors = [each.text or "" for each in root.iter("{*}author")]
    for each in root.iter("{*}comment", "{*}threadedComment"):
        if local_name(each) == "comment":
            number = each.get("authorId", "")
            author = authors[int(number)] if number.isdecimal() and int(number[:9]) < len(authors) else ""
            text, reading = rich_text(each)
            text = f"{text}\n{reading}".strip()
            if author.startswith("tc={"):
                author = ""
        else:
            author = people.get(each.get("personId", ""), "")
            text = "".join(part.text or "" for part in each.iter("{*}text"))
        lines = [f"作成者: {author}"] if author.strip() else []
        if text.strip():
            lines.append(text)
        if lines:
            yield TextSegment("\n".join(lines), f"{shown}!{each.get('ref', '')} comment")
    if not whole:
        yield Gap(Reason.DAMAGED, f"{shown}: comments")


def anchored(parts: Parts, name: str, shown: str) -> Iterator[Extracted]:
    """Yield the shapes of a sheet's drawing, each at the cell where it begins."""
    data = parts.take(name)
    for flow in flows(data, DRAWING, DRAWING_BLOCKS, name) if data is not None else ():
        if isinstance(flow, Gap):
            yield flow
            continue
        for shape in flow.split(NOTE):
            place, stop, text = shape.partition(STOP)
            column, _, row = place.partition(" ")
            where = f"{shown} shape"
            if stop and column.isdecimal() and row.isdecimal() and len(column) < 9 > len(row):
                where = f"{shown}!{column_name(min(int(column), 1 << 20))}{int(row) + 1} shape"
            main, found = asides(text if stop else shape)
            if plain(main).strip():
                yield TextSegment(plain(main).strip(), where)
            yield from grouped(found, where)
