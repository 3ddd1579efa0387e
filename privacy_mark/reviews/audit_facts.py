"""What audits found and what was done about it: counts, codes and days."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, or_, select

from privacy_mark.actions.model import ActionState
from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.model import AuditState, PaperResult
from privacy_mark.reviews.model import Behind, Facts, Figure
from privacy_mark.reviews.span import ROWS, Span, below
from registry.model import UnitId
from registry.store import Tx
from registry.store.audit_tables import AuditPaper, AuditRecord, CorrectiveAction

_FOUND = (PaperResult.NONCONFORMING.value, PaperResult.OBSERVATION.value)
_DONE, _CLOSED = AuditState.DONE.value, ActionState.CLOSED.value


def audits(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return the internal audits 内部監査 that were done in the span or should have been, and their findings.

    Conformity 適合状況 and operation 運用状況 apart; the count of a row is that of its nonconformities.
    """
    wanted = (
        AuditRecord.unit_id.in_(below(unit_id)),
        or_(AuditRecord.done_on >= span.since, AuditRecord.state != _DONE),
        or_(AuditRecord.done_on.is_not(None), AuditRecord.due_on <= span.until),
    )
    columns = (AuditRecord.id, AuditRecord.number, AuditRecord.kind, AuditRecord.state)
    rows = tx.session.execute(
        select(*columns, AuditRecord.due_on, AuditRecord.done_on)
        .where(*wanted)
        .order_by(AuditRecord.state == _DONE, AuditRecord.due_on, AuditRecord.id)
    ).all()
    papers = tx.session.execute(
        select(AuditPaper.audit_id, AuditPaper.result, func.count())
        .join(AuditRecord, AuditRecord.id == AuditPaper.audit_id)
        .where(*wanted, AuditPaper.result.in_(_FOUND))
        .group_by(AuditPaper.audit_id, AuditPaper.result)
    )
    found = {(audit, result): number for audit, result, number in papers}

    def done(*kinds: AuditKind) -> tuple[int, int]:
        of = [row for row in rows if row.kind in [kind.value for kind in kinds]]
        return sum(row.state == _DONE for row in of), len(of)

    figures = (
        Figure("done", *done(*AuditKind)),
        Figure("conformity", *done(AuditKind.CONFORMITY, AuditKind.BOTH)),
        Figure("operation", *done(AuditKind.OPERATION, AuditKind.BOTH)),
        Figure("late", sum(row.state != _DONE and row.due_on < span.until for row in rows)),
        *(
            Figure(result, sum(number for (_, each), number in found.items() if each == result))
            for result in _FOUND
        ),
    )
    behind = tuple(
        Behind(
            row.number,
            str(row.id),
            f"{row.kind} {row.state}",
            row.done_on or row.due_on,
            count=found.get((row.id, PaperResult.NONCONFORMING.value), 0),
        )
        for row in rows[:ROWS]
    )
    return Facts(figures if rows else (), behind, len(rows) - len(behind))


def actions(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return nonconformities 不適合 found in the span, and those whose action 是正処置 is still open.

    What was recorded by mistake and withdrawn was not found.
    """
    rows = tx.session.execute(
        select(
            CorrectiveAction.id,
            CorrectiveAction.number,
            CorrectiveAction.grade,
            CorrectiveAction.state,
            CorrectiveAction.found_on,
            CorrectiveAction.answer_by,
            CorrectiveAction.due_on,
            CorrectiveAction.review_by,
            CorrectiveAction.rounds,
        )
        .where(
            CorrectiveAction.unit_id.in_(below(unit_id)),
            CorrectiveAction.found_on <= span.until,
            CorrectiveAction.state != ActionState.WITHDRAWN.value,
            or_(CorrectiveAction.found_on >= span.since, CorrectiveAction.state != _CLOSED),
        )
        .order_by(CorrectiveAction.state == _CLOSED, CorrectiveAction.found_on, CorrectiveAction.id)
    ).all()
    days = [_next(row.state, row.answer_by, row.due_on, row.review_by) for row in rows]
    figures = (
        Figure("found", sum(row.found_on >= span.since for row in rows)),
        Figure("closed", sum(row.state == _CLOSED for row in rows), len(rows)),
        Figure("open", sum(row.state != _CLOSED for row in rows)),
        Figure("late", sum(day is not None and day < span.until for day in days)),
        Figure("repeated", sum(row.rounds > 0 for row in rows)),
    )
    behind = tuple(
        Behind(row.number, str(row.id), f"{row.grade} {row.state}", day or row.found_on)
        for row, day in zip(rows[:ROWS], days, strict=False)
    )
    return Facts(figures if rows else (), behind, len(rows) - len(behind))


def _next(state: str, answer_by: date, due_on: date | None, review_by: date | None) -> date | None:
    """Return by when the next step of an action is due; None when it is closed."""
    if state == _CLOSED:
        return None
    if state in (ActionState.FOUND.value, ActionState.ANALYSED.value):
        return answer_by
    return due_on if state == ActionState.PLANNED.value else review_by
