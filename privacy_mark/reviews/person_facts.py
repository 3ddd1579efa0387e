"""What persons said of their data, and accidents: complaints, requests, reports; counts and codes alone."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from privacy_mark.certificates.accident_rules import rules
from privacy_mark.complaints.model import Kind
from privacy_mark.complaints.model import State as ComplaintState
from privacy_mark.complaints.model import number_of as complaint_number
from privacy_mark.complaints.statistics import counted
from privacy_mark.reviews.model import Behind, Facts, Figure
from privacy_mark.reviews.span import ROWS, Span, below
from registry.model import UnitId
from registry.request_model import Decision, RequestState
from registry.store import Tx
from registry.store.certificate_tables import CertificateAccident
from registry.store.complaint_tables import ComplaintRecord
from registry.store.rights_tables import RightsRequest


def complaints(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return complaints, consultations, outside opinions 苦情・相談・意見 that arrived in the span."""
    found = counted(tx, unit_id, span.since, span.until)
    figures = (
        *(Figure(kind.value, found.kinds[kind]) for kind in Kind),
        Figure("open", found.open),
        Figure("late", found.late),
    )
    rows = tx.session.execute(
        select(ComplaintRecord.id, ComplaintRecord.kind, ComplaintRecord.state, ComplaintRecord.received_on)
        .where(
            ComplaintRecord.unit_id.in_(below(unit_id)),
            ComplaintRecord.received_on.between(span.since, span.until),
        )
        .order_by(ComplaintRecord.state == ComplaintState.CLOSED.value, ComplaintRecord.received_on.desc())
        .limit(ROWS)
    )
    behind = tuple(
        Behind(complaint_number(row.id), str(row.id), row.kind, row.received_on) for row in rows.all()
    )
    return Facts(figures, behind, found.total - len(behind))


def requests(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return requests of persons 開示等の請求 that arrived in the span, and those still open from before."""
    until = func.coalesce(RightsRequest.extended_until, RightsRequest.target_on).label("until")
    rows = tx.session.execute(
        select(
            RightsRequest.id,
            RightsRequest.number,
            RightsRequest.kind,
            RightsRequest.state,
            RightsRequest.decision,
            RightsRequest.received_on,
            RightsRequest.answered_on,
            until,
        )
        .where(
            RightsRequest.unit_id.in_(below(unit_id)),
            RightsRequest.received_on <= span.until,
            or_(RightsRequest.received_on >= span.since, RightsRequest.state != RequestState.CLOSED.value),
        )
        .order_by(RightsRequest.state == RequestState.CLOSED.value, RightsRequest.received_on.desc())
    ).all()
    figures = (
        Figure("received", sum(row.received_on >= span.since for row in rows)),
        Figure("open", sum(row.state != RequestState.CLOSED.value for row in rows)),
        Figure("late", sum((row.answered_on or span.until) > row.until for row in rows)),
        Figure("refused", sum(row.decision == Decision.REFUSED.value for row in rows)),
    )
    behind = tuple(Behind(row.number, str(row.id), row.kind, row.received_on) for row in rows[:ROWS])
    return Facts(figures, behind, len(rows) - len(behind))


def accidents(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return accidents 事故 discovered in the span, and those whose report is still to come."""
    rows = tx.session.scalars(
        select(CertificateAccident)
        .where(
            CertificateAccident.unit_id.in_(below(unit_id)),
            CertificateAccident.withdrawn_on.is_(None),
            CertificateAccident.discovered_on <= span.until,
            or_(CertificateAccident.discovered_on >= span.since, CertificateAccident.full_sent.is_(None)),
        )
        .order_by(CertificateAccident.discovered_on.desc(), CertificateAccident.id)
    ).all()
    figures = (
        Figure("discovered", sum(row.discovered_on >= span.since for row in rows)),
        Figure("unreported", sum(row.full_sent is None for row in rows)),
        Figure("late", sum((row.full_sent or span.until) > row.full_due for row in rows)),
    )
    kinds = rules().kinds
    behind = tuple(
        Behind(
            row.number,
            str(row.certificate_id),
            "suspected" if row.suspected else "certain",
            row.discovered_on,
            title=kinds[row.kind].ja if row.kind in kinds else row.kind,
            title_en=kinds[row.kind].en if row.kind in kinds else "",
        )
        for row in rows[:ROWS]
    )
    return Facts(figures, behind, len(rows) - len(behind))
