"""How likely, how bad, and what both come to: the scale of the risk analysis, from data/risk_levels.yaml."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from data import read_text
from registry.reference_file import Value, read

FILE = "risk_levels.yaml"
STEPS = range(1, 6)
"""Likelihood and impact have these steps."""


class Level(enum.IntEnum):
    """What a likelihood and an impact come to."""

    LOW = 0
    MODERATE = 1
    HIGH = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    ja: str
    en: str

    def of(self, language: str) -> str:
        """Return the text in "ja" or "en"."""
        return self.en if language == "en" else self.ja


@dataclass(frozen=True, slots=True)
class Step:
    """One step of likelihood or impact, and what it means."""

    step: int
    name: Words
    means: Words


@dataclass(frozen=True, slots=True)
class Scale:
    """The steps of likelihood and impact, and the level of every pair."""

    version: int
    likelihood: Mapping[int, Step]
    impact: Mapping[int, Step]
    matrix: tuple[tuple[Level, ...], ...]

    def level(self, likelihood: int, impact: int) -> Level:
        """Return the level of a pair; ValueError for steps that there are not."""
        if likelihood not in STEPS or impact not in STEPS:
            raise ValueError("likelihood and impact go from 1 to 5")
        return self.matrix[likelihood - 1][impact - 1]


@cache
def scale() -> Scale:
    """Return the product's scale."""
    return load(read_text(FILE), FILE)


def load(text: str, file: str) -> Scale:
    """Return the scale that a file tells; raises `ReferenceFileError` naming file and line."""
    root = read(text, file)
    known = ("version", "source", "likelihood", "impact", "matrix")
    fields = root.fields(known, known)
    fields["source"].text()
    return Scale(
        version=fields["version"].integer(),
        likelihood=_steps(fields["likelihood"]),
        impact=_steps(fields["impact"]),
        matrix=_matrix(fields["matrix"]),
    )


def words_of(value: Value, *, most: int = 200) -> Words:
    """Return a text that must stand there in both languages."""
    fields = value.fields(("ja", "en"), ("ja", "en"))
    return Words(fields["ja"].text(most), fields["en"].text(most))


def _steps(value: Value) -> dict[int, Step]:
    found: dict[int, Step] = {}
    for number, item in enumerate(value.items(), start=1):
        fields = item.fields(("step", "ja", "en", "means"), ("step", "ja", "en", "means"))
        if fields["step"].integer() != number:
            raise fields["step"].error(f"must be {number}: steps stand in order, from 1")
        name = Words(fields["ja"].text(), fields["en"].text())
        found[number] = Step(number, name, words_of(fields["means"]))
    if list(found) != list(STEPS):
        raise value.error(f"{len(STEPS)} steps are expected here")
    return found


def _matrix(value: Value) -> tuple[tuple[Level, ...], ...]:
    rows = value.items()
    if len(rows) != len(STEPS):
        raise value.error(f"{len(STEPS)} rows are expected here, one per likelihood")
    matrix: list[tuple[Level, ...]] = []
    for row in rows:
        levels = tuple(_level(cell) for cell in row.items())
        if len(levels) != len(STEPS):
            raise row.error(f"{len(STEPS)} levels are expected here, one per impact")
        if list(levels) != sorted(levels):
            raise row.error("a greater impact may not come to a lower level")
        if matrix and any(now < before for before, now in zip(matrix[-1], levels, strict=True)):
            raise row.error("a greater likelihood may not come to a lower level")
        matrix.append(levels)
    return tuple(matrix)


def _level(value: Value) -> Level:
    written = value.text()
    try:
        return Level[written.upper()]
    except KeyError:
        known = ", ".join(each.name.lower() for each in Level)
        raise value.error(f"there is no level {written!r}; known are {known}") from None
