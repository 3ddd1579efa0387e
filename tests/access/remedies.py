"""Remediations in a company's unit, as each service meets them: made and taken back with the change."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from registry import remediation as book
from registry import remediation_places, remediation_rows, remediation_steps
from registry.access import bootstrap_principal, today_in_japan
from registry.errors import NotFound
from registry.model import UserId
from registry.remediation_states import (
    Facts,
    Remediation,
    RemediationId,
    RemediationKind,
    RemediationState,
)
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.remediation_tables import RemediationRecord
from registry.store.tables import OrgUnit, SourceRecord
from scanners.model import Category
from tests.access.world import Target, World

K, S = RemediationKind, RemediationState


def made(tx: Tx, at: Target, kind: K, state: S) -> RemediationRecord:
    """Write a remediation of the unit as it stands; NotFound in a unit that no row has."""
    if tx.session.get(OrgUnit, at.unit_id) is None or tx.session.get(SourceRecord, at.source_id) is None:
        raise NotFound("remediation")
    if kind is K.QUARANTINE:
        owner = replace(tx, principal=bootstrap_principal())
        remediation_places.permit(owner, at.source_id, credential="env:HANDS")
    row = RemediationRecord(
        uid=new_uid(),
        unit_id=at.unit_id,
        source_id=at.source_id,
        object_id=at.object_id,
        kind=kind.value,
        state=state.value,
        step="removed" if state is S.DONE else "",
        failure="",
        seen="",
        until=today_in_japan(tx.now) + timedelta(days=5),
        proposer_id=UserId(901),
        proposed_at=tx.now,
    )
    facts = Facts("file:///x", "x", "x", 1, 1, {Category.PERSON: 1}, 1)
    for name, text in {"facts": remediation_rows.written(facts), "reason": "x", "proposer": "提案"}.items():
        remediation_rows.sealed(tx, row, name, text)
    if state is not S.PROPOSED:
        row.decider_id, row.decided_at = UserId(902), tx.now
        remediation_rows.sealed(tx, row, "decider", "承認")
    if kind is K.REQUEST:
        wish = {"address": "a@example.jp", "wish": "delete", "language": "ja"}
        remediation_rows.sealed(tx, row, "wish", json.dumps(wish))
    if state is S.DESTROYED:
        row.certificate_number = f"Q-2020-{at.name}"
        moments = ("proposed_at", "decided_at", "removed_at", "destroyed_at")
        texts = ("unit_ja", "unit_en", "shown", "digest", "reason", "proposer", "decider")
        stated = {**dict.fromkeys(moments, tx.now.isoformat()), **dict.fromkeys(texts, "x")}
        told = {**stated, "size": 1, "persons": 1, "categories": {"PERSON": 1}}
        remediation_rows.sealed(tx, row, "certificate", json.dumps(told))
    tx.session.add(row)
    tx.session.flush()
    return row


def on(
    kind: K, state: S, act: Callable[[Tx, RemediationId, int], object]
) -> Callable[[Tx, World, Target], object]:
    """Return the call of a service on such a remediation of the target."""

    def call(tx: Tx, _: World, at: Target) -> object:
        row = made(tx, at, kind, state)
        return act(tx, RemediationId(row.id), row.version)

    return call


def propose(tx: Tx, world: World, at: Target) -> Remediation:
    """Propose to leave the company's object out."""
    until = today_in_japan(tx.now) + timedelta(days=5)
    return book.propose(tx, world.store, at.object_id, K.EXCLUDE_OBJECT, reason="x", until=until)


def listed(tx: Tx, _: World, at: Target) -> list[Remediation]:
    """Return the remediations of the unit; NotFound when none is seen."""
    made(tx, at, K.EXCLUDE_OBJECT, S.PROPOSED)
    found = [each for each in book.remediations(tx, unit_id=at.unit_id) if each.unit_id == at.unit_id]
    if not found:
        raise NotFound("remediation")
    return found


def permitted(tx: Tx, _: World, at: Target) -> str:
    """Return the reference of the company's place; NotFound when it is not seen."""
    made(tx, at, K.QUARANTINE, S.PROPOSED)
    found = remediation_places.permitted(tx)
    if at.source_id not in found:
        raise NotFound("remediation")
    return found[at.source_id]


CALLS: dict[str, Callable[[Tx, World, Target], object]] = {
    "remediation.answer": on(
        K.REQUEST, S.DONE, lambda tx, each, version: book.answer(tx, each, "済み", expected_version=version)
    ),
    "remediation.decide": on(
        K.EXCLUDE_OBJECT,
        S.PROPOSED,
        lambda tx, each, version: book.decide(tx, each, expected_version=version, approve=True),
    ),
    "remediation.propose": propose,
    "remediation.remediation": on(
        K.EXCLUDE_OBJECT, S.PROPOSED, lambda tx, each, _: book.remediation(tx, each)
    ),
    "remediation.remediations": listed,
    "remediation.withdraw_exclusion": on(
        K.EXCLUDE_OBJECT,
        S.APPROVED,
        lambda tx, each, version: book.withdraw_exclusion(tx, each, expected_version=version),
    ),
    "remediation_places.permitted": permitted,
    "remediation_steps.begin": on(
        K.QUARANTINE, S.APPROVED, lambda tx, each, _: remediation_steps.begin(tx, each)
    ),
    "remediation_steps.begin_request": on(
        K.REQUEST, S.APPROVED, lambda tx, each, _: remediation_steps.begin_request(tx, each)
    ),
    "remediation_steps.begin_restore": on(
        K.QUARANTINE, S.DONE, lambda tx, each, _: remediation_steps.begin_restore(tx, each)
    ),
    "remediation_steps.certificate": on(
        K.QUARANTINE, S.DESTROYED, lambda tx, each, _: remediation_steps.certificate(tx, each)
    ),
    "remediation_steps.sent": on(
        K.REQUEST,
        S.APPROVED,
        lambda tx, each, version: remediation_steps.sent(tx, each, expected_version=version),
    ),
}
