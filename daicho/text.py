"""Text that people read: Japanese sentences are the message ids, English comes from the catalogues."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

from babel.messages.pofile import read_po

LANGUAGES: Final = ("ja", "en")
CATALOGUES: Final = ("daicho.po", "commands.po", "reports.po")


def mark(msgid: str) -> str:
    """Return the message id unchanged: marks words that are translated later, where they are shown."""
    return msgid


class Translator:
    """Gives sentences in one language; a missing translation shows the Japanese source, never a blank."""

    def __init__(self, language: str, messages: dict[str, tuple[str, ...]]) -> None:
        self.language = language
        self._messages = messages

    def __call__(self, msgid: str, /, **values: object) -> str:
        """Return the sentence with its values put in; without values the sentence as it stands."""
        found = self._messages.get(msgid)
        sentence = found[0] if found else msgid
        return sentence.format(**values) if values else sentence

    def count(self, msgid: str, number: int, /, **values: object) -> str:
        """Return the sentence for a number; the plural form of English is chosen by `number`."""
        found = self._messages.get(msgid, (msgid,))
        form = found[0] if number == 1 or len(found) == 1 else found[1]
        return form.format(**values)


@cache
def english() -> dict[str, tuple[str, ...]]:
    """Return the English catalogues: Japanese id to one form, or to the forms for one and many."""
    messages: dict[str, tuple[str, ...]] = {}
    folder = resources.files("daicho.locale") / "en" / "LC_MESSAGES"
    for name in CATALOGUES:
        with (folder / name).open("rb") as file:
            for message in read_po(file, locale="en"):
                if not message.id or not message.string:
                    continue
                plural = isinstance(message.id, tuple)
                key = message.id[0] if isinstance(message.id, tuple) else str(message.id)
                messages[key] = tuple(message.string) if plural else (str(message.string),)
    return messages


@cache
def translator(language: str) -> Translator:
    """Return the translator of "ja" or "en"."""
    return Translator(language, english() if language == "en" else {})
