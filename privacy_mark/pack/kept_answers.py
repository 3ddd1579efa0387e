"""Answers as they are kept, for packs and for who changes them: of a company by field, of its workplaces."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from privacy_mark.pack.model import Answer, Record, RowKey
from registry.access import japan_time
from registry.model import UnitId, UnitKind
from registry.sealing import Row
from registry.store import Tx
from registry.store.pack_tables import PackAnswer
from registry.store.tables import OrgClosure, OrgUnit

TABLE = PackAnswer.__tablename__
SITE_FIELD = "site_work"
"""The field that each workplace answers for itself: its address and work (domain: 様式5)."""


def kept(tx: Tx, unit_id: UnitId) -> dict[str, Answer]:
    """Return what a unit answered, by field; the caller has checked the right to it."""
    rows = tx.session.scalars(
        select(PackAnswer).where(PackAnswer.unit_id == unit_id).order_by(PackAnswer.field)
    )
    return {row.field: _answer(tx, row) for row in rows}


def of_sites(tx: Tx, unit_id: UnitId) -> dict[int, Answer]:
    """Return what the workplaces of an entity answered; the caller has checked the right to it."""
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
    rows = tx.session.scalars(
        select(PackAnswer)
        .where(PackAnswer.unit_id.in_(below), PackAnswer.field == SITE_FIELD)
        .order_by(PackAnswer.unit_id)
    )
    return {row.unit_id: _answer(tx, row) for row in rows}


def workplaces(rows: Sequence[OrgUnit], unit_id: UnitId) -> list[OrgUnit]:
    """Return the workplaces 事業所 among an entity's units; where none is registered, the entity itself."""
    return [row for row in rows if row.kind == UnitKind.SITE] or [row for row in rows if row.id == unit_id]


def answer_key(of: Answer) -> RowKey:
    """Return the row of a kept answer."""
    return RowKey(TABLE, str(of.id))


def answer_record(of: Answer) -> Record:
    """Return what the annex says of a kept answer: which field and when, not what."""
    return Record(answer_key(of), {"field": of.name, "answered_on": japan_time(of.answered_at).date()})


def _answer(tx: Tx, row: PackAnswer) -> Answer:
    sealed = Row(tx, TABLE, row.uid)
    return Answer(
        id=row.id,
        name=row.field,
        text=sealed.opened("text", row.text_sealed),
        author=sealed.opened("author", row.author_sealed),
        answered_at=row.answered_at,
        version=row.version,
    )
