"""The other side of benchmarks/accuracy.py: one peer in its own virtual environment.

Reads one JSON list of texts a line from stdin, and answers with one JSON list a line: for each text the
list of [start, end, category] in characters, categories by our ids. Each peer is configured for Japanese
as well as it can be without changing its code; entities without a counterpart of ours are left out.
"""

import json
import logging
import sys
import unicodedata
from collections.abc import Callable

Span = tuple[int, int, str]
Finder = Callable[[str], list[Span]]

# What ja_ginza calls places that are part of an address (its labels follow Sekine's hierarchy).
PLACES = ("City", "Province", "County", "GPE_Other", "Postal_Address", "Address_Other", "LOC", "GPE")


def presidio() -> Finder:
    """Presidio with ja_ginza, its labels mapped, and Japan among the regions of its telephone numbers."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

    labels = {"Person": "PERSON", "PERSON": "PERSON", **dict.fromkeys(PLACES, "LOCATION")}
    pipeline = spacy.load("ja_ginza")
    others = sorted(set(pipeline.pipe_labels["ner"]) - set(labels))
    engine = SpacyNlpEngine(
        models=[{"lang_code": "ja", "model_name": "ja_ginza"}],
        ner_model_configuration=NerModelConfiguration(
            model_to_presidio_entity_mapping=labels, labels_to_ignore=others
        ),
    )
    engine.nlp = {"ja": pipeline}
    registry = RecognizerRegistry(supported_languages=["ja"])
    registry.load_predefined_recognizers(languages=["ja"], nlp_engine=engine)
    registry.remove_recognizer("PhoneRecognizer")
    registry.add_recognizer(PhoneRecognizer(supported_language="ja", supported_regions=("JP", "US", "GB")))
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["ja"])
    names = {
        "PERSON": "PERSON",
        "LOCATION": "ADDRESS",
        "PHONE_NUMBER": "PHONE",
        "EMAIL_ADDRESS": "EMAIL",
        "CREDIT_CARD": "CREDIT_CARD",
    }

    def find(text: str) -> list[Span]:
        results = analyzer.analyze(text, language="ja", entities=list(names))
        return [(each.start, each.end, names[each.entity_type]) for each in results]

    return find


def kakushi() -> Finder:
    """Kakushi with its GiNZA layer; its offsets are into the NFKC form and are mapped back."""
    from kakushi import find_all, normalize

    names = {
        "PERSON": "PERSON",
        "LOCATION": "ADDRESS",
        "PHONE": "PHONE",
        "POSTAL": "POSTAL_CODE",
        "EMAIL": "EMAIL",
        "MY_NUMBER": "MY_NUMBER",
        "LICENSE": "DRIVER_LICENSE",
        "CARD": "CREDIT_CARD",
    }

    def find(text: str) -> list[Span]:
        back = origins(text, len(normalize(text)))
        return [
            (back[each.start], back[each.end - 1] + 1, names[each.entity_type.value])
            for each in find_all(text, use_ner=True)
            if each.entity_type.value in names and each.end > each.start
        ]

    return find


def origins(text: str, length: int) -> list[int]:
    """Return for every character of the NFKC form where it stood, given that form's length."""
    back: list[int] = []
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and text[end] in "\u3099\u309a\uff9e\uff9f":
            end += 1
        back += [at] * len(unicodedata.normalize("NFKC", text[at:end]))
        at = end
    return back if len(back) == length else list(range(length))


def datafog() -> Finder:
    """DataFog's rules (it has none for Japanese names, addresses or numbers)."""
    from datafog import scan

    names = {"EMAIL": "EMAIL", "PHONE": "PHONE", "CREDIT_CARD": "CREDIT_CARD", "DOB": "DOB", "DATE": "DOB"}

    def find(text: str) -> list[Span]:
        return [
            (each.start, each.end, names[each.type]) for each in scan(text).entities if each.type in names
        ]

    return find


FINDERS: dict[str, Callable[[], Finder]] = {"presidio": presidio, "kakushi": kakushi, "datafog": datafog}


def main() -> None:
    """Answer request after request until stdin ends."""
    logging.disable(logging.WARNING)
    find = FINDERS[sys.argv[1]]()
    for line in sys.stdin:
        print(json.dumps([find(text) for text in json.loads(line)]), flush=True)


if __name__ == "__main__":
    main()
