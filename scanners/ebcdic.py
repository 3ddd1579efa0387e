"""Text of IBM hosts: EBCDIC, with half-width kana (code page 290), small letters (1027) and kanji (300).

A host's text says nothing of itself: it is known by its blank (40), its letters and figures, and by kanji
between shift-out and shift-in. Code pages 930 and 939 are the Japanese ones; others are read as 500.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from scanners.letters import ASCII, cost

DAMAGED = "\ufffd"
_USUAL = bytes(
    (0x40, 0x15, 0x25, 0x0D, 0x05, 0x0E, 0x0F, 0x4B, 0x4D, 0x5D, 0x60, 0x61, 0x6B, 0x6F, 0x7A, 0x7D)
)
_LETTERS = bytes(
    byte
    for first, last in ((0x81, 0x9F), (0xA2, 0xA9), (0xC1, 0xC9), (0xD1, 0xD9), (0xE2, 0xE9), (0xF0, 0xF9))
    for byte in range(first, last + 1)
)
_KANJI = re.compile(rb"\x0e((?:[\x40-\xfe]{2})*)\x0f?")
_ENDS = {0x15: "\n", 0x25: "\n", 0x0D: "\r", 0x05: "\t", 0x0C: "\f"}
_LEAST = 40  # bytes


@cache
def _tables() -> Mapping[str, str]:
    text = files("data").joinpath("ebcdic.txt").read_text(encoding="utf-8")
    return dict(line.split("\t") for line in text.splitlines())


def _single(data: bytes, page: str) -> str:
    table = _tables()[page]
    return "".join(_ENDS.get(byte) or (" " if byte == 0x40 else table[byte]) for byte in data)


def _double(data: bytes) -> str:
    tables = _tables()
    out = []
    for lead, trail in zip(data[::2], data[1::2], strict=True):
        row = tables.get(f"300 {lead:02X}")
        out.append("　" if lead == trail == 0x40 else row[trail - 0x41] if row and trail > 0x40 else DAMAGED)
    return "".join(out)


def _japanese(data: bytes, page: str) -> str:
    out: list[str] = []
    position = 0
    for kanji in _KANJI.finditer(data):
        out += (_single(data[position : kanji.start()], page), _double(kanji.group(1)))
        position = kanji.end()
    return "".join(out) + _single(data[position:], page)


def likely(data: bytes) -> bool:
    """Tell whether bytes are a host's text: blanks are 40, and nearly all is letters, figures or kanji."""
    head = _KANJI.sub(b"", data[:4096])
    if len(data) < _LEAST or data.count(b" ", 0, 4096) * 50 > len(data[:4096]):
        return False
    blanks = head.count(b"\x40")
    usual = len(head) - len(head.translate(None, _USUAL + _LETTERS))
    # kanji between their signs prove a host's text, where half-width kana fill the rest
    enough = 5 if len(_KANJI.findall(data[:4096])) > 1 else 9
    return blanks * 30 >= len(head) and usual * 10 >= len(head) * enough and len(head) >= _LEAST // 4


def ebcdic(data: bytes) -> tuple[str, str] | None:
    """Return a host's text and its code page, or None when it is none."""
    if not likely(data):
        return None
    shifted = b"\x0e" in data and b"\x0f" in data
    readings = [(_japanese(data[:4096], page), page) for page in ("290", "1027")]
    costs = []
    for text, page in readings:
        total, count = cost(text, "ja")
        costs.append((total + ASCII * (len(text) - count), page))
    page = min(costs)[1]
    plain = data.decode("cp500")
    if not shifted and page == "1027":
        return plain.replace("\x85", "\n"), "cp500"
    return _japanese(data, page), "cp930" if page == "290" else "cp939"
