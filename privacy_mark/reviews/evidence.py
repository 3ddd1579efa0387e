"""What the register of reviews shows of J.6.3 by itself: an entity's last review is a year old at most."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from privacy_mark.requirements.facts import Fact, Members, Standing
from privacy_mark.reviews.model import RUNNING, State
from privacy_mark.reviews.rows import last_held
from registry.limits import months_after
from registry.model import UnitId
from registry.store import Tx
from registry.store.review_tables import ReviewRecord

_YEAR = 12


def evidence(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """Return what there is to say of entities: an approved review counts for a year from its day.

    Without one that counts, one that is planned, held or submitted is under way. Two questions, however many
    entities there are.
    """
    entities = sorted(members.entities)
    found: dict[UnitId, Fact] = {}
    rows = tx.session.execute(
        select(ReviewRecord.unit_id, ReviewRecord.planned_on)
        .where(ReviewRecord.unit_id.in_(entities), ReviewRecord.state.in_([state.value for state in RUNNING]))
        .order_by(ReviewRecord.planned_on.desc())
    )
    running = {UnitId(unit): day for unit, day in rows}
    closed = last_held(tx, entities, [State.CLOSED])
    for entity in entities:
        held, planned = closed.get(entity), running.get(entity)
        until = None if held is None else months_after(held, _YEAR)
        if until is not None and today <= until:
            found[entity] = Fact(Standing.SHOWN, 1, 1, held, until)
        elif planned is not None:
            standing = Standing.UNDER_WAY if planned >= today else Standing.LACKING
            found[entity] = Fact(standing, 0, 1, held, planned)
        elif held is not None:
            found[entity] = Fact(Standing.LACKING, 0, 1, held, until)
    return found
