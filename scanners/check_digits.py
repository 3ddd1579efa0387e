"""Check digits of Japanese and international identifiers: pure functions over strings of ASCII digits.

A right check digit never proves a value by itself: one random number in ten has it.
"""

_MY_NUMBER = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_LICENCE = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_MRZ = (7, 3, 1)


def _digits(number: str) -> list[int]:
    return [ord(char) - 48 for char in number]


def is_uniform(number: str) -> bool:
    """Say whether all digits are the same (000…, 111…): never a number that was issued."""
    return len(set(number)) <= 1


def my_number(number: str) -> bool:
    """Check the 12 digits of an individual number 個人番号 (Ordinance of MIC No. 85 of 2014, Art. 5)."""
    if len(number) != 12 or is_uniform(number):
        return False
    *body, last = _digits(number)
    rest = sum(digit * weight for digit, weight in zip(body, _MY_NUMBER, strict=True)) % 11
    return last == (0 if rest <= 1 else 11 - rest)


def corporate_number(number: str) -> bool:
    """Check the 13 digits of a corporate number 法人番号, whose first digit is the check digit."""
    if len(number) != 13 or is_uniform(number):
        return False
    first, *body = _digits(number)
    total = sum(digit * (1 + index % 2) for index, digit in enumerate(reversed(body)))
    return first == 9 - total % 9


def modulus_10_weight_21(number: str) -> bool:
    """Check the last digit by modulus 10, weights 2 and 1 from the right, summing digits of products.

    Insurer numbers 保険者番号 (8 digits; NHI 6), public payers (8), recipients and institutions (7).
    """
    if len(number) < 2 or is_uniform(number):
        return False
    *body, last = _digits(number)
    total = 0
    for index, digit in enumerate(reversed(body)):
        product = digit * (2 - index % 2)
        total += product // 10 + product % 10
    return last == (10 - total % 10) % 10


def driver_licence(number: str) -> bool:
    """Check the 11th of 12 digits of a driver's licence 運転免許証番号.

    The police publish no formula; this one is known from many licences: it may raise a score and
    must never reject.
    """
    if len(number) != 12:
        return False
    digits = _digits(number)
    rest = sum(digit * weight for digit, weight in zip(digits[:10], _LICENCE, strict=True)) % 11
    return digits[10] == (11 - rest) % 10


def luhn(number: str) -> bool:
    """Check a card number (ISO/IEC 7812-1 Annex B)."""
    if len(number) < 2 or is_uniform(number):
        return False
    total = 0
    for index, digit in enumerate(reversed(_digits(number))):
        doubled = digit * (1 + index % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def yucho(symbol: str, number: str) -> bool:
    """Check the 4th digit of a Yucho symbol 記号 (5 digits) against symbol and number 番号 (at most 8)."""
    if len(symbol) != 5 or not 1 <= len(number) <= 8 or symbol[0] not in "01":
        return False
    s = _digits(symbol)
    n = _digits(number.zfill(8))
    total = s[0] + 3 * s[1] + _doubled(s[2]) + 3 * s[4]
    total += _doubled(n[0]) + n[1] + 3 * n[2] + _doubled(n[3]) + n[4] + 3 * n[5] + _doubled(n[6]) + n[7]
    return s[3] == total % 10


def _doubled(digit: int) -> int:
    return 2 * digit - 9 if digit >= 5 else 2 * digit


def machine_readable(field: str) -> int:
    """Return the check digit of a field of a machine-readable zone (ICAO Doc 9303-3, 4.9)."""
    values = {"<": 0}
    total = 0
    for index, char in enumerate(field):
        value = values.get(char, int(char, 36) if char != "<" else 0)
        total += value * _MRZ[index % 3]
    return total % 10
