"""Invented numbers of people with valid check digits, and look-alikes whose check digit is wrong.

Formulas: My Number, Ministry of Internal Affairs ordinance 85 of 2014, Art. 5; insurer numbers,
modulus 10 with weights 2 and 1 (保険者番号等設定要領); driver's licence, the unofficial weights in
common use (the police publish none); cards, ISO/IEC 7812-1 (Luhn);
法人番号, Ministry of Finance ordinance 70 of 2014.
"""

from collections.abc import Sequence
from random import Random

MY_NUMBER_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
LICENSE_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
CARD_TEST_PREFIXES = ("411111", "555555", "353011")  # of the networks' published test cards


def digits(dice: Random, count: int) -> str:
    """Return `count` random decimal digits."""
    return "".join(str(dice.randrange(10)) for _ in range(count))


def _weighted(number: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))


def my_number_check(body: str) -> int:
    """Return the check digit of the first 11 digits of a My Number."""
    rest = _weighted(body, MY_NUMBER_WEIGHTS) % 11
    return 0 if rest <= 1 else 11 - rest


def my_number(dice: Random) -> str:
    """Return 12 digits with a valid check digit."""
    body = str(dice.randrange(1, 10)) + digits(dice, 10)
    return f"{body}{my_number_check(body)}"


def wrong_my_number(dice: Random) -> str:
    """Return 12 digits shaped like a My Number whose check digit is wrong."""
    body = str(dice.randrange(1, 10)) + digits(dice, 10)
    return f"{body}{(my_number_check(body) + dice.randrange(1, 10)) % 10}"


def m10w21_check(body: str) -> int:
    """Return the check digit of insurer, recipient and institution numbers (digits of products summed)."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        product = int(digit) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return (10 - total % 10) % 10


def insurer_number(dice: Random) -> str:
    """Return the 8 digits of an employees' insurer: law, prefecture, serial, check digit."""
    body = f"{dice.choice(('01', '06', '31', '32', '33'))}{dice.randrange(1, 48):02d}{digits(dice, 3)}"
    return f"{body}{m10w21_check(body)}"


def driver_license(dice: Random) -> str:
    """Return 12 digits: commission, year, serial, check digit, re-issue count."""
    body = f"{dice.randrange(30, 98)}{dice.randrange(0, 26):02d}{digits(dice, 6)}"
    rest = _weighted(body, LICENSE_WEIGHTS) % 11
    return f"{body}{(11 - rest) % 10}{dice.randrange(2)}"


def card_number(dice: Random) -> str:
    """Return 16 digits under a test prefix with a valid Luhn digit."""
    body = dice.choice(CARD_TEST_PREFIXES) + digits(dice, 9)
    total = 0
    for place, digit in enumerate(reversed(body)):
        product = int(digit) * (2 if place % 2 == 0 else 1)
        total += product - 9 if product > 9 else product
    return f"{body}{(10 - total % 10) % 10}"


def jan_code(dice: Random) -> str:
    """Return a 13-digit JAN article code under the prefix for in-store use (GS1 prefix 20)."""
    body = "20" + digits(dice, 10)
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{(10 - total % 10) % 10}"


def passport(dice: Random) -> str:
    """Return two letters and seven digits."""
    return f"{dice.choice('TM')}{dice.choice('RSKZGH')}{digits(dice, 7)}"


def residence_card(dice: Random) -> str:
    """Return two letters, eight digits, two letters."""
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    four = "".join(dice.choice(letters) for _ in range(4))
    return f"{four[:2]}{digits(dice, 8)}{four[2:]}"


def employment_insurance(dice: Random) -> str:
    """Return a number of an insured person, 4-6-1 digits."""
    return f"{digits(dice, 4)}-{digits(dice, 6)}-{digits(dice, 1)}"


def pension_number(dice: Random) -> str:
    """Return a basic pension number, 4-6 digits."""
    return f"{dice.randrange(1000, 9999)}-{digits(dice, 6)}"


def mobile(dice: Random) -> str:
    """Return a mobile number, 11 digits in three groups."""
    return f"0{dice.choice('789')}0-{dice.randrange(1000, 10000)}-{digits(dice, 4)}"


def landline(dice: Random, area: str) -> str:
    """Return a fixed-line number of 10 digits below an area code."""
    local = str(dice.randrange(2, 10)) + digits(dice, 5 - len(area))
    return f"{area}-{local}-{digits(dice, 4)}"


def german_iban(dice: Random) -> str:
    """Return a German account number of 22 characters with a valid ISO 7064 check."""
    body = digits(dice, 18)
    check = 98 - int(f"{body}131400") % 97  # D = 13, E = 14, ISO 13616
    return f"DE{check:02d}{body}"


def corporate_number(dice: Random) -> str:
    """Return 13 digits of an invented 法人番号: public, about no person; the first digit is the check."""
    body = digits(dice, 12)
    total = sum(int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(body)))
    return f"{9 - total % 9}{body}"
