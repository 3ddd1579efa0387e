"""Any Presidio recognizer as a detector of a scan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scanners.detectors.interface import Text
from scanners.model import Category, Evidence, EvidenceKind, Match

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer
    from presidio_analyzer.nlp_engine import NlpEngine

_PIECE = 12_000  # characters: Japanese tokenizers take up to 49,149 bytes at once
_JAPANESE = re.compile("[ぁ-んァ-ヶ一-龥々]")


class PresidioDetector:
    """A `TextDetector` that asks one Presidio recognizer, in an `AnalyzerEngine` of its own.

    `mapping` says which category each of its entities is; other entities are not asked for. Scores are
    the recognizer's own, at most `ceiling`. Without `model` the recognizer gets whole texts and no tokens.
    With a loaded spaCy engine it gets pieces of at most 12,000 characters that are in its language
    (Japanese: with kana or kanji; others: without), and no cells of tables: their columns are typed.
    A scan shows it the normalised text: a number in full-width digits is found as well.
    Raises `ValueError` when the recognizer speaks another language or knows none of the entities.
    """

    labels: frozenset[str] = frozenset()

    def __init__(
        self,
        recognizer: EntityRecognizer,
        language: str,
        mapping: Mapping[str, Category],
        *,
        model: NlpEngine | None = None,
        ceiling: float = 1.0,
    ) -> None:
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

        from scanners.presidio.artifacts import without_model

        name = str(getattr(recognizer, "name", type(recognizer).__name__))
        if recognizer.supported_language != language:
            raise ValueError(f"{name} reads {recognizer.supported_language!r}, not {language!r}")
        known = recognizer.get_supported_entities()
        self._entities = [entity for entity in known if entity in mapping]
        if not self._entities:
            raise ValueError(f"{name}: the mapping names none of its entities ({', '.join(known)})")
        self._mapping = dict(mapping)
        self._language = language
        self._by_model = model is not None
        self._ceiling = ceiling
        self._engine = AnalyzerEngine(
            registry=RecognizerRegistry(recognizers=[recognizer], supported_languages=[language]),
            nlp_engine=model or without_model([language]),
            supported_languages=[language],
        )
        self.name = f"presidio.{name}"
        self.version = 1
        self.categories = frozenset(self._mapping[entity] for entity in self._entities)

    def detect(self, text: Text) -> Iterator[Match]:
        """Yield the matches of one passage, ordered by start."""
        if not self._by_model:
            yield from self._found(text.value, 0)
        elif text.column is None:
            for start, end in pieces(text.value):
                piece = text.value[start:end]
                if (_JAPANESE.search(piece) is not None) == (self._language == "ja"):
                    yield from self._found(piece, start)

    def _found(self, piece: str, offset: int) -> list[Match]:
        results = self._engine.analyze(piece, language=self._language, entities=list(self._entities))
        reasons = (Evidence(EvidenceKind.PATTERN, self.name),)
        matches = [
            Match(
                offset + result.start,
                offset + result.end,
                self._mapping[result.entity_type],
                min(result.score, self._ceiling),
                f"{self.name}/{self.version}",
                reasons,
            )
            for result in results
        ]
        return sorted(matches, key=lambda match: (match.start, match.end))


def pieces(value: str) -> Iterator[tuple[int, int]]:
    """Yield bounds of pieces of at most 12,000 characters, cut after a line, a sentence or a blank."""
    start = 0
    while start < len(value):
        end = min(start + _PIECE, len(value))
        if end < len(value):
            cuts = (value.rfind(mark, start + _PIECE // 2, end) for mark in "\n。 ")
            end = next((cut + 1 for cut in cuts if cut >= 0), end)
        yield start, end
        start = end
