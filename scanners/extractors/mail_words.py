"""What stands in a mail as letters: charsets, encoded words (RFC 2047), flowed lines (RFC 3676).

The charset step is our own: the standard library leaves half of a body that names iso-2022-jp but
holds ①㈱ or half-width kana undecoded, and a whole header for one broken word of it.
"""

from __future__ import annotations

import binascii
import codecs
import re
from functools import lru_cache

from scanners.encodings import Decoded, decode
from scanners.letters import cost
from scanners.model import Gap

_WIDER = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
}
# What programs write without looking: every byte has a meaning in it.
_UNASKED = frozenset({"ascii", "iso8859-1", "iso8859-15", "iso8859-9", "cp1252"})
_TWO_ORDERS = {"utf-16": ("utf-16-be", "utf-16-le"), "utf-32": ("utf-32-be", "utf-32-le")}
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
# Three bytes of UTF-8 as Japanese has them: nothing in a charset of two bytes looks like a line of these.
_WIDE_UTF8 = re.compile(rb"[\xe2-\xef][\x80-\xbf]{2}")
_NO_LETTERS = re.compile("[\x80-\x84\x86-\x9f]")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
# What is between the marks holds no begin of another word, so that words that never end are passed over once.
_WORD = re.compile(r"=\?([^?\s=]{1,80})\?([bBqQ])\?((?:[^?=]|\?(?!=)|=(?!\?(?!=)))*+)\?=")
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")


@lru_cache(maxsize=64)
def _codec(name: str) -> str:
    try:
        return codecs.lookup(_WIDER.get(name, name)).name
    except (LookupError, ValueError):
        return ""


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def charset_text(data: bytes, charset: str | None) -> Decoded | Gap:
    """Decode bytes as the mail says, and as they really are where it says wrong."""
    name = (charset or "").strip().strip("\"'").lower()
    codec = _codec(name) if name and b"\x1b$" not in data and b"\x1b(I" not in data else ""
    if not codec or codec in _UNASKED:
        return decode(data, name)
    if codec in _TWO_ORDERS and not data.startswith(_MARKS):
        return _unmarked(data, codec)
    if codec != "utf-8" and _WIDE_UTF8.search(data) and (text := _strict(data, "utf-8")) is not None:
        return Decoded(text, "utf-8")
    text = _strict(data, codec)
    if text is None or (codec != "utf-8" and not text.isascii() and _NO_LETTERS.search(text)):
        return decode(data, name)
    return Decoded(text, name)


def _unmarked(data: bytes, codec: str) -> Decoded | Gap:
    """Read UTF-16 that does not say its order: the big end first (RFC 2781), unless that is no text."""
    found: tuple[float, Decoded] | None = None
    for order in _TWO_ORDERS[codec]:
        text = _strict(data, order)
        if text is not None:
            price = cost(text[:2000], "ja")[0]
            if found is None or price < found[0]:
                found = price, Decoded(text, order)
    return found[1] if found else decode(data)


def raw_bytes(text: str) -> bytes:
    """Return the bytes of a header or text as the parser holds them."""
    try:
        return text.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def header_text(raw: str) -> str:
    """Return a header as a person reads it: encoded words (RFC 2047) and raw 8-bit text decoded."""
    if not raw.isascii() or "\x1b" in raw:
        data = raw_bytes(raw)
        decoded = decode(data)
        raw = decoded.text if isinstance(decoded, Decoded) else data.decode("ascii", "replace")
    if "\n" in raw:
        raw = _FOLD.sub("", raw)
    return _words(raw) if "=?" in raw else raw


def _words(raw: str) -> str:
    """Decode the encoded words; neighbours of one charset may cut a character between them."""
    out: list[str] = []
    run: list[tuple[bytes, str]] = []
    charset = ""
    place = 0
    for match in _WORD.finditer(raw):
        between = raw[place : match.start()]
        place = match.end()
        said = match[1].partition("*")[0].lower()
        data = _undone(match[3], match[2])
        glued = bool(run) and data is not None and not between.strip()  # blanks between words are no text
        if run and not (glued and said == charset):
            out += _run(run, charset)
            run = []
        if not glued:
            out.append(between)
        if data is None:
            out.append(match[0])
        else:
            charset = said
            run.append((data, match[0]))
    return "".join((*out, *_run(run, charset), raw[place:]))


def _run(run: list[tuple[bytes, str]], charset: str) -> list[str]:
    """Return what some words say, each that cannot be read as it stands."""
    text = charset_text(b"".join(data for data, _ in run), charset) if run else Decoded("", "")
    if isinstance(text, Decoded):
        return [text.text]
    if len(run) == 1:
        return [run[0][1]]
    return [part for word in run for part in _run([word], charset)]


def _undone(letters: str, encoding: str) -> bytes | None:
    """Return the bytes of one encoded word, of a cut one what is whole; None when it is none."""
    if not letters.isascii():
        return None
    if encoding in "qQ":
        return binascii.a2b_qp(letters, header=True)
    letters = _NO_BASE64.sub("", letters)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    try:
        return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
    except binascii.Error:
        return None


def unflowed(text: str, *, closed: bool) -> str:
    """Join the lines of a flowed text; `closed`: the blank at a line's end is no part of it."""
    out: list[str] = []
    flows = False
    depth = ""
    for line in text.split("\n"):
        rest = line.removesuffix("\r").lstrip(">")
        mark = line[: len(line.removesuffix("\r")) - len(rest)]
        rest = rest.removeprefix(" ")
        signature = rest == "-- "
        if not (flows and mark == depth and not signature):
            out += ("\n" if out else "", mark + " " if mark else "")
        flows = rest.endswith(" ") and not signature
        out.append(rest[:-1] if flows and closed else rest)
        depth = mark
    return "".join(out)
