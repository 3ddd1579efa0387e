"""The strict YAML reader, as the loaders of this room take it: the one place that knows where it lies."""

from __future__ import annotations

from registry.reference_file import Value, read
from registry.risk_levels import Words, words_of

__all__ = ["Value", "Words", "read", "words_of"]
