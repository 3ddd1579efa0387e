"""Invented numbers: valid where people are told of, wrong where they only look alike."""

from datetime import date
from random import Random

import pytest

from daicho.demo import identifiers
from daicho.demo.fields import CATEGORY_OF, THINGS, people_needed, placeholders
from daicho.demo.organisation import read_yaml
from daicho.demo.people import era, population
from daicho.demo.romaji import romaji


def luhn(number: str) -> bool:
    """Return whether the Luhn digit is right, written apart from the code under test."""
    doubled = [int(c) * (1 + (n % 2)) for n, c in enumerate(reversed(number))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def test_known_examples_of_check_digits() -> None:
    """Examples that the authorities' formulas give: My Number, insurer numbers."""
    assert identifiers.my_number_check("12345678901") == 8
    assert identifiers.my_number_check("98320567321") == 4
    assert identifiers.m10w21_check("3312001") == 5
    assert identifiers.m10w21_check("0113001") == 2
    assert identifiers.m10w21_check("13831") == 3


def test_made_numbers_have_right_check_digits() -> None:
    """A hundred of each: My Number, insurer, card, licence, corporate number, JAN, IBAN."""
    dice = Random(7)
    for _ in range(100):
        number = identifiers.my_number(dice)
        assert identifiers.my_number_check(number[:11]) == int(number[11])
        wrong = identifiers.wrong_my_number(dice)
        assert identifiers.my_number_check(wrong[:11]) != int(wrong[11])
        assert luhn(identifiers.card_number(dice))
        assert not luhn(THINGS["wrong_card"](dice))
        insurer = identifiers.insurer_number(dice)
        assert luhn(insurer)
        jan = identifiers.jan_code(dice)
        assert sum(int(c) * (3 if n % 2 else 1) for n, c in enumerate(jan)) % 10 == 0
        iban = identifiers.german_iban(dice)
        assert int(f"{iban[4:]}1314{iban[2:4]}") % 97 == 1
        assert len(identifiers.driver_license(dice)) == 12


def test_the_tax_agencys_example_of_a_corporate_number() -> None:
    """8700110005901 is the example that the National Tax Agency publishes."""

    class Fixed(Random):
        """Dice that show the example's last twelve digits."""

        shown = iter("700110005901")

        def randrange(self, *_: int, **__: int) -> int:
            return int(next(self.shown))

    assert identifiers.corporate_number(Fixed()) == "8700110005901"


def test_phone_numbers_have_the_right_length() -> None:
    """Fixed lines have ten digits, mobile ones eleven, whatever the area code."""
    dice = Random(3)
    for area in ("03", "045", "0422"):
        assert len(identifiers.landline(dice, area).replace("-", "")) == 10
    assert len(identifiers.mobile(dice).replace("-", "")) == 11


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("サトウ", "sato"),
        ("ハットリ", "hattori"),
        ("シュンスケ", "shunsuke"),
        ("オオノ", "ono"),
        ("ババ", "baba"),
    ],
)
def test_names_in_latin_letters(kana: str, latin: str) -> None:
    """Readings become Hepburn without long marks."""
    assert romaji(kana) == latin


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(1980, 3, 1), "昭和55年3月1日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1989, 1, 8), "平成1年1月8日"),
        (date(2019, 5, 1), "令和1年5月1日"),
    ],
)
def test_dates_of_the_japanese_calendar(day: date, shown: str) -> None:
    """Eras change on their first day."""
    assert era(day) == shown


def test_every_name_can_be_written_in_old_encodings() -> None:
    """Names, places and diseases exist in EUC-JP, CP932 and ISO-2022-JP; there are a few hundred names."""
    stock = read_yaml("people.yaml")
    for encoding in ("cp932", "euc_jp", "iso2022_jp"):
        for key in ("surnames", "given_male", "given_female", "places"):
            stock[key].encode(encoding)
        "".join(stock["diseases"]).encode(encoding)
    pairs = [pair for key in ("surnames", "given_male", "given_female") for pair in stock[key].split()]
    assert len(pairs) > 300
    assert all(pair.count("/") == 1 for pair in pairs)
    assert all(romaji(pair.partition("/")[2]) for pair in pairs)


def test_every_field_of_every_template_has_a_meaning() -> None:
    """Templates ask only for facts of people or for known things, and harmless ones for no fact at all."""
    facts = (
        population(1, "TOWA-SYS:employees", 1)[0].facts.keys() | population(1, "TOWA-DE:x", 1)[0].facts.keys()
    )
    known = facts | THINGS.keys() | {"company", "company_en", "work_email"}
    for template in read_yaml("tables.yaml").values():
        assert set(template["columns"].values()) <= known
    for template in read_yaml("letters.yaml").values():
        assert placeholders(template["text"]) <= known
        assert people_needed(template["text"]) in (1, 2)
    for template in read_yaml("harmless.yaml").values():
        assert placeholders(template["text"]) <= THINGS.keys() | {"company"}
        assert people_needed(template["text"]) == 0
        assert not placeholders(template["text"]) & CATEGORY_OF.keys()
