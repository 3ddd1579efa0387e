"""Every sentence of the dashboard exists in both languages, and nothing is translated that is not said."""

from __future__ import annotations

import re

from daicho.text import english, translator
from tests.pages.catalogue import used

PLACES = re.compile(r"\{\w+\}")
FILES = ("commands.po", "daicho.po", "ledger.po", "reports.po")


def test_every_sentence_has_an_english_one() -> None:
    """No page shows Japanese to an English reader because a translation was forgotten."""
    assert sorted(used().keys() - english("daicho.po").keys()) == []


def test_no_translation_is_left_over() -> None:
    """The catalogue holds only what the sources still say."""
    assert sorted(english("daicho.po").keys() - used().keys()) == []


def test_both_languages_name_the_same_values() -> None:
    """A translation can neither lose nor invent a value."""
    different = [
        msgid
        for msgid, english_one in english("daicho.po").items()
        if {*PLACES.findall(msgid)} != {*PLACES.findall(english_one)}
    ]
    assert different == []


def test_english_makes_nobody_a_man_or_a_woman() -> None:
    """Auditors, managers and persons are "they"."""
    words = re.compile(r"\b(he|him|his|himself|she|hers|herself)\b", re.IGNORECASE)
    found = [each for name in FILES for each in english(name).values() if words.search(each)]
    assert found == []


def test_an_unknown_sentence_shows_its_source() -> None:
    """A missing translation never leaves a blank."""
    assert translator("en")("訳のない文 {number}", number=3) == "訳のない文 3"
