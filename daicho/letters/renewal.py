"""The report on the readiness for renewal 更新準備状況 as PDF: two pages of A4, an annex of what is missing.

The same content as of the same time gives the same bytes. Nothing is written to the disk.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from daicho.letters.compiler import compiler


@dataclass(frozen=True, slots=True)
class Listed:
    """A table; `none` is said where there is no row."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    none: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the second page: facts by name, a table, or both."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    none: str = ""
    more: str = ""  # a line below
    wide: int = 0  # the column that has most room


@dataclass(frozen=True, slots=True)
class RenewalDocument:
    """What stands in the report, in words of its language."""

    language: str
    title: str
    entity: str
    facts: Sequence[tuple[str, str]]
    verdict: str
    chapters: Listed
    note: str
    sections: Sequence[Section]
    annex: Listed
    footer: str
    made_at: datetime


def renewal_document(document: RenewalDocument) -> bytes:
    """Return the report as PDF."""
    told = asdict(document)
    del told["made_at"]
    made: bytes = compiler().compile(
        input=_template(),
        format="pdf",
        sys_inputs={"report": json.dumps(told, ensure_ascii=False, sort_keys=True)},
        timestamp=document.made_at.replace(microsecond=0),
    )
    return made


@cache
def _template() -> bytes:
    return files(__package__ or "daicho.letters").joinpath("renewal.typ").read_bytes()
