"""Whom a round asks: an operation joins the round under way, and is taken out of open ones when it ends."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import insert, select

from privacy_mark.confirmations.periods import period_of
from privacy_mark.confirmations.questions import Frequency
from privacy_mark.confirmations.states import UNANSWERED, ConfirmationState
from registry.access import today_in_japan
from registry.journal import Action
from registry.model import UnitId
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.confirmation_tables import CampaignRecord, ConfirmationRecord, OperationRecord
from registry.store.tables import OrgClosure

TABLE, ROUNDS = "confirmation", "confirmation_campaign"


def asked(campaign: CampaignRecord, operation: OperationRecord) -> Mapping[str, object]:
    """Return the columns of an operation's confirmation in a round, not answered yet."""
    return {
        "uid": new_uid(),
        "unit_id": operation.unit_id,
        "campaign_id": campaign.id,
        "operation_id": operation.id,
        "period": campaign.period,
        "state": ConfirmationState.OPEN.value,
        "set_id": "",
        "asked": "",
        "exceptions": 0,
        "changes": None,
        "actions": "",
        "version": 1,
    }


def join(tx: Tx, operation: OperationRecord) -> bool:
    """Ask an operation in this period's round, where one was opened for its unit or above.

    The nearest round counts. The caller has checked who asks. Returns whether it is asked now.
    """
    frequency = Frequency(operation.frequency)
    period = period_of(frequency, today_in_japan(tx.now))
    before = select(ConfirmationRecord.id).where(
        ConfirmationRecord.operation_id == operation.id, ConfirmationRecord.period == period
    )
    if tx.session.scalar(before) is not None:
        return False
    round_ = tx.session.scalar(
        select(CampaignRecord)
        .join(OrgClosure, OrgClosure.ancestor == CampaignRecord.unit_id)
        .where(
            OrgClosure.descendant == operation.unit_id,
            CampaignRecord.frequency == frequency.value,
            CampaignRecord.period == period,
        )
        .order_by(OrgClosure.depth)
        .limit(1)
    )
    if round_ is None:
        return False
    tx.session.execute(insert(ConfirmationRecord), [dict(asked(round_, operation))])
    after = {"period": period, "frequency": frequency.value, "operations": 1, "due_on": round_.due_on}
    tx.record(Action.CONFIRMATIONS_OPENED, ROUNDS, round_.id, UnitId(operation.unit_id), None, after)
    return True


def take_out(tx: Tx, operation: OperationRecord) -> int:
    """Take an operation that ended out of the rounds that it did not answer; the state says so.

    What was answered stays and is confirmed. The caller has checked who asks. Returns how many rounds.
    """
    rows = tx.session.scalars(
        select(ConfirmationRecord).where(
            ConfirmationRecord.operation_id == operation.id,
            ConfirmationRecord.state.in_([state.value for state in UNANSWERED]),
        )
    ).all()
    for row in rows:
        _turn(tx, row, ConfirmationState.WITHDRAWN, Action.CONFIRMATION_WITHDRAWN)
    return len(rows)


def take_back(tx: Tx, operation: OperationRecord) -> int:
    """Ask an operation again that did not end after all; returns in how many rounds."""
    rows = tx.session.scalars(
        select(ConfirmationRecord).where(
            ConfirmationRecord.operation_id == operation.id,
            ConfirmationRecord.state == ConfirmationState.WITHDRAWN.value,
        )
    ).all()
    for row in rows:
        returned = row.note_sealed is not None
        state = ConfirmationState.RETURNED if returned else ConfirmationState.OPEN
        _turn(tx, row, state, Action.CONFIRMATION_RESUMED)
    return len(rows)


def settle(tx: Tx) -> int:
    """Take every operation that ended out of the rounds that still wait for it: part of the daily tick."""
    waiting = select(ConfirmationRecord.operation_id).where(
        ConfirmationRecord.state.in_([state.value for state in UNANSWERED])
    )
    ended = tx.session.scalars(
        select(OperationRecord).where(OperationRecord.ended_on.is_not(None), OperationRecord.id.in_(waiting))
    ).all()
    return sum(take_out(tx, each) for each in ended)


def _turn(tx: Tx, row: ConfirmationRecord, state: ConfirmationState, action: Action) -> None:
    before, row.state = row.state, state.value
    tx.session.flush()
    of = {"period": row.period}
    tx.record(action, TABLE, row.id, UnitId(row.unit_id), {**of, "state": before}, {**of, "state": row.state})
