"""Labelled text for the names model: one JSON object a line, `{"text", "entities": [[start, end, kind]]}`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanners.names_model.features import TokenisedLine
from scanners.names_model.labels import ENTITIES, Chunk
from scanners.names_model.lexicon import LONGEST, Lexicon
from scanners.normalise import normalise

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with the spans of its entities: start, end (code points), kind."""

    text: str
    entities: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A tokenised text with its entities in morphemes."""

    line: TokenisedLine
    chunks: tuple[Chunk, ...]


def corpora_folder() -> Path:
    """Return where the labelled texts lie: `corpora` under DAICHO_SHARED or beside the repository."""
    return Path(os.environ.get("DAICHO_SHARED") or ROOT.parent / "shared") / "corpora"


def read(path: Path) -> Iterator[Labelled]:
    """Yield the texts of one file in the normal spelling, entities of other kinds left out."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield normal(
                Labelled(
                    record["text"],
                    tuple((start, end, kind) for start, end, kind in record["entities"] if kind in ENTITIES),
                )
            )


def normal(labelled: Labelled) -> Labelled:
    """Return the text as the scanners normalise it, spans moved along."""
    normalised = normalise(labelled.text)
    if not normalised.changes:
        return Labelled(normalised.value, labelled.entities)
    begins: dict[int, int] = {}
    stops: dict[int, int] = {}
    for index in range(len(normalised.value)):
        start, end = normalised.original(index, index + 1)
        begins.setdefault(start, index)
        stops[end] = index + 1
    moved = tuple(
        (begins[start], stops[end], kind)
        for start, end, kind in labelled.entities
        if start in begins and end in stops
    )
    return Labelled(normalised.value, moved)


def sentence(labelled: Labelled, lexicon: Lexicon) -> Sentence | None:
    """Return the text in morphemes; None when an entity begins or ends inside one, or nothing is left."""
    tokens = lexicon.tokens(labelled.text, 0, min(LONGEST, len(labelled.text)))
    first = {token.start: index for index, token in enumerate(tokens)}
    stop = {token.end: index + 1 for index, token in enumerate(tokens)}
    chunks: list[Chunk] = []
    reached = 0
    for start, end, kind in sorted(labelled.entities):
        if start not in first or end not in stop or first[start] < reached:
            return None
        chunks.append(Chunk(first[start], stop[end], kind))
        reached = stop[end]
    if not tokens:
        return None
    return Sentence(TokenisedLine(labelled.text, tokens), tuple(chunks))


def sentences(texts: Iterable[Labelled], lexicon: Lexicon) -> list[Sentence]:
    """Return what can be aligned, in the given order."""
    found = (sentence(text, lexicon) for text in texts)
    return [each for each in found if each is not None]


def joined(parts: Sequence[Labelled], glue: str) -> Labelled:
    """Return several texts as one, `glue` between them."""
    text = ""
    entities: list[tuple[int, int, str]] = []
    for part in parts:
        text += glue if text else ""
        entities.extend((start + len(text), end + len(text), kind) for start, end, kind in part.entities)
        text += part.text
    return Labelled(text, tuple(entities))
