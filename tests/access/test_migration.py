"""Revision 0006 with data: everybody keeps the roles that he had, each under an affiliation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from registry import accounts
from registry.migrations.upgrade import down_to, revisions, to_revision
from registry.model import Role, UserId
from registry.store import Registry
from registry.vault import Vault
from tests.access.conftest import KEY
from tests.registry.world import Clock

BELOW = revisions()[revisions().index("0006") - 1]
OLD_ROWS = """
INSERT INTO org_unit (id, code, kind, name_ja, name_en, parent_id, country, privacy_mark, version)
VALUES (1, 'G', 'group', 'G', '', NULL, 'JP', '', 1), (2, 'A', 'company', 'A', '', 1, 'JP', '', 1);
INSERT INTO user_account (id, unit_id, login, name, language, password_hash, failures, created_at, version)
VALUES (1, 1, 'one', 'one', 'ja', '', 0, '2026-01-01 00:00:00', 1),
       (2, 1, 'two', 'two', 'ja', '', 0, '2026-01-01 00:00:00', 1);
INSERT INTO role_grant (id, user_id, role, unit_id, valid_from, valid_until, version)
VALUES (1, 1, 'officer', 1, NULL, NULL, 1), (2, 1, 'officer', 2, NULL, NULL, 1),
       (3, 1, 'executive', 2, NULL, '2026-12-31', 1), (4, 2, 'administrator', 1, NULL, NULL, 1)
"""


@pytest.fixture
def before(database_url: str) -> Iterator[Registry]:
    """Return a registry of the version before, with people who hold roles."""
    opened = Registry.open(database_url, Vault(KEY), clock=Clock())
    to_revision(opened.engine, BELOW, opened.vault)
    with opened.engine.begin() as connection:
        for statement in OLD_ROWS.strip().split(";\n"):
            connection.execute(text(statement))
    yield opened
    opened.close()


def rows(registry: Registry, query: str) -> list[tuple[object, ...]]:
    """Return what a query finds."""
    with registry.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_old_grants_become_grants_of_affiliations(before: Registry) -> None:
    """One affiliation per person and unit, the first one primary; a group's officer is a group officer."""
    before.migrate()
    assert rows(before, "SELECT user_id, unit_id, kind FROM affiliation ORDER BY id") == [
        (1, 1, "primary"),
        (1, 2, "concurrent"),
        (2, 1, "primary"),
    ]
    held = {
        (grant.role, grant.unit_id, grant.home_id)
        for user in (1, 2)
        for grant in accounts.principal_of(before, UserId(user)).grants
    }
    assert held == {
        (Role.GROUP_OFFICER, 1, 1),
        (Role.OFFICER, 2, 2),
        (Role.EXECUTIVE, 2, 2),
        (Role.ADMINISTRATOR, 1, 1),
    }


def test_the_way_back_keeps_what_the_version_before_knows(before: Registry) -> None:
    """Old roles return; new ones go; what ended with its affiliation stays ended."""
    before.migrate()
    with before.engine.begin() as connection:
        connection.execute(text("UPDATE affiliation SET valid_until = '2026-06-30' WHERE unit_id = 2"))
        connection.execute(text("UPDATE role_grant SET role = 'auditor' WHERE id = 4"))
    down_to(before.engine, BELOW, before.vault)
    left = rows(before, "SELECT id, role, unit_id, valid_until FROM role_grant ORDER BY id")
    assert [(key, role, unit, str(until or "")) for key, role, unit, until in left] == [
        (1, "officer", 1, ""),
        (2, "officer", 2, "2026-06-30"),
        (3, "executive", 2, "2026-06-30"),
    ]
    before.migrate()
    assert rows(before, "SELECT count(*) FROM role_grant WHERE affiliation_id IS NULL") == [(0,)]
