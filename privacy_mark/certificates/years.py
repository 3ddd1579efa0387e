"""Years of a unit's management system: plan, approval by another person, what was done, the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm.attributes import flag_modified

from privacy_mark.certificates.cycle import Derived, days
from privacy_mark.certificates.model import State
from privacy_mark.certificates.rows import certificate_of, held, next_number, seen
from privacy_mark.certificates.year_model import (
    ItemId,
    ObjectiveId,
    Outcome,
    RevisionState,
    Year,
    YearId,
    YearState,
)
from privacy_mark.certificates.year_rows import ITEMS, OBJECTIVES, YEARS, year_of
from privacy_mark.certificates.year_told import differences
from registry.access import require, require_open, today_in_japan
from registry.errors import Duplicate, InvalidValue, NotFound
from registry.journal import Action
from registry.limits import months_after
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.certificate_tables import CertificateRecord, PmsItem, PmsObjective, PmsRevision, PmsYear

_DAY = timedelta(days=1)


class Aim(NamedTuple):
    """An objective as people write it."""

    what: str
    measure: str


class _Held(NamedTuple):
    """A year that is being changed, and what it was."""

    row: PmsYear
    was: Year


class Change(NamedTuple):
    """What is changed of an item while the plan is made."""

    due_on: date
    owner: str


def plan(tx: Tx, unit_id: UnitId, *, starts_on: date) -> Year:
    """Make the draft of a year that begins on a day, its days derived from certificate and last year.

    Raises AccessDenied without MANAGE_CERTIFICATION in the unit, InvalidValue: `unit_id` `closed`; Duplicate
    `starts_on` when another plan of the unit overlaps.
    """
    require(tx, Permission.MANAGE_CERTIFICATION, unit_id)
    require_open(tx, unit_id)
    ends_on = months_after(starts_on, 12) - _DAY
    overlaps = select(PmsYear.id).where(
        PmsYear.unit_id == unit_id, PmsYear.starts_on <= ends_on, PmsYear.ends_on >= starts_on
    )
    if tx.session.scalar(overlaps.limit(1)) is not None:
        raise Duplicate("starts_on")
    uid = new_uid()
    row = PmsYear(
        uid=uid,
        number=next_number(tx, PmsYear, "Y"),
        unit_id=unit_id,
        starts_on=starts_on,
        ends_on=ends_on,
        state=YearState.DRAFT.value,
        author_id=tx.principal.user_id,
        **Row(tx, YEARS, uid).sealed({"author": tx.principal.name, "note": ""}),
    )
    tx.session.add(row)
    tx.session.flush()
    planned = days(starts_on, ends_on, opens=_opens(tx, unit_id, starts_on), last=_last_done(tx, unit_id))
    for each in planned:
        add_row(
            tx,
            row,
            item=each.item.id,
            turn=each.turn,
            requirement=each.item.requirement,
            due_on=each.due_on,
            derived=each.derived,
        )
    tx.session.flush()
    after = {"number": row.number, "starts_on": starts_on, "ends_on": ends_on, "items": len(planned)}
    tx.record(Action.YEAR_PLANNED, YEARS, row.id, unit_id, None, after)
    return year_of(tx, row)


def set_objectives(tx: Tx, year_id: YearId, aims: Sequence[Aim], *, expected_version: int) -> Year:
    """Write the objectives of a draft, all of them.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_draft`, `what` and `measure`
    `required`.
    """
    row, was = _draft(tx, year_id, expected_version)
    texts = [
        checked({"what": aim.what, "measure": aim.measure}, "what", "measure", longest=500) for aim in aims
    ]
    tx.session.execute(delete(PmsObjective).where(PmsObjective.year_id == row.id))
    for text in texts:
        uid = new_uid()
        tx.session.add(
            PmsObjective(
                uid=uid,
                year_id=row.id,
                unit_id=row.unit_id,
                outcome="",
                **Row(tx, OBJECTIVES, uid).sealed({**text, "result": ""}),
            )
        )
    return _changed(tx, row, was, Action.YEAR_CHANGED)


def change_items(tx: Tx, year_id: YearId, changes: Mapping[ItemId, Change], *, expected_version: int) -> Year:
    """Set days and owners of items of a draft.

    Raises NotFound (also for an item of another year), AccessDenied, Conflict, InvalidValue: `state`
    `not_draft`, `due_on` `outside_year`.
    """
    row, was = _draft(tx, year_id, expected_version)
    for change in changes.values():
        check_day(row, change.due_on)
    for item_id, change in changes.items():
        item = _item(tx, row, item_id)
        move_row(tx, item, change)
    return _changed(tx, row, was, Action.YEAR_CHANGED)


def add_item(tx: Tx, year_id: YearId, *, title: str, owner: str, due_on: date, expected_version: int) -> Year:
    """Add an item of the unit's own to a draft.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_draft`, `title` `required`, `due_on`
    `outside_year`.
    """
    row, was = _draft(tx, year_id, expected_version)
    texts = checked({"title": title, "owner": owner}, "title", longest=200)
    check_day(row, due_on)
    add_row(tx, row, due_on=due_on, derived=Derived.OWN, title=texts["title"], owner=texts["owner"])
    return _changed(tx, row, was, Action.YEAR_CHANGED)


def submit(tx: Tx, year_id: YearId, *, expected_version: int) -> Year:
    """Ask top management for approval; who asks answers for the plan and does not approve it.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_draft`, `objectives` `required`.
    """
    row, was = _draft(tx, year_id, expected_version)
    count = select(func.count()).select_from(PmsObjective).where(PmsObjective.year_id == row.id)
    if not tx.session.scalar(count):
        raise InvalidValue("objectives", "required")
    row.state, row.author_id = YearState.SUBMITTED.value, tx.principal.user_id
    sealed = Row(tx, YEARS, row.uid).sealed({"author": tx.principal.name, "note": ""})
    row.author_sealed, row.note_sealed = sealed["author_sealed"], sealed["note_sealed"]
    return _changed(tx, row, was, Action.YEAR_SUBMITTED)


def approve(tx: Tx, year_id: YearId, *, expected_version: int) -> Year:
    """Approve a plan as top management トップマネジメント.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `not_submitted`,
    `approver` `same_person`.
    """
    row, was = _submitted(tx, year_id, expected_version)
    if row.author_id == tx.principal.user_id:
        raise InvalidValue("approver", "same_person")
    row.state, row.approver_id, row.approved_at = YearState.APPROVED.value, tx.principal.user_id, tx.now
    row.approver_sealed = Row(tx, YEARS, row.uid).sealed({"approver": tx.principal.name})["approver_sealed"]
    return _changed(tx, row, was, Action.YEAR_APPROVED)


def send_back(tx: Tx, year_id: YearId, *, note: str, expected_version: int) -> Year:
    """Send a plan back to who made it, with what to change.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `not_submitted`,
    `reason` `required`.
    """
    row, was = _submitted(tx, year_id, expected_version)
    text = checked({"reason": note}, "reason")["reason"]
    row.state = YearState.DRAFT.value
    row.note_sealed = Row(tx, YEARS, row.uid).sealed({"note": text})["note_sealed"]
    return _changed(tx, row, was, Action.YEAR_RETURNED)


def finish_item(
    tx: Tx, year_id: YearId, item_id: ItemId, *, on: date, record: str, expected_version: int
) -> Year:
    """Record that an item of an approved year was done, when, and where its record is.

    A finished one may be corrected. Raises NotFound, AccessDenied, Conflict, InvalidValue: `state`
    `not_approved`, `record` `required`, `done_on` `future`.
    """
    row, was = _approved(tx, year_id, expected_version)
    item = _item(tx, row, item_id)
    text = checked({"record": record}, "record", longest=500)["record"]
    if on > today_in_japan(tx.now):
        raise InvalidValue("done_on", "future")
    sealed = Row(tx, ITEMS, item.uid).sealed({"record": text, "actor": tx.principal.name})
    item.done_on, item.left_sealed = on, None
    item.fact = item.fact_row = ""
    item.record_sealed, item.actor_sealed = sealed["record_sealed"], sealed["actor_sealed"]
    return _changed(tx, row, was, Action.YEAR_ITEM_DONE)


def leave_item(tx: Tx, year_id: YearId, item_id: ItemId, *, reason: str, expected_version: int) -> Year:
    """Record why an item of an approved year is not done in it.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_approved`, `reason` `required`.
    """
    row, was = _approved(tx, year_id, expected_version)
    item = _item(tx, row, item_id)
    text = checked({"reason": reason}, "reason", longest=500)["reason"]
    sealed = Row(tx, ITEMS, item.uid).sealed({"left": text, "actor": tx.principal.name})
    item.done_on = item.record_sealed = None
    item.fact = item.fact_row = ""
    item.left_sealed, item.actor_sealed = sealed["left_sealed"], sealed["actor_sealed"]
    return _changed(tx, row, was, Action.YEAR_ITEM_DONE)


def judge_objective(
    tx: Tx,
    year_id: YearId,
    objective_id: ObjectiveId,
    *,
    outcome: Outcome,
    result: str,
    expected_version: int,
) -> Year:
    """Record what came of an objective of an approved year.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_approved`.
    """
    row, was = _approved(tx, year_id, expected_version)
    of = tx.session.scalar(
        select(PmsObjective).where(PmsObjective.id == objective_id, PmsObjective.year_id == row.id)
    )
    if of is None:
        raise NotFound(OBJECTIVES)
    text = checked({"result": result}, longest=500)["result"]
    of.outcome = outcome.value
    of.result_sealed = Row(tx, OBJECTIVES, of.uid).sealed({"result": text})["result_sealed"]
    return _changed(tx, row, was, Action.YEAR_CHANGED)


def close(tx: Tx, year_id: YearId, *, expected_version: int) -> Year:
    """Close a year that is over, when nothing in it is open.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_approved`, `on` `before_end`, `items`
    `open`, `objectives` `open`, `revision` `waiting`.
    """
    row, was = _approved(tx, year_id, expected_version)
    if today_in_japan(tx.now) <= row.ends_on:
        raise InvalidValue("on", "before_end")
    if any(each.is_open for each in was.items):
        raise InvalidValue("items", "open")
    if any(each.outcome is None for each in was.objectives):
        raise InvalidValue("objectives", "open")
    waiting = select(PmsRevision.id).where(
        PmsRevision.year_id == row.id, PmsRevision.state == RevisionState.SUBMITTED.value
    )
    if tx.session.scalar(waiting) is not None:
        raise InvalidValue("revision", "waiting")
    row.state = YearState.CLOSED.value
    return _changed(tx, row, was, Action.YEAR_CLOSED)


def year(tx: Tx, year_id: YearId) -> Year:
    """Return one visible year; raises NotFound."""
    return year_of(tx, seen(tx, PmsYear, year_id))


def _opens(tx: Tx, unit_id: UnitId, starts_on: date) -> date | None:
    """Return the earliest opening of a renewal window of the unit from a day on."""
    rows = tx.session.scalars(
        select(CertificateRecord).where(
            CertificateRecord.unit_id == unit_id, CertificateRecord.state == State.HELD.value
        )
    )
    windows = [certificate_of(tx, row).window for row in rows]
    opens = [each.opens for each in windows if each is not None and each.opens >= starts_on]
    return min(opens, default=None)


def _last_done(tx: Tx, unit_id: UnitId) -> dict[str, date]:
    """Return when each item of the cycle was last done in the unit."""
    query = (
        select(PmsItem.item, func.max(PmsItem.done_on))
        .where(PmsItem.unit_id == unit_id, PmsItem.done_on.is_not(None), PmsItem.item != "")
        .group_by(PmsItem.item)
    )
    return {name: day for name, day in tx.session.execute(query) if day is not None}


def add_row(
    tx: Tx,
    row: PmsYear,
    *,
    due_on: date,
    derived: Derived,
    item: str = "",
    turn: int = 1,
    requirement: str = "",
    title: str = "",
    owner: str = "",
) -> None:
    """Add an item to a year; the caller has checked who asks, and the item."""
    uid = new_uid()
    tx.session.add(
        PmsItem(
            uid=uid,
            year_id=row.id,
            unit_id=row.unit_id,
            item=item,
            turn=turn,
            requirement=requirement,
            due_on=due_on,
            derived=derived.value,
            **Row(tx, ITEMS, uid).sealed({"title": title, "owner": owner}),
        )
    )


def move_row(tx: Tx, item: PmsItem, change: Change) -> None:
    """Set day and owner of an item; the caller has checked who asks, and the day."""
    owner = checked({"owner": change.owner}, longest=200)["owner"]
    if item.due_on != change.due_on:
        item.due_on, item.derived = change.due_on, Derived.OWN.value
    item.owner_sealed = Row(tx, ITEMS, item.uid).sealed({"owner": owner})["owner_sealed"]


def check_day(row: PmsYear, day: date) -> None:
    """Refuse a day outside a year: InvalidValue `due_on` `outside_year`."""
    if not row.starts_on <= day <= row.ends_on:
        raise InvalidValue("due_on", "outside_year")


def _item(tx: Tx, row: PmsYear, item_id: ItemId) -> PmsItem:
    item = tx.session.scalar(select(PmsItem).where(PmsItem.id == item_id, PmsItem.year_id == row.id))
    if item is None:
        raise NotFound(ITEMS)
    return item


def _draft(tx: Tx, year_id: YearId, expected_version: int) -> _Held:
    row = held(tx, PmsYear, year_id, expected_version)
    if row.state != YearState.DRAFT:
        raise InvalidValue("state", "not_draft")
    return _Held(row, year_of(tx, row))


def _submitted(tx: Tx, year_id: YearId, expected_version: int) -> _Held:
    row = held(tx, PmsYear, year_id, expected_version, Permission.DECIDE_REVIEWS)
    if row.state != YearState.SUBMITTED:
        raise InvalidValue("state", "not_submitted")
    return _Held(row, year_of(tx, row))


def _approved(tx: Tx, year_id: YearId, expected_version: int) -> _Held:
    row = held(tx, PmsYear, year_id, expected_version)
    if row.state != YearState.APPROVED:
        raise InvalidValue("state", "not_approved")
    return _Held(row, year_of(tx, row))


def _changed(tx: Tx, row: PmsYear, was: Year, action: Action) -> Year:
    counted = tx.session.is_modified(row)  # its version then counts the change by itself
    tx.session.flush()
    before, after = differences(was, year_of(tx, row))
    if after:
        if not counted:
            flag_modified(row, "state")  # a change of its parts counts as one of the year
            tx.session.flush()
        tx.record(action, YEARS, row.id, UnitId(row.unit_id), before, after)
    return year_of(tx, row)
