"""Which workplaces and departments were opened, renamed, moved or merged: what a form of changes asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import or_, select

from privacy_mark.changes.tree import Past, State
from privacy_mark.pack.model import Code, Line, Plain, Record, RowKey, Subject
from registry.access import today_in_japan
from registry.journal import Action
from registry.risk_levels import Words
from registry.store import Tx
from registry.store.tables import JournalRecord

_UNIT, _HISTORY = "org_unit", "unit_history"
_JAPAN = timedelta(hours=9)


class _Change(NamedTuple):
    """One change of a unit: "created", "renamed", "moved", "merged" or "changed"."""

    at: datetime
    unit_id: int
    of: State  # what the unit was then: what another entity makes of it later is not told
    what: str
    before: Words | None
    key: RowKey


def unit_changes(
    tx: Tx, of: Subject, since: date, reported: Collection[int | None]
) -> tuple[tuple[Line, ...], list[Record]]:
    """Return the changes of an entity and its units since a day; without those of change reports.

    Whose unit it was is decided at the moment of each change: one that went to another entity stands here
    until it went, one that came from another from then on. `reported`: ids of the history that reports are
    about. The caller has checked who asks.
    """
    start = datetime.combine(since, time(), UTC) - _JAPAN  # the day begins at midnight in Japan
    past = Past(tx, start)
    found = [*_created(tx, of, start, past), *_changed(of, past, reported)]
    found = [each for each in found if each.at <= of.as_of]
    lines, records = [], []
    for each in sorted(found, key=lambda change: (change.at, change.key)):
        day, then = today_in_japan(each.at), each.of
        cells = (
            day,
            Code("unit_kind", then.kind),
            Code("unit_change", each.what),
            each.before,
            _name(then),
        )
        lines.append(Line(cells, (each.key,)))
        own = RowKey(_UNIT, str(each.unit_id))
        told: dict[str, Plain] = {"unit": then.code, "change": each.what, "on": day}
        if each.key == own:
            told = {"code": then.code, "kind": then.kind, "name": then.name_ja}
        records.append(Record(each.key, told, None if each.key == own else own))
    return tuple(lines), records


def _created(tx: Tx, of: Subject, start: datetime, past: Past) -> Iterator[_Change]:
    """Yield units that were opened; those registered on one day with the entity are no change of it."""
    own = str(of.unit.id)
    opened = {
        int(row): at
        for row, at in tx.session.execute(
            select(JournalRecord.row_id, JournalRecord.at)
            .where(
                JournalRecord.action == Action.UNIT_CREATED.value,
                JournalRecord.table_name == _UNIT,
                or_(JournalRecord.at >= start, JournalRecord.row_id == own),
            )
            .order_by(JournalRecord.seq)
        )
    }
    first = opened.get(of.unit.id)
    for number, at in opened.items():
        if at < start or (first and today_in_japan(at) == today_in_japan(first)):
            continue
        then = past.state(number, at)
        if past.entity(number, then, at) == of.unit.id:
            yield _Change(at, number, then, "created", None, RowKey(_UNIT, str(number)))


def _changed(of: Subject, past: Past, reported: Collection[int | None]) -> Iterator[_Change]:
    for was in past.changes():
        if was.id in reported or of.unit.id not in past.holders(was):
            continue
        old, now, key = was.before, was.after, RowKey(_HISTORY, str(was.id))
        if old.parent_id != now.parent_id:
            yield _Change(was.until, was.unit_id, now, "merged" if was.merged else "moved", None, key)
        elif (old.name_ja, old.name_en) != (now.name_ja, now.name_en):
            yield _Change(was.until, was.unit_id, now, "renamed", _name(old), key)
        elif (old.kind, old.country) != (now.kind, now.country):
            yield _Change(was.until, was.unit_id, now, "changed", None, key)


def _name(of: State) -> Words:
    return Words(of.name_ja, of.name_en or of.name_ja)
