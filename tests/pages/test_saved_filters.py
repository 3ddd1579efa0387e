"""Conditions of the lists are saved under a name, and fill the fields and the address again."""

from __future__ import annotations

import pytest

from registry import saved_filters
from registry.saved_filters import FilteredPage
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, OFFICER, opened, shown


def saved(group: Group, page: FilteredPage, login: str = OFFICER) -> list[saved_filters.SavedFilter]:
    """Return what somebody saved."""
    with group.workspace.registry.read(group.principal(login)) as tx:
        return saved_filters.saved(tx, page)


def test_the_ledgers_fields_are_kept_and_filled_in_again(changeable: Group) -> None:
    """Text, items, boxes and unit come back on a fresh page; forgetting leaves nothing."""
    test = opened(changeable, OFFICER, "ledger", unit="HOSP")
    test.text_input(key="ledger-text").input("名簿").run()
    test.multiselect(key="ledger-items").set_value(["PERSON"]).run()
    test.checkbox(key="ledger-due").check().run()
    test.text_input(key="filters-ledger-name").input("病院の見直し")
    test.button(key="filters-ledger-save").click().run()
    assert "保存しました" in shown(test)
    (made,) = saved(changeable, FilteredPage.LEDGER)
    assert made.values == {
        "ledger-text": "名簿",
        "ledger-items": ["PERSON"],
        "ledger-due": True,
        "unit": "HOSP",
    }
    fresh = opened(changeable, OFFICER, "ledger")
    assert fresh.text_input(key="ledger-text").value == ""
    fresh.button(key="filters-ledger-use").click().run()
    assert not fresh.exception
    assert fresh.text_input(key="ledger-text").value == "名簿"
    assert [str(each) for each in fresh.multiselect(key="ledger-items").value] == ["PERSON"]
    assert fresh.checkbox(key="ledger-due").value is True
    assert fresh.selectbox(key="ledger-scope").value == "HOSP"
    fresh.button(key="filters-ledger-forget").click().run()
    assert not fresh.exception
    assert saved(changeable, FilteredPage.LEDGER) == []
    assert "病院の見直し" not in shown(fresh)


def test_the_address_of_the_differences_is_kept(changeable: Group) -> None:
    """State and person come back in the address, and no other condition stays."""
    test = opened(changeable, OFFICER, "cases", state="new", who="nobody")
    test.text_input(key="filters-cases-name").input("未着手")
    test.button(key="filters-cases-save").click().run()
    (made,) = saved(changeable, FilteredPage.CASES)
    assert {name: made.values[name] for name in ("state", "who")} == {"state": "new", "who": "nobody"}
    fresh = opened(changeable, OFFICER, "cases", kind="unregistered")
    fresh.button(key="filters-cases-use").click().run()
    assert not fresh.exception
    assert (fresh.query_params.get("state"), fresh.query_params.get("who")) == ("new", "nobody")
    assert "kind" not in fresh.query_params


def test_what_is_no_longer_offered_is_left_out(changeable: Group) -> None:
    """A kind of file that no scan finds any more does not break the inventory."""
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        values: dict[str, saved_filters.Value] = {
            "inventory-kinds": ["csv", "no-such-kind"],
            "inventory-levels": ["80", "81"],
            "inventory-text": "人事",
        }
        saved_filters.save(tx, FilteredPage.INVENTORY, "古い条件", values)
    test = opened(changeable, OFFICER, "inventory")
    test.button(key="filters-inventory-use").click().run()
    assert not test.exception
    assert "no-such-kind" not in test.multiselect(key="inventory-kinds").value
    assert [int(each) for each in test.multiselect(key="inventory-levels").value] == [80]
    assert test.text_input(key="inventory-text").value == "人事"


@pytest.mark.parametrize("name", ["", "同じ"])
def test_what_cannot_be_saved_is_said(changeable: Group, name: str) -> None:
    """Without a name, or under one that is taken, nothing is saved, and a sentence says why."""
    with changeable.workspace.registry.write(changeable.principal(OFFICER)) as tx:
        saved_filters.save(tx, FilteredPage.CASES, "同じ", {"state": "new"})
    test = opened(changeable, OFFICER, "cases", state="new")
    test.text_input(key="filters-cases-name").input(name)
    test.button(key="filters-cases-save").click().run()
    assert ("同じ名前の条件がすでにあります" if name else "条件に名前を付けてください") in shown(test)
    assert len(saved(changeable, FilteredPage.CASES)) == 1
    assert saved(changeable, FilteredPage.CASES, EXECUTIVE) == []
