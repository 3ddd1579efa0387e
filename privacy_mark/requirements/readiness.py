"""Readiness 準備状況 of a legal entity: per requirement what is shown, what is missing, and who confirmed it.

A requirement is met 証跡あり when everything that it needs is shown today and the entity's privacy manager,
who added none of it, confirmed that. It is not met 証跡不足 when something is missing, ran out, or the
product's own records speak against it; not assessed 未確認 when nothing was shown yet, or all waits for
confirmation.
What the product knows outranks what somebody uploaded. It is never said that a requirement is complied with.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, select

from privacy_mark.requirements.evidence import Evidence, Shows, kept
from privacy_mark.requirements.facts import UNKNOWN, Fact, Members, Standing
from privacy_mark.requirements.model import Catalogue, Need, Requirement
from privacy_mark.requirements.suppliers import SUPPLIERS, members_of
from registry.access import require, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId, UnitKind, UserId
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.requirements_tables import ReadinessRecord, ReadinessWitness
from registry.store.tables import OrgUnit

_TABLE = ReadinessRecord.__tablename__


class Lack(enum.StrEnum):
    """Why a need is not shown."""

    NONE = "none"  # nothing was ever shown
    EXPIRED = "expired"  # what there was ran out
    UNDER_WAY = "under_way"  # the product's own records: begun, not due yet
    CONTRADICTED = "contradicted"  # the product's own records say that it is not so


class Unassessed(enum.StrEnum):
    """Why nothing can be said of a requirement."""

    NOTHING_SHOWN = "nothing_shown"
    NOT_CONFIRMED = "not_confirmed"


class Fallen(enum.StrEnum):
    """Why a confirmation stands no longer."""

    CHANGED = "changed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class NeedState:
    """One thing that must be shown, and what shows it today."""

    need: Need
    evidence: tuple[Evidence, ...]  # all of it, newest day first, also what ran out
    counting: tuple[Evidence, ...]  # what holds today
    fact: Fact | None  # None: no supplier in the product
    until: date | None  # the last day on which this stays shown by what counts; None: no end is known
    lack: Lack | None  # None: shown

    @property
    def ran_out_on(self) -> date | None:
        """Return the last day on which the newest of its evidence still held."""
        ends = (_until(each, self.need) for each in self.evidence)
        return max((end for end in ends if end is not None), default=None)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who confirmed when."""

    id: int
    by: str
    by_id: UserId
    at: datetime
    holds_until: date | None
    version: int


@dataclass(frozen=True, slots=True)
class Met:
    """証跡あり."""

    confirmation: Confirmation


@dataclass(frozen=True, slots=True)
class NotMet:
    """証跡不足."""

    missing: tuple[NeedState, ...]


@dataclass(frozen=True, slots=True)
class NotAssessed:
    """未確認."""

    why: Unassessed


State = Met | NotMet | NotAssessed


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement of one entity."""

    requirement: Requirement
    needs: tuple[NeedState, ...]
    state: State
    basis: str  # SHA-256 of what is shown: what a confirmation is bound to

    @property
    def missing(self) -> tuple[NeedState, ...]:
        """Return what is not shown."""
        return tuple(each for each in self.needs if each.lack is not None)

    @property
    def ran_out_on(self) -> date | None:
        """Return the last day of the first need that was shown and ran out; None when none did."""
        ended = (each.ran_out_on for each in self.needs if each.lack is Lack.EXPIRED)
        return min((day for day in ended if day is not None), default=None)

    @property
    def until(self) -> date | None:
        """Return the day on which the first of what is shown runs out."""
        return min((each.until for each in self.needs if each.lack is None and each.until), default=None)


@dataclass(frozen=True, slots=True)
class Share:
    """How far an entity is: counts of its requirements."""

    unit_id: UnitId
    of: int
    met: int
    not_met: int
    waiting: int  # everything is shown, and the confirmation is missing
    nothing: int  # nothing was shown yet

    @property
    def percent(self) -> int | None:
        """Return the share of requirements that are met, rounded down; None when none applies."""
        return self.met * 100 // self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Readiness:
    """Where one entity stands."""

    unit_id: UnitId
    as_of: date
    lines: tuple[Line, ...]

    @property
    def share(self) -> Share:
        """Return the counts."""
        return _share(self.unit_id, self.lines)


def readiness(tx: Tx, catalogue: Catalogue, unit_id: UnitId) -> Readiness:
    """Return where a legal entity stands; raises AccessDenied without VIEW_CERTIFICATION, NotFound."""
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    entity = entities_of(tx, frozenset({unit_id})).get(unit_id)
    if entity is None:
        raise NotFound("org_unit")
    return _all(tx, catalogue, {unit_id: entity})[unit_id]


def confirm(tx: Tx, catalogue: Catalogue, unit_id: UnitId, requirement: str, *, basis: str) -> Line:
    """Confirm that the evidence shows a requirement, as it was looked at (`basis` of its line).

    Raises AccessDenied without CONFIRM_READINESS in the entity, NotFound for a requirement that does not
    apply, Conflict when the evidence changed meanwhile, InvalidValue: `state` `missing` while something is
    not shown, `state` `decided` when it is confirmed, `confirmer` `same_person` for who added any of it.
    """
    require(tx, Permission.CONFIRM_READINESS, unit_id)
    line = _line_of(tx, catalogue, unit_id, requirement)
    if line.basis != basis:
        raise Conflict("", tx.now, ("evidence",))
    if isinstance(line.state, Met):
        raise InvalidValue("state", "decided")
    if line.missing:
        raise InvalidValue("state", "missing")
    witnesses = {each.id: each.author_id for need in line.needs for each in need.counting}
    if tx.principal.user_id in witnesses.values():
        raise InvalidValue("confirmer", "same_person")
    for before in tx.session.scalars(standing().where(*_about(unit_id, requirement))):
        end(tx, before, Fallen.REPLACED)
    uid = new_uid()
    row = ReadinessRecord(
        uid=uid,
        unit_id=unit_id,
        requirement=requirement,
        basis=line.basis,
        holds_until=line.until,
        confirmer_id=tx.principal.user_id,
        at=tx.now,
        ended_why="",
        **Row(tx, _TABLE, uid).sealed({"confirmer": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    tx.session.add_all(
        ReadinessWitness(
            confirmation_id=row.id,
            evidence_id=evidence_id,
            unit_id=unit_id,
            author_id=author,
            confirmer_id=row.confirmer_id,
        )
        for evidence_id, author in witnesses.items()
    )
    tx.session.flush()
    after = {"requirement": requirement, "basis": line.basis, "holds_until": row.holds_until}
    tx.record(Action.READINESS_CONFIRMED, _TABLE, row.id, unit_id, None, after)
    return _line_of(tx, catalogue, unit_id, requirement)


def withdraw(tx: Tx, confirmation_id: int, *, expected_version: int) -> None:
    """Take a confirmation back.

    Raises NotFound, AccessDenied without CONFIRM_READINESS, Conflict, InvalidValue `state` `decided`.
    """
    seen = ReadinessRecord.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION))
    row = tx.session.scalar(select(ReadinessRecord).where(ReadinessRecord.id == confirmation_id, seen))
    if row is None:
        raise NotFound(_TABLE)
    require(tx, Permission.CONFIRM_READINESS, UnitId(row.unit_id))
    if row.version != expected_version:
        raise Conflict("", tx.now, ("state",), version=row.version)
    if row.ended_at is not None:
        raise InvalidValue("state", "decided")
    end(tx, row, Fallen.WITHDRAWN)
    tx.session.flush()


def end(tx: Tx, row: ReadinessRecord, why: Fallen) -> None:
    """End a confirmation; the caller has checked that one may."""
    row.ended_at, row.ended_why = tx.now, why.value
    after = {"requirement": row.requirement, "why": why.value}
    tx.record(Action.READINESS_FELL, _TABLE, row.id, UnitId(row.unit_id), None, after)


@dataclass(frozen=True, slots=True)
class Entity:
    """What decides which requirements apply."""

    kind: UnitKind
    country: str


def entities_of(tx: Tx, among: frozenset[UnitId]) -> dict[UnitId, Entity]:
    """Return the open legal entities among units, by code; the caller has checked that they are visible."""
    kinds = [kind.value for kind in UnitKind if kind.is_entity]
    columns = (OrgUnit.id, OrgUnit.kind, OrgUnit.country)
    query = (
        select(*columns).where(OrgUnit.kind.in_(kinds), OrgUnit.closed_at.is_(None)).order_by(OrgUnit.code)
    )
    if len(among) == 1:
        query = query.where(OrgUnit.id.in_(among))
    return {
        UnitId(unit): Entity(UnitKind(kind), country)
        for unit, kind, country in tx.session.execute(query)
        if unit in among
    }


def _line_of(tx: Tx, catalogue: Catalogue, unit_id: UnitId, requirement: str) -> Line:
    found = _all(tx, catalogue, entities_of(tx, frozenset({unit_id}))).get(unit_id)
    for line in found.lines if found is not None else ():
        if line.requirement.id == requirement:
            return line
    raise NotFound("requirement")


def _all(tx: Tx, catalogue: Catalogue, entities: Mapping[UnitId, Entity]) -> dict[UnitId, Readiness]:
    today = today_in_japan(tx.now)
    members = members_of(tx, frozenset(entities))
    facts = {
        supplier.id: supplier.facts(tx, members, today) if entities else {} for supplier in SUPPLIERS.values()
    }
    given = _evidence_of(tx, members, entities)
    confirmed = _confirmed(tx, entities)
    found: dict[UnitId, Readiness] = {}
    for unit_id, entity in entities.items():
        lines = []
        for requirement in catalogue.applying(entity.kind, entity.country, today):
            needs = tuple(
                _need(
                    need,
                    given.get((unit_id, Shows(requirement.id, need.id)), ()),
                    facts[need.supplier].get(unit_id, UNKNOWN)
                    if need.supplier is not None and need.supplier in facts
                    else None,
                    today,
                )
                for need in requirement.needs
            )
            confirmation = confirmed.get((unit_id, requirement.id))
            revised = catalogue.revised_on(requirement)
            lines.append(_line(tx, requirement, revised, needs, confirmation, today))
        found[unit_id] = Readiness(unit_id, today, tuple(lines))
    return found


def _evidence_of(
    tx: Tx, members: Members, entities: Mapping[UnitId, Entity]
) -> dict[tuple[UnitId, Shows], list[Evidence]]:
    found: dict[tuple[UnitId, Shows], list[Evidence]] = {}
    for each in kept(tx, members.entity_of.keys()) if entities else ():
        for shown in each.shows:
            found.setdefault((members.entity_of[each.unit_id], shown), []).append(each)
    return found


def _confirmed(tx: Tx, entities: Mapping[UnitId, Entity]) -> dict[tuple[UnitId, str], ReadinessRecord]:
    rows = tx.session.scalars(standing().order_by(ReadinessRecord.id))
    return {(UnitId(row.unit_id), row.requirement): row for row in rows if row.unit_id in entities}


def _need(need: Need, given: Sequence[Evidence], fact: Fact | None, today: date) -> NeedState:
    counting = [each for each in given if _holds(each, need, today)]
    ends = [_until(each, need) for each in counting]
    # Several pieces may show one need: it stays shown as long as one of them does.
    until = None if not ends or None in ends else max(end for end in ends if end is not None)
    said = fact.standing if fact is not None else Standing.UNKNOWN
    if said is Standing.SHOWN:
        until = None  # the product itself looks again every day
    lack = lack_of(said, counting=bool(counting), given=bool(given))
    return NeedState(need, tuple(given), tuple(counting), fact, until, lack)


def lack_of(said: Standing, *, counting: bool, given: bool) -> Lack | None:
    """Return why a need is not shown: what the product says goes before what was added; None: it is shown."""
    if said is Standing.LACKING:
        return Lack.CONTRADICTED
    if said is Standing.SHOWN or counting:
        return None
    if said is Standing.UNDER_WAY:
        return Lack.UNDER_WAY
    return Lack.EXPIRED if given else Lack.NONE


def _until(each: Evidence, need: Need) -> date | None:
    ends = [end for end in (each.valid_until, need.every.until(each.effective_on)) if end is not None]
    return min(ends, default=None)


def _holds(each: Evidence, need: Need, today: date) -> bool:
    end = _until(each, need)
    return each.effective_on <= today and (end is None or today <= end)


def _line(
    tx: Tx,
    requirement: Requirement,
    revised: date | None,
    needs: tuple[NeedState, ...],
    row: ReadinessRecord | None,
    today: date,
) -> Line:
    shown = (
        (
            each.need.id,
            ((str(piece.id), piece.sha256, str(piece.effective_on)) for piece in each.counting),
            each.fact.standing if each.fact is not None else None,
        )
        for each in needs
    )
    basis = basis_of(shown, revised)
    missing = tuple(each for each in needs if each.lack is not None)
    state: State
    if missing:
        untouched = all(each.lack is Lack.NONE for each in needs)
        state = NotAssessed(Unassessed.NOTHING_SHOWN) if untouched else NotMet(missing)
    elif row is None or row.basis != basis or (row.holds_until is not None and row.holds_until < today):
        state = NotAssessed(Unassessed.NOT_CONFIRMED)
    else:
        by = Row(tx, _TABLE, row.uid).opened("confirmer", row.confirmer_sealed)
        state = Met(Confirmation(row.id, by, UserId(row.confirmer_id), row.at, row.holds_until, row.version))
    return Line(requirement, needs, state, basis)


def basis_of(
    needs: Iterable[tuple[str, Iterable[tuple[str, str, str]], Standing | None]], revised: date | None
) -> str:
    """Return the hash of what is shown: of each need its id, the pieces that count, what the product says.

    A piece is its id, SHA-256 and day. Counts of the product may grow every day without anything to look at
    anew; that it no longer shows a need changes the basis, and that it can say something now does not. Of a
    later version of the requirement the basis has the day on which it was `revised`.
    """
    told = [
        [
            need,
            *(part for piece in sorted(pieces) for part in piece),
            "" if said in (None, Standing.UNKNOWN) else said,
        ]
        for need, pieces, said in needs
    ]
    if revised is not None:
        told.append(["revised", str(revised)])
    return hashlib.sha256("\n".join("\t".join(each) for each in told).encode()).hexdigest()


def standing() -> Select[ReadinessRecord]:
    """Return the statement of the confirmations that did not fall, of all units: the caller limits it."""
    return select(ReadinessRecord).where(ReadinessRecord.ended_at.is_(None))


def _about(unit_id: UnitId, requirement: str) -> tuple[ColumnElement[bool], ...]:
    return (ReadinessRecord.unit_id == unit_id, ReadinessRecord.requirement == requirement)


def _share(unit_id: UnitId, lines: Sequence[Line]) -> Share:
    states = [line.state for line in lines]
    return Share(
        unit_id=unit_id,
        of=len(states),
        met=sum(isinstance(each, Met) for each in states),
        not_met=sum(isinstance(each, NotMet) for each in states),
        waiting=sum(each == NotAssessed(Unassessed.NOT_CONFIRMED) for each in states),
        nothing=sum(each == NotAssessed(Unassessed.NOTHING_SHOWN) for each in states),
    )
