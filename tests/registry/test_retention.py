"""When retention ends: names become pseudonyms, values lose their key, and no record goes away."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from registry import anchors, feedback, journal, proofs, retention
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, InvalidValue, StoreError
from registry.retention import Shredded
from registry.store.tables import JournalKey
from tests.registry.services import WRITES
from tests.registry.world import CANARY, World

LATER = datetime(2036, 6, 2, 3, 0, tzinfo=UTC)  # ten years and two months after the world was built


@pytest.fixture
def old(world: World) -> World:
    """Return a world whose first month is ten years back, with a decided judgement of that time."""
    with world.registry.write(world.personas()["administrator"], reason="当時の理由") as tx:
        feedback.decide(tx, world.b.feedback.id, approve=True)
    world.clock.now = LATER
    with world.registry.write(world.personas()["administrator"], reason="今の理由") as tx:
        WRITES["ledger.create_entry"](tx, world, world.b)
    return world


def shred(
    world: World, before: date = date(2036, 6, 1), *, years: int = 10, reason: str = "満了"
) -> Shredded:
    """Shred as the owner does."""
    cutoff = before.replace(year=before.year - 10)
    with world.registry.write(bootstrap_principal(), reason=reason) as tx:
        return retention.shred(tx, cutoff, years=years)


def lines(world: World) -> list[journal.JournalLine]:
    """Return all lines, the oldest first."""
    with world.registry.read(bootstrap_principal()) as tx:
        return journal.lines(tx, limit=1000)[::-1]


def test_old_names_and_values_become_unreadable_and_the_chain_holds(old: World, tmp_path: Path) -> None:
    """Lines of the month show one pseudonym per person and nothing else; newer lines stay as they are."""
    anchors.anchor(old.registry, bootstrap_principal(), tmp_path)
    before = lines(old)
    assert CANARY in repr(before[:10])
    done = shred(old)
    retention.forget_freed_space(old.registry)
    assert done == Shredded(("2026-04",), 1)
    report = anchors.check(old.registry, tmp_path)
    assert (report.ok, report.verdict.count) == (True, len(before) + 1)
    after = lines(old)
    assert len(after) == len(before) + 1
    for was, now in zip(before, after, strict=False):
        assert (now.seq, now.at, now.action, now.row_id) == (was.seq, was.at, was.action, was.row_id)
        if was.at < LATER:
            assert (now.shredded, now.before, now.after, now.reason) == (True, None, None, "")
        else:
            assert now == was
    names = {(was.actor, now.actor) for was, now in zip(before, after, strict=False) if now.shredded}
    assert len(names) == len({was for was, _ in names}) == len({now for _, now in names})
    assert all(now.startswith("P-") for was, now in names if was != "daicho")
    assert (after[-1].action, after[-1].reason) == ("journal_shredded", "満了")
    assert (after[-1].after or {})["months"] == ["2026-04"]


def test_the_key_is_gone_from_the_database(old: World) -> None:
    """What stays of a month is the day on which its key was destroyed."""
    shred(old)
    with old.registry.read(bootstrap_principal()) as tx:
        row = tx.session.execute(
            select(JournalKey.key_sealed, JournalKey.shredded_at).where(JournalKey.month == "2026-04")
        ).one()
        newest = tx.session.scalar(select(JournalKey.key_sealed).where(JournalKey.month == "2036-06"))
    assert tuple(row) == (None, LATER)
    assert newest is not None
    with old.registry.write(bootstrap_principal(), reason="x") as tx, pytest.raises(InvalidValue):
        proofs.inclusion(tx, 1, _head(old), readable=True)


def test_names_on_approvals_become_pseudonyms(old: World) -> None:
    """Who proposed and who decided is the same pseudonym as in the journal; open proposals keep names."""
    with old.registry.read(bootstrap_principal()) as tx:
        decided = next(each for each in feedback.judgements(tx) if each.decider)
    shred(old)
    with old.registry.read(bootstrap_principal()) as tx:
        after = {each.id: each for each in feedback.judgements(tx)}
        vault = tx.vault
    changed = after.pop(decided.id)
    assert changed.requester == journal.pseudonym(vault, decided.requester_id)
    assert changed.decider.startswith("P-")
    assert changed.decider != changed.requester
    assert (changed.note, changed.masked) == ("", decided.masked)
    assert all(not each.requester.startswith("P-") for each in after.values())
    assert shred(old) == Shredded((), 0)


def test_shredding_needs_time_a_reason_and_the_owner(old: World) -> None:
    """Within retention, without a reason or by anybody else nothing is destroyed."""
    with pytest.raises(InvalidValue, match="within_retention"):
        shred(old, date(2036, 7, 1))
    with pytest.raises(InvalidValue, match="required"):
        shred(old, reason=" ")
    with pytest.raises(InvalidValue, match="too_few"):
        shred(old, years=2)
    for who, persona in old.personas().items():
        with old.registry.write(persona, reason="x") as tx, pytest.raises(AccessDenied):
            retention.shred(tx, date(2020, 1, 1))
        assert who
    assert not any(line.shredded for line in lines(old))
    # A month that has not wholly ended before the day stays.
    assert shred(old, date(2036, 4, 30)) == Shredded((), 0)


def test_a_clock_set_back_into_a_destroyed_month_writes_nothing(old: World) -> None:
    """There is no key to seal with, and a new one would make the month half readable."""
    shred(old)
    old.clock.now = datetime(2026, 4, 20, tzinfo=UTC)
    with (
        pytest.raises(StoreError, match="correct this machine's clock"),
        old.registry.write(old.personas()["administrator"]) as tx,
    ):
        WRITES["ledger.create_entry"](tx, old, old.b)


def test_a_key_of_an_undone_transaction_seals_nothing(world: World) -> None:
    """The first record of a month fails: the next one makes another key, and it opens."""
    world.clock.now = datetime(2026, 7, 1, tzinfo=UTC)
    with world.registry.write(bootstrap_principal()) as tx:
        tx.record("x", "y", 1, world.group.id)
        tx.session.rollback()
    with world.registry.write(bootstrap_principal(), reason="読める") as tx:
        tx.record("x", "y", 1, world.group.id)
    assert lines(world)[-1].reason == "読める"


def test_records_from_before_month_keys_still_open(world: World) -> None:
    """A field that the vault's own key sealed is read with it, also in the same journal."""
    line = lines(world)[0]
    with world.registry.read(bootstrap_principal()) as tx:
        uid = tx.session.scalar(text("SELECT id FROM journal_record WHERE seq = 1"))
    sealed = world.registry.vault.seal("前の名", table="journal_record", row=uid, column="actor_name_sealed")
    with world.registry.engine.begin() as connection:
        connection.execute(
            text("UPDATE journal_record SET actor_name_sealed = :sealed WHERE seq = 1"), {"sealed": sealed}
        )
    assert lines(world)[0].actor == "前の名"
    assert lines(world)[0].reason == line.reason


def test_nothing_in_the_product_deletes_or_changes_journal_records() -> None:
    """No statement of ours names the table to take from it."""
    root = Path(__file__).resolve().parents[2]
    found = [
        str(path)
        for folder in ("registry", "daicho", "scanners")
        for path in sorted((root / folder).rglob("*.py"))
        if "migrations" not in path.parts
        for line in path.read_text(encoding="utf-8").splitlines()
        if any(
            word in line for word in ("delete(JournalRecord", "update(JournalRecord", "DELETE FROM journal")
        )
    ]
    assert found == []


def _head(world: World) -> anchors.SignedHead:
    from registry.heads import sign
    from registry.journal_check import Head, verify

    verdict = verify(world.registry)
    return sign(
        world.registry.vault,
        journal="0" * 32,
        head=Head(verdict.count, verdict.root),
        chain_head=verdict.head,
        at=LATER,
    )
