"""Keyed fingerprints: the same value gives the same 16 bytes however it is written, and tells nothing.

A plain digest of a telephone number falls to trying all numbers; a digest under a secret key does not.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from scanners.model import Category

FINGERPRINT_BYTES: Final = 16
_BLOCK: Final = 64  # bytes of a block of SHA-256

_DIGITS_ONLY: Final = frozenset(
    {
        Category.POSTAL_CODE,
        Category.PHONE,
        Category.MY_NUMBER,
        Category.DRIVER_LICENSE,
        Category.PENSION_NUMBER,
        Category.EMPLOYMENT_INSURANCE,
        Category.RESIDENT_CODE,
        Category.CREDIT_CARD,
        Category.BANK_ACCOUNT,
    }
)
# First Gregorian year of each era, minus one, so that "year 1" adds to it (元号法 and its cabinet orders).
_ERA_BASE: Final = {
    "明治": 1867,
    "大正": 1911,
    "昭和": 1925,
    "平成": 1988,
    "令和": 2018,
    "M": 1867,
    "T": 1911,
    "S": 1925,
    "H": 1988,
    "R": 2018,
}
_ERA_DATE: Final = re.compile(
    r"(明治|大正|昭和|平成|令和|[MTSHR])\.?(元|\d{1,3})(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})"
)
_WEST_DATE: Final = re.compile(r"(\d{4})(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})")
_COMPACT_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_ERA_CODED: Final = re.compile(r"([1-5])(\d{2})(\d{2})(\d{2})")  # of receipts: 1 明治 … 5 令和
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[ -]?([A-Z]{3})[A-Z]*\.?,?[ -]?(\d{4})")
_MONTH_FIRST: Final = re.compile(r"([A-Z]{3})[A-Z]*\.? ?(\d{1,2})(?:ST|ND|RD|TH)?,? ?(\d{4})")
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), start=1
    )
}
_HYPHENS: Final = re.compile(r"[‐‑‒–—―−﹣－ーｰ]")
_NOT_ALNUM: Final = re.compile(r"[\W_]+")
_NAME_NOISE: Final = re.compile(r"[\s・･·,.、，]+")
_SPACES: Final = re.compile(r"\s+")
_NOT_DIGIT: Final = re.compile(r"\D+")
_ADDRESS_UNITS: Final = re.compile(r"(?<=\d)(?:丁目|番地の?|番|号室?|の(?=\d))")
_LOOSE_HYPHEN: Final = re.compile(r"-(?!\d)")
_KANJI_CHOME: Final = re.compile(r"([一二三四五六七八九十]{1,3})(?=丁目)")
_KANJI_DIGIT: Final = {char: value for value, char in enumerate("一二三四五六七八九", start=1)}
_HIRAGANA_TO_KATAKANA: Final = {code: code + 0x60 for code in range(0x3041, 0x3097)}


class Fingerprinter:
    """Fingerprints of one key; equal across runs as long as the key is."""

    def __init__(self, key: bytes, older: Sequence[bytes] = (), objects: bytes = b"") -> None:
        for each in (key, *older):
            if len(each) < FINGERPRINT_BYTES:
                raise ValueError(
                    f"a fingerprint key needs at least {FINGERPRINT_BYTES} bytes, not {len(each)}"
                )
        self._key, self._objects = _Hmac(key), _Hmac(objects or key)
        self._older = tuple(map(_Hmac, older))

    def __repr__(self) -> str:
        return "Fingerprinter(<hidden>)"

    def of(self, category: Category, value: str) -> bytes:
        """Return the 16-byte HMAC-SHA256 of the category and the canonical value (RFC 2104)."""
        return _digest(self._key, category, value)

    def older(self, category: Category, value: str) -> frozenset[bytes]:
        """Return the fingerprints that the value had under earlier keys."""
        return frozenset(_digest(key, category, value) for key in self._older)

    def object_id(self, uri: str) -> str:
        """Return 32 hex digits that name an object in every run without telling where it lies."""
        return self._objects.of(b"object\0" + uri.encode("utf-8", "surrogatepass")).hex()

    def text(self, text: str) -> bytes:
        """Return by what a text is known again, letter for letter, without telling what it says."""
        return self._objects.of(b"text\0" + text.encode("utf-8", "surrogatepass"))


class _Hmac:
    """HMAC-SHA256 (RFC 2104), cut to the length of a fingerprint, under a key that is hashed only once."""

    def __init__(self, key: bytes) -> None:
        padded = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def of(self, message: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()[:FINGERPRINT_BYTES]


def _digest(key: _Hmac, category: Category, value: str) -> bytes:
    return key.of(f"{category}\0{canonical(category, value)}".encode("utf-8", "surrogatepass"))


def canonical(category: Category, value: str) -> str:
    """Return the one spelling under which all writings of a value meet; personal data, never stored.

    Numbers become their ASCII digits, identifiers with letters upper case, names katakana without
    spaces, dates ISO 8601, addresses hyphens instead of 丁目・番・号.
    """
    text = unicodedata.normalize("NFKC", value).strip()
    if category is Category.PHONE:
        return _phone(text)
    if category is Category.DOB:
        return _date(text)
    if category is Category.ADDRESS:
        return _address(text)
    if category is Category.EMAIL:
        return _SPACES.sub("", text).lower()
    if category in (Category.PERSON, Category.MEDICAL, Category.MEDICAL_CONTEXT):
        return _name(text)
    if category in _DIGITS_ONLY:
        return _NOT_DIGIT.sub("", _ascii_digits(text)) or _NOT_ALNUM.sub("", text).upper()
    return _NOT_ALNUM.sub("", _HYPHENS.sub("", text)).upper()


def _ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in text)


def _phone(text: str) -> str:
    international = text.lstrip("(").startswith("+")
    digits = _NOT_DIGIT.sub("", _ascii_digits(text.replace("(0)", "") if international else text))
    if international and digits.startswith("81"):
        return "0" + digits[2:].lstrip("0")
    return "+" + digits if international else digits


def _name(text: str) -> str:
    return _NAME_NOISE.sub("", text).translate(_HIRAGANA_TO_KATAKANA).casefold()


def _address(text: str) -> str:
    bare = _SPACES.sub("", text)
    bare = _KANJI_CHOME.sub(lambda match: str(_kanji_number(match.group(1))), bare)
    bare = re.sub(r"(?<=\d)[‐‑‒–—―−﹣－ーｰ](?=\d)", "-", bare)
    bare = _ADDRESS_UNITS.sub("-", bare)
    return _LOOSE_HYPHEN.sub("", bare).casefold()


def _kanji_number(text: str) -> int:
    if "十" not in text:
        return int("".join(str(_KANJI_DIGIT[char]) for char in text))
    tens, _, ones = text.partition("十")
    return (_KANJI_DIGIT.get(tens, 1)) * 10 + _KANJI_DIGIT.get(ones, 0)


def _date(text: str) -> str:
    bare = _SPACES.sub("", _HYPHENS.sub("-", text)).upper()
    if match := _ERA_DATE.search(bare):
        era, year, month, day = match.groups()
        return _iso(_ERA_BASE[era] + (1 if year == "元" else int(year)), int(month), int(day))
    if match := _WEST_DATE.search(bare):
        year, month, day = match.groups()
        return _iso(int(year), int(month), int(day))
    if match := _COMPACT_DATE.fullmatch(bare):
        year, month, day = match.groups()
        return _iso(int(year), int(month), int(day))
    if match := _ERA_CODED.fullmatch(bare):
        era, year, month, day = match.groups()
        return _iso(_ERA_BASE["MTSHR"[int(era) - 1]] + int(year), int(month), int(day))
    spaced = text.upper()
    if (match := _DAY_FIRST.search(spaced)) and match.group(2) in _MONTHS:
        return _iso(int(match.group(3)), _MONTHS[match.group(2)], int(match.group(1)))
    if (match := _MONTH_FIRST.search(spaced)) and match.group(1) in _MONTHS:
        return _iso(int(match.group(3)), _MONTHS[match.group(1)], int(match.group(2)))
    return bare


def _iso(year: int, month: int, day: int) -> str:
    return f"{year:04d}-{month:02d}-{day:02d}"
