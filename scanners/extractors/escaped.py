r"""Text as it stands; where characters are written as escapes, as the text that they mean.

Programs write Japanese names as escapes in JSON, logs, properties and scripts: 「山田」 is "\u5c71\u7530",
which no detector would know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanners.extractors.interface import Budget, Extracted
from scanners.extractors.plain import PlainText
from scanners.model import TextSegment

_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.)"
)
JSON_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}")
JAPANESE_ESCAPES = re.compile(r"(?:\\u(?:3[0-9a-fA-F]|[4-9][0-9a-fA-F]|[fF][fF])[0-9a-fA-F]{2}){2}")
"""In text of any other kind two Japanese characters in a row: a path like `C:\\u3abc` is none."""

_PIECE = 1 << 15  # characters whose lines are told together
_CUTS = ("\n", "}", ",", " ")


def unescaped(text: str) -> str:
    """Return a text with its characters in place of their escapes; other escapes stay as they are."""
    return _ESCAPE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    high, low, code = match.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))
    if code is None:
        return match.group()
    value = int(code, 16)
    # a lone surrogate is no character, a control character would part lines that are one
    return match.group() if 0xD800 <= value < 0xE000 or value < 0x20 else chr(value)


class EscapedText:
    """Text with escapes in it; JSON's keys count as labels of their values because they stand before them."""

    def __init__(self, sign: re.Pattern[str]) -> None:
        """Take what shows that a text has escapes."""
        self._sign = sign

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the text; pieces with escapes are told by their lines, all others by their offsets."""
        line = 1
        for part in PlainText().segments(stream, budget):
            # looking for two letters first is far quicker than looking for the sign
            if (
                not isinstance(part, TextSegment)
                or "\\u" not in part.text
                or self._sign.search(part.text) is None
            ):
                if isinstance(part, TextSegment):
                    line += part.text.count("\n")
                yield part
                continue
            for piece in _pieces(part.text):
                last = line + piece.count("\n")
                shown = last - piece.endswith("\n")
                place = f"line {line}" if shown <= line else f"lines {line}-{shown}"
                yield TextSegment(unescaped(piece), place)
                line = last


def _pieces(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        end = position + _PIECE
        if end < len(text):
            ends = (text.rfind(mark, position, end) + 1 for mark in _CUTS)
            end = next((each for each in ends if each > position), end)
        yield text[position:end]
        position = end
