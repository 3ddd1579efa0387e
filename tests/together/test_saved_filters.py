"""Saved filters are one's own: sealed, seen and removed by nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from registry import journal, saved_filters
from registry.access import bootstrap_principal
from registry.errors import Duplicate, InvalidValue, NotFound
from registry.model import Grant, Principal, Role, UserId
from registry.saved_filters import FilteredPage, Value
from tests.access.world import World

VALUES: dict[str, Value] = {"ledger-text": "山田", "ledger-due": True, "ledger-items": ["PERSON"]}


def owner(world: World, name: str) -> Principal:
    """Return an account of a company."""
    target = world.targets[name]
    return Principal(target.user_id, f"利用者{name}", (Grant(Role.OFFICER, target.unit_id),))


def test_conditions_come_back_to_their_owner_alone(world: World) -> None:
    """Another person sees none of them and cannot remove them; the journal tells of the page only."""
    mine, other = owner(world, "A"), owner(world, "B")
    with world.registry.write(mine) as tx:
        made = saved_filters.save(tx, FilteredPage.LEDGER, " 山田の件 ", VALUES)
    with world.registry.read(mine) as tx:
        assert saved_filters.saved(tx, FilteredPage.LEDGER) == [made]
        assert (made.name, made.values) == ("山田の件", VALUES)
        assert saved_filters.saved(tx, FilteredPage.CASES) == []
        row = tx.session.execute(text("SELECT name_sealed, query_sealed FROM saved_filter")).one()
    assert all("山田".encode() not in bytes(each) and b"PERSON" not in bytes(each) for each in row)
    assert "山田" not in repr(made)
    with world.registry.write(other) as tx:
        assert saved_filters.saved(tx, FilteredPage.LEDGER) == []
        with pytest.raises(NotFound):
            saved_filters.forget(tx, made.id)
    with world.registry.write(mine) as tx:
        saved_filters.forget(tx, made.id)
        assert saved_filters.saved(tx, FilteredPage.LEDGER) == []
    with world.registry.read(bootstrap_principal()) as tx:
        removed, kept = journal.lines(tx, limit=2)
    assert (kept.action, kept.after, kept.before) == ("filter_saved", {"page": "ledger"}, None)
    assert (removed.action, removed.before) == ("filter_removed", {"page": "ledger"})


def test_what_is_refused(world: World) -> None:
    """No name, no conditions, a taken name, too many, other things than conditions, nobody's."""
    page = FilteredPage.CASES
    with world.registry.write(owner(world, "A")) as tx:
        saved_filters.save(tx, page, "a", {"state": "new"})
        refused: list[tuple[str, dict[str, Value], str]] = [
            (" ", {"state": "new"}, "name: required"),
            ("x" * 81, {"state": "new"}, "name: too_long"),
            ("b", {}, "values: required"),
            ("b", {"state": 3}, "values: type"),  # type: ignore[dict-item]  # what a page never gives
            ("b", {"state": "x" * 5_000}, "values: too_long"),
        ]
        for name, values, why in refused:
            with pytest.raises(InvalidValue, match=why):
                saved_filters.save(tx, page, name, values)
        with pytest.raises(Duplicate):
            saved_filters.save(tx, page, "a", {"state": "assigned"})
        saved_filters.save(tx, FilteredPage.LEDGER, "a", VALUES)
        for number in range(saved_filters.MOST - 1):
            saved_filters.save(tx, page, f"n{number}", {"state": "new"})
        with pytest.raises(InvalidValue, match="too_many"):
            saved_filters.save(tx, page, "over", {"state": "new"})
    with pytest.raises(NotFound), world.registry.write(Principal(UserId(987), "", ())) as tx:
        saved_filters.save(tx, page, "a", {"state": "new"})
