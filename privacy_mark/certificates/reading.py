"""What the reference files of this room have in common: words, confidence, days."""

from __future__ import annotations

import enum
from datetime import date

from registry.reference_file import Value
from registry.risk_levels import Words


class Confidence(enum.StrEnum):
    """How sure a fact of a reference file is."""

    HIGH = "high"  # read on the scheme's own pages
    MEDIUM = "medium"
    LOW = "low"  # ask before relying on it


def confidence(value: Value) -> Confidence:
    """Return a confidence; refuses other words."""
    try:
        return Confidence(value.text())
    except ValueError:
        raise value.error("must be high, medium or low") from None


def named(fields: dict[str, Value]) -> Words:
    """Return the fields `ja` and `en` of an entry."""
    return Words(fields["ja"].text(), fields["en"].text())


def day(value: Value) -> date:
    """Return a day written as 2026-10-01."""
    try:
        return date.fromisoformat(value.text())
    except ValueError:
        raise value.error("must be a day such as 2026-10-01") from None
