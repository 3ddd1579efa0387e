"""How far all legal entities are, and which confirmations fell: a few questions for however many there are.

Nothing sealed is opened here, and only columns are read: a group has 815 entities, each with its evidence.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select

from privacy_mark.requirements.facts import Members, Standing
from privacy_mark.requirements.holding import EARLIEST, since
from privacy_mark.requirements.model import Catalogue, Requirement
from privacy_mark.requirements.readiness import (
    Entity,
    Fallen,
    Lack,
    Share,
    basis_of,
    end,
    entities_of,
    lack_of,
    standing,
)
from privacy_mark.requirements.suppliers import SUPPLIERS, members_of
from registry.access import today_in_japan, units_allowed
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.requirements_tables import EvidenceLink, ReadinessRecord

_FEW = 500  # units named to the database; of more all rows are read


class _Verdict(enum.Enum):
    MET = enum.auto()
    NOT_MET = enum.auto()
    WAITING = enum.auto()
    NOTHING = enum.auto()


_Key = tuple[int, str, str]  # entity, requirement, need; no named one: there are 65,000 of them


class _Confirmed(NamedTuple):
    basis: str
    holds_until: date | None


@dataclass(frozen=True, slots=True)
class _Judged:
    """One requirement of one entity; `basis` only where somebody confirmed it and nothing is missing."""

    entity: UnitId
    requirement: str
    verdict: _Verdict
    basis: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of all entities at once."""

    pieces: Mapping[_Key, list[tuple[str, str, str]]] = field(repr=False)  # what counts today
    given: frozenset[tuple[int, str]] = field(repr=False)  # entity and requirement with some that ran out
    confirmed: Mapping[tuple[int, str], _Confirmed] = field(repr=False)


def shares(tx: Tx, catalogue: Catalogue) -> list[Share]:
    """Return how far each visible legal entity is, by code; those to whom nothing applies are left out."""
    entities = entities_of(tx, units_allowed(tx, Permission.VIEW_CERTIFICATION))
    counts = {unit_id: dict.fromkeys(_Verdict, 0) for unit_id in entities}
    for each in _judged(tx, catalogue, entities):
        counts[each.entity][each.verdict] += 1
    return [
        Share(
            unit_id=unit_id,
            of=sum(found.values()),
            met=found[_Verdict.MET],
            not_met=found[_Verdict.NOT_MET],
            waiting=found[_Verdict.WAITING],
            nothing=found[_Verdict.NOTHING],
        )
        for unit_id, found in counts.items()
        if any(found.values())
    ]


def settle(tx: Tx, catalogue: Catalogue) -> int:
    """End the confirmations whose evidence ran out or changed, and return how many: the daily job.

    What fell stays fallen, also when the product shows the same again. Looks at the entities whose
    certification the person asking manages.
    """
    rows = list(tx.session.scalars(standing()))
    visible = units_allowed(tx, Permission.MANAGE_CERTIFICATION)
    bases = {
        (each.entity, each.requirement): each.basis
        for each in _judged(tx, catalogue, entities_of(tx, visible))
        if each.basis
    }
    ended, today = 0, today_in_japan(tx.now)
    for row in rows:
        if row.unit_id not in visible:
            continue
        if row.holds_until is not None and row.holds_until < today:
            end(tx, row, Fallen.EXPIRED)
        elif bases.get((UnitId(row.unit_id), row.requirement)) != row.basis:
            end(tx, row, Fallen.CHANGED)
        else:
            continue
        ended += 1
    tx.session.flush()
    return ended


def _judged(tx: Tx, catalogue: Catalogue, entities: Mapping[UnitId, Entity]) -> Iterator[_Judged]:
    if not entities:
        return
    today = today_in_japan(tx.now)
    members = members_of(tx, frozenset(entities))
    facts = {
        supplier.id: {unit: fact.standing for unit, fact in supplier.facts(tx, members, today).items()}
        for supplier in SUPPLIERS.values()
    }
    read = _read(tx, catalogue, members, today)
    profiles: dict[Entity, list[Requirement]] = {}
    for unit_id, entity in entities.items():
        if entity not in profiles:
            profiles[entity] = catalogue.applying(entity.kind, entity.country, today)
        for requirement in profiles[entity]:
            standings = [
                facts[need.supplier].get(unit_id, Standing.UNKNOWN)
                if need.supplier is not None and need.supplier in facts
                else None
                for need in requirement.needs
            ]
            yield _one(unit_id, requirement, catalogue.revised_on(requirement), standings, read, today)


def _one(
    unit_id: UnitId,
    requirement: Requirement,
    revised: date | None,
    standings: list[Standing | None],  # of each need; None: nothing in the product says anything of it
    read: _Read,
    today: date,
) -> _Judged:
    pieces = [read.pieces.get((unit_id, requirement.id, need.id), []) for need in requirement.needs]
    given = any(pieces) or (unit_id, requirement.id) in read.given
    lacks = [
        lack_of(said or Standing.UNKNOWN, counting=bool(found), given=given)
        for said, found in zip(standings, pieces, strict=True)
    ]
    if any(lacks):
        nothing = all(lack is Lack.NONE for lack in lacks)
        return _Judged(unit_id, requirement.id, _Verdict.NOTHING if nothing else _Verdict.NOT_MET)
    confirmed = read.confirmed.get((unit_id, requirement.id))
    if confirmed is None:
        return _Judged(unit_id, requirement.id, _Verdict.WAITING)
    shown = (
        (need.id, found, said) for need, found, said in zip(requirement.needs, pieces, standings, strict=True)
    )
    basis = basis_of(shown, revised)
    holds = confirmed.basis == basis and (confirmed.holds_until is None or confirmed.holds_until >= today)
    return _Judged(unit_id, requirement.id, _Verdict.MET if holds else _Verdict.WAITING, basis)


def _read(tx: Tx, catalogue: Catalogue, members: Members, today: date) -> _Read:
    first = {
        (requirement.id, need.id): since(need.every, today)
        for requirement in catalogue.in_force(today)
        for need in requirement.needs
    }
    columns = (EvidenceLink.unit_id, EvidenceLink.requirement, EvidenceLink.need)
    asked: list[ColumnElement[bool]] = []
    if len(members.entity_of) <= _FEW:
        asked = [EvidenceLink.unit_id.in_(members.entity_of)]
    # What runs out and is older than the longest term is asked for without its pieces.
    oldest = min(day for day in first.values() if day != EARLIEST)
    endless = {need for (_, need), day in first.items() if day == EARLIEST}
    recent = or_(EvidenceLink.effective_on >= oldest, EvidenceLink.need.in_(endless))
    pieces: dict[_Key, list[tuple[str, str, str]]] = {}
    given: set[tuple[int, str]] = set()
    days: dict[date, str] = {}
    for unit, requirement, need, number, sha256, day, until in tx.session.execute(
        select(
            *columns,
            EvidenceLink.evidence_id,
            EvidenceLink.sha256,
            EvidenceLink.effective_on,
            EvidenceLink.valid_until,
        ).where(recent, *asked)
    ):
        entity, begins = members.entity_of.get(unit), first.get((requirement, need))
        if entity is None or begins is None:
            continue
        if begins <= day <= today and (until is None or today <= until):
            told = days.get(day) or days.setdefault(day, str(day))
            pieces.setdefault((entity, requirement, need), []).append((str(number), sha256, told))
        else:
            given.add((entity, requirement))
    for unit, requirement, need in tx.session.execute(select(*columns).where(~recent, *asked).distinct()):
        if unit in members.entity_of and (requirement, need) in first:
            given.add((members.entity_of[unit], requirement))
    confirmations = tx.session.execute(
        select(
            ReadinessRecord.unit_id,
            ReadinessRecord.requirement,
            ReadinessRecord.basis,
            ReadinessRecord.holds_until,
        )
        .where(ReadinessRecord.ended_at.is_(None))
        .order_by(ReadinessRecord.id)
    )
    return _Read(
        pieces,
        frozenset(given),
        {(unit, requirement): _Confirmed(basis, until) for unit, requirement, basis, until in confirmations},
    )
