"""Words of the dashboard: Japanese sentences are the message ids, English comes from the catalogue."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("ja", "en")
CATALOGUE = Path(__file__).resolve().parent.parent / "locale" / "en" / "LC_MESSAGES" / "daicho.po"


def mark(msgid: str) -> str:
    """Return the message id unchanged: marks words that are translated later, where they are shown."""
    return msgid


class Translator:
    """Gives sentences in one language; a missing translation shows the Japanese source, never a blank."""

    def __init__(self, language: str, messages: dict[str, str]) -> None:
        self.language = language
        self._messages = messages

    def __call__(self, msgid: str, /, **values: object) -> str:
        """Return the sentence with its values put in."""
        return self._messages.get(msgid, msgid).format(**values)


@cache
def english() -> dict[str, str]:
    """Return the English catalogue: Japanese id to English sentence."""
    with CATALOGUE.open("rb") as file:
        return {
            str(each.id): str(each.string) for each in read_po(file, locale="en") if each.id and each.string
        }


@cache
def translator(language: str) -> Translator:
    """Return the translator of "ja" or "en"."""
    return Translator(language, english() if language == "en" else {})
