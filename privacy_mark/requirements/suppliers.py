"""Evidence from the product itself: who supplies it, and what each says of many legal entities at once.

Another room joins in by adding its `EvidenceSupplier` to `SUPPLIERS`; the catalogue names suppliers by
`SupplierId`, and a need whose supplier is not there yet is shown by hand. A supplier looks at rows of the
entities that it is asked about and answers with days and counts, never with names or places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select

from privacy_mark.requirements.document_suppliers import RULES
from privacy_mark.requirements.facts import EvidenceSupplier, Fact, Members, Standing, Supplier
from privacy_mark.requirements.governance_suppliers import GOVERNANCE
from privacy_mark.requirements.handled_suppliers import HANDLED
from privacy_mark.requirements.list_suppliers import LISTS
from privacy_mark.requirements.model import SupplierId
from privacy_mark.requirements.room_suppliers import ROOMS
from registry import runs
from registry.access import today_in_japan
from registry.case_states import WAITING
from registry.model import UnitId, UnitKind
from registry.risk_model import RiskState
from registry.store import Tx
from registry.store.case_tables import CaseRecord
from registry.store.risk_tables import RiskAnalysisRecord
from registry.store.tables import (
    AssessmentRecord,
    JournalAnchor,
    LedgerRecord,
    OrgClosure,
    OrgUnit,
    ScanRun,
    SourceRecord,
)

YEAR = timedelta(days=366)
QUARTER = timedelta(days=92)
MONTH = timedelta(days=31)


def members_of(tx: Tx, entities: frozenset[UnitId]) -> Members:
    """Return the units of entities: everything below one down to the next entity."""
    of = nearest()
    rows = tx.session.execute(select(of.c.unit, of.c.entity))
    return Members({unit: UnitId(entity) for unit, entity in rows if entity in entities})


def nearest() -> Subquery:
    """Return a table of all units that belong to a legal entity: `unit` and `entity`."""
    kinds = [kind.value for kind in UnitKind if kind.is_entity]
    above = func.row_number().over(partition_by=OrgClosure.descendant, order_by=OrgClosure.depth)
    ranked = (
        select(OrgClosure.descendant.label("unit"), OrgClosure.ancestor.label("entity"), above.label("place"))
        .join(OrgUnit, OrgUnit.id == OrgClosure.ancestor)
        .where(OrgUnit.kind.in_(kinds))
        .subquery()
    )
    return select(ranked.c.unit, ranked.c.entity).where(ranked.c.place == 1).subquery()


@dataclass(slots=True)
class _Count:
    done: int = 0
    of: int = 0
    oldest: date | None = None
    ends: date | None = None  # the first day on which something of it is due again, where one was set

    def add(self, day: date | None, *, done: int, of: int = 1, ends: date | None = None) -> None:
        self.of += of
        self.done += done
        if day is not None and (self.oldest is None or day < self.oldest):
            self.oldest = day
        if ends is not None and (self.ends is None or ends < self.ends):
            self.ends = ends

    def fact(self, holds: timedelta) -> Fact:
        standing = Standing.SHOWN if self.done == self.of else Standing.LACKING
        ends = [self.ends, None if self.oldest is None else self.oldest + holds]
        until = min((day for day in ends if day is not None), default=None)
        return Fact(standing, self.done, self.of, self.oldest, until)


def _counted(counts: Mapping[UnitId, _Count], holds: timedelta) -> dict[UnitId, Fact]:
    return {entity: count.fact(holds) for entity, count in counts.items() if count.of}


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Return how many rows of a group fulfil a condition."""
    return func.sum(case((condition, 1), else_=0))


def _ledger(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Every entry was looked through within a year."""
    checked = LedgerRecord.last_checked
    query = select(
        LedgerRecord.unit_id, func.min(checked), _number(checked >= today - YEAR), func.count()
    ).group_by(LedgerRecord.unit_id)
    counts: dict[UnitId, _Count] = {}
    for unit, oldest, done, of in tx.session.execute(query):
        if (entity := members.entity_of.get(unit)) is not None:
            counts.setdefault(entity, _Count()).add(oldest, done=done, of=of)
    return _counted(counts, YEAR)


def _risks(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Every entry has a risk analysis whose residual risks are accepted, and whose review is not overdue."""
    analysis = RiskAnalysisRecord
    on_time = or_(analysis.next_review.is_(None), analysis.next_review >= today)
    done_now = and_(analysis.state == RiskState.ACCEPTED.value, on_time)
    query = (
        select(
            LedgerRecord.unit_id,
            func.min(case((done_now, analysis.accepted_at))),
            func.min(case((done_now, analysis.next_review))),
            _number(done_now),
            func.count(),
        )
        .outerjoin(analysis, analysis.entry_id == LedgerRecord.id)
        .group_by(LedgerRecord.unit_id)
    )
    counts: dict[UnitId, _Count] = {}
    for unit, accepted, ends, done, of in tx.session.execute(query):
        if (entity := members.entity_of.get(unit)) is not None:
            day = today_in_japan(accepted) if accepted is not None else None
            counts.setdefault(entity, _Count()).add(day, done=done, of=of, ends=ends)
    return _counted(counts, YEAR)


class _Examined(NamedTuple):
    on: date
    whole: bool  # nothing was left unexamined
    some: bool  # not everything failed or was left out


def _newest_runs(tx: Tx, _members: Members, _today: date) -> Mapping[int, _Examined]:
    """Return the newest run of every source."""
    looked_at = ScanRun.complete + ScanRun.partial > 0
    columns = (ScanRun.source_id, ScanRun.finished_at, runs.whole, looked_at)
    return {
        source: _Examined(today_in_japan(at), bool(whole), bool(whole or some))
        for source, at, whole, some in tx.session.execute(runs.latest().with_only_columns(*columns))
        if source is not None
    }


def _scans(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Every registered source was scanned within a quarter, and nothing of it was left unexamined."""
    newest = members.once(_newest_runs, tx, today)
    counts: dict[UnitId, _Count] = {}
    query = select(SourceRecord.id, SourceRecord.unit_id).where(SourceRecord.removed_at.is_(None))
    for source, unit in tx.session.execute(query):
        if (entity := members.entity_of.get(unit)) is not None:
            run = newest.get(source)
            done = run is not None and run.whole and today - run.on <= QUARTER
            counts.setdefault(entity, _Count()).add(run.on if run is not None else None, done=done)
    return _counted(counts, QUARTER)


def _reconciliation(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Ledger and reality were compared within a quarter, and no difference waits past its day.

    Without a source that was examined there is no reality to compare with: only a late difference speaks.
    """
    at = tx.session.scalar(select(AssessmentRecord.at).where(AssessmentRecord.current))
    if at is None:
        return {}
    compared = today_in_japan(at)
    newest = members.once(_newest_runs, tx, today)
    examined: dict[UnitId, date] = {}  # when the first of an entity's sources was examined last
    sources = select(SourceRecord.id, SourceRecord.unit_id).where(SourceRecord.removed_at.is_(None))
    for source, unit in tx.session.execute(sources):
        entity = members.entity_of.get(unit)
        if entity is not None and source in newest and newest[source].some:
            seen = newest[source].on
            examined[entity] = min(seen, examined.get(entity, seen))
    waiting = [state.value for state in WAITING]
    opened: dict[UnitId, _Count] = {
        entity: _Count() for unit, entity in members.entity_of.items() if unit == entity
    }
    query = (
        select(CaseRecord.unit_id, _number(CaseRecord.due_on >= today), func.count())
        .where(CaseRecord.state.in_(waiting))
        .group_by(CaseRecord.unit_id)
    )
    for unit, done, of in tx.session.execute(query):
        if (entity := members.entity_of.get(unit)) is not None:
            opened[entity].add(None, done=done, of=of)
    found: dict[UnitId, Fact] = {}
    for entity, count in opened.items():
        if entity not in examined:
            if count.done < count.of:
                found[entity] = Fact(Standing.LACKING, count.done, count.of)
            continue
        day = min(compared, examined[entity])
        shown = today - day <= QUARTER and count.done == count.of
        standing = Standing.SHOWN if shown else Standing.LACKING
        found[entity] = Fact(standing, count.done, count.of, day, day + QUARTER)
    return found


def _journal(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """A signed head of the journal was laid elsewhere within a month: it is one journal for all entities."""
    at = tx.session.scalar(select(func.max(JournalAnchor.at)))
    if at is None:
        return {}
    day = today_in_japan(at)
    recent = today - day <= MONTH
    fact = Fact(Standing.SHOWN if recent else Standing.LACKING, int(recent), 1, day, day + MONTH)
    return dict.fromkeys(members.entities, fact)


SUPPLIERS: dict[SupplierId, EvidenceSupplier] = {
    each.id: each
    for each in (
        Supplier(SupplierId.LEDGER_REVIEW, _ledger),
        Supplier(SupplierId.RISK_REVIEW, _risks),
        Supplier(SupplierId.SCANS, _scans),
        Supplier(SupplierId.RECONCILIATION, _reconciliation),
        Supplier(SupplierId.JOURNAL, _journal),
        *ROOMS,
        *HANDLED,
        *RULES,
        *GOVERNANCE,
        *LISTS,
    )
}
"""Who supplies today; further rooms join in at `ROOMS`."""
