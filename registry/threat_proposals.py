"""Which threats of the catalogue concern an entry: by its medium, places, categories, classes and exposure.

A decision about plain values: what an entry says, what was found of it, and where it belongs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from registry.handling import Medium
from registry.model import LedgerEntry, UnitKind
from registry.risk_facts import Facts
from registry.threats import Catalogue, Condition, Phase, Sign, Threat
from scanners.model import LEGAL_CLASS, Category, Exposure, LegalClass

MANY = 1_000
"""A leak of more persons than these is reported for its size (APPI enforcement rules Art. 7(iv))."""

_MEDIA: Mapping[Medium, str] = {
    Medium.FILE_SHARE: "file_share",
    Medium.DATABASE: "database",
    Medium.MAIL: "mail",
    Medium.CLOUD: "cloud",
    Medium.TERMINAL: "device",
    Medium.REMOVABLE: "removable",
    Medium.BACKUP: "removable",  # backups leave the machine on media
    Medium.PAPER: "paper",
}
_DATABASES = frozenset({"postgresql", "postgres", "mysql", "mariadb", "sqlite", "oracle", "mssql"})
_WHOLE_WORD = 4
"""English words so short must end where they end: post is not postgresql."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What conditions ask of an entry."""

    media: frozenset[str]
    places: frozenset[str]
    circumstances: frozenset[str]
    categories: frozenset[Category]
    exposure: Exposure

    @property
    def classes(self) -> frozenset[LegalClass]:
        """How the law treats what the entry holds."""
        return frozenset(LEGAL_CLASS[each] for each in self.categories)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A threat that concerns an entry in one phase."""

    phase: Phase
    threat: Threat


def situation_of(
    entry: LedgerEntry, facts: Facts, schemes: Iterable[str], kind: UnitKind | None, catalogue: Catalogue
) -> Situation:
    """Return what an entry says of itself and what was found of it.

    `schemes` are those of the addresses of the sources at which it is kept, `kind` that of its legal entity.
    """
    text = "\n".join(
        (
            *(entry.purpose, entry.storage_method, entry.access_holders, entry.end_of_use),
            *(place.text for place in entry.places),
        )
    )
    stated = {_MEDIA[medium] for medium in entry.handling.media}
    return Situation(
        media=frozenset(stated | set(map(_medium_of, schemes)) | _said(catalogue.media, text)),
        places=frozenset(_said(catalogue.places, text)),
        circumstances=frozenset(_circumstances(entry, facts, kind) | _said(catalogue.circumstances, text)),
        categories=facts.categories,
        exposure=facts.exposure,
    )


def propose(situation: Situation, catalogue: Catalogue) -> list[Proposal]:
    """Return the threats that concern an entry, by phase and in the order of the catalogue."""
    found = [threat for threat in catalogue.threats.values() if holds(threat.when, situation)]
    return [Proposal(phase, threat) for phase in Phase for threat in found if phase in threat.phases]


def holds(when: Condition, situation: Situation) -> bool:
    """Tell whether every part of a condition holds; an empty part asks nothing."""
    return (
        _any(when.media, situation.media)
        and _any(when.places, situation.places)
        and _any(when.categories, situation.categories)
        and _any(when.classes, situation.classes)
        and _any(when.exposure, {situation.exposure})
        and when.only <= situation.circumstances
    )


def _any(wanted: Collection[object], present: Collection[object]) -> bool:
    return not wanted or any(each in present for each in wanted)


def _medium_of(scheme: str) -> str:
    return "database" if scheme.partition("+")[0] in _DATABASES else "file_share"


def _circumstances(entry: LedgerEntry, facts: Facts, kind: UnitKind | None) -> set[str]:
    of = entry.handling
    known = {
        "my_number": Category.MY_NUMBER in facts.categories,
        "outsourced": bool(of.processors),
        "hospital": kind is UnitKind.HOSPITAL,
        "abroad": bool(of.transfers) or kind is UnitKind.OVERSEAS,
        "many": facts.persons > MANY,
        "provided": bool(of.recipients or of.joint_use),
    }
    return {name for name, holds_ in known.items() if holds_}


def _said(signs: Mapping[str, Sign], text: str) -> set[str]:
    return {
        sign.id
        for sign in signs.values()
        if (pattern := _pattern(sign.words)) is not None and pattern.search(text)
    }


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    if not words:
        return None
    parts = []
    for word in words:
        part = re.escape(word)
        if word.isascii():
            part = rf"(?<![A-Za-z0-9]){part}" + ("(?![A-Za-z0-9])" if len(word) <= _WHOLE_WORD else "")
        parts.append(part)
    return re.compile("|".join(parts), re.IGNORECASE)
