"""Words that announce, follow or rule out a person's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import yaml

from data import read_text

_WORDS: Final[dict[str, Any]] = yaml.safe_load(read_text("lexicon_names.yaml"))


def lexicon(name: str) -> tuple[str, ...]:
    """Return one list of the lexicon."""
    return tuple(_WORDS[name])


HONORIFICS: Final[tuple[str, ...]] = tuple(_WORDS["honorifics"])
TITLES: Final[tuple[str, ...]] = tuple(_WORDS["titles"])
ORGANISATIONS: Final[tuple[str, ...]] = tuple(_WORDS["organisations"])
PLACES: Final[tuple[str, ...]] = tuple(_WORDS["places"])
PERSON_LABELS: Final[frozenset[str]] = frozenset(_WORDS["person_labels"])
READING_LABELS: Final[frozenset[str]] = frozenset(_WORDS["reading_labels"])
# They keep 「会社名」 or "file name" from passing as 「名」 or "name".
DECOY_LABELS: Final[frozenset[str]] = frozenset(_WORDS["decoy_labels"])
NOT_SURNAMES_EN: Final[frozenset[str]] = frozenset(_WORDS["not_surnames"])
HISTORIC_FIGURES: Final[frozenset[str]] = frozenset(_WORDS["historic_figures"])

ORGANISATION_BEFORE: Final = re.compile(
    r"(?:株式会社|有限会社|合同会社|合資会社|合名会社|法人|\(株\)|\(有\)|"
    r"組合|協会|㈱|㈲|学校|大学|医療法人社団)[ ]?\Z"
)
HISTORY: Final = re.compile(r"時代|幕府|天皇|将軍|大名|武将|藩主|戦国|世紀|維新|朝廷|歴史上")


def one_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return an expression for any of the words; at one place the first of the list wins."""
    return re.compile("|".join(map(re.escape, words)))
