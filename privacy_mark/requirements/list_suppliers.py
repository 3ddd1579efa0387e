"""Evidence from yearly lists and rounds: laws and norms 法令等一覧 (J.1.3), self checks abroad."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from privacy_mark.laws.overview import standings
from privacy_mark.laws.reviews import due_from
from privacy_mark.requirements.facts import Fact, Members, Standing, Supplier
from privacy_mark.requirements.model import SupplierId
from privacy_mark.self_check.rounds import CheckState
from registry.access import today_in_japan
from registry.limits import months_after
from registry.model import UnitId
from registry.store import Tx
from registry.store.law_tables import LawAmendmentRecord
from registry.store.self_check_tables import SelfCheckRecord, SelfCheckRound

_YEAR = 12  # months
_APPROVED = (CheckState.APPROVED.value, CheckState.CONFIRMED.value)


def _laws(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """The list was reviewed within a year by two persons, and no change of a law waits past its day.

    `done` of `of` norms are decided on. A list that was begun and never reviewed is under way.
    """
    late = set(
        tx.session.scalars(
            select(LawAmendmentRecord.unit_id)
            .where(LawAmendmentRecord.done_on.is_(None), LawAmendmentRecord.due_on < today)
            .distinct()
        )
    )
    found = {}
    for each in standings(tx, members.entities):
        if not each.begun:
            continue
        done = each.applying + each.excluded
        counts = (done, done + each.undecided)
        if each.reviewed_on is None:
            found[each.unit_id] = Fact(Standing.UNDER_WAY, *counts, None, each.due_on)
            continue
        until = due_from(each.reviewed_on)
        held = until >= today and each.unit_id not in late
        standing = Standing.SHOWN if held else Standing.LACKING
        found[each.unit_id] = Fact(standing, *counts, each.reviewed_on, until)
    return found


def _self_check(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """The answers of the newest round were approved in the company; they hold for a year from then."""
    check = SelfCheckRecord
    rows = tx.session.execute(
        select(check.unit_id, check.state, check.approved_at, SelfCheckRound.due_on)
        .join(SelfCheckRound, SelfCheckRound.id == check.round_id)
        .order_by(check.year)
    )
    found: dict[UnitId, Fact] = {}
    for unit, state, approved_at, due_on in rows:
        entity = members.entity_of.get(unit)
        if entity is None or entity != unit:
            continue
        before = found.get(entity)
        if state in _APPROVED and approved_at is not None:
            on = today_in_japan(approved_at)
            until = months_after(on, _YEAR)
            standing = Standing.SHOWN if today <= until else Standing.LACKING
            found[entity] = Fact(standing, 1, 1, on, until)
        elif due_on < today:
            found[entity] = Fact(Standing.LACKING, 0, 1, before.on if before else None, due_on)
        elif before is None or before.standing is not Standing.SHOWN:
            found[entity] = Fact(Standing.UNDER_WAY, 0, 1, None, due_on)
    return found


LISTS = (
    Supplier(SupplierId.LAWS, _laws),
    Supplier(SupplierId.SELF_CHECK, _self_check),
)
"""Suppliers of yearly lists and rounds."""
