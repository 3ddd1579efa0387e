"""Tables that people hand in as text: CSV and tab-separated, in UTF-8 or as Japanese Excel saves them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from daicho.errors import UsageError

LIMIT = 50 << 20  # bytes
_ENCODINGS = ("utf-8-sig", "cp932")


def rows_of(path: Path, headings: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a table with their line number in the file, cells by column name.

    `headings` maps what may stand in the first line (folded to lower case) to column names. Raises
    UsageError naming the file for what cannot be read, is too large, or has unknown or doubled headings.
    """
    text = text_of(path)
    first = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(keepends=True), delimiter="\t" if "\t" in first else ",", strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    columns: Sequence[str] = ()
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _columns(path, cells, headings)
                continue
            if len(cells) > len(columns):
                raise UsageError(f"{path}: line {reader.line_num} has more cells than the first line.")
            rows.append((reader.line_num, dict(zip(columns, cells, strict=False))))
    except csv.Error as error:
        raise UsageError(f"{path}: line {reader.line_num} is not valid CSV ({error}).") from None
    if not columns:
        raise UsageError(f"{path} is empty. The first line names the columns.")
    return rows


def text_of(path: Path) -> str:
    """Return the text of a file in UTF-8 or Shift_JIS; UsageError naming the file for what is neither."""
    try:
        if path.stat().st_size > LIMIT:
            raise UsageError(f"{path} is larger than {LIMIT >> 20} MiB.")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from None
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UsageError(f"{path} is neither UTF-8 nor Shift_JIS text.")


def _columns(path: Path, cells: Sequence[str], headings: Mapping[str, str]) -> list[str]:
    columns = []
    for cell in cells:
        column = headings.get(cell.strip().casefold())
        if column is None:
            raise UsageError(
                f"{path}: unknown column {cell.strip()!r}. Known: {', '.join(sorted(headings))}."
            )
        columns.append(column)
    if len(set(columns)) < len(columns):
        raise UsageError(f"{path}: a column stands twice in the first line.")
    return columns
