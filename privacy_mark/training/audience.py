"""Whom a course is for, of the workers of its unit and below: one rule, as SQL and of a single worker."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ColumnElement, exists, false, or_, select, true

from privacy_mark.training.model import Audience, Course, Cycle, Employment
from registry.model import Role
from registry.store import Tx
from registry.store.account_tables import RoleGrant, UserAccount
from registry.store.tables import OrgClosure
from registry.store.training_tables import TrainingWorker

NEW_DAYS = 365
"""For so long somebody who joined counts as new."""
OFFICES = (Role.TOP_MANAGEMENT, Role.EXECUTIVE, Role.STATUTORY_AUDITOR)
"""Who holds one of these is an officer 役員, whatever HR says of the employment."""


def concerned(course: Course, day: date) -> ColumnElement[bool]:
    """Return the condition that a worker has to take a course on a day, wherever they work."""
    outsider = TrainingWorker.employment == Employment.SUPPLIER.value
    match course.audience:
        case Audience.SUPPLIERS:
            kind = outsider
        case Audience.ALL | Audience.NEW:
            kind = ~outsider
        case Audience.OFFICERS:
            kind = or_(
                TrainingWorker.employment == Employment.OFFICER.value,
                _office(day, TrainingWorker) & ~outsider,
            )
        case Audience.MANAGERS:
            kind = TrainingWorker.is_manager.is_(True) & ~outsider
        case Audience.SYSTEM_ADMINISTRATORS:
            kind = TrainingWorker.is_system_administrator.is_(True)
    return kind & _employed(day) & _joined(course, day)


def concerns(tx: Tx, course: Course, worker: TrainingWorker, day: date) -> bool:
    """Tell the same of one worker; one who has not joined yet may begin with a course of those who join."""
    outsider = worker.employment == Employment.SUPPLIER.value
    match course.audience:
        case Audience.SUPPLIERS:
            kind = outsider
        case Audience.ALL | Audience.NEW:
            kind = not outsider
        case Audience.OFFICERS:
            kind = worker.employment == Employment.OFFICER.value or (
                not outsider and bool(tx.session.scalar(select(_office(day, worker))))
            )
        case Audience.MANAGERS:
            kind = worker.is_manager and not outsider
        case Audience.SYSTEM_ADMINISTRATORS:
            kind = worker.is_system_administrator
    if not kind or (worker.left_on is not None and worker.left_on < day):
        return False
    if course.cycle is Cycle.JOINING:
        return worker.joined_on >= course.starts_on and worker.joined_on > day - timedelta(days=NEW_DAYS)
    return worker.joined_on <= day


def _office(day: date, worker: TrainingWorker | type[TrainingWorker]) -> ColumnElement[bool]:
    """Return the condition that a worker's account holds an office over the unit where they work."""
    return exists(
        select(RoleGrant.id)
        .join(UserAccount, UserAccount.id == RoleGrant.user_id)
        .join(OrgClosure, OrgClosure.ancestor == RoleGrant.unit_id)
        .where(
            OrgClosure.descendant == worker.unit_id,
            UserAccount.login_digest == worker.login_digest,
            RoleGrant.role.in_([role.value for role in OFFICES]),
            or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= day),
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= day),
        )
    )


def _employed(day: date) -> ColumnElement[bool]:
    stays = or_(TrainingWorker.left_on.is_(None), TrainingWorker.left_on >= day)
    return (TrainingWorker.joined_on <= day) & stays


def _joined(course: Course, day: date) -> ColumnElement[bool]:
    if course.cycle is not Cycle.JOINING:
        return true()
    since = max(course.starts_on, day - timedelta(days=NEW_DAYS - 1))
    return TrainingWorker.joined_on >= since if since <= day else false()
