"""By when each certified unit holds its next review: yearly, and as its plan says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from privacy_mark.certificates.cycle import cycle
from privacy_mark.certificates.model import State as CertificateState
from privacy_mark.certificates.rows import certificate_of
from privacy_mark.certificates.year_model import YearState
from privacy_mark.reviews.model import RUNNING, WAS_HELD, ReviewId
from privacy_mark.reviews.rows import last_held
from registry.access import scope
from registry.limits import months_after
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.certificate_tables import CertificateRecord, PmsItem, PmsYear
from registry.store.review_tables import ReviewRecord
from registry.store.tables import OrgClosure

SOON = timedelta(days=60)
"""A review is asked for so long before its day: people's calendars are full."""

ITEM = "review"  # of data/pm_cycle.yaml
_YEAR = 12
_LIVE = (YearState.DRAFT.value, YearState.SUBMITTED.value, YearState.APPROVED.value)


@dataclass(frozen=True, slots=True)
class Next:
    """The next review of a unit; `review_id` None: nobody has planned it yet."""

    unit_id: UnitId
    due_on: date
    held_on: date | None  # the last one
    review_id: ReviewId | None

    def is_asked_for(self, today: date) -> bool:
        """Return whether it is time to plan it."""
        return self.review_id is None and self.due_on <= today + SOON


def calendar(tx: Tx, today: date, *, unit_id: UnitId | None = None) -> list[Next]:
    """Return the next review of every visible unit with a certificate, held or applied for, by its day.

    The day is a year after the last review or that of the plan of the year, whichever is earlier; of a unit
    without either it is before its renewal window opens, else today.
    """
    visible = scope(tx, Permission.VIEW_REVIEWS)
    query = select(CertificateRecord).where(
        CertificateRecord.unit_id.in_(visible),
        CertificateRecord.state.in_([CertificateState.HELD.value, CertificateState.APPLYING.value]),
    )
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(CertificateRecord.unit_id.in_(below))
    first: dict[UnitId, date] = {}  # of a unit that never held one
    for row in tx.session.scalars(query):
        of = certificate_of(tx, row)
        day = today
        if of.window is not None:
            day = max(today, months_after(of.window.opens, -(cycle(today)[ITEM].before or 0)))
        first[of.unit_id] = min(day, first.get(of.unit_id, day))
    units = list(first)
    last, planned, running = last_held(tx, units, WAS_HELD), _planned(tx, units), _running(tx, units)
    found = []
    for unit in units:
        days = [day for day, begun in planned.get(unit, ()) if unit not in last or last[unit] < begun]
        if unit in last:
            days.append(months_after(last[unit], _YEAR))
        found.append(Next(unit, min(days, default=first[unit]), last.get(unit), running.get(unit)))
    return sorted(found, key=lambda each: (each.due_on, each.unit_id))


def _planned(tx: Tx, units: list[UnitId]) -> dict[UnitId, list[tuple[date, date]]]:
    """Return the days on which plans of years ask for a review, each with the first day of its year."""
    rows = tx.session.execute(
        select(PmsItem.unit_id, PmsItem.due_on, PmsYear.starts_on)
        .join(PmsYear, PmsYear.id == PmsItem.year_id)
        .where(
            PmsItem.unit_id.in_(units),
            PmsItem.item == ITEM,
            PmsItem.done_on.is_(None),
            PmsItem.left_sealed.is_(None),
            PmsYear.state.in_(_LIVE),
        )
    )
    found: dict[UnitId, list[tuple[date, date]]] = {}
    for unit, day, begun in rows:
        found.setdefault(UnitId(unit), []).append((day, begun))
    return found


def _running(tx: Tx, units: list[UnitId]) -> dict[UnitId, ReviewId]:
    query = select(ReviewRecord.unit_id, ReviewRecord.id).where(
        ReviewRecord.unit_id.in_(units), ReviewRecord.state.in_([state.value for state in RUNNING])
    )
    rows = tx.session.execute(query.order_by(ReviewRecord.planned_on.desc()))
    return {UnitId(unit): ReviewId(review) for unit, review in rows}
