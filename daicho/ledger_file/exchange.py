"""Taking a ledger file in and giving one out: what commands and pages call."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from daicho.errors import UsageError
from daicho.ledger_file.layout import Sheet
from daicho.ledger_file.layout import sheet as ledger_sheet
from daicho.ledger_file.lines import Issue, prepare
from daicho.ledger_file.mapping import Matched
from daicho.ledger_file.places import known
from daicho.ledger_file.processing import record
from daicho.ledger_file.table import Table
from daicho.ledger_file.write import written
from daicho.whole_file import replace as replace_file
from registry import ledger, ledger_import, organisation
from registry.access import today_in_japan
from registry.ledger_import import ImportRefusedError, Outcome
from registry.model import Principal, UnitId
from registry.store import Registry
from registry.views import note_export

FORMS = ("xlsx", "csv")


class Layout(enum.StrEnum):
    """What a file that is written looks like; the ids are public API."""

    LEDGER = "ledger"  # as assessors know it; can be taken in again
    PROCESSING = "processing"  # GDPR Art. 30; to be read


@dataclass(frozen=True, slots=True)
class Wanted:
    """The file that is asked for."""

    form: str  # "xlsx" or "csv"
    language: str  # "ja" or "en"
    layout: Layout = Layout.LEDGER


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: an outcome for each row, or the cells that are wrong; and what is told."""

    outcomes: tuple[Outcome, ...]
    issues: tuple[Issue, ...]
    rows: int = 0  # that the file states, wrong ones too
    wrong: int = 0  # rows that are refused

    @property
    def is_refused(self) -> bool:
        """True when nothing was taken."""
        return any(not issue.is_note for issue in self.issues)


def take(
    registry: Registry,
    principal: Principal,
    table: Table,
    matched: Sequence[Matched],
    unit_id: UnitId | None,
    *,
    dry_run: bool = False,
    reason: str = "ledger import",
) -> Taken:
    """Take a file into the ledger, in one transaction: every row, or none when any cell is wrong."""
    issues: tuple[Issue, ...] = ()
    rows = wrong = 0
    try:
        with registry.write(principal, reason=reason) as tx:
            prepared = prepare(table, matched, known(tx, ledger.entries(tx)), unit_id)
            issues, wrong = prepared.issues, prepared.refused
            rows = len(prepared.lines) + wrong
            outcomes = ledger_import.take(tx, prepared.lines)
            if dry_run or prepared.is_refused:
                tx.session.rollback()
    except ImportRefusedError as error:
        refused = (_issue(outcome, matched) for outcome in error.outcomes)
        return Taken((), (*issues, *refused), rows, wrong + len(error.outcomes))
    taken = Taken(tuple(outcomes), issues, rows, wrong)
    return replace(taken, outcomes=()) if taken.is_refused else taken


def made(
    registry: Registry,
    principal: Principal,
    unit_id: UnitId,
    wanted: Wanted,
    desks: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Sheet, bytes]:
    """Return the ledger of a unit and all below it, as the person asking may see it; recorded beforehand.

    `desks` maps codes of units to the contact that a record of processing names.
    """
    language = wanted.language
    with registry.read(principal) as tx:
        company = organisation.unit(tx, unit_id).name(language)
        found, registered, today = ledger.entries(tx, unit_id=unit_id), known(tx), today_in_japan(tx.now)
    sheet = (
        record(found, registered, desks, company=company, as_of=today, language=language)
        if wanted.layout is Layout.PROCESSING
        else ledger_sheet(found, registered, company=company, as_of=today, language=language)
    )
    details = {"rows": len(sheet.rows), "format": wanted.form, "layout": wanted.layout.value}
    note_export(registry, principal, "ledger", unit_id, details)
    return sheet, written(sheet, wanted.form)


def give(
    registry: Registry,
    principal: Principal,
    path: Path,
    unit_id: UnitId,
    *,
    language: str,
    layout: Layout = Layout.LEDGER,
    desks: Mapping[str, str] = MappingProxyType({}),
) -> Sheet:
    """Write what `made` returns to a file, in the form that its name ends with."""
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise UsageError(f"{path}: a ledger is written as .xlsx or .csv.")
    sheet, data = made(registry, principal, unit_id, Wanted(form, language, layout), desks)
    try:
        replace_file(path, data)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror or type(error).__name__}).") from None
    return sheet


def _issue(outcome: Outcome, matched: Sequence[Matched]) -> Issue:
    index = next((each.index for each in matched if each.column == outcome.column), 0)
    return Issue(outcome.number, index, outcome.column, outcome.rule)
