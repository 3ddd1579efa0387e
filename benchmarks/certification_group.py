"""An invented group of the size of the bar: 815 companies with departments, 120 auditors from among them."""

from __future__ import annotations

import random
from datetime import date

from privacy_mark.audits.assignment import AuditKind, Question, Task
from privacy_mark.audits.eligibility import AuditedUnit, Candidate, Competence, Terms
from registry.duties import Belonging, Duty, Period, Place
from registry.model import Role, UnitId, UserId

FIRST, LAST = date(2026, 4, 1), date(2027, 3, 31)
_REGIONS = ("関東", "関西", "中部", "九州", "北海道")
_OVERSEAS = 517
_ALWAYS = Period(None, None)


def group(units: int = 815, auditors: int = 120, *, seed: int = 26) -> Question:
    """Return a question that has an answer: units at home and abroad, hospitals, people who moved."""
    chance = random.Random(seed)
    top, headquarters = UnitId(1), UnitId(2)
    places = {
        top: Place(frozenset({top}), top, small=False, departments=20),
        headquarters: Place(frozenset({headquarters, top}), headquarters, small=False, departments=20),
    }
    desks = [UnitId(3 + number) for number in range(20)]
    for desk in desks:
        places[desk] = Place(frozenset({desk, headquarters, top}), headquarters, small=False, departments=20)
    audited, departments = [], []
    for number in range(units):
        company, department = UnitId(1_000 + 2 * number), UnitId(1_001 + 2 * number)
        size = chance.randrange(1, 9)
        places[company] = Place(frozenset({company, top}), company, small=False, departments=size)
        places[department] = Place(
            frozenset({department, company, top}), company, small=False, departments=size
        )
        departments.append(department)
        abroad = number >= units - _OVERSEAS * units // 815
        needs = {Competence.OVERSEAS} if abroad else set[Competence]()
        if number < 2:
            needs.add(Competence.MEDICAL)
        elif chance.random() < 0.2:
            needs.add(Competence.MY_NUMBER)
        region = "" if abroad else chance.choice(_REGIONS)
        language = "en" if abroad else "ja"
        audited.append(AuditedUnit(company, frozenset(needs), language, region))
    people = tuple(_person(number, desks, departments, chance) for number in range(auditors))
    before = {
        Task(unit.id, kind): (UserId(chance.randrange(auditors)), chance.randrange(1, 5))
        for unit in audited
        for kind in (AuditKind.CONFORMITY, AuditKind.OPERATION)
    }
    return Question(tuple(audited), people, Terms(FIRST, LAST, 365, places), before=before)


def _person(number: int, desks: list[UnitId], departments: list[UnitId], chance: random.Random) -> Candidate:
    home = chance.choice(desks) if number % 3 else chance.choice(departments)
    left = Belonging(chance.choice(departments), Period(None, date(2025, chance.randrange(1, 13), 20)))
    duties = []
    if number % 4 == 0:
        managed = Period(date(2022, 4, 1), date(2025, chance.randrange(1, 13), 20))
        duties.append(Duty(Role.DEPARTMENT_MANAGER, chance.choice(departments), managed))
    if number % 10 == 0:
        duties.append(Duty(Role.STATUTORY_AUDITOR, chance.choice(departments), _ALWAYS))
    return Candidate(
        UserId(number),
        tuple(duties),
        (Belonging(home, _ALWAYS), left),
        frozenset(each for each in Competence if chance.random() < 0.7),
        frozenset({"ja", "en"}) if chance.random() < 0.8 else frozenset({"ja"}),
        chance.randrange(12, 30),
        chance.choice(_REGIONS),
        (Period(date(2026, 7, 1), date(2026, 8, 31)),) if number % 7 == 0 else (),
    )
