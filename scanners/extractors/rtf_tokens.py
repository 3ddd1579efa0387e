"""What an RTF document is made of, as patterns: words, bytes, text, and words that only lay out."""

from __future__ import annotations

import re

from scanners.extractors.rtf_words import CAPTURED, ENTERED, SETTINGS, SKIPPED, SPOKEN, STORIES

WORD = re.compile(rb"\\([a-zA-Z]{1,40})(-?\d{1,10})?[ ]?")
BYTES = re.compile(rb"(?:\\'[0-9a-fA-F]{2})+")
TEXT = re.compile(rb"[^\\{}]+")
BETWEEN = b"\r\n\x00"  # stand between the characters of a text and are none of them
OPEN, CLOSE, BACKSLASH = b"{}\\"


def _layout(*words: str) -> re.Pattern[bytes]:
    """Return what matches as many words as stand together, these not among them; 1: the last font."""
    letters: dict[str, list[str]] = {}
    for word in sorted(set(words)):
        letters.setdefault(word[0], []).append(word[1:])
    told = "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in letters.items())
    other = rb"\\(?!(?:" + told.encode() + rb")(?![a-zA-Z]))[a-zA-Z]{1,40}(?:-\d{1,10}|\d{0,10})"
    return re.compile(rb"(?:(?:\\f(-?\d{1,10})|" + other + rb")[ ]?)+")


# words that only lay out; as the first of a group a word may be a destination too
_MEANING = (*SETTINGS - {"f"}, *SPOKEN, "bin")
LAYOUT = _layout(*_MEANING)
FIRST_LAYOUT = _layout(*_MEANING, *SKIPPED, *STORIES, *CAPTURED, *ENTERED)
FONTS = re.compile(rb"\\(f|fcharset|cpg)(-?\d{1,10})")
FIRST_WORD = re.compile(rb"(\\\*)?\\([a-zA-Z]{1,40})(?:-?\d{1,10})?[ ]?")
HREF = re.compile(r"href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
HAS_HREF = re.compile(rb"href", re.IGNORECASE)
ORDINARY_ENDS = re.compile(rb"\\htmlrtf0(?![0-9])[ ]?")
_THERE = b"|".join(word.encode() for word in sorted({*SETTINGS, "u", "bin"}))
COUNTS = re.compile(rb"[{}]|\\(?:(?:" + _THERE + rb")(?![a-zA-Z])|[^a-zA-Z])")  # between \htmlrtf and its end
BLANK = re.compile(rb"[\s\x00\x1a]*")  # what may stand behind a document
