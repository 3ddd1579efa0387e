"""Documents of internal audits as PDF: report to top management, assignment with its proof, work paper.

The same facts give the same bytes: the time printed is that of the last change, never that of printing.
Nothing is written to the disk.
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
class Grid:
    """A table: widths as shares of the page, one per heading."""

    head: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[str]]
    none: str  # said where there is no row


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a document: its heading, lines of text, pairs of name and value, a table."""

    heading: str
    lines: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    grid: Grid | None = None


@dataclass(frozen=True, slots=True)
class AuditDocument:
    """What stands in the document, in words of its language."""

    language: str
    title: str
    number: str
    day: str
    to: str
    sender: str
    sections: Sequence[Section]
    changed_at: datetime
    across: bool = False  # A4 across: for wide tables


def audit_document(document: AuditDocument) -> bytes:
    """Return the document as PDF."""
    told = {
        "language": document.language,
        "title": document.title,
        "number": document.number,
        "day": document.day,
        "to": document.to,
        "sender": document.sender,
        "across": document.across,
        "sections": [_section(each) for each in document.sections],
    }
    made: bytes = compiler().compile(
        input=_template(),
        format="pdf",
        sys_inputs={"audit": json.dumps(told, ensure_ascii=False, sort_keys=True)},
        timestamp=document.changed_at.replace(microsecond=0),
    )
    return made


def _section(of: Section) -> dict[str, object]:
    grid = None
    if of.grid is not None:
        grid = {
            "head": list(of.grid.head),
            "widths": list(of.grid.widths),
            "rows": [list(row) for row in of.grid.rows],
            "none": of.grid.none,
        }
    return {
        "heading": of.heading,
        "lines": list(of.lines),
        "facts": [list(pair) for pair in of.facts],
        "grid": grid,
    }


@cache
def _template() -> bytes:
    return files(__package__ or "daicho.letters").joinpath("audit.typ").read_bytes()
