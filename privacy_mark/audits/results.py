"""What the audits of a programme found: counts by requirement, every finding and its follow-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, func, select

from privacy_mark.actions.model import ActionId, ActionState, Grade
from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.audits import PAPERS, seen
from privacy_mark.audits.model import AuditId, PaperResult, ProgrammeId
from privacy_mark.audits.programmes import row_of
from registry.model import Unit, UnitId
from registry.organisation import described
from registry.sealing import Row
from registry.store import Tx
from registry.store.audit_tables import AuditPaper, AuditProgramme, AuditRecord, CorrectiveAction
from registry.store.tables import OrgClosure, OrgUnit

_FOUND = (PaperResult.NONCONFORMING.value, PaperResult.OBSERVATION.value)


@dataclass(frozen=True, slots=True)
class Followed:
    """How far the corrective action 是正処置 of a finding has come."""

    id: ActionId
    number: str
    state: ActionState
    grade: Grade
    effect_reviewed_on: date | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One nonconformity 不適合 or observation 観察事項."""

    audit_id: AuditId
    audit_number: str
    unit_id: UnitId
    kind: AuditKind
    requirement: str
    item: str
    result: PaperResult
    fact: str = field(repr=False)
    action: Followed | None


@dataclass(frozen=True, slots=True)
class Results:
    """What was found, the nonconformities first."""

    counts: Mapping[tuple[str, PaperResult], int]  # by requirement and result
    findings: tuple[Finding, ...]

    @property
    def requirements(self) -> tuple[str, ...]:
        """Return the requirements that were asked about, in the order of the guideline."""
        return tuple(sorted({requirement for requirement, _ in self.counts}, key=place))

    def count(self, result: PaperResult) -> int:
        """Return how many questions had a result."""
        return sum(number for (_, of), number in self.counts.items() if of is result)


def results(tx: Tx, programme_id: ProgrammeId) -> Results:
    """Return what the audits of a programme found, of those that one may see; raises NotFound."""
    row = row_of(programme_id, tx)
    return _read(tx, seen(tx, AuditRecord.id).where(AuditRecord.programme_id == row.id))


def before(tx: Tx, programme_id: ProgrammeId) -> Results | None:
    """Return what the programme of the year before found, and how it stands now; None without one.

    Raises NotFound for a programme out of sight.
    """
    row = row_of(programme_id, tx)
    last = tx.session.scalar(
        select(AuditProgramme.id).where(
            AuditProgramme.unit_id == row.unit_id,
            AuditProgramme.scope == row.scope,
            AuditProgramme.year == row.year - 1,
        )
    )
    if last is None:
        return None
    return _read(tx, seen(tx, AuditRecord.id).where(AuditRecord.programme_id == last))


def of_audit(tx: Tx, audit_id: AuditId) -> Results:
    """Return what one audit found; nothing when it is out of sight."""
    return _read(tx, seen(tx, AuditRecord.id).where(AuditRecord.id == audit_id))


def names(tx: Tx, language: str) -> dict[UnitId, str]:
    """Return the names of the units of all audits one may see, each after its company.

    Who is chosen as an auditor needs the name of a unit that he may not open otherwise.
    """
    units = seen(tx, AuditRecord.unit_id)
    query = (
        select(OrgClosure.descendant, OrgUnit)
        .join(OrgUnit, OrgUnit.id == OrgClosure.ancestor)
        .where(OrgClosure.descendant.in_(units))
        .order_by(OrgClosure.descendant, OrgClosure.depth)
    )
    lines: dict[UnitId, list[Unit]] = {}
    for below, unit in tx.session.execute(query):
        lines.setdefault(UnitId(below), []).append(described(unit))
    between = " " if language == "ja" else ", "
    found = {}
    for unit_id, line in lines.items():
        entity = next((unit for unit in line if unit.kind.is_entity), line[0])
        own = [] if entity is line[0] else [entity.name(language)]
        found[unit_id] = between.join([*own, line[0].name(language)])
    return found


def _read(tx: Tx, audits: Select[int]) -> Results:
    counted = tx.session.execute(
        select(AuditPaper.requirement, AuditPaper.result, func.count())
        .where(AuditPaper.audit_id.in_(audits))
        .group_by(AuditPaper.requirement, AuditPaper.result)
    )
    rows = tx.session.execute(
        select(AuditPaper, AuditRecord, CorrectiveAction)
        .join(AuditRecord, AuditRecord.id == AuditPaper.audit_id)
        .outerjoin(CorrectiveAction, CorrectiveAction.id == AuditPaper.action_id)
        .where(AuditPaper.audit_id.in_(audits), AuditPaper.result.in_(_FOUND))
    )
    found = [_finding(paper, audit, action, tx) for paper, audit, action in rows]
    return Results(
        {(row[0], PaperResult(row[1])): row[2] for row in counted},
        tuple(sorted(found, key=_order)),
    )


def _finding(paper: AuditPaper, audit: AuditRecord, action: CorrectiveAction | None, tx: Tx) -> Finding:
    return Finding(
        AuditId(audit.id),
        audit.number,
        UnitId(audit.unit_id),
        AuditKind(audit.kind),
        paper.requirement,
        paper.item,
        PaperResult(paper.result),
        Row(tx, PAPERS, paper.uid).opened("fact", paper.fact_sealed),
        None if action is None else _followed(action),
    )


def _followed(row: CorrectiveAction) -> Followed:
    return Followed(ActionId(row.id), row.number, ActionState(row.state), Grade(row.grade), row.reviewed_on)


def _order(of: Finding) -> tuple[bool, tuple[int, ...], UnitId, str]:
    return of.result is not PaperResult.NONCONFORMING, place(of.requirement), of.unit_id, of.item


_FAMILIES = {"J": 0, "MED": 1, "MHLW": 2}


def place(requirement: str) -> tuple[int, ...]:
    """Return where a requirement stands: J.9.2 before J.10.1, and what hospitals are asked besides last."""
    first, *rest = requirement.split(".")
    return (_FAMILIES.get(first, len(_FAMILIES)), *(int(part) for part in rest if part.isdecimal()))
