"""What somebody must pass before they get access アクセス権の付与前の教育, and what a unit does without it.

A unit says nothing, warns or refuses; what a unit above says holds below it too, so that nobody is laxer than
what is above. Where it refuses, no role is given to who has not passed, whichever way it comes: by hand, by a
table, by a command, by the groups of an identity provider (`before_roles`). **Who joined since then** and has
a role already, given before the roster named them, signs in to their own training and nothing else:
`held_back` says so to the registry. Whoever was there before keeps what they have; repeating a course
every year is followed up and locks nobody out.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from privacy_mark.training.audience import OFFICES, concerns
from privacy_mark.training.courses import of_unit
from privacy_mark.training.model import Course
from registry.access import require, require_open, scope, today_in_japan, units_allowed
from registry.errors import Conflict, NotFound
from registry.journal import Action, newest_of
from registry.model import Before, Permission, Role, UnitId, UserId
from registry.roles import Named
from registry.store import Tx
from registry.store.account_tables import UserAccount
from registry.store.tables import OrgClosure
from registry.store.training_tables import TrainingCourse, TrainingGate, TrainingResult, TrainingWorker

ELSEWHERE = Named("ほかの単位が求める教育", "Training that another unit asks for")
"""What a course is called to who may not see the roster that asks for it."""
_GATES = "training_gate"
_AT_ONCE = 500  # values in one question: databases limit them


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
    """What an account's owner must have passed; `known` is False when no roster one may see names them.

    `names` are what is not passed yet by what the unit does; rosters that one may not see count too.
    """

    known: bool
    needed: tuple[Needed, ...]
    names: Mapping[Gate, tuple[Named, ...]]

    @property
    def missing(self) -> tuple[Needed, ...]:
        """Return what is not passed yet."""
        return tuple(each for each in self.needed if each.passed_on is None)


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


def before_roles(
    tx: Tx, given: Mapping[str, Collection[tuple[Role, UnitId]]]
) -> Mapping[str, Mapping[tuple[Role, UnitId], Before]]:
    """Return which courses come before each role, by the digest of a login; for `Registry.open`.

    Of every roster that names somebody; courses by name only where the person asking manages users, else
    `ELSEWHERE`.
    """
    if not _anything(tx):
        return {}
    may = units_allowed(tx, Permission.MANAGE_USERS)
    asked = _Asked(tx, _workers(tx, list(given)))
    of: dict[str, list[TrainingWorker]] = {}
    for worker in asked.workers:
        of.setdefault(worker.login_digest, []).append(worker)
    return {
        digest: {role: _before(asked, workers, role, may) for role in given[digest]}
        for digest, workers in of.items()
    }


def _before(
    asked: _Asked, workers: Iterable[TrainingWorker], role: tuple[Role, UnitId], may: Container[UnitId]
) -> Before:
    seen: list[Needed] = []
    hidden: list[Needed] = []
    for worker in workers:
        (seen if UnitId(worker.unit_id) in may else hidden).extend(asked.of(worker, [role]))
    return Before(_told(seen, hidden, Gate.REFUSE), _told(seen, hidden, Gate.WARN))


def _told(seen: Iterable[Needed], hidden: Iterable[Needed], gate: Gate) -> tuple[Named, ...]:
    """Return what is not passed yet by name, as far as the person asking may know it."""
    known, others = _courses(_missing(seen, gate)), _courses(_missing(hidden, gate))
    more = {each.id for each in others} - {each.id for each in known}
    return (*_names(known), *([ELSEWHERE] if more else []))


def own_missing(tx: Tx) -> list[Course]:
    """Return the courses that keep the person asking from roles, had or to be given, by number."""
    if tx.principal.grants:
        return []
    account = tx.session.get(UserAccount, tx.principal.user_id)
    if account is None:
        return []
    workers = _workers(tx, [account.login_digest])
    if tx.principal.held_back:
        workers = [each for each in workers if _joined_since(tx, each)]
    return _courses(_missing(_Asked(tx, workers).all(), Gate.REFUSE))


def held_back(tx: Tx, user_id: UserId) -> bool:
    """Tell whether an account's roles wait for its owner's training; for `Registry.open`."""
    refuses = select(TrainingGate.id).where(TrainingGate.gate == Gate.REFUSE.value).limit(1)
    return tx.session.scalar(refuses) is not None and _holding(tx, user_id)


def _readiness(tx: Tx, account: UserAccount) -> Readiness:
    may = units_allowed(tx, Permission.MANAGE_USERS)
    asked = _Asked(tx, _workers(tx, [account.login_digest]))
    seen: list[Needed] = []
    hidden: list[Needed] = []
    for worker in asked.workers:
        (seen if worker.unit_id in may else hidden).extend(asked.of(worker))
    known = any(worker.unit_id in may for worker in asked.workers)
    names = {gate: _told(seen, hidden, gate) for gate in (Gate.REFUSE, Gate.WARN)}
    return Readiness(known, tuple(seen), names)


def _holding(tx: Tx, user_id: UserId) -> bool:
    account = tx.session.get(UserAccount, user_id)
    if account is None:
        return False
    since = [each for each in _workers(tx, [account.login_digest]) if _joined_since(tx, each)]
    return any(each.passed_on is None for each in _Asked(tx, since).all())


def _joined_since(tx: Tx, worker: TrainingWorker) -> bool:
    """Tell whether somebody joined when their unit refused already."""
    since = _rule(tx, UnitId(worker.unit_id)).since
    return since is not None and worker.joined_on >= since


def _workers(tx: Tx, digests: Sequence[str]) -> list[TrainingWorker]:
    """Return the workers who sign in so; nobody's login is empty."""
    today = today_in_japan(tx.now)
    found: list[TrainingWorker] = []
    stays = or_(TrainingWorker.left_on.is_(None), TrainingWorker.left_on >= today)
    for start in range(0, len(digests), _AT_ONCE):
        wanted = [digest for digest in digests[start : start + _AT_ONCE] if digest]
        found += tx.session.scalars(
            select(TrainingWorker)
            .where(TrainingWorker.login_digest.in_(wanted), stays)
            .order_by(TrainingWorker.id)
        )
    return found


def _missing(needed: Iterable[Needed], gate: Gate) -> tuple[Needed, ...]:
    return tuple(each for each in needed if each.passed_on is None and each.gate is gate)


def _courses(needed: Iterable[Needed]) -> list[Course]:
    found = {each.course.id: each.course for each in needed}
    return [found[number] for number in sorted(found)]


def _names(courses: Iterable[Course]) -> tuple[Named, ...]:
    return tuple(Named(each.title("ja"), each.title("en")) for each in courses)


def _anything(tx: Tx) -> bool:
    """Tell whether any course comes before access at all: mostly none does."""
    some = select(TrainingCourse.id).where(TrainingCourse.before_access.is_(True)).limit(1)
    return tx.session.scalar(some) is not None


class _Asked:
    """What comes before access for some workers, with a few questions however many they are."""

    def __init__(self, tx: Tx, workers: Sequence[TrainingWorker]) -> None:
        self.workers = workers
        self._tx, self._today = tx, today_in_japan(tx.now)
        self._units: dict[int, tuple[list[Course], Gate, frozenset[int]]] = {}
        self._passed: dict[tuple[int, int], date] | None = None

    def all(self) -> list[Needed]:
        """Return what all of them must pass."""
        return [each for worker in self.workers for each in self.of(worker)]

    def of(self, worker: TrainingWorker, given: Collection[tuple[Role, UnitId]] = ()) -> list[Needed]:
        """Return what a worker must pass who is to be given roles; what has no material, nobody must."""
        courses, gate, above = self._of_unit(UnitId(worker.unit_id))
        office = any(role in OFFICES and unit_id in above for role, unit_id in given)
        return [
            Needed(course, self._passed_on(worker, course), gate)
            for course in courses
            if concerns(self._tx, course, worker, self._today, office=office)
        ]

    def _passed_on(self, worker: TrainingWorker, course: Course) -> date | None:
        """Return when a worker last passed a course, in whichever round."""
        if self._passed is None:
            self._passed = _passed(self._tx, [each.id for each in self.workers])
        return self._passed.get((worker.id, course.id))

    def _of_unit(self, unit_id: UnitId) -> tuple[list[Course], Gate, frozenset[int]]:
        if unit_id not in self._units:
            asked = [
                course
                for course in of_unit(self._tx, unit_id, self._today)
                if course.before_access and course.version_id is not None and course.runs_on(self._today)
            ]
            above = self._tx.session.scalars(
                select(OrgClosure.ancestor).where(OrgClosure.descendant == unit_id)
            )
            gate = _rule(self._tx, unit_id).holds if asked else Gate.OFF
            self._units[unit_id] = asked, gate, frozenset(above)
        return self._units[unit_id]


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


def _passed(tx: Tx, workers: Sequence[int]) -> dict[tuple[int, int], date]:
    """Return when workers last passed courses, by worker and course."""
    of = TrainingResult
    found: dict[tuple[int, int], date] = {}
    for start in range(0, len(workers), _AT_ONCE):
        rows = tx.session.execute(
            select(of.worker_id, of.course_id, func.max(of.taken_on))
            .where(of.worker_id.in_(workers[start : start + _AT_ONCE]), of.passed.is_(True))
            .group_by(of.worker_id, of.course_id)
        )
        found |= {(worker_id, course_id): day for worker_id, course_id, day in rows}
    return found
