"""Keys are replaced while everything stays readable, and a replacement that was cut short goes on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

from registry import journal, ledger, sessions, sign_in
from registry.access import bootstrap_principal
from registry.errors import StoreError, VaultError
from registry.findings import FindingsStore
from registry.journal import Break
from registry.keyring import KeyFolder, KeyRing, replace_file, sync_folder
from registry.model import RunId
from registry.resealing import identity, resealable, sealed_columns
from registry.rotation import Keys, Purpose, rotate, rotate_master, serve_new_fingerprints, unfinished
from registry.runs import record_run
from registry.store import Registry
from registry.store.account_tables import UserSession
from registry.store.month_keys import month_keys, month_of, open_sealed, record_key
from registry.store.tables import AssessmentRecord, JournalRecord, RunFileRecord
from registry.vault import Vault
from scanners.model import RunTotals
from tests.reality.results import result
from tests.registry.conftest import KEY
from tests.registry.test_crash import address
from tests.registry.world import PASSWORD, World

NEW_MASTER = bytes(range(1, 33))


@pytest.fixture
def keys(world: World, tmp_path: Path) -> Iterator[Keys]:
    """Return what rotations work on: the filled registry, two files of findings, a folder for the ring."""
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "master.key").write_text(KEY.hex() + "\n", encoding="ascii")
    (folder / "master.key").chmod(0o600)
    findings = FindingsStore(tmp_path / "findings", world.registry.vault)
    write_run(world, findings, "r1")
    return Keys(world.registry, findings, KeyFolder(folder))


def write_run(world: World, findings: FindingsStore, name: str) -> None:
    """Keep one run of three objects, and an assessment file that refers to nothing else."""
    writer = findings.writer(RunId(name), world.a.unit.id)
    for number in range(3):
        writer.add(result(f"file:///srv/{number}.txt"))
    files = writer.commit()
    with world.registry.write(bootstrap_principal()) as tx:
        record_run(
            tx,
            run_id=RunId(name),
            unit_id=world.a.unit.id,
            source_id=None,
            started_at=tx.now,
            finished_at=tx.now,
            totals=RunTotals(listed=3, complete=3),
            rules_version="1",
            files=files,
        )
        tx.session.add(
            AssessmentRecord(
                id=f"a-{name}", at=tx.now, unit_id=world.group.id, run_file=files[0].name, current=True
            )
        )


def opened(world: World) -> list[str]:
    """Return every sealed value of the registry in the clear, in the order of tables and rows."""
    found = []
    with world.registry.read(bootstrap_principal()) as tx:
        for table, columns in resealable():
            if table.name == "journal_key":  # a rotation adds the key of its own month; the world's is below
                continue
            for row in tx.session.execute(table.select().order_by(*table.primary_key.columns)).mappings():
                found += [
                    tx.vault.open(
                        row[column.name],
                        table=table.name,
                        row=str(row[identity(table).name]),
                        column=column.name,
                    )
                    for column in columns
                    if row[column.name] is not None
                ]
        own = month_keys(tx.session, tx.vault)[month_of(world.clock.now)]
        assert own is not None
        found.append(own.hex())
    return found


def key_ids(world: World) -> set[int]:
    """Return the versions of the key that the sealed columns outside the journal were sealed with."""
    found: set[int] = set()
    with world.registry.read(bootstrap_principal()) as tx:
        for _, columns in resealable():
            for column in columns:
                values = tx.session.scalars(select(column).where(column.is_not(None)))
                found |= {value[0] for value in values}
    return found


def reopened(world: World, keys: Keys, tmp_path: Path) -> Registry:
    """Open the registry as the next process would: from the key file and the ring beside it."""
    return Registry.open(address(world, tmp_path), Vault.load(keys.folder.path / "master.key"))


def test_fields_are_sealed_anew_and_read_the_same(world: World, keys: Keys, tmp_path: Path) -> None:
    """Every sealed column outside the journal carries the new key's id; what it says did not change."""
    before = opened(world)
    steps: list[tuple[int, int]] = []
    made = rotate(keys, Purpose.FIELD, progress=lambda done, total: steps.append((done, total)))
    assert (made.version, made.resumed) == (2, False)
    assert made.rewritten >= len(before) - 1
    assert key_ids(world) == {2}
    assert opened(world) == before
    assert steps[-1][0] == steps[-1][1]
    again = reopened(world, keys, tmp_path)
    assert again.vault.version("field") == 2
    assert journal.verify(again).ok
    again.close()


def test_edits_of_others_are_no_conflict(world: World, keys: Keys) -> None:
    """Sealing anew changes no row's version, so a form that was open before can still be saved."""
    with world.registry.read(bootstrap_principal()) as tx:
        entry = ledger.entry(tx, world.a.entry.id)
    rotate(keys, Purpose.FIELD)
    with world.registry.write(bootstrap_principal()) as tx:
        changed = ledger.update_entry(
            tx, entry.id, expected_version=entry.version, changes={"owner": "経理部長"}
        )
    assert changed.owner == "経理部長"


def test_the_journal_goes_on_with_the_new_key(world: World, keys: Keys) -> None:
    """Records before and after verify; the record of the rotation is the first of the new key."""
    before = journal.verify(world.registry).count
    rotate(keys, Purpose.JOURNAL)
    with world.registry.read(bootstrap_principal()) as tx:
        rows = tx.session.execute(select(JournalRecord.seq, JournalRecord.key_id).order_by(JournalRecord.seq))
        versions = {row.seq: row.key_id for row in rows}
        lines = journal.lines(tx, limit=3)
    assert {seq for seq, key_id in versions.items() if key_id == 1} == set(range(1, before + 1))
    assert [line.action for line in lines[:2]] == ["key_rotated", "key_rotation_started"]
    assert journal.verify(world.registry).ok


def test_the_old_journal_key_is_good_for_nothing_new(world: World, keys: Keys) -> None:
    """A record of the old key after one of the new key is found, although its hash fits its key."""
    rotate(keys, Purpose.JOURNAL)
    last = journal.verify(world.registry).count
    thief = Vault(KEY)
    with world.registry.engine.begin() as connection:
        row = (
            connection.execute(JournalRecord.__table__.select().where(JournalRecord.seq == last))
            .mappings()
            .one()
        )
        from registry.store.chain import link

        forged = JournalRecord(**{**row, "action": "forged", "key_id": 1})
        forged_hash = link(thief.subkey("journal", 1), row["prev_hash"], forged)
        connection.execute(
            update(JournalRecord)
            .where(JournalRecord.seq == last)
            .values(action="forged", key_id=1, hash=forged_hash)
        )
    verdict = journal.verify(world.registry)
    assert (verdict.broken_seq, verdict.what) == (last, Break.CHANGED)


@pytest.mark.parametrize("key_id", [0, 2, 99])
def test_a_changed_key_number_is_found(world: World, key_id: int) -> None:
    """The number is not signed, and need not be."""
    with world.registry.engine.begin() as connection:
        connection.execute(text(f"UPDATE journal_record SET key_id = {key_id} WHERE seq = 3"))
    verdict = journal.verify(world.registry)
    assert (verdict.broken_seq, verdict.what) == (3, Break.CHANGED)


def test_a_process_that_missed_the_rotation_goes_on_with_the_chain(
    world: World, keys: Keys, tmp_path: Path
) -> None:
    """A server that started before the rotation writes records that verify."""
    stale = Registry.open(address(world, tmp_path), Vault(KEY))
    rotate(keys, Purpose.JOURNAL)
    with stale.write(bootstrap_principal()) as tx:
        tx.record("x", "y", 1, None)
    stale.close()
    assert journal.verify(world.registry).ok


def test_findings_are_written_again_under_the_new_key(world: World, keys: Keys, tmp_path: Path) -> None:
    """Rows and contents are the same, digests and names are new, the old files are gone."""
    with world.registry.read(bootstrap_principal()) as tx:
        rows = [(row.name, row.sha256, row.rows) for row in tx.session.scalars(select(RunFileRecord))]
    old_table = keys.findings.dataset(
        [name for name, _, _ in rows if "objects" in name], "objects"
    ).to_table()
    made = rotate(keys, Purpose.FINDINGS)
    assert made.rewritten == len(rows) == 3
    again = reopened(world, keys, tmp_path)
    store = FindingsStore(keys.findings.directory, again.vault)
    with again.read(bootstrap_principal()) as tx:
        fresh = list(tx.session.scalars(select(RunFileRecord).order_by(RunFileRecord.name)))
        assert {row.key_id for row in fresh} == {2}
        assert [row.rows for row in fresh] == [count for _, _, count in sorted(rows)]
        assert {row.name for row in fresh}.isdisjoint(name for name, _, _ in rows)
        assert tx.session.scalar(select(AssessmentRecord.run_file)) in {row.name for row in fresh}
        new_table = store.dataset([row.name for row in fresh if row.kind == "objects"], "objects").to_table()
        listed = {row.name for row in fresh}
        assert journal.lines(tx, limit=2)[1].action == "findings_rewritten"
    assert new_table.equals(old_table)
    files = {str(path.relative_to(store.directory)) for path in store.directory.rglob("*") if path.is_file()}
    assert files == listed
    again.close()


def test_sessions_end(world: World, keys: Keys) -> None:
    """Who was signed in has to sign in again."""
    token = sign_in.with_password(world.registry, "user-a", PASSWORD)
    assert isinstance(token, str)
    assert rotate(keys, Purpose.SESSIONS).rewritten == 1
    assert sessions.principal_for(world.registry, token) is None
    with world.registry.read(bootstrap_principal()) as tx:
        live = select(func.count()).select_from(UserSession).where(UserSession.revoked_at.is_(None))
        assert tx.session.scalar(live) == 0


def test_the_registrys_file_is_encrypted_anew(world: World, keys: Keys, tmp_path: Path) -> None:
    """The old key opens nothing any more; PostgreSQL has no such key and says so."""
    if world.registry.engine.dialect.name == "postgresql":
        with pytest.raises(StoreError, match="no SQLite file"):
            rotate(keys, Purpose.SQLCIPHER)
        assert world.registry.vault.ring == KeyRing()
        return
    rotate(keys, Purpose.SQLCIPHER)
    assert journal.verify(world.registry).ok
    again = reopened(world, keys, tmp_path)
    assert journal.verify(again).ok
    again.close()
    with pytest.raises(VaultError, match="does not open"):
        Registry.open(address(world, tmp_path), Vault(KEY))


def test_new_fingerprints_wait_for_the_next_full_scan(world: World, keys: Keys) -> None:
    """Until then the old key serves; that a scan took it up is recorded."""
    rotate(keys, Purpose.FINGERPRINT)
    assert world.registry.vault.version("fingerprint") == 1
    assert unfinished(world.registry.vault.ring) == []
    made = serve_new_fingerprints(keys)
    assert made is not None
    assert world.registry.vault.version("fingerprint") == made.version == 2
    assert serve_new_fingerprints(keys) is None
    with world.registry.read(bootstrap_principal()) as tx:
        line = journal.lines(tx, limit=1)[0]
    assert (line.action, line.row_id) == ("key_rotated", "fingerprint")


def test_a_new_master_key_opens_everything_and_the_old_one_nothing(
    world: World, keys: Keys, tmp_path: Path
) -> None:
    """Twice in a row, with other rotations between: each key still comes from the root it was made of."""
    before, secret = opened(world), world.registry.vault.subkey("anything")
    file = keys.folder.path / "master.key"
    for round_ in (2, 3):
        made = rotate_master(keys, file)
        assert (made.purpose, made.version) == ("master", round_)
        keys.registry.close()
        again = reopened(world, keys, tmp_path)
        keys = Keys(again, FindingsStore(keys.findings.directory, again.vault), keys.folder)
        assert again.vault.subkey("anything") == secret
        rotate(keys, Purpose.FIELD)
        rotate(keys, Purpose.FINDINGS)
        assert journal.verify(again).ok
    with keys.registry.read(bootstrap_principal()) as tx:
        assert [tx.vault.version(purpose) for purpose in ("field", "findings")] == [3, 3]
    assert file.read_text(encoding="ascii").strip() != KEY.hex()
    assert file.stat().st_mode & 0o077 == 0
    fresh = World(keys.registry, world.clock, world.group, world.a, world.b)
    assert opened(fresh) == before
    with pytest.raises(VaultError, match="does not belong to this master key"):
        Vault.from_text(KEY.hex(), keys.folder.path)
    keys.registry.close()


def test_a_master_key_of_the_environment_is_handed_over(world: World, keys: Keys, tmp_path: Path) -> None:
    """Until the environment holds the new key the old one works; afterwards the new one does."""
    rotate_master(keys, None, NEW_MASTER)
    folder = keys.folder.path
    for master in (KEY, NEW_MASTER, KEY):
        again = Registry.open(address(world, tmp_path), Vault.from_text(master.hex(), folder))
        assert journal.verify(again).ok
        again.close()
    with pytest.raises(VaultError, match="does not belong"):
        Vault.from_text((b"z" * 32).hex(), folder)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_master_key_that_was_half_replaced_opens(
    world: World, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Cut off before the key file is exchanged, before the ring is, or after: one pair always fits."""
    file, calls = keys.folder.path / "master.key", [0]

    def cut(step: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object) -> object:
            calls[0] += 1
            if calls[0] > at:
                raise KeyboardInterrupt
            return step(*arguments)

        return run

    keys.folder.write(keys.vault.ring, KEY)
    with monkeypatch.context() as patch:
        patch.setattr(KeyFolder, "write", lambda *_: None)  # the ring of the old key stands already
        patch.setattr("registry.rotation.replace_file", cut(replace_file))
        patch.setattr("registry.rotation.sync_folder", cut(sync_folder))
        if at < 2:
            with pytest.raises(KeyboardInterrupt):
                rotate_master(keys, file)
        else:
            rotate_master(keys, file)  # the ring beside it is still the old one's
    again = reopened(world, keys, tmp_path)
    assert (file.read_text(encoding="ascii").strip() == KEY.hex()) is (at == 0)
    assert journal.verify(again).ok
    fresh = Keys(again, FindingsStore(keys.findings.directory, again.vault), keys.folder)
    rotate_master(fresh, file)
    again.close()
    last = reopened(world, keys, tmp_path)
    assert journal.verify(last).ok
    assert sorted(path.name for path in keys.folder.path.iterdir() if path.name[0] != ".") == [
        "master.key",
        "ring.json",
    ]
    last.close()


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_file_that_others_are_writing_to_keeps_its_key(world: World, keys: Keys, tmp_path: Path) -> None:
    """A writer at work makes the rotation fail; afterwards the file opens and the same call goes through."""
    other = sqlite3_of(world, tmp_path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("registry.store.engine._BUSY_MS", 200)
        with pytest.raises(StoreError, match="give the same command again"):
            rotate_sqlcipher_alone(keys)
    other.execute("ROLLBACK")
    other.close()
    again = reopened(world, keys, tmp_path)
    assert journal.verify(again).ok
    again.close()
    assert rotate(keys, Purpose.SQLCIPHER).resumed
    assert journal.verify(world.registry).ok


def sqlite3_of(world: World, tmp_path: Path) -> Any:
    """Open the registry's file as another process would."""
    import sqlcipher3.dbapi2 as sqlcipher

    connection = sqlcipher.connect(str(tmp_path / "registry.db"), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{world.registry.vault.subkey('sqlcipher').hex()}'\"")
    return connection


def rotate_sqlcipher_alone(keys: Keys) -> None:
    """Begin as `rotate` does, without the journal record that would wait for the writer first."""
    from registry import rotation

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rotation, "_record", lambda *_: None)
        rotate(keys, Purpose.SQLCIPHER)


def test_a_wrong_key_changes_nothing(world: World, keys: Keys, tmp_path: Path) -> None:
    """With the ring of another key a rotation does not even begin."""
    rotate(keys, Purpose.BACKUP)
    state = (keys.folder.path / "ring.json").read_bytes()
    count = journal.verify(world.registry).count
    with pytest.raises(VaultError, match="does not belong"):
        Vault.from_text((b"z" * 32).hex(), keys.folder.path)
    (keys.folder.path / "ring.json").write_bytes(state.replace(b'"backup": 2', b'"backup": 1'))
    with pytest.raises(VaultError, match="was changed"):
        Vault.from_text(KEY.hex(), keys.folder.path)
    (keys.folder.path / "ring.json").write_bytes(b"{half")
    with pytest.raises(VaultError, match="malformed"):
        Vault.from_text(KEY.hex(), keys.folder.path)
    assert journal.verify(world.registry).count == count


def test_two_rotations_at_once_are_refused(keys: Keys) -> None:
    """The second says to try again and changes nothing."""
    with keys.folder.locked(exclusive=False), pytest.raises(VaultError, match="try again"):
        rotate(keys, Purpose.FIELD)
    assert keys.vault.ring == KeyRing()


KILLED = """
import os, signal, sys
from pathlib import Path
from registry import resealing
from registry.findings import FindingsStore
from registry.keyring import KeyFolder
from registry.rotation import Keys, Purpose, rotate
from registry.store import Registry
from registry.vault import Vault

url, folder, findings, purpose, kill_at = sys.argv[1:]
resealing.BATCH = 1
vault = Vault.load(Path(folder) / "master.key")
keys = Keys(Registry.open(url, vault), FindingsStore(Path(findings), vault), KeyFolder(Path(folder)))
steps = 0

def progress(done, total):
    global steps
    steps += 1
    if steps == int(kill_at):
        os.kill(os.getpid(), signal.SIGKILL)

rotate(keys, Purpose(purpose), progress=progress)
"""


@pytest.mark.parametrize(
    ("world", "purpose"),
    [
        ("sqlite", Purpose.FIELD),
        ("sqlite", Purpose.FINDINGS),
        ("sqlite", Purpose.SQLCIPHER),
        ("postgresql", Purpose.FIELD),
        ("postgresql", Purpose.FINDINGS),
    ],
    indirect=["world"],
)
def test_a_killed_rotation_is_taken_up_where_it_stopped(
    world: World, keys: Keys, tmp_path: Path, purpose: Purpose
) -> None:
    """After kill -9 in the middle everything reads; the same call again finishes the same version."""
    before = opened(world)
    url, folder = address(world, tmp_path), keys.folder.path
    world.registry.close()
    command = [sys.executable, "-c", KILLED, url, str(folder), str(keys.findings.directory), purpose, "1"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr
    again = reopened(world, keys, tmp_path)
    assert unfinished(again.vault.ring) == [purpose]
    half = World(again, world.clock, world.group, world.a, world.b)
    assert opened(half) == before
    store = FindingsStore(keys.findings.directory, again.vault)
    with again.read(bootstrap_principal()) as tx:
        for row in tx.session.scalars(select(RunFileRecord)):
            assert store.dataset([row.name], "objects").count_rows() == row.rows
    if purpose is Purpose.FIELD:
        assert key_ids(half) == {1, 2}
    made = rotate(Keys(again, store, keys.folder), purpose)
    assert (made.version, made.resumed) == (2, True)
    assert unfinished(again.vault.ring) == []
    assert opened(half) == before
    if purpose is Purpose.FIELD:
        assert key_ids(half) == {2}
    assert journal.verify(again).ok
    again.close()


@pytest.mark.slow
@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_kill_while_the_file_is_encrypted_anew_loses_nothing(
    world: World, keys: Keys, tmp_path: Path
) -> None:
    """Killed at twenty moments around the work itself, the file opens each time and the journal holds."""
    with world.registry.write(bootstrap_principal()) as tx:
        for number in range(3000):
            tx.record("filler", "t", number, None, None, {"text": "x" * 500})
    url, folder = address(world, tmp_path), keys.folder.path
    count = journal.verify(world.registry).count
    world.registry.close()
    killed = 0
    for attempt in range(20):
        command = [
            sys.executable,
            "-c",
            KILLED,
            url,
            str(folder),
            str(keys.findings.directory),
            "sqlcipher",
            "0",
        ]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as writer:
            deadline = time.monotonic() + 60
            before = (folder / "ring.json").read_bytes() if attempt else b""
            while time.monotonic() < deadline and writer.poll() is None:
                path = folder / "ring.json"
                if path.exists() and path.read_bytes() != before:
                    time.sleep(0.004 * attempt)
                    writer.kill()
                    killed += 1
                    break
        again = reopened(world, keys, tmp_path)
        verdict = journal.verify(again)
        assert verdict.ok
        assert verdict.count >= count
        count = verdict.count
        again.close()
    assert killed >= 10


def test_a_ciphertext_opens_in_no_other_row(world: World) -> None:
    """Moved between rows of one table, in every sealed column of the registry, it is refused."""
    moved = 0
    with world.registry.read(bootstrap_principal()) as tx:
        for table, columns in resealable():
            bound = identity(table).name
            rows = tx.session.execute(table.select().limit(2)).mappings().all()
            for column in columns:
                if len(rows) < 2 or rows[0][column.name] is None:
                    continue
                own, other = str(rows[0][bound]), str(rows[1][bound])
                tx.vault.open(rows[0][column.name], table=table.name, row=own, column=column.name)
                with pytest.raises(VaultError, match="changed or moved"):
                    tx.vault.open(rows[0][column.name], table=table.name, row=other, column=column.name)
                moved += 1
        first, second = tx.session.scalars(select(JournalRecord).order_by(JournalRecord.seq).limit(2))
        own = month_keys(tx.session, tx.vault)[month_of(first.at)]
        assert own is not None
        for column in sealed_columns(JournalRecord.__table__):
            sealed = getattr(first, column.name)
            if sealed is None:
                continue
            open_sealed(record_key(own, first.id), first.id, column.name, sealed)
            with pytest.raises(VaultError, match="changed or moved"):
                open_sealed(record_key(own, second.id), second.id, column.name, sealed)
            moved += 1
    assert moved >= 12


@given(
    st.lists(st.sampled_from(["field", "journal", "findings"]), max_size=6), st.integers(0, 6), st.booleans()
)
def test_a_ring_reads_back_and_its_keys_never_change(purposes: list[str], at: int, hand: bool) -> None:
    """Whatever was rotated in whatever order, every version of every key stays what it was."""
    master, ring = KEY, KeyRing()
    seen: dict[tuple[str, int], bytes] = {}
    for step, purpose in enumerate(purposes):
        if hand and step == at:
            ring, master = ring.handed_over(master, NEW_MASTER), NEW_MASTER
        ring = ring.begun(purpose, serves=True).ended(purpose)
        ring = KeyRing.from_text(ring.to_text(master), master)
        vault = Vault(master, ring)
        for each in ("field", "journal", "findings", "other"):
            for version in ring.versions(each):
                key = vault.subkey(each, version)
                assert seen.setdefault((each, version), key) == key
    assert len(set(seen.values())) == len(seen)
