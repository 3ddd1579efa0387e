"""What services and pages say of evaluations of processors 委託先の評価."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from registry.handling import ProcessorId
from registry.model import UnitId
from registry.risk_levels import Words

EvaluationId = NewType("EvaluationId", int)
EVALUATIONS = "processor_evaluation"


class Occasion(enum.StrEnum):
    """Why somebody is evaluated; the ids are public API."""

    BEFORE = "before"  # 契約前
    REGULAR = "regular"  # 定期
    AS_NEEDED = "as_needed"  # 臨時: after an accident, a change of what is entrusted


class Result(enum.StrEnum):
    """What an evaluation came to, as a rank; the ids are public API."""

    FIT = "fit"  # A: the criteria are met
    CONDITIONAL = "conditional"  # B: entrusted on condition of improvement
    UNFIT = "unfit"  # C: below the criteria


class Rating(enum.StrEnum):
    """How one criterion is met; the ids are public API."""

    MET = "met"
    PARTLY = "partly"
    NOT_MET = "not_met"
    NOT_ASKED = "not_asked"  # it does not concern this processor


@dataclass(frozen=True, slots=True)
class EvaluationDraft:
    """An evaluation as people write it; without `next_on` the day follows from the result."""

    processor_id: ProcessorId
    occasion: Occasion
    evaluated_on: date
    ratings: Mapping[str, Rating]  # by the id of the criterion
    result: Result
    next_on: date | None = None
    note: str = field(default="", repr=False)  # what was seen, what is to be improved
    evidence: str = field(default="", repr=False)  # which papers show it, and where they are kept


@dataclass(frozen=True, slots=True)
class Rated:
    """One criterion in the words of then, and how it was met."""

    id: str
    name: Words
    rating: Rating


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One evaluation; a withdrawn one stays and counts no more."""

    id: EvaluationId
    processor_id: ProcessorId
    occasion: Occasion
    evaluated_on: date
    result: Result
    next_on: date
    ratings: tuple[Rated, ...]
    note: str = field(repr=False)
    evidence: str = field(repr=False)
    recorded_at: datetime
    recorder: str = field(repr=False)
    withdrawn_on: date | None
    withdrawn_reason: str = field(repr=False)
    withdrawer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one processor stands: its newest evaluation, and by when the next one is due."""

    processor_id: ProcessorId
    unit_id: UnitId
    supervised: bool  # an entry names it, or its contract has not ended
    evaluated_on: date | None
    result: Result | None
    due_on: date  # of one never evaluated: the day its contract began, not before it was registered
