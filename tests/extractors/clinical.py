"""Reads a clinical file as the engine does: kind by content, findings and persons of one object."""

from __future__ import annotations

import io
from functools import cache

from scanners.detection import analyzer
from scanners.examined import Examined, Facts, Tools
from scanners.extractors.interface import Budget, Extracted, Limits, Member
from scanners.extractors.table import EXTRACTORS
from scanners.fingerprint import Fingerprinter
from scanners.kinds import sniff
from scanners.model import Gap, ObjectResult, RecordField, RecordSegment, TableSegment, TextSegment
from scanners.places import Places
from tests.extractors.test_contract import read


@cache
def tools() -> Tools:
    """All detectors, once for all tests of this process."""
    built = analyzer()
    return Tools(built, Fingerprinter(bytes(32)), Places(built))


def parts(data: bytes, kind: str) -> list[Extracted]:
    """Return what the reader of a kind yields, after checking that the bytes are of that kind."""
    assert sniff(io.BytesIO(data)) == kind
    return read(kind, data)


def fields(data: bytes, kind: str) -> list[RecordField]:
    """Return the fields of all records."""
    return [field for part in parts(data, kind) if isinstance(part, RecordSegment) for field in part.fields]


def gaps(data: bytes, kind: str) -> list[str]:
    """Return why parts were not seen."""
    return [part.reason.value for part in parts(data, kind) if isinstance(part, Gap)]


def examined(data: bytes, kind: str, name: str = "") -> ObjectResult:
    """Return the result of an object; members are left aside."""
    assert sniff(io.BytesIO(data)) == kind
    found = Examined(tools(), Facts("file:///x", "file:///x", len(data), 1), kind=kind)
    if name:
        found.name(name, tools().places.matches(name))
    for part in EXTRACTORS[kind].segments(io.BytesIO(data), Budget(Limits(), len(data))):
        match part:
            case RecordSegment():
                found.record(part)
            case TextSegment():
                found.text(part)
            case TableSegment():
                found.table(part)
            case Gap():
                found.gap(part)
            case Member():
                continue
    return found.result()


def bounds(result: ObjectResult) -> tuple[int, int]:
    """Return how many persons an object tells of, at least and at most."""
    return result.persons.low, result.persons.high


def places(result: ObjectResult, category: str) -> list[str]:
    """Return where the findings of a category stand."""
    assert result.findings is not None
    return [row["location"] for row in result.findings.to_pylist() if row["category"] == category]
