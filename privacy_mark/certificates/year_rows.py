"""Rows of years, read within one's scope and told to services."""

from __future__ import annotations

from sqlalchemy import select

from privacy_mark.certificates.cycle import Derived
from privacy_mark.certificates.year_model import (
    Item,
    ItemId,
    Objective,
    ObjectiveId,
    Outcome,
    Room,
    Year,
    YearId,
    YearState,
)
from registry.model import UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.certificate_tables import PmsItem, PmsObjective, PmsYear

YEARS, OBJECTIVES, ITEMS = "pms_year", "pms_objective", "pms_item"


def year_of(tx: Tx, row: PmsYear) -> Year:
    """Return a whole year as services tell it; the caller has checked the row."""
    sealed = Row(tx, YEARS, row.uid)
    objectives = tx.session.scalars(
        select(PmsObjective).where(PmsObjective.year_id == row.id).order_by(PmsObjective.id)
    )
    items = tx.session.scalars(
        select(PmsItem).where(PmsItem.year_id == row.id).order_by(PmsItem.due_on, PmsItem.id)
    )
    return Year(
        id=YearId(row.id),
        number=row.number,
        unit_id=UnitId(row.unit_id),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        state=YearState(row.state),
        author_id=row.author_id,
        author=sealed.opened("author", row.author_sealed),
        approver=sealed.opened("approver", row.approver_sealed),
        approved_at=row.approved_at,
        note=sealed.opened("note", row.note_sealed),
        objectives=tuple(_objective(tx, each) for each in objectives),
        items=tuple(_item(tx, each) for each in items),
        version=row.version,
    )


def _objective(tx: Tx, row: PmsObjective) -> Objective:
    sealed = Row(tx, OBJECTIVES, row.uid)
    return Objective(
        ObjectiveId(row.id),
        sealed.opened("what", row.what_sealed),
        sealed.opened("measure", row.measure_sealed),
        sealed.opened("result", row.result_sealed),
        Outcome(row.outcome) if row.outcome else None,
    )


def _item(tx: Tx, row: PmsItem) -> Item:
    sealed = Row(tx, ITEMS, row.uid)
    return Item(
        ItemId(row.id),
        row.item,
        row.turn,
        sealed.opened("title", row.title_sealed),
        sealed.opened("owner", row.owner_sealed),
        row.requirement,
        row.due_on,
        Derived(row.derived),
        row.done_on,
        sealed.opened("record", row.record_sealed),
        sealed.opened("left", row.left_sealed),
        sealed.opened("actor", row.actor_sealed),
        Room(row.fact) if row.fact else None,
        row.fact_row,
    )
