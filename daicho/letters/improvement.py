"""The improvement report 改善報告書 on findings of an assessment as PDF, A4.

The same content gives the same bytes: the moment printed into the file is that of its last change. Nothing
is written to the disk.
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
class ReportItem:
    """One finding: how the body calls it, and what is told of it."""

    title: str
    rows: Sequence[tuple[str, str]]  # name, text with line breaks


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """What stands in the report, in words of its language."""

    language: str
    title: str
    draft: str  # said above the title of what is not approved yet; "": nothing
    day: str
    to: str
    sender: str
    opening: str
    facts: Sequence[tuple[str, str]]
    items: Sequence[ReportItem]
    closing: str
    footer: str
    made_at: datetime


def improvement_report(document: ReportDocument) -> bytes:
    """Return the report as PDF."""
    told = {
        "language": document.language,
        "title": document.title,
        "draft": document.draft,
        "day": document.day,
        "to": document.to,
        "sender": document.sender,
        "opening": document.opening,
        "facts": [list(pair) for pair in document.facts],
        "items": [
            {"title": each.title, "rows": [[name, text.splitlines() or [""]] for name, text in each.rows]}
            for each in document.items
        ],
        "closing": document.closing,
        "footer": document.footer,
    }
    made: bytes = compiler().compile(
        input=_template(),
        format="pdf",
        sys_inputs={"report": json.dumps(told, ensure_ascii=False, sort_keys=True)},
        timestamp=document.made_at.replace(microsecond=0),
    )
    return made


@cache
def _template() -> bytes:
    return files(__package__ or "daicho.letters").joinpath("improvement.typ").read_bytes()
