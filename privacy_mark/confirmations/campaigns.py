"""Campaigns: one round of confirmations of all operations of a unit and below, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NewType

from sqlalchemy import ColumnElement, Select, case, func, insert, select

from privacy_mark.confirmations import asking, operations
from privacy_mark.confirmations.operations import OperationId
from privacy_mark.confirmations.periods import due_day, is_period, period_of
from privacy_mark.confirmations.questions import Frequency
from privacy_mark.confirmations.states import UNANSWERED, ConfirmationState
from registry.access import require, require_open, scope, today_in_japan
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.confirmation_tables import CampaignRecord, ConfirmationRecord, OperationRecord
from registry.store.tables import OrgClosure, OrgUnit

CampaignId = NewType("CampaignId", int)
ConfirmationId = NewType("ConfirmationId", int)
TABLE = asking.ROUNDS


@dataclass(frozen=True, slots=True)
class Campaign:
    """One round, and the numbers of its confirmations that one may see."""

    id: CampaignId
    unit_id: UnitId
    frequency: Frequency
    period: str
    due_on: date
    counts: Mapping[ConfirmationState, int]
    exceptions: int  # confirmations with something that is not as it should be
    changed: int  # confirmations that differ from the time before

    @property
    def total(self) -> int:
        """Return how many operations are asked; those that ended before they answered are not."""
        return sum(self.counts.values()) - self.withdrawn

    @property
    def withdrawn(self) -> int:
        """Return how many ended before they answered."""
        return self.counts.get(ConfirmationState.WITHDRAWN, 0)

    @property
    def answered(self) -> int:
        """Return how many have answered."""
        return self.total - sum(self.counts.get(state, 0) for state in UNANSWERED)


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One operation in a campaign."""

    id: ConfirmationId
    operation_id: OperationId
    unit_id: UnitId
    name: str
    set_id: str
    state: ConfirmationState
    exceptions: int
    changes: int | None
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows of a campaign."""

    states: tuple[ConfirmationState, ...] = ()
    with_exceptions: bool = False
    changed: bool = False


def number_of(confirmation_id: int) -> str:
    """Return how people call a confirmation."""
    return f"K-{confirmation_id:05d}"


def open_campaign(tx: Tx, unit_id: UnitId, frequency: Frequency, period: str) -> CampaignId:
    """Ask every operation of a unit and below that confirms this often and was not asked for the period yet.

    Asking again for the same period asks operations that were registered meanwhile. Raises AccessDenied
    without MANAGE_CONFIRMATIONS, InvalidValue: `period` `malformed` or `future`, `operations` `none`,
    `unit_id` `closed`.
    """
    require(tx, Permission.MANAGE_CONFIRMATIONS, unit_id)
    require_open(tx, unit_id)
    if not is_period(frequency, period):
        raise InvalidValue("period", "malformed")
    if period > period_of(frequency, today_in_japan(tx.now)):
        raise InvalidValue("period", "future")
    asked = _unasked(tx, unit_id, frequency, period)
    row = tx.session.scalar(
        select(CampaignRecord).where(
            CampaignRecord.unit_id == unit_id,
            CampaignRecord.frequency == frequency.value,
            CampaignRecord.period == period,
        )
    )
    if not asked:
        raise InvalidValue("operations", "none")
    if row is None:
        row = CampaignRecord(
            uid=new_uid(),
            unit_id=unit_id,
            frequency=frequency.value,
            period=period,
            due_on=due_day(period),
            opened_at=tx.now,
        )
        tx.session.add(row)
        tx.session.flush()
    tx.session.execute(insert(ConfirmationRecord), [dict(asking.asked(row, each)) for each in asked])
    after = {"period": period, "frequency": frequency.value, "operations": len(asked), "due_on": row.due_on}
    tx.record(Action.CONFIRMATIONS_OPENED, TABLE, row.id, unit_id, None, after)
    return CampaignId(row.id)


def _unasked(tx: Tx, unit_id: UnitId, frequency: Frequency, period: str) -> Sequence[OperationRecord]:
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
    asked = select(ConfirmationRecord.operation_id).where(ConfirmationRecord.period == period)
    return tx.session.scalars(
        select(OperationRecord).where(
            OperationRecord.unit_id.in_(below),
            OperationRecord.unit_id.in_(select(OrgUnit.id).where(OrgUnit.closed_at.is_(None))),
            OperationRecord.unit_id.in_(scope(tx, Permission.MANAGE_CONFIRMATIONS)),
            OperationRecord.frequency == frequency.value,
            OperationRecord.ended_on.is_(None),
            OperationRecord.id.not_in(asked),
        )
    ).all()


def open_due(tx: Tx) -> int:
    """Open this month's round wherever the round before was the newest, and the year's likewise.

    What was begun goes on by itself: the round under way also asks what was registered meanwhile, and asks
    no longer what ended. Returns how many rounds were opened. For the daily tick.
    """
    asking.settle(tx)
    today, opened = today_in_japan(tx.now), 0
    newest = (
        select(CampaignRecord.unit_id, CampaignRecord.frequency, func.max(CampaignRecord.period))
        .join(OrgUnit, OrgUnit.id == CampaignRecord.unit_id)
        .where(OrgUnit.closed_at.is_(None))  # a unit that was merged begins nothing
        .group_by(CampaignRecord.unit_id, CampaignRecord.frequency)
    )
    for unit_id, frequency, period in tx.session.execute(newest).all():
        now = period_of(Frequency(frequency), today)
        if period <= now and _unasked(tx, UnitId(unit_id), Frequency(frequency), now):
            open_campaign(tx, UnitId(unit_id), Frequency(frequency), now)
            opened += period < now
    return opened


def campaigns(tx: Tx, *, most: int = 100) -> list[Campaign]:
    """Return the campaigns with a confirmation that one may see, the newest first."""
    seen = _seen().where(ConfirmationRecord.unit_id.in_(scope(tx, Permission.VIEW_CONFIRMATIONS)))
    counted = _counts(tx)
    rows = tx.session.scalars(
        select(CampaignRecord)
        .where(CampaignRecord.id.in_(seen))
        .order_by(CampaignRecord.period.desc(), CampaignRecord.id.desc())
        .limit(most)
    )
    return [_campaign(row, counted.get(row.id, [])) for row in rows]


def campaign(tx: Tx, campaign_id: CampaignId) -> Campaign:
    """Return one campaign with the numbers that one may see; raises NotFound."""
    row = tx.session.get(CampaignRecord, campaign_id)
    counted = _counts(tx, ConfirmationRecord.campaign_id == campaign_id)
    if row is None or campaign_id not in counted:
        raise NotFound(TABLE)
    return _campaign(row, counted[campaign_id])


def _seen() -> Select[int]:
    return select(ConfirmationRecord.campaign_id)


def _counts(tx: Tx, *conditions: ColumnElement[bool]) -> dict[int, list[tuple[str, int, int, int]]]:
    """Return per campaign and state: confirmations, those with exceptions, those that changed."""
    rows = tx.session.execute(
        select(
            ConfirmationRecord.campaign_id,
            ConfirmationRecord.state,
            func.count(),
            func.sum(case((ConfirmationRecord.exceptions > 0, 1), else_=0)),
            func.sum(case((ConfirmationRecord.changes > 0, 1), else_=0)),
        )
        .where(ConfirmationRecord.unit_id.in_(scope(tx, Permission.VIEW_CONFIRMATIONS)), *conditions)
        .group_by(ConfirmationRecord.campaign_id, ConfirmationRecord.state)
    )
    found: dict[int, list[tuple[str, int, int, int]]] = {}
    for campaign_id, state, count, excepted, changed in rows:
        found.setdefault(campaign_id, []).append((state, count, excepted, changed))
    return found


def _campaign(row: CampaignRecord, counted: Sequence[tuple[str, int, int, int]]) -> Campaign:
    return Campaign(
        id=CampaignId(row.id),
        unit_id=UnitId(row.unit_id),
        frequency=Frequency(row.frequency),
        period=row.period,
        due_on=row.due_on,
        counts={ConfirmationState(state): count for state, count, _, _ in counted},
        exceptions=sum(excepted for state, _, excepted, _ in counted if state != _WITHDRAWN),
        changed=sum(changed for state, _, _, changed in counted if state != _WITHDRAWN),
    )


def rows(
    tx: Tx, campaign_id: CampaignId, wanted: RowFilter | None = None, *, offset: int = 0, limit: int = 50
) -> tuple[list[CampaignRow], int]:
    """Return a part of a campaign's operations that one may see, and how many there are in all.

    Those that have not answered come first, then those with exceptions.
    """
    wanted = wanted or RowFilter()
    conditions = [
        ConfirmationRecord.campaign_id == campaign_id,
        ConfirmationRecord.unit_id.in_(scope(tx, Permission.VIEW_CONFIRMATIONS)),
    ]
    if wanted.states:
        conditions.append(ConfirmationRecord.state.in_([state.value for state in wanted.states]))
    if wanted.with_exceptions:
        conditions.append(ConfirmationRecord.exceptions > 0)
    if wanted.changed:
        conditions.append(ConfirmationRecord.changes > 0)
    total = tx.session.scalar(select(func.count(ConfirmationRecord.id)).where(*conditions)) or 0
    order = case({state.value: place for place, state in enumerate(_ORDER)}, value=ConfirmationRecord.state)
    found = tx.session.execute(
        select(ConfirmationRecord, OperationRecord)
        .join(OperationRecord, OperationRecord.id == ConfirmationRecord.operation_id)
        .where(*conditions)
        .order_by(order, ConfirmationRecord.exceptions.desc(), ConfirmationRecord.id)
        .offset(offset)
        .limit(limit)
    )
    return [_row(tx, each, of) for each, of in found], total


_ORDER = (
    ConfirmationState.RETURNED,
    ConfirmationState.OPEN,
    ConfirmationState.ANSWERED,
    ConfirmationState.CONFIRMED,
    ConfirmationState.WITHDRAWN,
)
_WITHDRAWN = ConfirmationState.WITHDRAWN.value
_UNANSWERED = {state.value for state in UNANSWERED}


def _row(tx: Tx, row: ConfirmationRecord, of: OperationRecord) -> CampaignRow:
    return CampaignRow(
        id=ConfirmationId(row.id),
        operation_id=OperationId(of.id),
        unit_id=UnitId(row.unit_id),
        name=Row(tx, operations.TABLE, of.uid).opened("name", of.name_sealed),
        set_id=(row.state not in _UNANSWERED and row.set_id) or of.set_id,
        state=ConfirmationState(row.state),
        exceptions=row.exceptions,
        changes=row.changes,
        actions=tuple(row.actions.split(",")) if row.actions else (),
    )
