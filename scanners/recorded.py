"""Fields of records as the detectors and the counter of persons see them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from scanners.analysis import Analyzer
from scanners.identified import Identified
from scanners.model import Category, Match, RecordField

_TOGETHER: Final = 1 << 16  # characters of free text that are looked at in one pass
_BREAKS: Final = "\n\n"  # two breaks part values: no label reaches over them
APART: Final = 1_000  # between what stands in different fields: none is the other's reading
_WRITING: Final = re.compile(r"\[\d+\].*|\s*\((?:repetition|writing) .*")


def detected(analyzer: Analyzer, fields: Sequence[RecordField]) -> Iterator[tuple[RecordField, list[Match]]]:
    """Yield fields of free text with what the detectors find in them; offsets are inside the value.

    Many short fields cost little more than one text of their length. The label of a field counts as
    standing before it.
    """
    batch: list[RecordField] = []
    size = 0
    for each in fields:
        if not each.value.strip():
            continue
        if batch and size + len(each.value) > _TOGETHER:
            yield from _batch(analyzer, batch)
            batch, size = [], 0
        batch.append(each)
        size += len(each.value)
    if batch:
        yield from _batch(analyzer, batch)


def _batch(analyzer: Analyzer, fields: Sequence[RecordField]) -> Iterator[tuple[RecordField, list[Match]]]:
    heads = [f"{each.label}: " if each.label else "" for each in fields]
    texts = [head + each.value for head, each in zip(heads, fields, strict=True)]
    starts = list(accumulate((len(text) + len(_BREAKS) for text in texts), initial=0))
    found: list[list[Match]] = [[] for _ in fields]
    for match in analyzer.text(_BREAKS.join(texts)):
        index = bisect_right(starts, match.start) - 1
        begin = starts[index] + len(heads[index])
        if match.start >= begin and match.end <= starts[index] + len(texts[index]):
            found[index].append(match._replace(start=match.start - begin, end=match.end - begin))
    yield from ((each, matches) for each, matches in zip(fields, found, strict=True) if matches)


@dataclass(slots=True)
class Beside:
    """Places persons other than the record's in a row: writings of one name together, others far apart."""

    position: int = 0
    last: str = ""

    def placed(self, found: Identified, place: str) -> Identified:
        """Return a finding at its place: behind the last one if both are writings of one field."""
        name = _WRITING.sub("", place)
        self.position += 1 if name == self.last else APART
        self.last = name
        placed = moved(found, self.position - found.position)
        self.position = placed.end
        # an insurer's number, or that of an employer's group, is nobody's whom no name tells of
        return placed._replace(alone=placed.category is not Category.HEALTH_INSURANCE)


def moved(found: Identified, by: int) -> Identified:
    """Return a finding so many characters further on."""
    return found._replace(position=found.position + by, end=found.end + by) if by else found
