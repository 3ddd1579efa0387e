"""What people answer to a confirmation, and when an answer is accepted.

Answered by exception: what the platform knows and what is declared is taken as told, and only what is
otherwise needs words. Who went and looked is named for each physical check, with the day, so that no
check can be ticked off from a desk.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from privacy_mark.confirmations.facts import Fact
from privacy_mark.confirmations.periods import Span
from privacy_mark.confirmations.questions import FactKind, Question, QuestionKind, QuestionSet
from registry.errors import InvalidValue
from registry.sealing import checked as checked_texts

LONGEST_NOTE = 1_000
LONGEST_NAME = 100


class Result(enum.StrEnum):
    """How something stands."""

    RIGHT = "right"  # 適切に運用されている
    EXCEPTION = "exception"  # 例外あり: becomes a corrective action
    NOT_APPLICABLE = "not_applicable"  # 該当なし


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `numbers` are those of the fact that it was given beside."""

    question_id: str
    result: Result
    note: str = ""
    checker: str = ""
    checked_on: date | None = None
    numbers: Mapping[str, int] | None = None


def prefilled(question: Question, facts: Mapping[FactKind, Fact]) -> Result | None:
    """Return the answer that is offered; None where a person has to say it: every physical check."""
    if question.kind is QuestionKind.PHYSICAL:
        return None
    if question.fact is None:
        return Result.RIGHT
    told = facts[question.fact].is_right
    return None if told is None else Result.RIGHT if told else Result.EXCEPTION


def accepted(
    of: QuestionSet,
    answers: Sequence[Answer],
    facts: Mapping[FactKind, Fact],
    *,
    span: Span,
) -> tuple[Answer, ...]:
    """Return the answers in the order of the questions, with the numbers that they were given beside.

    Raises InvalidValue naming the question: `required`, `unknown`, `note_required` of an exception, of what
    does not apply, and of what contradicts a fact; `checker_required`, `day_required`, `day_future`,
    `day_before_period`, `day_after_period` of a physical check; `too_long`.
    """
    given = {answer.question_id: answer for answer in answers}
    known = {question.id for question in of.questions}
    for name in given:
        if name not in known:
            raise InvalidValue(name, "unknown")
    return tuple(_accepted(each, given.get(each.id), facts, span) for each in of.questions)


def _accepted(
    question: Question, answer: Answer | None, facts: Mapping[FactKind, Fact], span: Span
) -> Answer:
    if answer is None:
        raise InvalidValue(question.id, "required")
    try:
        note = checked_texts({"note": answer.note}, longest=LONGEST_NOTE)["note"]
        checker = checked_texts({"checker": answer.checker}, longest=LONGEST_NAME)["checker"]
    except InvalidValue as error:
        raise InvalidValue(question.id, error.rule) from None
    fact = None if question.fact is None else facts[question.fact]
    contradicts = fact is not None and fact.is_right is False and answer.result is not Result.EXCEPTION
    if (answer.result is not Result.RIGHT or contradicts) and not note:
        raise InvalidValue(question.id, "note_required")
    looked = question.kind is QuestionKind.PHYSICAL and answer.result is not Result.NOT_APPLICABLE
    if looked:
        _check_look(question, checker, answer.checked_on, span)
    return Answer(
        question.id,
        answer.result,
        note,
        checker if looked else "",
        answer.checked_on if looked else None,
        None if fact is None else fact.numbers,
    )


def _check_look(question: Question, checker: str, on: date | None, span: Span) -> None:
    if not checker:
        raise InvalidValue(question.id, "checker_required")
    if on is None:
        raise InvalidValue(question.id, "day_required")
    if on > span.today:
        raise InvalidValue(question.id, "day_future")
    if on < span.first:
        raise InvalidValue(question.id, "day_before_period")
    if on > span.last:
        raise InvalidValue(question.id, "day_after_period")


def exceptions(answers: Sequence[Answer]) -> list[Answer]:
    """Return what is not as it should be."""
    return [answer for answer in answers if answer.result is Result.EXCEPTION]


def changed(before: Sequence[Answer], now: Sequence[Answer]) -> frozenset[str]:
    """Return the questions that are answered otherwise than before; a new one counts when not right."""
    known = {answer.question_id: answer.result for answer in before}
    return frozenset(
        answer.question_id
        for answer in now
        if known.get(answer.question_id, Result.RIGHT) is not answer.result
    )


def to_text(answers: Sequence[Answer]) -> str:
    """Return answers as they are sealed."""
    return json.dumps(
        [
            {
                "question": answer.question_id,
                "result": answer.result.value,
                "note": answer.note,
                "checker": answer.checker,
                "checked_on": answer.checked_on.isoformat() if answer.checked_on else None,
                "numbers": None if answer.numbers is None else dict(answer.numbers),
            }
            for answer in answers
        ],
        ensure_ascii=False,
    )


def of_text(text: str) -> tuple[Answer, ...]:
    """Return answers as they were sealed; an empty text holds none."""
    return tuple(
        Answer(
            each["question"],
            Result(each["result"]),
            each["note"],
            each["checker"],
            date.fromisoformat(each["checked_on"]) if each["checked_on"] else None,
            each["numbers"],
        )
        for each in (json.loads(text) if text else [])
    )
