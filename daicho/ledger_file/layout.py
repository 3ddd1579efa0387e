"""The ledger as rows of a ledger file: required columns first, what words lose kept in the last ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from daicho.ledger_file import machine
from daicho.ledger_file.cells import Here, read
from daicho.ledger_file.mapping import MACHINE
from daicho.ledger_file.places import Known
from daicho.ledger_file.refusal import CellError
from daicho.ledger_file.shown import Shown, cell_of
from daicho.ledger_file.table import ID_PREFIX
from daicho.ledger_file.vocabulary import vocabulary
from registry.ledger_columns import value_of
from registry.model import LedgerEntry

_DERIVED = frozenset({"number", "unit_id", "special_care"})  # exact, or following from the others


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of the file that is written."""

    id: str  # "daicho:name"; empty in a file that is not read back
    group: str
    title: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole file: who it is about, the headings, and a row for each entry."""

    title: str
    company: str
    as_of: date
    language: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Shown, ...], ...]
    hidden: int  # how many of the last columns are for reading back only

    @property
    def reads_back(self) -> bool:
        """True when the columns have ids by which an import knows them."""
        return any(heading.id for heading in self.headings)


def sheet(entries: Sequence[LedgerEntry], known: Known, *, company: str, as_of: date, language: str) -> Sheet:
    """Return the ledger in a language, as whoever read the entries may see it."""
    columns = vocabulary().columns
    written = [_row(entry, known, language) for entry in entries]
    hidden = max((len(kept) for _, kept in written), default=0)
    headings = [
        Heading(f"{ID_PREFIX}{name}", vocabulary().groups[each.group][language], each.title[language])
        for name, each in columns.items()
    ]
    word = {"ja": "機械用", "en": "For reading back"}[language]
    headings += [Heading(f"{ID_PREFIX}{MACHINE}{n}", "", f"{word} {n}") for n in range(1, hidden + 1)]
    rows = tuple((*cells, *kept, *[""] * (hidden - len(kept))) for cells, kept in written)
    title = {"ja": "個人情報管理台帳", "en": "Ledger of personal information"}[language]
    return Sheet(title, company, as_of, language, tuple(headings), rows, hidden)


def _row(entry: LedgerEntry, known: Known, language: str) -> tuple[list[Shown], list[str]]:
    cells: list[Shown] = []
    lost: dict[str, tuple[str, str]] = {}
    for column in vocabulary().columns:
        cell = cell_of(column, entry, known, language)
        cells.append(cell)
        if column in _DERIVED or (column == "places" and not entry.places):
            continue
        value = value_of(entry, column)
        if not _reads_back(column, cell, value, entry, known):
            text = cell.isoformat() if isinstance(cell, date) else str(cell)
            lost[column] = (text, machine.written(column, value, known))
    return cells, machine.pieces(lost)


def _reads_back(column: str, cell: Shown, value: object, entry: LedgerEntry, known: Known) -> bool:
    """Tell whether the words of a cell alone give its value back, and state nothing else."""
    try:
        stated = read(column, cell, Here(f"{ID_PREFIX}{column}", entry.unit_id, known))
    except CellError:
        return False
    return stated == {column: value}
