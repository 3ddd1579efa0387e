"""What templates may ask for: facts of people with their category, and things about nobody."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from types import MappingProxyType

from daicho.demo import identifiers
from daicho.demo.organisation import Entity, read_yaml
from daicho.demo.people import TODAY, Person
from scanners.model import Category

CATEGORY_OF: Mapping[str, Category] = MappingProxyType(
    {
        **dict.fromkeys(("name", "name_joined", "name_wide", "kana", "latin", "family"), Category.PERSON),
        **dict.fromkeys(("dob", "dob_iso", "dob_ja", "dob_era"), Category.DOB),
        **dict.fromkeys(("mobile", "tel"), Category.PHONE),
        **dict.fromkeys(("email", "work_email"), Category.EMAIL),
        **dict.fromkeys(("insurer", "insured"), Category.HEALTH_INSURANCE),
        **dict.fromkeys(("account", "account_no", "iban"), Category.BANK_ACCOUNT),
        **dict.fromkeys(("disease", "other_disease"), Category.MEDICAL),
        "exam": Category.MEDICAL_CONTEXT,
        "postal": Category.POSTAL_CODE,
        "address": Category.ADDRESS,
        "my_number": Category.MY_NUMBER,
        "license": Category.DRIVER_LICENSE,
        "passport": Category.PASSPORT,
        "residence_card": Category.RESIDENCE_CARD,
        "pension": Category.PENSION_NUMBER,
        "employment": Category.EMPLOYMENT_INSURANCE,
        "staff_no": Category.STAFF_ID,
        "customer_code": Category.CUSTOMER_ID,
        "disability": Category.DISABILITY,
        "card": Category.CREDIT_CARD,
        "patient_id": Category.PATIENT_ID,
    }
)

_PLACEHOLDER = re.compile(r"\{(\w+)(?:@(\d))?\}")


def _choice(options: Sequence[str]) -> Callable[[Random], str]:
    return lambda dice: dice.choice(options)


def _number(low: int, high: int, shape: str = "{}") -> Callable[[Random], str]:
    return lambda dice: shape.format(dice.randrange(low, high))


def _day(first: date, days: int) -> Callable[[Random], str]:
    return lambda dice: f"{first + timedelta(days=dice.randrange(days)):%Y/%m/%d}"


def _wrong_card(dice: Random) -> str:
    body = identifiers.card_number(dice)
    return f"{body[:15]}{(int(body[15]) + dice.randrange(1, 10)) % 10}"


THINGS: Mapping[str, Callable[[Random], str]] = MappingProxyType(
    {
        **{name: _choice(options) for name, options in read_yaml("words.yaml").items()},
        "part_no": _number(100, 9999, "TW-{}K"),
        "host": _number(1, 40, "sw-core-{:02d}"),
        "jan": identifiers.jan_code,
        "corporate_number": identifiers.corporate_number,
        "wrong_my_number": identifiers.wrong_my_number,
        "wrong_card": _wrong_card,
        "passport_like": lambda dice: f"{dice.choice(('LT', 'QC', 'BX'))}{identifiers.digits(dice, 7)}",
        "residence_like": lambda dice: f"MC{identifiers.digits(dice, 8)}X{dice.randrange(1, 9)}",
        "postal_like": lambda dice: f"{identifiers.digits(dice, 3)}-{identifiers.digits(dice, 4)}",
        "ip": lambda dice: f"192.0.2.{dice.randrange(1, 255)}",
        "mac": lambda dice: ":".join(f"{dice.randrange(256):02x}" for _ in range(6)),
        "shelf": lambda dice: f"{dice.choice('ABCDEF')}-{dice.randrange(1, 30):02d}-{dice.randrange(1, 9)}",
        "quantity": _number(5, 980),
        "small_count": _number(1, 9),
        "unit_price": _number(12, 980, "{}00"),
        "amount": _number(12, 980, "{},000"),
        "amount_en": _number(24, 96, "{},500"),
        "salary": _number(218, 540, "{},000"),
        "allowance": _number(4, 40, "{},200"),
        "deduction": _number(31, 120, "{},450"),
        "rent": _number(52, 190, "{},000"),
        "points": _number(400, 90000, "{:,}"),
        "percent": _number(11, 99, "{}%"),
        "extension": _number(1000, 9999),
        "room": _number(101, 909),
        "doc_no": _number(10000, 99999, "A-26-{}"),
        "slip_no": _number(10_000_000, 99_999_999, "D{}"),
        "customer_code": _number(100_000, 999_999, "C{}"),
        "card_expiry": _number(27, 31, "09/{}"),
        "month": _number(1, 11, "2026年{}月"),
        "year": _number(2018, 2026, "{}年度"),
        "week_en": _number(1, 46, "week {}"),
        "today": _number(1, 28, "2026年10月{}日"),
        "today_iso": _number(10, 28, "2026-10-{}"),
        "past_date": _day(date(2019, 4, 1), 2600),
        "future_date": _day(TODAY + timedelta(days=30), 900),
        "retired_date": _day(date(2008, 4, 1), 1800),
    }
)


def placeholders(text: str) -> frozenset[str]:
    """Return the field names that a template asks for."""
    return frozenset(match.group(1) for match in _PLACEHOLDER.finditer(text))


def categories_of(fields: frozenset[str] | Sequence[str]) -> frozenset[Category]:
    """Return the categories that a document with these fields holds."""
    return frozenset(CATEGORY_OF[name] for name in fields if name in CATEGORY_OF)


def value(name: str, person: Person | None, entity: Entity, dice: Random) -> str:
    """Return the value of one field; a person's facts come before things of the same name."""
    if name == "company":
        return entity.name_ja
    if name == "company_en" and entity.kind == "overseas":
        return entity.name_en
    if person is not None:
        if name == "work_email":
            return f"{person.facts['mail_local']}.{person.facts['number']}@{entity.domain}"
        if name in person.facts:
            return person.facts[name]
    return THINGS[name](dice)


def fill(text: str, people: Sequence[Person], entity: Entity, dice: Random) -> str:
    """Return a template with every placeholder replaced; `@2` asks for the second person."""

    def replacement(match: re.Match[str]) -> str:
        place = int(match.group(2) or 1) - 1
        return value(match.group(1), people[place] if place < len(people) else None, entity, dice)

    return _PLACEHOLDER.sub(replacement, text)


def people_needed(text: str) -> int:
    """Return how many people a template tells of; 0 when it has no personal field."""
    found = (match for match in _PLACEHOLDER.finditer(text) if match.group(1) in CATEGORY_OF)
    return max((int(match.group(2) or 1) for match in found), default=0)
