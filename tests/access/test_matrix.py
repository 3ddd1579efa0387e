"""Every service, asked by everybody in every unit about every company: the written matrix holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privacy_mark.services import PARTS as CERTIFICATION_PARTS
from privacy_mark.services import SERVICES as CERTIFICATION_SERVICES
from registry.estate import MAY_COMPARE
from registry.model import Role
from registry.roles import PERMISSION_NAMES, PERMISSIONS, ROLE_NAMES, SEPARATED, Permission
from registry.services import PARTS as REGISTRY_PARTS
from registry.services import SERVICES as REGISTRY_SERVICES
from tests.access.calls import FOREIGN, READS, WRITES, ask, services
from tests.access.world import CLOSED, COMPANIES, NOWHERE, OPEN, World, holds, person

CALLS = READS | WRITES
SERVICES = {**REGISTRY_SERVICES, **CERTIFICATION_SERVICES}
PARTS = {**REGISTRY_PARTS, **CERTIFICATION_PARTS}
TELLING = frozenset({Role.ADMINISTRATOR, Role.GROUP_OFFICER, Role.AUDIT_MANAGER, Role.EXECUTIVE, Role.WORKER})
ANYWHERE = {"assess.assess"}  # asks for the permission in any unit, as it compares the whole group
OF_SITE = {
    "confirmations.workplaces.missing",
    "confirmations.workplaces.register",
}  # of its own row
ALSO = {"attachments.content": Permission.VIEW_LEDGER}  # what else one must hold


def test_every_service_has_its_row() -> None:
    """A public function that takes a transaction names its permission, or why it is no service."""
    found = set(services())
    missing = found - SERVICES.keys() - PARTS.keys()
    assert missing == set(), "give each a row in services.py and a call in tests/access/calls.py"
    assert SERVICES.keys() | PARTS.keys() == found, "services.py names functions that are gone"
    assert SERVICES.keys() == CALLS.keys(), "tests/access/calls.py tries other services than there are"


def test_the_discovery_sees_a_new_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that somebody adds tomorrow is found, wherever in its signature the transaction stands."""
    from registry import risk
    from registry.store import Tx

    def exported(limit: int, tx: Tx) -> int:
        return limit

    exported.__module__ = risk.__name__
    monkeypatch.setattr(risk, "exported", exported, raising=False)
    assert "risk.exported" in set(services())


def test_roles_and_permissions_are_named_in_both_languages() -> None:
    """Nobody meets a bare id on a page."""
    assert (set(ROLE_NAMES), set(PERMISSIONS), set(PERMISSION_NAMES)) == (
        set(Role),
        set(Role),
        set(Permission),
    )


@pytest.mark.parametrize("name", sorted(CALLS))
def test_only_who_holds_the_permission_is_answered(on_sqlite: World, name: str) -> None:
    """For some roles at each unit and each company: answered if and only if the permission is held there."""
    _holds_for(on_sqlite, name, TELLING)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CALLS))
def test_only_who_holds_the_permission_is_answered_for_all_roles(standing: World, name: str) -> None:
    """The same for every different set of permissions, on both databases."""
    _holds_for(standing, name, frozenset(Role))


def _holds_for(standing: World, name: str, roles: frozenset[Role]) -> None:
    permission = SERVICES[name]
    for role_id, code, who in standing.personas():
        role = Role(role_id)
        if role not in roles:
            continue
        for company in COMPANIES:
            answer, error = ask(standing, who, CALLS[name], standing.targets[company])
            expected = holds(role, code, permission, company)
            if name in ALSO:
                expected = expected and holds(role, code, ALSO[name], company)
            if name in OF_SITE and code == "A-1":
                expected = company == "A" and permission in PERMISSIONS[role]
            if name in ANYWHERE:
                expected = bool(PERMISSIONS[role] & set(MAY_COMPARE))
            if name == "disclosures.disclosures":
                expected = permission in PERMISSIONS[role] and code in ("G", "HQ", "A")
            assert bool(answer) is expected, (role, code, company, answer, error)
            _nothing_leaks(role, code, repr((answer, error)))


def _nothing_leaks(role: Role, code: str, seen: str) -> None:
    for company in COMPANIES:
        if not any(holds(role, code, permission, company) for permission in SEPARATED):
            assert CLOSED[company] not in seen, (role, code, company)
        if code in ("A", "A-1") and company != "A":
            named = "C" if code == "A" and company == "C" else ""
            assert company == named or OPEN[company] not in seen, (role, code, company)


@pytest.mark.parametrize("name", sorted(CALLS | FOREIGN))
def test_what_is_out_of_reach_looks_like_what_does_not_exist(standing: World, name: str) -> None:
    """An id of a row of a sibling company, given in any place, is answered as an id that no row has."""
    call = (CALLS | FOREIGN)[name]
    for role in (Role.ADMINISTRATOR, Role.OFFICER, Role.AUDITOR, Role.EXECUTIVE, Role.WORKER):
        who = person(role, standing.units["A"])
        hidden = ask(standing, who, call, standing.targets["B"])
        absent = ask(standing, who, call, NOWHERE)
        if name in ANYWHERE or name == "disclosures.disclosures":
            continue  # they name no row
        assert _told(hidden) == _told(absent), (name, role)


def _told(asked: tuple[object, Exception | None]) -> tuple[str, str]:
    answer, error = asked
    return repr(answer) if answer else "", f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_the_same_call_with_ones_own_id_succeeds(standing: World, name: str) -> None:
    """The refusals above are about the foreign key, not about the rest of the call."""
    who = person(Role.ADMINISTRATOR, standing.units["A"])
    target = standing.targets["A"]
    if name == "entry moved to a unit":
        target = replace(target, unit_id=target.site_id)
    if name == "basis towards a unit":
        target = replace(target, unit_id=standing.units["HQ"])
    answer, error = ask(standing, who, FOREIGN[name], target)
    assert answer, error
