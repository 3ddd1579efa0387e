"""Places that a search found for a request: kept with it, and judged by who searches."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from registry.access import entity_id_of, require
from registry.asked import AskedField, Grade
from registry.disclosures import DisclosureId
from registry.errors import Conflict, NotFound
from registry.journal import Action, newest_of
from registry.model import ObjectId, Permission, UnitId
from registry.person_search import Candidate, bases_towards
from registry.request_model import FoundPlace, PlaceId, PlaceState, RequestId
from registry.requests import held_row, seen_row
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.rights_tables import RequestPlace

_TABLE, _PLACES = "rights_request", "request_place"


def keep(tx: Tx, request_id: RequestId, candidates: Sequence[Candidate]) -> list[FoundPlace]:
    """Keep what a search found with its request; a place that is known already stays as it was judged.

    Raises NotFound, also for an object of an entity without a basis; AccessDenied without SEARCH_PERSONS,
    InvalidValue `state` `closed`.
    """
    row = held_row(tx, request_id, Permission.SEARCH_PERSONS, None)
    known = set(tx.session.scalars(select(RequestPlace.object_id).where(RequestPlace.request_id == row.id)))
    fresh = [each for each in candidates if each.object_id not in known]
    _check_within(tx, UnitId(row.unit_id), fresh)
    for each in fresh:
        uid = new_uid()
        tx.session.add(
            RequestPlace(
                uid=uid,
                request_id=row.id,
                unit_id=each.unit_id,
                object_id=each.object_id,
                run_id=each.run_id,
                basis_id=each.basis_id,
                grade=each.grade.value,
                fields_json=json.dumps(sorted(each.fields)),
                state=PlaceState.FOUND.value,
                found_at=tx.now,
                **Row(tx, _PLACES, uid).sealed({"shown": each.shown}),
            )
        )
    tx.session.flush()
    after = {"kept": len(fresh), "known": len(candidates) - len(fresh)}
    tx.record(Action.REQUEST_FOUND, _TABLE, row.id, UnitId(row.unit_id), None, after)
    return places(tx, request_id)


def judge(tx: Tx, place_id: PlaceId, state: PlaceState, *, expected_version: int) -> FoundPlace:
    """Say whether a place is the person's or a namesake's.

    Raises NotFound, AccessDenied without SEARCH_PERSONS in the request's entity, Conflict, InvalidValue
    `state` `closed`.
    """
    place = tx.session.scalar(select(RequestPlace).where(RequestPlace.id == place_id))
    if place is None:
        raise NotFound(_PLACES)
    row = held_row(tx, RequestId(place.request_id), Permission.SEARCH_PERSONS, None, table=_PLACES)
    if place.version != expected_version:
        table, key = (_PLACES, place.id) if place.version > 1 else (_TABLE, row.id)
        newest = newest_of(tx, table, key)
        raise Conflict(newest.actor, newest.at, ("state",), version=place.version)
    before = place.state
    place.state = state.value
    tx.session.flush()
    tx.record(
        Action.REQUEST_FOUND,
        _PLACES,
        place.id,
        UnitId(row.unit_id),
        {"state": before},
        {"state": state.value},
    )
    return _place(tx, place)


def places(tx: Tx, request_id: RequestId) -> list[FoundPlace]:
    """Return the places kept with a request, the surest first; NotFound as `request`.

    Raises AccessDenied without SEARCH_PERSONS: where data lie is for who may look for them. Where the basis
    has ended on which another entity showed a place, the place itself is left out.
    """
    row = seen_row(tx, request_id)
    require(tx, Permission.SEARCH_PERSONS, UnitId(row.unit_id))
    rows = tx.session.scalars(
        select(RequestPlace).where(RequestPlace.request_id == row.id).order_by(RequestPlace.id)
    )
    open_now = set(bases_towards(tx, UnitId(row.unit_id)).values())
    found = [_place(tx, each) for each in rows]
    shown = [
        each if each.basis_id is None or each.basis_id in open_now else replace(each, shown="")
        for each in found
    ]
    return sorted(shown, key=lambda each: list(Grade).index(each.grade))


def _check_within(tx: Tx, entity_id: UnitId, candidates: Sequence[Candidate]) -> None:
    """Raise NotFound unless every object is the entity's own, or of one whose basis is in force."""
    bases: dict[UnitId, DisclosureId | None] = {entity_id: None, **bases_towards(tx, entity_id)}
    for unit_id, basis_id in {(each.unit_id, each.basis_id) for each in candidates}:
        entity = tx.session.scalar(select(entity_id_of(unit_id)))
        if entity is None or bases.get(UnitId(entity), -1) != basis_id:
            raise NotFound("inventory")


def _place(tx: Tx, row: RequestPlace) -> FoundPlace:
    return FoundPlace(
        id=PlaceId(row.id),
        request_id=RequestId(row.request_id),
        unit_id=UnitId(row.unit_id),
        object_id=ObjectId(row.object_id),
        basis_id=None if row.basis_id is None else DisclosureId(row.basis_id),
        grade=Grade(row.grade),
        fields=frozenset(AskedField(each) for each in json.loads(row.fields_json)),
        shown=Row(tx, _PLACES, row.uid).opened("shown", row.shown_sealed),
        state=PlaceState(row.state),
        found_at=row.found_at,
        version=row.version,
    )
