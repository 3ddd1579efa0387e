"""Who must bring a missing record, and by when: from the yearly plan, else from the certificate's window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from privacy_mark.certificates.agenda import EventKind, agenda
from privacy_mark.certificates.year_model import YearState
from privacy_mark.requirements.suppliers import members_of
from registry.access import require, today_in_japan
from registry.model import Permission, UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.certificate_tables import PmsItem, PmsYear

_ITEMS = PmsItem.__tablename__
_MOVING = (YearState.DRAFT.value, YearState.SUBMITTED.value, YearState.APPROVED.value)


@dataclass(frozen=True, slots=True)
class Planned:
    """Who brings what is missing of a requirement, and by when."""

    owner: str = field(default="", repr=False)  # "": nobody is named, so the privacy manager
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Plans:
    """What an entity plans, by requirement; the rest is wanted for the next step of the certificate."""

    items: Mapping[str, Planned]
    wanted_on: date | None  # the window opens or closes, or the next step of an application; None: neither

    def of(self, requirement: str, ran_out_on: date | None = None) -> Planned:
        """Return who brings what is missing of a requirement, and by when.

        What ran out was wanted on its last day, whatever is planned.
        """
        found = self.items.get(requirement, Planned())
        return Planned(found.owner, ran_out_on or found.due_on or self.wanted_on)


def plans(tx: Tx, unit_id: UnitId) -> Plans:
    """Return what a legal entity plans; raises AccessDenied without VIEW_CERTIFICATION in the unit."""
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    units = list(members_of(tx, frozenset({unit_id})).entity_of) or [unit_id]
    rows = tx.session.execute(
        select(PmsItem.uid, PmsItem.requirement, PmsItem.due_on, PmsItem.owner_sealed)
        .join(PmsYear, PmsYear.id == PmsItem.year_id)
        .where(
            PmsItem.unit_id.in_(units),
            PmsYear.state.in_(_MOVING),
            PmsItem.done_on.is_(None),
            PmsItem.left_sealed.is_(None),
        )
        .order_by(PmsItem.due_on, PmsItem.id)
    )
    items: dict[str, Planned] = {}
    for uid, requirement, due_on, owner in rows:
        if requirement not in items:
            items[requirement] = Planned(Row(tx, _ITEMS, uid).opened("owner", owner), due_on)
    days = [
        event.on
        for line in agenda(tx, today_in_japan(tx.now), unit_id=unit_id)
        if line.certificate.unit_id == unit_id
        for event in line.events
        if event.kind in (EventKind.OPENS, EventKind.CLOSES, EventKind.STEP, EventKind.EXPIRES)
    ]
    return Plans(items, min(days, default=None))
