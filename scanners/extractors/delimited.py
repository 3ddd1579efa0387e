"""Delimited text (csv, tsv and kin): rows with the place of every cell in the file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from scanners.extractors.headings import has_header, is_heading
from scanners.model import TableSegment, TextSegment

BLOCK_ROWS = 2_000
HEAD_CHARACTERS = 200_000
_DELIMITERS = (",", "\t", ";", "|", "^", "~", "\x01")
_RARE = frozenset("^~")  # they stand in prose too: only where rows have three cells
_SAID = re.compile(r'\s*"?sep=(.)"?[ \t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)  # a line for Excel
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_LINE_END = re.compile(r"\r\n|\r|\n")
_JOINED_LINES = 500  # a quoted field longer than this is a stray quote
_SAMPLE_LINES = 60
_FEW_QUOTES = 4  # two cells
_TITLE_LINES = 20  # above the names of the columns
_FIELD_CHARACTERS = 1 << 24


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands in the file: its text without the final line end, and where it starts."""

    text: str
    start: int  # code points from the start of the decoded file
    line: int  # 1-based number of its first line


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a table begins among its first rows."""

    first: int  # of its rows, the names of the columns included; what stands above is text
    named: bool  # whether that row names the columns


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for found in _LINE.finditer(text):
        if found.group():
            yield found.start(), found.group()


def records(
    text: str, offset: int = 0, *, quote: str = '"', delimiter: str = "", line: int = 1, ended: bool = True
) -> Iterator[Record]:
    """Yield the rows of a text; a quoted field may run over several lines.

    `ended` False: more follows, so that a field still open at the end stays one row. With a delimiter a quote
    inside a cell (5" disk) opens none.
    """
    pending: list[str] = []
    start = first_line = 0
    odd = False
    for number, (position, raw) in enumerate(_lines(text), start=line):
        if not pending:
            start, first_line = position, number
        pending.append(raw)
        if raw.count(quote) & 1:
            odd = _is_open(raw, delimiter, quote, inside=odd) if delimiter else not odd
        if not odd:
            yield Record("".join(pending).rstrip("\r\n"), offset + start, first_line)
            pending = []
        elif len(pending) >= _JOINED_LINES:
            yield from _apart(pending, offset + start, first_line)
            pending, odd = [], False
    if ended:
        yield from _apart(pending, offset + start, first_line)
    elif pending:
        yield Record("".join(pending), offset + start, first_line)


def _is_open(line: str, delimiter: str, quote: str, *, inside: bool) -> bool:
    """Tell whether a quoted cell is open at the end of a line, as `cells` reads it."""
    place = 0
    while True:
        if not inside and line.startswith(quote, place):
            inside, place = True, place + 1
        if inside:
            end = line.find(quote, place)
            while end >= 0 and line.startswith(quote, end + 1):
                end = line.find(quote, end + 2)
            if end < 0:
                return True
            inside, place = False, end + 1
        end = line.find(delimiter, place)
        if end < 0:
            return False
        place = end + 1


def records_of_blocks(texts: Iterable[str], quote: str = '"', delimiter: str = "") -> Iterator[Record]:
    """Yield the rows of a text that arrives in blocks; the last row of each waits for the next block."""
    held, offset, line = "", 0, 1
    for text in texts:
        whole, last = held + text, None
        for record in records(whole, offset, quote=quote, delimiter=delimiter, line=line, ended=False):
            if last is not None:
                yield last
            last = record
        if last is not None:
            held, offset, line = whole[last.start - offset :], last.start, last.line
    yield from records(held, offset, quote=quote, delimiter=delimiter, line=line)


def _apart(lines: list[str], start: int, number: int) -> Iterator[Record]:
    """Yield lines that a stray quote had joined each as a row of its own."""
    for line in lines:
        yield Record(line.rstrip("\r\n"), start, number)
        start += len(line)
        number += 1


def cells(record: str, delimiter: str, quote: str = '"') -> tuple[str, ...]:
    """Return the values of one row, quotes removed."""
    csv.field_size_limit(_FIELD_CHARACTERS)
    try:
        rows = list(csv.reader([record], delimiter=delimiter, quotechar=quote))
    except csv.Error:
        return tuple(record.split(delimiter))
    return tuple(rows[0]) if rows else ()


def cell_spans(record: Record, delimiter: str, quote: str = '"') -> list[tuple[int, int]]:
    """Return where each value of one row stands in the file, without its quotes."""
    text, position = record.text, 0
    spans = []
    while True:
        quoted = text.startswith(quote, position)
        if quoted:
            end = position + 1
            while (end := text.find(quote, end)) != -1 and text.startswith(quote * 2, end):
                end += 2
            after = -1 if end == -1 else text.find(delimiter, end)
        else:
            end = after = text.find(delimiter, position)
        spans.append((record.start + position + quoted, record.start + (len(text) if end == -1 else end)))
        if after == -1:
            return spans
        position = after + len(delimiter)


@dataclass(slots=True)
class _Spans:
    """Finds the cells of one block in the file when asked, not before; rows are asked for in order."""

    records: tuple[Record, ...]
    delimiter: str
    quote: str
    row: int = -1
    spans: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, row: int, column: int) -> tuple[int, int]:
        if row != self.row:
            self.row, self.spans = row, cell_spans(self.records[row], self.delimiter, self.quote)
        if column < len(self.spans):
            return self.spans[column]
        end = self.records[row].start + len(self.records[row].text)
        return end, end


def dialect_of(text: str) -> str | None:
    """Return the delimiter of a text that is a table, or None: its rows have the same number of cells."""
    if said := _SAID.match(text):
        return said[1]
    head = text[:HEAD_CHARACTERS]
    possible = [delimiter for delimiter in _DELIMITERS if delimiter in head]
    plain = _sample(head, '"') if possible else []
    single = "\n".join(plain).splitlines()
    joined = len(single) > len(plain)  # maybe by quotes inside cells
    if len(plain) < 2 and not joined:
        return None
    for delimiter in possible:
        quote = quote_of(head, delimiter)
        sample = plain if quote == '"' else _sample(head, quote, delimiter)
        if joined and quote == '"' and sum(delimiter in line for line in single) * 3 >= len(single):
            sample = _sample(head, quote, delimiter)
        least = 3 if delimiter in _RARE else 2
        # lines of a table hold its delimiter, some titles above it do not: spare all others their cells
        if len(sample) < 2 or sum(delimiter in line for line in sample) * 3 < len(sample):
            continue
        if _layout([cells(line, delimiter, quote) for line in sample], least) is not None:
            return delimiter
    return None


def _sample(head: str, quote: str, delimiter: str = "") -> list[str]:
    """Return the first rows of a text that are whole."""
    lines = _LINE_END.split(head, maxsplit=_SAMPLE_LINES + 1)
    found = lines[: _SAMPLE_LINES + 1] if lines[-1] else lines[:-1]
    if quote in head and any(quote in line for line in lines):  # a row may run over several lines
        rows = islice(records(head, quote=quote, delimiter=delimiter), _SAMPLE_LINES + 1)
        found = [record.text for record in rows]
    if len(found) > _SAMPLE_LINES or len(head) == HEAD_CHARACTERS:
        found = found[:-1]
    return [line for line in found if line.strip()]


def quote_of(text: str, delimiter: str) -> str:
    """Return the quote of a table's cells: the double one, or the single one where cells stand in it."""
    around = re.escape(delimiter)
    head = text[: HEAD_CHARACTERS // 10]
    if head.count("'") < _FEW_QUOTES:
        return '"'
    single, double = (
        len(
            re.findall(rf"(?:^|(?<={around})){mark}[^{mark}\r\n]*{mark}(?={around}|\r?$)", head, re.MULTILINE)
        )
        for mark in "'\""
    )
    return "'" if single > 2 * double and single > 1 else '"'


def _layout(rows: Sequence[tuple[str, ...]], least: int = 2) -> _Layout | None:
    """Return where the table among these rows begins; None where there is none."""
    widths = [len(row) for row in rows]
    width = max(set(widths), key=widths.count)
    if _is_ragged_table(rows):
        return _Layout(0, named=True)
    first = next(index for index, found in enumerate(widths) if found == width)
    below = widths[first:]
    if width < least or first > _TITLE_LINES or len(below) < 2:
        return None
    if sum(found == width for found in below) < 0.9 * len(below):
        return None
    regular = [row for row in rows[first:] if len(row) == width]
    named = _named_row(regular)
    if named is not None and (not first or _headings(regular[named]) >= 2):
        return _Layout(first + _index_of(rows[first:], regular[named]), named=True)
    rare = least > 2 and len(regular) < 6
    if rare or first > 0.1 * len(rows) or not _is_tabular(regular, width):
        return None
    return _Layout(first, named=False)


def _index_of(rows: Sequence[tuple[str, ...]], row: tuple[str, ...]) -> int:
    return next(index for index, each in enumerate(rows) if each is row)


def _named_row(rows: Sequence[tuple[str, ...]]) -> int | None:
    """Return which row names the columns: the first, or one below titles that fill few cells."""
    if _too_long(rows):
        return None
    if has_header(rows) and len(rows) >= 2:
        return 0
    for index, row in enumerate(rows[:_TITLE_LINES]):
        filled = sum(bool(cell.strip()) for cell in row)
        if filled * 2 <= len(row):
            continue
        if index and _headings(row) >= 2 and len(rows) > index + 1 and has_header(rows[index:]):
            return index
        if filled == len(row):
            return None
    return None


def _headings(row: tuple[str, ...]) -> int:
    return sum(is_heading(cell) for cell in row)


def _is_ragged_table(rows: Sequence[tuple[str, ...]]) -> bool:
    """Tell a table whose rows end where their last value stands: names above, no row longer than them."""
    width = len(rows[0])
    if width < 3 or len({len(row) for row in rows}) == 1 or _too_long(rows):
        return False
    fitting = sum(1 < len(row) <= width for row in rows[1:])
    full = sum(len(row) for row in rows[1:])
    return (
        _headings(rows[0]) * 2 > width
        and has_header(rows)
        and fitting >= 0.9 * (len(rows) - 1)
        and full >= 0.5 * width * (len(rows) - 1)
    )


def _too_long(rows: Sequence[tuple[str, ...]]) -> bool:
    lengths = [len(cell) for row in rows for cell in row]
    return sum(length > 200 for length in lengths) > 0.1 * len(lengths)


def _is_tabular(rows: list[tuple[str, ...]], width: int) -> bool:
    """Tell a table without names from prose with commas: short cells, enough rows of three columns."""
    if _too_long(rows):
        return False
    cell_count = sum(len(row) for row in rows)
    sentences = sum("。" in cell for row in rows for cell in row)
    named = [index for index in range(width) if any(len(row) > index and row[index].strip() for row in rows)]
    if sentences > 0.1 * cell_count or len(named) < 2:
        return False  # prose with a figure such as 1,234, or lines of code that end in ";"
    spaced = sum(cell.startswith(" ") for row in rows for cell in row[1:])
    if spaced > 0.5 * max(1, cell_count - len(rows)):
        return False  # "Tokyo, Osaka, Kyoto": a comma and a space is a sentence's
    return len(rows) >= (3 if width >= 3 else 6)


def table_segments(text: str, delimiter: str) -> Iterator[TableSegment | TextSegment]:
    """Yield a delimited text in blocks of rows; lines above the table come as text."""
    quote = quote_of(text, delimiter)
    yield from segments_of(records(text, quote=quote, delimiter=delimiter), delimiter, quote)


def segments_of(
    given: Iterable[Record], delimiter: str, quote: str = '"'
) -> Iterator[TableSegment | TextSegment]:
    """Yield rows in blocks, with the place of each cell."""
    found = (record for record in given if record.text.strip() and not _is_said(record))
    head = list(islice(found, _SAMPLE_LINES))
    parsed = [cells(record.text, delimiter, quote) for record in head]
    layout = (_layout(parsed) if parsed else None) or _Layout(0, named=has_header(parsed))
    for record in head[: layout.first]:
        yield TextSegment(record.text, offset=record.start)
    header = parsed[layout.first] if layout.named else None
    skipped = layout.first + layout.named
    rest = iter(head[skipped:])
    yielded = False
    for source in (rest, found):
        while block := tuple(islice(source, BLOCK_ROWS)):
            yielded = True
            yield TableSegment(
                table="",
                header=header,
                first_row=block[0].line,
                rows=tuple(cells(record.text, delimiter, quote) for record in block),
                span=_Spans(block, delimiter, quote),
            )
    if not yielded and header is not None:
        yield TableSegment(table="", header=header, first_row=head[skipped - 1].line + 1, rows=())


def _is_said(record: Record) -> bool:
    return record.line == 1 and _SAID.fullmatch(record.text) is not None
