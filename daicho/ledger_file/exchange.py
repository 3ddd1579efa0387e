"""Taking a ledger file in and giving one out: what commands and pages call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from daicho.errors import UsageError
from daicho.ledger_file.layout import Sheet, sheet
from daicho.ledger_file.lines import Issue, prepare
from daicho.ledger_file.mapping import Matched
from daicho.ledger_file.places import known
from daicho.ledger_file.table import Table
from daicho.ledger_file.write import write_csv, write_workbook
from registry import ledger, ledger_import, organisation
from registry.access import today_in_japan
from registry.ledger_import import ImportRefusedError, Outcome
from registry.model import Principal, UnitId
from registry.store import Registry
from registry.views import note_export


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: an outcome for each row, or the cells that are wrong; and what is told."""

    outcomes: tuple[Outcome, ...]
    issues: tuple[Issue, ...]

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
    try:
        with registry.write(principal, reason=reason) as tx:
            prepared = prepare(table, matched, known(tx, ledger.entries(tx)), unit_id)
            issues = prepared.issues
            outcomes = ledger_import.take(tx, prepared.lines)
            if dry_run or prepared.is_refused:
                tx.session.rollback()
    except ImportRefusedError as error:
        return Taken((), (*issues, *(_issue(outcome, matched) for outcome in error.outcomes)))
    taken = Taken(tuple(outcomes), issues)
    return replace(taken, outcomes=()) if taken.is_refused else taken


def give(registry: Registry, principal: Principal, path: Path, unit_id: UnitId, *, language: str) -> Sheet:
    """Write the ledger of a unit and all below it, as the person asking may see it; recorded beforehand."""
    with registry.read(principal) as tx:
        unit = organisation.unit(tx, unit_id)
        company = unit.name_ja if language == "ja" else unit.name_en or unit.name_ja
        found = ledger.entries(tx, unit_id=unit_id)
        made = sheet(found, known(tx), company=company, as_of=today_in_japan(tx.now), language=language)
    form = path.suffix.lower().removeprefix(".")
    if form not in ("xlsx", "csv"):
        raise UsageError(f"{path}: a ledger is written as .xlsx or .csv.")
    note_export(registry, principal, "ledger", unit_id, {"rows": len(made.rows), "format": form})
    try:
        (write_csv if form == "csv" else write_workbook)(path, made)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror or type(error).__name__}).") from None
    return made


def _issue(outcome: Outcome, matched: Sequence[Matched]) -> Issue:
    index = next((each.index for each in matched if each.column == outcome.column), 0)
    return Issue(outcome.number, index, outcome.column, outcome.rule)
