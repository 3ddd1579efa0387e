"""What a scan is given beside our own detectors: language models and numbers of other countries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from scanners.detectors.interface import TextDetector
from scanners.extension import DetectorFactory
from scanners.presidio.countries import country_detectors
from scanners.presidio.deep import deep_detectors


def detectors_factory(models: Mapping[str, str], countries: Sequence[str]) -> DetectorFactory | None:
    """Return what makes these detectors in every worker of a scan, or None when there are none."""
    if not models and not countries:
        return None
    return partial(_further, tuple(sorted(models.items())), tuple(countries))


def _further(models: Sequence[tuple[str, str]], countries: Sequence[str]) -> list[TextDetector]:
    return [*deep_detectors(models), *country_detectors(countries)]
