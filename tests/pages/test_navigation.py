"""The menu offers what a person may open; what they may not stays out of it."""

from __future__ import annotations

import pytest
import streamlit as st

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
def test_the_menu_of_every_role(group: Group, role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    """Units, people and journal are listed for exactly the roles that hold their permission."""
    person = Principal(UserId(700), "somebody", (Grant(role, group.units["HOSP"]),))
    offered: dict[str | None, str] = {}

    def page(_show: object, *, url_path: str | None, visibility: str, **_rest: object) -> None:
        offered[url_path] = visibility

    monkeypatch.setattr(st, "Page", page)  # a real one tells its address only within a running page
    navigation._pages(PageContext(group.workspace, person, "ja"))
    assert offered.keys() >= NEEDED.keys()
    listed = {address for address, visibility in offered.items() if visibility == "visible"}
    for address, permission in NEEDED.items():
        assert (address in listed) is (permission in PERMISSIONS[role])
