"""Diseases of a person in the document: special-care information 要配慮個人情報."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from scanners.clinical import Reader, Reading, balance
from scanners.detectors.interface import Label, Text
from scanners.diseases import LABELS, abbreviations, diseases, findings
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
# How what follows or precedes such a name begins or ends.
_TITLES: Final = frozenset(" (医先教准講院博薬看助理社代")
_ROLES: Final = frozenset(" :師者長筆修責役.rf")
_LINE: Final = 400  # a line is looked at so far: a file may be one single line
_REACH: Final = 160  # characters between a disease and the person it may belong to
# Who speaks or treats is not who is ill.
_PROFESSIONAL: Final = re.compile(
    r" ?[(（]?(?:医師|先生|教授|准教授|講師|院長|博士|薬剤師|看護師|助教|理事長|社長|代表)"
)
_BY: Final = re.compile(
    r"(?:講師|演者|座長|執筆|監修|院長|理事長|文責|著者|研究代表者|代表取締役|社長|Dr\.?|Prof\.?)[ ::]{0,3}\Z"
)
# A finding that is missed or only thought of is none; a disease is told of all the same.
_DENIED: Final = re.compile(
    r"(?:など)?(?:[をがは]|も)?(?:疑|示唆|否定)|の可能性|かもしれ|とした場合|に相当|性|へ?の進展|"
    r"[^。\n、]{0,14}?(?:指摘(?:でき|し得)|認め(?:ません|ず|ない|られません|られず)|(?:あり|み(?:られ)?|見られ)ません|"
    r"(?:は|も|の|所見)?な[しい](?![ぁ-ん])|消失|否定)"
)
_IMAGED: Final = 4.0  # weight of a record in which findings of images are told
_ABBREVIATED: Final = 2.5  # the same for HT and DM
_ENOUGH: Final = 1.9  # what must be left of the evidence for a person
_NAME: Final = 40  # characters that the name of a disease may have
_WORD: Final = re.compile("[一-龥々ァ-ヴー]")
_PAUSE: Final = re.compile(r"[。、,;\s]")
# Where only a name stands nearby, the disease must be said of somebody and not of a thing: 心房細動検出.
_ENDED: Final = re.compile(
    r"\Z|[^一-龥々ァ-ヴーA-Za-z0-9」』]|疑|術|後|既往|治療中|加療|合併|発症|入院|通院|再発|罹患|診断|手術"
)
_BLANK_BOX: Final = re.compile(r"[□☐] ?\Z")
_CODE: Final = re.compile(
    r" ?[(\[]? ?(?:(?P<said>ICD-?(?:10|11)?(?:コード)?)[ :]{0,3})?"
    r"(?P<code>[A-TV-Z][0-9]{2}(?:\.?[0-9]{1,2})?)(?![A-Za-z0-9-])(?P<closed>[)\]])?"
)
_DICTIONARY: Final = Evidence(EvidenceKind.DICTIONARY, "disease")
_PERSON_NEAR: Final = Evidence(EvidenceKind.CONTEXT, "person")
_RECORD: Final = Evidence(EvidenceKind.CONTEXT, "record")


@dataclass(slots=True)
class _Line:
    """One line with what may tell whose its diseases are."""

    start: int
    end: int
    label: Evidence | None = None  # of the disease before
    last: int = -1  # where that ended


# Package inserts and labels of drugs and supplements; with two different ones a text is one
_INSERT = re.compile(
    "効能・効果|効能又は効果|用法・用量|使用上の注意|してはいけないこと|相談すること|添付文書|本剤|本品|成分・分量|"
    "機能性表示食品|栄養機能食品|栄養成分表示|医薬部外品|第[123]類医薬品|健康補助食品|登録販売者"
)
_INSERT_REACH = 1_500  # characters to each side in which its signs stand
_CLOSE = 200  # characters to each side in which a person makes it a record all the same


class MedicalDetector:
    """Disease of a person in the document: special-care information (APPI Art. 2(3)).

    What: a name of the lexicon, one made of a site and a kind (左橈骨遠位端骨折), behind a label or in a
    record also a word that ends like a disease (症, 炎, 癌, 病); abbreviations (HT, DM), findings of images
    (結節影) and ICD-10 codes in a record only. A disease that is denied is told of all the same.
    Source: own lexicons, of diseases along the chapters of ICD-10, and of the signs of a record
    (主訴, ages, doses, 「を認める」) and of text for everybody (「とは」, 効能・効果, 第○条).
    Found: 「病名 急性虫垂炎」, 「130号室 杉森氏(鉄欠乏性貧血)」, 「＃1 肺炎」, 「父：胃癌」,
    「喘息の既往なし」, "Dx: rheumatoid arthritis".
    Rejected: a disease in a leaflet, a statute, a product text, a statistic, or where nobody is told of.
    """

    name = "medical"
    version = 3
    categories = frozenset({Category.MEDICAL})
    labels = LABELS

    def __init__(self, reader: Reader | None = None) -> None:
        """Take the reader that later detectors ask for the same text."""
        self._reader = reader or Reader()

    def detect(self, text: Text) -> Iterator[Match]:
        """Yield the diseases of persons, ordered by start."""
        value = text.value
        reading = self._reader.read(value)
        if not reading.diseases:
            return
        persons = persons_of(text)
        inserts = [(sign.start(), sign.group()) for sign in _INSERT.finditer(value)]
        until = -1
        for at in reading.diseases:
            if at < until:
                continue
            start, until = _piece(value, at, max(0, until))
            told = _signs_of_inserts(inserts, start)
            if told > 3 or (told > 1 and not _near(persons, start - _CLOSE, until + _CLOSE)):
                continue
            if self._tells(text, reading, start, until, persons):
                yield from self._line(text, reading, start, until, persons)

    def _tells(self, text: Text, reading: Reading, start: int, end: int, persons: list[int]) -> bool:
        """Say whether the line may tell of somebody's disease: the cheap question before the lexicon."""
        if _near(persons, start, end) or text.column is not None:
            return True
        if text.labels_in(max(0, start - _REACH), end, self.labels):
            return True
        around = reading.around(start)
        return around.record + around.kin >= _ENOUGH

    def _line(
        self, text: Text, reading: Reading, start: int, end: int, persons: list[int]
    ) -> Iterator[Match]:
        value = text.value
        line = _Line(start, end)
        labelled = bool(text.labels_in(start, end, self.labels)) or text.column is not None
        around = reading.around(start)
        first = bisect_left(reading.diseases, start)
        low = max(start, reading.diseases[first] - _NAME)
        high = min(end, reading.diseases[bisect_left(reading.diseases, end, first) - 1] + _NAME)
        spans = diseases(value, low, high, suffixes=labelled or around.record >= _ABBREVIATED)
        if reading.abbreviates(start, end) and (around.record >= _ABBREVIATED or labelled):
            short = labelled or around.record >= 2 * _ABBREVIATED
            spans = _with(spans, abbreviations(value, start, end, short=short))
        if around.record >= _IMAGED:
            seen = [span for span in findings(value, low, high) if not _DENIED.match(value, span[1], end)]
            spans = _with(spans, seen)
        for low, high in spans:
            if value[low - 2 : low] == "%(":  # 「SpO2 96%(RA)」 is the air of the room
                continue
            match = self._judged(text, reading, line, low, high, persons)
            if match is None:
                continue
            yield match
            code = _CODE.match(value, high, end)
            if code is not None and (code["said"] or code["closed"]):
                yield Match(
                    *code.span("code"), Category.MEDICAL, match.score, "medical.code/1", match.evidence
                )

    def _judged(
        self, text: Text, reading: Reading, line: _Line, low: int, high: int, persons: list[int]
    ) -> Match | None:
        """Weigh what speaks for a person against what speaks to everybody."""
        value = text.value
        if _BLANK_BOX.search(value, max(0, low - 2), low):
            return None
        label = text.label(low, high, self.labels)
        evidence = label.evidence if label is not None and not _is_part(value, label) else None
        if evidence is None and line.label is not None and low - line.last <= 4:
            evidence = line.label  # one of several behind the same label: 「急性虫垂炎、不眠症」
        line.label, line.last = evidence, high
        sentence = reading.sentence(low, high)
        said, around = reading.within(*sentence), reading.around(low)
        near = _near(persons, max(line.start, low - _LINE), min(line.end, high + _LINE))
        named = _between(persons, *sentence)
        total = balance(said, around) + 3.0 * (evidence is not None)
        if total > 0.0 or _ENDED.match(value, high):
            total += 2.0 * near + 1.5 * named
        if total < _ENOUGH:
            return None
        reasons = [_DICTIONARY]
        reasons += [evidence] if evidence is not None else []
        reasons += [_PERSON_NEAR] if near else []
        reasons += [_RECORD] if said.record or around.record >= _ABBREVIATED else []
        score = min(0.95, 0.5 + 0.08 * total)
        return Match(low, high, Category.MEDICAL, round(score, 3), "medical.disease/2", tuple(reasons))


def _piece(value: str, at: int, floor: int) -> tuple[int, int]:
    """Return the bounds of the line around `at`, a piece of a very long one, from `floor` on."""
    start = value.rfind("\n", max(floor, at - _LINE), at) + 1 or max(floor, at - _LINE)
    end = value.find("\n", at, at + 2 * _LINE)
    if end >= 0:
        return start, end
    pause = _PAUSE.search(value, at + _LINE, at + 2 * _LINE)
    return start, pause.end() if pause else min(len(value), at + 2 * _LINE)


def _with(spans: list[tuple[int, int]], further: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans together with those of `further` that overlap none of them."""
    if not further:
        return spans
    ends = [end for _, end in spans]
    free = [
        (start, end)
        for start, end in further
        if (index := bisect_right(ends, start)) == len(spans) or spans[index][0] >= end
    ]
    return sorted([*spans, *free])


def persons_of(text: Text) -> list[int]:
    """Return where persons are told of: not who speaks or treats."""
    return sorted(
        match.start
        for match in text.matches
        if match.category in _PERSONAL
        and not (match.category is Category.PERSON and _is_professional(text.value, match.start, match.end))
    )


def _is_professional(value: str, start: int, end: int) -> bool:
    # Most names stand between other characters: two look-ups spare them the expressions.
    if value[end : end + 1] in _TITLES and _PROFESSIONAL.match(value, end):
        return True
    return value[start - 1 : start] in _ROLES and _BY.search(value, max(0, start - 12), start) is not None


def _is_part(value: str, label: Label) -> bool:
    """Say whether a label is the beginning of another word: 疾患別, 診断書料金, アレルギー科."""
    end = label.start + len(label.word)
    return not label.column and label.distance > 0 and _WORD.match(value, end) is not None


def _near(persons: list[int], start: int, end: int) -> bool:
    """Say whether somebody is told of in [start - reach, end)."""
    return bisect_left(persons, start - _REACH) < bisect_left(persons, end)


def _between(persons: list[int], start: int, end: int) -> bool:
    return bisect_left(persons, start) < bisect_left(persons, end)


def _signs_of_inserts(signs: list[tuple[int, str]], at: int) -> int:
    """Return how many signs of a package insert stand around: diseases that a drug is for, or may cause."""
    low = bisect_left(signs, (at - _INSERT_REACH, ""))
    high = bisect_left(signs, (at + _INSERT_REACH, ""))
    return len({sign for _, sign in signs[low:high]})
