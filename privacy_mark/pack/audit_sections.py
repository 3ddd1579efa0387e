"""Internal audits and corrective actions of the last two years: which, when, how many findings; no words."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, or_, select

from privacy_mark.actions.model import ActionState
from privacy_mark.audits.model import AuditState, PaperResult, ProgrammeState
from privacy_mark.pack.model import Code, Figure, Line, Listing, Record, RowKey, Section, Subject
from registry.access import scope
from registry.limits import months_after
from registry.model import Permission
from registry.risk_levels import Words
from registry.store import Tx
from registry.store.audit_tables import AuditPaper, AuditProgramme, AuditRecord, CorrectiveAction
from registry.store.tables import OrgClosure, OrgUnit

_AUDIT, _PAPER, _PROGRAMME, _ACTION = "audit", "audit_paper", "audit_programme", "corrective_action"


def audits(tx: Tx, of: Subject) -> Section:
    """Return the audits of every department, conformity and operation apart, and when they were reported."""
    rows = tx.session.execute(
        select(AuditRecord, AuditProgramme.unit_id, OrgUnit.name_ja, OrgUnit.name_en)
        .join(AuditProgramme, AuditProgramme.id == AuditRecord.programme_id)
        .join(OrgUnit, OrgUnit.id == AuditRecord.unit_id)
        .where(
            AuditRecord.unit_id.in_(_below(of)),
            AuditRecord.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)),
            AuditRecord.due_on.between(of.since, months_after(of.day, 12)),  # with the year to come
        )
        .order_by(AuditRecord.due_on, AuditRecord.id)
    ).all()
    found: dict[int, list[int]] = {}
    papers = tx.session.execute(
        select(AuditPaper.audit_id, AuditPaper.id)
        .where(
            AuditPaper.audit_id.in_([row.id for row, *_ in rows]),
            AuditPaper.result == PaperResult.NONCONFORMING.value,
        )
        .order_by(AuditPaper.id)
    )
    for audit_id, paper_id in papers:
        found.setdefault(audit_id, []).append(paper_id)
    lines = tuple(
        Line(
            (
                row.number,
                Words(name_ja, name_en or name_ja),
                Code("audit_kind", row.kind),
                row.due_on,
                row.done_on,
                Figure.count("audits.of_audit", _keys(_PAPER, found.get(row.id, []))),
                Code("audit_state", row.state),
            ),
            (RowKey(_AUDIT, str(row.id)),),
        )
        for row, _, name_ja, name_en in rows
    )
    done = [row for row, *_ in rows if row.state == AuditState.DONE.value]
    all_found = [paper for each in found.values() for paper in each]
    programmes = _programmes(tx, of)
    newest = next((each for each in reversed(programmes) if each.reported_on is not None), None)
    cited = _keys(_PROGRAMME, [newest.id] if newest else [])
    figures = (
        Figure.count("audits.planned", _keys(_AUDIT, (row.id for row, *_ in rows))),
        Figure.count("audits.done", _keys(_AUDIT, (row.id for row in done))),
        Figure.count("audits.findings", _keys(_PAPER, sorted(all_found))),
        Figure("audits.reported_on", newest.reported_on if newest else None, cited),
        Figure("audits.received_on", newest.received_on if newest else None, cited),
    )
    records = [
        Record(
            RowKey(_AUDIT, str(row.id)),
            {"number": row.number, "kind": row.kind, "due_on": row.due_on, "done_on": row.done_on},
            RowKey(_PROGRAMME, str(row.programme_id)) if row.state == AuditState.PLANNED.value else None,
        )
        for row, *_ in rows
    ]
    records += [
        Record(RowKey(_PAPER, str(paper)), {"result": "nonconforming"}, RowKey(_AUDIT, str(audit)))
        for audit, each in found.items()
        for paper in each
    ]
    records += [
        Record(
            RowKey(_PROGRAMME, str(each.id)),
            {"number": each.number, "reported_on": each.reported_on, "received_on": each.received_on},
        )
        for each in programmes
    ]
    return Section("audits", figures, (Listing("audits.list", lines),), tuple(records))


def actions(tx: Tx, of: Subject) -> Section:
    """Return the nonconformities and how far their corrective actions have come; not what was written."""
    rows = tx.session.scalars(
        select(CorrectiveAction)
        .where(
            CorrectiveAction.unit_id.in_(_below(of)),
            CorrectiveAction.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)),
            CorrectiveAction.state != ActionState.WITHDRAWN.value,
            or_(
                CorrectiveAction.found_on >= of.since,
                CorrectiveAction.state != ActionState.CLOSED.value,
            ),
        )
        .order_by(CorrectiveAction.found_on, CorrectiveAction.id)
    ).all()
    lines = tuple(
        Line(
            (
                row.number,
                Code("action_source", row.source),
                row.requirement,
                Code("grade", row.grade),
                row.found_on,
                row.due_on,
                row.done_on,
                row.reviewed_on,
                Code("action_state", row.state),
            ),
            (RowKey(_ACTION, str(row.id)),),
        )
        for row in rows
    )
    closed = [row.id for row in rows if row.state == ActionState.CLOSED.value]
    late = [row.id for row in rows if row.due_on is not None and (row.done_on or of.day) > row.due_on]
    figures = (
        Figure.count("actions.found", _keys(_ACTION, (row.id for row in rows))),
        Figure.count("actions.closed", _keys(_ACTION, closed)),
        Figure.count("actions.late", _keys(_ACTION, late)),
    )
    records = tuple(
        Record(
            RowKey(_ACTION, str(row.id)),
            {"number": row.number, "source": row.source, "state": row.state, "found_on": row.found_on},
        )
        for row in rows
    )
    return Section("actions", figures, (Listing("actions.list", lines),), records)


def _programmes(tx: Tx, of: Subject) -> list[AuditProgramme]:
    """Return the entity's own programmes that were approved and reach into the two years."""
    return list(
        tx.session.scalars(
            select(AuditProgramme)
            .where(
                AuditProgramme.unit_id == of.unit.id,
                AuditProgramme.last >= of.since,
                AuditProgramme.first <= months_after(of.day, 12),
                AuditProgramme.state != ProgrammeState.PLANNED.value,
            )
            .order_by(AuditProgramme.year, AuditProgramme.id)
        )
    )


def _below(of: Subject) -> Select[int]:
    return select(OrgClosure.descendant).where(OrgClosure.ancestor == of.unit.id)


def _keys(table: str, ids: Iterable[int]) -> tuple[RowKey, ...]:
    return tuple(RowKey(table, str(each)) for each in ids)
