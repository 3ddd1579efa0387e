"""What a scan is told: its keys and how far it may go."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scanners.detectors.interface import TextDetector
from scanners.extractors.interface import Limits
from scanners.pace import AS_FAST_AS_IT_GOES, Pace
from scanners.rules.model import RuleSet


@dataclass(frozen=True, slots=True)
class ScanKeys:
    """Keys of one scan; runs are comparable as long as the fingerprint key stays the same."""

    fingerprint: bytes = field(repr=False)
    older: tuple[bytes, ...] = field(default=(), repr=False)
    """Fingerprint keys before this one: what people judged or allowed under them still holds."""
    objects: bytes = field(default=b"", repr=False)
    """Names objects across runs; empty: the fingerprint key."""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How a scan runs; `names` False leaves the name dictionary out and finds patterns only.

    `detectors` makes further detectors in every worker process: a function of an importable module, or
    a `functools.partial` of one (see `scanners.presidio`).
    """

    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    limits: Limits = field(default_factory=Limits)
    names: bool = True
    rules: RuleSet = field(default_factory=RuleSet)
    pace: Pace = AS_FAST_AS_IT_GOES  # of this machine: its workers share it
    nice: int = 0  # added to the niceness of the workers: others of the machine come first
    told_after: float = 20.0  # seconds between two words of a worker on how far it is with a large table
    detectors: Callable[[], Sequence[TextDetector]] | None = None
    passwords: tuple[str, ...] = field(default=(), repr=False)
    """Tried on what is locked, in this order; they stay in memory and are told by their number only."""
