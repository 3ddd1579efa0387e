"""Items of a yearly plan 年間計画 that the product's own records finish, each with the record that shows it.

What was approved, reported or looked at in the room that it belongs to is not confirmed a second time. An
item that no record shows, such as a drill, stays with the person who did it; so does what a person recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from privacy_mark.audits.model import AuditState, ProgrammeScope
from privacy_mark.certificates.rows import held, seen
from privacy_mark.certificates.year_model import ItemId, Room, Shown, Year, YearId, YearState
from privacy_mark.certificates.year_rows import ITEMS, YEARS, year_of
from privacy_mark.certificates.year_told import differences
from privacy_mark.confirmations.states import ConfirmationState
from privacy_mark.laws.model import ReviewState as LawReviewState
from privacy_mark.laws.model import review_number
from privacy_mark.requirements.facts import Members, Standing
from privacy_mark.requirements.model import SupplierId
from privacy_mark.requirements.suppliers import SUPPLIERS, members_of
from privacy_mark.reviews.model import State as ReviewState
from privacy_mark.reviews.model import number_of
from registry.access import scope, today_in_japan
from registry.errors import InvalidValue
from registry.journal import Action
from registry.limits import months_after
from registry.model import Permission, UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.audit_tables import AuditProgramme, AuditRecord
from registry.store.certificate_tables import PmsItem, PmsYear
from registry.store.confirmation_tables import CampaignRecord, ConfirmationRecord
from registry.store.law_tables import LawReviewRecord
from registry.store.review_tables import ReviewRecord

_DAY = timedelta(days=1)
_QUARTER = 3  # months of one turn of the operational checks


@dataclass(frozen=True, slots=True)
class _Open:
    """One open item of an approved plan."""

    id: int
    unit_id: int
    item: str
    turn: int
    starts_on: date
    ends_on: date
    approved_on: date
    year_id: int
    year: str

    def holds(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


Read = Callable[[Tx, Members, Sequence[_Open], date], Iterator[tuple[int, Shown]]]


def shown(tx: Tx, year_id: YearId) -> dict[ItemId, Shown]:
    """Return the open items of a visible year that records of the product show as done; raises NotFound."""
    row = seen(tx, PmsYear, year_id)
    return {ItemId(item): each for item, each in _shown(tx, [row]).items()}


def finish(tx: Tx, year_id: YearId, *, expected_version: int) -> int:
    """Finish the items of a year that records show as done, and return how many.

    Raises NotFound, AccessDenied without MANAGE_CERTIFICATION, Conflict, InvalidValue: `state`
    `not_approved`.
    """
    row = held(tx, PmsYear, year_id, expected_version)
    if row.state != YearState.APPROVED:
        raise InvalidValue("state", "not_approved")
    return _write(tx, _shown(tx, [row]))


def settle(tx: Tx) -> int:
    """Finish all such items of the years that one manages, and return how many: the daily job."""
    rows = tx.session.scalars(
        select(PmsYear).where(
            PmsYear.state == YearState.APPROVED.value,
            PmsYear.unit_id.in_(scope(tx, Permission.MANAGE_CERTIFICATION)),
        )
    ).all()
    return _write(tx, _shown(tx, rows))


def _write(tx: Tx, found: Mapping[int, Shown]) -> int:
    years: dict[int, Year] = {}
    for item_id, each in found.items():
        item = tx.session.get_one(PmsItem, item_id)
        year = tx.session.get_one(PmsYear, item.year_id)
        was = years.get(year.id) or year_of(tx, year)
        sealed = Row(tx, ITEMS, item.uid).sealed({"record": each.number or "-", "actor": ""})
        item.done_on, item.fact, item.fact_row = each.on, each.room.value, each.row
        item.record_sealed, item.actor_sealed = sealed["record_sealed"], sealed["actor_sealed"]
        flag_modified(year, "state")  # a change of its parts counts as one of the year
        tx.session.flush()
        years[year.id] = year_of(tx, year)
        before, after = differences(was, years[year.id])
        after |= {"fact": each.room.value, "row": each.row}
        tx.record(Action.YEAR_ITEM_DONE, YEARS, year.id, UnitId(year.unit_id), before, after)
    return len(found)


def _shown(tx: Tx, years: Sequence[PmsYear]) -> dict[int, Shown]:
    by_id = {row.id: row for row in years if row.state == YearState.APPROVED.value and row.approved_at}
    open_: dict[str, list[_Open]] = {}
    for item in tx.session.execute(
        select(PmsItem.id, PmsItem.year_id, PmsItem.item, PmsItem.turn).where(
            PmsItem.year_id.in_(by_id), PmsItem.done_on.is_(None), PmsItem.left_sealed.is_(None)
        )
    ):
        of = by_id[item.year_id]
        if of.approved_at is None or item.item not in _READ:
            continue
        approved = today_in_japan(of.approved_at)
        open_.setdefault(item.item, []).append(
            _Open(
                item.id,
                of.unit_id,
                item.item,
                item.turn,
                of.starts_on,
                of.ends_on,
                approved,
                of.id,
                of.number,
            )
        )
    if not open_:
        return {}
    today = today_in_japan(tx.now)
    units = frozenset(UnitId(row.unit_id) for row in by_id.values())
    members = members_of(tx, units)
    found: dict[int, Shown] = {}
    for name, items in open_.items():
        for item_id, each in _READ[name](tx, members, items, today):
            if each.on <= today:
                found.setdefault(item_id, each)
    return found


def _plan(_tx: Tx, _members: Members, items: Sequence[_Open], _today: date) -> Iterator[tuple[int, Shown]]:
    """The objectives were decided when top management approved the plan."""
    for of in items:
        yield of.id, Shown(Room.PLAN, str(of.year_id), of.year, of.approved_on)


def _laws(tx: Tx, _members: Members, items: Sequence[_Open], _today: date) -> Iterator[tuple[int, Shown]]:
    of = LawReviewRecord
    rows = tx.session.execute(
        select(of.id, of.unit_id, of.reviewed_on)
        .where(of.state == LawReviewState.APPROVED.value, of.unit_id.in_({each.unit_id for each in items}))
        .order_by(of.id)
    ).all()
    for item in items:
        for row in rows:
            if row.unit_id == item.unit_id and item.holds(row.reviewed_on):
                yield (
                    item.id,
                    Shown(Room.LAWS, str(row.unit_id), review_number(row.id), row.reviewed_on),
                )


def _review(tx: Tx, _members: Members, items: Sequence[_Open], _today: date) -> Iterator[tuple[int, Shown]]:
    of = ReviewRecord
    rows = tx.session.execute(
        select(of.id, of.unit_id, of.held_on)
        .where(of.state == ReviewState.CLOSED.value, of.unit_id.in_({each.unit_id for each in items}))
        .order_by(of.held_on)
    ).all()
    for item in items:
        for row in rows:
            if row.unit_id == item.unit_id and row.held_on is not None and item.holds(row.held_on):
                yield item.id, Shown(Room.REVIEW, str(row.id), number_of(row.id), row.held_on)


def _audit(tx: Tx, _members: Members, items: Sequence[_Open], _today: date) -> Iterator[tuple[int, Shown]]:
    """The report on the audit of all departments was given to top management, and none is left."""
    of = AuditProgramme
    left = select(AuditRecord.programme_id).where(AuditRecord.state != AuditState.DONE.value)
    rows = tx.session.execute(
        select(of.id, of.unit_id, of.number, of.reported_on)
        .where(
            of.scope == ProgrammeScope.DEPARTMENTS.value,
            of.reported_on.is_not(None),
            of.unit_id.in_({each.unit_id for each in items}),
            of.id.in_(select(AuditRecord.programme_id)),
            of.id.not_in(left),
        )
        .order_by(of.reported_on)
    ).all()
    for item in items:
        for row in rows:
            if row.unit_id == item.unit_id and row.reported_on is not None and item.holds(row.reported_on):
                yield item.id, Shown(Room.AUDIT, str(row.id), row.number, row.reported_on)


def _confirmations(
    tx: Tx, members: Members, items: Sequence[_Open], today: date
) -> Iterator[tuple[int, Shown]]:
    """Every operation confirmed all rounds whose day lies in the quarter of the turn, which is over."""
    of, campaign = ConfirmationRecord, CampaignRecord
    rows = tx.session.execute(
        select(of.unit_id, of.state, campaign.due_on, func.max(of.confirmed_at).label("at"))
        .join(campaign, campaign.id == of.campaign_id)
        .where(campaign.due_on >= min(each.starts_on for each in items))
        .group_by(of.unit_id, of.state, campaign.due_on)
    ).all()
    for item in items:
        first = months_after(item.starts_on, _QUARTER * (item.turn - 1))
        last = months_after(item.starts_on, _QUARTER * item.turn) - _DAY
        mine = [
            row
            for row in rows
            if members.entity_of.get(row.unit_id) == item.unit_id and first <= row.due_on <= last
        ]
        confirmed = all(row.state == ConfirmationState.CONFIRMED.value for row in mine)
        days = [today_in_japan(row.at) for row in mine if row.at is not None]
        if mine and confirmed and days and today > last:
            yield item.id, Shown(Room.CONFIRMATIONS, "", "", max(days))


def _standing(supplier: SupplierId, room: Room) -> Read:
    """Return a reader of what one supplier says: shown, all of it since the year began; done on that day."""

    def read(tx: Tx, members: Members, items: Sequence[_Open], today: date) -> Iterator[tuple[int, Shown]]:
        facts = SUPPLIERS[supplier].facts(tx, members, today)
        for item in items:
            fact = facts.get(UnitId(item.unit_id))
            whole = fact is not None and fact.standing is Standing.SHOWN and fact.on is not None
            if fact is not None and whole and fact.on is not None and fact.on >= item.starts_on:
                yield item.id, Shown(room, "", "", min(today, item.ends_on))

    return read


_READ: Mapping[str, Read] = {
    "objectives": _plan,
    "laws": _laws,
    "ledger": _standing(SupplierId.LEDGER_REVIEW, Room.LEDGER),
    "risks": _standing(SupplierId.RISK_REVIEW, Room.RISKS),
    "rules": _standing(SupplierId.RULE_REVIEW, Room.RULES),
    "training": _standing(SupplierId.TRAINING, Room.TRAINING),
    "follow_up": _standing(SupplierId.TRAINING, Room.TRAINING),
    "suppliers": _standing(SupplierId.PROCESSOR_EVALUATION, Room.PROCESSORS),
    "confirmations": _confirmations,
    "audit": _audit,
    "review": _review,
}
"""Items of data/pm_cycle.yaml that records finish; the others are confirmed by a person."""
