"""The journal: written with every change, and showing every later change of itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from registry import journal, sessions, sign_in
from registry.access import bootstrap_principal
from registry.errors import StoreError
from registry.journal import Break
from registry.store import Registry
from registry.store.chain import GENESIS, canonical, canonical_json, link
from registry.store.tables import JournalRecord
from tests.registry.services import WRITES
from tests.registry.world import PASSWORD, Clock, World

KEY = b"k" * 32


class UndoneError(Exception):
    """Raised by tests to make a transaction fail at its end."""


def change_and_fail(world: World, name: str, count: int) -> None:
    """Make a change, see its record stand in the transaction, and fail."""
    with world.registry.write(world.personas()["administrator"]) as tx:
        WRITES[name](tx, world, world.b)
        assert tx.session.query(JournalRecord).count() > count
        raise UndoneError


def test_every_change_leaves_its_record_in_the_same_transaction(world: World) -> None:
    """The record stands before the commit, and goes away with the change when the transaction fails."""
    administrator = world.personas()["administrator"]
    for name, call in WRITES.items():
        before = journal.verify(world.registry)
        with pytest.raises(UndoneError):
            change_and_fail(world, name, before.count)
        assert journal.verify(world.registry) == before, name
        with world.registry.write(administrator, reason=f"依頼 {name}") as tx:
            call(tx, world, world.b)
        assert journal.verify(world.registry).ok, name
        with world.registry.read(bootstrap_principal()) as tx:
            line = journal.lines(tx, limit=1)[0]
        assert (line.actor, line.reason, line.at) == (administrator.name, f"依頼 {name}", world.clock.now)


def test_sign_ins_are_recorded(world: World) -> None:
    """Signing in, being refused and signing out each leave a record, also for a login that is unknown."""
    token = sign_in.with_password(world.registry, "user-a", PASSWORD)
    sign_in.with_password(world.registry, "user-a", "wrong password")
    sign_in.with_password(world.registry, "stranger", "wrong password")
    assert isinstance(token, str)
    sessions.sign_out(world.registry, token)
    with world.registry.read(world.personas()["administrator"]) as tx:
        actions = [line.action for line in journal.lines(tx, limit=4)]
    assert actions == ["signed_out", "sign_in_refused", "sign_in_refused", "signed_in"]


def test_lines_continue_below_a_number(world: World) -> None:
    """Reading on from the last line seen shows older lines only, newest first."""
    with world.registry.read(world.personas()["administrator"]) as tx:
        first = journal.lines(tx, limit=3)
        rest = journal.lines(tx, below=first[-1].seq)
    seqs = [line.seq for line in first + rest]
    assert seqs == sorted(seqs, reverse=True)
    assert seqs[-1] == 1


TAMPERINGS = (
    ("UPDATE journal_record SET action = 'x' WHERE seq = 3", 3, Break.CHANGED),
    ("UPDATE journal_record SET unit_id = NULL WHERE seq = 4", 4, Break.CHANGED),
    ("UPDATE journal_record SET before_sealed = after_sealed WHERE seq = 2", 2, Break.CHANGED),
    ("UPDATE journal_record SET prev_hash = hash WHERE seq = 2", 2, Break.CHANGED),
    ("DELETE FROM journal_record WHERE seq = 3", 3, Break.MISSING),
    ("DELETE FROM journal_record WHERE seq = 1", 1, Break.MISSING),
)


def test_a_changed_or_missing_record_is_found(world: World) -> None:
    """Verification names the first record that is not as it was written, and what is wrong with it."""
    table = JournalRecord.__table__
    with world.registry.engine.begin() as connection:
        genuine = [dict(row) for row in connection.execute(table.select()).mappings()]
    for tampering, broken, what in TAMPERINGS:
        assert journal.verify(world.registry).ok
        with world.registry.engine.begin() as connection:
            connection.execute(text(tampering))
        verdict = journal.verify(world.registry)
        assert (verdict.ok, verdict.broken_seq, verdict.what) == (False, broken, what), tampering
        assert verdict.count == broken - 1
        with world.registry.engine.begin() as connection:
            connection.execute(table.delete())
            connection.execute(table.insert(), genuine)


def test_swapped_records_are_found(world: World) -> None:
    """Two genuine records that changed places are told from changed ones."""
    with world.registry.engine.begin() as connection:
        for old, new in ((2, 900), (4, 2), (900, 4)):
            connection.execute(text(f"UPDATE journal_record SET seq = {new} WHERE seq = {old}"))
    verdict = journal.verify(world.registry)
    assert (verdict.broken_seq, verdict.what) == (2, Break.SWAPPED)


def test_the_head_shows_a_journal_that_was_cut_off(world: World) -> None:
    """The chain itself holds after its end was cut, so the head kept elsewhere must tell."""
    before = journal.verify(world.registry)
    with world.registry.engine.begin() as connection:
        connection.execute(text(f"DELETE FROM journal_record WHERE seq = {before.count}"))
    after = journal.verify(world.registry)
    assert after.ok
    assert after.head != before.head


def test_an_empty_journal_holds(registry: Registry) -> None:
    """Before anything was done the chain is its starting value."""
    verdict = journal.verify(registry)
    assert (verdict.ok, verdict.count, verdict.head) == (True, 0, GENESIS.hex())


def test_a_reading_transaction_writes_no_record(world: World) -> None:
    """The journal is written where something changes, nowhere else."""
    with world.registry.read(bootstrap_principal()) as tx, pytest.raises(StoreError):
        tx.record("x", "y", 1, None)


def record(**columns: object) -> JournalRecord:
    """Return an unsaved record."""
    values: dict[str, object] = {
        "seq": 1,
        "id": "0" * 32,
        "unit_id": 1,
        "at": Clock().now,
        "actor_id": 1,
        "actor_name_sealed": b"n",
        "action": "a",
        "table_name": "t",
        "row_id": "1",
        "before_sealed": None,
        "after_sealed": b"",
        "reason_sealed": b"r",
    }
    return JournalRecord(**(values | columns))


FIELD_CHANGES = st.one_of(
    st.tuples(st.just("seq"), st.integers(2, 2**60)),
    st.tuples(st.sampled_from(["action", "table_name", "row_id"]), st.text(min_size=2)),
    st.tuples(
        st.sampled_from(["actor_name_sealed", "before_sealed", "after_sealed", "reason_sealed"]),
        st.binary(min_size=2),
    ),
    st.tuples(st.just("unit_id"), st.one_of(st.none(), st.integers(2, 2**30))),
)


@given(FIELD_CHANGES)
def test_any_changed_field_changes_the_hash(change: tuple[str, object]) -> None:
    """No field of a record can change without its hash changing."""
    assert link(KEY, GENESIS, record(**dict([change]))) != link(KEY, GENESIS, record())


def test_the_hash_covers_the_link_and_the_key() -> None:
    """The same record after another one, or signed with another key, has another hash."""
    hashes = {
        link(KEY, GENESIS, record()),
        link(KEY, b"x" * 32, record()),
        link(b"j" * 32, GENESIS, record()),
    }
    assert len(hashes) == 3


@given(st.text(max_size=20), st.integers(0, 20))
def test_text_cannot_flow_from_one_field_into_the_next(words: str, cut: int) -> None:
    """Where one field ends and the next begins is part of what is signed."""
    left = canonical(record(table_name=words[:cut], row_id=words[cut:]))
    right = canonical(record(table_name=words, row_id=""))
    assert (left == right) is (words[cut:] == "")


def test_absent_and_empty_differ() -> None:
    """A record of "nothing before" is not one of "something empty before"."""
    assert canonical(record(before_sealed=None)) != canonical(record(before_sealed=b""))


def test_canonical_json_does_not_depend_on_order() -> None:
    """The same content gives the same text; dates and sets have one form."""
    one = canonical_json({"b": frozenset({"y", "x"}), "a": timedelta(0)})
    assert one == canonical_json({"a": timedelta(0), "b": {"x", "y"}}) == '{"a":"0:00:00","b":["x","y"]}'
