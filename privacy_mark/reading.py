"""Reads members of closed vocabularies from reference data."""

from __future__ import annotations

import enum
from typing import TypeVar

from registry.reference_file import Value

_Kind = TypeVar("_Kind", bound=enum.StrEnum)


def member(value: Value, kinds: type[_Kind]) -> _Kind:
    """Return the member that a value names; raises `ReferenceFileError` with the line and what is known."""
    try:
        return kinds(value.text())
    except ValueError:
        raise value.error(f"must be one of {', '.join(kinds)}") from None
