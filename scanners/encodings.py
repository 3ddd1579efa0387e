"""Which encoding a text is in: an ordered strict decode, each step certain before the next is tried.

BOM, UTF-16 by the parity of its NUL bytes, ISO-2022-JP, UTF-8, then CP932 against EUC-JP by how
many characters are everyday Japanese, and Western legacy text only where it is plausible.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

from scanners.jis import Cp50221, cp51932
from scanners.model import Gap, Reason

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SHIFT = re.compile(rb"\x1b(\$[@B]|\$\([D@B]|\(I)")
_HIGH = re.compile(rb"[\x80-\xff]")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_UNLIKELY_WIDE = re.compile(
    "[^\t\n\r\x0c\x1b -~\u00a0-\u00ff\u2000-\u30ff\u3220-\u33ff\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]"
)
_NON_ASCII = re.compile("[^\x00-\x7f]")
_WESTERN_WORD = re.compile("[A-Za-zÀ-ÖØ-öø-ÿŒœŠšŽž]*[À-ÖØ-öø-ÿŒœŠšŽž][A-Za-zÀ-ÖØ-öø-ÿŒœŠšŽž]*")
_SAMPLE = 1 << 20
_EVERYDAY_SHARE = 0.75  # measured: below it an EUC reading of CP932 text is an accident
_TOLERATED_SHARE = 0.01  # damaged characters that a text may hold and still be read, with a gap


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and its encoding; `damaged` characters stand as U+FFFD in it."""

    text: str
    encoding: str
    damaged: int = 0


@cache
def _everyday() -> frozenset[str]:
    """Kana, punctuation, full-width forms and JIS level 1 kanji (rows 1-8 and 16-47 of JIS X 0208)."""
    found = set()
    for row in (*range(0x21, 0x29), *range(0x30, 0x50)):
        for cell in range(0x21, 0x7F):
            found.add(bytes((row | 0x80, cell | 0x80)).decode("euc_jp", errors="ignore"))
    found.discard("")
    return frozenset(found)


def _everyday_share(text: str) -> float:
    wide = _NON_ASCII.findall(text[:200_000])
    everyday = _everyday()
    return sum(character in everyday for character in wide) / len(wide) if wide else 1.0


def _strict(data: bytes, *encodings: str) -> str | None:
    for encoding in encodings:
        try:
            return cp51932(data) if encoding == "cp51932" else data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _utf16(data: bytes, enough: float) -> Decoded | None:
    """Return the byte order whose characters are plausible, if either is."""
    whole = data[: len(data) & ~1]
    best: tuple[float, str, str] | None = None
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _strict(whole, encoding)
        if text:
            share = 1 - len(_UNLIKELY_WIDE.findall(text)) / len(text)
            if share >= enough and (best is None or share > best[0]):
                best = (share, text, encoding)
    return Decoded(best[1], best[2], damaged=len(data) & 1) if best else None


def _iso2022jp(data: bytes) -> Decoded | None:
    if not _SHIFT.search(data):
        return None
    try:
        return Decoded(Cp50221().decode(data), "cp50221")
    except UnicodeDecodeError:
        return None


def _eight_bit_japanese(data: bytes) -> Decoded | None:
    euc = _strict(data, "euc_jp", "cp51932")
    cp932 = _strict(data, "cp932")
    if euc is None and cp932 is None:
        return None
    if cp932 is None or euc is None:
        text = cp932 if euc is None else euc
        assert text is not None
        # cp932 gives a meaning to nearly every byte: one lone accented letter must not become a kana
        return (
            Decoded(text, "cp932" if euc is None else "euc_jp")
            if _everyday_share(text) >= 0.3 or _kana(text)
            else None
        )
    share = _everyday_share(euc)
    return (
        Decoded(euc, "euc_jp")
        if share >= _EVERYDAY_SHARE and share > _everyday_share(cp932)
        else Decoded(cp932, "cp932")
    )


def _kana(text: str) -> bool:
    """Tell whether half-width kana stand in runs, as in bank and receipt files."""
    return re.search("[ｦ-ﾟ]{3}", text) is not None


def _western(data: bytes) -> Decoded | None:
    text = _strict(data, "cp1252")
    if text is None or len(_HIGH.findall(data)) > len(data) * 0.2:
        return None
    accented = sum(len(_NON_ASCII.findall(word)) for word in _WESTERN_WORD.findall(text))
    return Decoded(text, "cp1252") if accented >= 0.5 * len(_NON_ASCII.findall(text)) else None


def _tolerant(data: bytes) -> Decoded | None:
    """Return the reading with the fewest damaged characters, when they are few."""
    best: Decoded | None = None
    for encoding in ("utf-8", "cp932", "euc_jp"):
        text = data.decode(encoding, errors="replace")
        damaged = text.count("\ufffd")
        few = damaged <= max(3, len(text) * _TOLERATED_SHARE) and damaged * 4 <= len(_NON_ASCII.findall(text))
        if few and (best is None or damaged < best.damaged):
            best = Decoded(text, encoding, damaged)
    return best


def decode(data: bytes) -> Decoded | Gap:
    """Decode a whole text without its BOM, newlines untouched; a `Gap` UNDECODABLE when it is none."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = data[len(bom) :].decode(encoding, errors="replace")
            return Decoded(text, encoding, text.count("\ufffd"))
    if b"\x00" in data:
        return _utf16(data, 0.9) or Gap(Reason.UNDECODABLE, "binary")
    if len(_CONTROL.findall(data)) > len(data) * 0.02 and not _SHIFT.search(data):
        return Gap(Reason.UNDECODABLE, "binary")
    shifted = _iso2022jp(data)
    if shifted is not None:
        return shifted
    utf8 = _strict(data, "utf-8")
    if utf8 is not None:
        return Decoded(utf8, "utf-8")
    for step in (_eight_bit_japanese, _western, _tolerant, lambda whole: _utf16(whole, 0.95)):
        found = step(data)
        if found is not None:
            return found
    return Gap(Reason.UNDECODABLE, "no known encoding")


def _sample_end(sample: bytes) -> int:
    """Cut a sample after its last line end, where no character of any encoding is split."""
    return (
        (sample.rfind(b"\n") + 1 or len(sample)) & ~1
        if b"\x00" in sample
        else sample.rfind(b"\n") + 1 or len(sample)
    )


def _incremental(encoding: str) -> Callable[[bytes], str]:
    if encoding == "cp50221":
        return Cp50221().decode
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    return decoder.decode


def decode_blocks(stream: BinaryIO, block: int = 8 << 20) -> Iterator[Decoded | Gap]:
    """Decode a large text in blocks that end at line ends; the encoding is judged by the first megabyte."""
    head = stream.read(_SAMPLE)
    judged = decode(head[: _sample_end(head)])
    if isinstance(judged, Gap):
        yield judged
        return
    stream.seek(next((len(bom) for bom, _ in _BOMS if head.startswith(bom)), 0))
    read = _incremental(judged.encoding)
    carry = b""
    while data := stream.read(block):
        data = carry + data
        cut = data.rfind(b"\n") + 1
        cut = len(data) if not cut or judged.encoding.startswith("utf") else cut
        carry, data = data[cut:], data[:cut]
        try:
            text = read(data)
        except UnicodeDecodeError:
            yield Gap(Reason.UNDECODABLE, f"not {judged.encoding} throughout")
            return
        yield Decoded(text, judged.encoding, text.count("\ufffd"))
    if carry:
        text = carry.decode("ascii", errors="replace") if judged.encoding == "cp50221" else read(carry)
        yield Decoded(text, judged.encoding, text.count("\ufffd"))
