"""Which encoding a text is in: what is certain first, then the likeliest reading of its bytes.

BOM, UTF-32 and UTF-16 by their NUL bytes, ISO-2022-JP by its escapes, strict UTF-8; then Japanese, where its
characters are everyday ones, before Chinese, Korean and the code pages of one byte (`letters`, `one_byte`).
Large texts are judged by a bounded part of the lines that hold more than ASCII, and decoded wholly.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

from scanners.ebcdic import ebcdic
from scanners.jis import DAMAGED, Cp50221
from scanners.letters import ASCII, UNKNOWN, cost, half_kana
from scanners.model import Gap, Reason

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ESCAPED = re.compile(rb"\x1b(\$[@AB]|\$\([ABCDOPQ]|\(I)")
_SHIFTED_KANA = re.compile(rb"\x0e[\x21-\x5f ]+\x0f")
_CONTROL = bytes((*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20)))
_PADDED = re.compile(rb"\x00+")
_HIGH = re.compile(rb"[\x80-\xff]")
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\xff]")
_UTF7 = re.compile(rb"\+[A-Za-z0-9+/]{3,}-?")
_UNLIKELY_WIDE = re.compile(
    "[^\t\n\r\x0c\x1b -~\u00a0-\u00ff\u2000-\u30ff\u3220-\u33ff\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]"
)
_FAR_PLANES = re.compile("[\U00040000-\U0010ffff]")
_NON_ASCII = re.compile("[^\x00-\x7f]")
_WITHIN = re.compile("(?<=[A-Za-z])[^\x00-\x7f](?=[a-z])")
_HEAD = 1 << 20
_REMEMBERED_BYTES = 64 << 10
_GLANCE_BYTES = 600
_TELLING_BYTES = 2 << 10  # so much of a text that holds more than ASCII is judged
_TOLERATED_SHARE = 0.01  # damaged characters that a text may hold and still be read, with a gap
_RESCUED_SHARE = 0.03  # of a text that is ASCII otherwise, in no encoding we know
_MIN_RESCUED = 200
_MIN_WITH_NUL = 40  # bytes
_FEW_NULS = 3
_CERTAIN = 8.4  # mean cost of a Japanese character below which no other language is asked
_CERTAIN_KANA = 4.45  # the same of half-width kana, whose bytes are letters elsewhere
_PLAUSIBLE = 9.9  # mean cost above which bytes are no text of any language
_SIGNS_ONLY = 10.5  # the same of the few signs in a text that is ASCII otherwise
_FEW = 6.0  # a few characters may be rare ones: so much more for all of them together
_PLAUSIBLE_LETTER = 6.2  # the same where every byte has a meaning
_FOREIGN_PRIOR = 9.0  # what it costs to believe in another language than Japanese
_INSIDE_WORD = 8.0  # what one wide character inside a word of small ASCII letters costs
_LETTERS_PRIOR = 9.0  # the same of code pages that give every byte a meaning
_FOREIGN = (("gb18030", "zh-hans"), ("cp950", "zh-hant"), ("cp949", "ko"))
_UNASKED = frozenset({"ascii", "iso8859-1", "cp1252", "utf-8"})
_MEANT = dict.fromkeys(("shift-jis", "sjis", "x-sjis", "windows-31j", "ms-kanji"), "cp932")
_MEANT |= {"euc-jp": "cp51932", "x-euc-jp": "cp51932", "gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950"}
_MEANT |= {"ks-c-5601-1987": "cp949", "euc-kr": "cp949", "tis-620": "cp874", "iso-8859-9": "cp1254"}
_MEANT |= {"iso-8859-8-i": "cp1255", "iso-8859-11": "cp874", "x-mac-roman": "mac_roman"}
_CODECS = {"cp51932": ("euc_jp", "daicho-vendor"), "cp932": ("cp932", "daicho-rare")}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and its encoding; `damaged` characters stand as U+FFFD in it."""

    text: str
    encoding: str
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read some bytes: what all of it costs, and what is beyond ASCII on average."""

    encoding: str
    cost: float
    mean: float  # of two bytes
    count: int  # of characters beyond ASCII


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _tolerant(data: bytes, encoding: str) -> Decoded:
    if encoding == "cp50221":
        text = Cp50221().decode(data)
    else:
        codec, errors = _CODECS.get(encoding, (encoding, "replace"))
        text = data.decode(codec, errors=errors)
    if encoding in _THROUGH_CP932:  # bytes that the codec passes on although they mean nothing
        text = text.translate(_NO_CP932)
    return Decoded(text, encoding, text.count(DAMAGED))


_THROUGH_CP932 = frozenset({"cp932", "cp50221"})
_NO_CP932 = dict.fromkeys((0x80, 0xA0, 0xF8F0, 0xF8F1, 0xF8F2, 0xF8F3), DAMAGED)


def _telling(data: bytes, enough: int) -> bytes:
    """Return a bounded part of a text: lines that hold more than ASCII, from its begin on."""
    if len(data) <= enough:
        return data
    found: list[bytes] = []
    size = end = 0
    while size < enough and (high := _HIGH.search(data, end)):
        at = high.start()
        begin = max(data.rfind(b"\n", end, at), data.rfind(b"\r", end, at), end - 1, at - enough) + 1
        line_end = data.find(b"\n", at, at + enough)
        end = line_end + 1 if line_end >= 0 else at + enough
        found.append(data[begin:end])
        size += end - begin
    return b"".join(found)


def _read(data: bytes, encoding: str, language: str, prior: float) -> _Reading:
    codec, _ = _CODECS.get(encoding, (encoding, ""))
    decoded = Decoded(data.decode(codec, errors="replace"), encoding)
    if decoded.text.count(DAMAGED) <= max(
        4, len(decoded.text) // 8
    ):  # rare characters are looked up where it may be
        decoded = _tolerant(data, encoding)
    total, count = cost(decoded.text, language)
    total += _INSIDE_WORD * len(_WITHIN.findall(decoded.text))
    plain = len(decoded.text) - count
    if not _tolerable(decoded.text, decoded.text.count(DAMAGED), count):
        total = math.inf
    weight = max(1.0, count - half_kana(decoded.text) / 2)  # half-width kana are half the bytes
    return _Reading(encoding, total + prior + ASCII * plain, total / weight, count)


def _utf8(data: bytes) -> _Reading:
    """Read damaged UTF-8: its sequences prove themselves, whatever language they write."""
    text = data.decode("utf-8", errors="replace")
    damaged = text.count(DAMAGED) + len(_FAR_PLANES.findall(text))
    wide = _beyond_ascii(text)
    total = 5.0 * (wide - damaged) + 12.0 * damaged
    if not _tolerable(text, damaged, wide):
        total = math.inf
    return _Reading("utf-8", total + ASCII * (len(text) - wide), total / max(1, wide), wide)


def _tolerable(text: str, damaged: int, wide: int) -> bool:
    """Tell whether a text may hold so many damaged places, its cut end aside."""
    return damaged * 4 <= wide or (damaged == 1 and text.endswith(DAMAGED))


def _controls(data: bytes) -> int:
    return len(data) - len(data.translate(None, _CONTROL))


def _beyond_ascii(text: str) -> int:
    return len(_NON_ASCII.findall(text))


def _certainly(data: bytes) -> str | None:
    """Return the encoding when one of the two strictly decodes to everyday Japanese, the other to less."""
    best: tuple[float, str, str] | None = None
    mean = 0.0
    for encoding, codec in (("cp932", "cp932"), ("cp51932", "euc_jp")):
        text = _strict(data, codec)
        if text is not None:
            total, count = cost(text, "ja")
            total += ASCII * (len(text) - count)
            if best is None or total < best[0]:
                best, mean = (total, encoding, text), (total - ASCII * (len(text) - count)) / max(1, count)
    if best is None or mean > _CERTAIN:
        return None
    if mean > _CERTAIN_KANA and (kana := half_kana(best[2])) and 2 * kana > _beyond_ascii(best[2]):
        return None
    return best[1]


def _declared(data: bytes, declared: str) -> str | None:
    """Return what a page or mail says of itself if it holds; what programs write unasked does not count."""
    name = declared.strip().strip("\"'").lower().replace("_", "-")
    meant = _MEANT.get(name, name)
    try:
        encoding = codecs.lookup(_CODECS.get(meant, (meant,))[0]).name
        data.decode(encoding)
    except (LookupError, UnicodeDecodeError, ValueError):
        return None
    return _MEANT.get(name, encoding) if encoding not in _UNASKED else None


def _eight_bit(data: bytes, declared: str) -> str | None:
    """Return the likeliest encoding of bytes that are not UTF-8; None when none is likely."""
    certain = _certainly(_telling(data, _GLANCE_BYTES))
    if certain is not None:
        return certain
    said = _declared(data, declared) if declared else None
    if said is not None:
        return said
    from scanners.one_byte import guess

    data = _telling(data, _TELLING_BYTES)
    readings = [_read(data, "cp932", "ja", 0.0), _read(data, "cp51932", "ja", 0.0), _utf8(data)]
    readings += [_read(data, codec, language, _FOREIGN_PRIOR) for codec, language in _FOREIGN]
    if not len(data) & 1:
        readings += [_read(data, codec, "ja", 10.0) for codec in ("utf-16-le", "utf-16-be")]
    likely = [each for each in readings if each.mean <= _PLAUSIBLE + _FEW / max(1, each.count)]
    best = min(likely, key=lambda each: each.cost, default=None)
    letters = guess(data)
    if letters.mean <= _PLAUSIBLE_LETTER and (best is None or letters.cost + _LETTERS_PRIOR < best.cost):
        return letters.encoding
    if best is None and letters.mean <= _SIGNS_ONLY and len(_HIGH.findall(data)) * 8 <= len(data):
        return letters.encoding  # 20°C or © in a text that is ASCII otherwise
    return best.encoding if best else None


def _utf16(data: bytes, mean: float, enough: float = 0.9) -> Decoded | None:
    """Return the byte order whose characters are plausible, if either is: on average, and as a share."""
    whole = data[: len(data) & ~1]
    best: tuple[float, str, str] | None = None
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _strict(whole, encoding)
        if text:
            share = 1 - len(_UNLIKELY_WIDE.findall(text)) / len(text)
            total, count = cost(text[:2000], "ja")
            if share >= enough and total <= mean * count and (best is None or total < best[0]):
                best = (total, text, encoding)
    return Decoded(best[1] + DAMAGED * (len(data) & 1), best[2], len(data) & 1) if best else None


def _with_nul(data: bytes) -> Decoded | Gap:
    """Read a text that holds NUL bytes: UTF-32, UTF-16, or fixed lengths filled up with NUL."""
    for encoding, high, next_to in (
        ("utf-32-le", data[3::4], data[2::4]),
        ("utf-32-be", data[::4], data[1::4]),
    ):
        if len(data) >= 8 and not any(high) and max(next_to) <= 0x03:
            text = _strict(data[: len(data) & ~3], encoding)
            if text and len(_UNLIKELY_WIDE.findall(text)) * 10 <= len(text):
                return Decoded(text, encoding)
    wide = _utf16(data, _PLAUSIBLE)
    if wide is not None:
        return wide
    runs = _PADDED.findall(data)
    if max(map(len, runs)) >= 4 or data.endswith(b"\x00"):
        rest = _PADDED.sub(b"", data)
        inner = decode(rest) if rest and not _controls(rest) else None
        if isinstance(inner, Decoded) and not inner.damaged and len(runs) <= max(1, len(rest) // 4):
            padded = _tolerant(data, inner.encoding)
            if not padded.damaged:
                return padded
    western = _utf16(data, UNKNOWN)
    if western is not None and _beyond_ascii(western.text) * 2 < len(western.text):
        return western
    return _few_nuls(data) or Gap(Reason.UNDECODABLE, "binary")


def _few_nuls(data: bytes) -> Decoded | None:
    """Read a text with a few NUL bytes in it, as a crash or a program in C leaves them: damaged places."""
    rest, count = data.replace(b"\x00", b""), data.count(b"\x00")
    if len(rest) < _MIN_WITH_NUL or count > max(_FEW_NULS, len(data) // 100) or _controls(rest):
        return None
    inner = decode(rest)
    if isinstance(inner, Gap) or inner.damaged or inner.encoding.startswith("utf-16"):
        return None
    text = _tolerant(data.replace(b"\x00", b"\x1a"), inner.encoding).text.replace("\x1a", DAMAGED)
    return Decoded(text, inner.encoding, text.count(DAMAGED))


def _surrogates(data: bytes) -> str | None:
    """Return UTF-8 whose rare characters are pairs of surrogates, as Java and Oracle write them (CESU-8)."""
    try:
        return data.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeError:
        return None


def _wide_kana(data: bytes) -> Decoded | None:
    """Read UTF-16 without a single ASCII character, whose kana have the high byte "0"."""
    if len(data) & 1 or max(data[1::2].count(b"0"), data[::2].count(b"0")) * 6 < len(data):
        return None
    found = _utf16(data, 7.5)
    return found if found and len(found.text) >= 2 and not found.text.isascii() else None


def _ascii(data: bytes) -> Decoded:
    """Read bytes below 80: ASCII, unless they are UTF-7, or kana in UTF-16 (whose high byte is "0")."""
    if b"+" in data and _UTF7.search(data):
        text = _strict(data, "utf-7")
        if text is not None and not text.isascii():
            total, count = cost(text[:2000], "ja")
            if count >= 3 and total <= count * 9.5:
                return Decoded(text, "utf-7")
    kana = _wide_kana(data) if b"0" in data else None
    return kana or Decoded(data.decode("ascii"), "utf-8")


def _judged(data: bytes, encoding: str) -> Decoded | Gap:
    """Decode all of a text whose encoding is known, as long as little of it is damaged."""
    decoded = _tolerant(data, encoding)
    if decoded.damaged:
        wide = _beyond_ascii(decoded.text)
        proven = encoding == "cp50221" or _tolerable(decoded.text, decoded.damaged, wide)
        if not proven or decoded.damaged > max(3, len(decoded.text) * _TOLERATED_SHARE):
            return Gap(Reason.UNDECODABLE, "no known encoding")
    return decoded


def _mixed(data: bytes) -> Decoded | None:
    """Read lines of two encodings, which two programs wrote into one file: UTF-8, and everyday Japanese."""
    lines = data.split(b"\n")
    texts = [_strict(line, "utf-8") for line in lines]
    if all(text is None or text.isascii() for text in texts):
        return None
    rest = b"\n".join(line for line, text in zip(lines, texts, strict=True) if text is None)
    other = _certainly(_telling(rest, _TELLING_BYTES))
    decoded = _tolerant(rest, other) if other else None
    if decoded is None or decoded.damaged:
        return None
    others = iter(decoded.text.split("\n"))
    return Decoded("\n".join(next(others) if text is None else text for text in texts), "utf-8")


def _rescued(data: bytes, why: str) -> Decoded | Gap:
    """Read what no step before could: a host's text, or ASCII around a few places that mean nothing."""
    host = ebcdic(data)
    if host is not None:
        text, page = host
        if text.count(DAMAGED) <= len(text) * _TOLERATED_SHARE:
            return Decoded(text, page, text.count(DAMAGED))
    strange = len(_NO_TEXT.findall(data))
    if len(data) >= _MIN_RESCUED and strange <= len(data) * _RESCUED_SHARE:
        return Decoded(_NO_TEXT.sub(b"\x1a", data).decode("ascii").replace("\x1a", DAMAGED), "utf-8", strange)
    return Gap(Reason.UNDECODABLE, why)


def decode(data: bytes, declared: str = "") -> Decoded | Gap:
    """Decode a whole text without its BOM, newlines untouched; a `Gap` UNDECODABLE when it is none.

    `declared` is what a page or a mail says of its encoding; many say it wrong.
    """
    return _remembered(data, declared) if len(data) <= _REMEMBERED_BYTES else _whole(data, declared)


def _whole(data: bytes, declared: str) -> Decoded | Gap:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = data[len(bom) :].decode(encoding, errors="replace")
            return Decoded(text, encoding, text.count(DAMAGED))
    found = _decoded(data, declared)
    return _rescued(data, found.detail) if isinstance(found, Gap) else found


# What tells the kind of a small text is what its reader asks for next.
_remembered = lru_cache(maxsize=1)(_whole)


def _decoded(data: bytes, declared: str) -> Decoded | Gap:
    if b"\x00" in data:
        return _with_nul(data)
    escaped = (b"\x1b" in data and _ESCAPED.search(data)) or (b"\x0e" in data and _SHIFTED_KANA.search(data))
    if not escaped and _controls(data) > len(data) * 0.02:
        wide = _utf16(data, 9.0, 1.0) if len(data) >= 6 else None
        return wide or Gap(Reason.UNDECODABLE, "binary")
    if data.isascii() and not escaped:
        return _ascii(data)
    if escaped:
        shifted = _judged(data, "cp50221")
        if isinstance(shifted, Decoded):
            return shifted
    utf8 = _strict(data, "utf-8")
    if utf8 is None and b"\xed" in data:
        utf8 = _surrogates(data)
    if utf8 is not None:
        return Decoded(utf8, "utf-8")
    encoding_found = _eight_bit(data, declared)
    unknown = Gap(Reason.UNDECODABLE, "no known encoding")
    judged = _judged(data, encoding_found) if encoding_found else unknown
    if isinstance(judged, Gap) or judged.damaged:
        return _mixed(data) or judged
    return judged


def _sample_end(sample: bytes) -> int:
    """Cut a sample after its last line end, where no character of any encoding is split."""
    end = sample.rfind(b"\n") + 1 or len(sample)
    return end & ~1 if b"\x00" in sample else end


class _Blocks:
    """Decodes block after block; what a block ends in the middle of waits for the next."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self._carry = b""
        codec, errors = _CODECS.get(encoding, (encoding, "replace"))
        self._shifted = Cp50221() if encoding == "cp50221" else None
        self._codec = None if self._shifted else codecs.getincrementaldecoder(codec)(errors=errors)

    def decode(self, data: bytes, *, last: bool) -> Decoded:
        """Return the text of one more block."""
        if self._codec is not None:
            text = self._codec.decode(data, last)
        else:
            assert self._shifted is not None
            data = self._carry + data
            cut = (
                len(data) if last else max(data.rfind(b"\n"), data.rfind(b"\r"), data.rfind(b"\x1b") - 1) + 1
            )
            self._carry, data = data[cut:], data[:cut]
            text = self._shifted.decode(data)
        if self.encoding in _THROUGH_CP932:
            text = text.translate(_NO_CP932)
        return Decoded(text, self.encoding, text.count(DAMAGED))


def _telling_head(stream: BinaryIO, block: int) -> bytes:
    """Return the first megabyte, or where that is all ASCII the first block that is not."""
    head = stream.read(_HEAD)
    data = head
    while data and data.isascii() and not _ESCAPED.search(data):
        data = stream.read(block)
    if data is head or not data:
        return head[: _sample_end(head)]
    high = _HIGH.search(data)
    first = data.rfind(b"\n", 0, high.start() if high else 0) + 1
    piece = data[first : first + _HEAD]
    return piece[: _sample_end(piece)]


def decode_blocks(stream: BinaryIO, block: int = 8 << 20) -> Iterator[Decoded | Gap]:
    """Decode a large text in blocks; its encoding is judged by its first megabyte that is not all ASCII."""
    start = stream.read(4)
    stream.seek(0)
    judged = decode(_telling_head(stream, block))
    if isinstance(judged, Gap):
        yield judged
        return
    stream.seek(next((len(bom) for bom, _ in _BOMS if start.startswith(bom)), 0))
    blocks = _Blocks(judged.encoding)
    while data := stream.read(block):
        yield blocks.decode(data, last=False)
    tail = blocks.decode(b"", last=True)
    if tail.text:
        yield tail
