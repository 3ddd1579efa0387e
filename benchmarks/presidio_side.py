"""The other side of benchmarks/detection.py: Presidio with ja_ginza in its own virtual environment.

Reads one JSON list of documents a line from stdin, analyses them, and answers with one JSON object a
line: CPU seconds of this process and the number of results.
"""

import json
import logging
import sys
import time

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpEngineProvider


def main() -> None:
    """Answer request after request until stdin ends."""
    logging.disable(logging.WARNING)
    engine = NlpEngineProvider(
        nlp_configuration={
            "nlp_engine_name": "spacy",
            "models": [{"lang_code": "ja", "model_name": "ja_ginza"}],
        }
    ).create_engine()
    registry = RecognizerRegistry(supported_languages=["ja"])
    registry.load_predefined_recognizers(languages=["ja"], nlp_engine=engine)
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["ja"])
    analyzer.analyze("準備のための文です。", language="ja")
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        documents = json.loads(line)
        begun = time.process_time()
        found = sum(len(analyzer.analyze(document, language="ja")) for document in documents)
        print(json.dumps({"cpu_s": time.process_time() - begun, "found": found}), flush=True)


if __name__ == "__main__":
    main()
