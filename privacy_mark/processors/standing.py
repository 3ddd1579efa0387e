"""How processors stand: the newest evaluation of each that was not withdrawn, and when the next is due.

Supervised are those whom an entry of the ledger names, or whose contract has not ended: who holds no data any
more is not evaluated again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select

from privacy_mark.processors.model import Result, Standing
from registry.access import Scope, scope
from registry.errors import NotFound
from registry.handling import ProcessorId
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.ledger_tables import LedgerProcessor, ProcessorRecord
from registry.store.processor_tables import ProcessorEvaluation
from registry.store.tables import OrgClosure


def standings(tx: Tx, today: date, *, unit_id: UnitId | None = None) -> list[Standing]:
    """Return how the processors of units whose ledger one may see stand on a day, in their order.

    Of a unit and all below it, or of all.
    """
    query = _query(today, scope(tx, Permission.VIEW_LEDGER))
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(ProcessorRecord.unit_id.in_(below))
    return list(_read(tx, query, today))


def standing(tx: Tx, processor_id: ProcessorId, today: date) -> Standing:
    """Return how one processor that one may see stands on a day; raises NotFound."""
    query = _query(today, scope(tx, Permission.VIEW_LEDGER), of=processor_id)
    for found in _read(tx, query.where(ProcessorRecord.id == processor_id), today):
        return found
    raise NotFound("processor")


def supervised_standings(tx: Tx, today: date, units: Scope | None = None) -> Iterator[Standing]:
    """Return how supervised processors stand, of some units or of all.

    The caller narrows them to whom it may tell.
    """
    return _read(tx, _query(today, units).where(supervised(today)), today)


def supervised(today: date) -> ColumnElement[bool]:
    """Return which processors are supervised on a day."""
    named = ProcessorRecord.id.in_(select(LedgerProcessor.processor_id))
    return or_(named, ProcessorRecord.valid_until.is_(None), ProcessorRecord.valid_until >= today)


def _query(
    today: date, units: Scope | None, *, of: ProcessorId | None = None
) -> Select[int, int, date | None, date | None, bool, date | None, str | None, date | None]:
    place = func.row_number().over(
        partition_by=ProcessorEvaluation.processor_id,
        order_by=(ProcessorEvaluation.evaluated_on.desc(), ProcessorEvaluation.id.desc()),
    )
    within: list[ColumnElement[bool]] = [] if units is None else [ProcessorEvaluation.unit_id.in_(units)]
    if of is not None:
        within.append(ProcessorEvaluation.processor_id == of)
    newest = (
        select(
            ProcessorEvaluation.processor_id,
            ProcessorEvaluation.evaluated_on,
            ProcessorEvaluation.result,
            ProcessorEvaluation.next_on,
            place.label("place"),
        )
        .where(ProcessorEvaluation.withdrawn_on.is_(None), *within)
        .subquery()
    )
    query = (
        select(
            ProcessorRecord.id,
            ProcessorRecord.unit_id,
            ProcessorRecord.valid_from,
            ProcessorRecord.registered_on,
            supervised(today),
            newest.c.evaluated_on,
            newest.c.result,
            newest.c.next_on,
        )
        .outerjoin(newest, (newest.c.processor_id == ProcessorRecord.id) & (newest.c.place == 1))
        .order_by(ProcessorRecord.id)
    )
    return query if units is None else query.where(ProcessorRecord.unit_id.in_(units))


def _read(
    tx: Tx,
    query: Select[int, int, date | None, date | None, bool, date | None, str | None, date | None],
    today: date,
) -> Iterator[Standing]:
    for of, unit, begins, registered, watched, on, result, next_on in tx.session.execute(query):
        first = max(day for day in (begins, registered or today) if day is not None)
        yield Standing(
            ProcessorId(of),
            UnitId(unit),
            bool(watched),
            on,
            None if result is None else Result(result),
            first if next_on is None else next_on,
        )
