"""The table of all detectors: adding one is its module, its case file and one line here."""

from scanners.detectors.interface import PatternDetector, TextDetector


def pattern_detectors() -> tuple[PatternDetector, ...]:
    """Return one instance of every detector of the fast tier."""
    return ()


def text_detectors() -> tuple[TextDetector, ...]:
    """Return one instance of every detector that reads whole passages (names, addresses …)."""
    return ()
