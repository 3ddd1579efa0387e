"""The questions that an answer was given to, kept with it: kinds and questions change, it does not."""

from __future__ import annotations

import json
from collections.abc import Sequence

from privacy_mark.confirmations.answers import Answer
from privacy_mark.confirmations.questions import (
    FactKind,
    Frequency,
    Question,
    QuestionKind,
    QuestionSet,
    questions,
)
from registry.risk_levels import Words


def to_text(of: QuestionSet) -> str:
    """Return a set as it is kept with what was answered to it."""
    return json.dumps(
        {
            "id": of.id,
            "ja": of.name.ja,
            "en": of.name.en,
            "frequency": of.frequency.value,
            "questions": [
                {
                    "id": each.id,
                    "kind": each.kind.value,
                    "requirement": each.requirement,
                    "ja": each.text.ja,
                    "en": each.text.en,
                    "fact": None if each.fact is None else each.fact.value,
                }
                for each in of.questions
            ],
        },
        ensure_ascii=False,
    )


def of_text(text: str) -> QuestionSet:
    """Return a set as it was kept."""
    kept = json.loads(text)
    return QuestionSet(
        kept["id"],
        Words(kept["ja"], kept["en"]),
        Frequency(kept["frequency"]),
        tuple(
            Question(
                each["id"],
                QuestionKind(each["kind"]),
                each["requirement"],
                Words(each["ja"], each["en"]),
                None if each["fact"] is None else FactKind(each["fact"]),
            )
            for each in kept["questions"]
        ),
    )


def of_answers(answers: Sequence[Answer], otherwise: QuestionSet) -> QuestionSet:
    """Return the set that answers without a kept one were given to: what asks just these questions."""
    told = {answer.question_id for answer in answers}
    for each in (otherwise, *questions().sets.values()):
        if {question.id for question in each.questions} == told:
            return each
    return otherwise
