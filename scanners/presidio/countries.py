"""Numbers that other countries give a person, found by Presidio's own recognizers of these countries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from scanners.detectors.evidence import CHECK_DIGIT, PATTERN, score
from scanners.detectors.interface import Text, TextDetector
from scanners.model import Category, Evidence, EvidenceKind, Match

if TYPE_CHECKING:
    from presidio_analyzer import PatternRecognizer, RecognizerResult

_ID, _PASSPORT, _LICENCE = Category.FOREIGN_ID, Category.PASSPORT, Category.DRIVER_LICENSE
_IBAN = MappingProxyType({"IbanRecognizer": Category.BANK_ACCOUNT})

COUNTRIES: Final[Mapping[str, Mapping[str, Category]]] = MappingProxyType(
    {
        "AU": {"AuTfnRecognizer": _ID, "AuMedicareRecognizer": _ID},
        "CA": {"CaSinRecognizer": _ID},
        "DE": {
            "DeTaxIdRecognizer": _ID,
            "DeIdCardRecognizer": _ID,
            "DeSocialSecurityRecognizer": _ID,
            "DeHealthInsuranceRecognizer": _ID,
            "DePassportRecognizer": _PASSPORT,
            "DeFuehrerscheinRecognizer": _LICENCE,
            **_IBAN,
        },
        "ES": {"EsNifRecognizer": _ID, "EsNieRecognizer": _ID, "EsPassportRecognizer": _PASSPORT, **_IBAN},
        "FI": {"FiPersonalIdentityCodeRecognizer": _ID, **_IBAN},
        "FR": {**_IBAN},
        "GB": {
            "NhsRecognizer": _ID,
            "UkNinoRecognizer": _ID,
            "UkPassportRecognizer": _PASSPORT,
            "UkDrivingLicenceRecognizer": _LICENCE,
            **_IBAN,
        },
        "IN": {
            "InAadhaarRecognizer": _ID,
            "InPanRecognizer": _ID,
            "InVoterRecognizer": _ID,
            "InPassportRecognizer": _PASSPORT,
        },
        "IT": {
            "ItFiscalCodeRecognizer": _ID,
            "ItIdentityCardRecognizer": _ID,
            "ItPassportRecognizer": _PASSPORT,
            "ItDriverLicenseRecognizer": _LICENCE,
            **_IBAN,
        },
        "KR": {
            "KrRrnRecognizer": _ID,
            "KrFrnRecognizer": _ID,
            "KrPassportRecognizer": _PASSPORT,
            "KrDriverLicenseRecognizer": _LICENCE,
        },
        "NG": {"NgNinRecognizer": _ID},
        "NL": {**_IBAN},
        "PH": {"PhTinRecognizer": _ID, "PhUmidRecognizer": _ID, "PhPassportRecognizer": _PASSPORT},
        "PL": {"PlPeselRecognizer": _ID, **_IBAN},
        "SE": {"SePersonnummerRecognizer": _ID, **_IBAN},
        "SG": {"SgFinRecognizer": _ID},
        "TH": {"ThTninRecognizer": _ID},
        "TR": {"TrNationalIdRecognizer": _ID, **_IBAN},
        "US": {
            "UsSsnRecognizer": _ID,
            "UsItinRecognizer": _ID,
            "UsMbiRecognizer": _ID,
            "UsPassportRecognizer": _PASSPORT,
            "UsLicenseRecognizer": _LICENCE,
        },
        "ZA": {
            "ZaIdNumberRecognizer": _ID,
            "ZaPassportRecognizer": _PASSPORT,
            "ZaDriverLicenseRecognizer": _LICENCE,
        },
    }
)
"""ISO 3166-1 alpha-2 -> Presidio's recognizers of that country and the category of what they find."""

_VALID: Final = 1.0  # Presidio's score of a value whose check digits are right
_NEAR: Final = 60  # characters before a value in which its name may stand
# Words of Presidio's that stand before many other numbers as well
_VAGUE: Final = frozenset(
    {"id", "us", "tax", "social", "security", "united", "states", "lic", "permit", "pan"}
)


def is_installed() -> bool:
    """Say whether Presidio is there; loads nothing."""
    return find_spec("presidio_analyzer") is not None


def country_detectors(countries: Sequence[str]) -> list[TextDetector]:
    """Return one detector for the numbers of these countries; those that COUNTRIES lacks add nothing.

    Raises `ImportError` when Presidio is missing or too old for one of the recognizers.
    """
    return [CountryDetector(countries)] if any(country in COUNTRIES for country in countries) else []


class CountryDetector:
    """A `TextDetector` of what Presidio's recognizers of some countries find, where more than digits speaks.

    A value counts when its name (SSN, NRIC, "national insurance") stands before it or heads its column,
    or when its form holds letters and its check digits are right.
    """

    labels: frozenset[str] = frozenset()
    version = 1

    def __init__(self, countries: Sequence[str]) -> None:
        from presidio_analyzer import predefined_recognizers

        wanted: dict[str, Category] = {}
        for country in countries:
            wanted |= COUNTRIES.get(country, {})
        self._recognizers: list[tuple[PatternRecognizer, Category, re.Pattern[str]]] = []
        for name, category in wanted.items():
            kind = getattr(predefined_recognizers, name, None)
            if kind is None:
                raise ImportError(f"this presidio_analyzer has no {name}; a newer one is needed")
            recognizer = kind()
            self._recognizers.append((recognizer, category, _names_of(recognizer)))
        self.name = f"presidio.{'+'.join(sorted(countries)).lower()}"
        self.categories = frozenset(wanted.values())

    def detect(self, text: Text) -> Iterator[Match]:
        """Yield the matches of one passage, ordered by start."""
        found = [
            match
            for recognizer, category, names in self._recognizers
            for result in recognizer.analyze(text.value, recognizer.supported_entities, None)
            if (match := self._judged(result, category, names, text)) is not None
        ]
        yield from sorted(found, key=lambda match: (match.start, match.end))

    def _judged(
        self, result: RecognizerResult, category: Category, names: re.Pattern[str], text: Text
    ) -> Match | None:
        written = text.value[result.start : result.end]
        low, _ = text.line(result.start)
        evidence = [PATTERN]
        if result.score >= _VALID:
            evidence.append(CHECK_DIGIT)
        named = names.search(text.value[max(low, result.start - _NEAR) : result.start])
        headed = text.column is not None and names.search(text.column)
        if named or headed:
            kind = EvidenceKind.LABEL if named else EvidenceKind.COLUMN
            evidence.append(Evidence(kind, result.entity_type))
        elif not any(map(str.isalpha, written)) or result.score < _VALID:
            return None
        rule = f"presidio.{result.entity_type.lower()}/{self.version}"
        return Match(result.start, result.end, category, score(*evidence), rule, tuple(evidence))


def _names_of(recognizer: PatternRecognizer) -> re.Pattern[str]:
    """Return what finds the names of a number: Presidio's context words that are not vague."""
    words = {word.lower() for word in recognizer.context or ()} - _VAGUE
    words |= {entity.partition("_")[2].replace("_", " ").lower() for entity in recognizer.supported_entities}
    ordered = sorted(filter(None, words), key=len, reverse=True)
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, ordered))})(?![a-z])", re.IGNORECASE)
