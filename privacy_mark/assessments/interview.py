"""The questions of the interview with top management トップインタビュー, from data/pm_interview.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from data import read_text
from privacy_mark.certificates.reading import confidence, named
from registry.reference_file import read
from registry.risk_levels import Words

FILE = "pm_interview.yaml"


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and the clause of the guideline that it is about."""

    id: str
    requirement: str
    words: Words


@cache
def questions() -> Mapping[str, Question]:
    """Return the product's questions by id, in their order."""
    return load(read_text(FILE), FILE)


def load(text: str, file: str) -> dict[str, Question]:
    """Return what a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "confidence", "questions")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    confidence(fields["confidence"])
    found: dict[str, Question] = {}
    for item in fields["questions"].items():
        of = item.fields(("id", "requirement", "ja", "en"), ("id", "requirement", "ja", "en"))
        name = of["id"].text(64)
        if name in found:
            raise item.error(f"{name!r} is given twice")
        found[name] = Question(name, of["requirement"].text(64), named(of))
    return found
