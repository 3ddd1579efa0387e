"""What a check comes to."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class State(enum.StrEnum):
    """How a check ended, from best to worst."""

    GOOD = "good"
    WARNING = "warning"  # it works, and something could be safer
    FAULT = "fault"  # it does not work, or is not safe


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, said in the language of the terminal; `advice` is empty when good."""

    subject: str
    state: State
    what: str
    advice: str = ""
