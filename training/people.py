"""Invented persons in every spelling: kanji, kana, Latin script; families that are common, rare or made up.

Names come from japanese-personal-name-dataset (MIT); foreign names from words.yaml.
"""

from __future__ import annotations

import csv
import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_DATASET: Final = "japanese_personal_name_dataset"
_HELD_OUT_SHARE: Final = 12  # percent of all surnames and readings of given names
_TO_KATAKANA: Final = str.maketrans({chr(code): chr(code + 0x60) for code in range(0x3041, 0x3097)})


@dataclass(frozen=True, slots=True)
class Part:
    """A surname or given name: written form, reading in hiragana, Latin letters."""

    written: str
    reading: str
    latin: str


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person; foreigners have their katakana or Latin form as written form."""

    family: Part
    given: Part

    @property
    def kana(self) -> tuple[str, str]:
        """Family and given name in katakana."""
        return self.family.reading.translate(_TO_KATAKANA), self.given.reading.translate(_TO_KATAKANA)


def held_out(text: str) -> bool:
    """Say whether a name or template is kept for measuring; the same answer in every run."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=4).digest()[0] % 100 < _HELD_OUT_SHARE


class People:
    """Draws persons; those of the measuring half share no surname and no given name with the others."""

    def __init__(self, words: Mapping[str, Sequence[str]], *, measuring: bool) -> None:
        self._words = words
        families = [part for part in _families() if held_out(part.written) == measuring]
        self._families = families
        self._weights = [count**0.6 for part, count in _counts(families)]
        self._common = _givens("opti", measuring)
        self._all = _givens("org", measuring)
        # First and last kanji of surnames, to make up rare ones.
        self._heads = [part for part in families if len(part.written) == 2]

    def japanese(self, chance: random.Random) -> Person:
        """Return a person with a name in kanji, now and then in kana."""
        return Person(self.family(chance), self.given(chance))

    def family(self, chance: random.Random) -> Part:
        """Return a surname: half by its frequency, half rare or made up."""
        draw = chance.random()
        if draw < 0.5:
            return chance.choices(self._families, self._weights)[0]
        if draw < 0.85:
            return chance.choice(self._families)
        head, tail = chance.choice(self._heads), chance.choice(self._heads)
        return Part(head.written[0] + tail.written[1], head.reading[:2] + tail.reading[-2:], head.latin)

    def given(self, chance: random.Random) -> Part:
        """Return a given name in kanji, sometimes in hiragana or katakana."""
        reading, latin, forms = chance.choice(self._common if chance.random() < 0.6 else self._all)
        draw = chance.random()
        if draw < 0.06 and len(reading) > 1:
            return Part(reading, reading, latin)
        if draw < 0.08 and len(reading) > 1:
            return Part(reading.translate(_TO_KATAKANA), reading, latin)
        return Part(chance.choice(forms), reading, latin)

    def asian(self, chance: random.Random) -> Person:
        """Return a person with a Chinese or Korean name in kanji."""
        family, given = chance.choice(self._words["family_zh"]), chance.choice(self._words["given_zh"])
        return Person(Part(family, "", ""), Part(given, "", ""))

    def foreign(self, chance: random.Random, script: str) -> tuple[str, str]:
        """Return given and family name of a foreigner; script "kana" or "en"."""
        return chance.choice(self._words[f"first_{script}"]), chance.choice(self._words[f"last_{script}"])


def _rows(name: str) -> list[list[str]]:
    place = files(_DATASET) / "dataset" / name
    return list(csv.reader(place.read_text(encoding="utf-8").splitlines()))


@cache
def _family_rows() -> tuple[tuple[Part, int], ...]:
    return tuple((Part(row[0], row[2], row[3]), int(row[1])) for row in _rows("last_name_org.csv"))


def _families() -> list[Part]:
    return [part for part, _ in _family_rows()]


def _counts(wanted: Sequence[Part]) -> list[tuple[Part, int]]:
    counts = dict(_family_rows())
    return [(part, counts[part]) for part in wanted]


def _givens(size: str, measuring: bool) -> list[tuple[str, str, list[str]]]:
    found = []
    for kind in ("man", "woman"):
        for reading, latin, *forms in _rows(f"first_name_{kind}_{size}.csv"):
            if forms and held_out(reading) == measuring:
                found.append((reading, latin, forms))
    return found
