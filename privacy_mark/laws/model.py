"""The nouns of the list of laws: what an entity decided of each, changes of laws, yearly reviews."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date
from typing import NewType

from privacy_mark.laws.catalogue import Kind, Law
from registry.model import UnitId, UserId

AmendmentId = NewType("AmendmentId", int)
ReviewId = NewType("ReviewId", int)
OWN = "own:"
"""How the id of a norm begins that an entity added itself."""


class Applies(enum.StrEnum):
    """Whether a norm applies to an entity; the ids are public API."""

    UNDECIDED = "undecided"  # 未判断
    APPLIES = "applies"  # 適用あり
    NOT = "not"  # 適用なし


class ReviewState(enum.StrEnum):
    """How far a review of the list is."""

    SUBMITTED = "submitted"  # 承認待ち
    APPROVED = "approved"  # 承認済み
    RETURNED = "returned"  # 差し戻し


@dataclass(frozen=True, slots=True)
class LawDraft:
    """What an entity says of a norm; of one of the catalogue, what is left empty is as it stands there."""

    applies: Applies
    reason: str = field(repr=False)  # why it applies, or why it does not
    owner: str = field(default="", repr=False)  # who watches it
    kind: Kind = Kind.ACT
    name: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    authority: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One norm in the list of an entity; version 0: nobody has decided on it yet."""

    law: str  # id of the catalogue, or `OWN` and an id
    known: Law | None  # what the catalogue says; None of own additions
    said: LawDraft
    decided_on: date | None
    changed: bool  # after the review that was approved last
    version: int

    @property
    def own(self) -> bool:
        """Return whether the entity added it itself."""
        return self.law.startswith(OWN)

    @property
    def kind(self) -> Kind:
        """Return what it is."""
        return self.known.kind if self.known else self.said.kind

    def name(self, language: str) -> str:
        """Return its name: the entity's, else the catalogue's."""
        return self.said.name or (self.known.name.of(language) if self.known else self.law)

    def number(self) -> str:
        """Return its number."""
        return self.said.number or (self.known.number if self.known else "")

    def authority(self, language: str) -> str:
        """Return who made or watches it."""
        return self.said.authority or (self.known.authority.of(language) if self.known else "")

    def address(self) -> str:
        """Return where it is published."""
        return self.said.address or (self.known.address if self.known else "")

    def since(self) -> date | None:
        """Return the day from which it holds."""
        return self.said.since or (self.known.since if self.known else None)

    def until(self) -> date | None:
        """Return its last day, None while it holds."""
        return self.said.until or (self.known.until if self.known else None)


@dataclass(frozen=True, slots=True)
class AmendmentDraft:
    """A change of a norm 改正, and what it means for the entity."""

    law: str
    effective_on: date
    due_on: date  # by when what follows from it is done
    summary: str = field(repr=False)
    meaning: str = field(repr=False)
    owner: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Amendment(AmendmentDraft):
    """A noted change; `done_on` is set when what follows from it was done."""

    id: AmendmentId = field(kw_only=True)
    unit_id: UnitId = field(kw_only=True)
    done_on: date | None = None
    result: str = field(default="", repr=False)
    doer: str = field(default="", repr=False)
    version: int = 1


@dataclass(frozen=True, slots=True)
class Review:
    """One yearly review of a list; who approves it did not make it."""

    id: ReviewId
    unit_id: UnitId
    state: ReviewState
    reviewed_on: date
    reviewer_id: UserId
    reviewer: str = field(repr=False)
    note: str = field(repr=False)
    applying: int
    excluded: int
    approver: str = field(repr=False)
    answer: str = field(repr=False)
    approved_on: date | None
    copied: bool  # whether the list was kept as it was reviewed
    version: int


def amendment_number(amendment_id: int) -> str:
    """Return how people call a noted change of a law."""
    return f"LA-{amendment_id:04d}"


def review_number(review_id: int) -> str:
    """Return how people call a review of a list."""
    return f"LR-{review_id:04d}"
