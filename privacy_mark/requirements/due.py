"""Evidence that runs out, by the day on which it must be there anew."""

from __future__ import annotations

from datetime import date, timedelta

from privacy_mark.due import Due
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.evidence import kept
from privacy_mark.requirements.model import Catalogue
from privacy_mark.requirements.suppliers import members_of
from registry.access import units_allowed
from registry.model import Permission
from registry.store import Tx

AHEAD = timedelta(days=60)
"""So long before evidence runs out it is told."""


def due(tx: Tx, today: date, catalogue: Catalogue | None = None) -> list[Due]:
    """Return the evidence that runs out soon or ran out, of entities whose certification one manages.

    What newer evidence of the same need took the place of is left out. `row` is requirement/need.
    """
    known = product() if catalogue is None else catalogue
    members = members_of(tx, units_allowed(tx, Permission.MANAGE_CERTIFICATION))
    newest: dict[tuple[int, str, str], Due | None] = {}
    for each in kept(tx, members.entity_of.keys(), opened=False):  # newest day first
        for shown in each.shows:
            entity = members.entity_of[each.unit_id]
            key = (entity, shown.requirement, shown.need)
            requirement = known.requirements.get(shown.requirement)
            need = requirement.need(shown.need) if requirement is not None else None
            if need is None or key in newest:
                continue
            ends = [end for end in (each.valid_until, need.every.until(each.effective_on)) if end is not None]
            end = min(ends, default=None)
            row = f"{shown.requirement}/{shown.need}"
            newest[key] = (
                Due("requirements.evidence", entity, end, each.number, row)
                if end is not None and end <= today + AHEAD
                else None
            )
    return sorted((each for each in newest.values() if each is not None), key=lambda each: each.due_on)
