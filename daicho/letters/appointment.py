"""Letters of appointment 任命書 as PDF, one a page: audit managers by top management, auditors by them.

The same facts give the same bytes: the day is that of the decision. Nothing is written to the disk.
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
class Letter:
    """One letter in words of its language."""

    number: str
    to: str
    body: str
    facts: Sequence[tuple[str, str]]
    duties: Sequence[str]
    day: str
    sender: Sequence[str]  # lines: of what, as what, who


def appointment_letters(language: str, title: str, letters: Sequence[Letter], *, decided: datetime) -> bytes:
    """Return the letters as PDF; ValueError without any."""
    if not letters:
        raise ValueError("there is nobody to appoint")
    told = {"language": language, "title": title, "letters": [asdict(each) for each in letters]}
    made: bytes = compiler().compile(
        input=_template(),
        format="pdf",
        sys_inputs={"appointments": json.dumps(told, ensure_ascii=False, sort_keys=True)},
        timestamp=decided.replace(microsecond=0),
    )
    return made


@cache
def _template() -> bytes:
    return files(__package__ or "daicho.letters").joinpath("appointment.typ").read_bytes()
