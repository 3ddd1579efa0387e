"""What a flow chart shows: one box a phase, with facts and risk marks, in words of the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that an entry says: its name and its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class RiskMark:
    """Threats of one level: `tone` is the step 0..4 of the risk scale, None for those not judged yet."""

    label: str  # ▲ 高 2
    tone: int | None
    threats: Sequence[str] = ()  # what the gravest are called


@dataclass(frozen=True, slots=True)
class Box:
    """One phase."""

    name: str
    facts: Sequence[Fact]
    risks: Sequence[RiskMark] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole chart: boxes one after the other, and one that branches off below two of them."""

    title: str
    description: str
    boxes: Sequence[Box]
    branch: Box
    branches_from: int  # place of the box that it begins at


def described(boxes: Sequence[Box]) -> str:
    """Return boxes as text, for those who do not see the picture."""
    parts = []
    for box in boxes:
        facts = "; ".join(f"{fact.name}: {fact.value}" for fact in box.facts)
        risks = ", ".join(mark.label for mark in box.risks)
        parts.append(f"{box.name} — {facts}" + (f" [{risks}]" if risks else ""))
    return "\n".join(parts)
