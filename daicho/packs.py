"""Makes an evidence pack and tells the journal of it: what the page and `daicho pack` share."""

from __future__ import annotations

from dataclasses import replace

from daicho.letters.pack import document, list_of_documents
from privacy_mark.pack import building
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

    Nothing of it is kept. Raises as `building.build`, and TimeStampError.
    """
    with registry.read(principal) as tx:
        built = building.build(tx, unit_id, order, document, list_of_documents)
    if authority is not None and authority.url:
        built = replace(built, pack=with_token(built.pack, authority.stamp(built.pack.statement)))
    with registry.write(principal, reason="evidence pack") as tx:
        building.note_built(tx, built)
    return built
