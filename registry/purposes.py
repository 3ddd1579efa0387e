"""Purposes of use 利用目的: which of a ledger entry's are told by no notice (APPI Art. 17, 18, 21).

People write several purposes in one line; here they are told apart, and compared without what does not change
them. The comparison is of words: it shows what to look at, and decides nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_BETWEEN = re.compile(r"[、,;；。\n・／/]+|及び|並びに|または|又は|ならびに|および")
_ENDING = re.compile(r"(?:の)?(?:ため|為|目的)$|のこと$|を行うこと$|すること$")
_LOOSE = re.compile(r"[\s「」『』（）()\[\]]+")


def purposes_in(text: str) -> tuple[str, ...]:
    """Return the single purposes of a text, as they are written."""
    return tuple(each for part in _BETWEEN.split(text) if (each := part.strip()))


def untold(purpose: str, told: Iterable[str]) -> tuple[str, ...]:
    """Return those of an entry's purposes that no told purpose names or holds."""
    known = [_bare(each) for text in told for each in (*purposes_in(text), text)]
    return tuple(
        each
        for each in purposes_in(purpose)
        if not any(_bare(each) and (_bare(each) in one or (one and one in _bare(each))) for one in known)
    )


def _bare(purpose: str) -> str:
    plain = _LOOSE.sub("", unicodedata.normalize("NFKC", purpose)).casefold()
    return _ENDING.sub("", plain)
