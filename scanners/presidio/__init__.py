"""Presidio both ways: our detectors in its `AnalyzerEngine`, its recognizers in our scans.

Presidio and spaCy are optional (requirements/deep.lock); nothing here imports them before it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from scanners.analysis import Analyzer
from scanners.model import Category
from scanners.presidio.detector import PresidioDetector

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer

__all__ = ["LANGUAGES", "PRESIDIO_NAMES", "PresidioDetector", "daicho_engine", "recognizers"]

LANGUAGES = ("ja", "en")

# What Presidio's own recognizers call the same things, for configurations that expect its names.
PRESIDIO_NAMES: Mapping[Category, str] = MappingProxyType(
    {
        Category.PERSON: "PERSON",
        Category.ADDRESS: "LOCATION",
        Category.PHONE: "PHONE_NUMBER",
        Category.EMAIL: "EMAIL_ADDRESS",
        Category.CREDIT_CARD: "CREDIT_CARD",
        Category.DOB: "DATE_TIME",
    }
)


def recognizers(
    language: str = "ja",
    *,
    names: Mapping[Category, str] | None = None,
    analyzer: Analyzer | None = None,
) -> list[EntityRecognizer]:
    """Return one Presidio recognizer for every category, all over one analyzer.

    `language` is what `AnalyzerEngine.analyze` will be asked for ("ja" or "en"); the detectors read
    both alike. Entities are called by our category ids, or as `names` (for example `PRESIDIO_NAMES`)
    says. A text is analysed once for all of them, however many entities are asked for.
    `analyzer` is ours with all detectors when None. Raises `ValueError` for another language.
    """
    from scanners.presidio.recognizer import CategoryRecognizer, SharedAnalysis

    if language not in LANGUAGES:
        raise ValueError(f"language {language!r}: the detectors read {' and '.join(LANGUAGES)}")
    shared = SharedAnalysis(analyzer or _analyzer())
    called = names or {}
    return [
        CategoryRecognizer(category, called.get(category, category.value), language, shared)
        for category in Category
    ]


def daicho_engine(
    languages: Sequence[str] = LANGUAGES,
    *,
    names: Mapping[Category, str] | None = None,
    analyzer: Analyzer | None = None,
) -> AnalyzerEngine:
    """Return an `AnalyzerEngine` with our recognizers alone and no language model: nothing is downloaded.

    Further recognizers that need no model may be added to its `registry`.
    """
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

    from scanners.presidio.artifacts import without_model

    built = analyzer or _analyzer()
    found = [each for language in languages for each in recognizers(language, names=names, analyzer=built)]
    return AnalyzerEngine(
        registry=RecognizerRegistry(recognizers=found, supported_languages=list(languages)),
        nlp_engine=without_model(languages),
        supported_languages=list(languages),
    )


def _analyzer() -> Analyzer:
    from scanners.detection import analyzer  # compiles the patterns: only when one is needed

    return analyzer()
