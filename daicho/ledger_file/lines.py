"""Rows of a ledger file into rows of the ledger: what each states, and which cells are wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from daicho.ledger_file import machine
from daicho.ledger_file.cells import Here, answer_of, read, unkept_items
from daicho.ledger_file.mapping import MACHINE, How, Matched
from daicho.ledger_file.places import Known
from daicho.ledger_file.refusal import CellError
from daicho.ledger_file.shown import is_special_care
from daicho.ledger_file.table import Cell, Row, Table, is_blank, letter, shown
from registry.ledger_columns import value_of
from registry.ledger_import import EntryLine
from registry.model import LedgerEntry, UnitId
from scanners.model import Exposure

_NUMBER = re.compile(r"L-(\d{1,9})")
_NEEDED = ("name", "items", "purpose", "places", "storage_method", "access_holders", "end_of_use", "owner")


@dataclass(frozen=True, slots=True)
class Issue:
    """Something about one cell: it is refused, or (`is_note`) taken with something that is told."""

    row: int
    index: int  # column of the file, 0 is A
    column: str
    rule: str
    detail: str = ""
    cell: str = ""
    is_note: bool = False

    @property
    def place(self) -> str:
        """Return the cell's name, "C7"."""
        return f"{letter(self.index)}{self.row}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a file states, and what is wrong with it."""

    lines: tuple[EntryLine, ...]
    issues: tuple[Issue, ...]
    refused: int = 0  # rows with a cell that is wrong, or without one that they need

    @property
    def is_refused(self) -> bool:
        """True when any cell is refused: then nothing is taken."""
        return any(not issue.is_note for issue in self.issues)


@dataclass(slots=True)
class _Reading:
    table: Table
    columns: dict[str, list[Matched]]
    known: Known
    unit_id: UnitId | None
    issues: list[Issue] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    refused: int = 0

    def tell(self, row: Row, column: str, rule: str, detail: str = "", *, is_note: bool = False) -> None:
        index = self.columns[column][0].index if column in self.columns else 0
        self.issues.append(
            Issue(row.number, index, column, rule, detail, shown(row.cells[index]), is_note=is_note)
        )

    def cell(self, row: Row, column: str) -> Cell:
        """Return the cell of a column; several columns of one kind are joined."""
        cells = [row.cells[each.index] for each in self.columns.get(column, ())]
        if len(cells) == 1:
            return cells[0]
        return " / ".join(text for cell in cells if (text := shown(cell).strip()))


def prepare(table: Table, matched: Sequence[Matched], known: Known, unit_id: UnitId | None) -> Prepared:
    """Return the lines of a table; `unit_id` is of rows that name no unit."""
    columns: dict[str, list[Matched]] = {}
    for each in matched:
        if each.column:
            columns.setdefault(each.column, []).append(each)
    reading = _Reading(table, columns, known, unit_id)
    lines = [line for row in table.rows if (line := _line(reading, row)) is not None]
    return Prepared(tuple(lines), tuple(reading.issues), reading.refused)


def _line(reading: _Reading, row: Row) -> EntryLine | None:
    read_cells = [each.index for columns in reading.columns.values() for each in columns]
    filled = [index for index in read_cells if not is_blank(row.cells[index])]
    if not any(not is_blank(cell) for cell in row.cells):
        return None
    if len(filled) <= 1 and is_blank(reading.cell(row, "name")):
        reading.tell(row, "name", "skipped", is_note=True)
        return None
    try:
        entry = _entry(reading, row)
        unit_id = _unit(reading, row, entry)
        lost = machine.joined([shown(row.cells[each.index]) for each in reading.columns.get(MACHINE, ())])
    except CellError as error:
        reading.tell(row, error.column, error.rule, error.detail)
        reading.refused += 1
        return None
    values: dict[str, object] = {}
    if entry is None or "unit_id" in reading.columns:
        values["unit_id"] = unit_id
    right = [_take(reading, row, column, entry, unit_id, lost, values) for column in reading.columns]
    if entry is None:
        values.setdefault("exposure", Exposure.UNKNOWN)
        for column in _NEEDED:
            if column not in reading.columns:
                right.append(False)
                if column not in reading.missing:  # once: it is the file that lacks it
                    reading.missing.add(column)
                    reading.tell(row, column, "missing_column")
    _tell_of_items(reading, row, values)
    if not all(right):
        reading.refused += 1
        return None
    return EntryLine(row.number, None if entry is None else entry.id, values)


def _entry(reading: _Reading, row: Row) -> LedgerEntry | None:
    """Return the entry that a row names; numbers of the company's own are those of new entries."""
    text = unicodedata.normalize("NFKC", shown(reading.cell(row, "number"))).strip().upper()
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    number = f"L-{int(found[1]):04d}"
    entry = reading.known.entries.get(number)
    if entry is None:
        raise CellError("number", "unknown", text)
    if number in reading.numbers:
        raise CellError("number", "twice", text)
    reading.numbers.add(number)
    return entry


def _unit(reading: _Reading, row: Row, entry: LedgerEntry | None) -> UnitId:
    text = shown(reading.cell(row, "unit_id")).strip() if "unit_id" in reading.columns else ""
    if text:
        unit = reading.known.unit(text)
        if unit is None:
            raise CellError("unit_id", "unit", text)
        return unit.id
    if entry is not None:
        return entry.unit_id
    if reading.unit_id is None:
        raise CellError("unit_id", "unit_needed")
    return reading.unit_id


def _take(
    reading: _Reading,
    row: Row,
    column: str,
    entry: LedgerEntry | None,
    unit_id: UnitId,
    lost: dict[str, tuple[str, str]],
    values: dict[str, object],
) -> bool:
    """Add what a cell states to the values of its row; False when it is wrong."""
    if column in (MACHINE, "unit_id"):
        return True
    cell = reading.cell(row, column)
    if column == "places" and is_blank(cell) and entry is not None and not entry.places:
        return True  # out of the sight of who exported it, and of who imports it
    heading = reading.columns[column][0].heading
    try:
        kept = lost.get(column)
        if kept is not None and kept[0] == machine.digest(shown(cell)):
            before = None if entry is None else value_of(entry, column)
            stated = {column: machine.read(column, kept[1], unit_id, reading.known, before)}
        else:
            stated = read(column, cell, Here(heading, unit_id, reading.known))
    except CellError as error:
        reading.tell(
            row, error.column if error.column in reading.columns else column, error.rule, error.detail
        )
        return False
    for name, value in stated.items():
        _settle(values, name, value, is_own=name == column, reading=reading)
    return True


def _settle(values: dict[str, object], name: str, value: object, *, is_own: bool, reading: _Reading) -> None:
    """A cell that states something goes before an empty one; a column's own cell before another's."""
    if name == "retention_event" and not is_own and name in reading.columns:
        return
    if value is not None or name not in values:
        values[name] = value


def _tell_of_items(reading: _Reading, row: Row, values: dict[str, object]) -> None:
    items = values.get("items")
    if "items" in reading.columns and (unkept := unkept_items(reading.cell(row, "items"))):
        reading.tell(row, "items", "items_unkept", unkept, is_note=True)
    if "special_care" in reading.columns and isinstance(items, frozenset):
        said = answer_of(reading.cell(row, "special_care"))
        if said is not None and said != is_special_care(items):
            reading.tell(row, "special_care", "special_care", is_note=True)


def unread(matched: Sequence[Matched]) -> list[Matched]:
    """Return the columns of a file that are not read."""
    return [each for each in matched if each.heading and not each.column and each.how is not How.OWN]
