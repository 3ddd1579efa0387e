"""The catalogue of threats to personal information by phase of its life, from data/threats.yaml.

Phases: the life cycle of JIS Q 15001 practice (取得・入力, 移送・送信, 利用・加工, 保管・バックアップ,
提供・委託, 消去・廃棄). Which of the threats concern an entry: `registry.threat_proposals`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from data import read_text
from registry.reference_file import Value, read
from registry.risk_levels import Words, words_of
from scanners.model import Category, Exposure, LegalClass

FILE = "threats.yaml"
_CONFIDENCE = ("high", "medium", "low")
_LANGUAGES = ("ja", "en")
_Member = TypeVar("_Member", bound=enum.StrEnum)


class Phase(enum.StrEnum):
    """A phase in the life of personal information, in its order."""

    ACQUIRE = "acquire"  # 取得・入力
    TRANSFER = "transfer"  # 移送・送信
    USE = "use"  # 利用・加工
    STORE = "store"  # 保管・バックアップ
    PROVIDE = "provide"  # 提供・委託
    ERASE = "erase"  # 消去・廃棄


class MeasureKind(enum.StrEnum):
    """Kinds of security measures of APPI Art. 23 (guideline 10-3 to 10-7)."""

    ORGANISATIONAL = "organisational"  # 組織的
    HUMAN = "human"  # 人的
    PHYSICAL = "physical"  # 物理的
    TECHNICAL = "technical"  # 技術的
    EXTERNAL = "external"  # 外的環境の把握


@dataclass(frozen=True, slots=True)
class Sign:
    """A medium, place or circumstance, and the words of an entry that speak of it."""

    id: str
    name: Words
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """When a threat concerns an entry: every part that is given must hold; an empty part asks nothing."""

    media: frozenset[str] = frozenset()  # any of them
    places: frozenset[str] = frozenset()  # any of them
    categories: frozenset[Category] = frozenset()  # any of them
    classes: frozenset[LegalClass] = frozenset()  # any of them
    exposure: frozenset[Exposure] = frozenset()  # any of them
    only: frozenset[str] = frozenset()  # circumstances, all of them


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure that the catalogue suggests against a threat."""

    kind: MeasureKind
    name: Words


@dataclass(frozen=True, slots=True)
class Threat:
    """One threat 脅威: what may happen in which phases, its harm, and what is done against it."""

    id: str
    name: Words
    phases: tuple[Phase, ...]
    when: Condition
    harm: Words
    measures: tuple[Measure, ...]
    source: str  # id in `Catalogue.sources`
    confidence: str  # high, medium, low


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All threats by id, and the signs that their conditions speak of."""

    version: int
    sources: Mapping[str, str]
    media: Mapping[str, Sign]
    places: Mapping[str, Sign]
    circumstances: Mapping[str, Sign]
    threats: Mapping[str, Threat]


@cache
def catalogue() -> Catalogue:
    """Return the product's catalogue."""
    return load(read_text(FILE), FILE)


def load(text: str, file: str) -> Catalogue:
    """Return the catalogue that a file tells; raises `ReferenceFileError` naming file and line."""
    root = read(text, file)
    known = ("version", "sources", "media", "places", "circumstances", "threats")
    fields = root.fields(known, known)
    sources = {name: value.text() for name, value in fields["sources"].pairs().items()}
    media, places, circumstances = (_signs(fields[name]) for name in ("media", "places", "circumstances"))
    reader = _Threats(sources, media, places, circumstances)
    threats: dict[str, Threat] = {}
    for item in fields["threats"].items():
        threat = reader.threat(item)
        if threat.id in threats:
            raise item.error(f"the id {threat.id!r} is given twice")
        threats[threat.id] = threat
    return Catalogue(fields["version"].integer(), sources, media, places, circumstances, threats)


def _signs(value: Value) -> dict[str, Sign]:
    found: dict[str, Sign] = {}
    for item in value.items():
        fields = item.fields(("id", "words", *_LANGUAGES), ("id", "words", *_LANGUAGES))
        sign_id = fields["id"].text()
        if sign_id in found:
            raise item.error(f"the id {sign_id!r} is given twice")
        words = tuple(each.text() for each in fields["words"].items())
        found[sign_id] = Sign(sign_id, Words(fields["ja"].text(), fields["en"].text()), words)
    return found


@dataclass(frozen=True, slots=True)
class _Threats:
    """Reads threats, whose conditions and sources must be declared above them."""

    sources: Collection[str]
    media: Collection[str]
    places: Collection[str]
    circumstances: Collection[str]

    def threat(self, item: Value) -> Threat:
        required = ("id", "phases", "harm", "measures", "source", "confidence", *_LANGUAGES)
        fields = item.fields((*required, "when"), required)
        phases = tuple(_member(each, Phase) for each in fields["phases"].items())
        measures = tuple(_measure(each) for each in fields["measures"].items())
        if not phases or len(set(phases)) < len(phases):
            raise fields["phases"].error("one phase or several different ones are expected here")
        if not measures:
            raise fields["measures"].error("at least one measure is expected here")
        return Threat(
            id=fields["id"].text(64),
            name=Words(fields["ja"].text(), fields["en"].text()),
            phases=phases,
            when=self._condition(fields["when"]) if "when" in fields else Condition(),
            harm=words_of(fields["harm"]),
            measures=measures,
            source=_among(fields["source"], self.sources),
            confidence=_among(fields["confidence"], _CONFIDENCE),
        )

    def _condition(self, value: Value) -> Condition:
        fields = value.fields(("media", "places", "categories", "classes", "exposure", "only"), ())

        def listed(name: str, one: Callable[[Value], str]) -> frozenset[str]:
            if name not in fields:
                return frozenset()
            found = frozenset(one(each) for each in fields[name].items())
            if not found:
                raise fields[name].error("is empty: leave it out where it asks nothing")
            return found

        return Condition(
            media=listed("media", lambda each: _among(each, self.media)),
            places=listed("places", lambda each: _among(each, self.places)),
            categories=frozenset(map(Category, listed("categories", lambda each: _member(each, Category)))),
            classes=frozenset(map(LegalClass, listed("classes", lambda each: _member(each, LegalClass)))),
            exposure=frozenset(map(Exposure, listed("exposure", lambda each: _member(each, Exposure)))),
            only=listed("only", lambda each: _among(each, self.circumstances)),
        )


def _measure(value: Value) -> Measure:
    fields = value.fields(("kind", *_LANGUAGES), ("kind", *_LANGUAGES))
    return Measure(_member(fields["kind"], MeasureKind), Words(fields["ja"].text(), fields["en"].text()))


def _member(value: Value, kind: type[_Member]) -> _Member:
    return kind(_among(value, [each.value for each in kind]))


def _among(value: Value, known: Collection[str]) -> str:
    written = value.text()
    if written not in known:
        raise value.error(f"there is no {written!r}; known are {', '.join(sorted(known))}")
    return written
