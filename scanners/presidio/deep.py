"""The deep tier: an installed spaCy model reads every text through Presidio, for names that ours missed.

It is slow (kilobytes a second, where the rest reads megabytes) and therefore asked for by the user.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from scanners.detectors.interface import TextDetector
from scanners.extractors.interface import Limits
from scanners.model import Category
from scanners.presidio.detector import PresidioDetector

# Language -> models that name persons, the preferred one first.
MODELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ja": ("ja_ginza", "ja_core_news_lg", "ja_core_news_md", "ja_core_news_sm"),
        "en": ("en_core_web_lg", "en_core_web_md", "en_core_web_sm"),
    }
)
_PERSON_LABELS = MappingProxyType({"Person": "PERSON", "PERSON": "PERSON"})
# Measured with ja_ginza on public sentences: of 217 names that it alone saw, 94 were right.
_CEILING = 0.45
_SLOWER = 60  # times the time limit of a file
_MORE_MEMORY = 2 << 30  # bytes of address space that a loaded model takes, with room for its arrays


def installed_models(models: Mapping[str, Sequence[str]] = MODELS) -> dict[str, str]:
    """Return language -> model for every language of which a model is installed, Presidio being there.

    Looks only; loads and downloads nothing.
    """
    if find_spec("presidio_analyzer") is None or find_spec("spacy") is None:
        return {}
    found = {language: [name for name in names if find_spec(name)] for language, names in models.items()}
    return {language: names[0] for language, names in found.items() if names}


def deep_limits(limits: Limits) -> Limits:
    """Return limits that leave room for a language model: more memory, and the time that it takes."""
    return replace(limits, seconds=limits.seconds * _SLOWER, memory_bytes=limits.memory_bytes + _MORE_MEMORY)


def deep_version(models: Mapping[str, str]) -> str:
    """Return what tells runs with other models apart, in 13 characters; "" without models."""
    if not models:
        return ""
    names = "+".join(f"{name}-{_version(name)}" for _, name in sorted(models.items()))
    return "deep." + hashlib.sha256(names.encode("utf-8")).hexdigest()[:8]


def _version(model: str) -> str:
    try:
        return version(model)
    except PackageNotFoundError:
        return "0"


def deep_detectors(models: Sequence[tuple[str, str]]) -> list[TextDetector]:
    """Load the models and return one detector for each; a second or two and 450 MB for ja_ginza."""
    return [_detector(language, model) for language, model in models]


def _detector(language: str, model: str) -> PresidioDetector:
    import spacy
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    pipeline = spacy.load(model)
    others = set(pipeline.pipe_labels.get("ner", ())) - set(_PERSON_LABELS)
    engine = SpacyNlpEngine(
        models=[{"lang_code": language, "model_name": model}],
        ner_model_configuration=NerModelConfiguration(
            model_to_presidio_entity_mapping=dict(_PERSON_LABELS), labels_to_ignore=sorted(others)
        ),
    )
    loaded: Any = engine  # declares its pipelines as None
    loaded.nlp = {language: pipeline}  # its own `load` would download what is missing
    recognizer = SpacyRecognizer(
        supported_language=language, supported_entities=["PERSON"], name=f"spacy.{model}"
    )
    mapping = {"PERSON": Category.PERSON}
    return PresidioDetector(recognizer, language, mapping, model=engine, ceiling=_CEILING)
