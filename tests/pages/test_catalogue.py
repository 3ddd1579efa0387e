"""Every sentence of the dashboard exists in both languages, and nothing is translated that is not said."""

from __future__ import annotations

import re
from collections import Counter
from importlib import resources

from daicho.text import CATALOGUES, english, translator
from tests.pages.catalogue import used

PLACES = re.compile(r"\{\w+\}")


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
    found = [each for name in CATALOGUES for each in english(name).values() if words.search(each)]
    assert found == []


def test_an_unknown_sentence_shows_its_source() -> None:
    """A missing translation never leaves a blank."""
    assert translator("en")("訳のない文 {number}", number=3) == "訳のない文 3"


def test_a_sentence_has_one_english_in_all_catalogues() -> None:
    """The catalogues are read as one: of two different sentences one would stand in the wrong place."""
    told: dict[str, dict[str, str]] = {}
    for name in CATALOGUES:
        for msgid, sentence in english(name).items():
            told.setdefault(msgid, {})[sentence] = name
    assert {msgid: texts for msgid, texts in told.items() if len(texts) > 1} == {}


def test_one_catalogue_does_not_repeat_a_sentence() -> None:
    """Of two entries for one sentence the first would be lost without a word."""
    for name in CATALOGUES:
        text = resources.files("daicho.locale").joinpath("en", "LC_MESSAGES", name).read_text("utf-8")
        ids = [line for line in text.splitlines() if line.startswith('msgid "') and line != 'msgid ""']
        assert [line for line, count in Counter(ids).items() if count > 1] == [], name


def test_a_supplier_whose_training_nobody_confirmed_is_not_called_unassessed() -> None:
    """What requirements call 未確認 is another thing than training that is not confirmed."""
    assert (translator("en")("実施未確認"), translator("en")("未確認")) == ("Not confirmed", "Not assessed")


def test_a_label_of_one_thing_is_singular() -> None:
    """One corrective action of an answer is called one."""
    label = "この回答の是正処置"
    assert translator("en")(label, n=1) == "Corrective action"
    assert translator("en")(label, n=2) == "Corrective actions"
    assert translator("ja")(label, n=1) == label
