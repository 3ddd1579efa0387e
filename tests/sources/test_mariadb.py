"""A real MariaDB: what every source keeps to, both ways of reading, samples, grants, a whole scan."""

from __future__ import annotations

import io
import secrets
import zipfile
from collections.abc import Iterator

import pytest

from scanners.credentials import Credentials
from scanners.engine import Scanner
from scanners.extractors.interface import Member
from scanners.model import Category, Exposure, Gap, Reason, TableSegment
from scanners.options import ScanKeys, ScanOptions
from scanners.sources.database import DatabaseSource, opened
from scanners.sources.databases.mariadb import MariaDB, of_grantees
from scanners.sources.databases.tables import Care
from scanners.sources.interface import Step
from tests.servers import SessionServices, Unavailable
from tests.sources.contract import Planted, SourceContract, entries, named, refusal
from tests.sources.servers.mariadb import MariaServer, session_server

KEYS = ScanKeys(b"k" * 32)


@pytest.fixture(scope="module")
def server(session_services: SessionServices) -> MariaServer:
    """The session's MariaDB."""
    found = session_server(session_services)
    if isinstance(found, Unavailable):
        pytest.skip(found.reason)
    return found


@pytest.fixture
def database(server: MariaServer) -> Iterator[str]:
    """A database of the test's own."""
    name = f"t{secrets.token_hex(6)}"
    server.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    yield name
    server.run(f"DROP DATABASE {name}")


def letter(text: str) -> bytes:
    """Return a document that holds a text."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("letter.txt", text)
    return held.getvalue()


@pytest.fixture
def planted(server: MariaServer, database: str) -> Iterator[Planted]:
    """Two tables that an account may read, and one that it may only see."""
    reader, secret = f"r{secrets.token_hex(4)}", secrets.token_urlsafe(12)
    server.run(
        f"CREATE TABLE {database}.member (id INT PRIMARY KEY, name VARCHAR(40), at DATE)",
        f"INSERT INTO {database}.member VALUES (1, '架空太郎', '1980-02-03'), (2, 'a\x1fb', NULL)",
        f"CREATE VIEW {database}.first_member AS SELECT name FROM {database}.member WHERE id = 1",
        f"CREATE TABLE {database}.pay (id INT)",
        f"CREATE USER {reader}@'127.0.0.1' IDENTIFIED BY '{secret}'",
        f"GRANT SELECT ON {database}.member TO {reader}@'127.0.0.1'",
        f"GRANT SELECT ON {database}.first_member TO {reader}@'127.0.0.1'",
        f"GRANT INSERT ON {database}.pay TO {reader}@'127.0.0.1'",
    )
    address = f"mysql://127.0.0.1:{server.port}/{database}"
    yield Planted(
        opened=lambda selection: opened(address, Credentials(reader, secret), selection),
        contents={
            f"{database}.member": (("1", "架空太郎", "1980-02-03"), ("2", "a\x1fb", "")),
            f"{database}.first_member": (("架空太郎",),),
        },
        secret=secret,
        remove=lambda name: server.run(f"DROP {'VIEW' if 'first' in name else 'TABLE'} {name}"),
        denied=f"{database}.pay",
        excludable=f"{database}.member",
        nowhere=lambda: DatabaseSource(f"mysql://{reader}:{secret}@127.0.0.1:9/{database}"),
    )
    server.run(f"DROP USER {reader}@'127.0.0.1'")


class TestContract(SourceContract):
    """MariaDB keeps to what every source keeps to."""


def rows(source: DatabaseSource, name: str) -> list[tuple[str, ...]]:
    """Return the rows of a table."""
    with source.open(named(source, name)) as blocks:
        return [row for block in blocks if isinstance(block, TableSegment) for row in block.rows]


def test_both_ways_of_reading_give_the_same(server: MariaServer, database: str) -> None:
    """What streams fast and what the plain driver brings are the same texts, also of odd types."""
    server.run(
        f"CREATE TABLE {database}.odd (id BIGINT UNSIGNED PRIMARY KEY, d DECIMAL(20,3), e ENUM('甲','乙'), "
        "t TIME, y YEAR, b BIT(4), p POINT, x TEXT, z DATETIME)",
        f"INSERT INTO {database}.odd VALUES (18446744073709551615, 1.500, '乙', '-12:00:01', 2024, b'101', "
        "POINT(1, 2), 'タブ\t改行\n', '2024-02-03 04:05:06')",
        f"INSERT INTO {database}.odd (id) VALUES (1)",
    )
    fast = rows(DatabaseSource(server.url(database)), f"{database}.odd")
    slow = rows(DatabaseSource(server.url(database) + "?rows_per_second=100000"), f"{database}.odd")
    assert fast == slow
    assert fast[1] == (
        *("18446744073709551615", "1.500", "乙", "-12:00:01", "2024", "5", "POINT(1 2)", "タブ\t改行\n"),
        "2024-02-03 04:05:06",
    )
    assert fast[0] == ("1", *[""] * 8)


def test_a_sample_says_what_it_saw(server: MariaServer, database: str) -> None:
    """Blocks behind random keys, no row twice; the rest is a gap with numbers."""
    server.run(
        f"CREATE TABLE {database}.big (id INT PRIMARY KEY, name VARCHAR(20)) AS "
        f"SELECT seq AS id, concat('n', seq) AS name FROM {database}.seq_1_to_60000",
        f"ANALYZE TABLE {database}.big",
    )
    source = DatabaseSource(server.url(database) + "?scan=sample")
    with source.open(named(source, f"{database}.big")) as blocks:
        parts = list(blocks)
    found = [row for part in parts if isinstance(part, TableSegment) for row in part.rows]
    assert 459 * 15 < len(found) == len(set(found)) < 60_000
    (gap,) = [part for part in parts if isinstance(part, Gap)]
    assert (gap.reason, gap.seen, gap.unit) == (Reason.SAMPLED, len(found), "rows")
    assert "99 % confidence" in gap.detail


def test_a_statement_that_takes_too_long_ends(server: MariaServer, database: str) -> None:
    """A view that sleeps is given up, and the reason is the time."""
    server.run(f"CREATE VIEW {database}.slow AS SELECT SLEEP(20) AS a")
    source = DatabaseSource(server.url(database) + "?statement_timeout=1")
    refused = refusal(source, named(source, f"{database}.slow"))
    assert refused is not None
    assert refused.reason is Reason.TIME_LIMIT


def test_large_values_come_a_few_at_a_time(server: MariaServer, database: str) -> None:
    """What is too large is told, and leaving early does not fetch the rest of the table."""
    server.run(
        f"CREATE TABLE {database}.t (id INT PRIMARY KEY, note LONGTEXT, doc LONGBLOB)",
        f"INSERT INTO {database}.t SELECT seq, REPEAT('x', 1000000), REPEAT('\\0', 2000) "
        f"FROM {database}.seq_1_to_40",
    )
    source = DatabaseSource(server.url(database) + "?largest_value=1000")
    with source.open(named(source, f"{database}.t")) as blocks:
        parts = list(blocks)
    sizes = [sum(len(row[1]) for row in part.rows) for part in parts if isinstance(part, TableSegment)]
    assert sum(sizes) == 40_000_000
    assert max(sizes) <= 9_000_000
    (gap,) = (part for part in parts if isinstance(part, Gap))
    assert (gap.reason, gap.detail.partition(" binary")[0]) == (Reason.OVERSIZED, "40")
    with source.open(named(source, f"{database}.t")) as blocks:
        assert isinstance(next(blocks), TableSegment)


def test_a_reader_that_is_slowed_down_is_waited_for() -> None:
    """The server's own patience with a slow reader is a minute."""
    assert "SET SESSION net_write_timeout = 3600" in MariaDB.beginning(Care())


def test_grants_become_exposure(server: MariaServer, database: str) -> None:
    """Named accounts, a role, everybody with an account, anybody at all: each wider than the last."""
    user, role = f"u{secrets.token_hex(4)}", f"k{secrets.token_hex(4)}"
    server.run(f"CREATE TABLE {database}.t (id INT)")
    source = DatabaseSource(server.url(database))
    (entry,) = entries(source)
    assert source.readers(entry).exposure is Exposure.OWNER
    assert "admin@127.0.0.1" in source.readers(entry).names
    server.run(f"CREATE ROLE {role}", f"GRANT SELECT ON {database}.* TO {role}")
    assert source.readers(entry).exposure is Exposure.GROUP
    assert role in source.readers(entry).names
    server.run("CREATE USER ''@'%'", f"GRANT SELECT ON {database}.t TO ''@'%'")
    assert source.readers(entry).exposure is Exposure.EVERYONE
    server.run(
        f"CREATE USER {user}@'127.0.0.1' IDENTIFIED BY 'x'",
        f"GRANT SELECT ON {database}.t TO {user}@'127.0.0.1'",
    )
    assert DatabaseSource(server.url(database, user, "x")).readers(entry).exposure is Exposure.UNKNOWN
    server.run(f"DROP ROLE {role}", "DROP USER ''@'%'", f"DROP USER {user}@'127.0.0.1'")


def test_roles_of_mysql_are_groups() -> None:
    """They are written as accounts; a list without the server's word on roles is not asked."""
    grantees = ["'suzuki'@'10.0.0.5'", "'kakari'@'%'"]
    assert of_grantees(grantees).exposure is Exposure.OWNER
    assert of_grantees(grantees, ["'kakari'@'%'"]).exposure is Exposure.GROUP


def test_a_test_names_the_step_that_fails(server: MariaServer, database: str) -> None:
    """A wrong password is told by its number, and a closed port before it."""
    assert [(each.step, each.passed) for each in DatabaseSource(server.url(database)).check()] == [
        (step, True) for step in (Step.NAME, Step.PORT, Step.SIGN_IN, Step.LIST, Step.READ)
    ]
    last = list(DatabaseSource(server.url(database, secret="wrong")).check())[-1]
    assert (last.step, last.passed, last.detail) == (Step.SIGN_IN, False, "1045")


def test_a_whole_scan_finds_what_was_planted(server: MariaServer, database: str) -> None:
    """In confined workers: by comment, in JSON, and in a document inside a column."""
    server.run(
        f"CREATE TABLE {database}.a (id INT PRIMARY KEY, c017 VARCHAR(40) COMMENT '患者氏名', "
        "doc LONGBLOB, j JSON)",
        f"CREATE TABLE {database}.b (id INT PRIMARY KEY, mail VARCHAR(80))",
        f"INSERT INTO {database}.b SELECT seq, concat('user', seq, '@example.jp') "
        f"FROM {database}.seq_1_to_3000",
    )
    document = letter("連絡先 電話 090-1234-5678").hex()
    names = ("山田太郎", "佐藤花子", "鈴木一郎", "高橋次郎")
    server.run(
        *(
            f"INSERT INTO {database}.a VALUES ({number}, '{name}', X'{document}', "
            f"""'{{"電話": "090-1234-567{number}"}}')"""
            for number, name in enumerate(names)
        )
    )
    source = DatabaseSource(server.url(database))
    with source.open(named(source, f"{database}.a")) as parts:
        assert [part.name for part in parts if isinstance(part, Member)][:1] == ["a.doc[1]"]
    with Scanner(KEYS, ScanOptions(jobs=1)) as scanner:
        results = list(scanner.scan(source))
    found = {result.uri.partition(f"{database}.")[2]: result for result in results}
    assert found["b"].categories[Category.EMAIL].count == 3000
    assert found["b"].outcome.value == "complete", found["b"].detail
    assert found["a"].categories[Category.PERSON].count == 4
    assert found["a"].categories[Category.PHONE].count == 4
    inside = [result for name, result in found.items() if name.startswith("a!")]
    assert any(Category.PHONE in result.categories for result in inside)
    assert all(result.reason is None for result in results), [(r.uri, r.reason, r.detail) for r in results]


def test_texts_of_older_encodings_arrive_as_text(server: MariaServer, database: str) -> None:
    """Columns of one table may have encodings of their own; both ways of reading know them."""
    columns = (
        "name VARCHAR(9) CHARACTER SET {}, kana VARCHAR(9) CHARACTER SET {}, mark VARCHAR(9) CHARACTER SET {}"
    )
    server.run(
        f"CREATE TABLE {database}.old ({columns.format('cp932', 'ujis', 'utf8mb4')})",
        f"INSERT INTO {database}.old VALUES ('髙橋 太郎', 'タカハシ', '𠮷'), (NULL, 'カナ', 'x')",
    )
    fast = rows(DatabaseSource(server.url(database)), f"{database}.old")
    slow = rows(DatabaseSource(server.url(database) + "?rows_per_second=100000"), f"{database}.old")
    assert fast == slow
    assert fast[0] == ("髙橋 太郎", "タカハシ", "𠮷")
