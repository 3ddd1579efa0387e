"""One finding as persons are counted by it: fingerprints of a value, and of how a name is spoken."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from scanners.fingerprint import Fingerprinter, canonical
from scanners.model import Category
from scanners.spelt import spelt


class Script(enum.Enum):
    """How a name is written, as far as counting persons needs it."""

    KANJI = "kanji"
    KANA = "kana"
    LATIN = "latin"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a name in running text is written and spoken; fingerprints only."""

    words: int
    parts: tuple[bytes, ...] = ()  # of full names: what hardly can be the name of somebody else
    sound: bytes = b""  # of names in kana or Latin letters: the same in both
    sounds: tuple[bytes, ...] = ()  # of its words


_UNREAD: Final = Spelling(1)


class Identified(NamedTuple):
    """One finding as the counter sees it: no text, only fingerprints; make it with `identify`."""

    category: Category
    fingerprint: bytes
    position: int = 0  # start of the value in its segment or row
    end: int = 0  # behind the value
    script: Script = Script.OTHER  # of names
    prefixes: tuple[bytes, ...] = ()  # of full names: fingerprints of what may be the bare surname
    spelling: Spelling = _UNREAD  # of names in running text
    alone: bool = True  # without a name it may be a person's: no landline, no mail address of an office


_KANA: Final = re.compile(r"[ぁ-ゖァ-ヺー゛゜ｦ-ﾟ\s　]+")
_LATIN: Final = re.compile(r"[A-Za-zÀ-ſＡ-Ｚａ-ｚ.,'’\-\s　]+")
_OWN_PHONES: Final = ("060", "070", "080", "090", "+")  # mobile, and abroad nobody knows
_OFFICE: Final = re.compile(
    r"(?:info|contact|support|sales|office|soumu|somu|jinji|recruit|saiyo|saiyou|keiri|eigyo|eigyou|madoguchi|"
    r"toiawase|inquiry|help|desk|customer|admin|webmaster|press|pr|hello|mail|kouhou|koho|uketsuke|seikyu|haisha|"
    r"no-?reply|postmaster|order|orders|service|privacy|hinshitsu|honsha|shop|team)(?:[^a-z].*)?@.*",
    re.IGNORECASE,
)


def identify(
    fingerprinter: Fingerprinter, category: Category, value: str, position: int, *, in_text: bool = True
) -> Identified:
    """Return what the counter needs to know of one finding; `value` is the matched text and is not kept.

    `in_text` False spares what only running text is counted by: a table may hold millions.
    """
    fingerprint = fingerprinter.of(category, value)
    end = position + len(value)
    if category is not Category.PERSON:
        if in_text and category in (Category.PHONE, Category.EMAIL):
            return Identified(category, fingerprint, position, end, alone=_may_be_a_persons(category, value))
        return Identified(category, fingerprint, position, end)
    script = Script.KANJI
    if _KANA.fullmatch(value):
        script = Script.KANA
    elif _LATIN.fullmatch(value):
        script = Script.LATIN
    elif "・" in value:
        script = Script.OTHER
    prefixes = tuple(fingerprinter.of(category, part) for part in _surname_candidates(value))
    spelling = _spelling(fingerprinter, value, script) if in_text else _UNREAD
    return Identified(category, fingerprint, position, end, script, prefixes, spelling)


def _spelling(fingerprinter: Fingerprinter, value: str, script: Script) -> Spelling:
    words = len(value.split())
    parts = tuple(
        fingerprinter.of(Category.PERSON, part)
        for part in _surname_candidates(value)
        if words > 1 or len(part) == 2  # of 「森本健」 「森」 is as often somebody else
    )
    if script not in (Script.KANA, Script.LATIN):
        return Spelling(words, parts)
    heard = spelt(value)
    sounds = tuple(fingerprinter.of(Category.PERSON, word) for word in heard) if words > 1 else ()
    return Spelling(words, parts, fingerprinter.of(Category.PERSON, " ".join(heard)), sounds)


def _may_be_a_persons(category: Category, value: str) -> bool:
    if category is Category.PHONE:
        return canonical(category, value).startswith(_OWN_PHONES)
    return _OFFICE.fullmatch(value) is None


def _surname_candidates(value: str) -> Iterator[str]:
    parts = value.split()
    if len(parts) > 1:
        yield from {parts[0], parts[-1]}
    elif len(value) > 2:
        yield from (value[:length] for length in range(1, min(4, len(value))))
