"""Invented people: names, numbers and circumstances, the same for the same seed."""

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from daicho.demo import identifiers
from daicho.demo.chance import dice_for
from daicho.demo.organisation import read_yaml
from daicho.demo.romaji import romaji

TODAY = date(2026, 11, 20)


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person; `key` tells people apart, `facts` are the values that forms ask for."""

    key: str
    facts: dict[str, str]


def _pairs(words: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(word.split("/")) for word in words.split())


@cache
def _stock() -> dict[str, Any]:
    stock = dict(read_yaml("people.yaml"))
    for name in ("surnames", "given_male", "given_female", "places"):
        stock[name] = _pairs(stock[name])
    return stock


def era(day: date) -> str:
    """Return a date of 1926 or later in the Japanese calendar: 昭和55年3月1日."""
    for name, start, offset in (
        ("令和", date(2019, 5, 1), 2018),
        ("平成", date(1989, 1, 8), 1988),
        ("昭和", date(1926, 12, 25), 1925),
    ):
        if day >= start:
            return f"{name}{day.year - offset}年{day.month}月{day.day}日"
    raise ValueError("a date before 1926-12-25 has no era here")


def _birth(dice: Random, population: str) -> date:
    youngest, oldest = (1, 94) if "patients" in population or "clients" in population else (21, 64)
    if "clients" in population:
        youngest = 66
    return TODAY - timedelta(days=dice.randrange(youngest * 365, oldest * 365))


def _numbers(dice: Random, area: str) -> dict[str, str]:
    bank, bank_code = dice.choice(_stock()["banks"]).split("/")
    branch, branch_code = dice.choice(_stock()["branches"]).split("/")
    account = identifiers.digits(dice, 7)
    return {
        "mobile": identifiers.mobile(dice),
        "tel": identifiers.landline(dice, area),
        "my_number": identifiers.my_number(dice),
        "license": identifiers.driver_license(dice),
        "passport": identifiers.passport(dice),
        "residence_card": identifiers.residence_card(dice),
        "pension": identifiers.pension_number(dice),
        "employment": identifiers.employment_insurance(dice),
        "disability": dice.choice(
            ("", "", "", "", "", "身体障害者手帳2級", "療育手帳B1", "精神障害者保健福祉手帳3級")
        ),
        "insurer": identifiers.insurer_number(dice),
        "insured": f"{dice.randrange(10, 9999)}-{dice.randrange(1, 99999)}",
        "card": "-".join((number := identifiers.card_number(dice))[i : i + 4] for i in range(0, 16, 4)),
        "bank": f"{bank}（{bank_code}）",
        "branch": f"{branch}（{branch_code}）",
        "account_no": account,
        "account": f"{bank} {branch} 普通 {account}",
    } | {"card_plain": number}


def _clinical(dice: Random) -> dict[str, str]:
    stock = _stock()
    disease = dice.choice(stock["diseases"])
    return {
        "disease": disease,
        "exam": stock["exams"][len(disease) % len(stock["exams"])],
        "other_disease": dice.choice(stock["diseases"]),
        "pressure": f"{dice.randrange(98, 178)}/{dice.randrange(56, 104)}",
        "glucose": str(dice.randrange(74, 210)),
        "hba1c": f"{dice.randrange(46, 98) / 10:.1f}",
        "bmi": f"{dice.randrange(170, 330) / 10:.1f}",
        "judgement": dice.choice(stock["judgements"]),
        "care_level": dice.choice(stock["care_levels"]),
    }


def _japanese(dice: Random, population: str, number: int) -> dict[str, str]:
    stock = _stock()
    female = dice.random() < 0.5
    family, family_kana = dice.choice(stock["surnames"])
    given, given_kana = dice.choice(stock["given_female" if female else "given_male"])
    postal, town, area = dice.choice(stock["places"])
    block = f"{dice.randrange(1, 9)}-{dice.randrange(1, 38)}-{dice.randrange(1, 29)}"
    flat = dice.randrange(101, 509)
    room = dice.choice(("", "", f" コーポ青葉{flat}号室", f" グランメゾン港{flat}"))
    born = _birth(dice, population)
    mail = f"{romaji(given_kana)}.{romaji(family_kana)}"
    return {
        "name": f"{family} {given}",
        "name_joined": f"{family}{given}",
        "name_wide": f"{family}　{given}",
        "family": family,
        "kana": f"{family_kana} {given_kana}",
        "latin": f"{romaji(given_kana).title()} {romaji(family_kana).title()}",
        "sex": "女" if female else "男",
        "postal": postal,
        "address": f"{town}{block}{room}",
        "dob": f"{born:%Y/%m/%d}",
        "dob_iso": born.isoformat(),
        "dob_ja": f"{born.year}年{born.month}月{born.day}日",
        "dob_era": era(max(born, date(1926, 12, 25))),
        "age": str((TODAY - born).days * 4 // 1461),
        "email": f"{mail}{number}@mail.example.jp",
        "mail_local": mail,
        **_numbers(dice, area),
        **_clinical(dice),
    }


def _foreign(dice: Random, origin: str, population: str, number: int) -> dict[str, str]:
    stock = _stock()["english"][origin]
    given, family = dice.choice(stock["given"]), dice.choice(stock["family"])
    born = _birth(dice, population)
    street, city = dice.choice(stock["streets"]), dice.choice(stock["cities"])
    german = origin == "german"
    house = dice.randrange(1, 140)
    local_account = f"{identifiers.digits(dice, 4)} {identifiers.digits(dice, 8)}"
    plain = f"{given}.{family}".lower().replace(" ", "")
    for mark, letters in (("ü", "ue"), ("ä", "ae"), ("ö", "oe"), ("ß", "ss")):
        plain = plain.replace(mark, letters)
    mobile = (
        f"+49 15{dice.randrange(1, 8)} {identifiers.digits(dice, 8)}"
        if german
        else (f"+84 9{dice.randrange(0, 10)} {identifiers.digits(dice, 3)} {identifiers.digits(dice, 4)}")
    )
    return {
        "name": f"{given} {family}" if german else f"{family} {given}",
        "family": family,
        "sex": dice.choice(("F", "M")),
        "address": f"{street} {house}, {city}" if german else f"{house} {street}, {city}",
        "dob": born.isoformat(),
        "dob_iso": born.isoformat(),
        "email": f"{plain}{number}@mail.example.com",
        "mail_local": plain,
        "mobile": mobile,
        "passport": f"{dice.choice('BC')}{identifiers.digits(dice, 7)}",
        "iban": identifiers.german_iban(dice) if german else local_account,
    }


@cache
def _person(seed: int, name: str, index: int) -> Person:
    unit = name.partition(":")[0]
    dice = dice_for(seed, name, str(index))
    origin = "" if "expatriates" in name else {"TOWA-DE": "german", "TOWA-VN": "vietnamese"}.get(unit, "")
    facts = _foreign(dice, origin, name, index) if origin else _japanese(dice, name, index)
    # Each population numbers its patients in a range of its own: two hospitals share no patient number.
    base = 10 + zlib.crc32(name.encode("utf-8")) % 89
    facts["patient_id"] = str(base * 1_000_000 + (index + 1) * 123_457 % 1_000_000)
    facts["staff_no"] = f"{unit.rpartition('-')[2][0]}{20110 + index * 7}"
    facts["number"] = str(index + 1)
    return Person(f"{name}#{index}", facts)


def population(seed: int, name: str, size: int) -> tuple[Person, ...]:
    """Return the first `size` people of "HOSP-SAKURA:patients" and the like; longer ones begin alike."""
    return tuple(_person(seed, name, index) for index in range(size))
