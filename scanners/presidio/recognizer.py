"""Our detectors as Presidio recognizers."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from presidio_analyzer import AnalysisExplanation, LocalRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from scanners.analysis import Analyzer
from scanners.detection import RULES_VERSION
from scanners.findings import why
from scanners.model import Category, EvidenceKind, Match


class SharedAnalysis:
    """One analysis of a text for all recognizers of a request; any thread may ask.

    It lives as long as the artifacts that Presidio makes for the request, and holds offsets only.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._lock = threading.Lock()  # an analyzer serves one thread at a time
        self._done: WeakKeyDictionary[NlpArtifacts, tuple[int, list[Match]]] = WeakKeyDictionary()

    def matches(self, text: str, artifacts: NlpArtifacts | None) -> list[Match]:
        """Return the matches of a text, from the same request's analysis when there was one."""
        key = hash(text)  # artifacts may be used again with another text
        with self._lock:
            done = None if artifacts is None else self._done.get(artifacts)
            if done is not None and done[0] == key:
                return done[1]
            found = self._analyzer.text(text)
            if artifacts is not None:
                self._done[artifacts] = (key, found)
            return found


class CategoryRecognizer(LocalRecognizer):
    """Finds one category; the score is ours, the explanation says why in the words of a finding."""

    def __init__(self, category: Category, entity: str, language: str, shared: SharedAnalysis) -> None:
        self._category = category
        self._entity = entity
        self._shared = shared
        self._called = f"daicho.{category.value.lower()}"
        super().__init__(
            supported_entities=[entity],
            supported_language=language,
            name=self._called,
            version=RULES_VERSION,
        )

    def load(self) -> None:
        """Do nothing: the analyzer was compiled before."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """Return the results of a text, ordered by start; none when its entity is not asked for."""
        if entities and self._entity not in entities:
            return []
        found = self._shared.matches(text, nlp_artifacts)
        return [self._result(match) for match in found if match.category is self._category]

    def _result(self, match: Match) -> RecognizerResult:
        explanation = AnalysisExplanation(
            recognizer=self._called,
            original_score=match.score,
            pattern_name=match.rule,
            textual_explanation=why(match.evidence),
        )
        if any(reason.kind is EvidenceKind.CHECK_DIGIT for reason in match.evidence):
            explanation.validation_result = True
        metadata = {
            RecognizerResult.RECOGNIZER_NAME_KEY: self._called,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
        }
        return RecognizerResult(self._entity, match.start, match.end, match.score, explanation, metadata)
