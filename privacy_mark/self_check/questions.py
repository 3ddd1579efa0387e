"""The questions of the Global Security Self Check and the answers that do not go together."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from data import read_text
from privacy_mark.reading import member
from registry.reference_file import Value, read
from registry.risk_levels import Words

FILE = "self_check.yaml"
_CONTROL = re.compile(r"[5-8]\.\d{1,2}")


class Level(enum.StrEnum):
    """How far something is done."""

    IMPLEMENTED = "implemented"  # 実施済み
    PARTLY = "partly"  # 一部
    PLANNED = "planned"  # 予定, by a day
    NO = "no"  # 未実施
    NOT_APPLICABLE = "not_applicable"  # 該当なし, with a reason


@dataclass(frozen=True, slots=True)
class Topic:
    """What some questions are about."""

    id: str
    name: Words


@dataclass(frozen=True, slots=True)
class Question:
    """One question and the controls that it asks for."""

    id: str
    topic: str
    controls: tuple[str, ...]
    text: Words
    since: int = 1  # first version that asks it
    until: int | None = None  # last version that asks it


@dataclass(frozen=True, slots=True)
class Rule:
    """Answers to two questions that do not go together, and what to say then."""

    question: str
    answers: frozenset[Level]
    other: str
    never: frozenset[Level]
    text: Words


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """The questionnaire, with the questions of all its versions or of one."""

    version: int
    control_set: str
    topics: tuple[Topic, ...]
    questions: Mapping[str, Question]
    rules: tuple[Rule, ...]

    def of(self, version: int) -> SelfCheck:
        """Return what one version asks: neither what came later nor what was dropped before."""
        asked = {
            each.id: each
            for each in self.questions.values()
            if each.since <= version and (each.until is None or version <= each.until)
        }
        about = {each.topic for each in asked.values()}
        return SelfCheck(
            version,
            self.control_set,
            tuple(each for each in self.topics if each.id in about),
            asked,
            tuple(each for each in self.rules if each.question in asked and each.other in asked),
        )


@cache
def self_check() -> SelfCheck:
    """Return the product's questionnaire with every question that was ever asked."""
    return load(read_text(FILE), FILE)


def load(text: str, file: str) -> SelfCheck:
    """Return what a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "control_set", "sources", "topics", "questions", "rules")
    fields = read(text, file).fields(known, known)
    version = fields["version"].integer()
    sources = set(fields["sources"].pairs())
    topics: dict[str, Topic] = {}
    for item in fields["topics"].items():
        parts = item.fields(("id", "ja", "en"), ("id", "ja", "en"))
        name = _new_id(parts["id"], topics)
        topics[name] = Topic(name, Words(parts["ja"].text(), parts["en"].text()))
    questions: dict[str, Question] = {}
    for item in fields["questions"].items():
        question = _question(item, topics, sources, questions, version)
        questions[question.id] = question
    rules = tuple(_rule(item, questions) for item in fields["rules"].items())
    return SelfCheck(version, fields["control_set"].text(), tuple(topics.values()), questions, rules)


def _new_id(value: Value, known: Mapping[str, object]) -> str:
    name = value.text(64)
    if name in known:
        raise value.error("is given twice")
    return name


def _question(
    item: Value, topics: Mapping[str, Topic], sources: set[str], known: Mapping[str, Question], version: int
) -> Question:
    names = ("id", "topic", "source", "controls", "ja", "en")
    fields = item.fields((*names, "since", "until"), names)
    since = fields["since"].integer() if "since" in fields else 1
    until = fields["until"].integer() if "until" in fields else None
    if not 1 <= since <= version:
        raise fields["since"].error(f"is no version up to {version}")
    if until is not None and not since <= until < version:
        raise fields["until"].error("is no version between the first that asks it and the present one")
    if fields["topic"].text() not in topics:
        raise fields["topic"].error("there is no such topic")
    if fields["source"].text() not in sources:
        raise fields["source"].error("there is no such source")
    controls = []
    for value in fields["controls"].items():
        if not _CONTROL.fullmatch(value.text()):
            raise value.error("is no control such as 5.1")
        controls.append(value.text())
    return Question(
        _new_id(fields["id"], known),
        fields["topic"].text(),
        tuple(controls),
        Words(fields["ja"].text(), fields["en"].text()),
        since,
        until,
    )


def _rule(item: Value, questions: Mapping[str, Question]) -> Rule:
    names = ("question", "answers", "other", "never", "ja", "en")
    fields = item.fields(names, names)
    for name in ("question", "other"):
        if fields[name].text() not in questions:
            raise fields[name].error("there is no such question")
    return Rule(
        fields["question"].text(),
        frozenset(member(each, Level) for each in fields["answers"].items()),
        fields["other"].text(),
        frozenset(member(each, Level) for each in fields["never"].items()),
        Words(fields["ja"].text(), fields["en"].text()),
    )
