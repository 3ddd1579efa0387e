"""Tables that people hand in: CSV and tab-separated text in UTF-8 or as Japanese Excel saves it, and xlsx.

What a file is, is told from its bytes; its name counts for nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from daicho.errors import UsageError
from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Limits
from scanners.extractors.spreadsheet import first_sheet

LIMIT = 50 << 20  # bytes
_ENCODINGS = ("utf-8-sig", "cp932")
_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # xlsx; xls, and xlsx with a password
_EXPANDED = 400 << 20  # bytes of an unpacked workbook
_WHY: Mapping[str, str] = {
    "empty": "{name} is empty. The first line names the columns.",
    "too_large": "{name} is larger than {limit} MiB.",
    "unreadable": "{name} cannot be read ({why}).",
    "encoding": "{name} is neither UTF-8 nor Shift_JIS text.",
    "not_csv": "{name}: line {line} is not valid CSV ({why}).",
    "old_or_locked": "{name} is an old Excel file or has a password. Save it as .xlsx without, or as CSV.",
    "workbook": "{name} cannot be read as an Excel workbook ({why}). Save it as CSV.",
    "more_cells": "{name}: line {line} has more cells than the first line.",
    "unknown_column": "{name}: unknown column {column!r}. Known: {known}.",
    "doubled_column": "{name}: a column stands twice in the first line.",
}

Row = tuple[int, dict[str, str]]


class TableError(UsageError):
    """A file is no table that can be taken; `rule` and `values` let its reader be told in any language."""

    def __init__(self, rule: str, **values: object) -> None:
        super().__init__(_WHY[rule].format(**values))
        self.rule = rule
        self.values = values


def rows_of(path: Path, headings: Mapping[str, str]) -> list[Row]:
    """Return the rows of a table with their line number in the file, cells by column name.

    `headings` maps what may stand in the first line (folded to lower case) to column names. Raises
    TableError naming the file for what cannot be read, is too large, or has unknown or doubled headings.
    """
    try:
        if path.stat().st_size > LIMIT:
            raise TableError("too_large", name=path, limit=LIMIT >> 20)
        data = path.read_bytes()
    except OSError as error:
        raise TableError("unreadable", name=path, why=error.strerror) from None
    return rows_in(data, str(path), headings)


def rows_in(data: bytes, name: str, headings: Mapping[str, str]) -> list[Row]:
    """Return the rows of a table that is at hand as bytes; `name` is what its reader calls it."""
    if data.startswith(_COMPOUND):
        raise TableError("old_or_locked", name=name)
    lines = _workbook(data, name) if data.startswith(_ZIP) else _delimited(data, name)
    rows: list[Row] = []
    columns: Sequence[str] = ()
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if not columns:
            columns = _columns(name, cells, headings)
            continue
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise TableError("more_cells", name=name, line=number)
        rows.append((number, dict(zip(columns, cells, strict=False))))
    if not columns:
        raise TableError("empty", name=name)
    return rows


def _workbook(data: bytes, name: str) -> Iterator[tuple[int, Sequence[str]]]:
    budget = Budget(Limits(expanded_bytes=_EXPANDED), len(data))
    try:
        yield from first_sheet(io.BytesIO(data), budget)
    except ExtractionError as error:
        raise TableError("workbook", name=name, why=error.gap.reason) from None


def _delimited(data: bytes, name: str) -> Iterator[tuple[int, Sequence[str]]]:
    text = _text(data, name)
    first = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(keepends=True), delimiter="\t" if "\t" in first else ",", strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise TableError("not_csv", name=name, line=reader.line_num, why=error) from None


def _text(data: bytes, name: str) -> str:
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise TableError("encoding", name=name)


def _columns(name: str, cells: Sequence[str], headings: Mapping[str, str]) -> list[str]:
    named = list(cells)
    while named and not named[-1].strip():  # Excel likes to save empty columns at the end
        named.pop()
    columns = []
    for cell in named:
        column = headings.get(cell.strip().casefold())
        if column is None:
            known = ", ".join(sorted(headings))
            raise TableError("unknown_column", name=name, column=cell.strip(), known=known)
        columns.append(column)
    if len(set(columns)) < len(columns):
        raise TableError("doubled_column", name=name)
    return columns
