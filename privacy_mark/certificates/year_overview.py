"""Years of the group as counts: which unit has a plan, what is late, up to whom it has risen."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Row, func, select

from privacy_mark.certificates.model import State
from privacy_mark.certificates.year_model import RevisionState, Summary, YearId, YearState
from privacy_mark.due import Due, Level
from registry.access import scope, today_in_japan, units_allowed
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.certificate_tables import CertificateRecord, PmsItem, PmsRevision, PmsYear
from registry.store.tables import OrgClosure, OrgUnit

ITEM, APPROVE, PLAN = "pms.item", "pms.approve", "pms.plan"
SOON = timedelta(days=30)
APRIL = 4
_MOVING = (YearState.DRAFT.value, YearState.SUBMITTED.value, YearState.APPROVED.value)


@dataclass(frozen=True, slots=True)
class Missing:
    """A unit with a certificate but no plan for today, and since when it should have one."""

    unit_id: UnitId
    since: date


@dataclass(frozen=True, slots=True)
class Overview:
    """Years that are not closed, the latest first, and open units that lack a plan, the longest first."""

    years: tuple[Summary, ...]
    without: tuple[Missing, ...]


def overview(tx: Tx, today: date, *, unit_id: UnitId | None = None) -> Overview:
    """Return the visible years that are not closed, of a unit and all below it: what is late comes first."""
    visible = scope(tx, Permission.VIEW_CERTIFICATION)
    query = select(PmsYear).where(PmsYear.unit_id.in_(visible), PmsYear.state.in_(_MOVING))
    certified = select(
        CertificateRecord.unit_id, CertificateRecord.before_from, CertificateRecord.valid_from
    ).where(
        CertificateRecord.unit_id.in_(visible),
        CertificateRecord.unit_id.in_(select(OrgUnit.id).where(OrgUnit.closed_at.is_(None))),
        CertificateRecord.state.in_([State.HELD.value, State.APPLYING.value]),
    )
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(PmsYear.unit_id.in_(below))
        certified = certified.where(CertificateRecord.unit_id.in_(below))
    years = sorted(
        _summaries(tx, list(tx.session.scalars(query)), today),
        key=lambda each: (-each.late, each.next_due or date.max, each.id),
    )
    planned = {each.unit_id for each in years if each.starts_on <= today <= each.ends_on}
    without = _missing(tx, tx.session.execute(certified).all(), planned, today)
    return Overview(tuple(years), tuple(sorted(without, key=lambda each: (each.since, each.unit_id))))


def _missing(
    tx: Tx, certified: Iterable[Row[int, date | None, date | None]], planned: set[UnitId], today: date
) -> list[Missing]:
    """Return the certified units without a plan: since the last one ended, or else since the year began.

    A unit that never had one lacks it since April, when a year begins by our proposal, not before its mark.
    """
    april = date(today.year if today.month >= APRIL else today.year - 1, APRIL, 1)
    ends = dict(
        tx.session.execute(
            select(PmsYear.unit_id, func.max(PmsYear.ends_on))
            .where(PmsYear.ends_on < today)
            .group_by(PmsYear.unit_id)
        ).all()
    )
    since: dict[UnitId, date] = {}
    for unit, before, begins in certified:
        if unit in planned:
            continue
        marked = min((day for day in (before, begins) if day is not None), default=april)
        first = ends[unit] + timedelta(days=1) if unit in ends else max(april, marked)
        since[UnitId(unit)] = min(first, today, since.get(UnitId(unit), today))
    return [Missing(unit, day) for unit, day in since.items()]


def level(of: Summary, today: date) -> Level:
    """Return up to whom the latest item of a year has risen."""
    if of.next_due is None or of.state is not YearState.APPROVED:
        return Level.RESPONSIBLE
    return Due(ITEM, of.unit_id, of.next_due, of.number, str(of.id)).level(today)


def due(tx: Tx, today: date) -> list[Due]:
    """Return what who asks may act on: items soon due, plans and their changes to approve, missing plans.

    Nobody is asked to approve one's own. A missing plan is late since the last one ended.
    """
    may = units_allowed(tx, Permission.MANAGE_CERTIFICATION)
    decides = units_allowed(tx, Permission.DECIDE_REVIEWS)
    if not may and not decides:
        return []
    found = overview(tx, today)
    mine = select(PmsYear.id).where(PmsYear.author_id == tx.principal.user_id)
    own = set(tx.session.scalars(mine.where(PmsYear.state == YearState.SUBMITTED.value)))
    dues = [
        Due(APPROVE, each.unit_id, each.starts_on, each.number, str(each.id))
        for each in found.years
        if each.state is YearState.SUBMITTED and each.unit_id in decides and each.id not in own
    ]
    dues += [
        Due(PLAN, each.unit_id, each.starts_on, each.number, str(each.id))
        for each in found.years
        if each.state is YearState.DRAFT and each.unit_id in may and each.starts_on <= today + SOON
    ]
    dues += [Due(PLAN, each.unit_id, each.since, "", "") for each in found.without if each.unit_id in may]
    dues += _revisions(tx, found.years, decides)
    items = (
        select(PmsItem.unit_id, PmsItem.due_on, PmsYear.number, PmsYear.id)
        .join(PmsYear, PmsYear.id == PmsItem.year_id)
        .where(
            PmsYear.state == YearState.APPROVED.value,
            PmsItem.done_on.is_(None),
            PmsItem.left_sealed.is_(None),
            PmsItem.due_on <= today + SOON,
            PmsItem.unit_id.in_(scope(tx, Permission.MANAGE_CERTIFICATION)),
        )
    )
    dues += [
        Due(ITEM, UnitId(unit), on, number, str(year)) for unit, on, number, year in tx.session.execute(items)
    ]
    return sorted(dues, key=lambda each: (each.due_on, each.number))


def _revisions(tx: Tx, years: Sequence[Summary], decides: Container[UnitId]) -> list[Due]:
    """Return the changes of approved plans that wait for who asks, since they were asked for."""
    numbers = {each.id: each.number for each in years if each.unit_id in decides}
    rows = tx.session.execute(
        select(PmsRevision.year_id, PmsRevision.unit_id, PmsRevision.proposed_at).where(
            PmsRevision.year_id.in_(numbers),
            PmsRevision.state == RevisionState.SUBMITTED.value,
            PmsRevision.proposer_id != tx.principal.user_id,
        )
    )
    return [
        Due(APPROVE, UnitId(unit), today_in_japan(at), numbers[YearId(year)], str(year))
        for year, unit, at in rows
    ]


def _summaries(tx: Tx, rows: Sequence[PmsYear], today: date) -> list[Summary]:
    ids = [row.id for row in rows]
    counts = dict(
        tx.session.execute(
            select(PmsItem.year_id, func.count()).where(PmsItem.year_id.in_(ids)).group_by(PmsItem.year_id)
        ).all()
    )
    waiting: dict[int, list[tuple[date, str]]] = {}
    query = (
        select(PmsItem.year_id, PmsItem.due_on, PmsItem.item)
        .where(PmsItem.year_id.in_(ids), PmsItem.done_on.is_(None), PmsItem.left_sealed.is_(None))
        .order_by(PmsItem.due_on, PmsItem.id)
    )
    for year, on, item in tx.session.execute(query):
        waiting.setdefault(year, []).append((on, item))
    submitted = select(PmsRevision.year_id).where(
        PmsRevision.year_id.in_(ids), PmsRevision.state == RevisionState.SUBMITTED.value
    )
    changing = set(tx.session.scalars(submitted))
    found = []
    for row in rows:
        to_do = waiting.get(row.id, [])
        state = YearState(row.state)
        found.append(
            Summary(
                YearId(row.id),
                row.number,
                UnitId(row.unit_id),
                row.starts_on,
                row.ends_on,
                state,
                counts.get(row.id, 0),
                counts.get(row.id, 0) - len(to_do),
                sum(on < today for on, _item in to_do) if state is YearState.APPROVED else 0,
                to_do[0][0] if to_do else None,
                to_do[0][1] if to_do else "",
                row.id in changing,
            )
        )
    return found
