"""Backups: one moment, encrypted and signed; restored whole into a new place, or not at all."""

from __future__ import annotations

import dataclasses
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import MetaData, func, select, text

from registry import account_names, journal, ledger, organisation
from registry.access import bootstrap_principal
from registry.backup.container import MAGIC, MANIFEST, SIGNATURE, Container, ContainerWriter, whole_file
from registry.backup.errors import BackupError, Fault
from registry.backup.make import Made, Workspace, make, written
from registry.backup.manifest import Manifest
from registry.backup.restore import restore, verify
from registry.backup.rows import counts_of, tables_of
from registry.findings import FindingsStore
from registry.keyring import KeyFolder
from registry.migrations.upgrade import revisions, to_revision
from registry.model import UnitKind
from registry.rotation import Keys, Purpose, rotate, rotate_master
from registry.store import Registry
from registry.store.account_tables import UserAccount
from registry.store.chain import GENESIS, link
from registry.store.engine import open_engine
from registry.store.tables import JournalRecord, ScanRun
from registry.vault import Vault
from tests.registry.conftest import KEY
from tests.registry.released import marks_of
from tests.registry.test_rotation import write_run
from tests.registry.world import CANARY, Clock, World


@pytest.fixture
def place(world: World, tmp_path: Path) -> Workspace:
    """Return a workspace around the filled registry: two files of findings, settings, rules and a key."""
    path = tmp_path / "workspace"
    for folder in ("keys", "rules"):
        (path / folder).mkdir(parents=True)
    (path / "keys" / "master.key").write_text(KEY.hex() + "\n", encoding="ascii")
    (path / "keys" / "master.key").chmod(0o600)
    (path / "daicho.toml").write_text("# settings\n", encoding="utf-8")
    (path / "rules" / "own.yaml").write_text(f"# {CANARY}\n", encoding="utf-8")
    findings = FindingsStore(path / "findings", world.registry.vault)
    write_run(world, findings, "r1")
    return Workspace(path, world.registry, findings, KeyFolder(path / "keys"))


@pytest.fixture
def target_url(request: pytest.FixtureRequest) -> str:
    """Return "" for a SQLite file, or the URL of an empty PostgreSQL, as the test is parametrised."""
    if request.param == "sqlite":
        return ""
    url: str = request.getfixturevalue("postgres_url")
    return url


def contents(registry: Registry, *, below: int | None = None) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table; of the journal only up to a number."""
    found = {}
    with registry.read(bootstrap_principal()) as tx:
        connection = tx.session.connection()
        from registry.store.base import Base

        for table in Base.metadata.sorted_tables:
            query = select(table).order_by(*table.primary_key.columns)
            if below is not None and table.name == "journal_record":
                query = query.where(table.c.seq <= below)
            found[table.name] = [tuple(row) for row in connection.execute(query)]
    return found


def restored(made: Made, target: Path, url: str = "", vault: Vault | None = None) -> Registry:
    """Restore a backup and open what came of it."""
    own = vault or Vault(KEY)
    found = verify(made.path, own)
    restore(found, target, registry_url=url, clock=Clock())
    return Registry.open(url or f"sqlite:///{target / 'registry.db'}", found.vault, clock=Clock())


@pytest.mark.parametrize("target_url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("to", ["folder", "one.daicho"])
def test_a_backup_returns_as_it_was_on_either_database(
    place: Workspace, tmp_path: Path, target_url: str, to: str
) -> None:
    """Every row of every table, every file, and the journal, which then tells of the restore itself."""
    registry = place.registry
    before = journal.verify(registry)
    rows = contents(registry)
    made = make(place, tmp_path / to)
    again = restored(made, tmp_path / "new", target_url)
    assert contents(again, below=before.count)["journal_record"] == rows["journal_record"]
    fresh = contents(again)
    assert {name: fresh[name] for name in fresh if name != "journal_record"} == {
        name: rows[name] for name in rows if name != "journal_record"
    }
    verdict = journal.verify(again)
    assert (verdict.ok, verdict.count) == (True, before.count + 1)
    with again.read(bootstrap_principal()) as tx:
        line = journal.lines(tx, limit=1)[0]
        assert (line.action, line.row_id) == ("restored", made.manifest.id)
        assert line.after is not None
        assert (line.after["journal"], line.after["head"]) == (before.count, before.head)
    for path in place.path.rglob("*"):
        name = path.relative_to(place.path)
        if path.is_file() and name.parts[0] != "keys" and not name.name.startswith("."):
            assert (tmp_path / "new" / name).read_bytes() == path.read_bytes(), name
    # Numbers go on where they were: PostgreSQL's sequences were moved along.
    with again.write(bootstrap_principal()) as tx:
        organisation.create_unit(
            tx, code="NEXT", kind=UnitKind.SITE, name_ja="次", name_en="", parent_id=None
        )
    again.close()


def test_the_source_is_left_as_it_was_and_knows_of_its_backup(place: Workspace, tmp_path: Path) -> None:
    """A backup writes one record and nothing else."""
    before = journal.verify(place.registry).count
    made = make(place, tmp_path / "backups")
    with place.registry.read(bootstrap_principal()) as tx:
        line = journal.lines(tx, limit=1)[0]
    assert (line.action, line.row_id) == ("backup_made", made.manifest.id)
    assert journal.verify(place.registry).count == before + 1
    assert made.path.stat().st_mode & 0o077 == 0


def test_neither_key_nor_value_can_be_read_in_a_backup(place: Workspace, tmp_path: Path) -> None:
    """No key in any form, no name, no path of the workspace stands in its bytes."""
    make(place, tmp_path / "backups")
    make(place, tmp_path / "one.daicho")
    keys = [KEY, *(Vault(KEY).subkey(each) for each in (*Purpose, "fingerprint"))]
    wanted = [form for key in keys for form in (key, key.hex().encode())]
    wanted += [CANARY.encode(), "会社".encode(), b"own.yaml", b"master.key", b"ledger_entry|"]
    looked_at = 0
    for path in [*(tmp_path / "backups").rglob("*"), tmp_path / "one.daicho"]:
        if path.is_file():
            looked_at += 1
            assert not [form for form in wanted if form in path.read_bytes()], path
    assert looked_at >= 5


def test_what_did_not_change_is_kept_once(world: World, place: Workspace, tmp_path: Path) -> None:
    """A second backup adds the new files only, and each can be restored without the other."""
    folder = tmp_path / "backups"
    first = make(place, folder)
    write_run(world, place.findings, "r2")
    second = make(place, folder)
    assert (first.files, first.reused) == (5, 0)
    assert (second.files, second.reused) == (8, 5)
    assert set(first.manifest.blobs) < set(second.manifest.blobs)
    first.path.unlink()
    again = restored(second, tmp_path / "new")
    with again.read(bootstrap_principal()) as tx:
        assert tx.session.scalar(select(func.count()).select_from(ScanRun)) == 2
    again.close()


def test_a_damaged_file_of_an_earlier_backup_is_written_anew(place: Workspace, tmp_path: Path) -> None:
    """It is read through before it is named again."""
    folder = tmp_path / "backups"
    first = make(place, folder)
    blob = folder / "blobs" / next(iter(first.manifest.blobs))
    blob.write_bytes(blob.read_bytes()[:-1] + b"\x00")
    second = make(place, folder)
    assert second.reused == 4
    verify(second.path, Vault(KEY))


def test_backups_go_on_after_keys_were_replaced(world: World, place: Workspace, tmp_path: Path) -> None:
    """Earlier ones open with the master key of their time, later ones with the new one."""
    folder = tmp_path / "backups"
    keys = Keys(place.registry, place.findings, place.keys)
    first = make(place, folder)
    for purpose in (Purpose.BACKUP, Purpose.FIELD, Purpose.FINDINGS, Purpose.JOURNAL):
        rotate(keys, purpose)
    second = make(place, folder)
    rotate_master(keys, place.path / "keys" / "master.key")
    master = Vault.alone(place.path / "keys" / "master.key")
    vault = Vault.load(place.path / "keys" / "master.key")
    reopened = Registry.open(address_of(place), vault)
    third = make(
        dataclasses.replace(
            place, registry=reopened, findings=FindingsStore(place.findings.directory, vault)
        ),
        folder,
    )
    reopened.close()
    for number, (made, key) in enumerate(((first, Vault(KEY)), (second, Vault(KEY)), (third, master))):
        again = restored(made, tmp_path / f"new{number}", vault=key)
        assert journal.verify(again).ok
        again.close()
    with pytest.raises(BackupError) as caught:
        verify(third.path, Vault(KEY))
    assert caught.value.fault is Fault.WRONG_KEY


def address_of(place: Workspace) -> str:
    """Return the URL of a workspace's registry."""
    engine = place.registry.engine
    if engine.dialect.name == "postgresql":
        return engine.url.render_as_string(hide_password=False)
    with place.registry.read(bootstrap_principal()) as tx:
        return f"sqlite:///{tx.session.execute(text('PRAGMA database_list')).all()[0][2]}"


def refused(path: Path, vault: Vault | None = None) -> Fault:
    """Return why a backup is refused."""
    with pytest.raises(BackupError) as caught:
        verify(path, vault or Vault(KEY))
    return caught.value.fault


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_any_changed_byte_is_found(place: Workspace, tmp_path: Path) -> None:
    """In every part of the file, and in every file beside it; nothing is taken for good."""
    made = make(place, tmp_path / "one.daicho")
    good, copy = made.path.read_bytes(), tmp_path / "copy.daicho"
    chance = random.Random(20261128)
    container = Container(made.path)
    heads = [member.offset - back for member in container._members.values() for back in range(1, 14)]
    places = [*range(len(MAGIC) + 30), *heads, *range(len(good) - 400, len(good))]
    places += [chance.randrange(len(good)) for _ in range(400)]
    for position in places:
        bad = bytearray(good)
        bad[position] ^= 1 << chance.randrange(8)
        copy.write_bytes(bad)
        assert refused(copy) in (Fault.DAMAGED, Fault.UNFINISHED, Fault.MISSING), position
    folder = tmp_path / "backups"
    beside = make(place, folder)
    for blob in (folder / "blobs").iterdir():
        whole = blob.read_bytes()
        for position in (0, 4, 5, 40, len(whole) // 2, len(whole) - 1):
            blob.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
            assert refused(beside.path) is Fault.DAMAGED
        blob.write_bytes(whole + b"\x00")
        assert refused(beside.path) is Fault.DAMAGED
        blob.unlink()
        assert refused(beside.path) is Fault.MISSING
        blob.write_bytes(whole)
    verify(beside.path, Vault(KEY))


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_half_written_backup_is_told_from_a_whole_one(place: Workspace, tmp_path: Path) -> None:
    """Cut anywhere, it says that it was not written to its end; extended, that it is damaged."""
    made = make(place, tmp_path / "one.daicho")
    good, copy = made.path.read_bytes(), tmp_path / "copy.daicho"
    for length in [*range(0, len(good), 997), len(good) - 1, len(good) - 65]:
        copy.write_bytes(good[:length])
        assert refused(copy) in (Fault.UNFINISHED, Fault.DAMAGED), length
    copy.write_bytes(good[: len(good) // 2])
    assert refused(copy) is Fault.UNFINISHED
    copy.write_bytes(good + b"\x00")
    assert refused(copy) is Fault.DAMAGED
    assert refused(tmp_path / "absent.daicho") is Fault.MISSING


def test_the_wrong_key_is_told_from_damage(place: Workspace, tmp_path: Path) -> None:
    """Nothing is made at the target."""
    made = make(place, tmp_path / "one.daicho")
    assert refused(made.path, Vault(b"z" * 32)) is Fault.WRONG_KEY


def signed_again(made: Made, path: Path, **changes: object) -> Path:
    """Write the same backup with another manifest, signed with the right key."""
    source = Container(made.path)
    manifest: Manifest = dataclasses.replace(made.manifest, **changes)  # type: ignore[arg-type]
    with whole_file(path) as file:
        writer = ContainerWriter(file)
        parts = [(name, source.small(name)) for name in source.names]
        parts += list(zip((MANIFEST, SIGNATURE), manifest.signed(Vault(KEY)), strict=True))
        for name, data in parts:
            with writer.member(name) as member:
                member.write(data)
    return path


@pytest.mark.parametrize(
    "target_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
def test_promises_that_do_not_hold_leave_nothing_behind(
    place: Workspace, tmp_path: Path, target_url: str
) -> None:
    """A count, a journal head or a schema that is not what the manifest says: no folder, no table."""
    made = make(place, tmp_path / "one.daicho")
    assert refused(signed_again(made, tmp_path / "newer.daicho", schema="9999")) is Fault.NEWER
    head = dataclasses.replace(made.manifest.journal, seq=made.manifest.journal.seq - 1)
    wrong = {
        Fault.DAMAGED: signed_again(
            made, tmp_path / "counts.daicho", tables={**made.manifest.tables, "org_unit": 99}
        ),
        Fault.JOURNAL: signed_again(made, tmp_path / "head.daicho", journal=head),
    }
    for fault, path in wrong.items():
        found = verify(path, Vault(KEY))
        with pytest.raises(BackupError) as caught:
            restore(found, tmp_path / "new", registry_url=target_url)
        assert caught.value.fault is fault
        assert not [path for path in tmp_path.iterdir() if path.is_dir() and "new" in path.name]
        if target_url:
            engine = open_engine(target_url, Vault(KEY))
            with engine.connect() as connection:
                assert (
                    connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname='public'")) == 0
                )
            engine.dispose()
    again = restored(made, tmp_path / "new", target_url)
    again.close()


def test_a_forged_journal_is_not_restored(place: Workspace, tmp_path: Path) -> None:
    """A backup of a workspace whose journal was tampered with says so, and takes no place."""
    with place.registry.engine.begin() as connection:
        connection.execute(text("UPDATE journal_record SET action = 'x' WHERE seq = 3"))
    made = make(place, tmp_path / "one.daicho")
    with pytest.raises(BackupError) as caught:
        restored(made, tmp_path / "new")
    assert caught.value.fault is Fault.JOURNAL
    assert not (tmp_path / "new").exists()


def test_a_damaged_file_of_findings_is_not_backed_up(place: Workspace, tmp_path: Path) -> None:
    """The backup fails instead of keeping what nobody could use."""
    file = next((place.path / "findings").rglob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    with pytest.raises(BackupError) as caught:
        make(place, tmp_path / "backups")
    assert caught.value.fault is Fault.SOURCE
    assert not list((tmp_path / "backups").glob("daicho-*"))
    file.unlink()
    with pytest.raises(BackupError) as caught:
        make(place, tmp_path / "backups")
    assert caught.value.fault is Fault.SOURCE


@pytest.mark.parametrize("target_url", ["postgresql"], indirect=True)
def test_only_an_empty_target_is_taken(place: Workspace, tmp_path: Path, target_url: str) -> None:
    """A folder with anything in it, a database with any table, an existing backup file."""
    made = make(place, tmp_path / "one.daicho")
    with pytest.raises(BackupError) as caught:
        make(place, tmp_path / "one.daicho")
    assert caught.value.fault is Fault.NOT_EMPTY
    found = verify(made.path, Vault(KEY))
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine").write_text("mine", encoding="utf-8")
    engine = open_engine(target_url, Vault(KEY))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (id INTEGER)"))
    for target, url in ((tmp_path / "taken", ""), (tmp_path / "new", target_url)):
        with pytest.raises(BackupError) as caught:
            restore(found, target, registry_url=url)
        assert caught.value.fault is Fault.NOT_EMPTY
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM mine")) == 0
    engine.dispose()
    assert (tmp_path / "taken" / "mine").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "new").exists()


LIMITED = """
import resource, sys
from pathlib import Path
from registry.backup.errors import BackupError
from registry.backup.make import Workspace, make
from registry.backup.restore import restore, verify
from registry.findings import FindingsStore
from registry.keyring import KeyFolder
from registry.store import Registry
from registry.vault import Vault

what, limit, url, path, target = sys.argv[1:]
vault, path, target = Vault(bytes(range(32))), Path(path), Path(target)
if what == "make":
    registry, findings = Registry.open(url, vault), FindingsStore(path / "findings", vault)
    place = Workspace(path, registry, findings, KeyFolder(path / "keys"))
else:
    found = verify(path, vault)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    make(place, target) if what == "make" else restore(found, target)
except BackupError as error:
    sys.exit(f"fault {error.fault}")
"""


@pytest.mark.slow
@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_full_disk_leaves_nothing_behind(place: Workspace, tmp_path: Path) -> None:
    """Whatever file the space ends in, backup and restore say so, and take their parts away."""
    made = make(place, tmp_path / "one.daicho")
    url, size = address_of(place), made.path.stat().st_size
    for limit in (10, 3000, size // 2, size - 10):
        ended = limited("make", limit, url, place.path, tmp_path / "full.daicho")
        assert ended == "fault no_space", limit
    for limit in (10, 5000, 60_000):
        assert limited("restore", limit, url, made.path, tmp_path / "new") == "fault no_space", limit
    assert sorted(path.name for path in tmp_path.iterdir() if "full" in path.name or "new" in path.name) == []
    assert limited("restore", 1 << 30, url, made.path, tmp_path / "new") == ""


def limited(what: str, limit: int, url: str, path: Path, target: Path) -> str:
    """Run one half of the way in a process that may write no file larger than the limit."""
    command = [sys.executable, "-c", LIMITED, what, str(limit), url, str(path), str(target)]
    # Coverage would write its own file at the end, and the limit holds for that too.
    uncounted = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return subprocess.run(command, env=uncounted, capture_output=True, text=True, check=False).stderr.strip()


def test_a_backup_shows_one_moment_while_others_write(world: World, place: Workspace, tmp_path: Path) -> None:
    """Edits that go on meanwhile are in it wholly or not at all: counts, history and journal agree."""
    stop, edits = threading.Event(), [0]

    def edit() -> None:
        while not stop.is_set():
            with place.registry.write(bootstrap_principal()) as tx:
                entry = ledger.entry(tx, world.a.entry.id)
                count = (entry.approximate_count or 0) + 1
                ledger.update_entry(
                    tx, entry.id, expected_version=entry.version, changes={"approximate_count": count}
                )
            edits[0] += 1

    writer = threading.Thread(target=edit)
    writer.start()
    try:
        while edits[0] == 0:
            time.sleep(0.005)
        made = [make(place, tmp_path / "backups") for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    for number, each in enumerate(made):
        again = restored(each, tmp_path / f"new{number}")
        with again.read(bootstrap_principal()) as tx:
            entry = ledger.entry(tx, world.a.entry.id)
            history = ledger.versions(tx, entry.id)
            updated = [line for line in journal.lines(tx, limit=10_000) if line.action == "entry_updated"]
        assert history[-1].changes["approximate_count"][1] == str(entry.approximate_count)
        assert len(history) == entry.version == len(updated) + 1
        again.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from registry.backup.make import Workspace, make
from registry.findings import FindingsStore
from registry.keyring import KeyFolder
from registry.store import Registry
from registry.vault import Vault

url, path, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
vault = Vault(bytes(range(32)))
registry, findings = Registry.open(url, vault), FindingsStore(path / "findings", vault)
place = Workspace(path, registry, findings, KeyFolder(path / "keys"))
make(place, target, progress=lambda done, total: os.kill(os.getpid(), signal.SIGKILL) if done == 2 else None)
"""


def test_a_killed_backup_is_none(place: Workspace, tmp_path: Path) -> None:
    """Nothing has a backup's name, the journal tells of none, and the next one goes through."""
    folder = tmp_path / "backups"
    command = [sys.executable, "-c", KILLED, address_of(place), str(place.path), str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == -9, ended.stderr
    assert list(folder.glob("daicho-*")) == []
    with place.registry.read(bootstrap_principal()) as tx:
        assert journal.lines(tx, limit=1)[0].action != "backup_made"
    made = make(place, folder)
    assert made.reused == 2
    restored(made, tmp_path / "new").close()


# A backup of every schema that was ever released.


def row_of(connection: object, metadata: MetaData, table: str, **values: object) -> None:
    """Put one row into a table of the past; columns that it does not have are left out."""
    known = metadata.tables[table]
    kept = {name: value for name, value in values.items() if name in known.columns}
    connection.execute(known.insert(), [kept])  # type: ignore[attr-defined]


def past(url: str, revision: str) -> Registry:
    """Make a registry as the program of that revision left it, with a row in its main tables."""
    vault, now = Vault(KEY), Clock().now
    engine = open_engine(url, vault)
    to_revision(engine, revision)
    metadata = MetaData()
    moment = now.replace(tzinfo=None) if engine.dialect.name == "sqlite" else now

    def seal(table: str, row: str, column: str, plain: str) -> bytes:
        return vault.seal(plain, table=table, row=row, column=column)

    with engine.begin() as connection:
        metadata.reflect(connection)
        row_of(connection, metadata, "key_check", id=1, sealed=seal("key_check", "1", "sealed", "daicho"))
        for number, parent in ((1, None), (2, 1)):
            row_of(
                *(connection, metadata, "org_unit"),
                id=number,
                code=f"U{number}",
                kind="company",
                name_ja="社",
                name_en="",
                parent_id=parent,
                country="JP",
                privacy_mark="none",
                version=1,
            )
        for ancestor, descendant, depth in ((1, 1, 0), (2, 2, 0), (1, 2, 1)):
            row_of(
                *(connection, metadata, "org_closure"),
                ancestor=ancestor,
                descendant=descendant,
                depth=depth,
            )
        row_of(
            *(connection, metadata, "user_account"),
            id=1,
            unit_id=1,
            login="sato",
            name="佐藤 恵",
            **account_names.sealed(vault, "sato", "佐藤 恵"),
            language="ja",
            password_hash="x",
            failures=0,
            locked_until=None,
            created_at=moment,
            version=1,
        )
        row_of(
            *(connection, metadata, "source"),
            id=1,
            uid="s" * 32,
            unit_id=1,
            name="share",
            version=1,
            removed_at=None,
            owner_sealed=seal("source", "s" * 32, "owner_sealed", "総務"),
            url_sealed=seal("source", "s" * 32, "url_sealed", "/srv"),
        )
        row_of(
            *(connection, metadata, "scan_run"),
            id="old",
            unit_id=1,
            source_id=1,
            target="",
            started_at=moment,
            finished_at=moment,
            rules_version="1",
            status="complete",
            **dict.fromkeys(("listed", "complete", "partial", "skipped", "failed", "bytes", "by_policy"), 0),
        )
        head = GENESIS
        for seq in (1, 2, 3):
            uid = f"{seq:032x}"
            record = JournalRecord(
                seq=seq,
                id=uid,
                unit_id=1,
                at=now,
                actor_id=0,
                action="x",
                table_name="t",
                row_id="1",
                before_sealed=None,
                after_sealed=None,
                actor_name_sealed=seal("journal_record", uid, "actor_name_sealed", "daicho"),
                reason_sealed=seal("journal_record", uid, "reason_sealed", ""),
                prev_hash=head,
            )
            head = link(vault.subkey("journal", 1), head, record)
            values = {each.name: getattr(record, each.name) for each in JournalRecord.__table__.columns}
            kept = {name: value for name, value in values.items() if value is not None or "sealed" in name}
            row_of(connection, metadata, "journal_record", **(kept | {"at": moment, "hash": head}))
    return Registry(engine, vault, Clock())


# Into PostgreSQL the newest; the slow tier has the others. Its migrations run in test_postgresql.py.
NEWEST = revisions()[-1]
SCHEMAS = [
    *(pytest.param(each, "sqlite", id=f"{each}-sqlite", marks=marks_of(each)) for each in revisions()),
    *(
        pytest.param(
            each, "postgresql", id=f"{each}-postgresql", marks=() if each == NEWEST else pytest.mark.slow
        )
        for each in revisions()
    ),
]


@pytest.mark.parametrize(("revision", "target_url"), SCHEMAS, indirect=["target_url"])
def test_a_backup_of_every_released_schema_returns(tmp_path: Path, revision: str, target_url: str) -> None:
    """It is read into the schema of its time and migrated; rows, people and journal are there."""
    old = past(f"sqlite:///{tmp_path / 'old.db'}", revision)
    path = tmp_path / "workspace"
    path.mkdir()
    place = Workspace(path, old, FindingsStore(path / "findings", old.vault), KeyFolder(path / "keys"))
    made = written(place, tmp_path / "one.daicho")
    old.close()
    assert made.manifest.schema == revision
    again = restored(made, tmp_path / "new", target_url)
    with again.read(bootstrap_principal()) as tx:
        assert [unit.code for unit in organisation.units(tx)] == ["U1", "U2"]
        account = tx.session.scalars(
            select(UserAccount).where(account_names.has_login(tx.vault, "sato"))
        ).one()
        assert account_names.login_of(tx.vault, account) == "sato"
        assert account_names.name_of(tx.vault, account) == "佐藤 恵"
        assert tx.session.get_one(ScanRun, "old").unit_id == 1
        assert counts_of(tx.session.connection())["source"] == 1
        assert len(tables_of(tx.session.connection())) >= 18
    assert journal.verify(again).count == 4
    again.close()
