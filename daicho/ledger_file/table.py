"""A workbook or a text table as rows of cells: where the headings stand, and what merged cells hold."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import python_calamine

from daicho.ledger_file.vocabulary import plain, vocabulary
from daicho.table_file import (
    DENSE,
    LIMIT,
    ROWS,
    Fault,
    TableRefusedError,
    cells_in,
    refused,
    told_of,
    xlsx,
)
from scanners.errors import ExtractionError
from scanners.extractors.spreadsheet import calamine_errors, open_workbook
from scanners.kinds import sniff

Cell = str | float | int | bool | date | datetime | time | timedelta
Grid = list[list[Cell]]
Span = tuple[tuple[int, int], tuple[int, int]]

_OLE = b"\xd0\xcf\x11\xe0"
ID_PREFIX = "daicho:"  # a row of these under the headings names the columns of our own files
_SEARCHED = 20  # rows in which headings are looked for
_DEEP = 3  # rows that headings may take
_HEADING = 200  # letters by which a heading is told
_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of data; `number` is its line in the sheet or record in the text, from 1."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file: the parts of each column's heading from top to bottom, and the rows below."""

    name: str  # of the file
    data: bytes  # the file itself: its marked copy is made of it
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
    return told_of(path, lambda data: table_of(path.name, data), {})


def table_of(name: str, data: bytes, *, limit: int = LIMIT) -> Table:
    """Return the table whose headings are known best; TableRefusedError for what is no ledger."""
    if len(data) > limit:
        raise TableRefusedError(Fault.TOO_LARGE)
    best: Table | None = None
    try:
        for sheet, grid, spans in _sheets(data):
            table = _table(name, data, sheet, grid, spans)
            if table is not None and (best is None or _fitness(table) > _fitness(best)):
                best = table
    except TableRefusedError:
        if best is None:
            raise
    if best is None:
        raise TableRefusedError(Fault.NO_LEDGER, _SEARCHED)
    return best


def _fitness(table: Table) -> tuple[int, int]:
    return _known(table.headings), len(table.rows)


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


def _sheets(data: bytes) -> Iterator[tuple[str, Grid, Sequence[Span]]]:
    if data.startswith(b"PK"):
        yield from _xlsx(data)
    elif data.startswith(_OLE):
        yield from _xls(data)
    else:
        yield "", _padded([list[Cell](cells) for _, cells in cells_in(data)]), ()


def _xlsx(data: bytes) -> Iterator[tuple[str, Grid, Sequence[Span]]]:
    with xlsx(data) as (stream, budget):
        workbook = open_workbook(stream, budget, dense=DENSE)
        # Those that are too large come last: they are an error only when no other sheet is the ledger.
        for name in sorted(workbook.worksheets, key=lambda name: name in workbook.large):
            yield _read(name, workbook.sheet(name))


def _xls(data: bytes) -> Iterator[tuple[str, Grid, Sequence[Span]]]:
    """Read a workbook of old Excel: its sheets hold no more than 65,536 rows of 256 columns."""
    kind = sniff(io.BytesIO(data))
    if kind != "xls":
        raise TableRefusedError(Fault.ENCRYPTED if kind == "ole-encrypted" else Fault.NO_TABLE, why=kind)
    try:
        with calamine_errors():
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
            names = [
                each.name
                for each in book.sheets_metadata
                if each.typ is python_calamine.SheetTypeEnum.WorkSheet
            ]
            for name in names:
                yield _read(name, book.get_sheet_by_name(name))
    except ExtractionError as error:
        raise refused(error) from None


def _read(name: str, sheet: python_calamine.CalamineSheet) -> tuple[str, Grid, Sequence[Span]]:
    if sheet.start is None:
        return name, [], ()
    _measure(sheet.total_height, sheet.total_width)
    grid: Grid = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    return name, grid, sheet.merged_cell_ranges or ()


def _padded(rows: Grid) -> Grid:
    width = max(map(len, rows), default=0)
    _measure(len(rows), width)
    return [[*row, *[""] * (width - len(row))] for row in rows]


def _measure(height: int, width: int) -> None:
    if height > ROWS:
        raise TableRefusedError(Fault.TOO_MANY_ROWS)
    if width > _COLUMNS or height * width > DENSE:
        raise TableRefusedError(Fault.TOO_LARGE, why="cells")


def _table(name: str, data: bytes, sheet: str, grid: Grid, spans: Sequence[Span]) -> Table | None:
    heads = [list(row) for row in grid[: _SEARCHED + _DEEP]]
    for row, column, value in _merged(grid, spans, len(heads)):
        heads[row][column] = value
    texts = [[shown(cell).strip()[:_HEADING] for cell in row] for row in heads]
    found = _own(texts) or _headings(texts)
    if found is None:
        return None
    end, headings = found
    for (top, left), (bottom, _right) in spans:
        if top >= end and left < len(grid[0]):
            for row in range(top + 1, min(bottom + 1, len(grid))):
                grid[row][left] = grid[top][left]
    rows = tuple(Row(end + number, tuple(row)) for number, row in enumerate(grid[end:], 1))
    return Table(name, data, sheet, end, headings, rows)


def _merged(grid: Grid, spans: Sequence[Span], height: int) -> Iterator[tuple[int, int, Cell]]:
    """Yield what stands in each merged cell of the first rows; spans that overlap are no workbook's."""
    width = len(grid[0]) if grid else 0
    covered = 0
    for (top, left), (bottom, right) in spans:
        covered += min(bottom + 1, len(grid)) - min(top, len(grid))
        if covered > DENSE:
            raise TableRefusedError(Fault.DAMAGED, why="merged cells")
        if top >= height or left >= width:
            continue
        for row in range(top, min(bottom + 1, height)):
            for column in range(left, min(right + 1, width)):
                yield row, column, grid[top][left]


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
        if name := vocabulary().headed.get(plain(text)):
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
