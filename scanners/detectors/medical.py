"""Diseases of a person in the document: special-care information 要配慮個人情報."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from scanners.detectors.interface import Text
from scanners.diseases import LABELS, diseases
from scanners.model import Category, Evidence, EvidenceKind, Match

_PERSONAL: Final = frozenset(
    {
        Category.PERSON,
        Category.PATIENT_ID,
        Category.DOB,
        Category.MY_NUMBER,
        Category.HEALTH_INSURANCE,
    }
)
_REACH: Final = 160  # characters between a disease and the person it may belong to
# A leaflet speaks to everybody: a disease in such a sentence is nobody's.
_GENERAL: Final = re.compile(
    r"の(?:方|人|患者様?|患者さん)(?:は|が|へ|に|の|向け)|とは[、 ]|について|に関する|しおり|予防|治療薬|"
    r"の治療|学会|外来のご案内|研究|啓発|教室|講演|セミナー|効能|効果|適応|添付文書|ガイドライン|リスク|原因となる|しましょう|ましょう|一般に|"
    r"[Pp]revent|[Gg]uideline|[Ll]eaflet|[Pp]atients with|[Ii]ndicat"
)
_NEGATED: Final = re.compile(r"\A(?:の?(?:家族歴)?(?:は|も)?(?:な[しい]|無し|否定|認めず|認めない|ではない))")


class MedicalDetector:
    """A disease or diagnosis of a person: by the lexicon, or by its ending behind a label.

    Reported: 「病名 急性虫垂炎」, 「130号室 杉森氏(鉄欠乏性貧血)」, "Dx: rheumatoid arthritis". Not reported:
    a disease in a leaflet, in a product text, or in a document that tells of nobody.
    """

    name = "medical"
    version = 1
    categories = frozenset({Category.MEDICAL})
    labels = LABELS

    def detect(self, text: Text) -> Iterator[Match]:
        """Yield the diseases of persons, ordered by start."""
        value = text.value
        persons = sorted(match.start for match in text.matches if match.category in _PERSONAL)
        at = 0
        while at < len(value):
            end = value.find("\n", at)
            end = len(value) if end < 0 else end
            if (
                _near(persons, at, end)
                or text.labels_in(max(0, at - _REACH), end, self.labels)
                or text.column
            ):
                yield from self._line(text, at, end, persons)
            at = end + 1

    def _line(self, text: Text, start: int, end: int, persons: list[int]) -> Iterator[Match]:
        value = text.value
        labelled = bool(text.labels_in(start, end, self.labels)) or text.column is not None
        spans = diseases(value, start, end, suffixes=labelled)
        if not spans:
            return
        general = _GENERAL.search(value, start, end) is not None
        before: Evidence | None = None
        last = -1
        for low, high in spans:
            if _NEGATED.match(value, high, end):
                continue
            label = text.label(low, high, self.labels)
            evidence = label.evidence if label is not None else None
            if evidence is None and before is not None and low - last <= 4:
                evidence = before  # one of several behind the same label: 「急性虫垂炎、不眠症」
            before, last = evidence, high
            context = _near(persons, start, end)
            if evidence is None and (general or not context):
                continue
            reasons = [Evidence(EvidenceKind.DICTIONARY, "disease")]
            reasons += [evidence] if evidence is not None else []
            reasons += [Evidence(EvidenceKind.CONTEXT, "person")] if context else []
            score = 0.9 if evidence is not None and context else 0.8 if evidence is not None else 0.7
            yield Match(low, high, Category.MEDICAL, score, "medical.disease/1", tuple(reasons))


def _near(persons: list[int], start: int, end: int) -> bool:
    """Say whether somebody is told of in [start - reach, end)."""
    return bisect_left(persons, start - _REACH) < bisect_left(persons, end)
