"""The language engine that Presidio asks for, without a language model behind it."""

from __future__ import annotations

from collections.abc import Sequence

from presidio_analyzer.nlp_engine import NlpEngine, NoOpNlpEngine


def without_model(languages: Sequence[str]) -> NlpEngine:
    """Return an engine that answers every text of these languages with no tokens; it loads nothing."""
    engine = NoOpNlpEngine(models=[{"lang_code": language, "model_name": ""} for language in languages])
    engine.load()
    return engine
