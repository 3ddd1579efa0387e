"""Text that people read: Japanese sentences are the message ids, English comes from the catalogues."""

from __future__ import annotations

from functools import cache
from importlib import resources
from string import Formatter
from typing import Final

from babel.messages.pofile import read_po

LANGUAGES: Final = ("ja", "en")
CATALOGUES: Final = ("daicho.po", "commands.po", "reports.po", "ledger.po")
"""Pages, commands, the report for people, and what is wrong with a ledger file."""


def mark(msgid: str) -> str:
    """Return the message id unchanged: marks words that are translated later, where they are shown."""
    return msgid


class _Counting(Formatter):
    """Fills in a sentence; `{number:day|days}` becomes the word that goes with the number."""

    def format_field(self, value: object, format_spec: str) -> str:
        """Return a value as text: with two words in its place, the first for one and the second otherwise."""
        one, bar, several = format_spec.partition("|")
        if bar:
            return one if str(value) == "1" else several
        return str(super().format_field(value, format_spec))


_counting = _Counting()


class Translator:
    """Gives sentences in one language; a missing translation shows the Japanese source, never a blank."""

    def __init__(self, language: str, messages: dict[str, str]) -> None:
        self.language = language
        self._messages = messages

    def __call__(self, msgid: str, /, **values: object) -> str:
        """Return the sentence with its values put in; without values the sentence as it stands."""
        sentence = self._messages.get(msgid, msgid)
        if not values:
            return sentence
        return _counting.format(sentence, **values) if "|" in sentence else sentence.format(**values)


@cache
def english(catalogue: str) -> dict[str, str]:
    """Return one English catalogue: Japanese id to English sentence."""
    file = resources.files("daicho.locale") / "en" / "LC_MESSAGES" / catalogue
    with file.open("rb") as stream:
        return {
            str(each.id): str(each.string) for each in read_po(stream, locale="en") if each.id and each.string
        }


@cache
def translator(language: str) -> Translator:
    """Return the translator of "ja" or "en"."""
    messages: dict[str, str] = {}
    if language == "en":
        for catalogue in CATALOGUES:
            messages |= english(catalogue)
    return Translator(language, messages)
