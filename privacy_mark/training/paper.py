"""The test paper: which questions are drawn, in which order their answers stand, and what was answered.

Drawing is a pure function of the material and a seed, so that every paper can be made again from the record:
questions of every topic, as evenly as there are any, in random order with their answers in random order.
What a browser gets holds no sign of which answer is right.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass

from privacy_mark.training.content import Content, Question
from registry.errors import InvalidValue
from registry.risk_levels import Words


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is shown: the answers in the order of this paper."""

    id: str
    topic: str
    text: Words
    answers: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered to one question, and whether it was right."""

    id: str
    topic: str
    chosen: int  # place among the answers of the paper, from 0
    right: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """A paper that was handed in."""

    answers: tuple[Answered, ...]
    score: int  # percent, rounded down
    passed: bool

    def by_topic(self) -> dict[str, tuple[int, int]]:
        """Return for each topic how many answers were right and how many were asked."""
        found: dict[str, tuple[int, int]] = {}
        for each in self.answers:
            right, asked = found.get(each.topic, (0, 0))
            found[each.topic] = (right + each.right, asked + 1)
        return found


def drawn(content: Content, seed: str) -> tuple[Asked, ...]:
    """Return the questions of a paper; the same material and seed give the same paper."""
    return tuple(
        Asked(question.id, question.topic, question.text, tuple(words for _, words in answers))
        for question, answers in _laid_out(content, seed)
    )


def marked(content: Content, seed: str, chosen: Mapping[str, int]) -> Marked:
    """Return what a paper came to; InvalidValue: `answers` `incomplete` or `unknown`."""
    answers = []
    paper = _laid_out(content, seed)
    if set(chosen) - {question.id for question, _ in paper}:
        raise InvalidValue("answers", "unknown")
    for question, choices in paper:
        place = chosen.get(question.id)
        if place is None:
            raise InvalidValue("answers", "incomplete")
        if not 0 <= place < len(choices):
            raise InvalidValue("answers", "unknown")
        answers.append(Answered(question.id, question.topic, place, choices[place][0]))
    score = 100 * sum(each.right for each in answers) // len(answers)
    return Marked(tuple(answers), score, score >= content.pass_percent)


def sheet(of: Marked, language: str) -> str:
    """Return an answer sheet as it is kept."""
    lines = [[each.id, each.topic, each.chosen, each.right] for each in of.answers]
    return json.dumps({"score": of.score, "passed": of.passed, "language": language, "answers": lines})


def sheet_of(text: str) -> Marked:
    """Return a kept answer sheet."""
    kept = json.loads(text)
    return Marked(tuple(Answered(*line) for line in kept["answers"]), kept["score"], kept["passed"])


def _laid_out(content: Content, seed: str) -> list[tuple[Question, list[tuple[bool, Words]]]]:
    chance = random.Random(seed)  # noqa: S311 - which questions come up is no secret to be guessed
    by_topic: dict[str, list[Question]] = {topic: [] for topic in content.topics}
    for question in content.questions.values():
        by_topic[question.topic].append(question)
    piles = list(by_topic.values())
    for pile in piles:
        chance.shuffle(pile)
    chosen: list[Question] = []
    while len(chosen) < content.asked:
        for pile in piles:
            if pile and len(chosen) < content.asked:
                chosen.append(pile.pop())
    chance.shuffle(chosen)
    paper = []
    for question in chosen:
        answers = [(True, question.right), *((False, each) for each in question.wrong)]
        chance.shuffle(answers)
        paper.append((question, answers))
    return paper
