"""Which workplaces and departments were opened, renamed, moved or merged: what a form of changes asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import select

from privacy_mark.pack.model import Code, Line, Plain, Record, RowKey, Subject
from registry.access import today_in_japan
from registry.journal import Action
from registry.risk_levels import Words
from registry.store import Tx
from registry.store.tables import JournalRecord, OrgClosure, OrgUnit, UnitHistory

_UNIT, _HISTORY = "org_unit", "unit_history"
_JAPAN = timedelta(hours=9)


class _Change(NamedTuple):
    """One change of a unit: "created", "renamed", "moved", "merged" or "changed"."""

    at: datetime
    unit: OrgUnit
    what: str
    before: Words | None
    after: Words
    key: RowKey


def unit_changes(
    tx: Tx, of: Subject, since: date, reported: Collection[int | None]
) -> tuple[tuple[Line, ...], list[Record]]:
    """Return the changes of an entity and its units since a day; without those of change reports.

    `reported`: ids of the history that reports are about. The caller has checked who asks.
    """
    units = {
        row.id: row
        for row in tx.session.scalars(
            select(OrgUnit)
            .join(OrgClosure, OrgClosure.descendant == OrgUnit.id)
            .where(OrgClosure.ancestor == of.unit.id)
        )
    }
    start = datetime.combine(since, time(), UTC) - _JAPAN  # the day begins at midnight in Japan
    found = [*_created(tx, of, start, units), *_changed(tx, start, units, reported)]
    found = [each for each in found if each.at <= of.as_of]
    lines, records = [], []
    for each in sorted(found, key=lambda change: (change.at, change.key)):
        day = today_in_japan(each.at)
        cells = (
            day,
            Code("unit_kind", each.unit.kind),
            Code("unit_change", each.what),
            each.before,
            each.after,
        )
        lines.append(Line(cells, (each.key,)))
        own = RowKey(_UNIT, str(each.unit.id))
        told: dict[str, Plain] = {"unit": each.unit.code, "change": each.what, "on": day}
        if each.key == own:
            told = {"code": each.unit.code, "kind": each.unit.kind, "name": each.unit.name_ja}
        records.append(Record(each.key, told, None if each.key == own else own))
    return tuple(lines), records


def _created(tx: Tx, of: Subject, start: datetime, units: dict[int, OrgUnit]) -> Iterator[_Change]:
    """Yield units that were opened; those registered on one day with the entity are no change of it."""
    opened = {
        int(row): at
        for row, at in tx.session.execute(
            select(JournalRecord.row_id, JournalRecord.at)
            .where(
                JournalRecord.action == Action.UNIT_CREATED.value,
                JournalRecord.table_name == _UNIT,
                JournalRecord.unit_id.in_(units),
            )
            .order_by(JournalRecord.seq)
        )
    }
    first = opened.get(of.unit.id)
    for number, at in opened.items():
        unit = units.get(number)
        if unit is None or at < start or (first and today_in_japan(at) == today_in_japan(first)):
            continue
        yield _Change(at, unit, "created", None, _name(unit), RowKey(_UNIT, str(number)))


def _changed(
    tx: Tx, start: datetime, units: dict[int, OrgUnit], reported: Collection[int | None]
) -> Iterator[_Change]:
    after: dict[int, UnitHistory | OrgUnit] = dict(units)
    rows = tx.session.scalars(
        select(UnitHistory)
        .where(UnitHistory.unit_id.in_(units), UnitHistory.until >= start)
        .order_by(UnitHistory.id.desc())
    )
    for row in rows:
        now, unit = after[row.unit_id], units[row.unit_id]
        after[row.unit_id] = row
        if row.id in reported:
            continue
        key = RowKey(_HISTORY, str(row.id))
        if row.parent_id != now.parent_id:
            merged = unit.merged_into_id is not None and row.until == unit.closed_at
            yield _Change(row.until, unit, "merged" if merged else "moved", None, _name(now), key)
        elif (row.name_ja, row.name_en) != (now.name_ja, now.name_en):
            yield _Change(row.until, unit, "renamed", _name(row), _name(now), key)
        elif (row.kind, row.country) != (now.kind, now.country):
            yield _Change(row.until, unit, "changed", None, _name(now), key)


def _name(of: UnitHistory | OrgUnit) -> Words:
    return Words(of.name_ja, of.name_en or of.name_ja)
