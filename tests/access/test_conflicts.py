"""Two people who edit one record: whatever the order of their steps, no acknowledged edit is lost."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import ledger
from registry.errors import Conflict, Edited
from registry.model import EntryId, LedgerEntry, Principal, Role
from tests.access.bases import RECORDER
from tests.access.world import World, person
from tests.registry.world import draft

BOTH = ("sqlite", "postgresql")  # how two transactions meet is the database's to decide
COLUMNS = ("purpose", "owner", "end_of_use")
EDITORS = 3
MERGE = ("mine", "theirs", "give_up")
# A step: an editor opens the form, types into a column, or saves and merges in one of three ways.
STEPS = st.lists(
    st.tuples(
        st.integers(0, EDITORS - 1),
        st.sampled_from(("open", "type", "save")),
        st.sampled_from(COLUMNS),
        st.sampled_from(MERGE),
    ),
    min_size=4,
    max_size=24,
)


@dataclass
class Editor:
    """What stands on one person's screen."""

    who: Principal
    seen: LedgerEntry
    typed: dict[str, object] = field(default_factory=dict)


def fresh(world: World) -> LedgerEntry:
    """Return a new entry of company A."""
    target = world.targets["A"]
    with world.registry.write(RECORDER) as tx:
        from tests.access.calls import source_of

        return ledger.create_entry(tx, draft(target.unit_id, source_of(target)))


def read(world: World, entry_id: EntryId) -> LedgerEntry:
    """Return an entry as it stands."""
    with world.registry.read(RECORDER) as tx:
        return ledger.entry(tx, entry_id)


def save(world: World, editor: Editor, version: int, changes: dict[str, object]) -> LedgerEntry | Conflict:
    """Save in a transaction of its own."""
    try:
        with world.registry.write(editor.who) as tx:
            return ledger.update_entry(tx, editor.seen.id, expected_version=version, changes=changes)
    except Conflict as conflict:
        return conflict


def merged(editor: Editor, conflict: Conflict, way: str) -> dict[str, object]:
    """Return what a person writes who was shown a conflict: all that nobody else touched, and a choice."""
    theirs = {edit.column for edit in conflict.edits}
    if way == "give_up":
        return {}
    return {column: text for column, text in editor.typed.items() if column not in theirs or way == "mine"}


@pytest.mark.parametrize("standing", BOTH, indirect=True)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_interleaving_loses_an_acknowledged_edit(
    standing: World, steps: list[tuple[int, str, str, str]]
) -> None:
    """The record is what a plain model says, and the history holds every acknowledged edit in order."""
    entry = fresh(standing)
    at_a = standing.units["A"]
    editors = [Editor(person(Role.OFFICER, at_a), entry) for _ in range(EDITORS)]
    model = {column: getattr(entry, column) for column in COLUMNS}
    versions = [dict(model)]
    for number, (index, step, column, way) in enumerate(steps):
        editor = editors[index]
        if step == "open":
            editor.seen, editor.typed = read(standing, entry.id), {}
        elif step == "type":
            editor.typed[column] = f"{column} {number} by {index}"
        elif editor.typed:
            answer = save(standing, editor, editor.seen.version, editor.typed)
            if isinstance(answer, Conflict):
                assert editor.seen.version < len(versions)
                _tells_the_truth(answer, versions[editor.seen.version - 1], model)
                kept = merged(editor, answer, way)
                answer = save(standing, editor, answer.version, kept)  # nobody came in between
                assert not isinstance(answer, Conflict)
                model |= {name: str(text) for name, text in kept.items()}
            else:
                assert editor.seen.version == len(versions)
                model |= {name: str(text) for name, text in editor.typed.items()}
            if versions[-1] != model:
                versions.append(dict(model))
            assert answer.version == len(versions)
            editor.seen, editor.typed = answer, {}
    final = read(standing, entry.id)
    assert {column: getattr(final, column) for column in COLUMNS} == model
    with standing.registry.read(RECORDER) as tx:
        history = ledger.versions(tx, entry.id)
    state = dict(versions[0])
    for known, edit in zip(versions[1:], history[1:], strict=True):
        assert all(state[column] == before for column, (before, _) in edit.changes.items())
        state |= {column: after for column, (_, after) in edit.changes.items()}
        assert state == known


def _tells_the_truth(conflict: Conflict, read_then: dict[str, object], now: dict[str, object]) -> None:
    """Check that a conflict shows exactly the columns that differ from what was read, before and after."""
    told = {edit.column: (edit.before, edit.after) for edit in conflict.edits}
    assert told == {
        column: (read_then[column], now[column]) for column in COLUMNS if read_then[column] != now[column]
    }


@pytest.mark.parametrize("world", BOTH, indirect=True)
def test_a_conflict_names_who_changed_each_column_last_and_when(world: World) -> None:
    """Column by column, over several edits of several people; what came back to itself is no change."""
    entry, start = fresh(world), world.clock.now
    one, two = person(Role.OFFICER, world.units["A"]), person(Role.ADMINISTRATOR, world.units["A"])
    edits = [(one, "purpose", "一"), (two, "purpose", "二"), (two, "owner", "部長"), (one, "name", "別名")]
    for version, (who, column, text) in enumerate([*edits, (one, "name", entry.name)], start=1):
        world.clock.now = start.replace(minute=version)
        with world.registry.write(who) as tx:
            ledger.update_entry(tx, entry.id, expected_version=version, changes={column: text})
    with pytest.raises(Conflict) as caught, world.registry.write(one) as tx:
        ledger.update_entry(tx, entry.id, expected_version=1, changes={"purpose": "三"})
    conflict = caught.value
    assert conflict.edits == (
        Edited("owner", entry.owner, "部長", two.name, start.replace(minute=3)),
        Edited("purpose", entry.purpose, "二", two.name, start.replace(minute=2)),
    )
    assert (conflict.columns, conflict.version) == (("name", "owner", "purpose"), 6)


@pytest.mark.parametrize("world", BOTH, indirect=True)
def test_editors_at_the_same_time_lose_nothing(world: World) -> None:
    """Threads that add to one number, each retrying from what it reads after a conflict, all count."""
    entry, rounds = fresh(world), 5
    failed: list[BaseException] = []

    def add() -> None:
        try:
            for _ in range(rounds):
                while True:
                    now = read(world, entry.id)
                    editor = Editor(RECORDER, now)
                    changes = {"approximate_count": (now.approximate_count or 0) + 1}
                    if not isinstance(save(world, editor, now.version, changes), Conflict):
                        break
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    final = read(world, entry.id)
    assert (final.approximate_count or 0) - (entry.approximate_count or 0) == 4 * rounds
    assert final.version == 1 + 4 * rounds
