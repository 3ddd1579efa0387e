"""Text of DICOM elements: the character sets of PS3.5 annex H, and what stands there in fact."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from scanners.encodings import Decoded, decode
from scanners.extractors.package import MALFORMED
from scanners.jis import Cp50221

_JAPANESE = frozenset({"ISO_IR 13", "ISO 2022 IR 13", "ISO 2022 IR 87", "ISO 2022 IR 159"})
_LATIN = frozenset({"", "ISO_IR 6", "ISO 2022 IR 6", "ISO_IR 100", "ISO 2022 IR 100"})
_JAPANESE_WORD = re.compile("[぀-ヿ一-鿿々]{2}|[ｦ-ﾟ]{3}")
_G1_KANA = b"\x1b)I"


@cache
def malformed() -> tuple[type[Exception], ...]:
    """Return what pydicom raises on malformed input."""
    from pydicom.errors import BytesLengthException, InvalidDicomError

    return (*MALFORMED, BytesLengthException, InvalidDicomError)


def charset_names(value: object) -> tuple[str, ...]:
    """Return the values of Specific Character Set (0008,0005), however they are held."""
    if isinstance(value, bytes):
        value = value.decode("latin-1").split("\\")
    parts = [value] if isinstance(value, str) else list(value) if isinstance(value, Sequence) else []
    return tuple(str(part).strip(" \x00").upper() for part in parts)


def element_text(data: bytes, charset: tuple[str, ...]) -> tuple[str, int]:
    """Return an element's text and how many of its characters are damaged.

    The declared set is believed where it can be: files that declare nothing, or Latin letters, hold
    CP932 or UTF-8 often enough.
    """
    if data.isascii() and b"\x1b" not in data:
        return data.decode("ascii").rstrip(" \x00"), 0
    data = data.rstrip(b" \x00")
    foreign = [name for name in charset if name not in _JAPANESE and name not in _LATIN]
    if foreign:
        text = _declared(data, charset)
        if text is not None:
            return text, 0
    elif b"\x1b" in data:
        text = _escaped(data)
        if text is not None:
            return text, 0
    elif (
        charset[:1] and charset[0] in _JAPANESE and all(byte < 0x80 or 0xA1 <= byte <= 0xDF for byte in data)
    ):
        return data.decode("cp932", "replace"), 0
    found = decode(data)
    latin = not charset or charset[0] in _LATIN
    if isinstance(found, Decoded) and (
        found.encoding == "utf-8" or not latin or _JAPANESE_WORD.search(found.text)
    ):
        return found.text, found.damaged
    if latin:
        text = data.decode("latin-1")
        return text, sum("\x80" <= character < "\xa0" for character in text)
    text = data.decode("ascii", "replace")
    return text, text.count("\ufffd")


def _escaped(data: bytes) -> str | None:
    """Decode ISO 2022 text of Japanese sets; the shift ends with its component, however it is written."""
    try:
        return Cp50221().decode(data.replace(_G1_KANA, b""))
    except UnicodeDecodeError:
        return None


def _declared(data: bytes, charset: tuple[str, ...]) -> str | None:
    from pydicom.charset import convert_encodings, decode_bytes

    try:
        text = decode_bytes(data, convert_encodings(list(charset)), {0x5C, 0x5E, 0x3D, 0x0A, 0x0C, 0x0D})
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if "\ufffd" in text else text


def values(text: str) -> list[str]:
    """Split the values of a multi-valued element."""
    return [part for value in text.split("\\") if (part := value.strip(" \x00\t\r\n"))]


def name_writings(value: str) -> list[tuple[str, str]]:
    """Return (writing, name) of a person name: alphabetic=ideographic=phonetic, each of five parts."""
    found = []
    for writing, group in zip(("", " ideographic", " phonetic"), value.split("="), strict=False):
        # family, given and middle name; what precedes and follows (様, MD) is no part of the name
        name = " ".join(part.strip() for part in group.split("^")[:3] if part.strip())
        if name:
            found.append((writing, name))
    return found
