"""Turns what somebody tells of themselves into fingerprints, exactly as a scan would have made them.

The values are used here and forgotten: only fingerprints go on. A name is looked for as a whole, in both
orders in Latin letters, as surname and given name in two columns, and with the variants 異体字 of its kanji.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from registry.asked import Asked, AskedField
from registry.vault import Vault
from scanners.fingerprint import Fingerprinter
from scanners.model import Category
from scanners.normalise import normalise

IDENTIFIERS: Final = (
    Category.PATIENT_ID,
    Category.STAFF_ID,
    Category.CUSTOMER_ID,
    Category.HEALTH_INSURANCE,
    Category.MY_NUMBER,
    Category.DRIVER_LICENSE,
    Category.PASSPORT,
    Category.RESIDENCE_CARD,
    Category.PENSION_NUMBER,
    Category.EMPLOYMENT_INSURANCE,
)
"""Numbers that a person may know of themselves, the most usual first."""

_VARIANTS: Final = (
    "高髙",
    "崎﨑",
    "浜濱濵",
    "辺邊邉",
    "斉斎齊齋",
    "沢澤",
    "広廣",
    "桜櫻",
    "滝瀧",
    "島嶋嶌",
    "国國",
    "桑桒",
    "徳德",
    "真眞",
    "恵惠",
    "吉𠮷",
    "栄榮",
    "竜龍",
    "関關",
    "蔵藏",
)
_ALSO: Final = {char: group for group in _VARIANTS for char in group}
_WRITINGS_AT_MOST: Final = 24
_LATIN: Final = re.compile(r"[A-Za-zÀ-ſ.,'’\- ]+")


@dataclass(frozen=True, slots=True)
class PersonAsked:
    """What a request tells of the person; its repr shows nothing, and nothing here is ever stored."""

    surname: str = field(default="", repr=False)
    given_name: str = field(default="", repr=False)
    surname_reading: str = field(default="", repr=False)
    given_reading: str = field(default="", repr=False)
    birth_date: date | None = field(default=None, repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    identifier: str = field(default="", repr=False)
    identifier_kind: Category = Category.PATIENT_ID


def asked(person: PersonAsked, vault: Vault) -> tuple[Asked, ...]:
    """Return the fingerprints of everything told, under every version of the key that runs may have."""
    versions = range(1, vault.version("fingerprint") + 1)
    makers = [Fingerprinter(vault.subkey("fingerprint", version)) for version in versions]

    def prints(category: Category, value: str) -> frozenset[bytes]:
        return frozenset(each.of(category, value) for each in makers)

    def single(what: AskedField, category: Category, value: str) -> Iterator[Asked]:
        if told := normalise(value).value.strip():
            yield Asked(what, category, ((prints(category, told),),))

    def name(what: AskedField, surname: str, given: str) -> Iterator[Asked]:
        writings = tuple(
            tuple(prints(Category.PERSON, part) for part in parts) for parts in _writings(surname, given)
        )
        if writings:
            yield Asked(what, Category.PERSON, tuple(dict.fromkeys(writings)))

    born = "" if person.birth_date is None else person.birth_date.isoformat()
    return (
        *name(AskedField.NAME, person.surname, person.given_name),
        *name(AskedField.READING, person.surname_reading, person.given_reading),
        *single(AskedField.BIRTH_DATE, Category.DOB, born),
        *single(AskedField.PHONE, Category.PHONE, person.phone),
        *single(AskedField.EMAIL, Category.EMAIL, person.email),
        *single(AskedField.ADDRESS, Category.ADDRESS, person.address),
        *single(AskedField.IDENTIFIER, person.identifier_kind, person.identifier),
    )


def _writings(surname: str, given: str) -> Iterator[tuple[str, ...]]:
    """Yield the ways in which a name is written: whole, and as two parts of one record.

    A surname or a given name alone is what thousands of others have: it is looked for only when both are
    not told apart, as the whole name in one field.
    """
    surname, given = (normalise(each).value.strip() for each in (surname, given))
    if not surname and not given:
        return
    for last, first in itertools.islice(itertools.product(_kanji(surname), _kanji(given)), _WRITINGS_AT_MOST):
        yield (f"{last}{first}",)
        if last and first:
            if _LATIN.fullmatch(f"{last}{first}"):
                yield (f"{first}{last}",)
            yield (last, first)


def _kanji(name: str) -> Iterator[str]:
    """Yield a name as told, then with the other forms of its characters."""
    yield name
    choices = [_ALSO.get(char, char) for char in name]
    for chars in itertools.islice(itertools.product(*choices), _WRITINGS_AT_MOST):
        if (other := "".join(chars)) != name:
            yield other
