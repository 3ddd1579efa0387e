"""Choosing auditors 監査員の割当て: every unit audited by somebody independent and able, with the proof.

Pure: values in, an `Assigned` with its proof or an exact `Impossible` out. Least load of the busiest first,
then the least sum of balance, travel and repetition; both with a bound that shows how good the result is.
"""

from __future__ import annotations

import enum
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from privacy_mark.audits.eligibility import (
    BIT,
    INDEPENDENCE,
    AuditedUnit,
    Candidate,
    Masks,
    Rule,
    Terms,
    broken,
    rules_of,
)
from privacy_mark.audits.transport import Ints, Transport, cheapest, least_load, most
from registry.duties import Duty, broken_rule
from registry.model import Role, UnitId, UserId

MENDABLE = tuple(rule for rule in Rule if rule not in INDEPENDENCE)
_MOST_REASONS = 5


class AuditKind(enum.StrEnum):
    """What an audit looks at; the two are done apart where a programme wants it."""

    CONFORMITY = "conformity"  # 適合状況: rules against the guideline
    OPERATION = "operation"  # 運用状況: practice against the rules
    BOTH = "both"


@dataclass(frozen=True, slots=True, order=True)
class Task:
    """One audit to be done."""

    unit_id: UnitId
    kind: AuditKind


@dataclass(frozen=True, slots=True)
class Weights:
    """What is worth how much, in whole numbers: balance grows with the square of the load."""

    balance: int = 2
    travel: int = 6  # another region than the auditor's
    repeat: int = 40  # the same auditor again after `same_years` years


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be assigned."""

    units: tuple[AuditedUnit, ...]
    candidates: tuple[Candidate, ...]
    terms: Terms
    apart: bool = True
    same_years: int = 3
    before: Mapping[Task, tuple[UserId, int]] = field(default_factory=dict)  # who, for how many years
    weights: Weights = Weights()

    def tasks(self) -> tuple[Task, ...]:
        """Return all audits."""
        kinds = (AuditKind.CONFORMITY, AuditKind.OPERATION) if self.apart else (AuditKind.BOTH,)
        return tuple(Task(unit.id, kind) for unit in self.units for kind in kinds)


@dataclass(frozen=True, slots=True)
class Proof:
    """That one auditor may do one audit: the rules that were checked, with the facts."""

    task: Task
    auditor_id: UserId
    belongs_to: tuple[UnitId, ...]  # within the time that counts; none is in the audited unit
    manages: tuple[UnitId, ...]  # within that time; none is on one line with it
    alone: bool  # an entity of one department at most: belonging is excused
    travels: bool
    repeats: bool  # the same auditor once more than wished


@dataclass(frozen=True, slots=True)
class Assigned:
    """Everything assigned, why each may, and how good it is."""

    proofs: tuple[Proof, ...]
    load: int  # of the busiest
    load_bound: int  # no assignment has a busiest auditor with less
    cost: int
    cost_bound: int

    @property
    def gap(self) -> float:
        """Return by which share the result may be worse than the best: the larger of load and cost."""
        pairs = ((self.load, self.load_bound), (self.cost, self.cost_bound))
        return max((value - least) / max(1, least) for value, least in pairs)

    @property
    def auditors(self) -> dict[Task, UserId]:
        """Return who does what."""
        return {proof.task: proof.auditor_id for proof in self.proofs}


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would help against a bottleneck; independence is never lifted."""

    rule: Rule | None  # None: the same people do more audits
    people: tuple[UserId, ...]  # who could then audit as well
    audits: int  # how many more audits this gives, at most those that are lacking


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """These audits can only be done by these people, who can do one less: without any one of them it goes."""

    tasks: tuple[Task, ...]
    people: tuple[UserId, ...]
    capacity: int
    depending: int  # how many audits in all only these people can do
    excluded: tuple[tuple[Rule, int], ...]  # by which rule how many others may not do any of these
    remedies: tuple[Remedy, ...]

    @property
    def lacking(self) -> int:
        """Return how many audits remain for want of people like these."""
        return self.depending - self.capacity


@dataclass(frozen=True, slots=True)
class Impossible:
    """Why not everything can be assigned."""

    unassigned: int
    bottlenecks: tuple[Bottleneck, ...]


def assign(question: Question) -> Assigned | Impossible:
    """Return the best assignment, or why there is none. Deterministic."""
    if not question.units:
        return Assigned((), 0, 0, 0, 0)
    masks = broken(question.units, question.candidates, question.terms)
    costs = _costs(question, masks)
    capacities = np.array([who.capacity for who in question.candidates], np.int64)
    groups, of = _grouped(costs)
    problem = Transport(np.bincount(of, minlength=len(groups)), groups, capacities)
    load = least_load(problem) if len(capacities) else None
    if load is None:
        return _impossible(question, masks, problem, of)
    even = Transport(problem.sizes, groups, np.minimum(capacities, load))
    best = cheapest(even, question.weights.balance)
    chosen = _given_out(best.taken, of)
    units = {unit.id: unit for unit in question.units}
    proofs = tuple(
        proof(question, units[task.unit_id], task.kind, question.candidates[who])
        for task, who in zip(question.tasks(), chosen, strict=True)
    )
    loads = best.taken.sum(axis=0)
    return Assigned(proofs, int(loads.max(initial=0)), load, best.cost, best.bound)


def objections(unit: AuditedUnit, candidate: Candidate, terms: Terms) -> tuple[Rule, ...]:
    """Return the rules that one choice breaks, the gravest first: for changes by hand."""
    return rules_of(int(broken([unit], [candidate], terms)[0, 0]))


def proof(question: Question, unit: AuditedUnit, kind: AuditKind, who: Candidate) -> Proof:
    """Return why a candidate may do an audit; AssertionError when the rules of roles say otherwise."""
    terms, task = question.terms, Task(unit.id, kind)
    asked = [Duty(Role.AUDITOR, task.unit_id, terms.period)]
    held = [duty for duty in who.duties if duty.role not in (Role.AUDITOR, Role.AUDIT_MANAGER)]
    rule = broken_rule([*asked, *held], who.belongings, terms.places)
    assert rule in (None, "representative_is_privacy_manager"), rule
    recent = terms.recent
    belongs = {each.unit_id for each in who.belongings if each.period.overlaps(recent)}
    manages = {each.unit_id for each in held if each.period.overlaps(recent)}
    return Proof(
        task,
        who.id,
        tuple(sorted(belongs)),
        tuple(sorted(manages)),
        terms.places[task.unit_id].departments <= 1,
        bool(unit.region and who.region and unit.region != who.region),
        _repeats(question, task, who.id),
    )


def _repeats(question: Question, task: Task, who: UserId) -> bool:
    last = question.before.get(task)
    return last is not None and last[0] == who and last[1] >= question.same_years


def _costs(question: Question, masks: Masks) -> Ints:
    """Return what each audit costs with each candidate, -1 where a rule forbids it: (tasks, candidates)."""
    weights, candidates = question.weights, question.candidates
    regions = np.array([who.region for who in candidates] or [""], object)[: len(candidates)]
    column = {who.id: place for place, who in enumerate(candidates)}
    rows = []
    for place, unit in enumerate(question.units):
        away = (regions != unit.region) & (regions != "") if unit.region else np.zeros(len(candidates), bool)
        rows.append(np.where(masks[place] == 0, away.astype(np.int64) * weights.travel, -1))
    kinds = 2 if question.apart else 1
    costs = np.repeat(np.array(rows, np.int64).reshape(len(rows), len(candidates)), kinds, axis=0)
    for place, task in enumerate(question.tasks()):
        last = question.before.get(task)
        if last is not None and last[0] in column and _repeats(question, task, last[0]):
            at = column[last[0]]
            costs[place, at] += weights.repeat if costs[place, at] >= 0 else 0
    return costs


def _grouped(costs: Ints) -> tuple[Ints, Ints]:
    """Return the different rows, and which of them each row is: like audits are solved together."""
    if not costs.size:
        return costs[:1], np.zeros(len(costs), np.int64)
    groups, of = np.unique(costs, axis=0, return_inverse=True)
    return groups, of.reshape(-1)


def _given_out(taken: Ints, of: Ints) -> list[int]:
    """Return the candidate of each task; -1 for none."""
    queues = [deque(np.repeat(np.arange(taken.shape[1]), row).tolist()) for row in taken]
    return [queues[group].popleft() if queues[group] else -1 for group in of.tolist()]


def _impossible(question: Question, masks: Masks, problem: Transport, of: Ints) -> Impossible:
    taken = most(problem) if problem.costs.size else np.zeros((len(problem.sizes), 0), np.int64)
    chosen = _given_out(taken, of)
    allowed = [np.flatnonzero(row >= 0).tolist() for row in problem.costs]
    held: dict[int, list[int]] = {}
    for place, who in enumerate(chosen):
        held.setdefault(who, []).append(place)
    open_, told = held.pop(-1, []), set[int]()
    found: list[Bottleneck] = []
    for place in open_:
        if place in told or len(found) == _MOST_REASONS:
            continue
        tasks, people = _reached(place, allowed, held, of)
        only = {each for each, group in enumerate(of.tolist()) if people.issuperset(allowed[group])}
        told |= only
        found.append(_bottleneck(question, masks, sorted(tasks), sorted(people), len(only)))
    return Impossible(len(open_), tuple(found))


def _reached(
    start: int, allowed: Sequence[Sequence[int]], held: Mapping[int, Sequence[int]], of: Ints
) -> tuple[set[int], set[int]]:
    """Return the tasks and people that alternating paths from an open task lead to.

    All these people are busy with these tasks, so that one audit is too many; and as the paths can be turned
    round, any one of the tasks could be the open one: the set is minimal.
    """
    tasks, people, queue, seen = {start}, set[int](), deque([start]), set[int]()
    while queue:
        group = int(of[queue.popleft()])
        if group in seen:
            continue
        seen.add(group)
        for who in allowed[group]:
            if who not in people:
                people.add(who)
                fresh = [task for task in held.get(who, ()) if task not in tasks]
                tasks.update(fresh)
                queue.extend(fresh)
    return tasks, people


def _bottleneck(
    question: Question, masks: Masks, places: list[int], people: list[int], depending: int
) -> Bottleneck:
    kinds = 2 if question.apart else 1
    tasks, candidates = question.tasks(), question.candidates
    rows = sorted({place // kinds for place in places})
    others = [at for at in range(len(candidates)) if at not in people]
    part = masks[rows]
    reasons = Counter(rules_of(int(np.bitwise_or.reduce(part[:, at])))[0] for at in others)
    capacity = sum(candidates[at].capacity for at in people)
    lacking = depending - capacity
    remedies = []
    for rule in MENDABLE:
        able = [at for at in others if (part[:, at] == BIT[rule]).any() and candidates[at].capacity]
        if able:
            more = min(lacking, sum(candidates[at].capacity for at in able))
            remedies.append(Remedy(rule, tuple(candidates[at].id for at in able), more))
    if people:
        remedies.append(Remedy(None, tuple(candidates[at].id for at in people), lacking))
    return Bottleneck(
        tuple(tasks[place] for place in places),
        tuple(candidates[at].id for at in people),
        capacity,
        depending,
        tuple(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
        tuple(remedies),
    )
