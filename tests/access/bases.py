"""Bases for disclosure between the entities of a test's group, recorded and approved by two persons."""

from __future__ import annotations

from datetime import date

from registry import disclosures
from registry.access import EVERYWHERE
from registry.disclosures import Disclosure, DisclosureKind
from registry.model import Grant, Principal, Role, UnitId, UserId
from registry.store import Registry

RECORDER, APPROVER = (
    Principal(UserId(number), name, (Grant(Role.ADMINISTRATOR, EVERYWHERE),))
    for number, name in ((901, "記録者"), (902, "承認者"))
)


def disclose(
    registry: Registry,
    from_id: UnitId,
    to_id: UnitId,
    *,
    valid_from: date = date(2020, 1, 1),
    valid_until: date | None = None,
    document: str = "委託契約書",
) -> Disclosure:
    """Let one entity show its data to another."""
    with registry.write(RECORDER, reason="test") as tx:
        made = disclosures.record_disclosure(
            tx,
            kind=DisclosureKind.ENTRUSTMENT,
            from_id=from_id,
            to_id=to_id,
            valid_from=valid_from,
            valid_until=valid_until,
            document=document,
        )
    with registry.write(APPROVER, reason="test") as tx:
        return disclosures.approve_disclosure(tx, made.id, expected_version=made.version)
