"""The store of findings: encrypted, complete or absent, read by list."""

import json
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from registry.errors import StoreError, VaultError
from registry.findings import FINDINGS, OBJECTS, FindingsStore, analytics, sha256_of
from registry.lookup import TABLES_HELD
from registry.model import RunId, SourceId, UnitId
from registry.run_writer import ROWS_HELD
from registry.vault import Vault
from scanners.model import Category, Outcome, Reason
from tests.reality.results import result

CANARY = "山田太郎様カルテ"
KEY = bytes(range(32))  # no secret


@pytest.fixture
def store(tmp_path: Path) -> FindingsStore:
    """Return an empty store."""
    return FindingsStore(tmp_path / "findings", Vault(KEY))


def written(store: FindingsStore, name: str = "run1"):
    """Write one small run whose locations hold a name."""
    writer = store.writer(RunId(name), UnitId(1), SourceId(2))
    writer.add(
        result(f"/srv/{CANARY}.csv", {Category.PATIENT_ID: range(3)}, persons=3, shown="file:///srv/●")
    )
    writer.add(result("/srv/locked.zip", outcome=Outcome.FAILED, reason=Reason.ENCRYPTED))
    return writer.commit()


def rows(store: FindingsStore, files, kind, query: str):
    """Return the rows of a query over the listed files, which it names t."""
    with analytics() as connection:
        connection.register("t", store.dataset(files, kind))
        return connection.sql(query).fetchall()


def test_what_was_written_is_read(store):
    """Objects and findings come back as they were given, gaps included."""
    files = written(store)
    assert {(file.kind, file.rows) for file in files} == {("objects", 2), ("findings", 3), ("lookup", 3)}
    found = rows(
        store, files, "objects", "SELECT unit_id, source_id, outcome, reason, persons_low FROM t ORDER BY uri"
    )
    assert found == [(1, 2, "complete", None, 3), (1, 2, "failed", "encrypted", 0)]
    assert rows(
        store, files, "findings", "SELECT count(DISTINCT fingerprint), min(octet_length(fingerprint)) FROM t"
    ) == [(3, 16)]
    assert store.dataset(files, "objects").schema.equals(OBJECTS)
    assert store.dataset([], "findings").schema.equals(FINDINGS)


def test_no_plaintext_on_the_disk(store):
    """No location, mask or column name can be read from the files; only the owner opens them."""
    written(store)
    for path in store.directory.rglob("*"):
        assert not path.stat().st_mode & 0o077
        if path.is_file():
            content = path.read_bytes()
            for word in (CANARY.encode(), b"/srv/", b"PATIENT_ID", b"fingerprint", "●".encode()):
                assert word not in content


def test_another_key_is_refused_clearly(store):
    """With another master key nothing is read, and the error says what is wrong."""
    files = written(store)
    with pytest.raises(VaultError, match="another master key"):
        FindingsStore(store.directory, Vault(bytes(32))).dataset(files, "objects")


def test_files_of_other_keys_do_not_share_theirs(store):
    """Every file has a key of its own: equal content gives different files."""
    first, second = written(store, "run1"), written(store, "run2")
    assert {file.sha256 for file in first}.isdisjoint(file.sha256 for file in second)


def test_a_changed_file_is_noticed(store):
    """The manifest's digests show a changed and a missing file, and reading a changed one fails."""
    files = written(store)
    assert store.verify(files) == []
    assert rows(store, files, "objects", "SELECT count(*) FROM t") == [(2,)]
    path = store.directory / files[0].name
    assert sha256_of(path) == files[0].sha256
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    (store.directory / files[1].name).unlink()
    assert store.verify(files) == [files[0].name, files[1].name]
    with pytest.raises(StoreError, match="missing"):
        store.dataset([files[1]], files[1].kind)
    with pytest.raises(StoreError, match="cannot be read"):
        rows(store, [files[0]], files[0].kind, "SELECT * FROM t")


def test_an_aborted_run_leaves_nothing(store):
    """After abort there is no file, and abort after commit takes nothing away."""
    writer = store.writer(RunId("run1"), UnitId(1))
    writer.add(result("/srv/a.csv", {Category.PHONE: range(9)}, persons=9))
    writer.abort()
    assert list(store.directory.iterdir()) == []
    kept = store.writer(RunId("run2"), UnitId(1))
    files = kept.commit()
    kept.abort()
    assert store.verify(files) == []


def test_an_empty_run_can_be_read(store):
    """A share without any object makes a run without rows."""
    files = store.writer(RunId("run1"), UnitId(1)).commit()
    assert rows(store, files, "objects", "SELECT * FROM t") == []


def test_large_runs_are_written_in_pieces(store):
    """Findings leave memory by row groups while the scan goes on."""
    import pyarrow.dataset as pads

    writer = store.writer(RunId("run1"), UnitId(1))
    for number in range(5):
        values = {Category.PHONE: range(ROWS_HELD // 2)}
        writer.add(result(f"/srv/{number}.csv", values, persons=1))
    assert writer._held <= ROWS_HELD
    files = writer.commit()
    dataset = store.dataset(files, "findings")
    assert isinstance(dataset, pads.FileSystemDataset)
    (fragment,) = dataset.get_fragments()
    assert [group.num_rows for group in fragment.row_groups] == [ROWS_HELD, ROWS_HELD, ROWS_HELD // 2]


def test_a_killed_writer_leaves_nothing_visible(store):
    """A process killed in the middle of a run leaves only a hidden directory, which is cleared away later."""
    script = """
        import json, sys
        from pathlib import Path
        from registry.findings import FindingsStore
        from registry.model import RunId, UnitId
        from registry.vault import Vault
        from scanners.model import Category
        from tests.reality.results import result

        writer = FindingsStore(Path(sys.argv[1]), Vault(bytes(range(32)))).writer(RunId("killed"), UnitId(1))
        for number in range(4):
            writer.add(result(f"/srv/{number}.csv", {Category.PHONE: range(40_000)}, persons=1))
        print(json.dumps("writing"), flush=True)
        sys.stdin.read()
    """
    files = written(store)
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(store.directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == "writing"
        process.send_signal(signal.SIGKILL)
    assert not (store.directory / "killed").exists()
    assert rows(store, files, "objects", "SELECT count(*) FROM t") == [(2,)]
    later = datetime.now(UTC) + timedelta(days=2)
    assert store.remove_abandoned([file.name for file in files], before=later) == 1
    assert [path.name for path in store.directory.iterdir()] == ["run1"]


@pytest.mark.parametrize("name", ["", "../outside", ".hidden", "a/b"])
def test_a_run_stays_in_the_store(store, name):
    """No name of a run leads out of the store's directory or hides in it."""
    with pytest.raises(StoreError):
        store.writer(RunId(name), UnitId(1))


def test_a_listed_name_stays_in_the_store(store, tmp_path):
    """A row that names a file outside the store is refused."""
    (tmp_path / "outside.parquet").write_bytes(b"")
    with pytest.raises(StoreError):
        store.dataset(["../outside.parquet"], "objects")


def test_analytics_reaches_nothing_outside(tmp_path):
    """The analytic database opens no file and never spills to the disk."""
    import duckdb

    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    with analytics() as connection:
        with pytest.raises(duckdb.Error):
            connection.sql(f"SELECT * FROM read_csv('{tmp_path / 'a.csv'}')").fetchall()
        assert connection.sql("SELECT current_setting('temp_directory')").fetchall() == [("",)]


def test_many_small_objects_take_little_memory(store):
    """A table of one row takes as much as one of a hundred: they are put together as they come."""
    writer = store.writer(RunId("run1"), UnitId(1))
    for number in range(TABLES_HELD + 5):
        writer.add(result(f"/srv/{number}", {Category.PHONE: range(number, number + 1)}))
        assert len(writer._findings) < TABLES_HELD
        assert len(writer._lookup._held) < TABLES_HELD
    files = {file.kind: file for file in writer.commit()}
    found = store.table(files["findings"].name)["object_id"].to_pylist()
    assert len(set(found)) == len(found) == TABLES_HELD + 5
    assert files["lookup"].rows == len(found)
