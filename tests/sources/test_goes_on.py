"""Reading of a large table that was cut short goes on where it was: every row once, in order of the key."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from registry.scan_state import ScanState
from registry.vault import Vault
from scanners.engine import Scanner
from scanners.errors import ExtractionError
from scanners.extractors.interface import Tables
from scanners.model import Entry, Gap, Mark, ObjectResult, Outcome, Reason, TableSegment
from scanners.options import ScanKeys, ScanOptions
from scanners.sources.database import DatabaseSource
from scanners.sources.databases import postgresql
from scanners.sources.interface import Readers, Source
from tests.servers import SessionServices, Unavailable
from tests.sources.contract import content, entries
from tests.sources.servers import mariadb

ROWS = 7_000
SLOWLY = "rows_per_second=100000000"  # also a small table is then read by its key
KEYS = ScanKeys(fingerprint=b"f" * 32)
Made = Callable[[], str]


def _values(numbers: range) -> str:
    """Return rows of a key with gaps, a name that comes again, a telephone number and some JSON."""
    said = '{{"mail": "p{}@example.co.jp"}}'
    return ", ".join(
        f"({number * 3 - 9_000}, '山田{number % 900} 太郎', '090-2345-{number:04}', '{said.format(number)}')"
        for number in numbers
    )


def _inserts() -> Iterator[str]:
    for start in range(0, ROWS, 1_000):
        yield f"INSERT INTO people VALUES {_values(range(start, start + 1_000))}"


@pytest.fixture
def sqlite_people(tmp_path: Path) -> str:
    """A file."""
    file = tmp_path / "people.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, 氏名 TEXT, 電話番号 TEXT, 備考 TEXT)")
        for statement in _inserts():
            database.execute(statement)
    return f"sqlite:///{file}"


@pytest.fixture
def postgresql_people(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A server's table, read in pieces of 1,500 rows."""
    monkeypatch.setattr(postgresql, "PIECE_ROWS", 1_500)
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE people (id bigint PRIMARY KEY, 氏名 text, 電話番号 text, 備考 json)")
        for statement in _inserts():
            connection.execute(statement.encode())
    return postgres_url


@pytest.fixture
def mariadb_people(session_services: SessionServices) -> Iterator[str]:
    """Another server's, streamed row by row."""
    server = mariadb.session_server(session_services)
    if isinstance(server, Unavailable):
        pytest.skip(server.reason)
    name = f"t{os.urandom(6).hex()}"
    server.run(f"CREATE DATABASE {name}")
    columns = "id INT PRIMARY KEY, 氏名 VARCHAR(80), 電話番号 VARCHAR(20), 備考 JSON"
    server.run(f"CREATE TABLE {name}.people ({columns}) CHARACTER SET utf8mb4")
    for statement in _inserts():
        server.run(statement.replace("INTO people", f"INTO {name}.people"))
    yield server.url(name)
    server.run(f"DROP DATABASE {name}")


@pytest.fixture
def many_people(postgres_url: str, postgresql_people: str) -> str:
    """As many as make several pieces of the size that they have in workers."""
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO people SELECT n, '佐藤' || n % 800 || ' 花子', '090-' || n, '{}' "
            "FROM generate_series(100001, 270000) n"
        )
    return postgresql_people


@pytest.fixture(params=["sqlite", "mariadb", pytest.param("many", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest) -> DatabaseSource:
    """A table of people, of which workers tell how far they are."""
    url: str = request.getfixturevalue(f"{request.param}_people")
    return DatabaseSource(f"{url}?{SLOWLY}&scan=complete")


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def people(request: pytest.FixtureRequest) -> DatabaseSource:
    """A table of people, to be read by its key."""
    url: str = request.getfixturevalue(f"{request.param}_people")
    return DatabaseSource(f"{url}?{SLOWLY}")


@dataclass(frozen=True)
class Cut:
    """A database whose connection is lost behind a place, or whose worker dies there, until it is mended."""

    inner: DatabaseSource
    behind: int  # marks
    mended: Path
    dies: bool = False
    refuses: bool = False  # to be opened at all

    @property
    def place(self) -> str:
        """The database's."""
        return self.inner.place

    @property
    def ports(self) -> tuple[int, ...]:
        """The database's."""
        return self.inner.ports

    def entries(self) -> Iterator[Entry | Gap]:
        """List what the database does."""
        return self.inner.entries()

    @contextmanager
    def open(self, entry: Entry) -> Iterator[Tables]:
        """Open a table from its start."""
        with self.open_after(entry, None) as found:
            yield found

    @contextmanager
    def open_after(self, entry: Entry, behind: Mark | None) -> Iterator[Tables]:
        """Open a table."""
        if self.refuses:
            raise ExtractionError(Gap(Reason.UNREACHABLE, "no answer"))
        with self.inner.open_after(entry, behind) as found:
            yield self._cut(found, first=behind is None)

    def _cut(self, found: Tables, *, first: bool) -> Tables:
        marks = 0
        for part in found:
            marks += isinstance(part, Mark)
            yield part
            if marks == self.behind and first and not self.mended.exists():
                if self.dies:
                    os._exit(3)
                raise ExtractionError(Gap(Reason.UNREACHABLE))

    def readers(self, entry: Entry) -> Readers:
        """Return who can read a table."""
        return self.inner.readers(entry)


def _parts(source: DatabaseSource, behind: Mark | None) -> list[object]:
    (entry,) = entries(source)
    with source.open_after(entry, behind) as found:
        return list(found)


def test_the_rest_follows_every_place(people: DatabaseSource) -> None:
    """Every row once, whatever place reading goes on from, and the key need not be dense."""
    whole = _parts(people, None)
    everything = list(content(people, entries(people)[0]))
    assert len(set(everything)) == ROWS
    assert [int(row[0]) for row in everything] == sorted(int(row[0]) for row in everything)
    marks = [part for part in whole if isinstance(part, Mark)]
    assert [mark.key for mark in marks[-1:]] == [""]
    assert len(marks) > 3
    for mark in marks[:-1]:
        first, *rest = _parts(people, mark)
        assert first == mark
        segments = [part for part in rest if isinstance(part, TableSegment)]
        assert [row for each in segments for row in each.rows] == everything[mark.rows :]
        assert [each.first_row for each in segments[:1]] == ([mark.rows + 1] if mark.rows < ROWS else [])


def test_a_table_of_other_columns_is_read_from_its_start(people: DatabaseSource) -> None:
    """What is known of it is of another table."""
    mark = next(part for part in _parts(people, None) if isinstance(part, Mark))
    parts = _parts(people, replace(mark, columns=(*mark.columns, "更新日 date")))
    assert sum(len(part.rows) for part in parts if isinstance(part, TableSegment)) == ROWS
    assert not isinstance(parts[0], Mark)


def _scanned(place: Source, state: Path) -> ObjectResult:
    with ScanState(state, Vault(b"k" * 32)) as memory:
        memory.begin("rules")
        options = ScanOptions(jobs=1, told_after=0.0)
        with Scanner(KEYS, options) as scanner:
            told = list(scanner.scan_again(place, memory))
        memory.will_record("run")
        memory.complete()
    (result,) = (each for each in told if isinstance(each, ObjectResult))
    return result


@pytest.mark.parametrize("dies", [False, True], ids=["connection", "worker"])
def test_what_was_cut_short_ends_as_if_nothing_had_been(
    place: DatabaseSource, tmp_path: Path, dies: bool
) -> None:
    """By a lost connection: the next scan goes on. By a worker that dies: the same scan does."""
    expected = _scanned(place, tmp_path / "undisturbed.db")
    assert expected.outcome is Outcome.COMPLETE
    cut = Cut(place, 2, tmp_path / "mended", dies)
    result = _scanned(cut, tmp_path / "cut.db")
    if not dies:
        assert (result.outcome, result.reason, result.broke_off) == (
            Outcome.PARTIAL,
            Reason.UNREACHABLE,
            True,
        )
        assert 0 < result.persons.low < expected.persons.low
        kept = _scanned(replace(cut, refuses=True), tmp_path / "cut.db")
        assert (kept.outcome, kept.broke_off, kept.detail) == (Outcome.PARTIAL, True, "no answer")
        assert 0 < kept.persons.low <= result.persons.low  # as far as was told
        cut.mended.touch()
        result = _scanned(cut, tmp_path / "cut.db")
    assert result.detail == "2 snapshots"
    assert replace(result, findings=None, detail="") == replace(expected, findings=None)
    assert result.findings is not None
    assert expected.findings is not None
    assert result.findings.to_pylist() == expected.findings.to_pylist()
    again = _scanned(place, tmp_path / "cut.db")  # read to its end, it is read from its start
    assert replace(again, findings=None) == replace(expected, findings=None)
