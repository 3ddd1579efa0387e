"""The minutes of a management review as PDF, A4: inputs as they were then, what was said, what was decided.

The same review gives the same bytes: the time printed is that of its last change. Nothing is written to the
disk.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files

from daicho.letters.compiler import compiler


@dataclass(frozen=True, slots=True)
class InputLine:
    """One topic: what is known of it, the numbers of the rows behind it, what people added."""

    topic: str
    known: str
    rows: str
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with the text below it."""

    title: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MinutesDocument:
    """What stands in the document, in words of its language; no repr shows what was said."""

    language: str
    number: str
    title: str
    notice: str  # that it is not approved yet; "" of approved minutes
    facts: Sequence[tuple[str, str]] = field(repr=False)
    inputs_title: str
    inputs_note: str
    inputs_head: Sequence[str]
    inputs: Sequence[InputLine]
    parts: Sequence[Part] = field(repr=False)
    decisions_title: str
    decisions_head: Sequence[str]
    decisions: Sequence[Sequence[str]] = field(repr=False)
    none: str  # said where nothing was decided
    signatures: Sequence[tuple[str, str]] = field(repr=False)
    made_at: datetime


def minutes_document(document: MinutesDocument) -> bytes:
    """Return the document as PDF."""
    told = {
        "language": document.language,
        "number": document.number,
        "title": document.title,
        "notice": document.notice,
        "facts": [list(pair) for pair in document.facts],
        "inputs_title": document.inputs_title,
        "inputs_note": document.inputs_note,
        "inputs_head": list(document.inputs_head),
        "inputs": [[each.topic, each.known, each.rows, each.words] for each in document.inputs],
        "parts": [[each.title, each.text] for each in document.parts],
        "decisions_title": document.decisions_title,
        "decisions_head": list(document.decisions_head),
        "decisions": [list(row) for row in document.decisions],
        "none": document.none,
        "signatures": [list(pair) for pair in document.signatures],
    }
    made: bytes = compiler().compile(
        input=_template(),
        format="pdf",
        sys_inputs={"minutes": json.dumps(told, ensure_ascii=False, sort_keys=True)},
        timestamp=document.made_at.replace(microsecond=0),
    )
    return made


@cache
def _template() -> bytes:
    return files(__package__ or "daicho.letters").joinpath("minutes.typ").read_bytes()
