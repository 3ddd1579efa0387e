"""Which companies and questions headquarters verifies: drawn so that anybody can draw them again.

Companies with doubts come first, the rest by a keyed lot of the round; questions of a company likewise, those
that it says are done before others, because only a claim can be verified.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from privacy_mark.self_check.answers import Answer
from privacy_mark.self_check.questions import Level

QUESTIONS = 5  # verified of one company


@dataclass(frozen=True, slots=True)
class Candidate:
    """A company that has answered."""

    id: int
    doubts: int


def companies(candidates: Sequence[Candidate], share: float, lot: str) -> list[int]:
    """Return the companies to verify: at least this share of all, and at least one where there is any.

    ValueError for a share that is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise ValueError("the share lies above 0 and is at most 1")
    ranked = sorted(candidates, key=lambda each: (-each.doubts, _lot(lot, str(each.id)), each.id))
    return sorted(each.id for each in ranked[: math.ceil(share * len(ranked))])


def questions(answers: Sequence[Answer], lot: str, most: int = QUESTIONS) -> list[str]:
    """Return the questions of one company to verify, in the order of the answers."""
    claimed = (Level.IMPLEMENTED, Level.PARTLY)
    ranked = sorted(answers, key=lambda each: (each.level not in claimed, _lot(lot, each.question_id)))
    chosen = {each.question_id for each in ranked[:most]}
    return [each.question_id for each in answers if each.question_id in chosen]


def _lot(lot: str, name: str) -> str:
    return hashlib.sha256(f"{lot}/{name}".encode()).hexdigest()
