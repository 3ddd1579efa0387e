"""Operational checks and complaints of the last two years: numbers with their rows, no words."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, select

from privacy_mark.complaints.model import Kind, State
from privacy_mark.complaints.model import Subject as About
from privacy_mark.confirmations.states import UNANSWERED, ConfirmationState
from privacy_mark.pack.model import Code, Figure, Line, Listing, Record, RowKey, Section, Subject
from registry.access import scope, today_in_japan
from registry.model import Permission
from registry.store import Tx
from registry.store.complaint_tables import ComplaintRecord
from registry.store.confirmation_tables import CampaignRecord, ConfirmationRecord
from registry.store.tables import OrgClosure

_CHECK, _COMPLAINT = "confirmation", "complaint"
_CONFIRMED = ConfirmationState.CONFIRMED.value


def confirmations(tx: Tx, of: Subject) -> Section:
    """Return per period and frequency how many were asked, answered, confirmed, and not as they should be."""
    rows = tx.session.execute(
        select(
            ConfirmationRecord.id,
            ConfirmationRecord.campaign_id,
            ConfirmationRecord.period,
            ConfirmationRecord.state,
            ConfirmationRecord.exceptions,
            ConfirmationRecord.confirmed_at,
            CampaignRecord.frequency,
        )
        .join(CampaignRecord, CampaignRecord.id == ConfirmationRecord.campaign_id)
        .where(
            ConfirmationRecord.unit_id.in_(_below(of)),
            ConfirmationRecord.unit_id.in_(scope(tx, Permission.VIEW_CONFIRMATIONS)),
            ConfirmationRecord.state != ConfirmationState.WITHDRAWN.value,
            ConfirmationRecord.period >= f"{of.since.year}",
            ConfirmationRecord.period <= f"{of.day.year}-{of.day.month:02}",
        )
        .order_by(ConfirmationRecord.period, CampaignRecord.frequency, ConfirmationRecord.id)
    ).all()
    since = f"{of.since.year}-{of.since.month:02}"
    rows = [row for row in rows if row.period[: len(since)] >= since[: len(row.period)]]
    rounds = sorted({(row.period, row.frequency) for row in rows})
    open_ = {state.value for state in UNANSWERED}
    lines = []
    for period, frequency in rounds:
        each = [row for row in rows if (row.period, row.frequency) == (period, frequency)]
        counts = (
            ("asked", each),
            ("answered", [row for row in each if row.state not in open_]),
            ("confirmed", [row for row in each if row.state == _CONFIRMED]),
            ("exceptions", [row for row in each if row.exceptions]),
        )
        lines.append(
            Line(
                (
                    period,
                    Code("frequency", frequency),
                    *(
                        Figure.count(
                            f"confirmations.round_{name}", _keys(_CHECK, (row.id for row in of_name))
                        )
                        for name, of_name in counts
                    ),
                )
            )
        )
    figures = (
        Figure.count("confirmations.asked", _keys(_CHECK, (row.id for row in rows))),
        Figure.count(
            "confirmations.confirmed", _keys(_CHECK, (row.id for row in rows if row.state == _CONFIRMED))
        ),
        Figure.count("confirmations.exceptions", _keys(_CHECK, (row.id for row in rows if row.exceptions))),
    )
    records = tuple(
        Record(
            RowKey(_CHECK, str(row.id)),
            {
                "period": row.period,
                "state": row.state,
                "exceptions": row.exceptions,
                "confirmed_on": today_in_japan(row.confirmed_at) if row.confirmed_at else None,
            },
            RowKey("confirmation_campaign", str(row.campaign_id))
            if row.state == ConfirmationState.OPEN.value
            else None,
        )
        for row in rows
    )
    return Section("confirmations", figures, (Listing("confirmations.rounds", tuple(lines)),), records)


def complaints(tx: Tx, of: Subject) -> Section:
    """Return how many arrived, of which kind, about what, and how they were dealt with."""
    rows = tx.session.execute(
        select(
            ComplaintRecord.id,
            ComplaintRecord.kind,
            ComplaintRecord.subject,
            ComplaintRecord.state,
            ComplaintRecord.received_on,
            ComplaintRecord.due_on,
            ComplaintRecord.answered_on,
        )
        .where(
            ComplaintRecord.unit_id.in_(_below(of)),
            ComplaintRecord.unit_id.in_(scope(tx, Permission.VIEW_COMPLAINTS)),
            ComplaintRecord.received_on.between(of.since, of.day),
        )
        .order_by(ComplaintRecord.id)
    ).all()
    closed = [row for row in rows if row.state == State.CLOSED.value]
    late = [row for row in rows if (row.answered_on or of.day) > row.due_on]
    kinds = tuple(
        Line(
            (
                Code("complaint_kind", kind.value),
                *(
                    Figure.count(name, _keys(_COMPLAINT, (row.id for row in each if row.kind == kind.value)))
                    for name, each in (
                        ("complaints.of_kind", rows),
                        ("complaints.closed_of_kind", closed),
                        ("complaints.late_of_kind", late),
                    )
                ),
            )
        )
        for kind in Kind
    )
    subjects = tuple(
        Line(
            (
                Code("complaint_subject", about.value),
                Figure.count("complaints.about", _keys(_COMPLAINT, (row.id for row in found))),
            )
        )
        for about in About
        if (found := [row for row in rows if row.subject == about.value])
    )
    figures = (
        Figure.count("complaints.received", _keys(_COMPLAINT, (row.id for row in rows))),
        Figure.count("complaints.closed", _keys(_COMPLAINT, (row.id for row in closed))),
        Figure.count("complaints.late", _keys(_COMPLAINT, (row.id for row in late))),
    )
    records = tuple(
        Record(
            RowKey(_COMPLAINT, str(row.id)),
            {
                "kind": row.kind,
                "subject": row.subject,
                "state": row.state,
                "received_on": row.received_on,
                "due_on": row.due_on,
                "answered_on": row.answered_on,
            },
        )
        for row in rows
    )
    listings = (Listing("complaints.kinds", kinds if rows else ()), Listing("complaints.subjects", subjects))
    return Section("complaints", figures, listings, records)


def _below(of: Subject) -> Select[int]:
    return select(OrgClosure.descendant).where(OrgClosure.ancestor == of.unit.id)


def _keys(table: str, ids: Iterable[int]) -> tuple[RowKey, ...]:
    return tuple(RowKey(table, str(each)) for each in ids)
