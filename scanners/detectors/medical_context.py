"""Facts of care that are no disease: tests, treatments, departments and drugs in somebody's record."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from scanners.clinical import Reader, balance
from scanners.detectors.interface import Text
from scanners.detectors.medical import persons_of
from scanners.model import Category, Evidence, EvidenceKind, Match

_REACH: Final = 300  # characters between a fact of care and the person or the disease beside it
_ENOUGH: Final = 3.5
_LATIN: Final = re.compile("[A-Za-z0-9]")
# Behind a department: a place or a profession.
_NAME: Final = re.compile("医院|クリニック|病院|医療|専門|学会|センター|部長|医長|医師")
_KATAKANA: Final = re.compile("[ァ-ー]")
_REASONS: Final = (
    Evidence(EvidenceKind.DICTIONARY, "care"),
    Evidence(EvidenceKind.CONTEXT, "record"),
)


class MedicalContextDetector:
    """Fact of care in somebody's record: test, treatment, department or drug.

    What: words of a lexicon where a person or a person's disease stands close by and the passage has the
    shape of a record; alone they show nothing.
    Source: own lexicon; guidance, treatment and dispensing by medical staff and the results of check-ups are
    special-care information (APPI Cabinet Order Art. 2(ii) and (iii)).
    Found: 「岡田様 精神科に通院中」, 「胃癌術後、化学療法を開始した。68歳男性」.
    Rejected: a test or a drug in a leaflet, a department in a directory, a record of nobody.
    """

    name = "medical_context"
    version = 1
    categories = frozenset({Category.MEDICAL_CONTEXT})
    labels = frozenset({"処方薬", "治療内容"})

    def __init__(self, reader: Reader | None = None) -> None:
        """Take the reader that the detector of diseases has used before."""
        self._reader = reader or Reader()

    def detect(self, text: Text) -> Iterator[Match]:
        """Yield the facts of care of persons, ordered by start."""
        reading = self._reader.taken(text.value)
        if not reading.context:
            return
        persons = persons_of(text)
        told = sorted(
            [*persons, *(match.start for match in text.matches if match.category is Category.MEDICAL)]
        )
        if not told:
            return
        until = -1
        for start, end in reading.context:
            if (
                start < until
                or _NAME.match(text.value, end)
                or not _alone(text.value, start, end)
                or not _between(told, start - _REACH, end + _REACH)
            ):
                continue
            sentence = reading.sentence(start, end)
            total = balance(reading.within(*sentence), reading.around(start))
            total += 1.5 * _between(persons, start - _REACH, end + _REACH) + 1.5 * _between(
                persons, *sentence
            )
            if total >= _ENOUGH:
                until = end
                score = round(min(0.85, 0.4 + 0.05 * total), 3)
                yield Match(start, end, Category.MEDICAL_CONTEXT, score, "medical_context/1", _REASONS)


def _alone(value: str, start: int, end: int) -> bool:
    """Say whether a word in Latin letters is whole, and one in katakana no piece of a longer one."""
    return not (
        _joins(value[start - 1 : start], value[start]) or _joins(value[end - 1], value[end : end + 1])
    )


def _joins(left: str, right: str) -> bool:
    return any(kind.match(left) and kind.match(right) for kind in (_LATIN, _KATAKANA))


def _between(places: list[int], start: int, end: int) -> bool:
    return bisect_left(places, start) < bisect_left(places, end)
