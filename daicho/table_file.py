"""Tables that people hand in: CSV, tab-separated text and xlsx, told by their content alone."""

from __future__ import annotations

import csv
import enum
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from daicho.errors import DaichoError, UsageError
from scanners.errors import ExtractionError
from scanners.model import Reason
from scanners.reports.cells import original

if TYPE_CHECKING:
    from scanners.extractors.interface import Budget

LIMIT = 50 << 20  # bytes
ROWS = 200_000
CELL = 100_000  # characters
_EXPANDED = 200 << 20  # bytes that may come out of a workbook
DENSE = 8_000_000  # cells of a sheet, empty ones between them counted: about 32 bytes each
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ENCODINGS = ("utf-8-sig", "cp932")
_MARKUP = frozenset({"html", "xml", "json"})

Read = TypeVar("Read")
Row = tuple[int, dict[str, str]]  # line of the file, and its cells by column
Cells = tuple[int, tuple[str, ...]]  # line of the file, and what stands in it


class Fault(enum.StrEnum):
    """Why a table is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    NO_TABLE = "no_table"  # another kind of file, whatever its name says
    NO_TEXT = "no_text"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    UNEVEN = "uneven"
    UNKNOWN_COLUMN = "unknown_column"
    DOUBLED_COLUMN = "doubled_column"
    NO_LEDGER = "no_ledger"  # no row names the columns of a ledger


class TableRefusedError(DaichoError):
    """A table is not taken; `line` and `column` are told where they are known."""

    def __init__(self, fault: Fault, line: int = 0, column: str = "", why: str = "") -> None:
        super().__init__(f"{fault} (line {line})" if line else str(fault))
        self.fault = fault
        self.line = line
        self.column = column
        self.why = why


def table_in(data: bytes, headings: Mapping[str, str], *, limit: int = LIMIT) -> list[Row]:
    """Return the rows of a table with their line number, cells by column name.

    `headings` maps what may stand in the first line (folded to lower case) to column names. Raises
    TableRefusedError for what is no table, is too large, or has unknown or doubled headings.
    """
    rows: list[Row] = []
    columns: Sequence[str] = ()
    for line, cells in cells_in(data, limit=limit):
        if not any(cell.strip() for cell in cells):
            continue
        if not columns:
            columns = _columns(cells, headings)
            continue
        if any(cells[len(columns) :]):
            raise TableRefusedError(Fault.UNEVEN, line)
        rows.append((line, dict(zip(columns, cells, strict=False))))
        if len(rows) > ROWS:
            raise TableRefusedError(Fault.TOO_MANY_ROWS, line)
    if not columns:
        raise TableRefusedError(Fault.EMPTY)
    return rows


def cells_in(data: bytes, *, limit: int = LIMIT) -> Iterator[Cells]:
    """Yield the lines of a table; its kind is told by its bytes alone."""
    if len(data) > limit:
        raise TableRefusedError(Fault.TOO_LARGE)
    if data.startswith(b"PK"):
        return _workbook(data)
    return _lines(_text(data))


def rows_of(path: Path, headings: Mapping[str, str]) -> list[Row]:
    """Return what `table_in` finds in a file; raises UsageError naming the file and the reason."""
    return told_of(path, lambda data: table_in(data, headings), headings)


def told_of(path: Path, read: Callable[[bytes], Read], headings: Mapping[str, str]) -> Read:
    """Return what is read from a file's bytes; raises UsageError naming the file and the reason."""
    try:
        with path.open("rb") as file:
            return read(file.read(LIMIT + 1))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from None
    except TableRefusedError as error:
        raise UsageError(_told(path, error, headings)) from None


def _told(path: Path, error: TableRefusedError, headings: Mapping[str, str]) -> str:
    known = ", ".join(sorted(headings))
    sentences = {
        Fault.EMPTY: f"{path} is empty. The first line names the columns.",
        Fault.TOO_LARGE: f"{path} holds too many cells, or unpacks to too much."
        if error.why
        else f"{path} is larger than {LIMIT >> 20} MiB.",
        Fault.TOO_MANY_ROWS: f"{path} has more than {ROWS:,} rows.",
        Fault.NO_TABLE: f"{path} is no table but {error.why}. CSV and xlsx are read.",
        Fault.NO_TEXT: f"{path} is neither UTF-8 nor Shift_JIS text.",
        Fault.ENCRYPTED: f"{path} is protected with a password. Save it without.",
        Fault.DAMAGED: f"{path}: line {error.line} is not valid CSV ({error.why})."
        if error.line
        else f"{path} is damaged ({error.why}).",
        Fault.UNEVEN: f"{path}: line {error.line} has more cells than the first line.",
        Fault.UNKNOWN_COLUMN: f"{path}: unknown column {error.column!r}. Known: {known}.",
        Fault.DOUBLED_COLUMN: f"{path}: a column stands twice in the first line.",
        Fault.NO_LEDGER: f"{path}: no row among the first {error.line} names the columns of a ledger "
        "(name, data items, purpose …). Check the file, or see docs/ledger-file.md.",
    }
    return sentences[error.fault]


def _workbook(data: bytes) -> Iterator[Cells]:
    from scanners.extractors.spreadsheet import first_sheet

    with xlsx(data) as (stream, budget):
        yield from first_sheet(stream, budget, dense=DENSE)


@contextmanager
def xlsx(data: bytes) -> Iterator[tuple[BinaryIO, Budget]]:
    """Give a workbook as a stream with what it may unpack to; raises TableRefusedError for what fails."""
    from scanners.extractors.interface import Budget, Limits
    from scanners.kinds import sniff

    stream = io.BytesIO(data)
    kind = sniff(stream)
    if kind != "xlsx":
        raise TableRefusedError(Fault.NO_TABLE, why=kind)
    try:
        yield stream, Budget(Limits(expanded_bytes=_EXPANDED, expanded_times=0, members=2_000), len(data))
    except ExtractionError as error:
        raise refused(error) from None


def refused(error: ExtractionError) -> TableRefusedError:
    """Return why a workbook is not taken."""
    faults = {Reason.ENCRYPTED: Fault.ENCRYPTED, Reason.EXPANDS_TOO_FAR: Fault.TOO_LARGE}
    reason = error.gap.reason
    return TableRefusedError(faults.get(reason, Fault.DAMAGED), why=reason.value)


def _lines(text: str) -> Iterator[Cells]:
    first = text.partition("\n")[0]
    # Lines are the reader's business: those of a cell end with many characters that are no end of a row.
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter="\t" if "\t" in first else ",", strict=True)
    try:
        for cells in reader:
            if any(len(cell) > CELL for cell in cells):
                raise TableRefusedError(Fault.DAMAGED, reader.line_num, why="cell too long")
            yield reader.line_num, tuple(map(original, cells))
    except csv.Error as error:
        raise TableRefusedError(Fault.DAMAGED, reader.line_num, why=str(error)) from None


def _text(data: bytes) -> str:
    from scanners.kinds import sniff

    if len(data) > LIMIT:
        raise TableRefusedError(Fault.TOO_LARGE)
    encodings = ("utf-16",) if data.startswith(_UTF16) else _ENCODINGS
    kind = sniff(io.BytesIO(data))
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            continue
        # Among texts the kind is a guess, and only what opens as markup is no table.
        if kind in _MARKUP or data.startswith((b"%PDF", b"{\\rtf", b"%!PS")):
            raise TableRefusedError(Fault.NO_TABLE, why=kind)
        return text
    if kind in {"unknown", "txt", "csv"}:
        raise TableRefusedError(Fault.NO_TEXT)
    fault = Fault.ENCRYPTED if kind == "ole-encrypted" else Fault.NO_TABLE
    raise TableRefusedError(fault, why=kind)


def _columns(cells: Sequence[str], headings: Mapping[str, str]) -> list[str]:
    named = list(cells)
    while named and not named[-1].strip():  # Excel likes to save empty columns at the end
        named.pop()
    columns = []
    for cell in named:
        column = headings.get(cell.strip().casefold())
        if column is None:
            raise TableRefusedError(Fault.UNKNOWN_COLUMN, column=cell.strip())
        columns.append(column)
    if len(set(columns)) < len(columns):
        raise TableRefusedError(Fault.DOUBLED_COLUMN)
    return columns
