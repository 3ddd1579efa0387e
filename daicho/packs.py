"""Makes an evidence pack and tells the journal of it: what the page and `daicho pack` share."""

from __future__ import annotations

from dataclasses import replace

from daicho.letters.pack import document, list_of_documents
from daicho.originals.filling import filled
from privacy_mark.pack import answers, building
from privacy_mark.pack.bag import with_token
from privacy_mark.pack.building import Built
from privacy_mark.pack.model import Order
from registry.model import Principal, UnitId
from registry.store import Registry
from registry.timestamps import Authority


def make(
    registry: Registry,
    principal: Principal,
    unit_id: UnitId,
    order: Order,
    *,
    authority: Authority | None = None,
) -> Built:
    """Build a pack in one snapshot, time-stamp it where an authority is set, and record it.

    Nothing of the pack is kept; what the order gives is kept as answers, unless it asks for an earlier
    moment. Raises as `building.build` and `answers.keep`, and TimeStampError.
    """
    if order.given and order.as_of is None and order.head is None:
        with registry.write(principal, reason="evidence pack") as tx:
            answers.keep(tx, unit_id, order.given)
    with registry.read(principal) as tx:
        built = building.build(tx, unit_id, order, document, list_of_documents, filled)
    if authority is not None and authority.url:
        built = replace(built, pack=with_token(built.pack, authority.stamp(built.pack.statement)))
    with registry.write(principal, reason="evidence pack") as tx:
        building.note_built(tx, built)
    return built
