"""Strings with their length before them ([MS-XLS] XLUnicodeString), found wherever in a record they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LONGEST = 600  # characters; prompts, names and pieces of queries have at most 255
_WIDE = re.compile(
    "[\t\n\r -~\u00a0-\u024f\u0370-\u04ff\u2010-\u2193\u2460-\u33ff\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\uff01-\uffe6\U00020000-\U0003ffff]+"
)
_NARROW = re.compile(rb"[\t\n\r -~\xa0-\xff]+")
_PART_OF_A_FORMULA = 0x17  # PtgStr: the length of its text has one byte


def counted_texts(body: bytes, step: int = 2) -> Iterator[str]:
    """Yield the strings of a record whose other fields are not looked at; lengths have `step` bytes."""
    position, last = 0, len(body) - step - 1
    while position < last:
        size = int.from_bytes(body[position : position + step], "little")
        text = _text(body[position + step : position + step + 1 + 2 * _LONGEST], size)
        length = step
        if text is None and body[position] == _PART_OF_A_FORMULA:  # items of a list are parted by NUL
            size, length = body[position + 1], 2
            text = _text(body[position + 2 : position + 3 + 2 * size], size, between=b"\x00")
        if text is None:
            position += 1
            continue
        yield text
        position += length + 1 + size * (1 + (body[position + length] & 1))


def _text(body: bytes, size: int, between: bytes = b"") -> str | None:
    """Return the text that begins with its flags, None where there is none; `between` parts its items."""
    if not 0 < size <= _LONGEST or not body or body[0] > 1:
        return None
    wide = body[0]
    data = body[1 : 1 + size * (1 + wide)]
    if len(data) < size * (1 + wide):
        return None
    if between and not wide:
        data = data.replace(between, b"\n")
    if not wide:
        return data.decode("latin-1") if size > 1 and _NARROW.fullmatch(data) and _is_word(data) else None
    try:
        text = data.decode("utf-16-le")
    except UnicodeDecodeError:
        return None
    if between:
        text = text.replace("\0", "\n")
    return text if _WIDE.fullmatch(text) and _is_written(text) else None


def _is_word(data: bytes) -> bool:
    return any(chr(byte).isalnum() for byte in data)


def _is_written(text: str) -> bool:
    """Tell whether most letters are such as Japanese writes: numbers taken for letters are rare ones."""
    if len(text) == 1 and text.isascii():
        return False
    common = sum(letter.isascii() or _in_japanese(letter) for letter in text)
    return 2 * common > len(text) and any(map(str.isalnum, text))


def _in_japanese(letter: str) -> bool:
    try:
        return letter.encode("cp932") != b""
    except UnicodeEncodeError:
        return letter.isalpha() and ord(letter) < 0x500  # other alphabets
