"""One company with three departments and three people, whose audits the tests plan and do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from privacy_mark.audits import profiles, programmes
from privacy_mark.audits.model import (
    Audit,
    ProfileDraft,
    ProgrammeScope,
)
from registry.model import Grant, Principal, Role, UnitId, UserId
from registry.store import Registry
from tests.access.audits import appointed, draft
from tests.registry.world import Clock

TODAY = date(2026, 4, 1)


@dataclass(frozen=True)
class Company:
    """One company with three departments and three people, of whom the third belongs to the first."""

    registry: Registry
    clock: Clock
    unit: UnitId
    departments: tuple[UnitId, ...]
    people: tuple[UserId, ...]

    def who(self, role: Role, number: int, at: UnitId | None = None) -> Principal:
        """Return somebody with one role in the company."""
        return Principal(UserId(number), f"{role} {number}", (Grant(role, at or self.unit),))

    @property
    def manager(self) -> Principal:
        """Return the audit manager."""
        return self.who(Role.AUDIT_MANAGER, 901)

    @property
    def top(self) -> Principal:
        """Return the representative."""
        return self.who(Role.TOP_MANAGEMENT, 902)

    def who_audits(self, of: Audit) -> Principal:
        """Return the auditor of an audit, who needs no other right."""
        return Principal(of.auditor_id, of.auditor, ())


def approved(company: Company, *, capacity: int = 3, year: int = 2026) -> programmes.Programme:
    """Return an approved plan with everybody in the register."""
    with company.registry.write(company.manager) as tx:
        for person in company.people:
            profiles.keep(tx, ProfileDraft(company.unit, person, capacity, evidence="監査員研修"))
        plan = draft(company.unit, year, scope=ProgrammeScope.DEPARTMENTS)
        made = programmes.plan(tx, plan)
        appointed(tx, company.unit, company.manager.user_id)
    with company.registry.write(company.top) as tx:
        return programmes.approve(tx, made.id, expected_version=1)
