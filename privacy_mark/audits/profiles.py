"""The register of auditors 監査員名簿: competence, languages, capacity, absence, with what shows them."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import select

from privacy_mark.audits.eligibility import Competence
from privacy_mark.audits.model import Profile, ProfileDraft, ProfileId
from registry.access import require, require_open, scope
from registry.account_names import name_of
from registry.errors import Conflict, InvalidValue
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UserId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.account_tables import Affiliation, UserAccount
from registry.store.audit_tables import AuditorProfile
from registry.store.base import new_uid
from registry.store.tables import OrgClosure

TABLE = "auditor_profile"
_MOST = 500


def keep(tx: Tx, draft: ProfileDraft, *, expected_version: int = 0) -> Profile:
    """Enter somebody in a unit's register, or change the entry (`expected_version` of the present one).

    Raises AccessDenied without PLAN_AUDITS, Conflict, InvalidValue: `user_id` `unknown` for nobody of the
    unit or what is below it, `capacity` `out_of_range`, `away` `order`, `evidence` `required` or `too_long`.
    """
    require(tx, Permission.PLAN_AUDITS, draft.unit_id)
    require_open(tx, draft.unit_id)
    account = tx.session.scalar(select(UserAccount).where(UserAccount.id == draft.user_id))
    if account is None or not _is_near(tx, account, draft.unit_id):
        raise InvalidValue("user_id", "unknown")
    if not 0 <= draft.capacity <= _MOST:
        raise InvalidValue("capacity", "out_of_range")
    if any(first > last for first, last in draft.away):
        raise InvalidValue("away", "order")
    texts = checked({"evidence": draft.evidence}, "evidence")
    region = checked({"region": draft.region}, longest=64)["region"]
    row = tx.session.scalar(
        select(AuditorProfile).where(
            AuditorProfile.unit_id == draft.unit_id, AuditorProfile.user_id == draft.user_id
        )
    )
    before = None if row is None else _recorded(row, tx)
    if row is None:
        row = AuditorProfile(uid=new_uid(), unit_id=draft.unit_id, user_id=draft.user_id)
    elif row.version != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    row.competences = " ".join(sorted(draft.competences))
    row.languages = " ".join(sorted(draft.languages))
    row.region, row.capacity = region, draft.capacity
    row.away_json = json.dumps([[first.isoformat(), last.isoformat()] for first, last in draft.away])
    row.evidence_sealed = Row(tx, TABLE, row.uid).sealed(texts)["evidence_sealed"]
    tx.session.add(row)
    tx.session.flush()
    tx.record(Action.AUDITOR_REGISTERED, TABLE, row.id, draft.unit_id, before, _recorded(row, tx))
    return _told(row, account, tx)


def profiles(tx: Tx, unit_id: UnitId) -> list[Profile]:
    """Return the register of a unit, by name; AccessDenied without PLAN_AUDITS."""
    require(tx, Permission.PLAN_AUDITS, unit_id)
    return read(unit_id, tx)


def choosable(tx: Tx, unit_id: UnitId) -> list[tuple[UserId, str]]:
    """Return who may be entered in a unit's register, by name; AccessDenied without PLAN_AUDITS."""
    require(tx, Permission.PLAN_AUDITS, unit_id)
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
    here = select(Affiliation.user_id).where(Affiliation.unit_id.in_(below))
    rows = tx.session.scalars(
        select(UserAccount).where(UserAccount.unit_id.in_(below) | UserAccount.id.in_(here))
    )
    return sorted(((UserId(row.id), name_of(tx.vault, row)) for row in rows), key=lambda pair: pair[1])


def read(unit_id: UnitId, tx: Tx) -> list[Profile]:
    """Return a unit's register for services that have checked who asks."""
    query = (
        select(AuditorProfile, UserAccount)
        .join(UserAccount, UserAccount.id == AuditorProfile.user_id)
        .where(AuditorProfile.unit_id == unit_id)
    )
    return sorted((_told(row, account, tx) for row, account in tx.session.execute(query)), key=_by_name)


def _recorded(row: AuditorProfile, tx: Tx) -> dict[str, object]:
    return {
        "user_id": row.user_id,
        "competences": row.competences,
        "languages": row.languages,
        "region": row.region,
        "capacity": row.capacity,
        "away": row.away_json,
        "evidence": Row(tx, TABLE, row.uid).opened("evidence", row.evidence_sealed),
    }


def _by_name(profile: Profile) -> tuple[str, int]:
    return profile.name, profile.id


def _is_near(tx: Tx, account: UserAccount, unit_id: UnitId) -> bool:
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
    managed = scope(tx, Permission.PLAN_AUDITS)
    home = select(UserAccount.id).where(UserAccount.id == account.id, UserAccount.unit_id.in_(below))
    belongs = select(Affiliation.user_id).where(
        Affiliation.user_id == account.id, Affiliation.unit_id.in_(below), Affiliation.unit_id.in_(managed)
    )
    return tx.session.scalar(home) is not None or tx.session.scalar(belongs.limit(1)) is not None


def _told(row: AuditorProfile, account: UserAccount, tx: Tx) -> Profile:
    return Profile(
        UnitId(row.unit_id),
        UserId(row.user_id),
        row.capacity,
        frozenset(Competence(each) for each in row.competences.split()),
        frozenset(row.languages.split()),
        row.region,
        tuple((date.fromisoformat(a), date.fromisoformat(b)) for a, b in json.loads(row.away_json)),
        Row(tx, TABLE, row.uid).opened("evidence", row.evidence_sealed),
        id=ProfileId(row.id),
        name=name_of(tx.vault, account),
        version=row.version,
    )
