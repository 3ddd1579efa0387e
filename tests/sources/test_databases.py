"""Databases: PostgreSQL by COPY, samples, limits, grants; DuckDB; what is written without a server."""

from __future__ import annotations

import secrets
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, oracle

from scanners.columns import ColumnTyper
from scanners.credentials import NO_CREDENTIALS
from scanners.engine import Scanner
from scanners.errors import SourceError
from scanners.extractors.interface import Member
from scanners.model import Category, Entry, Exposure, Gap, Reason, TableSegment
from scanners.options import ScanKeys, ScanOptions
from scanners.preload import analyzer
from scanners.selection import EVERYTHING
from scanners.sources.database import DatabaseSource, opened
from scanners.sources.databases import sampling
from scanners.sources.databases.address import parsed
from scanners.sources.databases.cells import LONGEST_TEXT
from scanners.sources.databases.oracle import Oracle
from scanners.sources.databases.other import shape_of, written
from scanners.sources.databases.sqlserver import SQLServer
from scanners.sources.databases.tables import Care, Column, Shape, Table
from scanners.sources.interface import Step
from tests.servers import PostgresServer
from tests.sources.contract import Planted, SourceContract, entries, named, refusal
from tests.sources.test_mariadb import letter

KEYS = ScanKeys(b"k" * 32)
Run = Callable[..., None]


@pytest.fixture
def run(postgres_url: str) -> Run:
    """Run statements in the test's own database."""

    def ran(*statements: str) -> None:
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    return ran


@pytest.fixture
def planted(postgres_url: str, run: Run) -> Iterator[Planted]:
    """Two tables that a role may read, and one that it may only see."""
    reader, secret = f"r{secrets.token_hex(4)}", secrets.token_urlsafe(12)
    run(
        "CREATE TABLE member (id int PRIMARY KEY, name text, at date)",
        "INSERT INTO member VALUES (1, '架空太郎', '1980-02-03'), (2, E'a\\tb\\\\c\\nd', NULL)",
        "CREATE VIEW first_member AS SELECT name FROM member WHERE id = 1",
        "CREATE SCHEMA staff",
        "CREATE TABLE staff.pay (id int)",
        f"CREATE ROLE {reader} LOGIN PASSWORD '{secret}'",
        f"GRANT SELECT ON member, first_member TO {reader}",
        f"GRANT USAGE ON SCHEMA staff TO {reader}",
    )
    address = sa.make_url(postgres_url).set(drivername="postgresql", username=reader, password=secret)
    url = address.render_as_string(hide_password=False)
    yield Planted(
        opened=lambda selection: opened(url, NO_CREDENTIALS, selection),
        contents={
            "public.member": (("1", "架空太郎", "1980-02-03"), ("2", "a\tb\\c\nd", "")),
            "public.first_member": (("架空太郎",),),
        },
        secret=secret,
        remove=lambda name: run(f"DROP {'VIEW' if 'first' in name else 'TABLE'} {name} CASCADE"),
        denied="staff.pay",
        excludable="public.member",
        nowhere=lambda: DatabaseSource(address.set(port=9).render_as_string(hide_password=False)),
    )
    run(f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")


class TestContract(SourceContract):
    """PostgreSQL keeps to what every source keeps to."""


def rows(source: DatabaseSource, name: str) -> list[tuple[str, ...]]:
    """Return the rows of a table."""
    with source.open(named(source, name)) as blocks:
        return [row for block in blocks if isinstance(block, TableSegment) for row in block.rows]


def test_partitions_are_read_once_and_heirs_as_themselves(postgres_url: str, run: Run) -> None:
    """The parent has the rows of its partitions; who inherits keeps its own."""
    run(
        "CREATE TABLE visit (id int, at int) PARTITION BY RANGE (at)",
        "CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM (10) TO (20)",
        "INSERT INTO visit VALUES (1, 1), (2, 11)",
        "CREATE TABLE base (id int)",
        "CREATE TABLE heir (more int) INHERITS (base)",
        "INSERT INTO heir VALUES (5, 6)",
        "CREATE MATERIALIZED VIEW seen AS SELECT id FROM visit",
    )
    source = DatabaseSource(postgres_url)
    found = {entry.name: rows(source, entry.name) for entry in entries(source)}
    assert found == {
        "public.base": [],
        "public.heir": [("5", "6")],
        "public.seen": [("1",), ("2",)],
        "public.visit": [("1", "1"), ("2", "11")],
    }


def test_every_type_is_text(postgres_url: str, run: Run) -> None:
    """What drivers cannot carry the server writes out itself."""
    run(
        "CREATE DOMAIN code AS text",
        "CREATE TYPE mood AS ENUM ('良', '悪')",
        "CREATE TABLE odd (a numeric, b int[], c mood, d code, e xml, f jsonb, g interval, h bytea, i uuid)",
        "INSERT INTO odd VALUES (1.50, '{1,2}', '良', 'x', '<a>b</a>', '{\"氏名\": \"山田\"}', '1 day', "
        "'架空', '00000000-0000-0000-0000-000000000001')",
    )
    assert rows(DatabaseSource(postgres_url), "public.odd") == [
        (
            *("1.50", "{1,2}", "良", "x", "<a>b</a>", "氏名: 山田", "1 day", "架空"),
            "00000000-0000-0000-0000-000000000001",
        )
    ]


def test_a_sample_says_what_it_saw(postgres_url: str, run: Run) -> None:
    """Enough random pages for 99 %, and the numbers of the whole table beside it."""
    run(
        "CREATE TABLE big WITH (fillfactor = 10) AS SELECT g AS id, repeat('x', 100) AS x "
        "FROM generate_series(1, 20000) g",
        "ANALYZE big",
    )
    source = DatabaseSource(postgres_url + "?scan=sample")
    with source.open(named(source, "public.big")) as blocks:
        parts = list(blocks)
    found = [row for part in parts if isinstance(part, TableSegment) for row in part.rows]
    (gap,) = [part for part in parts if isinstance(part, Gap)]
    assert (gap.reason, gap.seen, gap.total) == (Reason.SAMPLED, len(found), 20_000)
    assert len(set(found)) == len(found) < 20_000
    assert "99 % confidence" in gap.detail


def test_the_arithmetic_of_a_sample() -> None:
    """459 blocks see what 1 % hold with 99 %; fewer are told as what they are."""
    assert sampling.INDEPENDENT == 459
    assert "with 99 %" in sampling.told(5000, 10**6, 459).detail
    assert "with 63 %" in sampling.told(1000, 10**6, 100).detail
    assert sampling.percentage(60_000) == 1.0
    assert sampling.percentage(10) == 100.0


def test_a_text_that_nobody_reads_to_its_end_is_told(postgres_url: str, run: Run) -> None:
    """A value longer than a text may be is cut, counted, and the table is not wholly examined."""
    run("CREATE TABLE wide (t text)", f"INSERT INTO wide VALUES ('a'), (repeat('b', {LONGEST_TEXT + 9}))")
    source = DatabaseSource(postgres_url)
    (entry,) = entries(source)
    with source.open(entry) as found:
        parts = list(found)
    rows = [row for part in parts if isinstance(part, TableSegment) for row in part.rows]
    assert [len(row[0]) for row in rows] == [1, LONGEST_TEXT]
    (gap,) = (part for part in parts if isinstance(part, Gap))
    assert (gap.reason, gap.detail) == (Reason.OVERSIZED, "1 texts of more than 1,048,576 characters")


def test_small_tables_are_read_whole_and_large_ones_are_not() -> None:
    """Unless the address says so."""
    small, large = Table("", "t", (), rows=10, pages=1), Table("", "t", (), rows=10**7, pages=10**5)
    assert [Care().samples(each) for each in (small, large)] == [False, True]
    assert [Care(mode="complete").samples(each) for each in (small, large)] == [False, False]
    assert not Care().samples(Table("", "v", (), stored=False))


def test_a_statement_that_takes_too_long_ends(postgres_url: str, run: Run) -> None:
    """A view that sleeps is given up, and the reason is the time."""
    run("CREATE VIEW slow AS SELECT pg_sleep(20)::text AS a")
    source = DatabaseSource(postgres_url + "?statement_timeout=1")
    refused = refusal(source, named(source, "public.slow"))
    assert refused is not None
    assert (refused.reason, refused.detail) == (Reason.TIME_LIMIT, "57014")


def test_a_server_that_goes_away_leaves_what_was_read(postgres_url: str, run: Run) -> None:
    """The rows before stay, and a gap says that there were more."""
    run("CREATE TABLE t AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 60000)")
    source = DatabaseSource(postgres_url + "?scan=complete")
    with source.open(named(source, "public.t")) as blocks:
        first = next(blocks)
        run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'daicho' "
            "AND datname = current_database()")  # fmt: skip
        rest = list(blocks)
    assert isinstance(first, TableSegment)
    gaps = [part for part in rest if isinstance(part, Gap)]
    assert [gap.reason for gap in gaps] == [Reason.UNREADABLE]


def test_an_error_among_the_rows_leaves_those_before(postgres_url: str, run: Run) -> None:
    """A view that fails at its hundredth row has given ninety-nine."""
    run("CREATE VIEW v AS SELECT 1 / (100 - g) AS x FROM generate_series(1, 200) g")
    source = DatabaseSource(postgres_url)
    with source.open(named(source, "public.v")) as blocks:
        parts = list(blocks)
    assert sum(len(part.rows) for part in parts if isinstance(part, TableSegment)) == 99
    assert [(part.reason, part.detail) for part in parts if isinstance(part, Gap)] == [
        (Reason.UNREADABLE, "22012")
    ]


def test_columns_that_may_not_be_read_are_told(postgres_url: str, run: Run) -> None:
    """With the right to one column, that one is read."""
    reader = f"r{secrets.token_hex(4)}"
    run(
        "CREATE TABLE t (a text, b text)",
        "INSERT INTO t VALUES ('1', '2')",
        f"CREATE ROLE {reader} LOGIN PASSWORD 'x'",
        f"GRANT SELECT (a) ON t TO {reader}",
    )
    url = sa.make_url(postgres_url).set(username=reader, password="x").render_as_string(hide_password=False)
    source = DatabaseSource(url)
    with source.open(named(source, "public.t")) as blocks:
        parts = list(blocks)
    assert [part.rows for part in parts if isinstance(part, TableSegment)] == [(("1",),)]
    assert [(part.reason, part.seen, part.total) for part in parts if isinstance(part, Gap)] == [
        (Reason.DENIED, 1, 2)
    ]
    run(f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")


def test_rows_that_a_policy_hides_are_told(postgres_url: str, run: Run) -> None:
    """An account that sees some rows only has not seen the table."""
    reader = f"r{secrets.token_hex(4)}"
    run(
        "CREATE TABLE t (a int)",
        "INSERT INTO t VALUES (1), (2)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY one ON t USING (a = 1)",
        f"CREATE ROLE {reader} LOGIN PASSWORD 'x'",
        f"GRANT SELECT ON t TO {reader}",
    )
    url = sa.make_url(postgres_url).set(username=reader, password="x").render_as_string(hide_password=False)
    source = DatabaseSource(url)
    with source.open(named(source, "public.t")) as blocks:
        parts = list(blocks)
    assert [part.rows for part in parts if isinstance(part, TableSegment)] == [(("1",),)]
    assert [part.reason for part in parts if isinstance(part, Gap)] == [Reason.DENIED]
    with DatabaseSource(postgres_url).open(named(source, "public.t")) as blocks:
        assert not [part for part in blocks if isinstance(part, Gap)]
    run(f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")


def test_large_objects_are_told(postgres_url: str, run: Run) -> None:
    """They lie beside the tables, and nobody reads them."""
    run("SELECT lo_create(0)")
    (gap,) = DatabaseSource(postgres_url).entries()
    assert isinstance(gap, Gap)
    assert (gap.reason, gap.detail) == (Reason.UNREADABLE, "1 large objects")


@pytest.mark.parametrize(("encoding", "written"), [("EUC_JP", "euc_jp"), ("SQL_ASCII", "cp932")])
def test_a_database_of_another_encoding_is_read(
    postgres_server: PostgresServer, encoding: str, written: str
) -> None:
    """The server converts where it knows the encoding; where it knows none, what programs wrote is told."""
    url, name = sa.make_url(postgres_server.url()), f"e{secrets.token_hex(4)}"
    plain = postgres_server.url().replace("+psycopg", "")
    create = f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(create.encode())
    names = ("山田太郎", "表示 能子\tソ", "佐藤花子")  # the second byte of some letters is a backslash
    values = ", ".join(f"(convert_from('\\x{each.encode(written).hex()}', '{encoding}'))" for each in names)
    target = url.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(target.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(b"CREATE TABLE t (name text)")
        connection.execute(f"INSERT INTO t VALUES {values}".encode())
    assert rows(DatabaseSource(target), "public.t") == [(each,) for each in names]
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name}".encode())


def test_grants_become_exposure(postgres_url: str, run: Run) -> None:
    """Named roles, a group, PUBLIC: each wider than the last."""
    group = f"g{secrets.token_hex(4)}"
    run("CREATE TABLE t (id int)")
    source = DatabaseSource(postgres_url)
    (entry,) = entries(source)
    assert source.readers(entry).exposure is Exposure.OWNER
    assert "daicho" in source.readers(entry).names
    run(f"CREATE ROLE {group}", f"GRANT SELECT (id) ON t TO {group}")
    assert source.readers(entry).exposure is Exposure.GROUP
    assert group in source.readers(entry).names
    run("GRANT SELECT ON t TO PUBLIC")
    assert source.readers(entry).exposure is Exposure.ALL_STAFF
    run(f"DROP OWNED BY {group}", f"DROP ROLE {group}")


def test_a_test_names_the_step_that_fails(postgres_url: str) -> None:
    """A wrong password is told by its state."""
    steps = [Step.NAME, Step.PORT, Step.SIGN_IN, Step.LIST, Step.READ]
    assert [each.step for each in DatabaseSource(postgres_url).check() if each.passed] == steps
    wrong = sa.make_url(postgres_url).set(password="wrong").render_as_string(hide_password=False)
    last = list(DatabaseSource(wrong).check())[-1]
    assert (last.step, last.passed) == (Step.SIGN_IN, False)
    closed = sa.make_url(postgres_url).set(port=9).render_as_string(hide_password=False)
    assert list(DatabaseSource(closed).check())[-1].step is Step.PORT


def test_a_comment_says_what_a_column_holds() -> None:
    """Where its name does not; a name that does keeps its word."""
    typer = ColumnTyper(analyzer(), "t", ("c017", "phone"), 0, ("患者氏名 (漢字)", "備考"))
    values = [(name, f"090-1234-56{at:02}") for at, name in enumerate(("山田太郎", "佐藤花子", "鈴木一郎"))]
    found = list(typer.block(values))
    assert {each.match.category for each in found} == {Category.PERSON, Category.PHONE}
    assert [(each.name, each.category) for each in typer.columns()] == [
        ("c017", Category.PERSON),
        ("phone", Category.PHONE),
    ]


def test_a_whole_scan_finds_what_was_planted(postgres_url: str, run: Run) -> None:
    """In confined workers: by comment, in JSON, and in a document inside a column."""
    document = letter("連絡先 電話 090-1234-5678").hex()
    names = ("山田太郎", "佐藤花子", "鈴木一郎", "高橋次郎")
    run(
        "CREATE TABLE a (id int PRIMARY KEY, c017 text, doc bytea, j json)",
        "COMMENT ON COLUMN a.c017 IS '患者氏名'",
        *(
            f"INSERT INTO a VALUES ({number}, '{name}', '\\x{document}', "
            f"""'{{"電話": "090-1234-567{number}"}}')"""
            for number, name in enumerate(names)
        ),
    )
    with Scanner(KEYS, ScanOptions(jobs=1)) as scanner:
        results = list(scanner.scan(DatabaseSource(postgres_url)))
    found = {result.uri.partition("public.")[2]: result for result in results}
    assert found["a"].categories[Category.PERSON].count == 4
    assert found["a"].categories[Category.PHONE].count == 4
    inside = [result for name, result in found.items() if name.startswith("a!")]
    assert any(Category.PHONE in result.categories for result in inside)
    assert all(result.reason is None for result in results), [(r.uri, r.reason, r.detail) for r in results]


def test_duckdb_is_read_with_its_schemas(tmp_path: Path) -> None:
    """Tables, views, documents and samples, and nothing is made beside the file."""
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA hr")
        connection.execute("CREATE TABLE hr.t AS SELECT i AS id, 'n' || i AS name FROM range(50000) r(i)")
        connection.execute(
            "CREATE VIEW v AS SELECT 1.5::DECIMAL(9,2) AS x, DATE '2024-02-03' AS d, NULL AS n"
        )
    source = opened(f"duckdb:///{path}", NO_CREDENTIALS, EVERYTHING)
    assert [entry.name for entry in entries(source)] == ["hr.t", "main.v"]
    assert rows(source, "main.v") == [("1.50", "2024-02-03", "")]
    assert len(set(rows(source, "hr.t"))) == 50_000
    assert len(rows(DatabaseSource(f"duckdb:///{path}?scan=sample"), "hr.t")) == 10_000
    assert [each.name for each in tmp_path.iterdir()] == ["a.duckdb"]
    assert [each.passed for each in source.check()] == [True, True, True]


def test_a_sqlite_sample_and_its_documents(tmp_path: Path) -> None:
    """Blocks of row numbers; bytes that are a document are a member."""
    engine = sa.create_engine(f"sqlite:///{tmp_path}/a.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, doc BLOB)")
        connection.exec_driver_sql("INSERT INTO t VALUES (?, ?)", (1, letter("架空")))
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) "
            "INSERT INTO t SELECT i, 'x' FROM n"
        )
    engine.dispose()
    source = DatabaseSource(f"sqlite:///{tmp_path}/a.db")
    with source.open(named(source, "t")) as blocks:
        parts = list(blocks)
    assert [part.name for part in parts if isinstance(part, Member)] == ["t.doc[1]"]
    sample = rows(DatabaseSource(f"sqlite:///{tmp_path}/a.db?scan=sample"), "t")
    assert 5_000 < len(sample) == len(set(sample)) < 50_000


def test_row_numbers_far_apart_are_sampled_all_the_same(tmp_path: Path) -> None:
    """Blocks begin at the next row there is; a block without rows would tell nothing and is none."""
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
        rows_of = ((10**15 + number * 10**9, f"n{number}") for number in range(100_000))
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows_of)
    with opened(f"sqlite:///{path}", NO_CREDENTIALS, EVERYTHING).open(Entry("", "t", 0, 0, "\tt")) as blocks:
        parts = list(blocks)
    assert not [part for part in parts if isinstance(part, Gap)], "100,000 rows are no large table"
    source = DatabaseSource(f"sqlite:///{path}?scan=sample")
    with source.open(named(source, "t")) as blocks:
        parts = list(blocks)
    found = [row for part in parts if isinstance(part, TableSegment) for row in part.rows]
    (gap,) = (part for part in parts if isinstance(part, Gap))
    assert 5_000 < len(found) == len(set(found)) == gap.seen < 100_000 == gap.total
    assert "with 99 % confidence" in gap.detail


def test_keys_that_lead_past_most_rows_tell_nothing(tmp_path: Path) -> None:
    """Most rows lie close together and the others far apart: random keys never meet the many."""
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, 'x')", ((number,) for number in range(100_000)))
        connection.executemany(
            "INSERT INTO t VALUES (?, 'y')", ((10**15 + n * 10**9,) for n in range(20_000))
        )
    source = DatabaseSource(f"sqlite:///{path}?scan=sample")
    with source.open(named(source, "t")) as blocks:
        (gap,) = (part for part in blocks if isinstance(part, Gap))
    assert "with 0 % confidence" in gap.detail


def test_large_values_take_bounded_memory(tmp_path: Path) -> None:
    """A table of many large values goes through a few at a time, and what is too large is told."""
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (doc)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 1_000_000,)] * 100)
        connection.execute("INSERT INTO t VALUES (zeroblob(9000000))")
        connection.execute("INSERT INTO t VALUES (CAST(x'8e52936391be9859' AS TEXT))")
    source = DatabaseSource(f"sqlite:///{path}?largest_value=1000000")
    tracemalloc.start()
    try:
        with source.open(named(source, "t")) as blocks:
            told = [(sum(len(row[0]) for row in part.rows) if isinstance(part, TableSegment) else part)
                    for part in blocks]  # fmt: skip
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(each for each in told if isinstance(each, int)) == 100_000_004
    assert most < 50_000_000
    (gap,) = (each for each in told if isinstance(each, Gap))
    assert (gap.reason, gap.detail.partition(" binary")[0]) == (Reason.OVERSIZED, "1")
    assert rows(source, "t")[-1] == ("山田太郎",)


def test_sql_server_and_oracle_leave_large_values_where_they_are() -> None:
    """By size on the server; types of any length are written as their database writes them."""
    columns = (Column("b", "varbinary(max)", shape=Shape.BINARY), Column("c", "nvarchar(max)"))
    written_out = str(SQLServer().select(Table("hr", "m", columns), Care()).compile(dialect=mssql.dialect()))  # type: ignore[no-untyped-call]
    assert "WHEN (datalength(hr.m.b) > 16777216) THEN 0x013e" in written_out
    assert "left(CAST(hr.m.c AS NVARCHAR(max)), 1048577)" in written_out
    columns = (Column("b", "blob", shape=Shape.BINARY), Column("c", "clob", shape=Shape.BINARY))
    written_out = str(Oracle().sampled(Table("hr", "m", columns, rows=10**6, pages=60_000), Care()))
    assert "(dbms_lob.getlength(hr.m.b) > 16777216) THEN TO_BLOB(HEXTORAW('013e" in written_out
    assert "(dbms_lob.getlength(hr.m.c) > 16777216) THEN TO_CLOB(CHR(1) || '>')" in written_out
    whole: Any = mssql.VARBINARY("max")  # type: ignore[no-untyped-call]
    assert written(whole, mssql.dialect()) == "varbinary(max)"  # type: ignore[no-untyped-call]
    assert [shape_of(kind) for kind in (whole, sa.BINARY(16), oracle.RAW())] == [Shape.BINARY] * 3
    assert SQLServer().connect_args(Care())["timeout"] == 3_600


def test_sql_server_and_oracle_sample_by_page() -> None:
    """The statements are as their manuals have them; no server has run them here."""
    table = Table("hr", "member", (Column("id"), Column("name")), rows=10**6, pages=60_000)
    written = str(SQLServer().sampled(table, Care()).compile(dialect=mssql.dialect()))  # type: ignore[no-untyped-call]
    assert " ".join(written.split()).endswith("FROM hr.member TABLESAMPLE SYSTEM (1.000000 PERCENT)")
    sampled = " ".join(str(Oracle().sampled(table, Care())).split())
    assert sampled.endswith("FROM hr.member SAMPLE BLOCK (1.000000)")
    assert "SET LOCK_TIMEOUT 5000" in SQLServer.beginning(Care())


@pytest.mark.parametrize(
    ("url", "place", "port"),
    [
        ("mssql://u:hush@h/db", "mssql://h/db", 1433),
        ("oracle://u:hush@h:1522/?service_name=x", "oracle://h:1522/", 1522),
        ("mariadb://u:hush@h/db?scan=sample", "mysql://h/db", 3306),
    ],
)
def test_drivers_of_ours_are_there(url: str, place: str, port: int) -> None:
    """Engines are made with the drivers that are installed, and the place tells no secret."""
    source = opened(url, NO_CREDENTIALS, EVERYTHING)
    assert (source.place, source.ports) == (place, (port,))
    source._engine(source._dialect).dispose()
    assert "hush" not in repr(source)


@pytest.mark.parametrize(
    "option",
    ["password=x", "sslpassword=x", "odbc_connect=PWD%3Dx", "scan=half", "rows_per_second=fast"],
)
def test_options_that_cannot_be_meant_are_refused(option: str) -> None:
    """A secret in the options would be stored and shown with the address."""
    with pytest.raises(SourceError) as refused:
        parsed(f"postgresql://h/db?{option}")
    assert "=x" not in str(refused.value)


def test_another_database_of_sqlalchemy_is_told_when_its_driver_is_missing() -> None:
    """Known to SQLAlchemy or not, a place without a driver says so."""
    with pytest.raises(SourceError):
        opened("nonesuch://h/db", NO_CREDENTIALS, EVERYTHING)
