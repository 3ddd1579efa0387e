"""The menu offers what a person may open; what they may not stays out of it."""

from __future__ import annotations

import pytest

from daicho.pages import addresses, navigation
from daicho.pages.context import PageContext
from registry.model import Grant, Permission, Principal, Role, UserId
from registry.roles import PERMISSIONS
from tests.pages.group import Group

NEEDED = {
    addresses.UNITS: Permission.MANAGE_ORGANISATION,
    addresses.PEOPLE: Permission.MANAGE_USERS,
    addresses.JOURNAL: Permission.VIEW_JOURNAL,
}


@pytest.mark.parametrize("role", Role)
def test_the_menu_of_every_role(group: Group, role: Role) -> None:
    """Units, people and journal are listed for exactly the roles that hold their permission."""
    person = Principal(UserId(700), "somebody", (Grant(role, group.units["HOSP"]),))
    sections = navigation._pages(PageContext(group.workspace, person, "ja"))
    listed = {page.url_path for pages in sections.values() for page in pages if page.visibility == "visible"}
    for address, permission in NEEDED.items():
        assert (address in listed) is (permission in PERMISSIONS[role])
