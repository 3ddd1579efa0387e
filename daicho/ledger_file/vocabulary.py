"""What ledgers of companies call columns and values, both languages: data/ledger_headings.yaml, read once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from data import read_text

_JOINTS = re.compile(r"[\W_]+")
_LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a ledger file."""

    id: str
    group: str
    form: str  # how its cells are read: daicho.ledger_file.cells
    title: Mapping[str, str]  # by language
    headings: frozenset[str]  # plain


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one kind of code."""

    shown: Mapping[str, Mapping[str, str]]  # language -> code -> word
    codes: Mapping[str, str]  # plain word -> code

    def code(self, text: str) -> str | None:
        """Return the code that a word stands for, in either language; None for an unknown word."""
        return self.codes.get(plain(text))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything the file knows."""

    columns: Mapping[str, Column]
    headed: Mapping[str, str]  # plain heading -> id of the first column that has it
    groups: Mapping[str, Mapping[str, str]]
    words: Mapping[str, Words]
    yes: frozenset[str]
    no: frozenset[str]
    endless: frozenset[str]
    without_category: frozenset[str]


def plain(text: str) -> str:
    """Return a heading or word without width, case, blanks and joining marks; a mark alone stays itself."""
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    return _JOINTS.sub("", folded) or folded


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary of ledger files."""
    # Every scalar is a text: No is a heading and 1 a word.
    found = yaml.load(read_text("ledger_headings.yaml"), Loader=yaml.BaseLoader)  # noqa: S506 -- makes texts only
    columns = {name: _column(name, each) for name, each in found["columns"].items()}
    headed: dict[str, str] = {}
    for name, column in columns.items():
        for heading in column.headings:
            headed.setdefault(heading, name)
    return Vocabulary(
        columns=columns,
        headed=headed,
        groups={name: dict(zip(_LANGUAGES, pair, strict=True)) for name, pair in found["groups"].items()},
        words={name: _words(table) for name, table in found["words"].items()},
        yes=_plain_set(found["yes"]),
        no=_plain_set(found["no"]),
        endless=_plain_set(found["endless"]),
        without_category=_plain_set(found["without_category"]),
    )


def _column(name: str, found: Mapping[str, object]) -> Column:
    title = {language: str(found[language]) for language in _LANGUAGES}
    also = found["also"]
    assert isinstance(also, list)
    headings = _plain_set([name, *title.values(), *also])
    return Column(name, str(found["group"]), str(found["form"]), title, headings)


def _words(table: Mapping[str, list[str]]) -> Words:
    shown = {
        language: {code: words[index] for code, words in table.items()}
        for index, language in enumerate(_LANGUAGES)
    }
    codes: dict[str, str] = {}
    for code, words in table.items():
        for word in (code, *words):
            codes.setdefault(plain(word), code)
    return Words(shown, codes)


def _plain_set(words: list[str]) -> frozenset[str]:
    return frozenset(plain(word) for word in words)
