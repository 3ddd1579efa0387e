"""What a company answers, when an answer is accepted, and what in it asks for an explanation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from privacy_mark.self_check.questions import Level, Rule, SelfCheck
from registry.errors import InvalidValue
from registry.sealing import checked

LONGEST = 1_000
_LESS = (Level.IMPLEMENTED, Level.PARTLY, Level.PLANNED, Level.NO)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: evidence says where the proof is kept, a plan has its day."""

    question_id: str
    level: Level
    evidence: str = ""
    note: str = ""
    planned_on: date | None = None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two answers that do not go together."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Fallen:
    """Something that was further along the year before."""

    question_id: str
    before: Level
    now: Level


@dataclass(frozen=True, slots=True)
class Missed:
    """A plan of the year before whose day has passed without it being done."""

    question_id: str
    planned_on: date


Doubt = Contradiction | Fallen | Missed


def accepted(of: SelfCheck, answers: Sequence[Answer], today: date) -> tuple[Answer, ...]:
    """Return the answers in the order of the questions.

    Raises InvalidValue naming the question: `required`, `unknown`, `evidence_required` of what is done,
    also in part, `note_required` of what is not done or does not apply, `day_required` and `day_past` of a
    plan, `too_long`.
    """
    given = {answer.question_id: answer for answer in answers}
    for name in given:
        if name not in of.questions:
            raise InvalidValue(name, "unknown")
    return tuple(_accepted(name, given.get(name), today) for name in of.questions)


def _accepted(name: str, answer: Answer | None, today: date) -> Answer:
    if answer is None:
        raise InvalidValue(name, "required")
    try:
        texts = checked({"evidence": answer.evidence, "note": answer.note}, longest=LONGEST)
    except InvalidValue as error:
        raise InvalidValue(name, error.rule) from None
    match answer.level:
        case Level.IMPLEMENTED | Level.PARTLY:
            if not texts["evidence"]:
                raise InvalidValue(name, "evidence_required")
        case Level.NO | Level.NOT_APPLICABLE:
            if not texts["note"]:
                raise InvalidValue(name, "note_required")
        case Level.PLANNED:
            if answer.planned_on is None:
                raise InvalidValue(name, "day_required")
            if answer.planned_on < today:
                raise InvalidValue(name, "day_past")
    planned_on = answer.planned_on if answer.level is Level.PLANNED else None
    return Answer(name, answer.level, texts["evidence"], texts["note"], planned_on)


def doubts(of: SelfCheck, now: Sequence[Answer], before: Sequence[Answer], today: date) -> list[Doubt]:
    """Return what in the answers asks for an explanation: it stops nobody."""
    levels = {answer.question_id: answer.level for answer in now}
    found: list[Doubt] = [
        Contradiction(rule)
        for rule in of.rules
        if levels.get(rule.question) in rule.answers and levels.get(rule.other) in rule.never
    ]
    for earlier in before:
        level = levels.get(earlier.question_id)
        if level is None:
            continue
        if level in _LESS and earlier.level in _LESS and _LESS.index(level) > _LESS.index(earlier.level):
            found.append(Fallen(earlier.question_id, earlier.level, level))
        elif earlier.planned_on is not None and earlier.planned_on < today and level is not Level.IMPLEMENTED:
            found.append(Missed(earlier.question_id, earlier.planned_on))
    return found


def counts(answers: Sequence[Answer]) -> Mapping[Level, int]:
    """Return how many answers are of each level."""
    return {level: sum(answer.level is level for answer in answers) for level in Level}


def to_text(answers: Sequence[Answer]) -> str:
    """Return answers as they are sealed."""
    return json.dumps(
        [
            {
                "question": each.question_id,
                "level": each.level.value,
                "evidence": each.evidence,
                "note": each.note,
                "planned_on": each.planned_on.isoformat() if each.planned_on else None,
            }
            for each in answers
        ],
        ensure_ascii=False,
    )


def of_text(text: str) -> tuple[Answer, ...]:
    """Return answers as they were sealed; an empty text holds none."""
    return tuple(
        Answer(
            each["question"],
            Level(each["level"]),
            each["evidence"],
            each["note"],
            date.fromisoformat(each["planned_on"]) if each["planned_on"] else None,
        )
        for each in (json.loads(text) if text else [])
    )
