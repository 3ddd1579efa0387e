"""What services and pages say of certificates, applications and accidents."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NewType

from privacy_mark.certificates.fees import RoundKind, Size
from privacy_mark.certificates.marks import Mark
from privacy_mark.certificates.steps import Step
from privacy_mark.certificates.window import Window
from registry.model import UnitId

CertificateId = NewType("CertificateId", int)
RoundId = NewType("RoundId", int)
AccidentId = NewType("AccidentId", int)


class State(enum.StrEnum):
    """What a certificate is; the ids are public API."""

    APPLYING = "applying"  # 取得準備中: none was granted yet
    HELD = "held"  # 付与
    WITHDRAWN = "withdrawn"  # 返上・取消し
    LAPSED = "lapsed"  # 失効


class RoundState(enum.StrEnum):
    """How an application stands."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Term:
    """What a body granted: the mark with its term, first and last day."""

    mark: Mark
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Scale:
    """What the size class depends on; `size` overrules the rule."""

    sector: str
    capital_yen: int | None = None
    workers: int | None = None
    size: Size | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate; without a term nothing was granted yet."""

    id: CertificateId
    number: str
    unit_id: UnitId
    body: str
    term: Term | None  # in force; before its first day, of one that was never in force before
    next_term: Term | None  # granted already, and begins after the term in force
    state: State
    ended_on: date | None
    end_reason: str = field(repr=False)
    scale: Scale
    size: Size | None  # by the rule, or chosen
    window: Window | None  # before the end of the last granted term; None without one
    version: int

    @property
    def granted(self) -> Term | None:
        """Return the last granted term, begun or not."""
        return self.next_term or self.term


@dataclass(frozen=True, slots=True)
class StepDays:
    """The days of one step."""

    planned: date | None
    actual: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One application."""

    id: RoundId
    certificate_id: CertificateId
    unit_id: UnitId
    kind: RoundKind
    state: RoundState
    started_on: date
    ended_on: date | None
    granted_from: date | None
    granted_until: date | None
    note: str = field(repr=False)
    outside: str = field(repr=False)  # why it is handed in outside the window; "" within it
    steps: Mapping[Step, StepDays]
    version: int

    @property
    def applied_on(self) -> date | None:
        """Return when the application was handed in."""
        return self.steps[Step.APPLICATION].actual

    def next_step(self) -> Step | None:
        """Return the first step after the last one done; None when all are done."""
        done = [place for place, step in enumerate(Step) if self.steps[step].actual is not None]
        place = done[-1] + 1 if done else 0
        return list(Step)[place] if place < len(Step) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accident:
    """One accident in the register of a certificate."""

    id: AccidentId
    number: str
    certificate_id: CertificateId
    unit_id: UnitId
    kind: str
    suspected: bool
    triggers: frozenset[str]
    incident: str
    discovered_on: date
    first_due: date | None
    full_due: date
    first_sent: date | None
    full_sent: date | None
    withdrawn_on: date | None
    withdrawn_reason: str = field(repr=False)
    version: int

    def next_due(self) -> date | None:
        """Return until when the next report is due; None when all are sent, or it proved to be none."""
        if self.withdrawn_on is not None:
            return None
        if self.first_due is not None and self.first_sent is None and self.full_sent is None:
            return self.first_due
        return None if self.full_sent is not None else self.full_due
