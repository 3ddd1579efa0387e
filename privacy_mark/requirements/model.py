"""The nouns of the catalogue: sets of requirements, what shows each of them, and mapping tables."""

from __future__ import annotations

import calendar
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from registry.model import UnitKind
from registry.risk_levels import Words


class Confidence(enum.StrEnum):
    """How sure the catalogue is of an item; what is not read in a source can be corrected by users."""

    READ = "V"  # read in a source
    READ_ONCE = "V-1"  # read in one secondary source only
    HIGH = "M-hi"
    MEDIUM = "M-med"
    LOW = "M-lo"


class Frequency(enum.StrEnum):
    """How often something is shown anew."""

    ONCE = "once"  # holds until it is replaced
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    BIENNIAL = "biennial"  # one term of a certificate

    def until(self, effective: date) -> date | None:
        """Return the last day on which something of a day still holds; None: it does not run out."""
        months = _MONTHS[self]
        if months is None:
            return None
        count = effective.year * 12 + effective.month - 1 + months
        year, month = divmod(count, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(effective.day, last))


_MONTHS: Mapping[Frequency, int | None] = {
    Frequency.ONCE: None,
    Frequency.MONTHLY: 1,
    Frequency.QUARTERLY: 3,
    Frequency.HALF_YEARLY: 6,
    Frequency.YEARLY: 12,
    Frequency.BIENNIAL: 24,
}


class EvidenceKind(enum.StrEnum):
    """What kind of thing shows a requirement."""

    DOCUMENT = "document"  # a rule or procedure 規程・手順
    RECORD = "record"  # what was done, when and by whom 記録
    PUBLICATION = "publication"  # what persons can read 公表物
    CONTRACT = "contract"  # 契約・誓約
    SETTING = "setting"  # the state of a system 設定・ログ


class SupplierId(enum.StrEnum):
    """Who in the product may show something by itself; those without a supplier are shown by hand."""

    LEDGER_REVIEW = "ledger_review"
    RISK_REVIEW = "risk_review"
    SCANS = "scans"
    RECONCILIATION = "reconciliation"
    JOURNAL = "journal"
    TRAINING = "training"
    AUDIT_CONFORMITY = "audit_conformity"
    AUDIT_OPERATION = "audit_operation"
    CORRECTIVE_ACTIONS = "corrective_actions"
    MANAGEMENT_REVIEW = "management_review"
    CONFIRMATIONS = "confirmations"
    YEAR_PLAN = "year_plan"
    PROCESSORS = "processors"  # their contracts
    PROCESSOR_EVALUATION = "processor_evaluation"
    REQUESTS = "requests"
    COMPLAINTS = "complaints"
    ACCIDENTS = "accidents"
    CHANGES = "changes"
    DOCUMENTS = "documents"  # internal rules in force
    POLICY = "policy"
    RULE_REVIEW = "rule_review"
    RULE_DISTRIBUTION = "rule_distribution"
    GOVERNANCE = "governance"  # posts and committees
    MANAGERS = "managers"  # privacy manager and audit manager
    DECISIONS = "decisions"
    LAWS = "laws"
    SELF_CHECK = "self_check"


class SetKind(enum.StrEnum):
    """What a set is for."""

    REQUIREMENTS = "requirements"  # counted in readiness where it applies
    CONTROLS = "controls"  # measures to choose from
    CLAUSES = "clauses"  # numbers that mapping tables lead to


@dataclass(frozen=True, slots=True)
class Applies:
    """To which legal entities a set or requirement applies; what is empty narrows nothing."""

    kinds: frozenset[UnitKind] = frozenset()
    countries: frozenset[str] = frozenset()  # ISO 3166-1 alpha-2
    not_countries: frozenset[str] = frozenset()

    def to(self, kind: UnitKind, country: str) -> bool:
        """Tell whether it applies to an entity."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.countries or country in self.countries)
            and country not in self.not_countries
        )


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that must be shown of a requirement."""

    id: str  # within the requirement
    kind: EvidenceKind
    name: Words
    every: Frequency
    supplier: SupplierId | None = None
    if_any: bool = False  # a statement that there is no such handling shows it too


@dataclass(frozen=True, slots=True)
class Correction:
    """What a file of a workspace told of an item."""

    file: str
    line: int
    source: str  # where its author has it from


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement, control or clause in our own words; without needs it is a heading or a number.

    Where a correction holds for a time only, there are several versions of an item, one after another.
    """

    id: str
    set_id: str
    parent: str  # "" at the top
    title: Words
    needs: tuple[Need, ...]
    source: str  # id in the set's sources
    confidence: Confidence
    valid_from: date | None
    valid_until: date | None  # the last day
    applies: Applies | None = None  # besides that of the set
    note: Words | None = None  # what is uncertain of it
    corrected_by: tuple[Correction, ...] = ()  # what changed or added this version, in order

    @property
    def first(self) -> date:
        """Return the first day on which it is in force."""
        return self.valid_from or date.min

    @property
    def last(self) -> date:
        """Return the last day on which it is in force."""
        return self.valid_until or date.max

    def holds_on(self, day: date) -> bool:
        """Tell whether it is in force."""
        return self.first <= day <= self.last

    def need(self, need_id: str) -> Need | None:
        """Return a need by its id."""
        return next((need for need in self.needs if need.id == need_id), None)


@dataclass(frozen=True, slots=True)
class RequirementSet:
    """A set of requirements of one origin and version."""

    id: str
    version: int
    kind: SetKind
    title: Words
    sources: Mapping[str, str]
    applies: Applies
    file: str


@dataclass(frozen=True, slots=True)
class MappingTable:
    """Which items of one set answer which of another; what has no answer is listed with the reason."""

    id: str
    title: Words
    of_set: str
    to_set: str
    confidence: Confidence
    rows: Mapping[str, tuple[str, ...]]
    gaps: Mapping[str, Words]  # items of `of_set`
    to_gaps: Mapping[str, Words]  # items of `to_set` that nothing leads to
    corrected_by: Mapping[str, Correction] = field(default_factory=dict)  # rows that a workspace replaced

    def back(self) -> dict[str, tuple[str, ...]]:
        """Return the table read the other way."""
        found: dict[str, list[str]] = {}
        for own, others in self.rows.items():
            for other in others:
                found.setdefault(other, []).append(own)
        return {other: tuple(own) for other, own in found.items()}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All sets, their requirements by id in their order, and the mapping tables."""

    sets: Mapping[str, RequirementSet]
    requirements: Mapping[str, Requirement]  # the newest version of each
    mappings: Mapping[str, MappingTable]
    corrections: tuple[str, ...] = field(default=())  # files of the workspace
    history: Mapping[str, tuple[Requirement, ...]] = field(default_factory=dict)
    """All versions of the items that have several, the oldest first; no day lies in two of them."""

    def versions(self, item_id: str) -> tuple[Requirement, ...]:
        """Return all versions of an item, the oldest first."""
        return self.history.get(item_id) or (self.requirements[item_id],)

    def revised_on(self, of: Requirement) -> date | None:
        """Return the day on which a version took the place of an earlier one; None for the first."""
        return of.valid_from if of.first > self.versions(of.id)[0].first else None

    def on(self, day: date) -> Catalogue:
        """Return the catalogue as of a day: of each item the version in force, else the nearest one."""
        if not self.history:
            return self
        of_day = {name: nearest(versions, day) for name, versions in self.history.items()}
        return replace(self, requirements={**self.requirements, **of_day})

    def in_force(self, day: date) -> list[Requirement]:
        """Return the versions of all items that are in force on a day, in order."""
        return [each for each in self.on(day).requirements.values() if each.holds_on(day)]

    def of_set(self, set_id: str) -> list[Requirement]:
        """Return the items of a set in order."""
        return [each for each in self.requirements.values() if each.set_id == set_id]

    def applying(self, kind: UnitKind, country: str, day: date) -> list[Requirement]:
        """Return what an entity must show on a day: requirements with needs, of sets that apply to it."""
        return [each for each in self.in_force(day) if each.needs and self.asks(each, kind, country)]

    def asks(self, of: Requirement, kind: UnitKind, country: str) -> bool:
        """Tell whether a requirement applies to an entity of a kind in a country."""
        within = self.sets[of.set_id]
        return (
            within.kind is SetKind.REQUIREMENTS
            and within.applies.to(kind, country)
            and (of.applies is None or of.applies.to(kind, country))
        )


def nearest(versions: Sequence[Requirement], day: date) -> Requirement:
    """Return the version in force on a day, else the last one before it, else the first."""
    begun = [each for each in versions if each.first <= day]
    return begun[-1] if begun else versions[0]
