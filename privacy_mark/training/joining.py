"""What somebody must pass before they get access アクセス権の付与前の教育, for who grants access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from privacy_mark.training.audience import concerns
from privacy_mark.training.courses import of_unit
from privacy_mark.training.model import Course
from registry.access import scope, today_in_japan
from registry.errors import NotFound
from registry.model import Permission, UnitId, UserId
from registry.store import Tx
from registry.store.account_tables import UserAccount
from registry.store.training_tables import TrainingResult, TrainingWorker


@dataclass(frozen=True, slots=True)
class Needed:
    """A course that comes before access, and when it was passed."""

    course: Course
    passed_on: date | None


@dataclass(frozen=True, slots=True)
class Readiness:
    """What an account's owner must have passed; `known` is False when no roster names them."""

    known: bool
    needed: tuple[Needed, ...]

    @property
    def missing(self) -> tuple[Needed, ...]:
        """Return what is not passed yet."""
        return tuple(each for each in self.needed if each.passed_on is None)


def before_access(tx: Tx, user_id: UserId) -> Readiness:
    """Return which courses come before access for an account, and which of them were passed.

    Raises NotFound unless the person asking manages the account's users (MANAGE_USERS).
    """
    account = tx.session.scalar(
        select(UserAccount).where(
            UserAccount.id == user_id, UserAccount.unit_id.in_(scope(tx, Permission.MANAGE_USERS))
        )
    )
    if account is None:
        raise NotFound("user_account")
    today = today_in_japan(tx.now)
    workers = list(
        tx.session.scalars(
            select(TrainingWorker).where(
                TrainingWorker.login_digest == account.login_digest,
                TrainingWorker.unit_id.in_(scope(tx, Permission.MANAGE_USERS)),
                or_(TrainingWorker.left_on.is_(None), TrainingWorker.left_on >= today),
            )
        )
    )
    needed = [
        Needed(course, _passed_on(tx, worker, course))
        for worker in workers
        for course in of_unit(tx, UnitId(worker.unit_id), today)
        if course.before_access and course.runs_on(today) and concerns(course, worker, today)
    ]
    return Readiness(bool(workers), tuple(needed))


def _passed_on(tx: Tx, worker: TrainingWorker, course: Course) -> date | None:
    found = select(func.max(TrainingResult.taken_on)).where(
        TrainingResult.worker_id == worker.id,
        TrainingResult.course_id == course.id,
        TrainingResult.passed.is_(True),
    )
    if course.opens_on is not None:
        found = found.where(TrainingResult.taken_on >= course.opens_on)
    return tx.session.scalar(found)
