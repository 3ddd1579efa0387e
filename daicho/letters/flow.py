"""The flow chart of an entry with the list of its risks as PDF, A4 across.

The same entry and analysis give the same bytes: the time printed is that of the last change. Nothing is
written to the disk.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from daicho.letters.compiler import compiler


@dataclass(frozen=True, slots=True)
class RiskLine:
    """One threat in the list."""

    phase: str
    threat: str
    present: str
    level: str
    planned: str  # a line each: what, who, until when
    residual: str


@dataclass(frozen=True, slots=True)
class FlowDocument:
    """What stands in the document, in words of its language."""

    language: str
    title: str
    description: str  # of the picture, for those who do not see it
    svg: str
    facts: Sequence[tuple[str, str]]
    head: Sequence[str]
    lines: Sequence[RiskLine]
    none: str  # said where there is no line
    made_at: datetime


def flow_document(document: FlowDocument) -> bytes:
    """Return the document as PDF."""
    told = {
        "language": document.language,
        "title": document.title,
        "description": document.description,
        "svg": document.svg,
        "facts": [list(pair) for pair in document.facts],
        "head": list(document.head),
        "rows": [
            [each.phase, each.threat, each.present, each.level, each.planned, each.residual]
            for each in document.lines
        ],
        "none": document.none,
    }
    made: bytes = compiler().compile(
        input=_template(),
        format="pdf",
        sys_inputs={"flow": json.dumps(told, ensure_ascii=False, sort_keys=True)},
        timestamp=document.made_at.replace(microsecond=0),
    )
    return made


@cache
def _template() -> bytes:
    return files(__package__ or "daicho.letters").joinpath("flow.typ").read_bytes()
