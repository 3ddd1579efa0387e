"""Which lines are English enough for the English model, and what it makes of them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scanners.names_english.credible import person
from scanners.names_english.model import EnglishModel, Found
from scanners.names_model.model import Span

_HINT: Final = re.compile(
    r"[A-Z](?:[a-zß-ž][\w'’-]{0,20}|\.),? (?:[a-z]{2,3} )?[A-Z]"  # two capitalised words
    r"|[A-Z]{2,14} [A-Z][a-z]|[a-z,;:('\"] ?[A-Z][a-zß-ž]|(?:Mr|Ms|Mrs|Dr)\b"
    r"|(?m:^)[A-Z][a-zß-ž]{2,15}(?:,| [a-z]{2,}) [a-z]"  # a sentence that may begin with a name
)
_JAPANESE: Final = re.compile("[぀-ヿ一-鿿]")
_CODE: Final = re.compile(
    r"[;{}]\s*\Z|\A\s*(?:import [\w.{*]+|from \w\S* import|(?:def|class) \w+ ?[(:{]|#include"
    r"|(?:const|let|var) \S+ =|(?:public|private|protected|static) \w+[ (<]"
    r"|(?:\$ )?(?:git|npm|pip|docker|kubectl|sudo|apt|curl|mvn) [\w-]+"
    r"|(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP) [\w*]|at [\w.$]+\(|File \"|[{<])"
    r"|=>|::|\w\(\)|&&|\|\||</|\w+ ?[=!]= ?\w|(?:\A|[\s(,])\w+=[\"'\w]|\": ?[\"\[{0-9]"
)
_LONGEST_LINE: Final = 20_000  # characters of one passage; a longer line is read in parts
_AT_ONCE: Final = 60_000  # characters that are read together


@dataclass(frozen=True, slots=True)
class Reading:
    """What the English model sees in a text: persons, and everything else that has a name."""

    persons: tuple[Span, ...]
    others: tuple[Found, ...]


_NOTHING: Final = Reading((), ())


class EnglishReader:
    """Finds persons in the English lines of a text of any length; one instance per thread.

    The model is loaded when the first such line comes.
    """

    def __init__(self, model: EnglishModel | None = None) -> None:
        self._model = model

    def read(self, text: str) -> Reading:
        """Return what the model sees in normalised text, each ordered by start."""
        bounds: list[tuple[int, int]] = []
        persons: list[Span] = []
        others: list[Found] = []
        size = 0
        for start, end in passages(text):
            bounds.append((start, end))
            size += end - start
            if size > _AT_ONCE:
                self._read(text, bounds, persons, others)
                bounds, size = [], 0
        if bounds:
            self._read(text, bounds, persons, others)
        return Reading(tuple(persons), tuple(others)) if persons or others else _NOTHING

    def _read(
        self, text: str, bounds: list[tuple[int, int]], persons: list[Span], others: list[Found]
    ) -> None:
        if self._model is None:
            self._model = EnglishModel.load()
        entities = self._model.entities([text[start:end] for start, end in bounds])
        for passage, found in zip(bounds, entities, strict=True):
            for each in found:
                moved = each._replace(start=each.start + passage[0], end=each.end + passage[0])
                span = person(text, moved)
                if span is not None:
                    persons.append(span)
                elif each.label != "PERSON":
                    others.append(moved)


def passages(text: str) -> Iterator[tuple[int, int]]:
    """Yield bounds of neighbouring English lines that may hold a name, ordered, without their last break."""
    first = last = -1
    for start, end in _lines(text):
        if first >= 0 and start == last + 1 and end - first <= _LONGEST_LINE:
            last = end
            continue
        if first >= 0:
            yield first, last
        first, last = start, end
    if first >= 0:
        yield first, last


def _lines(text: str) -> Iterator[tuple[int, int]]:
    reached = 0
    while hint := _HINT.search(text, reached):
        start = text.rfind("\n", reached, hint.start()) + 1 or reached
        end = text.find("\n", hint.end())
        end = len(text) if end < 0 else end
        reached = end + 1
        if _JAPANESE.search(text, start, end) is None and not _CODE.search(
            text[start : min(end, start + 400)]
        ):
            yield from _parts(text, start, end)


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield bounds of a line, cut at blanks when it is very long."""
    while end - start > _LONGEST_LINE:
        cut = text.rfind(" ", start + _LONGEST_LINE // 2, start + _LONGEST_LINE)
        cut = start + _LONGEST_LINE if cut < 0 else cut
        yield start, cut
        start = cut + 1 if text[cut] == " " else cut
    if end > start:
        yield start, end


def other_at(others: tuple[Found, ...], start: int, end: int) -> Found | None:
    """Return what else than a person the model sees at [start, end), the first of several."""
    index = bisect_right(others, start, key=lambda found: found.end)
    if index < len(others) and others[index].start < end:
        return others[index]
    return None
