"""The roster 従業者名簿 from HR: who joined, moved, left, went on leave; forty thousand rows or none of them.

`plan` reads and decides and seals without holding up anybody who writes; `apply` writes what was decided in
one short transaction, and refuses when the roster changed in between. Who is no longer named is told, not
taken away; what a worker was before a change is kept (`former.py`). Numbers are known by a keyed digest
within their roster; names and numbers are sealed.
"""

from __future__ import annotations

import hmac
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import bindparam, func, insert, select, update

from privacy_mark.training.bulk import table_of
from privacy_mark.training.former import Former, FormerPlan
from privacy_mark.training.headings import Kind
from privacy_mark.training.roster_lines import (
    NO_FILE,
    FileSeen,
    ImportRefusedError,
    Outcome,
    Step,
    WorkerLine,
)
from registry.access import require, scope, today_in_japan
from registry.account_names import login_digest
from registry.errors import Conflict, InvalidValue
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.chain import Deed
from registry.store.tables import OrgClosure, OrgUnit
from registry.store.training_tables import TrainingImport, TrainingLeave, TrainingPosting, TrainingWorker

_WORKERS, _IMPORTS, _LEAVES = "training_worker", "training_import", "training_leave"


@dataclass(slots=True)
class Plan:
    """What an import will write; sealed already."""

    roster_id: UnitId
    rows: int
    basis: tuple[int, int, int]
    file: FileSeen
    outcomes: list[Outcome] = field(default_factory=list)
    missing: int = 0  # workers of the roster whom the file does not name
    workers: list[dict[str, object]] = field(default_factory=list)
    changes: list[dict[str, object]] = field(default_factory=list)
    ended: list[dict[str, object]] = field(default_factory=list)
    former: FormerPlan = field(default_factory=FormerPlan)
    postings: list[tuple[str, dict[str, object]]] = field(default_factory=list)  # by the worker's uid
    leaves: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    leave_changes: list[dict[str, object]] = field(default_factory=list)
    by_unit: dict[UnitId, Counter[str]] = field(default_factory=dict)

    @property
    def counts(self) -> Counter[str]:
        """Return how often each step is taken."""
        return Counter(str(step) for outcome in self.outcomes for step in outcome.steps)


def number_digest(tx: Tx, roster_id: int) -> Callable[[str], str]:
    """Return what makes the digest of a number: HMAC-SHA256, never rotated, as those of logins."""
    key = tx.vault.subkey("worker-number", 1)
    return lambda number: hmac.digest(key, f"{roster_id}|{number}".encode(), "sha256").hex()


def plan(tx: Tx, roster_id: UnitId, found: Sequence[WorkerLine], file: FileSeen = NO_FILE) -> Plan:
    """Return what rows change in the roster of a unit; every unit named lies in it or below.

    Raises AccessDenied without MANAGE_TRAINING in the unit, ImportRefusedError when a row is refused: of the
    columns `unit` `unknown`, `closed` or `out_of_reach`, `number` `doubled`, `left` `before_joining`, `moved`
    `future` or `before_last`, `leave_until` `before_leave`.
    """
    require(tx, Permission.MANAGE_TRAINING, roster_id)
    return _Planner(tx, roster_id, file, len(found)).made(found)


def apply(tx: Tx, made: Plan) -> Counter[str]:
    """Write a plan, in this transaction; return how often each step was taken.

    Raises AccessDenied without MANAGE_TRAINING in the roster's unit, Conflict when the roster changed since
    the plan was made.
    """
    require(tx, Permission.MANAGE_TRAINING, made.roster_id)
    if _basis(tx, made.roster_id) != made.basis:
        raise Conflict("", tx.now, ("roster",))
    counts = made.counts
    number = note_import(tx, made.roster_id, Kind.WORKERS, None, made.file, made.rows, counts)
    if made.workers:
        tx.session.execute(
            insert(table_of(TrainingWorker)), [{**row, "import_id": number} for row in made.workers]
        )
    _update(tx, made.changes)
    made.former.write(tx)
    posting, leave = table_of(TrainingPosting), table_of(TrainingLeave)
    for table, ends in ((posting, made.ended), (leave, made.leave_changes)):
        if ends:
            statement = update(table).where(table.c.id == bindparam("b_id"))
            tx.session.execute(statement.values(until_on=bindparam("b_until_on")), ends)
    if made.postings or made.leaves:
        workers = tx.session.execute(
            select(TrainingWorker.uid, TrainingWorker.id).where(TrainingWorker.roster_id == made.roster_id)
        )
        known = {uid: worker_id for uid, worker_id in workers}  # noqa: C416 - rows are no pairs to mypy
        for table, rows in ((posting, made.postings), (leave, made.leaves)):
            if rows:
                tx.session.execute(insert(table), [{**row, "worker_id": known[uid]} for uid, row in rows])
    after = {"file": made.file.digest, "import": number}
    tx.record_all(
        [
            Deed(Action.WORKERS_IMPORTED, _IMPORTS, str(number), unit, None, {**after, **steps})
            for unit, steps in made.by_unit.items()
        ]
    )
    return counts


def note_import(
    tx: Tx,
    unit_id: UnitId,
    kind: Kind,
    course_id: int | None,
    file: FileSeen,
    rows: int,
    counts: Mapping[str, int],
) -> int:
    """Keep that a file was taken in, and its mapping for the next one; the caller has asked."""
    uid = new_uid()
    row = TrainingImport(
        uid=uid,
        unit_id=unit_id,
        kind=kind.value,
        course_id=course_id,
        file_digest=file.digest,
        headings_digest=file.headings_digest,
        mapping_json=json.dumps(dict(file.mapping), ensure_ascii=False),
        rows=rows,
        counts_json=json.dumps(dict(counts)),
        imported_at=tx.now,
        **Row(tx, _IMPORTS, uid).sealed({"imported_by": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    return row.id


def _update(tx: Tx, changes: Sequence[dict[str, object]]) -> None:
    table = table_of(TrainingWorker)
    by_columns: dict[tuple[str, ...], list[dict[str, object]]] = {}
    for change in changes:
        by_columns.setdefault(tuple(sorted(change)), []).append(change)
    for columns, rows in by_columns.items():
        values: dict[str, object] = {
            name.removeprefix("b_"): bindparam(name) for name in columns if name != "b_id"
        }
        statement = update(table).where(table.c.id == bindparam("b_id"))
        tx.session.execute(statement.values(version=table.c.version + 1, **values), rows)


def _basis(tx: Tx, roster_id: UnitId) -> tuple[int, int, int]:
    """Return what changes whenever somebody changes the roster."""
    count, versions, newest = tx.session.execute(
        select(func.count(), func.sum(TrainingWorker.version), func.max(TrainingWorker.id)).where(
            TrainingWorker.roster_id == roster_id
        )
    ).one()
    imports = select(func.max(TrainingImport.id)).where(
        TrainingImport.unit_id == roster_id, TrainingImport.kind == Kind.WORKERS.value
    )
    return count, (versions or 0) + (newest or 0), tx.session.scalar(imports) or 0


@dataclass(slots=True)
class _Planner:
    """Compares rows with the roster as it stands."""

    tx: Tx
    roster_id: UnitId
    file: FileSeen
    rows: int
    plan: Plan = field(init=False)
    today: date = field(init=False)
    units: dict[str, tuple[UnitId, bool]] = field(init=False)
    reach: frozenset[int] = field(init=False)
    postings: dict[int, TrainingPosting] = field(init=False)
    leaves: dict[int, TrainingLeave] = field(init=False)
    former: Former = field(init=False)

    def __post_init__(self) -> None:
        tx = self.tx
        self.today = today_in_japan(tx.now)
        self.plan = Plan(self.roster_id, self.rows, _basis(tx, self.roster_id), self.file)
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == self.roster_id)
        units = tx.session.execute(
            select(OrgUnit.code, OrgUnit.id, OrgUnit.closed_at).where(OrgUnit.id.in_(below))
        )
        self.units = {code: (UnitId(number), closed is not None) for code, number, closed in units}
        self.reach = frozenset(tx.session.scalars(scope(tx, Permission.MANAGE_TRAINING)))
        workers = select(TrainingWorker.id).where(TrainingWorker.roster_id == self.roster_id)
        self.former = Former.of(tx, workers, self.plan.former)
        postings = select(TrainingPosting).where(
            TrainingPosting.worker_id.in_(workers), TrainingPosting.until_on.is_(None)
        )
        self.postings = {row.worker_id: row for row in tx.session.scalars(postings)}
        leaves = (
            select(TrainingLeave).where(TrainingLeave.worker_id.in_(workers)).order_by(TrainingLeave.from_on)
        )
        self.leaves = {row.worker_id: row for row in tx.session.scalars(leaves)}

    def made(self, found: Sequence[WorkerLine]) -> Plan:
        known = {
            row.number_digest: row
            for row in self.tx.session.scalars(
                select(TrainingWorker).where(TrainingWorker.roster_id == self.roster_id)
            )
        }
        digest = number_digest(self.tx, self.roster_id)
        refused: list[Outcome] = []
        seen: set[str] = set()
        for line in found:
            try:
                key = digest(line.number)
                self._check(line, doubled=key in seen)
                seen.add(key)
                unit = self._unit(line)
                worker = known.get(key)
                steps = self._new(line, key, unit) if worker is None else self._known(line, worker, unit)
            except InvalidValue as error:
                refused.append(Outcome(line.row, (Step.REFUSED,), error.column, error.rule))
                continue
            self.plan.outcomes.append(Outcome(line.row, tuple(steps) or (Step.UNCHANGED,)))
            if steps:
                self.plan.by_unit.setdefault(unit, Counter()).update(map(str, steps))
        if refused:
            raise ImportRefusedError(refused, len(found))
        self.plan.missing = sum(
            key not in seen and (row.left_on is None or row.left_on >= self.today)
            for key, row in known.items()
        )
        return self.plan

    def _check(self, line: WorkerLine, *, doubled: bool) -> None:
        if doubled:
            raise InvalidValue("number", "doubled")
        if line.left_on is not None and line.left_on < line.joined_on:
            raise InvalidValue("left", "before_joining")
        if line.moved_on is not None and line.moved_on > self.today:
            raise InvalidValue("moved", "future")
        if line.leave_until is not None and (line.leave_from is None or line.leave_until < line.leave_from):
            raise InvalidValue("leave_until", "before_leave")

    def _unit(self, line: WorkerLine) -> UnitId:
        unit_id, closed = self.units.get(line.unit, (None, False))
        if unit_id is None:
            raise InvalidValue("unit", "unknown")
        if unit_id not in self.reach:
            raise InvalidValue("unit", "out_of_reach")
        if closed:
            raise InvalidValue("unit", "closed")
        return unit_id

    def _login(self, line: WorkerLine) -> str:
        return login_digest(self.tx.vault, line.login) if line.login else ""

    def _new(self, line: WorkerLine, key: str, unit: UnitId) -> list[Step]:
        uid = new_uid()
        self.plan.workers.append(
            {
                "uid": uid,
                "unit_id": unit,
                "roster_id": self.roster_id,
                "number_digest": key,
                "login_digest": self._login(line),
                "employment": line.employment.value,
                "is_manager": bool(line.is_manager),
                "is_system_administrator": bool(line.is_system_administrator),
                "joined_on": line.joined_on,
                "left_on": line.left_on,
                "version": 1,
                **Row(self.tx, _WORKERS, uid).sealed({"number": line.number, "name": line.name}),
            }
        )
        self.plan.postings.append((uid, {"unit_id": unit, "from_on": line.joined_on, "until_on": None}))
        steps = [Step.JOINED]
        if line.leave_from is not None:
            steps.append(self._leave(uid, line, unit))
        return steps

    def _known(self, line: WorkerLine, row: TrainingWorker, unit: UnitId) -> list[Step]:
        if row.unit_id not in self.reach:
            raise InvalidValue("unit", "out_of_reach")
        steps, changes = [], self._differences(line, row)
        if changes:
            steps.append(Step.LEFT if set(changes) == {"b_left_on"} and line.left_on else Step.CHANGED)
            moved_on = line.moved_on if row.unit_id != unit else None
            self.former.keep(row, changes, line.joined_on, moved_on or self.today)
        if row.unit_id != unit:
            self._move(line, row, unit)
            changes["b_unit_id"] = unit
            steps.append(Step.MOVED)
        if line.tells_leave:
            steps += self._on_leave(line, row, unit)
        if changes:
            self.plan.changes.append({"b_id": row.id, **changes})
        return steps

    def _differences(self, line: WorkerLine, row: TrainingWorker) -> dict[str, object]:
        wanted: dict[str, object] = {
            "employment": line.employment.value,
            "joined_on": line.joined_on,
            "left_on": line.left_on,
        }
        if line.login is not None:
            wanted["login_digest"] = self._login(line)
        for name in ("is_manager", "is_system_administrator"):
            if getattr(line, name) is not None:
                wanted[name] = getattr(line, name)
        changes = {f"b_{name}": value for name, value in wanted.items() if getattr(row, name) != value}
        sealed = Row(self.tx, _WORKERS, row.uid)
        if sealed.opened("name", row.name_sealed) != line.name:
            changes["b_name_sealed"] = sealed.sealed({"name": line.name})["name_sealed"]
        return changes

    def _move(self, line: WorkerLine, row: TrainingWorker, unit: UnitId) -> None:
        moved = line.moved_on or self.today
        posting = self.postings.get(row.id)
        if posting is not None:
            if moved < posting.from_on:
                raise InvalidValue("moved", "before_last")
            self.plan.ended.append({"b_id": posting.id, "b_until_on": moved - timedelta(days=1)})
        self.plan.postings.append((row.uid, {"unit_id": unit, "from_on": moved, "until_on": None}))

    def _on_leave(self, line: WorkerLine, row: TrainingWorker, unit: UnitId) -> list[Step]:
        last = self.leaves.get(row.id)
        if line.leave_from is None:
            if last is None or (last.until_on is not None and last.until_on < self.today):
                return []
            self._end_leave(last, self.today - timedelta(days=1))
            return [Step.BACK]
        if last is not None and last.from_on == line.leave_from:
            if last.until_on == line.leave_until:
                return []
            self._end_leave(last, line.leave_until)
            return [Step.CHANGED]
        return [self._leave(row.uid, line, unit)]

    def _end_leave(self, of: TrainingLeave, until: date | None) -> None:
        self.plan.leave_changes.append({"b_id": of.id, "b_until_on": until})

    def _leave(self, worker_uid: str, line: WorkerLine, unit: UnitId) -> Step:
        uid = new_uid()
        values: dict[str, object] = {
            "uid": uid,
            "unit_id": unit,
            "from_on": line.leave_from,
            "until_on": line.leave_until,
            **Row(self.tx, _LEAVES, uid).sealed({"reason": line.leave}),
        }
        self.plan.leaves.append((worker_uid, values))
        return Step.ON_LEAVE
