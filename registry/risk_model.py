"""The nouns of the risk analysis that pages and services exchange: frozen values."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from registry.model import EntryId, UnitId
from registry.risk_facts import Facts, Reopening
from registry.risk_levels import Level
from registry.threats import Phase

MeasureId = NewType("MeasureId", int)
OWN = "own-"
"""Ids of threats begin so that are no threats of the catalogue."""


class RiskState(enum.StrEnum):
    """Where an analysis stands."""

    NONE = "none"  # 未実施: nobody analysed the entry yet
    DRAFT = "draft"  # 作成中
    ACCEPTED = "accepted"  # 残留リスクを承認済み
    REOPENED = "reopened"  # 再分析が必要


class Decision(enum.StrEnum):
    """What was made of a threat."""

    TAKEN = "taken"  # 分析する
    LEFT = "left"  # 該当しない


class RiskVersionKind(enum.StrEnum):
    """What made a version of an analysis."""

    EDIT = "edit"
    ACCEPTANCE = "acceptance"
    MEASURE = "measure"  # a planned measure was carried out
    REOPENING = "reopening"
    REJUDGING = "rejudging"  # the table of levels changed


@dataclass(frozen=True, slots=True)
class PlannedMeasure:
    """What will be done against a threat, by whom, until when."""

    what: str
    owner: str = field(repr=False)
    due_on: date
    done_on: date | None = None
    id: MeasureId | None = None  # None: not stored yet


@dataclass(frozen=True, slots=True)
class RiskDraft:
    """One threat in one phase as people judge it.

    Of a threat that is left only the reason counts. `threat` is an id of the catalogue, of an own threat, or
    empty for a new own one, which `title` then names.
    """

    phase: Phase
    threat: str
    decision: Decision = Decision.TAKEN
    title: str = ""
    left_reason: str = ""
    present: str = ""
    likelihood: int | None = None
    impact: int | None = None
    residual_likelihood: int | None = None
    residual_impact: int | None = None
    measures: tuple[PlannedMeasure, ...] = ()

    @property
    def is_judged(self) -> bool:
        """True when likelihood and impact are stated, before and after the measures."""
        return None not in (self.likelihood, self.impact, self.residual_likelihood, self.residual_impact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk(RiskDraft):
    """One threat of an analysis with its levels."""

    level: Level | None
    residual_level: Level | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """The risk analysis of one entry; version 0 and NONE where nobody made one yet."""

    entry_id: EntryId
    unit_id: UnitId
    state: RiskState
    version: int
    risks: tuple[Risk, ...]
    worst: Level | None
    worst_residual: Level | None
    updated_at: datetime | None = None
    updated_by: str = ""
    accepted_at: datetime | None = None  # the latest acceptance, whether it still stands or not
    accepted_by: str = ""  # empty: no acceptance stands
    next_review: date | None = None
    accepted: Facts | None = None  # what the acceptance rested on
    reopened_at: datetime | None = None
    reopened: Reopening = field(default_factory=Reopening)

    @property
    def needs_reason(self) -> bool:
        """True when a change has to be explained, because it was accepted before."""
        return self.accepted_at is not None


@dataclass(frozen=True, slots=True)
class RiskVersion:
    """One step in the history of an analysis; `changes` are named phase/threat/field."""

    version: int
    at: datetime
    by: str
    kind: RiskVersionKind
    reason: str
    changes: Mapping[str, tuple[str, str]]


def texts_of(draft: RiskDraft) -> dict[str, str]:
    """Return the fields of a draft as the history keeps them; what is not stated is left out."""
    measures = [
        [each.what, each.owner, each.due_on.isoformat(), each.done_on.isoformat() if each.done_on else ""]
        for each in draft.measures
    ]
    values = {
        "decision": draft.decision.value,
        "title": draft.title,
        "left_reason": draft.left_reason,
        "present": draft.present,
        "likelihood": draft.likelihood,
        "impact": draft.impact,
        "residual_likelihood": draft.residual_likelihood,
        "residual_impact": draft.residual_impact,
        "measures": json.dumps(measures, ensure_ascii=False) if measures else "",
    }
    return {name: str(value) for name, value in values.items() if value not in (None, "")}
