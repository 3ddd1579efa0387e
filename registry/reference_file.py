"""Reads reference data in YAML strictly: a refusal names the file, the line and the field."""

from __future__ import annotations

from dataclasses import dataclass

from data import reading
from registry.errors import ReferenceFileError


@dataclass(frozen=True, slots=True)
class Value(reading.Value):
    """One node of a file of reference data; the readers raise `ReferenceFileError`."""

    fault = ReferenceFileError


def read(text: str, file: str) -> Value:
    """Return the content of a file; raises `ReferenceFileError` when it is empty or no YAML."""
    node = reading.compose(text, file, ReferenceFileError)
    if node is None:
        raise ReferenceFileError(f"{file}: is empty")
    return Value(node, file, "")
