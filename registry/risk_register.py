"""The register of risks: analyses of many entries as list and matrix, and measures that are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from registry.access import scope, today_in_japan
from registry.model import EntryId, Permission, UnitId
from registry.risk_facts import Reopening, reopening_of
from registry.risk_levels import Level
from registry.risk_model import Decision, PlannedMeasure, RiskState
from registry.risk_rows import ROW, measure_of
from registry.sealing import Row
from registry.store import Tx
from registry.store.risk_tables import RiskAnalysisRecord, RiskMeasureRecord, RiskRowRecord
from registry.store.tables import LedgerRecord, OrgClosure
from registry.threats import Phase

PAGE = 50
SOON = timedelta(days=30)
"""A review is shown as due from so long before its day."""


@dataclass(frozen=True, slots=True)
class RiskFilter:
    """Which entries are wanted; what is not given narrows nothing."""

    unit_id: UnitId | None = None  # with all units below it
    state: RiskState | None = None
    level: Level | None = None  # the highest level, after the measures
    due: bool = False  # a review is due soon, or a measure is late
    cell: tuple[int, int] | None = None  # likelihood and impact of one of its threats
    residual: bool = True  # the cell is what remains after the measures


@dataclass(frozen=True, slots=True)
class Summary:
    """One entry in the list."""

    entry_id: EntryId
    number: str
    name: str
    unit_id: UnitId
    state: RiskState
    worst: Level | None
    worst_residual: Level | None
    threats: int
    open_measures: int
    late_measures: int
    next_review: date | None
    reopened_at: datetime | None
    reopened: Reopening = field(default_factory=Reopening)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list, and how many there are in all."""

    rows: tuple[Summary, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Totals:
    """How the analyses of many entries stand."""

    entries: int
    by_state: Mapping[RiskState, int]
    late_measures: int


@dataclass(frozen=True, slots=True)
class DueMeasure:
    """A measure that was not carried out yet, and where it stands."""

    entry_id: EntryId
    number: str
    entry: str
    unit_id: UnitId
    phase: Phase
    threat: str
    title: str
    measure: PlannedMeasure


def summaries(tx: Tx, wanted: RiskFilter, *, offset: int = 0, limit: int = PAGE) -> Page:
    """Return a page of the visible entries: opened again first, then by remaining level and number."""
    today = today_in_japan(tx.now)
    rows = _joined(_entries(tx, wanted, today))
    total = tx.session.scalar(rows.with_only_columns(func.count())) or 0
    open_measures, late, threats = _open_measures(), _open_measures(today), _threats()
    order = (
        (RiskAnalysisRecord.state == RiskState.REOPENED.value).desc().nulls_last(),
        RiskAnalysisRecord.worst_residual.desc().nulls_last(),
        LedgerRecord.id,
    )
    columns: tuple[Any, ...] = (
        LedgerRecord.id,
        LedgerRecord.number,
        LedgerRecord.name,
        LedgerRecord.unit_id,
        RiskAnalysisRecord.state,
        RiskAnalysisRecord.worst,
        RiskAnalysisRecord.worst_residual,
        RiskAnalysisRecord.next_review,
        RiskAnalysisRecord.reopened_at,
        RiskAnalysisRecord.reopened_json,
        threats.label("threats"),
        open_measures.label("open_measures"),
        late.label("late"),
    )
    found = tx.session.execute(rows.with_only_columns(*columns).order_by(*order).offset(offset).limit(limit))
    return Page(tuple(_summary(row) for row in found), total)


def totals(tx: Tx, *, unit_id: UnitId | None = None) -> Totals:
    """Return how the analyses of the visible entries stand."""
    today = today_in_japan(tx.now)
    rows = _joined(_entries(tx, RiskFilter(unit_id), today))
    counts = tx.session.execute(
        rows.with_only_columns(RiskAnalysisRecord.state, func.count()).group_by(RiskAnalysisRecord.state)
    )
    by_state = {RiskState(state or RiskState.NONE): number for state, number in counts}
    late = tx.session.scalar(_measures(tx, unit_id, today).with_only_columns(func.count())) or 0
    return Totals(sum(by_state.values()), by_state, late)


def matrix(tx: Tx, *, unit_id: UnitId | None = None, residual: bool = True) -> dict[tuple[int, int], int]:
    """Return how many threats of the visible entries stand at each likelihood and impact."""
    likelihood, impact = _steps(residual=residual)
    entries = _entries(tx, RiskFilter(unit_id), today_in_japan(tx.now)).with_only_columns(LedgerRecord.id)
    query = (
        select(likelihood, impact, func.count())
        .join(RiskAnalysisRecord, RiskAnalysisRecord.id == RiskRowRecord.analysis_id)
        .where(
            RiskAnalysisRecord.entry_id.in_(entries),
            RiskRowRecord.decision == Decision.TAKEN.value,
            likelihood.is_not(None),
            impact.is_not(None),
        )
        .group_by(likelihood, impact)
    )
    return {(int(row[0] or 0), int(row[1] or 0)): row[2] for row in tx.session.execute(query)}


def measures_due(tx: Tx, *, unit_id: UnitId | None = None, limit: int = 200) -> list[DueMeasure]:
    """Return the measures of the visible entries that were not carried out yet, the earliest day first."""
    query = _measures(tx, unit_id, None).order_by(RiskMeasureRecord.due_on, RiskMeasureRecord.id)
    columns = (RiskMeasureRecord, RiskRowRecord, LedgerRecord.id, LedgerRecord.number, LedgerRecord.name)
    rows = tx.session.execute(query.with_only_columns(*columns, LedgerRecord.unit_id).limit(limit))
    return [
        DueMeasure(
            entry_id=EntryId(entry_id),
            number=number,
            entry=name,
            unit_id=UnitId(unit),
            phase=Phase(row.phase),
            threat=row.threat,
            title=Row(tx, ROW, row.uid).opened("title", row.title_sealed),
            measure=measure_of(tx, measure),
        )
        for measure, row, entry_id, number, name, unit in rows
    ]


def _joined(entries: Select[Any]) -> Select[Any]:
    return entries.outerjoin(RiskAnalysisRecord, RiskAnalysisRecord.entry_id == LedgerRecord.id)


def _entries(tx: Tx, wanted: RiskFilter, today: date) -> Select[Any]:
    query = select(LedgerRecord.id).where(LedgerRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)))
    if wanted.unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == wanted.unit_id)
        query = query.where(LedgerRecord.unit_id.in_(below))
    if wanted.state is RiskState.NONE:
        query = query.where(LedgerRecord.id.not_in(select(RiskAnalysisRecord.entry_id)))
    elif wanted.state is not None:
        query = query.where(_analysed(RiskAnalysisRecord.state == wanted.state.value))
    if wanted.level is not None:
        query = query.where(_analysed(RiskAnalysisRecord.worst_residual == wanted.level.value))
    if wanted.due:
        soon = and_(
            RiskAnalysisRecord.state == RiskState.ACCEPTED.value,
            RiskAnalysisRecord.next_review <= today + SOON,
        )
        late = RiskAnalysisRecord.id.in_(
            select(RiskRowRecord.analysis_id)
            .join(RiskMeasureRecord, RiskMeasureRecord.row_id == RiskRowRecord.id)
            .where(*_late(today))
        )
        query = query.where(_analysed(or_(soon, late)))
    if wanted.cell is not None:
        likelihood, impact = _steps(residual=wanted.residual)
        at = select(RiskRowRecord.analysis_id).where(
            RiskRowRecord.decision == Decision.TAKEN.value,
            likelihood == wanted.cell[0],
            impact == wanted.cell[1],
        )
        query = query.where(_analysed(RiskAnalysisRecord.id.in_(at)))
    return query


def _analysed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return LedgerRecord.id.in_(select(RiskAnalysisRecord.entry_id).where(condition))


def _steps(*, residual: bool) -> tuple[ColumnElement[int | None], ColumnElement[int | None]]:
    if residual:
        return RiskRowRecord.residual_likelihood.expression, RiskRowRecord.residual_impact.expression
    return RiskRowRecord.likelihood.expression, RiskRowRecord.impact.expression


def _late(today: date | None) -> list[ColumnElement[bool]]:
    open_ = [RiskMeasureRecord.done_on.is_(None), RiskRowRecord.decision == Decision.TAKEN.value]
    return open_ if today is None else [*open_, RiskMeasureRecord.due_on < today]


def _measures(tx: Tx, unit_id: UnitId | None, today: date | None) -> Select[Any]:
    """Return the query of open measures of visible entries; with a day, of those that are late by then."""
    entries = _entries(tx, RiskFilter(unit_id), today or today_in_japan(tx.now))
    return (
        select(RiskMeasureRecord.id)
        .join(RiskRowRecord, RiskRowRecord.id == RiskMeasureRecord.row_id)
        .join(RiskAnalysisRecord, RiskAnalysisRecord.id == RiskRowRecord.analysis_id)
        .join(LedgerRecord, LedgerRecord.id == RiskAnalysisRecord.entry_id)
        .where(LedgerRecord.id.in_(entries), *_late(today))
    )


def _open_measures(today: date | None = None) -> Any:
    return (
        select(func.count())
        .select_from(RiskMeasureRecord)
        .join(RiskRowRecord, RiskRowRecord.id == RiskMeasureRecord.row_id)
        .where(RiskRowRecord.analysis_id == RiskAnalysisRecord.id, *_late(today))
        .correlate(RiskAnalysisRecord)
        .scalar_subquery()
    )


def _threats() -> Any:
    return (
        select(func.count())
        .select_from(RiskRowRecord)
        .where(
            RiskRowRecord.analysis_id == RiskAnalysisRecord.id,
            RiskRowRecord.decision == Decision.TAKEN.value,
        )
        .correlate(RiskAnalysisRecord)
        .scalar_subquery()
    )


def _summary(row: Any) -> Summary:
    return Summary(
        entry_id=EntryId(row.id),
        number=row.number,
        name=row.name,
        unit_id=UnitId(row.unit_id),
        state=RiskState(row.state or RiskState.NONE),
        worst=None if row.worst is None else Level(row.worst),
        worst_residual=None if row.worst_residual is None else Level(row.worst_residual),
        threats=row.threats or 0,
        open_measures=row.open_measures or 0,
        late_measures=row.late or 0,
        next_review=row.next_review,
        reopened_at=row.reopened_at,
        reopened=reopening_of(row.reopened_json or ""),
    )
