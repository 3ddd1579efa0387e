"""The solver: no assignment breaks independence, none is better, and an impossibility is exactly that."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.certification_group import group
from privacy_mark.audits.assignment import (
    Assigned,
    AuditKind,
    Impossible,
    Question,
    Task,
    Weights,
    assign,
    objections,
)
from privacy_mark.audits.eligibility import AuditedUnit, Candidate, Competence, Rule, Terms
from registry.duties import Belonging, Duty, Period, Place
from registry.model import Role, UnitId, UserId
from tests.certification.audits.checker import Spell, Tree, may_not

FIRST, LAST = date(2026, 4, 1), date(2026, 6, 30)
ALWAYS = Period(None, None)
# 1 group; 2, 3 companies; 4, 5 departments of 2; 6 the only department of 3; 7 a team of 4
TREE = Tree({1: None, 2: 1, 3: 1, 4: 2, 5: 2, 6: 3, 7: 4}, frozenset({2, 3}), {1: 3, 2: 2, 3: 1})


def place(unit: int) -> Place:
    """Return what the rules ask of a unit of the tree."""
    above = frozenset(UnitId(each) for each in TREE.parent if TREE.is_inside(unit, each))
    entity = TREE.entity(unit)
    return Place(above, UnitId(entity), small=False, departments=TREE.departments[entity])


PLACES = {UnitId(unit): place(unit) for unit in TREE.parent}
TERMS = Terms(FIRST, LAST, 30, PLACES)
UNITS = st.sampled_from(sorted(PLACES))
DAYS = st.none() | st.dates(date(2026, 2, 1), date(2026, 7, 31))
PERIODS = st.builds(Period, DAYS, DAYS)
ROLES = st.sampled_from([Role.DEPARTMENT_MANAGER, Role.OFFICER, Role.STATUTORY_AUDITOR, Role.EXECUTIVE])
PEOPLE = st.lists(
    st.builds(
        Candidate,
        id=st.just(UserId(0)),
        duties=st.lists(st.builds(Duty, ROLES, UNITS, PERIODS), max_size=2).map(tuple),
        belongings=st.lists(st.builds(Belonging, UNITS, PERIODS), max_size=2).map(tuple),
        competences=st.frozensets(st.sampled_from(Competence)),
        languages=st.sampled_from([frozenset({"ja"}), frozenset({"ja", "en"})]),
        capacity=st.integers(0, 4),
        region=st.sampled_from(["", "東", "西"]),
    ),
    max_size=4,
)
AUDITED = st.lists(
    st.builds(
        AuditedUnit,
        id=UNITS,
        needs=st.frozensets(st.sampled_from(Competence), max_size=1),
        language=st.sampled_from(["ja", "ja", "en"]),
        region=st.sampled_from(["", "東", "西"]),
    ),
    max_size=5,
    unique_by=lambda unit: unit.id,
)


def numbered(people: list[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates with ids of their own."""
    return tuple(replace(who, id=UserId(number)) for number, who in enumerate(people))


def spells(who: Candidate) -> list[Spell]:
    """Return everything a candidate was, as the checker reads it."""
    return [
        *(Spell("", each.unit_id, each.period.first, each.period.last) for each in who.belongings),
        *(Spell(each.role.value, each.unit_id, each.period.first, each.period.last) for each in who.duties),
    ]


def independent(who: Candidate, unit: UnitId, terms: Terms = TERMS, tree: Tree = TREE) -> bool:
    """Ask the checker."""
    return not may_not(tree, spells(who), unit, terms.first, terms.last, terms.recent_days)


def able(who: Candidate, unit: AuditedUnit) -> bool:
    """Tell by hand whether a candidate may audit a unit."""
    return independent(who, unit.id) and unit.needs <= who.competences and unit.language in who.languages


@settings(max_examples=150, deadline=None)
@given(units=AUDITED, people=PEOPLE, apart=st.booleans())
def test_no_assignment_breaks_a_rule_and_no_impossibility_is_wrong(
    units: list[AuditedUnit], people: list[Candidate], apart: bool
) -> None:
    """Whatever is asked: an answer keeps every rule; a refusal names too many audits for these people."""
    question = Question(tuple(units), numbered(people), TERMS, apart=apart)
    by_id = {who.id: who for who in question.candidates}
    unit_of = {unit.id: unit for unit in units}
    answer = assign(question)
    if isinstance(answer, Assigned):
        assert set(answer.auditors) == set(question.tasks())
        for task, who in answer.auditors.items():
            assert able(by_id[who], unit_of[task.unit_id])
        for who in question.candidates:
            assert sum(each == who.id for each in answer.auditors.values()) <= who.capacity
        assert answer.gap == 0
        return
    assert answer.bottlenecks
    for bottleneck in answer.bottlenecks:
        everybody = {
            who.id
            for who in question.candidates
            for task in bottleneck.tasks
            if able(who, unit_of[task.unit_id])
        }
        assert everybody == set(bottleneck.people)
        assert bottleneck.capacity == sum(by_id[each].capacity for each in everybody)
        assert len(bottleneck.tasks) == bottleneck.capacity + 1
        for left_out in bottleneck.tasks:  # minimal: without any one of its audits it can be done
            rest = [each for each in bottleneck.tasks if each != left_out]
            assert _can_be_done(rest, question)


def _can_be_done(tasks: list[Task], question: Question) -> bool:
    """Search for an assignment by trying, task by task along augmenting paths."""
    units = {unit.id: unit for unit in question.units}
    held: dict[int, list[Task]] = {who.id: [] for who in question.candidates}

    def give(task: Task, tried: set[int]) -> bool:
        for who in question.candidates:
            if who.id in tried or not able(who, units[task.unit_id]):
                continue
            tried.add(who.id)
            if len(held[who.id]) < who.capacity:
                held[who.id].append(task)
                return True
            for other in list(held[who.id]):
                if give(other, tried):
                    held[who.id].remove(other)
                    held[who.id].append(task)
                    return True
        return False

    return all(give(task, set()) for task in tasks)


@settings(max_examples=60, deadline=None)
@given(units=AUDITED.filter(lambda found: 0 < len(found) <= 4), people=PEOPLE.filter(bool))
def test_the_answer_is_the_best_of_all(units: list[AuditedUnit], people: list[Candidate]) -> None:
    """Compared with every assignment there is: the least busiest first, then the least cost."""
    question = Question(tuple(units), numbered(people), TERMS, apart=False)
    answer = assign(question)
    weights, found = Weights(), []
    for choice in itertools.product(question.candidates, repeat=len(units)):
        loads = [sum(each is who for each in choice) for who in question.candidates]
        fits = all(load <= who.capacity for load, who in zip(loads, question.candidates, strict=True))
        if fits and all(able(who, unit) for who, unit in zip(choice, units, strict=True)):
            travels = sum(
                bool(unit.region and who.region and unit.region != who.region)
                for who, unit in zip(choice, units, strict=True)
            )
            cost = weights.travel * travels + weights.balance * sum(load**2 for load in loads)
            found.append((max(loads), cost))
    if isinstance(answer, Impossible):
        assert not found
    else:
        assert (answer.load, answer.cost) == min(found)


def candidate(number: int, **values: object) -> Candidate:
    """Return somebody independent of everything who can do ten audits."""
    return replace(Candidate(UserId(number), capacity=10), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "unit", "rules"),
    [
        ({"belongings": (Belonging(UnitId(7), ALWAYS),)}, 4, [Rule.OWN_UNIT]),
        ({"belongings": (Belonging(UnitId(2), ALWAYS),)}, 4, []),  # above: not his own
        ({"belongings": (Belonging(UnitId(6), ALWAYS),)}, 6, []),  # nobody else is there
        ({"belongings": (Belonging(UnitId(4), Period(None, date(2026, 3, 2))),)}, 4, [Rule.LEFT_UNIT]),
        ({"belongings": (Belonging(UnitId(4), Period(None, date(2026, 3, 1))),)}, 4, []),
        ({"duties": (Duty(Role.OFFICER, UnitId(2), ALWAYS),)}, 4, [Rule.MANAGES]),
        ({"duties": (Duty(Role.DEPARTMENT_MANAGER, UnitId(4), ALWAYS),)}, 2, [Rule.MANAGES]),
        ({"duties": (Duty(Role.DEPARTMENT_MANAGER, UnitId(4), ALWAYS),)}, 5, []),
        ({"duties": (Duty(Role.OFFICER, UnitId(6), ALWAYS),)}, 6, [Rule.MANAGES]),  # never excused
        ({"duties": (Duty(Role.OFFICER, UnitId(2), Period(None, date(2026, 3, 31))),)}, 5, [Rule.MANAGED]),
        ({"duties": (Duty(Role.STATUTORY_AUDITOR, UnitId(4), ALWAYS),)}, 5, [Rule.STATUTORY_AUDITOR]),
        ({"duties": (Duty(Role.STATUTORY_AUDITOR, UnitId(2), ALWAYS),)}, 3, []),
        ({"languages": frozenset({"en"})}, 3, [Rule.LANGUAGE]),
        ({"away": (Period(None, date(2026, 5, 1)), Period(date(2026, 5, 2), LAST))}, 3, [Rule.ABSENT]),
        ({"away": (Period(None, date(2026, 5, 1)), Period(date(2026, 5, 3), LAST))}, 3, []),
    ],
)
def test_who_may_not_is_told_why(values: dict[str, object], unit: int, rules: list[Rule]) -> None:
    """Each rule, and where it ends."""
    assert list(objections(AuditedUnit(UnitId(unit)), candidate(1, **values), TERMS)) == rules


def test_a_bottleneck_says_who_is_short_of_what_and_what_would_help() -> None:
    """Three units that need medical knowledge, two people who have it, one audit each."""
    units = tuple(AuditedUnit(UnitId(each), frozenset({Competence.MEDICAL})) for each in (3, 4, 5))
    doctors = [candidate(each, competences=frozenset({Competence.MEDICAL}), capacity=1) for each in (1, 2)]
    question = Question(units, (*doctors, candidate(3), candidate(4)), TERMS, apart=False)
    answer = assign(question)
    assert isinstance(answer, Impossible)
    (found,) = answer.bottlenecks
    assert [task.unit_id for task in found.tasks] == [3, 4, 5]
    assert (found.people, found.capacity, found.lacking) == ((1, 2), 2, 1)
    assert found.excluded == ((Rule.COMPETENCE, 2),)
    assert [(each.rule, each.people, each.audits) for each in found.remedies] == [
        (Rule.COMPETENCE, (3, 4), 1),
        (None, (1, 2), 1),
    ]


def test_nobody_at_all_is_an_impossibility_too() -> None:
    """Without auditors every unit is a bottleneck of its own: they are told together."""
    answer = assign(Question((AuditedUnit(UnitId(3)), AuditedUnit(UnitId(4))), (), TERMS))
    assert isinstance(answer, Impossible)
    assert (answer.unassigned, [each.depending for each in answer.bottlenecks]) == (4, [4])


def test_the_same_auditor_does_not_come_every_year() -> None:
    """After three years another one is taken, and the proof tells when nobody else is there."""
    task = Task(UnitId(3), AuditKind.BOTH)
    question = Question(
        (AuditedUnit(UnitId(3)),),
        (candidate(1), candidate(2)),
        TERMS,
        apart=False,
        before={task: (UserId(1), 3)},
    )
    answer = assign(question)
    assert isinstance(answer, Assigned)
    assert answer.auditors == {task: UserId(2)}
    alone = assign(replace(question, candidates=question.candidates[:1]))
    assert isinstance(alone, Assigned)
    assert [proof.repeats for proof in alone.proofs] == [True]


def test_a_group_of_the_real_size_is_solved_to_the_bound() -> None:
    """A tenth of the bar, quick enough for every run: no pair breaks independence, the gap is none."""
    question = group(82, 20)
    answer = assign(question)
    assert isinstance(answer, Assigned)
    assert answer.gap == 0
    assert sum(not proof.repeats for proof in answer.proofs) == len(question.tasks())
    assert assign(question) == answer
