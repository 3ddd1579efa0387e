"""A workbook or a text table as rows of cells: where the headings stand, and what merged cells hold."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import python_calamine

from daicho.errors import UsageError
from daicho.ledger_file.vocabulary import plain, vocabulary
from daicho.table_file import text_of
from scanners.reports.cells import original

Cell = str | float | int | bool | date | datetime | time | timedelta
Grid = list[list[Cell]]
Span = tuple[tuple[int, int], tuple[int, int]]

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls"})
ID_PREFIX = "daicho:"  # a row of these under the headings names the columns of our own files
_SEARCHED = 20  # rows in which headings are looked for
_DEEP = 3  # rows that headings may take
_SIZE, _UNPACKED = 50 << 20, 512 << 20  # bytes
_ROWS, _COLUMNS, _CELLS = 200_000, 1_000, 10_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of data; `number` is its line in the sheet or record in the text, from 1."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file: the parts of each column's heading from top to bottom, and the rows below."""

    path: Path
    sheet: str  # empty: a text table
    header_row: int  # the last row of the headings, from 1
    headings: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """Return each column's heading in one line."""
        return tuple(" ".join(" ".join(part.split()) for part in parts) for parts in self.headings)


def read_table(path: Path) -> Table:
    """Return the table whose headings are known best; UsageError for what is no ledger."""
    tables = [
        table
        for sheet, grid, spans in _sheets(path)
        if (table := _table(path, sheet, grid, spans)) is not None
    ]
    if not tables:
        raise UsageError(
            f"{path}: no row among the first {_SEARCHED} names the columns of a ledger "
            "(name, data items, purpose …). Check the file, or see docs/ledger-file.md."
        )
    return max(tables, key=lambda each: (_known(each.headings), len(each.rows)))


def letter(index: int) -> str:
    """Return the letters of a column as spreadsheets write them, 0 is A."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def shown(cell: Cell) -> str:
    """Return a cell as text: whole numbers without a point, dates in ISO 8601."""
    match cell:
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case _:
            return str(cell)


def is_blank(cell: Cell) -> bool:
    """Tell whether nothing stands in a cell."""
    return isinstance(cell, str) and not cell.strip()


def _sheets(path: Path) -> Iterator[tuple[str, Grid, Sequence[Span]]]:
    if path.suffix.lower() not in WORKBOOKS:
        yield "", _text_grid(path), ()
        return
    try:
        if path.stat().st_size > _SIZE:
            raise UsageError(f"{path} is larger than {_SIZE >> 20} MiB.")
        data = path.read_bytes()
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                if sum(part.file_size for part in package.infolist()) > _UNPACKED:
                    raise UsageError(f"{path} unpacks to more than {_UNPACKED >> 20} MiB.")
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for metadata in book.sheets_metadata:
            if metadata.typ is python_calamine.SheetTypeEnum.WorkSheet:
                sheet = book.get_sheet_by_name(metadata.name)
                yield metadata.name, _sheet_grid(path, sheet), sheet.merged_cell_ranges or ()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror or type(error).__name__}).") from None
    except python_calamine.PasswordError:
        raise UsageError(f"{path} has a password. Save a copy without it.") from None
    except (python_calamine.CalamineError, zipfile.BadZipFile, ValueError) as error:
        raise UsageError(f"{path} is no workbook that can be read ({type(error).__name__}).") from None


def _sheet_grid(path: Path, sheet: python_calamine.CalamineSheet) -> Grid:
    if sheet.start is None:
        return []
    height, width = sheet.total_height, sheet.total_width
    if height > _ROWS or width > _COLUMNS or height * width > _CELLS:
        raise UsageError(f"{path}: the sheet is too large ({height} rows, {width} columns).")
    return [list(row) for row in sheet.to_python(skip_empty_area=False)]


def _text_grid(path: Path) -> Grid:
    text = text_of(path)
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in first else ",", strict=True)
    try:
        rows = [[original(cell) for cell in row] for row in reader]
    except csv.Error as error:
        raise UsageError(f"{path}: line {reader.line_num} is not valid CSV ({error}).") from None
    width = max(map(len, rows), default=0)
    if len(rows) > _ROWS or width > _COLUMNS or len(rows) * width > _CELLS:
        raise UsageError(f"{path}: the table is too large ({len(rows)} rows, {width} columns).")
    return [[*row, *[""] * (width - len(row))] for row in rows]


def _table(path: Path, sheet: str, grid: Grid, spans: Sequence[Span]) -> Table | None:
    heads = [list(row) for row in grid[: _SEARCHED + _DEEP]]
    for (top, left), (bottom, right) in spans:
        for row in range(top, min(bottom + 1, len(heads))):
            for column in range(left, min(right + 1, len(heads[row]))):
                heads[row][column] = grid[top][left]
    texts = [[shown(cell).strip() for cell in row] for row in heads]
    found = _own(texts) or _headings(texts)
    if found is None:
        return None
    end, headings = found
    for (top, left), (bottom, _right) in spans:
        for row in range(max(top, end) + 1, bottom + 1) if top >= end else ():
            if row < len(grid) and left < len(grid[row]):
                grid[row][left] = grid[top][left]
    rows = tuple(Row(end + number, tuple(row)) for number, row in enumerate(grid[end:], 1))
    return Table(path, sheet, end, headings, rows)


def _own(texts: Sequence[Sequence[str]]) -> tuple[int, tuple[tuple[str, ...], ...]] | None:
    for number, row in enumerate(texts, 1):
        if sum(cell.startswith(ID_PREFIX) for cell in row) > 1:
            return number, tuple((cell,) if cell else () for cell in row)
    return None


def _headings(texts: Sequence[Sequence[str]]) -> tuple[int, tuple[tuple[str, ...], ...]] | None:
    """Return where the headings end and their parts: the rows in which most columns are known."""
    best: tuple[float, int, tuple[tuple[str, ...], ...]] | None = None
    for top in range(min(_SEARCHED, len(texts))):
        for depth in range(1, min(_DEEP, len(texts) - top) + 1):
            parts = tuple(_parts(column) for column in zip(*texts[top : top + depth], strict=True))
            score = _known(parts) - 0.1 * depth
            if best is None or score > best[0]:
                best = (score, top + depth, parts)
    if best is None or best[0] < 2 - 0.1 * _DEEP:
        return None
    return best[1], best[2]


def _parts(cells: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for cell in cells:
        if cell and (not found or found[-1] != cell):
            found.append(cell)
    return tuple(found)


def _known(headings: Sequence[tuple[str, ...]]) -> int:
    return len({name for parts in headings if (name := known_column(parts))})


def known_column(parts: Sequence[str]) -> str:
    """Return the column that a heading names outright, by its last, joined or first parts; "" for none."""
    for text in _readings(parts):
        if text.startswith(ID_PREFIX):
            return text.removeprefix(ID_PREFIX)
        for name, column in vocabulary().columns.items():
            if plain(text) in column.headings:
                return name
    return ""


def _readings(parts: Sequence[str]) -> Iterator[str]:
    if not parts:
        return
    yield "".join(parts)
    yield parts[-1]
    yield parts[0]
    for part in (parts[-1], parts[0]):
        yield part.partition("（")[0].partition("(")[0]
