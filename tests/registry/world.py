"""A small registry with two companies that must not see each other, and the people who ask."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from registry import accounts, feedback, ledger, organisation, sources
from registry.access import bootstrap_principal, today_in_japan
from registry.model import (
    Grant,
    LedgerEntry,
    Place,
    Principal,
    Role,
    Sample,
    SourceRow,
    Unit,
    UnitId,
    UnitKind,
    UserId,
)
from registry.store import Registry
from scanners.model import Category, Exposure
from tests.access.bases import disclose

CANARY = "乙社限り"  # stands in every row of company B and nowhere else
PROPOSER = 9  # the user who proposed each company's judgement
PASSWORD = "correct horse battery staple"


class Clock:
    """A clock that tests move by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the present moment of the test."""
        return self.now

    def advance(self, step: timedelta) -> None:
        """Move on."""
        self.now += step


@dataclass(frozen=True, slots=True)
class Company:
    """One company with one row of everything."""

    unit: Unit
    site: Unit
    source: SourceRow
    entry: LedgerEntry
    user_id: UserId
    grant_id: int
    feedback: feedback.Feedback


@dataclass(frozen=True, slots=True)
class World:
    """The group, its companies A and B, and the registry that holds them."""

    registry: Registry
    clock: Clock
    group: Unit
    a: Company
    b: Company

    def personas(self) -> dict[str, Principal]:
        """Return everybody who asks, by name."""
        return {
            "administrator": person(11, Role.ADMINISTRATOR, self.group.id),  # no account of the world
            "officer of A": person(2, Role.OFFICER, self.a.unit.id),
            "executive of A": person(3, Role.EXECUTIVE, self.a.unit.id),
            "administrator of A": person(4, Role.ADMINISTRATOR, self.a.unit.id),
            "officer of B": person(5, Role.OFFICER, self.b.unit.id),
            "nobody": Principal(UserId(6), "nobody", ()),
        }


def person(number: int, role: Role, unit_id: UnitId) -> Principal:
    """Return somebody with one role."""
    return Principal(UserId(number), f"{role} {number}", (Grant(role, unit_id),))


def draft(unit_id: UnitId, source: SourceRow, /, **columns: object) -> ledger.EntryDraft:
    """Return a valid ledger entry with some columns as the test wants them."""
    values: dict[str, object] = {
        "unit_id": unit_id,
        "name": "社員名簿",
        "items": frozenset({Category.PERSON, Category.PHONE}),
        "purpose": "人事管理",
        "places": (Place(source.id, "人事/", "人事部共有フォルダ"),),
        "storage_method": "アクセス制御されたサーバー",
        "access_holders": "人事部員",
        "end_of_use": "退職まで",
        "retention_months": 36,
        "retention_until": None,
        "approximate_count": 120,
        "exposure": Exposure.GROUP,
        "owner": "人事部長",
    }
    return ledger.EntryDraft(**(values | columns))  # type: ignore[arg-type]  # tests also pass wrong types


def build(registry: Registry, clock: Clock) -> World:
    """Fill an empty registry."""
    with registry.write(bootstrap_principal(), reason="init") as tx:
        group = organisation.create_unit(
            tx, code="G", kind=UnitKind.GROUP, name_ja="グループ", name_en="Group", parent_id=None
        )
    a, b = _company(registry, group, "A", ""), _company(registry, group, "B", CANARY)
    for company in (a, b):  # what the group sees without a basis: tests/access
        disclose(registry, company.unit.id, group.id)
    return World(registry, clock, group, a, b)


def _company(registry: Registry, group: Unit, code: str, mark: str) -> Company:
    with registry.write(bootstrap_principal(), reason=f"init {mark}") as tx:
        unit = organisation.create_unit(
            tx,
            code=code,
            kind=UnitKind.COMPANY,
            name_ja=f"会社{mark}",
            name_en=f"Company {mark}",
            parent_id=group.id,
        )
        site = organisation.create_unit(
            tx, code=f"{code}-1", kind=UnitKind.SITE, name_ja=f"工場{mark}", name_en="", parent_id=unit.id
        )
        source = sources.add_source(
            tx, unit_id=unit.id, name=f"share{mark}", owner=f"総務{mark}", url=f"/srv/share{mark}"
        )
        texts = ("name", "purpose", "storage_method", "access_holders", "end_of_use", "owner")
        marked = {column: f"{column} {mark}" for column in texts}
        entry = ledger.create_entry(tx, draft(unit.id, source, **marked))
        user_id = accounts.create_account(
            tx, f"user-{code}", f"利用者{mark}", PASSWORD, "ja", unit_id=unit.id
        )
        grant_id = accounts.grant(tx, user_id, Role.OFFICER, unit.id)
    with registry.write(person(PROPOSER, Role.OFFICER, unit.id), reason=f"init {mark}") as tx:
        judged = feedback.propose(
            tx,
            unit.id,
            sample(f"値 {mark}"),
            reason=feedback.NotPersonal.OTHER,
            expires_on=today_in_japan(tx.now) + timedelta(days=30),
            note=f"note {mark}",
        )
    return Company(unit, site, source, entry, user_id, grant_id, judged)


def sample(masked: str, category: Category = Category.PHONE) -> Sample:
    """Return a finding as the inventory gives it; the mask stands for the value."""
    fingerprint = hashlib.sha256(f"{category}{masked}".encode()).digest()[:16]
    return Sample(category, masked, "A1", 0.9, "pattern", fingerprint)
