"""Sources list everything once, say what they cannot list, and open for reading only."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from scanners.errors import ExtractionError, SourceError
from scanners.model import Entry, Exposure, Gap, Reason, TableSegment
from scanners.sources import local, open_source
from scanners.sources.database import BLOCK_ROWS, DatabaseSource
from scanners.sources.interface import Source
from scanners.sources.local import LocalSource, file_uri, path_of
from tests.sources.contract import Content, Planted, SourceContract, content, entries

ROWS = [(number, f"架空{number}", f"090-0000-{number:04d}") for number in range(BLOCK_ROWS + 5)]


def create_tables(engine: sa.Engine) -> None:
    """Fill a database with one table of two blocks and a view."""
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE member (id INTEGER, name TEXT, phone TEXT)"))
        connection.execute(
            sa.text("INSERT INTO member VALUES (:id, :name, :phone)"),
            [{"id": number, "name": name, "phone": phone} for number, name, phone in ROWS],
        )
        connection.execute(sa.text("CREATE VIEW first_member AS SELECT name FROM member WHERE id = 0"))
    engine.dispose()


def planted_folder(folder: Path) -> Planted:
    """Fill a folder of this machine; nobody is denied anything here, as tests may run as root."""
    contents: dict[str, Content] = {
        "a.txt": "架空".encode(),
        "b/c.txt": "太郎".encode(),
        "b/d/empty": b"",
        "b/名簿.bin": bytes(range(256)) * 100,
    }
    for name, held in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        assert isinstance(held, bytes)
        (folder / name).write_bytes(held)

    def change(name: str) -> None:
        with (folder / name).open("ab") as stream:
            stream.write(b"+")

    return Planted(
        lambda selection: open_source(str(folder), selection=selection),
        contents,
        state=lambda: sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*")),
        change=change,
        remove=lambda name: (folder / name).unlink(),
        folder="b",
        excludable="a.txt",
        nowhere=lambda: open_source(str(folder / "nowhere")),
    )


@pytest.fixture(params=["local", "sqlite", "postgresql"])
def planted(request: pytest.FixtureRequest, tmp_path: Path) -> Planted:
    """One filled source of every kind that needs no server of its own."""
    if request.param == "local":
        return planted_folder(tmp_path)
    url = f"sqlite:///{tmp_path / 'hr.db'}"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres_url"))
    create_tables(sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://")))
    schema = "public." if request.param == "postgresql" else ""
    rows = tuple(tuple(map(str, row)) for row in ROWS)
    password = sa.make_url(url).password
    return Planted(
        lambda selection: open_source(url, selection=selection),
        {f"{schema}member": rows, f"{schema}first_member": ((ROWS[0][1],),)},
        secret=str(password) if password else "",
        nowhere=lambda: open_source(f"{url}-nowhere"),
    )


class TestContract(SourceContract):
    """Folders and databases keep to what every source keeps to."""


def test_links_pipes_and_devices_are_left_out_by_policy(tmp_path: Path) -> None:
    """They are counted with their reason and never opened."""
    (tmp_path / "file.txt").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    gaps = {
        gap.uri.rsplit("/", 1)[-1]: gap.reason
        for gap in LocalSource(tmp_path).entries()
        if isinstance(gap, Gap)
    }
    assert gaps == {"link": Reason.LINK, "pipe": Reason.NOT_REGULAR}
    assert all(reason.by_policy for reason in gaps.values())


def test_names_that_are_no_utf8_are_listed_and_opened(tmp_path: Path) -> None:
    """A CP932 file name has its bytes in the uri and a readable name beside it."""
    raw = os.fsencode(tmp_path) + b"/" + "名簿".encode("cp932")
    Path(os.fsdecode(raw)).write_bytes(b"x")
    (entry,) = entries(LocalSource(tmp_path))
    assert "%96%BC" in entry.uri
    assert "\ufffd" in entry.name
    entry.name.encode("utf-8")
    assert content(LocalSource(tmp_path), entry) == b"x"


def test_the_uri_of_a_file_is_its_absolute_uri(tmp_path: Path) -> None:
    """Spaces and Japanese are percent-encoded as `Path.as_uri` does, and lead back to the path."""
    path = tmp_path / "人事 部" / "名簿#1.txt"
    path.parent.mkdir()
    path.touch()
    (entry,) = entries(open_source(str(tmp_path)))
    assert entry.uri == path.as_uri() == file_uri(path)
    assert path_of(entry.uri) == path
    assert entry.name == "人事 部/名簿#1.txt"
    (alone,) = entries(open_source(path.as_uri()))
    assert alone.name == "名簿#1.txt"


@pytest.mark.parametrize(
    ("folder", "file", "expected"),
    [
        (0o755, 0o644, Exposure.EVERYONE),
        (0o750, 0o644, Exposure.GROUP),
        (0o700, 0o644, Exposure.OWNER),
        (0o755, 0o640, Exposure.GROUP),
        (0o755, 0o600, Exposure.OWNER),
    ],
)
def test_exposure_follows_the_mode_of_file_and_folders(
    tmp_path: Path, folder: int, file: int, expected: Exposure
) -> None:
    """A file is as open as its own mode, and no more open than the folders above it below the target."""
    path = tmp_path / "folder" / "file"
    path.parent.mkdir()
    path.touch()
    path.chmod(file)
    path.parent.chmod(folder)
    (entry,) = entries(LocalSource(tmp_path))
    path.parent.chmod(0o755)
    assert entry.exposure is expected
    assert entry.owner


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    """Content read from a moving file is marked as such."""
    path = tmp_path / "log.txt"
    path.write_text("1", encoding="utf-8")
    source = LocalSource(tmp_path)
    (entry,) = entries(source)
    opened = source.open(entry)
    opened.__enter__().read()
    path.write_text("12", encoding="utf-8")
    with pytest.raises(ExtractionError) as caught:
        opened.__exit__(None, None, None)
    assert caught.value.gap.reason is Reason.CHANGED


def test_a_pipe_in_place_of_a_listed_file_is_not_waited_for(tmp_path: Path) -> None:
    """A name that became a pipe or a link since the listing is refused at once."""
    path = tmp_path / "file"
    path.touch()
    source = LocalSource(tmp_path)
    (entry,) = entries(source)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ExtractionError) as caught, source.open(entry):
        pass
    assert caught.value.gap.reason is Reason.NOT_REGULAR


def test_a_folder_that_cannot_be_listed_is_a_gap(tmp_path: Path) -> None:
    """A folder below the longest path of the system is a reasoned gap, and the rest is listed."""
    (tmp_path / "z.txt").touch()
    descriptor = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=descriptor)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    found = list(LocalSource(tmp_path).entries())
    shutil.rmtree(tmp_path / ("d" * 250))
    assert [gap.reason for gap in found if isinstance(gap, Gap)] == [Reason.NOT_LISTED]
    assert [entry.name for entry in found if isinstance(entry, Entry)] == ["z.txt"]


def test_a_tree_of_a_thousand_levels_is_walked(tmp_path: Path) -> None:
    """Depth costs no recursion."""
    descriptor = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=descriptor)
        inner = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(os.open("deep.txt", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
    os.close(descriptor)
    (entry,) = LocalSource(tmp_path).entries()
    subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # shutil.rmtree recurses
    assert isinstance(entry, Entry)
    assert entry.name.count("/") == 1200


def test_a_missing_target_is_named_with_the_next_step(tmp_path: Path) -> None:
    """A wrong path ends with a message that says which and why."""
    with pytest.raises(SourceError, match="nowhere"):
        list(open_source(str(tmp_path / "nowhere")).entries())


def test_an_unknown_scheme_is_refused() -> None:
    """A place of a kind that has no reader is no local path."""
    with pytest.raises(SourceError, match="gopher"):
        open_source("gopher://example")


def tables(source: Source) -> Iterator[tuple[Entry, list[TableSegment]]]:
    """Yield every table with its blocks."""
    for entry in entries(source):
        with source.open(entry) as opened:
            yield entry, [block for block in opened if isinstance(block, TableSegment)]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """The URL of a filled database."""
    url = f"sqlite:///{tmp_path / 'hr.db'}"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres_url"))
    create_tables(sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://")))
    return lambda: url


def test_tables_come_whole_in_blocks_with_their_columns(database: Callable[[], str]) -> None:
    """Every row of a table arrives once, views are tables too, values are text."""
    found = {entry.name.rpartition(".")[2]: blocks for entry, blocks in tables(open_source(database()))}
    assert set(found) == {"member", "first_member"}
    assert [len(block.rows) for block in found["member"]] == [BLOCK_ROWS, 5]
    assert [block.first_row for block in found["member"]] == [1, BLOCK_ROWS + 1]
    assert found["member"][0].header == ("id", "name", "phone")
    assert found["member"][1].rows[-1] == tuple(map(str, ROWS[-1]))
    assert found["first_member"][0].rows == (("架空0",),)


def test_reading_a_database_changes_nothing(database: Callable[[], str]) -> None:
    """The connection refuses writes."""
    source = open_source(database())
    assert isinstance(source, DatabaseSource)
    with source._connected() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.execute(sa.text("DELETE FROM member"))


def test_a_sqlite_table_is_named_by_file_and_table(tmp_path: Path) -> None:
    """The uri of a table is the absolute file and the table."""
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("CREATE TABLE t (a)")
    (entry,) = entries(open_source(f"sqlite:///{tmp_path}/x.db"))
    assert entry.uri == f"sqlite:///{tmp_path}/x.db!t"


def test_credentials_never_leave_the_source() -> None:
    """Neither an error nor the printed source holds the password."""
    source = DatabaseSource("postgresql://reader:hush-hush@127.0.0.1:9/hr")
    assert "hush" not in repr(source)
    with pytest.raises(SourceError) as caught:
        list(source.entries())
    assert "127.0.0.1:9/hr" in str(caught.value)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None
    with pytest.raises(SourceError) as malformed:
        list(DatabaseSource("postgresql://u:hush-hush@:port:/").entries())
    assert "hush" not in str(malformed.value)


def test_a_share_that_is_not_mounted_is_no_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its empty folder would end clean, and everything in it would count as deleted."""
    table = tmp_path / "fstab"
    share, other = tmp_path / "人事 share", tmp_path / "empty"
    share.mkdir()
    other.mkdir()
    table.write_text(f"# devices\n//byoin/hr {str(share).replace(' ', chr(92) + '040')} cifs ro 0 0\n")
    monkeypatch.setattr(local, "_FSTAB", table)
    with pytest.raises(SourceError, match="nothing is mounted here"):
        list(LocalSource(share).entries())
    assert not list(LocalSource(other).entries())
    assert [item.reason for item in LocalSource(tmp_path).entries() if isinstance(item, Gap)] == [
        Reason.NOT_LISTED
    ]
    (share / "a.txt").write_text("x")
    assert [entry.name for entry in entries(LocalSource(share))] == ["a.txt"]


def write_log_database(path: Path) -> sqlite3.Connection:
    """Make a database with a write-ahead log; its one row is in the database itself."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE member (phone TEXT)")
    connection.execute("INSERT INTO member VALUES ('090-0000-0001')")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return connection


def test_a_database_with_a_write_ahead_log_is_read_and_nothing_is_made_beside_it(tmp_path: Path) -> None:
    """SQLite would make two files beside such a database even to read it."""
    path = tmp_path / "hr.db"
    write_log_database(path).close()
    source = open_source(f"sqlite:///{path}")
    assert [block.rows for _, blocks in tables(source) for block in blocks] == [(("090-0000-0001",),)]
    assert [file.name for file in tmp_path.iterdir()] == ["hr.db"]


def test_rows_that_stand_in_a_write_ahead_log_only_are_a_gap(tmp_path: Path) -> None:
    """What a running program has not yet written to the database itself is not silently missed."""
    path = tmp_path / "hr.db"
    with closing(write_log_database(path)) as connection:
        connection.execute("INSERT INTO member VALUES ('090-0000-0002')")
        connection.commit()
        listed = list(open_source(f"sqlite:///{path}").entries())
    gaps = [item for item in listed if isinstance(item, Gap)]
    assert [(gap.reason, gap.uri) for gap in gaps] == [(Reason.CHANGED, f"sqlite:///{path}-wal")]


def test_a_database_in_use_is_not_locked_and_its_changes_are_told(tmp_path: Path) -> None:
    """Whoever works with the file writes while a table of it is read; the table is then not whole."""
    path = tmp_path / "hr.db"
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        connection.execute("CREATE TABLE member (phone TEXT)")
        connection.executemany("INSERT INTO member VALUES (?)", [("090-0000-0001",)] * 5_000)
        connection.commit()
        source = open_source(f"sqlite:///{path}")
        (entry,) = entries(source)
        with source.open(entry) as blocks:
            assert not isinstance(blocks, io.IOBase)
            parts = iter(blocks)
            next(parts)
            connection.execute("INSERT INTO member VALUES ('090-0000-0002')")
            connection.commit()
            assert [part.reason for part in parts if isinstance(part, Gap)] == [Reason.CHANGED]
    assert not [gap for gap in source.entries() if isinstance(gap, Gap)]
    (tmp_path / "hr.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))
    assert [gap.uri for gap in source.entries() if isinstance(gap, Gap)] == [f"sqlite:///{path}-journal"]


def test_a_damaged_database_keeps_what_was_read(tmp_path: Path) -> None:
    """The rows before the damage stay, and a gap says that there were more."""
    path = tmp_path / "hr.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE member (phone TEXT)")
        connection.executemany("INSERT INTO member VALUES (?)", [("090-0000-0001" * 9,)] * 5_000)
    held = bytearray(path.read_bytes())
    held[len(held) // 2 :] = bytes(len(held) - len(held) // 2)
    path.write_bytes(held)
    source = open_source(f"sqlite:///{path}")
    with source.open(entries(source)[0]) as blocks:
        assert not isinstance(blocks, io.IOBase)
        parts = list(blocks)
    assert [part.reason for part in parts if isinstance(part, Gap)] == [Reason.UNREADABLE]
    assert sum(len(part.rows) for part in parts if isinstance(part, TableSegment))


@pytest.mark.parametrize(
    ("mode", "expected"), [(0o644, Exposure.EVERYONE), (0o640, Exposure.GROUP), (0o600, Exposure.OWNER)]
)
def test_tables_of_a_sqlite_file_are_as_exposed_as_the_file(
    tmp_path: Path, mode: int, expected: Exposure
) -> None:
    """Whoever can read the file can read every table in it."""
    path = tmp_path / "hr.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE member (phone TEXT)")
    path.chmod(mode)
    (entry,) = open_source(f"sqlite:///{path}").entries()
    assert isinstance(entry, Entry)
    assert entry.exposure is expected


def test_a_url_of_another_driver_is_read_with_ours() -> None:
    """People copy addresses from their programs, with drivers that are not installed here."""
    source = open_source("postgresql+psycopg2://reader:geheim@127.0.0.1:1/hr")
    with pytest.raises(SourceError, match="cannot be opened") as refused:
        list(source.entries())
    assert "geheim" not in str(refused.value)


def test_a_link_named_as_target_is_read_where_it_leads(tmp_path: Path) -> None:
    """Who names a link means the file behind it."""
    (tmp_path / "a.txt").write_text("架空", encoding="utf-8")
    (tmp_path / "link.txt").symlink_to("a.txt")
    source = open_source(str(tmp_path / "link.txt"))
    (entry,) = source.entries()
    assert isinstance(entry, Entry)
    assert (entry.uri, content(source, entry)) == (file_uri(tmp_path / "a.txt"), "架空".encode())


def test_a_uri_never_climbs(tmp_path: Path) -> None:
    """The same file has one address, however its target was written."""
    (tmp_path / "b").mkdir()
    (tmp_path / "a.txt").write_text("架空", encoding="utf-8")
    (entry,) = open_source(str(tmp_path / "b" / ".." / "a.txt")).entries()
    assert entry.uri == file_uri(tmp_path / "a.txt")


def test_files_of_another_computer_are_not_taken_for_ours() -> None:
    """A file URI may name a host (RFC 8089); its path here would be another file."""
    with pytest.raises(SourceError, match="another computer"):
        open_source("file://fileserver/srv/share")
