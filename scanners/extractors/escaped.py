r"""Text as it stands; where characters are written as escapes, as the text that they mean.

Programs write Japanese names as escapes in JSON, logs, properties and scripts: 「山田」 is "\u5c71\u7530",
%E5%B1%B1%E7%94%B0 or &#23665;&#30000; there, which no detector would know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from scanners.extractors.interface import Budget, Extracted
from scanners.extractors.mail_words import header_text
from scanners.extractors.plain import PlainText, lines_in, parted
from scanners.model import TextSegment

_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.)"
)
JSON_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}")
JAPANESE_ESCAPES = re.compile(r"(?:\\u(?:3[0-9a-fA-F]|[4-9][0-9a-fA-F]|[fF][fF])[0-9a-fA-F]{2}){2}")
"""In text of any other kind two Japanese characters in a row: a path like `C:\\u3abc` is none."""

_PIECE = 1 << 15  # characters whose lines are told together
# in one endless line of escapes behind an escaped stop or comma, at last before an escape
_CUTS = ("\n", "}", ",", " ", "\\u3002", "\\u3001", "\\n")
_HELD = 12  # characters of a pair of escapes
_OPEN = re.compile(
    r"(?:\\u[dD][89abAB][0-9a-fA-F]{2})?\\(?:u[0-9a-fA-F]{0,3})?\Z|\\u[dD][89abAB][0-9a-fA-F]{2}\Z"
)
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")


@dataclass(frozen=True, slots=True)
class _Notation:
    """Another way to write characters: what all of it has, what shows it, what it means."""

    mark: str  # looking for it is far quicker than looking for the sign
    sign: re.Pattern[str]  # a run of it, at least two Japanese characters long
    meaning: Callable[[str], str]

    def read(self, text: str) -> str:
        """Return a text with its runs as they are meant, where they mean something."""
        return self.sign.sub(lambda found: self.meaning(found[0]), text)


def _code_points(run: str) -> str:
    codes = [int(code, 16) for code in re.findall(r"[0-9a-fA-F]{4,8}", run)]
    if any(code < 0x20 or 0xD800 <= code < 0xE000 or code > 0x10FFFF for code in codes):
        return run
    return "".join(map(chr, codes))


def _bytes(run: str, data: bytes) -> str:
    """Read bytes as Japanese in UTF-8 or CP932; what is neither stays as it stands."""
    for encoding in ("utf-8", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(_JAPANESE.findall(text)) * 2 >= len(text):
            return text
    return run


_NOTATIONS = (
    _Notation("\\u{", re.compile(r"(?:\\u\{0{0,4}[2-9a-fA-F][0-9a-fA-F]{3,4}\}){2,}"), _code_points),
    _Notation("\\U0", re.compile(r"(?:\\U000[0-2][0-9a-fA-F]{4}){2,}"), _code_points),
    _Notation(
        "\\x",
        re.compile(r"\\x[0-9a-fA-F]{2}(?:\\x[0-9a-fA-F]{2}){3,}"),
        lambda run: _bytes(run, bytes.fromhex(run.replace("\\x", ""))),
    ),
    _Notation(
        "\\",
        re.compile(r"\\[0-3][0-7]{2}(?:\\[0-3][0-7]{2}){3,}"),
        lambda run: _bytes(run, bytes(int(each, 8) for each in run[1:].split("\\"))),
    ),
    _Notation(
        "%",
        re.compile(
            # what all begin with is looked for quickest
            r"%(?:[C-Fc-f][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){1,3}"
            r"(?:%[C-Fc-f][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){1,3})+|"
            r"[89A-Fa-f][0-9A-Fa-f](?:%[0-9A-Fa-f]{2}|[@-Z^_`a-z|~])"
            r"(?:%[89A-Fa-f][0-9A-Fa-f](?:%[0-9A-Fa-f]{2}|[@-Z^_`a-z|~]))+)"
        ),
        lambda run: _bytes(run, unquote_to_bytes(run)),
    ),
    _Notation("%40", re.compile(r"(?<=[\w.-])%40(?=\w)"), lambda _: "@"),
    _Notation("&#", re.compile(r"(?:&#(?:[xX][2-9a-fA-F][0-9a-fA-F]{3,4}|[1-9]\d{4,5});){2,}"), unescape),
    _Notation("=?", re.compile(r"=\?[\w-]{3,20}\?[BbQq]\?[^?\s]{4,400}\?="), header_text),
)


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
            if not isinstance(part, TextSegment):
                yield part
                continue
            escapes = "\\u" in part.text and self._sign.search(part.text) is not None
            others = [each for each in _NOTATIONS if each.mark in part.text and each.sign.search(part.text)]
            if not escapes and not others:
                line += lines_in(part.text)
                yield part
                continue
            for piece in _pieces(part.text):
                last = line + lines_in(piece)
                shown = last - piece.endswith(("\n", "\r"))
                place = f"line {line}" if shown <= line else f"lines {line}-{shown}"
                text = unescaped(piece) if escapes else piece
                for notation in others:
                    text = notation.read(text)
                yield TextSegment(text, place)
                line = last


def _pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces; what one of them ends in the middle of goes to the next."""
    held = ""
    for piece in parted(text, _PIECE, _CUTS):
        whole = held + piece
        cut = _OPEN.search(whole, max(0, len(whole) - _HELD))
        held = whole[cut.start() :] if cut else ""
        yield whole[: len(whole) - len(held)]
    if held:
        yield held
