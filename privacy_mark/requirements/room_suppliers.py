"""Evidence from the other rooms of certification: training, confirmations, the plan of the year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial

from sqlalchemy import case, func, select

from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.model import AuditState, ProgrammeScope
from privacy_mark.certificates.year_model import YearState
from privacy_mark.confirmations.periods import next_due_day
from privacy_mark.confirmations.states import ConfirmationState
from privacy_mark.requirements.action_supplier import corrective_actions
from privacy_mark.requirements.facts import Fact, Members, Standing, Supplier
from privacy_mark.requirements.model import SupplierId
from privacy_mark.reviews import evidence as reviews
from privacy_mark.training.courses import described
from privacy_mark.training.few import FEWEST
from privacy_mark.training.model import Audience, Cycle, Rate
from privacy_mark.training.standing import rates_by_unit, untold
from registry.access import today_in_japan
from registry.limits import months_after
from registry.model import UnitId
from registry.store import Tx
from registry.store.audit_tables import AuditProgramme, AuditRecord
from registry.store.certificate_tables import PmsItem, PmsYear
from registry.store.confirmation_tables import CampaignRecord, ConfirmationRecord, OperationRecord
from registry.store.tables import OrgClosure
from registry.store.training_tables import TrainingCourse

_YEAR = 12  # months
_FEW = 500  # units named to the database; for more all courses are read
_LOOKED_BACK = timedelta(days=800)  # rounds that may still count
_LIVE = (YearState.DRAFT.value, YearState.SUBMITTED.value, YearState.APPROVED.value)


def _training(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """All workers passed the round of the year; who is on leave is explained.

    A round is under way until its day; a year after it opened it counts no longer. Counts of too few are not
    told: a fact is read, cited and handed out by who may not see single workers.
    """
    query = select(TrainingCourse).where(
        TrainingCourse.audience == Audience.ALL.value, TrainingCourse.cycle == Cycle.ROUNDS.value
    )
    if len(members.entity_of) <= _FEW:
        above = select(OrgClosure.ancestor).where(OrgClosure.descendant.in_(members.entity_of))
        query = query.where(TrainingCourse.unit_id.in_(above))
    found: dict[UnitId, tuple[Rate, date, date]] = {}  # the rate, when the first round opened, its last day
    few: set[int] = set()
    for course in described(tx, query, today):
        if not course.runs_on(today) or course.opens_on is None or course.due_on is None:
            continue
        rates = rates_by_unit(tx, course, today)
        few |= untold(tx, course, rates)
        for unit, each in rates.items():
            if (entity := members.entity_of.get(unit)) is not None:
                rate, opened, until = found.get(entity, (Rate(), course.opens_on, course.due_on))
                found[entity] = (rate.plus(each), min(opened, course.opens_on), max(until, course.due_on))
    return {
        entity: _trained(*each, today, few=entity in few or each[0].in_scope < FEWEST)
        for entity, each in found.items()
        if each[0].in_scope
    }


def _trained(rate: Rate, opened: date, due_on: date, today: date, *, few: bool) -> Fact:
    ends = months_after(opened, _YEAR)
    if today > ends:
        standing = Standing.LACKING
    elif not rate.missing:
        standing = Standing.SHOWN
    else:
        standing = Standing.UNDER_WAY if today <= due_on else Standing.LACKING
    until = due_on if standing is Standing.UNDER_WAY else ends
    if few:
        return Fact(standing, on=opened, until=until, few=True)
    return Fact(standing, rate.passed, rate.in_scope - rate.on_leave, opened, until, rate.on_leave)


def _confirmations(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Every operation confirmed its newest round whose day has come, or a later one.

    A round counts until the one after it is due, whether or not that was ever opened.
    """
    rows = tx.session.execute(
        select(
            ConfirmationRecord.operation_id,
            ConfirmationRecord.unit_id,
            ConfirmationRecord.state,
            ConfirmationRecord.period,
            ConfirmationRecord.confirmed_at,
            CampaignRecord.due_on,
        )
        .join(CampaignRecord, CampaignRecord.id == ConfirmationRecord.campaign_id)
        .join(OperationRecord, OperationRecord.id == ConfirmationRecord.operation_id)
        .where(
            CampaignRecord.due_on >= today - _LOOKED_BACK,
            (OperationRecord.ended_on.is_(None)) | (OperationRecord.ended_on >= today),
            ConfirmationRecord.state != ConfirmationState.WITHDRAWN.value,
        )
        .order_by(CampaignRecord.due_on.desc(), ConfirmationRecord.id.desc())
    )
    decided: dict[int, bool] = {}  # by operation: its newest round that counts
    running: dict[UnitId, date] = {}  # by when those that are not due yet are
    counts: dict[UnitId, list[tuple[bool, date | None, date]]] = {}
    for row in rows:
        entity = members.entity_of.get(row.unit_id)
        if entity is None or row.operation_id in decided:
            continue
        confirmed = row.state == ConfirmationState.CONFIRMED.value
        if not confirmed and row.due_on >= today:
            running[entity] = min(row.due_on, running.get(entity, row.due_on))
            continue
        decided[row.operation_id] = confirmed
        on = today_in_japan(row.confirmed_at) if confirmed and row.confirmed_at is not None else None
        counts.setdefault(entity, []).append((confirmed, on, next_due_day(row.period)))
    found = {entity: Fact(Standing.UNDER_WAY, until=day) for entity, day in running.items()}
    for entity, each in counts.items():
        done = sum(confirmed and today <= until for confirmed, _, until in each)
        days = [on for _, on, _ in each if on is not None]
        standing = Standing.SHOWN if done == len(each) else Standing.LACKING
        until = min(until for _, _, until in each)
        found[entity] = Fact(standing, done, len(each), min(days, default=None), until)
    return found


def _plan(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """A plan of the year that holds today is approved, and nothing of it is late."""
    years = tx.session.execute(
        select(PmsYear.id, PmsYear.unit_id, PmsYear.state, PmsYear.starts_on, PmsYear.ends_on)
        .where(PmsYear.state.in_(_LIVE), PmsYear.ends_on >= today - _LOOKED_BACK)
        .order_by(PmsYear.starts_on)
    )
    newest = {
        members.entity_of[row.unit_id]: row
        for row in years
        if row.unit_id in members.entity_of and row.starts_on <= today
    }
    of_year = {row.id: entity for entity, row in newest.items()}
    items: dict[UnitId, list[bool]] = {}
    query = select(PmsItem.year_id, PmsItem.done_on, PmsItem.left_sealed.is_not(None)).where(
        PmsItem.due_on < today
    )
    for year, done, left in tx.session.execute(query):
        if (entity := of_year.get(year)) is not None:
            items.setdefault(entity, []).append(done is not None or left)
    found: dict[UnitId, Fact] = {}
    for entity, row in newest.items():
        done_items = items.get(entity, [])
        if row.ends_on < today:
            standing = Standing.LACKING
        elif row.state != YearState.APPROVED.value:
            standing = Standing.UNDER_WAY
        else:
            standing = Standing.SHOWN if all(done_items) else Standing.LACKING
        found[entity] = Fact(standing, sum(done_items), len(done_items), row.starts_on, row.ends_on)
    return found


def _audits(kind: AuditKind, tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """The entity's own audit of all its departments was reported to top management within a year.

    A programme under way speaks neither for nor against, and an earlier report still counts beside it.
    """
    counted = {
        row.programme_id: (int(row.done), int(row.of))
        for row in tx.session.execute(
            select(
                AuditRecord.programme_id,
                func.sum(case((AuditRecord.state == AuditState.DONE.value, 1), else_=0)).label("done"),
                func.count().label("of"),
            )
            .where(AuditRecord.kind.in_((kind.value, AuditKind.BOTH.value)))
            .group_by(AuditRecord.programme_id)
        )
    }
    query = (
        select(
            AuditProgramme.id,
            AuditProgramme.unit_id,
            AuditProgramme.state,
            AuditProgramme.last,
            AuditProgramme.reported_on,
        )
        .where(
            AuditProgramme.scope == ProgrammeScope.DEPARTMENTS.value,
            AuditProgramme.last >= today - _LOOKED_BACK,
        )
        .order_by(AuditProgramme.year.desc())
    )
    found: dict[UnitId, Fact] = {}
    for row in tx.session.execute(query):
        entity = members.entity_of.get(row.unit_id)
        if entity is None or entity != row.unit_id:
            continue
        if entity in found and found[entity].standing is Standing.SHOWN:
            continue
        done, of = counted.get(row.id, (0, 0))
        if row.reported_on is not None:
            until = months_after(row.reported_on, _YEAR)
            standing = Standing.SHOWN if of and done == of and today <= until else Standing.LACKING
            fact = Fact(standing, done, of, row.reported_on, until)
        else:
            standing = Standing.UNDER_WAY if today <= row.last else Standing.LACKING
            fact = Fact(standing, done, of, None, row.last)
        if entity not in found or fact.standing is Standing.SHOWN:
            found[entity] = fact
    return found


ROOMS = (
    Supplier(SupplierId.TRAINING, _training),
    Supplier(SupplierId.CONFIRMATIONS, _confirmations),
    Supplier(SupplierId.YEAR_PLAN, _plan),
    Supplier(SupplierId.AUDIT_CONFORMITY, partial(_audits, AuditKind.CONFORMITY)),
    Supplier(SupplierId.AUDIT_OPERATION, partial(_audits, AuditKind.OPERATION)),
    Supplier(SupplierId.CORRECTIVE_ACTIONS, corrective_actions),
    Supplier(SupplierId.MANAGEMENT_REVIEW, reviews.evidence),
)
"""Suppliers of the other rooms."""
