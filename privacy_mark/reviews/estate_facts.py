"""What is held and how it stands: the ledger and its differences, risk analyses, certificates."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import and_, case, func, or_, select

from privacy_mark.certificates.model import State
from privacy_mark.certificates.rows import certificate_of
from privacy_mark.reviews.model import Behind, Facts, Figure
from privacy_mark.reviews.span import ROWS, Span, below
from registry.case_states import CLOSED, WAITING
from registry.model import UnitId
from registry.risk_model import Decision, RiskState
from registry.store import Tx
from registry.store.case_tables import CaseRecord
from registry.store.certificate_tables import CertificateRecord
from registry.store.risk_tables import RiskAnalysisRecord, RiskMeasureRecord, RiskRowRecord
from registry.store.tables import LedgerRecord

_JAPAN = timedelta(hours=9)
_WAITING, _CLOSED = [state.value for state in WAITING], [state.value for state in CLOSED]


def ledger(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return entries with an overdue review, and differences between ledger and reality 台帳との差異."""
    entries = tx.session.execute(
        select(
            func.count(),
            func.count(
                case((or_(LedgerRecord.next_review.is_(None), LedgerRecord.next_review < span.until), 1))
            ),
        ).where(LedgerRecord.unit_id.in_(below(unit_id)))
    ).one()
    waiting = CaseRecord.state.in_(_WAITING)
    started = datetime.combine(span.since, time(), UTC) - _JAPAN  # the day begins at midnight in Japan
    counts = tx.session.execute(
        select(
            func.count(case((waiting, 1))),
            func.count(case((and_(waiting, CaseRecord.due_on < span.until), 1))),
            func.count(case((CaseRecord.opened_at >= started, 1))),
            func.count(case((and_(CaseRecord.state.in_(_CLOSED), CaseRecord.changed_at >= started), 1))),
        ).where(CaseRecord.unit_id.in_(below(unit_id)))
    ).one()
    figures = (
        Figure("review_late", entries[1], entries[0]),
        Figure("open", counts[0]),
        Figure("late", counts[1]),
        Figure("opened", counts[2]),
        Figure("closed", counts[3]),
    )
    rows = tx.session.execute(
        select(CaseRecord.id, CaseRecord.kind, CaseRecord.due_on)
        .where(CaseRecord.unit_id.in_(below(unit_id)), waiting)
        .order_by(CaseRecord.due_on, CaseRecord.score.desc(), CaseRecord.id)
        .limit(ROWS)
    ).all()
    behind = tuple(Behind(f"D-{row.id:05d}", str(row.id), row.kind, row.due_on) for row in rows)
    return Facts(figures, behind, counts[0] - len(behind))


def risks(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return how the risk analyses リスク分析 stand: missing, due, opened again, measures that are late."""
    state = func.coalesce(RiskAnalysisRecord.state, RiskState.NONE.value).label("state")
    is_due = and_(
        RiskAnalysisRecord.state == RiskState.ACCEPTED.value, RiskAnalysisRecord.next_review <= span.until
    )
    unready = or_(
        RiskAnalysisRecord.id.is_(None), RiskAnalysisRecord.state != RiskState.ACCEPTED.value, is_due
    )
    query = (
        select(LedgerRecord.id)
        .outerjoin(RiskAnalysisRecord, RiskAnalysisRecord.entry_id == LedgerRecord.id)
        .where(LedgerRecord.unit_id.in_(below(unit_id)))
    )
    columns = (state, func.count(), func.count(case((is_due, 1))))
    counts = tx.session.execute(query.with_only_columns(*columns).group_by(state)).all()
    by_state = {each: number for each, number, _ in counts}
    total, due = sum(by_state.values()), sum(number for _, _, number in counts)
    late = tx.session.scalar(
        select(func.count())
        .select_from(RiskMeasureRecord)
        .join(RiskRowRecord, RiskRowRecord.id == RiskMeasureRecord.row_id)
        .join(RiskAnalysisRecord, RiskAnalysisRecord.id == RiskRowRecord.analysis_id)
        .join(LedgerRecord, LedgerRecord.id == RiskAnalysisRecord.entry_id)
        .where(
            LedgerRecord.unit_id.in_(below(unit_id)),
            RiskRowRecord.decision == Decision.TAKEN.value,
            RiskMeasureRecord.done_on.is_(None),
            RiskMeasureRecord.due_on < span.until,
        )
    )
    figures = (
        Figure("accepted", by_state.get(RiskState.ACCEPTED.value, 0), total),
        Figure("none", by_state.get(RiskState.NONE.value, 0)),
        Figure("reopened", by_state.get(RiskState.REOPENED.value, 0)),
        Figure("due", due),
        Figure("measures_late", late or 0),
    )
    rows = tx.session.execute(
        query.with_only_columns(LedgerRecord.id, LedgerRecord.number, state, RiskAnalysisRecord.next_review)
        .where(unready)
        .order_by(RiskAnalysisRecord.next_review.nulls_first(), LedgerRecord.id)
        .limit(ROWS)
    ).all()
    behind = tuple(Behind(row.number, str(row.id), row.state, row.next_review) for row in rows)
    unready_total = total - by_state.get(RiskState.ACCEPTED.value, 0) + due
    return Facts(figures if total else (), behind, unready_total - len(behind))


def certificates(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return the certificates 付与 with the days of their windows and of their expiry."""
    rows = tx.session.scalars(
        select(CertificateRecord)
        .where(
            CertificateRecord.unit_id.in_(below(unit_id)),
            CertificateRecord.state.in_([State.HELD.value, State.APPLYING.value]),
        )
        .order_by(CertificateRecord.valid_until, CertificateRecord.id)
    ).all()
    found = [certificate_of(tx, row) for row in rows]
    figures = (
        Figure("held", sum(of.state is State.HELD for of in found)),
        Figure("applying", sum(of.state is State.APPLYING for of in found)),
        Figure("window_open", sum(of.window is not None and of.window.is_open(span.until) for of in found)),
    )
    behind = []
    for of in found:
        days: dict[str, date | None] = {}
        if of.window is not None:
            days |= {"opens": of.window.opens, "closes": of.window.closes}
        days |= {"applying": None} if of.granted is None else {"expires": of.granted.valid_until}
        behind += [Behind(of.number, str(of.id), code, day) for code, day in days.items()]
    return Facts(figures if found else (), tuple(behind[:ROWS]), max(0, len(behind) - ROWS))
