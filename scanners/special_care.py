"""Words of special-care-required personal information 要配慮個人情報, and what a field's answer says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import yaml

from data import read_text
from scanners.model import Category

CATEGORIES: Final = (
    Category.DISABILITY,
    Category.CREED,
    Category.RACE_ORIGIN,
    Category.CRIMINAL_RECORD,
    Category.CRIME_VICTIM,
)
_LONGEST: Final = 16  # characters of an answer that no list knows
NOTHING: Final = re.compile(
    r"(?:特に)?(?:な[しいど]|無[しい]?(?!宗教|神論|党派|免許)|該当(?:なし|せず|しない|無)|ありません|不明|"
    r"未[記回確定]|有無|有・無|□|[-—―]+\Z|対象外|非該当|希望しない|答えたくない|回答しない|"
    r"(?i:none|n/?a\b|nil|no\b|unknown|not ))"
)
YES: Final = re.compile(r"(?:有(?![・/無])り?|あり|はい|該当(?!なし|せ|し|無)|○|■ ?有|(?i:yes))")
_WEAK: Final = re.compile(r"(?:最?重度|中[等]?度|軽度|[AB][12]?\Z|[1-7]\Z)")
_SENTENCE: Final = re.compile(r"(?:ます|です|ません|ない|する|した|こと|ため|べき|避ける|ください)\Z")
_NATIONALITY: Final = re.compile(r"(?:日本|外国)(?:人|籍)?\Z")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one category; what each list is for, data/lexicon_special_care.yaml says."""

    labels: frozenset[str]
    doubtful: frozenset[str]
    values: frozenset[str]
    graded: frozenset[str]
    said: frozenset[str]
    beside: frozenset[str]
    decoys: frozenset[str]
    answers: re.Pattern[str]
    general: re.Pattern[str]

    @property
    def fields(self) -> frozenset[str]:
        """All names of fields."""
        return self.labels | self.doubtful

    @property
    def words(self) -> frozenset[str]:
        """Everything that is looked for in a text; decoys hide what they hold."""
        return self.fields | self.values | self.graded | self.said | self.beside | self.decoys


@cache
def vocabularies() -> Mapping[Category, Vocabulary]:
    """Return the words of every category."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(read_text("lexicon_special_care.yaml"))
    return MappingProxyType({category: _vocabulary(loaded[category.value]) for category in CATEGORIES})


def _vocabulary(lists: dict[str, list[str]]) -> Vocabulary:
    return Vocabulary(
        labels=frozenset(lists["labels"]),
        doubtful=frozenset(lists["doubtful"]),
        values=frozenset(lists["values"]),
        graded=frozenset(lists["graded"]),
        said=frozenset(lists["said"]),
        beside=frozenset(lists["beside"]),
        decoys=frozenset(lists["decoys"]),
        answers=_any(lists["answers"]),
        general=_any(lists["general"]),
    )


def _any(parts: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(parts))


def is_answer(category: Category, field: str, value: str, *, record: bool) -> bool:
    """Say whether a field's value says something of somebody; `record` where a person is named nearby.

    What the list of answers knows is one anywhere, but what befell somebody only in a record. A mere yes, a
    grade, or a short answer that no list knows counts behind a name of a field that means nothing else.
    """
    words = vocabularies()[category]
    text = value.partition("(")[0].strip() or value.strip()
    if NOTHING.match(text) or words.general.search(text):
        return False
    if category is Category.RACE_ORIGIN and _NATIONALITY.match(text):
        return False
    known = words.answers.search(value) is not None or any(
        word in value for word in words.values | words.said
    )
    if known:
        return not _SENTENCE.search(text) and (
            record or category is not Category.CRIME_VICTIM or field in words.labels
        )
    if YES.match(text) or (category is Category.DISABILITY and _WEAK.match(text)):
        return record
    if category in (Category.DISABILITY, Category.CRIMINAL_RECORD, Category.CRIME_VICTIM):
        return False
    return field in words.labels and len(text) <= _LONGEST and not _SENTENCE.search(text)
