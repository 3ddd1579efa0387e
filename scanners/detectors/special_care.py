"""Special-care-required information 要配慮個人情報 beside illness: disability, creed, origin, crime."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import Final

import yaml

from data import read_text
from scanners.detectors.evidence import score
from scanners.detectors.interface import Text
from scanners.model import Category, Evidence, EvidenceKind, Match

_CATEGORIES: Final = (
    Category.DISABILITY,
    Category.CREED,
    Category.RACE_ORIGIN,
    Category.CRIMINAL_RECORD,
    Category.CRIME_VICTIM,
)
_REACH: Final = 300  # characters above a value in which its record may name the person
_AROUND: Final = 14  # characters to each side in which a word makes the value a general matter
_DEGREE: Final = re.compile(
    r"[ (:]{0,2}(?:判定)?(?:第?[1-7一二三四五六七]種?[ ]?[級種度]|[AB][12]?(?![A-Za-z0-9])|"
    r"重度|中度|軽度|最重度|区分[1-6])[)]?(?:[ ]?[12一二]種)?"
)
_FIELD: Final = re.compile(r"[ \t]{0,4}(?:[:=|\t→]|\n?[ \t]*\]?)[ \t]{0,4}")
_VALUE: Final = re.compile(r"[^\n\t|,;、。:]{2,40}")
_CELL: Final = re.compile(r"[^\s](?:[^\n]{0,38}[^\s])?(?=\s*(?:\n|\Z))")
_NOTHING: Final = re.compile(
    r"(?:特に)?(?:な[しいど]|無[しい]?|該当(?:なし|せず|しない)|ありません|不明|未[記回確]|有無|□|[-—―]+\Z|(?i:none|n/a|nil|no\b|unknown))"
)
# Who is spoken of, where no name stands: a member of the family, an age, or the roles of a record
_SOMEBODY: Final = re.compile(
    r"(?:本人|同人|当人|同氏|患者|入所者|対象者|申請者|応募者|相談者|児童|生徒|被告人|被疑者|"
    r"長男|長女|次男|次女|二男|二女|夫|妻|父|母|兄|弟|姉|妹|息子|娘|祖父|祖母)"
    r"(?:は|が|の|も|に|へ|を|より|から|[ :(,、])|[0-9]{1,3}歳|"
    r"(?<![A-Za-z])(?:[Hh]e|[Ss]he|[Hh]is|[Hh]er)(?![A-Za-z])"
)


@cache
def _words() -> dict[Category, dict[str, list[str]]]:
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(read_text("lexicon_special_care.yaml"))
    return {category: loaded[category.value] for category in _CATEGORIES}


@cache
def _general(category: Category) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _words()[category]["general"])))


class SpecialCare:
    """Special-care-required information beside illness: disability, creed, race and origin, crime.

    What: disability 障害 (certificates 手帳 with their grade, pensions, kinds), creed 信条, race, origin and
    social status 人種・社会的身分, criminal record and procedure 犯罪の経歴・刑事手続, the fact of having
    been the victim of a crime 犯罪により害を被った事実.
    Source: APPI Art. 2(3), Cabinet Order Art. 2; what counts follows the PPC's general guidelines 2-3:
    nationality alone is no race, and what merely lets one guess is no such information.
    Found: the value of a field of that name 「障害：身体障害者手帳2級」; a word of the lexicon where somebody
    in particular is spoken of: a name or a role in its sentence, a name in the record above it.
    Rejected: laws, statistics, services and goods 「障害者雇用率」「信教の自由」「被害届の件数」; fields left
    empty or answered by 「なし」.
    """

    name = "special_care"
    version = 1
    categories = frozenset(_CATEGORIES)

    def __init__(self) -> None:
        self._values = {category: frozenset(words["values"]) for category, words in _words().items()}
        self._fields = {category: frozenset(words["labels"]) for category, words in _words().items()}
        self.labels = frozenset[str]().union(*self._values.values(), *self._fields.values())

    def detect(self, text: Text) -> Iterator[Match]:
        """Yield what stands in fields of such a name, and words of somebody in particular."""
        found = [] if text.column is None else list(self._cells(text, text.column))
        for label in text.labels_in(0, len(text.value), self.labels):
            end = label.start + len(label.word)
            for category in _CATEGORIES:
                match = None
                if label.word in self._fields[category] and not _is_part(text, label.start):
                    match = self._field(text, category, label.word, end)
                if match is None and label.word in self._values[category]:
                    match = self._word(text, category, label.word, label.start, end)
                if match is not None:
                    found.append(match)
        yield from sorted(found, key=lambda match: (match.start, match.end))

    def _cells(self, text: Text, header: str) -> Iterator[Match]:
        """Yield the cells of a column of such a name that say something."""
        for category in _CATEGORIES:
            word = max((word for word in self._fields[category] if word in header), key=len, default="")
            if not word or _general(category).search(header):
                continue
            evidence = Evidence(EvidenceKind.COLUMN, word)
            for cell in _CELL.finditer(text.value):
                if not _NOTHING.match(cell.group()) and self._says(category, cell.group()):
                    yield _match(category, cell.start(), cell.end(), evidence)

    def _field(self, text: Text, category: Category, word: str, end: int) -> Match | None:
        """Return the value behind the name of a field, unless it says nothing of anybody."""
        joint = _FIELD.match(text.value, end, end + 10)
        if joint is None or not joint.group().strip(" "):
            return None
        value = _VALUE.match(text.value, joint.end(), joint.end() + 40)
        if value is None or _NOTHING.match(value.group().strip()) or not self._says(category, value.group()):
            return None
        written = value.group().rstrip()
        start = value.start() + len(written) - len(written.lstrip())
        return _match(category, start, value.start() + len(written), Evidence(EvidenceKind.LABEL, word))

    def _says(self, category: Category, value: str) -> bool:
        """Say whether a field's value is one: a short answer, of crimes and victims a word of the lexicon."""
        if any(word in value for word in self._values[category]):
            return True
        if category in (Category.CRIMINAL_RECORD, Category.CRIME_VICTIM):
            return False
        return len(value.strip()) <= 16 and not _general(category).search(value)

    def _word(self, text: Text, category: Category, word: str, start: int, end: int) -> Match | None:
        """Return a word of the lexicon with its degree, where the text speaks of somebody."""
        value = text.value
        degree = _DEGREE.match(value, end, end + 14)
        stop = degree.end() if degree else end
        low, high = _sentence(text, start)
        after = value[stop : min(high, stop + _AROUND)]
        if _general(category).search(after) or _general(category).search(
            value[max(low, start - _AROUND) : start]
        ):
            return None
        if _NOTHING.match(after.lstrip(" :は。")):
            return None
        dictionary = Evidence(EvidenceKind.DICTIONARY, word)
        if _is_named(text, low, high) or _SOMEBODY.search(value, low, high):
            return _match(category, start, stop, dictionary, Evidence(EvidenceKind.CONTEXT, "somebody"))
        if degree and _is_named(text, max(0, start - _REACH), start):
            return _match(category, start, stop, dictionary, Evidence(EvidenceKind.CONTEXT, "record"))
        return None


def _is_part(text: Text, start: int) -> bool:
    """Say whether a field's name is the end of a longer word: 「システム障害」."""
    return start > 0 and text.value[start - 1].isalpha()


def _match(category: Category, start: int, end: int, *evidence: Evidence) -> Match:
    form = Evidence(EvidenceKind.PATTERN)
    return Match(
        start, end, category, score(form, *evidence), f"special_care.{category.lower()}/1", (form, *evidence)
    )


def _sentence(text: Text, at: int) -> tuple[int, int]:
    low, high = text.line(at)
    low = max(low, text.value.rfind("。", low, at) + 1)
    stop = text.value.find("。", at, high)
    return low, high if stop < 0 else stop


def _is_named(text: Text, start: int, end: int) -> bool:
    """Say whether a person's name begins in [start, end)."""
    matches = text.matches
    index = bisect_left(matches, start, key=lambda match: match.start)
    while index < len(matches) and matches[index].start < end:
        if matches[index].category is Category.PERSON:
            return True
        index += 1
    return False
