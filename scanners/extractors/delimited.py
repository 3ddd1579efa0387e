"""Comma-, tab- and semicolon-separated text: rows with the place of every cell in the file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from scanners.extractors.headings import has_header
from scanners.model import TableSegment, TextSegment

BLOCK_ROWS = 2_000
_DELIMITERS = (",", "\t", ";", "|")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_JOINED_LINES = 500  # a quoted field longer than this is a stray quote
_SAMPLE_LINES = 60
_FIELD_CHARACTERS = 1 << 24


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands in the file: its text without the final line end, and where it starts."""

    text: str
    start: int  # code points from the start of the decoded file
    line: int  # 1-based number of its first line


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for found in _LINE.finditer(text):
        if found.group():
            yield found.start(), found.group()


def records(text: str, offset: int = 0) -> Iterator[Record]:
    """Yield the rows of a text; a quoted field may run over several lines."""
    pending: list[str] = []
    start = first_line = 0
    odd = False
    for number, (position, line) in enumerate(_lines(text), start=1):
        if not pending:
            start, first_line = position, number
        pending.append(line)
        odd ^= bool(line.count('"') & 1)
        if not odd:
            yield Record("".join(pending).rstrip("\r\n"), offset + start, first_line)
            pending = []
        elif len(pending) >= _JOINED_LINES:
            yield from _apart(pending, offset + start, first_line)
            pending, odd = [], False
    yield from _apart(pending, offset + start, first_line)


def _apart(lines: list[str], start: int, number: int) -> Iterator[Record]:
    """Yield lines that a stray quote had joined each as a row of its own."""
    for line in lines:
        yield Record(line.rstrip("\r\n"), start, number)
        start += len(line)
        number += 1


def cells(record: str, delimiter: str) -> tuple[str, ...]:
    """Return the values of one row, quotes removed."""
    csv.field_size_limit(_FIELD_CHARACTERS)
    try:
        rows = list(csv.reader([record], delimiter=delimiter))
    except csv.Error:
        return tuple(record.split(delimiter))
    return tuple(rows[0]) if rows else ()


def cell_spans(record: Record, delimiter: str) -> list[tuple[int, int]]:
    """Return where each value of one row stands in the file, without its quotes."""
    text, position = record.text, 0
    spans = []
    while True:
        quoted = text.startswith('"', position)
        if quoted:
            end = position + 1
            while (end := text.find('"', end)) != -1 and text.startswith('""', end):
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
    row: int = -1
    spans: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, row: int, column: int) -> tuple[int, int]:
        if row != self.row:
            self.row, self.spans = row, cell_spans(self.records[row], self.delimiter)
        if column < len(self.spans):
            return self.spans[column]
        end = self.records[row].start + len(self.records[row].text)
        return end, end


def dialect_of(text: str) -> str | None:
    """Return the delimiter of a text that is a table, or None: every row has the same number of cells."""
    sample = list(islice(records(text[:HEAD_CHARACTERS]), _SAMPLE_LINES))
    if len(text) > HEAD_CHARACTERS:
        sample = sample[:-1]
    filled = [record for record in sample if record.text.strip()]
    if len(filled) < 2:
        return None
    for delimiter in _DELIMITERS:
        widths = [len(cells(record.text, delimiter)) for record in filled]
        width = max(set(widths), key=widths.count)
        regular = sum(found == width for found in widths)
        if width < 2 or regular < 0.9 * len(widths):
            continue
        rows = [row for record in filled if len(row := cells(record.text, delimiter)) == width]
        if _is_tabular(rows, width):
            return delimiter
    return None


HEAD_CHARACTERS = 200_000


def _is_tabular(rows: list[tuple[str, ...]], width: int) -> bool:
    """Tell a table from prose with commas: short cells, and a heading or enough rows of three columns."""
    lengths = [len(cell) for row in rows for cell in row]
    if sum(length > 200 for length in lengths) > 0.1 * len(lengths):
        return False
    if has_header(rows) and len(rows) >= 2:
        return True
    sentences = sum("。" in cell for row in rows for cell in row)
    named = [index for index in range(width) if any(len(row) > index and row[index].strip() for row in rows)]
    if sentences > 0.1 * len(lengths) or len(named) < 2:
        return False  # prose with a figure such as 1,234, or lines of code that end in ";"
    spaced = sum(cell.startswith(" ") for row in rows for cell in row[1:])
    if spaced > 0.5 * max(1, len(lengths) - len(rows)):
        return False  # "Tokyo, Osaka, Kyoto": a comma and a space is a sentence's
    return len(rows) >= (3 if width >= 3 else 6)


def table_segments(text: str, delimiter: str) -> Iterator[TableSegment | TextSegment]:
    """Yield a delimited text in blocks of rows; lines of another width before the table come as text."""
    found = (record for record in records(text) if record.text.strip())
    head = list(islice(found, _SAMPLE_LINES))
    parsed = [cells(record.text, delimiter) for record in head]
    widths = [len(row) for row in parsed]
    width = max(set(widths), key=widths.count)
    skipped = 0
    while skipped < min(5, len(head) - 2) and widths[skipped] != width:
        yield TextSegment(head[skipped].text, offset=head[skipped].start)
        skipped += 1
    header = parsed[skipped] if has_header(parsed[skipped:]) else None
    if header is not None:
        skipped += 1
    rest = iter(head[skipped:])
    yielded = False
    for source in (rest, found):
        while block := tuple(islice(source, BLOCK_ROWS)):
            yielded = True
            yield TableSegment(
                table="",
                header=header,
                first_row=block[0].line,
                rows=tuple(cells(record.text, delimiter) for record in block),
                span=_Spans(block, delimiter),
            )
    if not yielded and header is not None:
        yield TableSegment(table="", header=header, first_row=head[skipped - 1].line + 1, rows=())
