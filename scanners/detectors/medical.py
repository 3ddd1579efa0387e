"""Diseases of a person in the document: special-care information 要配慮個人情報."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from scanners.detectors.interface import Label, Text
from scanners.diseases import LABELS, diseases, may_name_disease
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
_SENTENCE: Final = 60  # characters around a disease that say whether everybody is meant
_LINE: Final = 400  # a line is looked at so far: a file may be one single line
_REACH: Final = 160  # characters between a disease and the person it may belong to
# A leaflet speaks to everybody: a disease in such a sentence is nobody's.
_GENERAL: Final = re.compile(
    r"の(?:方|人|患者様?|患者さん)(?:は|が|へ|に|の|向け)|とは[、 ]|しおり|予防|治療薬|外来(?:を|は|の|診療)|"
    r"診療時間|添付文書|ガイドライン|しましょう|ましょう|一般に|ワクチン|検診のお知らせ|"
    r"(?:疾患|病名|診断|傷病|年齢|診療科)(?:名)?別|の順[にで]|上位|疑(?:われ|い|)の?(?:る|った)?(?:とき|場合)|"
    r"[Pp]revent|[Gg]uideline|[Ll]eaflet|[Pp]atients with|[Ii]ndicat"
)
# A sentence about a disease as such, unless it names somebody.
_ABOUT: Final = re.compile(
    r"について(?!の?説明を受)|に関する|の治療|学会|研究|啓発|教室|講演|セミナー|効能|効果|適応|リスク|原因となる"
)
# What is said of one patient even where the report does not name him.
# Every alternative begins with a letter of its own: the search then runs from one such letter to the next.
_CARE: Final = "(?:入院|通院|加療|休職|休業|手術)"
_COURSE: Final = "(?:を|あり|が)"
_CLINICAL: Final = re.compile(
    r"認め(?:ます|る(?=[。、,\s])|られ|た)|と考え(?:ます|られ)|疑(?:われ|い(?:ます|です)|う所見)|術後|"
    rf"にて{_CARE}|で{_CARE}|により{_CARE}|のため{_CARE}|を発症|と診断|"
    rf"再発{_COURSE}|増大{_COURSE}|縮小{_COURSE}|進行{_COURSE}|"
    r"に対する(?:検査|手術|処置|治療)の(?:目的|必要)|"
    r"s/p|status post|consistent with|suspicious for"
)
_NEGATED: Final = re.compile(
    r" ?(?:の?(?:既往|家族歴|所見|疑い|可能性))?(?:は|も)?[:(]? ?"
    r"(?:な[しい]|無し|無(?=\W)|否定|認めず|認めない|ではない|\(-\))"
)


class MedicalDetector:
    """Disease of a person in the document: special-care information (APPI Art. 2(3)).

    What: a name of the lexicon, or behind a label a word that ends like a disease (症, 炎, 癌, 病, 腫瘍).
    Source: own lexicon along the chapters of ICD-10.
    Found: 「病名 急性虫垂炎」, 「130号室 杉森氏(鉄欠乏性貧血)」, "Dx: rheumatoid arthritis".
    Rejected: a disease in a leaflet or a product text, or where nobody is told of; 「糖尿病なし」.
    """

    name = "medical"
    version = 2
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
            if self._tells(text, at, end, persons):
                yield from self._line(text, at, end, persons)
            at = end + 1

    def _tells(self, text: Text, start: int, end: int, persons: list[int]) -> bool:
        """Say whether the line may tell of somebody's disease: the cheap question before the lexicon."""
        if _near(persons, start, end) or text.column is not None:
            return True
        announced = bool(text.labels_in(max(0, start - _REACH), end, self.labels))
        return announced or _CLINICAL.search(text.value, start, end) is not None

    def _line(self, text: Text, start: int, end: int, persons: list[int]) -> Iterator[Match]:
        value = text.value
        if not may_name_disease(value, start, end):
            return
        clinical = _CLINICAL.search(value, start, end) is not None
        labelled = bool(text.labels_in(start, end, self.labels)) or text.column is not None
        spans = diseases(value, start, end, suffixes=labelled or clinical)
        if not spans:
            return
        before: Evidence | None = None
        last = -1
        for low, high in spans:
            if _NEGATED.match(value, high, end):
                continue
            label = text.label(low, high, self.labels)
            evidence = label.evidence if label is not None and not _grouped_by(value, label) else None
            if evidence is None and before is not None and low - last <= 4:
                evidence = before  # one of several behind the same label: 「急性虫垂炎、不眠症」
            before, last = evidence, high
            around = max(start, low - _SENTENCE), min(end, high + _SENTENCE)
            general = _GENERAL.search(value, *around) is not None
            if not general and _ABOUT.search(value, *around):
                general = not _between(persons, *around)
            context = _near(persons, max(start, low - _LINE), min(end, high + _LINE))
            if evidence is None and (general or not (context or clinical)):
                continue
            reasons = [Evidence(EvidenceKind.DICTIONARY, "disease")]
            reasons += [evidence] if evidence is not None else []
            reasons += [Evidence(EvidenceKind.CONTEXT, "person")] if context else []
            reasons += [Evidence(EvidenceKind.CONTEXT, "finding")] if clinical else []
            score = 0.8 if evidence is not None else 0.7 if context else 0.6
            score += 0.1 * (evidence is not None and context)
            yield Match(low, high, Category.MEDICAL, score, "medical.disease/1", tuple(reasons))


def _grouped_by(value: str, label: Label) -> bool:
    """Say whether a label tells how patients were counted: 「疾患別では脳梗塞、肺炎の順に」."""
    return not label.column and value.startswith("別", label.start + len(label.word))


def _near(persons: list[int], start: int, end: int) -> bool:
    """Say whether somebody is told of in [start - reach, end)."""
    return bisect_left(persons, start - _REACH) < bisect_left(persons, end)


def _between(persons: list[int], start: int, end: int) -> bool:
    return bisect_left(persons, start) < bisect_left(persons, end)
