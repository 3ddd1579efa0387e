"""Evidence from what is handled by a day: requests, complaints, accidents, changes; and from contracts.

What is past its day and still open speaks against, and so does a year in which all was handled late; what
was handled in time within a year shows it for a year from the newest on; where everything is still open and
in time it is under way. What was handled late is never counted as in time. Where nothing came there is
nothing to look at: a statement tells that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from privacy_mark.changes.model import State as ChangeState
from privacy_mark.changes.model import TaskState
from privacy_mark.complaints.model import State as ComplaintState
from privacy_mark.processors.model import Result
from privacy_mark.processors.model import Standing as Evaluated
from privacy_mark.processors.standing import supervised, supervised_standings
from privacy_mark.requirements.facts import Fact, Members, Standing, Supplier
from privacy_mark.requirements.model import SupplierId
from registry.limits import months_after
from registry.model import UnitId
from registry.request_model import RequestState
from registry.store import Tx
from registry.store.certificate_tables import CertificateAccident
from registry.store.change_tables import ChangeRecord, ChangeTaskRecord
from registry.store.complaint_tables import ComplaintRecord
from registry.store.ledger_tables import ProcessorRecord
from registry.store.rights_tables import RightsRequest

_YEAR = 12  # months


@dataclass(slots=True)
class _Handled:
    of: int = 0
    done: int = 0
    kept: int = 0  # of those done: in time
    late: int = 0  # open, and past their day
    missed: int = 0  # not late now, but a step was done after its day
    newest: date | None = None
    next: date | None = None  # the first day of what is open and in time

    def fact(self) -> Fact:
        in_time = self.of - self.late - self.missed
        if self.late or (self.done and not self.kept):
            return Fact(Standing.LACKING, in_time, self.of, self.newest)
        if not self.done:
            return Fact(Standing.UNDER_WAY, in_time, self.of, self.newest, self.next)
        until = months_after(self.newest, _YEAR) if self.newest is not None else None
        return Fact(Standing.SHOWN, in_time, self.of, self.newest, until)


def handled(
    tx: Tx,
    members: Members,
    today: date,
    *,
    unit: InstrumentedAttribute[int],
    begun: InstrumentedAttribute[date],
    due: SQLColumnExpression[date],
    ended: ColumnElement[bool],
    missed: ColumnElement[bool],
    counted: ColumnElement[bool] | None = None,
) -> Mapping[UnitId, Fact]:
    """Return what there is to say of rows that began within a year, or are still open.

    `due` is the next day of an open row; `missed` tells that a step was done after its day, `counted` which
    rows count at all.
    """

    def number(condition: ColumnElement[bool], *but: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case(*((each, 0) for each in but), (condition, 1), else_=0))

    late = and_(~ended, due < today)
    query = (
        select(
            unit,
            func.count(),
            number(ended),
            number(ended, missed),
            number(late),
            number(missed, late),
            func.max(begun),
            func.min(case((~ended, due))),
        )
        .where(*(() if counted is None else (counted,)), or_(~ended, begun > months_after(today, -_YEAR)))
        .group_by(unit)
    )
    found: dict[UnitId, _Handled] = {}
    for of, count, done, kept, past, slow, newest, following in tx.session.execute(query):
        if (entity := members.entity_of.get(of)) is None:
            continue
        each = found.setdefault(entity, _Handled())
        each.of, each.done, each.kept = each.of + count, each.done + done, each.kept + kept
        each.late, each.missed = each.late + past, each.missed + slow
        each.newest = max((day for day in (each.newest, newest) if day is not None), default=None)
        each.next = min((day for day in (each.next, following) if day is not None), default=None)
    return {entity: each.fact() for entity, each in found.items()}


def _requests(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Every request of a person is answered by its day, or still within it."""
    due = func.coalesce(RightsRequest.extended_until, RightsRequest.target_on)
    return handled(
        tx,
        members,
        today,
        unit=RightsRequest.unit_id,
        begun=RightsRequest.received_on,
        due=due,
        ended=RightsRequest.state == RequestState.CLOSED.value,
        missed=RightsRequest.answered_on > due,
    )


def _complaints(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Every complaint and consultation is answered by its day, or still within it."""
    return handled(
        tx,
        members,
        today,
        unit=ComplaintRecord.unit_id,
        begun=ComplaintRecord.received_on,
        due=ComplaintRecord.due_on,
        ended=or_(
            ComplaintRecord.state == ComplaintState.CLOSED.value, ComplaintRecord.answered_on.is_not(None)
        ),
        missed=ComplaintRecord.answered_on > ComplaintRecord.due_on,
    )


def _accidents(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Every accident of a certificate is reported to the scheme by its days, or still within them.

    The first report 速報 counts by its own day. What proved to be none says nothing of reports.
    """
    row = CertificateAccident
    first_waits = and_(row.first_due.is_not(None), row.first_sent.is_(None), row.first_due < row.full_due)
    return handled(
        tx,
        members,
        today,
        unit=CertificateAccident.unit_id,
        begun=CertificateAccident.discovered_on,
        due=case((first_waits, row.first_due), else_=row.full_due),
        ended=row.full_sent.is_not(None),
        missed=or_(
            row.full_sent > row.full_due, func.coalesce(row.first_sent, row.full_sent) > row.first_due
        ),
        counted=row.withdrawn_on.is_(None),
    )


def _changes(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Every change report of a certificate is approved, or no task of it is late; none was done late."""
    waits = and_(
        ChangeTaskRecord.change_id == ChangeRecord.id, ChangeTaskRecord.state == TaskState.OPEN.value
    )
    first = select(func.min(ChangeTaskRecord.due_on)).where(waits).correlate(ChangeRecord).scalar_subquery()
    return handled(
        tx,
        members,
        today,
        unit=ChangeRecord.unit_id,
        begun=ChangeRecord.changed_on,
        due=first,
        ended=ChangeRecord.state == ChangeState.CLOSED.value,
        missed=exists().where(
            ChangeTaskRecord.change_id == ChangeRecord.id, ChangeTaskRecord.done_on > ChangeTaskRecord.due_on
        ),
    )


def _processors(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """The contract of every processor whom an entry names, or whose contract has not ended, is in force."""
    lasts = or_(ProcessorRecord.valid_until.is_(None), ProcessorRecord.valid_until >= today)
    begun = or_(ProcessorRecord.valid_from.is_(None), ProcessorRecord.valid_from <= today)
    in_force = func.sum(case((and_(lasts, begun), 1), else_=0))
    query = (
        select(ProcessorRecord.unit_id, func.count(), in_force, func.min(ProcessorRecord.valid_until))
        .where(supervised(today))
        .group_by(ProcessorRecord.unit_id)
    )
    counts: dict[UnitId, tuple[int, int, date | None]] = {}
    for unit, of, done, until in tx.session.execute(query):
        if (entity := members.entity_of.get(unit)) is not None:
            before_of, before_done, before = counts.get(entity, (0, 0, None))
            ends = [day for day in (before, until) if day is not None]
            counts[entity] = (before_of + of, before_done + done, min(ends, default=None))
    return {
        entity: Fact(Standing.SHOWN if done == of else Standing.LACKING, done, of, None, until)
        for entity, (of, done, until) in counts.items()
    }


def _evaluated(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Every supervised processor was evaluated, is not due again, and is not below the criteria."""
    found: dict[UnitId, list[Evaluated]] = {}
    for each in supervised_standings(tx, today):
        if (entity := members.entity_of.get(each.unit_id)) is not None:
            found.setdefault(entity, []).append(each)
    facts: dict[UnitId, Fact] = {}
    for entity, some in found.items():
        done = [
            each
            for each in some
            if each.evaluated_on is not None and each.due_on >= today and each.result is not Result.UNFIT
        ]
        facts[entity] = Fact(
            Standing.SHOWN if len(done) == len(some) else Standing.LACKING,
            len(done),
            len(some),
            min((each.evaluated_on for each in some if each.evaluated_on is not None), default=None),
            min((each.due_on for each in done), default=None),
        )
    return facts


HANDLED = (
    Supplier(SupplierId.REQUESTS, _requests),
    Supplier(SupplierId.COMPLAINTS, _complaints),
    Supplier(SupplierId.ACCIDENTS, _accidents),
    Supplier(SupplierId.CHANGES, _changes),
    Supplier(SupplierId.PROCESSORS, _processors),
    Supplier(SupplierId.PROCESSOR_EVALUATION, _evaluated),
)
"""Suppliers of what is handled by a day, of contracts and evaluations of processors."""
