"""Rows of a table into the ledger 台帳の取込: which are new, changed or as they were, then all or nothing."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from registry import handling
from registry.access import require, require_open
from registry.errors import AccessDenied, InvalidValue, NotFound, RegistryError
from registry.handling import Handling
from registry.ledger_changes import add_all, change, require_references, visible
from registry.ledger_columns import COLUMNS, EntryDraft, checked
from registry.model import EntryId, Permission, UnitId
from registry.store import Tx
from registry.store.tables import LedgerRecord

_CORE = tuple(field.name for field in fields(EntryDraft) if field.name != "handling")
_BATCH = 500  # ids asked for at once: databases limit the values of a query
_OPTIONAL: Mapping[str, object] = {
    "retention_months": None,
    "retention_until": None,
    "approximate_count": None,
}


class Step(enum.StrEnum):
    """What one row does to the ledger; the ids are public API."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One row: the entry that it is about (None: a new one) and the columns that the row states."""

    number: int  # row of the file, from 1
    entry_id: EntryId | None
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row; of a refused one the column and the rule."""

    number: int
    step: Step
    entry_number: str = ""  # L-0001; empty when refused
    column: str = ""
    rule: str = ""


class ImportRefusedError(RegistryError):
    """Rows were refused, and with them the whole table; `outcomes` holds the refused ones."""

    def __init__(self, outcomes: Sequence[Outcome], lines: int) -> None:
        super().__init__(f"{len(outcomes)} of {lines} rows are refused; nothing was changed")
        self.outcomes = tuple(outcomes)


def take(tx: Tx, lines: Sequence[EntryLine]) -> list[Outcome]:
    """Create and change entries as the rows say; the caller rolls a trial run back.

    Entries are read in the transaction that writes them, so that no edit of others comes between. Raises
    ImportRefusedError when a row is refused: the caller's transaction then leaves nothing.
    """
    refused: list[Outcome] = []
    drafts: list[tuple[EntryLine, EntryDraft]] = []
    done: dict[int, Outcome] = {}
    allowed: set[tuple[str, int | None]] = set()
    known = _rows(tx, [line.entry_id for line in lines if line.entry_id is not None])
    for line in lines:
        try:
            if line.entry_id is None:
                drafts.append((line, _drafted(tx, line.values, allowed)))
            else:
                done[line.number] = _changed(tx, line, known)
        except (InvalidValue, AccessDenied, NotFound) as error:
            refused.append(_refusal(line, error))
    if refused:
        raise ImportRefusedError(refused, len(lines))
    made = add_all(tx, [draft for _, draft in drafts], Permission.EDIT_LEDGER)
    for (line, _), row in zip(drafts, made, strict=True):
        done[line.number] = Outcome(line.number, Step.CREATED, row.number)
    return [done[line.number] for line in lines]


def _rows(tx: Tx, ids: Sequence[EntryId]) -> dict[int, LedgerRecord]:
    found: dict[int, LedgerRecord] = {}
    for start in range(0, len(ids), _BATCH):
        query = visible(tx).where(LedgerRecord.id.in_(ids[start : start + _BATCH]))
        found |= {row.id: row for row in tx.session.scalars(query)}
    return found


def _changed(tx: Tx, line: EntryLine, known: Mapping[int, LedgerRecord]) -> Outcome:
    row = known.get(line.entry_id or 0)
    if row is None:
        raise NotFound("ledger_entry")
    require(tx, Permission.EDIT_LEDGER, UnitId(row.unit_id))
    moved = change(tx, row, row.version, line.values, Permission.EDIT_LEDGER)
    return Outcome(line.number, Step.CHANGED if moved else Step.UNCHANGED, row.number)


def _drafted(tx: Tx, values: Mapping[str, object], allowed: set[tuple[str, int | None]]) -> EntryDraft:
    """Return a new entry, checked for who imports it; InvalidValue names a column that it lacks."""
    for column in values:
        if column not in COLUMNS:
            raise InvalidValue(column, "unknown_column")
    stated = {**_OPTIONAL, **values}
    for column in _CORE:
        if column not in stated:
            raise InvalidValue(column, "required")
    core = {column: stated[column] for column in _CORE}
    rest = {column: value for column, value in values.items() if column in handling.COLUMNS}
    draft = checked(EntryDraft(**core, handling=Handling(**rest)))  # type: ignore[arg-type]  # types are checked there
    named: set[tuple[str, int | None]] = {("unit", draft.unit_id)}
    named |= {("source", place.source_id) for place in draft.places}
    named |= {("processor", each) for each in draft.handling.processors}
    if not named <= allowed:  # the same rows are named again and again, and asking is slow
        require(tx, Permission.EDIT_LEDGER, draft.unit_id)
        require_open(tx, draft.unit_id)
        require_references(tx, draft)
        allowed |= named
    return draft


def _refusal(line: EntryLine, error: InvalidValue | AccessDenied | NotFound) -> Outcome:
    match error:
        case InvalidValue():
            column, rule = error.column, error.rule
        case AccessDenied():
            column, rule = "unit_id", str(error.permission)
        case NotFound():
            column, rule = "number", "unknown"
    return Outcome(line.number, Step.REFUSED, "", column, rule)
