"""Text that people read: Japanese source strings, English from the catalogue beside them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from importlib import resources
from types import MappingProxyType
from typing import Final

from babel.messages.pofile import read_po

LANGUAGES: Final = ("ja", "en")
Translate = Callable[[str], str]


@functools.cache
def messages(language: str) -> Mapping[str, str]:
    """Return the catalogue of a language: source string -> translation; empty for Japanese, the source."""
    if language not in LANGUAGES:
        raise ValueError(f"no catalogue for {language!r}")
    if language == "ja":
        return MappingProxyType({})
    folder = resources.files("daicho.locale") / language / "LC_MESSAGES"
    found: dict[str, str] = {}
    for name in ("daicho.po", "commands.po"):
        part = folder / name
        if not part.is_file():
            continue
        with part.open("rb") as stream:
            catalogue = read_po(stream, locale=language)
        found |= {str(message.id): str(message.string) for message in catalogue if message.id and message.string}
    return MappingProxyType(found)


def translator(language: str) -> Translate:
    """Return the function that puts a Japanese source string into a language.

    A string without a translation stays Japanese; a test keeps the catalogue whole.
    """
    known = messages(language)
    return lambda text: known.get(text, text)
