"""Collectors in a company's unit, as each service meets them: made and taken back with the change."""

from __future__ import annotations

from dataclasses import replace

from registry import collectors, runs
from registry.access import bootstrap_principal
from registry.collected.container import Description, End, Head
from registry.collected.errors import CollectedError, Fault
from registry.collected.kit import Kit
from registry.errors import NotFound
from registry.store import Tx
from registry.store.tables import OrgUnit
from scanners.model import RunTotals
from tests.access.world import Target


def kit(tx: Tx, at: Target) -> Kit:
    """Make a kit in the unit, as the owner of the machine does; NotFound in a unit that no row has."""
    if tx.session.get(OrgUnit, at.unit_id) is None:
        raise NotFound("collector")
    return collectors.make_kit(replace(tx, principal=bootstrap_principal()), unit_id=at.unit_id, name="拠点")


def head(tx: Tx, at: Target) -> Head:
    """Return the head of a file that such a kit made."""
    made = kit(tx, at)
    return Head(made.collector, made.kit, "0" * 32, "0" * 32)


def listed(tx: Tx, at: Target) -> list[collectors.Collector]:
    """Return the collectors of the unit; NotFound when none is seen."""
    kit(tx, at)
    found = [each for each in collectors.collectors(tx) if each.unit_id == at.unit_id]
    if not found:
        raise NotFound("collector")
    return found


def revoke(tx: Tx, at: Target) -> int:
    """Revoke the kits of a collector of the unit."""
    uid = kit(tx, at).collector
    everything = collectors.collectors(replace(tx, principal=bootstrap_principal()))
    (collector,) = [each for each in everything if each.uid == uid]
    return collectors.revoke(tx, collector.id)


def sender(tx: Tx, at: Target) -> collectors.Sender:
    """Return who sent a file of the unit; out of reach it looks like what headquarters never made."""
    try:
        return collectors.sender(tx, head(tx, at))
    except CollectedError as error:
        if error.fault is not Fault.UNKNOWN:
            raise
        raise NotFound("collector") from None


def take_in(tx: Tx, at: Target) -> object:
    """Take in an empty run of the unit."""
    try:
        return collectors.take_in(
            tx,
            head(tx, at),
            run_id=runs.new_run_id(tx.now),
            description=Description(tx.now, "test/1", "0", ("file:///srv",)),
            end=End(tx.now, RunTotals(), 0),
            files=[],
        )
    except CollectedError as error:
        if error.fault is not Fault.UNKNOWN:
            raise
        raise NotFound("collector") from None
