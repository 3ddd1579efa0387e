"""People as who manages them lists them: narrowed, page by page, within one's units."""

from __future__ import annotations

from datetime import date

import pytest

from registry import accounts, people
from registry.access import bootstrap_principal
from registry.errors import NotFound
from registry.model import Role
from registry.people import PeopleFilter
from tests.registry.world import CANARY, PASSWORD, World


def logins(world: World, wanted: PeopleFilter, who: str = "administrator", **part: int) -> list[str]:
    """Return the logins that somebody finds."""
    with world.registry.read(world.personas()[who]) as tx:
        return [each.person.login for each in people.listed(tx, wanted, **part).rows]


def test_pages_follow_each_other_and_count_all(world: World) -> None:
    """In the order of registration, with or without a text."""
    assert logins(world, PeopleFilter()) == ["user-a", "user-b"]
    for wanted in (PeopleFilter(), PeopleFilter(text="USER")):
        assert logins(world, wanted, offset=1, limit=1) == ["user-b"]
        with world.registry.read(bootstrap_principal()) as tx:
            assert people.listed(tx, wanted, limit=1).total == 2


def test_a_filter_looks_at_what_lasts(world: World) -> None:
    """A role that is over finds nobody, while the affiliation goes on."""
    at = PeopleFilter(world.a.unit.id, Role.OFFICER)
    assert logins(world, at) == ["user-a"]
    assert logins(world, PeopleFilter(world.a.unit.id, Role.AUDITOR)) == []
    with world.registry.write(bootstrap_principal()) as tx:
        accounts.end_grant(tx, world.a.grant_id, date(2026, 3, 31))
    assert logins(world, at) == []
    assert logins(world, PeopleFilter(world.a.unit.id)) == ["user-a"]
    assert logins(world, PeopleFilter(text="利用者")) == ["user-a", "user-b"]


def test_what_somebody_holds_elsewhere_is_not_told(world: World) -> None:
    """The administrator of A finds people of A; their roles in B neither show nor narrow the list."""
    with world.registry.write(bootstrap_principal()) as tx:
        accounts.grant(tx, world.a.user_id, Role.EXECUTIVE, world.b.unit.id)
        accounts.create_account(tx, "late", "後 から", PASSWORD, "ja", unit_id=world.b.unit.id)
    who = "administrator of A"
    assert logins(world, PeopleFilter(), who) == ["user-a"]
    assert logins(world, PeopleFilter(world.b.unit.id), who) == []
    assert logins(world, PeopleFilter(role=Role.EXECUTIVE), who) == []
    assert logins(world, PeopleFilter(role=Role.EXECUTIVE)) == ["user-a"]
    with world.registry.read(world.personas()[who]) as tx:
        found = people.member(tx, world.a.user_id)
        assert CANARY not in repr(found)
        assert [each.role for each in found.roles] == [Role.OFFICER]
        with pytest.raises(NotFound):
            people.member(tx, world.b.user_id)
