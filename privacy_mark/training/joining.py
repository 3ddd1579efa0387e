"""What somebody must pass before they get access アクセス権の付与前の教育, and what a unit does without it.

A unit says nothing, warns or refuses; what a unit above says holds below it too, so that nobody is laxer than
what is above. Where it refuses, no role is given to who has not passed, and **who joined since then** and has
a role already (from a table of people, from an identity provider) signs in to their own training and nothing
else: `held_back` says so to the registry. Whoever was there before keeps what they have; repeating a course
every year is followed up and locks nobody out.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from privacy_mark.training.audience import concerns
from privacy_mark.training.courses import of_unit
from privacy_mark.training.model import Course
from registry import accounts
from registry.access import require, require_open, scope, today_in_japan, units_allowed
from registry.errors import Conflict, NotFound, RegistryError
from registry.journal import Action, newest_of
from registry.model import AffiliationId, Permission, Role, UnitId, UserId
from registry.store import Tx
from registry.store.account_tables import UserAccount
from registry.store.tables import OrgClosure
from registry.store.training_tables import TrainingGate, TrainingResult, TrainingWorker

_GATES = "training_gate"


class Gate(enum.StrEnum):
    """What a unit does with who has not passed, the laxest first; the ids are public API."""

    OFF = "off"  # 何もしない
    WARN = "warn"  # 知らせる: where no unit says anything
    REFUSE = "refuse"  # 付与しない


_STRICTNESS = {gate: place for place, gate in enumerate(Gate)}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a unit says itself (None: nothing), and what holds there with all that is above it."""

    own: Gate | None
    holds: Gate
    since: date | None  # since when roles are held back; None unless it refuses
    version: int  # of what it says itself; 0: nothing


@dataclass(frozen=True, slots=True)
class Needed:
    """A course that comes before access, when it was passed, and what the worker's unit does until then."""

    course: Course
    passed_on: date | None
    gate: Gate = Gate.WARN


@dataclass(frozen=True, slots=True)
class Readiness:
    """What an account's owner must have passed; `known` is False when no roster names them."""

    known: bool
    needed: tuple[Needed, ...]

    @property
    def missing(self) -> tuple[Needed, ...]:
        """Return what is not passed yet."""
        return tuple(each for each in self.needed if each.passed_on is None)

    @property
    def refusing(self) -> tuple[Needed, ...]:
        """Return what is not passed yet and keeps roles from being given."""
        return tuple(each for each in self.missing if each.gate is Gate.REFUSE)


class TrainingNeededError(RegistryError):
    """No role is given before these courses are passed; the person takes them under their own training."""

    def __init__(self, courses: Sequence[Course]) -> None:
        named = ", ".join(each.number for each in courses)
        super().__init__(f"no role before training {named} is passed; let the person take it first")
        self.courses = tuple(courses)


def rule(tx: Tx, unit_id: UnitId) -> Rule:
    """Return what a unit does before training is passed; raises AccessDenied without MANAGE_TRAINING."""
    require(tx, Permission.MANAGE_TRAINING, unit_id)
    return _rule(tx, unit_id)


def set_rule(tx: Tx, unit_id: UnitId, gate: Gate, *, expected_version: int) -> None:
    """Say what a unit and all below it do before training is passed.

    Raises AccessDenied without MANAGE_TRAINING there, Conflict.
    """
    require(tx, Permission.MANAGE_TRAINING, unit_id)
    require_open(tx, unit_id)
    row = tx.session.scalar(select(TrainingGate).where(TrainingGate.unit_id == unit_id))
    if (row.version if row else 0) != expected_version:
        newest = newest_of(tx, _GATES, row.id) if row else None
        who, when = (newest.actor, newest.at) if newest else ("", tx.now)
        raise Conflict(who, when, columns=("gate",), version=row.version if row else 0)
    before = None if row is None else {"gate": row.gate, "since": row.since}
    today = today_in_japan(tx.now)
    if row is None:
        row = TrainingGate(unit_id=unit_id, gate=gate.value, since=today)
        tx.session.add(row)
    elif row.gate != gate.value:
        row.gate, row.since = gate.value, today
    else:
        return
    tx.session.flush()
    after = {"gate": row.gate, "since": row.since}
    tx.record(Action.TRAINING_GATE_SET, _GATES, row.id, unit_id, before, after)


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
    return _readiness(tx, account)


def grant(
    tx: Tx,
    user_id: UserId,
    role: Role,
    unit_id: UnitId,
    valid_from: date | None = None,
    valid_until: date | None = None,
    *,
    affiliation_id: AffiliationId | None = None,
) -> int:
    """Give a role as `registry.accounts.grant` does, unless the person must pass a course first.

    Raises TrainingNeededError, and what `accounts.grant` raises.
    """
    made = accounts.grant(tx, user_id, role, unit_id, valid_from, valid_until, affiliation_id=affiliation_id)
    refusing = _readiness(tx, tx.session.get_one(UserAccount, user_id)).refusing
    if refusing:
        raise TrainingNeededError([each.course for each in refusing])
    return made


def own_missing(tx: Tx) -> list[Course]:
    """Return the courses that hold back the roles of the person asking, by number."""
    return _holding(tx, tx.principal.user_id)


def held_back(tx: Tx, user_id: UserId) -> bool:
    """Tell whether an account's roles wait for its owner's training; for `Registry.open`."""
    refuses = select(TrainingGate.id).where(TrainingGate.gate == Gate.REFUSE.value).limit(1)
    return tx.session.scalar(refuses) is not None and bool(_holding(tx, user_id))


def _readiness(tx: Tx, account: UserAccount) -> Readiness:
    may = units_allowed(tx, Permission.MANAGE_USERS)
    workers = [each for each in _workers(tx, account.login_digest) if each.unit_id in may]
    return Readiness(bool(workers), tuple(each for worker in workers for each in _needed(tx, worker)))


def _holding(tx: Tx, user_id: UserId) -> list[Course]:
    account = tx.session.get(UserAccount, user_id)
    if account is None:
        return []
    found: dict[int, Course] = {}
    for worker in _workers(tx, account.login_digest):
        since = _rule(tx, UnitId(worker.unit_id)).since
        if since is not None and worker.joined_on >= since:
            found |= {each.course.id: each.course for each in _needed(tx, worker) if each.passed_on is None}
    return sorted(found.values(), key=lambda each: each.id)


def _workers(tx: Tx, login_digest: str) -> list[TrainingWorker]:
    today = today_in_japan(tx.now)
    stays = or_(TrainingWorker.left_on.is_(None), TrainingWorker.left_on >= today)
    named = (TrainingWorker.login_digest != "") & (TrainingWorker.login_digest == login_digest)
    return list(tx.session.scalars(select(TrainingWorker).where(named, stays).order_by(TrainingWorker.id)))


def _needed(tx: Tx, worker: TrainingWorker) -> list[Needed]:
    """Return what a worker must pass; what has no material yet can be asked of nobody."""
    today = today_in_japan(tx.now)
    asked = [
        course
        for course in of_unit(tx, UnitId(worker.unit_id), today)
        if course.before_access
        and course.version_id is not None
        and course.runs_on(today)
        and concerns(tx, course, worker, today)
    ]
    holds = _rule(tx, UnitId(worker.unit_id)).holds if asked else Gate.OFF
    return [Needed(course, _passed_on(tx, worker, course), holds) for course in asked]


def _rule(tx: Tx, unit_id: UnitId) -> Rule:
    above = select(OrgClosure.ancestor).where(OrgClosure.descendant == unit_id)
    rows = list(tx.session.scalars(select(TrainingGate).where(TrainingGate.unit_id.in_(above))))
    own = next((row for row in rows if row.unit_id == unit_id), None)
    said = [Gate(row.gate) for row in rows]
    since = [row.since for row in rows if row.gate == Gate.REFUSE.value]
    return Rule(
        Gate(own.gate) if own else None,
        max(said, key=_STRICTNESS.__getitem__, default=Gate.WARN),
        min(since, default=None),
        own.version if own else 0,
    )


def _passed_on(tx: Tx, worker: TrainingWorker, course: Course) -> date | None:
    """Return when a worker last passed a course, in whichever round."""
    return tx.session.scalar(
        select(func.max(TrainingResult.taken_on)).where(
            TrainingResult.worker_id == worker.id,
            TrainingResult.course_id == course.id,
            TrainingResult.passed.is_(True),
        )
    )
