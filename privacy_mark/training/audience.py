"""Whom a course is for, of the workers of its unit and below: one rule, as SQL and of a single worker.

On a past day it is what a worker was then: unit, employment, manager or not, joined and left.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from sqlalchemy import ColumnElement, Subquery, case, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased

from privacy_mark.training.model import Audience, Course, Cycle, Employment
from registry.model import Role
from registry.store import Tx
from registry.store.account_tables import RoleGrant, UserAccount
from registry.store.tables import OrgClosure
from registry.store.training_tables import TrainingFormer, TrainingPosting, TrainingWorker

NEW_DAYS = 365
"""For so long somebody who joined counts as new."""
OFFICES = (Role.TOP_MANAGEMENT, Role.EXECUTIVE, Role.STATUTORY_AUDITOR)
"""Who holds one of these is an officer 役員, whatever HR says of the employment."""


@lru_cache(maxsize=8)  # building it costs more than the database needs to answer it
def at_work(day: date) -> Subquery:
    """Return every worker with the unit where they worked on a day, and what they were then."""
    following = (
        select(TrainingFormer.worker_id, func.min(TrainingFormer.until_on).label("until_on"))
        .where(TrainingFormer.until_on >= day)
        .group_by(TrainingFormer.worker_id)
        .subquery()
    )
    was, now = aliased(TrainingFormer), TrainingWorker
    return (
        select(
            now.id.label("worker_id"),
            TrainingPosting.unit_id,
            now.login_digest,
            func.coalesce(was.employment, now.employment).label("employment"),
            func.coalesce(was.is_manager, now.is_manager).label("is_manager"),
            func.coalesce(was.is_system_administrator, now.is_system_administrator).label(
                "is_system_administrator"
            ),
            func.coalesce(was.joined_on, now.joined_on).label("joined_on"),
            case((was.joined_on.is_not(None), was.left_on), else_=now.left_on).label("left_on"),
        )
        .join(TrainingPosting, TrainingPosting.worker_id == now.id)
        .outerjoin(following, following.c.worker_id == now.id)
        .outerjoin(was, (was.worker_id == now.id) & (was.until_on == following.c.until_on))
        .where(
            TrainingPosting.from_on <= day,
            or_(TrainingPosting.until_on.is_(None), TrainingPosting.until_on >= day),
        )
        .subquery()
    )


def concerned(course: Course, day: date, who: Subquery) -> ColumnElement[bool]:
    """Return the condition that somebody of `at_work` has to take a course on its day."""
    outsider = who.c.employment == Employment.SUPPLIER.value
    match course.audience:
        case Audience.SUPPLIERS:
            kind = outsider
        case Audience.ALL | Audience.NEW:
            kind = ~outsider
        case Audience.OFFICERS:
            kind = or_(
                who.c.employment == Employment.OFFICER.value,
                _office(day, who.c.unit_id, who.c.login_digest) & ~outsider,
            )
        case Audience.MANAGERS:
            kind = who.c.is_manager.is_(True) & ~outsider
        case Audience.SYSTEM_ADMINISTRATORS:
            kind = who.c.is_system_administrator.is_(True)
    return kind & _employed(day, who) & _joined(course, day, who)


def concerns(tx: Tx, course: Course, worker: TrainingWorker, day: date, *, office: bool = False) -> bool:
    """Tell the same of one worker, who is to hold an office or does.

    One who has not joined yet may begin with a course of those who join.
    """
    outsider = worker.employment == Employment.SUPPLIER.value
    match course.audience:
        case Audience.SUPPLIERS:
            kind = outsider
        case Audience.ALL | Audience.NEW:
            kind = not outsider
        case Audience.OFFICERS:
            kind = worker.employment == Employment.OFFICER.value or (
                not outsider
                and (
                    office
                    or bool(tx.session.scalar(select(_office(day, worker.unit_id, worker.login_digest))))
                )
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


def _office(
    day: date, unit_id: int | ColumnElement[int], login_digest: str | ColumnElement[str]
) -> ColumnElement[bool]:
    """Return the condition that a worker's account holds an office over the unit where they work."""
    return exists(
        select(RoleGrant.id)
        .join(UserAccount, UserAccount.id == RoleGrant.user_id)
        .join(OrgClosure, OrgClosure.ancestor == RoleGrant.unit_id)
        .where(
            OrgClosure.descendant == unit_id,
            UserAccount.login_digest == login_digest,
            RoleGrant.role.in_([role.value for role in OFFICES]),
            or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= day),
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= day),
        )
    )


def _employed(day: date, who: Subquery) -> ColumnElement[bool]:
    stays = or_(who.c.left_on.is_(None), who.c.left_on >= day)
    return (who.c.joined_on <= day) & stays


def _joined(course: Course, day: date, who: Subquery) -> ColumnElement[bool]:
    if course.cycle is not Cycle.JOINING:
        return true()
    since = max(course.starts_on, day - timedelta(days=NEW_DAYS - 1))
    return who.c.joined_on >= since if since <= day else false()
