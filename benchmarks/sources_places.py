"""What listing a share and reading tables cost, beside the libraries and the server alone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import connectorx
import psycopg
import smbclient

from benchmarks.detection import CUSTOMER_COLUMNS, customers, table_rate
from daicho.scanning import Target, scan_targets
from daicho.settings import Settings
from daicho.workspace import FirstAdministrator, FirstUnit, Workspace
from registry import sources
from registry.source_terms import SourceTerms
from scanners.engine import Scanner
from scanners.model import Entry, TableSegment
from scanners.options import ScanKeys, ScanOptions
from scanners.sources import open_source
from scanners.sources.interface import Source
from tests.servers import PostgresServer, SessionServices, Unavailable
from tests.sources.servers import mariadb, smb

FILES, FOLDERS = 10_000, 100
ROWS = 1_000_000
ROUNDS = 3  # the best counts: what else the machine does only adds
_SECRET = "BENCHMARK_SECRET"


@contextmanager
def services(folder: Path) -> Iterator[SessionServices]:
    """Give servers that end with the block."""
    made = SessionServices(folder)
    made.hold()
    try:
        yield made
    finally:
        made.release()


def _best(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)


def share(given: SessionServices, folder: Path) -> dict[str, float]:
    """Return `list_vs_smbclient` and `rescan_vs_list` of 10,000 files on a real Samba."""
    server = smb.session_server(given)
    if isinstance(server, Unavailable):
        print(f"  left out: {server.reason}")
        return {}
    for number in range(FILES):
        text = f"連絡先 090-1234-{number % 10_000:04d} 架空様\n" if number % 10 == 0 else f"議事録 {number}\n"
        server.made(f"files/bench/{number % FOLDERS:03d}/{number:05d}.txt", text.encode())
    source = open_source(server.url("files/bench"), credentials=server.credentials)
    smbclient.register_session(
        "127.0.0.1", smb.ACCOUNT, server.credentials.secret, port=server.port, require_signing=True
    )
    ours = theirs = float("inf")
    for _ in range(ROUNDS):  # they take turns
        ours = min(ours, _best(lambda: _drained(source), 1))
        theirs = min(theirs, _best(lambda: _walked("//127.0.0.1/files/bench", server.port), 1))
    os.environ[_SECRET] = f"{smb.ACCOUNT}\n{server.credentials.secret}"
    first, again = first_and_again(
        server.url("files/bench"), FILES, folder / "workspace", credential=f"env:{_SECRET}"
    )
    print(
        f"  {FILES:,} files: listed in {ours:.2f} s, smbclient.scandir {theirs:.2f} s; "
        f"first scan {first:.1f} s, again {again:.2f} s"
    )
    return {"list_vs_smbclient": round(ours / theirs, 3), "rescan_vs_list": round(again / ours, 3)}


def _drained(source: Source) -> None:
    if sum(isinstance(item, Entry) for item in source.entries()) != FILES:
        raise RuntimeError("the listing is not whole")


def _walked(top: str, port: int) -> None:
    waiting, files = [top], 0
    while waiting:
        for item in smbclient.scandir(waiting.pop(), port=port):
            if item.is_dir():
                waiting.append(item.path)
            else:
                status = item.smb_info
                files += status.end_of_file >= 0 and status.last_write_time is not None
    if files != FILES:
        raise RuntimeError("the walk is not whole")


def first_and_again(url: str, count: int, folder: Path, credential: str = "") -> tuple[float, float]:
    """Return how long the first scan of a registered source took, and the best of those after it."""
    settings = Settings(workspace=folder)
    administrator = FirstAdministrator("admin", "Admin", None)
    workspace = Workspace.create(settings, FirstUnit("ROOT", "本社", "Head office"), administrator)
    owner = workspace.owner()
    with workspace.registry.write(owner, reason="benchmark") as tx:
        unit = workspace.first_unit()
        row = sources.add_source(
            tx,
            unit_id=unit.id,
            name="share",
            owner="",
            url=url,
            terms=SourceTerms(credential=credential),
        )
    times = []
    for _ in range(1 + ROUNDS):
        began = time.perf_counter()
        outcome = scan_targets(
            [Target(row.url, unit, row)],
            workspace=workspace,
            principal=owner,
            settings=settings,
            report=None,
        )
        times.append(time.perf_counter() - began)
        if outcome.totals.complete != count:
            raise RuntimeError(f"{outcome.totals.complete} of {count} were examined")
    workspace.close()
    return times[0], min(times[1:])


def tables(given: SessionServices) -> dict[str, float]:
    """Return `pg_vs_copy`, `mariadb_vs_driver` and `scan_vs_table_rate` of a million rows of 8 columns."""
    import scanners.preload  # noqa: F401  tables are read by workers, whose collector looks seldom

    found = {}
    columns = ", ".join(f'"{name}" text' for name in CUSTOMER_COLUMNS)
    rows = customers(ROWS)
    postgres = given.postgres()
    if isinstance(postgres, Unavailable):
        print(f"  left out: {postgres.reason}")
    else:
        found |= _postgres(postgres, columns, rows)
    maria = mariadb.session_server(given)
    if isinstance(maria, Unavailable):
        print(f"  left out: {maria.reason}")
    else:
        found |= _maria(maria, rows)
    return found


def _filled(server: PostgresServer, columns: str, rows: list[tuple[str, ...]]) -> str:
    """Return the URL of a new database with one table of these rows."""
    url = server.url(server.create())
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute(f"CREATE TABLE customers (no bigserial PRIMARY KEY, {columns})")
        names = ", ".join(f'"{name}"' for name in CUSTOMER_COLUMNS)
        with connection.cursor().copy(f"COPY customers ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        connection.execute("ALTER TABLE customers DROP COLUMN no")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE customers")
    return url


def _postgres(server: PostgresServer, columns: str, rows: list[tuple[str, ...]]) -> dict[str, float]:
    url = _filled(server, columns, rows)
    plain = url.replace("+psycopg", "")
    source = open_source(f"{url}?scan=complete")
    ours = theirs = float("inf")
    for _ in range(ROUNDS):
        ours = min(ours, _best(lambda: _read(source), 1))
        theirs = min(theirs, _best(lambda: _copied(plain), 1))
    rate = _scan_rate(source, rows)
    print(f"  PostgreSQL, {ROWS:,} rows: {ours:.2f} s, COPY {theirs:.2f} s")
    return {"pg_vs_copy": round(ours / theirs, 3), "scan_vs_table_rate": round(rate, 3)}


def _read(source: Source) -> None:
    """Read the one table of a source whole."""
    (entry,) = (item for item in source.entries() if isinstance(item, Entry))
    with source.open(entry) as parts:
        count = sum(len(part.rows) for part in parts if isinstance(part, TableSegment))
    if count != ROWS:
        raise RuntimeError(f"{count} of {ROWS} rows were read")


def _copied(url: str) -> None:
    with psycopg.connect(url) as connection, connection.cursor().copy("COPY customers TO STDOUT") as copy:
        size = sum(len(block) for block in copy)
    if size < ROWS:
        raise RuntimeError("the copy is not whole")


def _scan_rate(source: Source, rows: list[tuple[str, ...]]) -> float:
    """Return the rate of a complete scan by one process beside that of detection alone on such a table."""
    from scanners.preload import analyzer

    size = sum(len("".join(row).encode()) + len(row) for row in rows) / 1e6
    alone = max(table_rate(analyzer()) for _ in range(ROUNDS))
    began = time.perf_counter()
    with Scanner(ScanKeys(bytes(32)), ScanOptions(jobs=1)) as scanner:
        found = list(scanner.scan(source))
    spent = time.perf_counter() - began
    if not found[0].categories:
        raise RuntimeError("nothing was found")
    print(f"  whole scan {size / spent:.2f} MB a second, detection alone {alone:.2f}")
    return size / spent / alone


def _maria(server: mariadb.MariaServer, rows: list[tuple[str, ...]]) -> dict[str, float]:
    columns = ", ".join(f"`{name}` varchar(200)" for name in CUSTOMER_COLUMNS)
    server.run("CREATE DATABASE bench", f"CREATE TABLE bench.customers ({columns}) CHARACTER SET utf8mb4")
    for start in range(0, len(rows), 5_000):
        values = ", ".join(
            "(" + ", ".join(f"'{cell}'" for cell in row) + ")" for row in rows[start : start + 5_000]
        )
        server.run(f"INSERT INTO bench.customers VALUES {values}")
    source = open_source(f"{server.url('bench')}?scan=complete")
    address = server.url("bench").replace("mariadb+pymysql", "mysql").replace("mariadb", "mysql")
    ours = theirs = float("inf")
    for _ in range(ROUNDS):
        ours = min(ours, _best(lambda: _read(source), 1))
        theirs = min(theirs, _best(lambda: _streamed(address), 1))
    print(f"  MariaDB, {ROWS:,} rows: {ours:.2f} s, connectorx {theirs:.2f} s")
    return {"mariadb_vs_driver": round(ours / theirs, 3)}


def _streamed(address: str) -> None:
    stream = connectorx.read_sql(address, "SELECT * FROM customers", return_type="arrow_stream")
    if sum(batch.num_rows for batch in stream) != ROWS:
        raise RuntimeError("the stream is not whole")
