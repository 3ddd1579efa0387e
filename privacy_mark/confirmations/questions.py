"""The questions of confirmations 運用の確認, by kind of operation, from data/confirmations.yaml."""

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

FILE = "confirmations.yaml"
_REQUIREMENT = re.compile(r"J\.\d{1,2}(\.\d{1,2}){1,3}")


class Frequency(enum.StrEnum):
    """How often an operation confirms; the ids are public API."""

    MONTHLY = "monthly"  # 毎月
    YEARLY = "yearly"  # 毎年


class QuestionKind(enum.StrEnum):
    """Who knows the answer."""

    FACT = "fact"  # the platform
    DECLARED = "declared"  # who is responsible
    PHYSICAL = "physical"  # who goes and looks


class FactKind(enum.StrEnum):
    """What the platform knows of a unit."""

    SCANS = "scans"
    DIFFERENCES = "differences"
    EXPOSURE = "exposure"
    RETENTION = "retention"
    LEDGER = "ledger"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class Question:
    """One question."""

    id: str
    kind: QuestionKind
    requirement: str  # clause of the guideline: J.9.2
    text: Words
    fact: FactKind | None = None


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of one kind of operation."""

    id: str
    name: Words
    frequency: Frequency
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """All sets of one version."""

    version: int
    sets: Mapping[str, QuestionSet]
    by_id: Mapping[str, Question]


@cache
def questions() -> Questions:
    """Return the product's questions."""
    return load(read_text(FILE), FILE)


def load(text: str, file: str) -> Questions:
    """Return what a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "sources", "questions", "sets")
    fields = read(text, file).fields(known, known)
    sources = set(fields["sources"].pairs())
    by_id: dict[str, Question] = {}
    for item in fields["questions"].items():
        question = _question(item, sources)
        if question.id in by_id:
            raise item.error(f"the question {question.id!r} is given twice")
        by_id[question.id] = question
    sets: dict[str, QuestionSet] = {}
    for item in fields["sets"].items():
        found = _set(item, by_id)
        if found.id in sets:
            raise item.error(f"the set {found.id!r} is given twice")
        sets[found.id] = found
    unused = by_id.keys() - {each.id for of in sets.values() for each in of.questions}
    if unused:
        raise fields["questions"].error(f"no set asks {', '.join(sorted(unused))}")
    return Questions(fields["version"].integer(), sets, by_id)


def _question(item: Value, sources: set[str]) -> Question:
    required = ("id", "kind", "requirement", "source", "ja", "en")
    fields = item.fields((*required, "fact"), required)
    kind = member(fields["kind"], QuestionKind)
    if (kind is QuestionKind.FACT) != ("fact" in fields):
        raise item.error("a question of the kind fact names its fact, and no other does")
    if fields["source"].text() not in sources:
        raise fields["source"].error("there is no such source")
    requirement = fields["requirement"].text()
    if not _REQUIREMENT.fullmatch(requirement):
        raise fields["requirement"].error("is no clause of the guideline such as J.9.2")
    return Question(
        id=fields["id"].text(64),
        kind=kind,
        requirement=requirement,
        text=Words(fields["ja"].text(), fields["en"].text()),
        fact=member(fields["fact"], FactKind) if "fact" in fields else None,
    )


def _set(item: Value, by_id: Mapping[str, Question]) -> QuestionSet:
    known = ("id", "frequency", "ja", "en", "questions")
    fields = item.fields(known, known)
    asked: list[Question] = []
    for value in fields["questions"].items():
        question = by_id.get(value.text())
        if question is None:
            raise value.error("there is no such question")
        if question in asked:
            raise value.error("is asked twice")
        asked.append(question)
    if not asked:
        raise fields["questions"].error("asks nothing")
    return QuestionSet(
        fields["id"].text(64),
        Words(fields["ja"].text(), fields["en"].text()),
        member(fields["frequency"], Frequency),
        tuple(asked),
    )
