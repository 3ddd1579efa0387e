"""The product's catalogue of laws, guidelines and standards, from data/laws.yaml: what a list begins with."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from data import read_text
from privacy_mark.certificates.reading import Confidence, confidence, day, named
from privacy_mark.reading import member
from registry.limits import GDPR_COUNTRIES
from registry.model import UnitKind
from registry.reference_file import Value, read
from registry.risk_levels import Words, words_of

FILE = "laws.yaml"
LONGEST_ADDRESS = 300
_COUNTRY = re.compile(r"[A-Z]{2}")
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Kind(enum.StrEnum):
    """What a norm is; the ids are public API."""

    ACT = "act"  # 法律
    ORDER = "order"  # 政令
    RULE = "rule"  # 規則・省令
    GUIDELINE = "guideline"  # 国の指針・ガイドライン
    STANDARD = "standard"  # 規格・制度の基準
    ORDINANCE = "ordinance"  # 条例
    INDUSTRY = "industry"  # 業界の規則
    CONTRACT = "contract"  # 契約で求められること


class Kept(enum.StrEnum):
    """Kinds of entities that the catalogue tells apart."""

    COMPANY = "company"
    HOSPITAL = "hospital"
    OVERSEAS = "overseas"


_KEPT: Mapping[UnitKind, Kept] = {
    UnitKind.HEADQUARTERS: Kept.COMPANY,
    UnitKind.COMPANY: Kept.COMPANY,
    UnitKind.HOSPITAL: Kept.HOSPITAL,
    UnitKind.OVERSEAS: Kept.OVERSEAS,
}


@dataclass(frozen=True, slots=True)
class Law:
    """One norm of the catalogue; `until` is its last day, None while it holds."""

    id: str
    kind: Kind
    name: Words
    number: str
    authority: Words
    address: str
    since: date
    until: date | None
    kinds: frozenset[Kept]
    countries: frozenset[str]  # ISO 3166-1; empty: every country
    why: Words  # whom it concerns
    confidence: Confidence

    def concerns(self, kind: UnitKind, country: str) -> bool:
        """Tell whether an entity of a kind in a country is asked whether this applies to it."""
        return _KEPT.get(kind) in self.kinds and (not self.countries or country in self.countries)

    def holds(self, on: date) -> bool:
        """Tell whether it has not ended on a day; what begins later is told of already."""
        return self.until is None or on <= self.until


@cache
def laws() -> Mapping[str, Law]:
    """Return every norm by its id, in the order of the file."""
    return load(read_text(FILE), FILE)


def laws_for(kind: UnitKind, country: str, on: date) -> list[Law]:
    """Return the norms that a list of such an entity begins with."""
    return [law for law in laws().values() if law.concerns(kind, country) and law.holds(on)]


def load(text: str, file: str) -> dict[str, Law]:
    """Return the norms that a file tells; raises `ReferenceFileError` naming file and line."""
    known = ("version", "source", "laws")
    fields = read(text, file).fields(known, known)
    fields["version"].integer()
    fields["source"].text()
    found: dict[str, Law] = {}
    for item in fields["laws"].items():
        law = _law(item)
        if law.id in found:
            raise item.error(f"{law.id!r} is given twice")
        found[law.id] = law
    return found


def _law(item: Value) -> Law:
    needed = ("id", "kind", "ja", "en", "number", "authority", "address", "since", "for", "why", "confidence")
    fields = item.fields((*needed, "until", "countries"), needed)
    name = fields["id"].text()
    if not _ID.fullmatch(name):
        raise fields["id"].error("must be small letters, digits and _")
    address = fields["address"].text(LONGEST_ADDRESS)
    if not address.startswith("https://"):
        raise fields["address"].error("must begin with https://")
    since = day(fields["since"])
    until = day(fields["until"]) if "until" in fields else None
    if until is not None and until < since:
        raise fields["until"].error("is before since")
    countries: set[str] = set()
    for each in fields["countries"].items() if "countries" in fields else ():
        code = each.text()
        if not _COUNTRY.fullmatch(code):
            raise each.error("must be a country such as DE, or EU")
        countries |= GDPR_COUNTRIES if code == "EU" else {code}
    return Law(
        id=name,
        kind=member(fields["kind"], Kind),
        name=named(fields),
        number=fields["number"].text(),
        authority=words_of(fields["authority"]),
        address=address,
        since=since,
        until=until,
        kinds=frozenset(member(each, Kept) for each in fields["for"].items()),
        countries=frozenset(countries),
        why=words_of(fields["why"]),
        confidence=confidence(fields["confidence"]),
    )
