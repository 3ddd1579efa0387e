"""Our detectors inside Presidio's engine find what our analyzer finds."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import AnalyzerEngine, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from scanners.analysis import Analyzer, TableAnalyzer
from scanners.detection import analyzer
from scanners.findings import why
from scanners.model import Category, Match
from scanners.presidio import LANGUAGES, PRESIDIO_NAMES, daicho_engine, recognizers

TEXT = (
    "氏名：山田太郎（ヤマダ タロウ）\n電話：０９０－１２３４－５６７８\n個人番号は123456789018です。\n"
    "Mr. John Smith, メール taro.yamada@nifty.com"
)
PIECES = (
    "氏名：",
    "山田太郎",
    "山田　花子様",
    "ﾔﾏﾀﾞ ﾀﾛｳ",
    "電話 090-1234-5678",
    "０３−１２３４−５６７８",
    "生年月日 昭和55年3月1日",
    "〒100-0001 東京都千代田区千代田1-1",
    "My Number: 123456789018",
    "card 4111 1111 1111 1111",
    "Mr. John Smith",
    "john.smith@example.com",
    "㈱山田商事",
    "病名：高血圧症",
    "口座番号 普通 1234567",
    "、",
    "\n",
    " ",
    "\ud800",
)


class Counting:
    """An analyzer that counts how often it is asked."""

    def __init__(self, inner: Analyzer) -> None:
        self.inner = inner
        self.asked = 0

    def text(self, text: str) -> list[Match]:
        """Count and pass on."""
        self.asked += 1
        return self.inner.text(text)

    def table(
        self, table: str, header: Sequence[str] | None, first_column: int, comments: Sequence[str] = ()
    ) -> TableAnalyzer:
        """Pass on."""
        return self.inner.table(table, header, first_column, comments)


@pytest.fixture(scope="module")
def own() -> Analyzer:
    """Our analyzer with every detector."""
    return analyzer()


@pytest.fixture(scope="module")
def engine(own: Analyzer) -> AnalyzerEngine:
    """Presidio's engine with our recognizers for both languages."""
    return daicho_engine(analyzer=own)


def spans(results: list[RecognizerResult]) -> set[tuple[int, int, str, float]]:
    """Return what results say, without order."""
    return {(each.start, each.end, each.entity_type, each.score) for each in results}


def ours(found: list[Match]) -> set[tuple[int, int, str, float]]:
    """Return what matches say, without order."""
    return {(each.start, each.end, each.category.value, each.score) for each in found}


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=25)
@given(chosen=st.lists(st.sampled_from(PIECES), max_size=12))
def test_both_paths_give_the_same_spans(
    own: Analyzer, engine: AnalyzerEngine, language: str, chosen: list[str]
) -> None:
    """Whatever the text, Presidio returns our spans with our categories and scores."""
    text = "".join(chosen)
    assert spans(engine.analyze(text, language=language)) == ours(own.text(text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entity_can_be_asked_for_alone(own: Analyzer, engine: AnalyzerEngine, language: str) -> None:
    """One entity asked for is that entity's share of everything."""
    everything = own.text(TEXT)
    assert {match.category for match in everything} >= {Category.PERSON, Category.PHONE, Category.MY_NUMBER}
    for category in Category:
        found = engine.analyze(TEXT, language=language, entities=[category.value])
        assert spans(found) == ours([match for match in everything if match.category is category])


def test_the_explanation_holds_our_evidence(own: Analyzer, engine: AnalyzerEngine) -> None:
    """Rule, score, reasons and a passed check digit are what Presidio shows of a decision."""
    found = engine.analyze(TEXT, language="ja", return_decision_process=True)
    for match in own.text(TEXT):
        (result,) = (each for each in found if (each.start, each.end) == (match.start, match.end))
        explanation = result.analysis_explanation
        assert explanation.textual_explanation == why(match.evidence)
        assert (explanation.pattern_name, explanation.original_score) == (match.rule, match.score)
        assert explanation.validation_result is (True if match.category is Category.MY_NUMBER else None)


def test_a_request_analyses_its_text_once(own: Analyzer) -> None:
    """Sixteen recognizers share one analysis, and the next request makes its own."""
    counting = Counting(own)
    engine = daicho_engine(analyzer=counting)
    engine.analyze(TEXT, language="ja")
    engine.analyze("別の文：山田太郎", language="ja")
    assert counting.asked == 2


def test_artifacts_that_are_used_again_bring_no_spans_of_another_text(own: Analyzer) -> None:
    """A caller may give the same artifacts with two texts."""
    engine = daicho_engine(analyzer=own)
    artifacts: NlpArtifacts = engine.nlp_engine.process_text(TEXT, "ja")
    engine.analyze(TEXT, language="ja", nlp_artifacts=artifacts)
    assert engine.analyze("", language="ja", nlp_artifacts=artifacts) == []


def test_entities_may_have_the_names_of_presidio(own: Analyzer) -> None:
    """A mapping renames what it names and leaves our ids to the rest."""
    found = daicho_engine(names=PRESIDIO_NAMES, analyzer=own).analyze(TEXT, language="en")
    assert {"PHONE_NUMBER", "EMAIL_ADDRESS", "MY_NUMBER"} <= {each.entity_type for each in found}
    assert "PHONE" not in {each.entity_type for each in found}


def test_recognizers_say_what_they_are(own: Analyzer) -> None:
    """One for each category, in the language asked for; a language that nobody reads is refused."""
    found = recognizers("en", analyzer=own)
    assert [each.supported_entities for each in found] == [[category.value] for category in Category]
    assert {each.supported_language for each in found} == {"en"}
    with pytest.raises(ValueError, match="'fr'"):
        recognizers("fr", analyzer=own)
