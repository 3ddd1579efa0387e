"""Signed heads in another place show what the chain alone cannot, and verification says where and what."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import text

from benchmarks.tampering import Copy, damage, detected
from registry import anchors, journal
from registry.access import bootstrap_principal
from registry.anchors import AnchorFault, Fault, JournalBroken
from registry.check_proof import key_id
from registry.errors import RegistryError
from registry.heads import public_keys, public_pem
from registry.journal_check import Break, Head
from registry.store.chain import canonical
from registry.store.journal_rows import canonical_row, stored_rows
from registry.store.tables import JournalRecord
from registry.vault import Vault
from tests.registry.services import WRITES
from tests.registry.world import World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the other place."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    return place


def anchored(world: World, folder: Path) -> Path:
    """Write an anchor, and something into the journal after it."""
    path, _ = anchors.anchor(world.registry, bootstrap_principal(), folder)
    world.clock.advance(timedelta(days=1))
    with world.registry.write(world.personas()["administrator"]) as tx:
        for name in ("ledger.create_entry", "accounts.grant"):
            WRITES[name](tx, world, world.b)
    return path


def test_stored_rows_have_the_bytes_that_were_signed(world: World) -> None:
    """What verification reads past the ORM is canonical in the same way, on both databases."""
    with world.registry.read(bootstrap_principal()) as tx:
        records = tx.session.query(JournalRecord).order_by(JournalRecord.seq).all()
        rows = [row for batch in stored_rows(tx.session) for row in batch]
    assert [canonical(record) for record in records] == [canonical_row(row) for row in rows]
    long = (1, b"i", None, b"2026-04-01 03:00:00.000000", 1, b"n" * 9000, b"a", b"t", b"r", None, b"", b"x")
    assert b"n" * 9000 in canonical_row(long)


def test_an_anchor_is_written_listed_and_agrees(world: World, folder: Path) -> None:
    """The file holds the signed head; afterwards the journal goes on, and both are in order."""
    path = anchored(world, folder)
    anchored(world, folder)
    report = anchors.check(world.registry, folder)
    assert (report.ok, report.files, report.verdict.agreed) == (True, 2, 2)
    head = json.loads(path.read_text(encoding="utf-8"))
    assert head["key_id"] in public_keys(world.registry.vault)
    assert sorted(folder.iterdir()) == sorted(folder.glob("journal-*.json"))
    with world.registry.read(bootstrap_principal()) as tx:
        assert anchors.listed_heads(tx)[0].tree_size == head["tree_size"]
        assert "journal_anchored" in [line.action for line in journal.lines(tx)]


def test_the_public_key_is_all_that_leaves(world: World, folder: Path) -> None:
    """The PEM is the key that signed; neither the database nor the anchor holds the private one."""
    path = anchored(world, folder)
    public = load_pem_public_key(public_pem(world.registry.vault).encode())
    assert key_id(public) == json.loads(path.read_text(encoding="utf-8"))["key_id"]  # type: ignore[arg-type]
    seed = world.registry.vault.subkey("journal-signing")
    assert seed.hex() not in path.read_text(encoding="utf-8")
    other = public_keys(Vault(b"o" * 32))
    report = anchors.check(world.registry, folder, keys=other)
    assert {fault.what for fault in report.faults} == {Fault.FORGED}


@pytest.mark.parametrize("seed", range(4))
def test_random_damage_is_found_at_its_place(world: World, folder: Path, seed: int) -> None:
    """Whatever is changed, taken out, put in, swapped, cut off or rewritten is named with its number."""
    anchored(world, folder)
    anchored(world, folder)
    copy, rng = Copy.of(world.registry, folder), random.Random(seed)
    assert anchors.check(world.registry, folder).ok
    for _ in range(25):
        done = damage(copy, rng)
        assert detected(copy, done), (done, anchors.check(world.registry, folder))
        copy.put_back()
    assert anchors.check(world.registry, folder).ok


@pytest.mark.slow
def test_a_thousand_random_damages_are_found(world: World, folder: Path) -> None:
    """The same, a thousand times on each database."""
    anchored(world, folder)
    anchored(world, folder)
    copy, rng = Copy.of(world.registry, folder), random.Random(1000)
    for _ in range(1000):
        done = damage(copy, rng)
        assert detected(copy, done), done
        copy.put_back()


def test_a_damaged_text_is_judged_and_not_an_error(world: World) -> None:
    """Bytes that are no text, where SQLite lets them in, are a changed record with its number."""
    if world.registry.engine.dialect.name != "sqlite":
        return  # PostgreSQL refuses them itself
    with world.registry.engine.begin() as connection:
        connection.execute(text("UPDATE journal_record SET row_id = CAST(x'ff' AS TEXT) WHERE seq = 3"))
    assert journal.verify(world.registry).broken_seq == 3
    with world.registry.engine.begin() as connection:
        connection.execute(text("UPDATE journal_record SET at = 'never' WHERE seq = 2"))
    verdict = journal.verify(world.registry)
    assert (verdict.broken_seq, verdict.what) == (2, Break.CHANGED)


def test_nothing_is_signed_over_a_broken_journal(world: World, folder: Path) -> None:
    """A head would make the damage look genuine from then on."""
    with world.registry.engine.begin() as connection:
        connection.execute(text("UPDATE journal_record SET action = 'x' WHERE seq = 3"))
    with pytest.raises(JournalBroken) as caught:
        anchors.anchor(world.registry, bootstrap_principal(), folder)
    assert caught.value.report.verdict.broken_seq == 3
    assert list(folder.iterdir()) == []


def test_a_file_that_is_no_anchor_is_a_fault(world: World, folder: Path) -> None:
    """Neither garbage nor somebody else's anchor passes; a missing folder is an error with a next step."""
    path = anchored(world, folder)
    (folder / "journal-x.json").write_text("[]", encoding="utf-8")
    head = json.loads(path.read_text(encoding="utf-8")) | {"journal": "0" * 32}
    (folder / "journal-y.json").write_text(json.dumps(head, indent=2) + "\n", encoding="utf-8")
    faults = anchors.check(world.registry, folder).faults
    assert faults == (
        AnchorFault("journal-x.json", Fault.UNREADABLE),
        AnchorFault("journal-y.json", Fault.FORGED),
    )
    with pytest.raises(RegistryError, match="connect the place"):
        anchors.check(world.registry, folder / "gone")
    with pytest.raises(RegistryError, match="cannot be written"):
        anchors.write_whole(folder / "gone" / "head.json", "{}")


def test_an_anchor_never_replaces_a_file(tmp_path: Path) -> None:
    """What stands in the other place stays."""
    (tmp_path / "a").write_text("old", encoding="utf-8")
    with pytest.raises(RegistryError, match="exists"):
        anchors.write_whole(tmp_path / "a", "new")
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("a", "old")]


def test_two_heads_of_one_size_cannot_both_be_right(world: World) -> None:
    """A second root for the same records is a rewrite, wherever it comes from."""
    good = journal.verify(world.registry)
    heads = [Head(good.count, good.root), Head(good.count, "0" * 64)]
    verdict = journal.verify(world.registry, heads)
    assert (verdict.what, verdict.broken_until) == (Break.REWRITTEN, good.count)
