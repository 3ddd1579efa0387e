"""The private PostgreSQL of the tests: fresh databases, and an end with the session."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tests.servers import PostgresServer, SessionServices


def plain(url: str) -> str:
    """Return the URL as libpq reads it."""
    return url.replace("+psycopg", "")


def test_a_test_gets_an_empty_database_in_utf8(postgres_url: str) -> None:
    """Each test starts with no table of another test and stores Japanese."""
    with psycopg.connect(plain(postgres_url)) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        stored = connection.execute("SELECT '山田 太郎 髙橋 𠮷野'").fetchone()
    assert tables == (0,)
    assert stored == ("山田 太郎 髙橋 𠮷野",)


def test_a_template_is_prepared_once_and_copied(
    postgres_server: PostgresServer, session_services: SessionServices
) -> None:
    """Preparing a schema costs once per session; every copy has it."""
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        with psycopg.connect(plain(url)) as connection:
            connection.execute("CREATE TABLE marker AS SELECT 42 AS answer")

    lock = session_services.directory / "template-test.lock"
    for _ in range(2):
        template = postgres_server.template("template_test", prepare, lock=lock)
        name = postgres_server.create(template=template)
        with psycopg.connect(plain(postgres_server.url(name))) as connection:
            assert connection.execute("SELECT answer FROM marker").fetchone() == (42,)
        postgres_server.drop(name)
    assert len(prepared) == 1


def test_the_server_ends_when_its_session_is_killed(postgres_server: PostgresServer) -> None:
    """A killed test run leaves no server process and no files behind."""
    directory = Path(tempfile.mkdtemp(prefix="daicho-tests-"))
    script = (
        "import pathlib, sys, time\n"
        "from tests.servers import SessionServices\n"
        "services = SessionServices(pathlib.Path(sys.argv[1]))\n"
        "services.hold()\n"
        "print(services.postgres().url(), flush=True)\n"
        "time.sleep(600)\n"
    )
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script, str(directory)],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as owner:
        assert owner.stdout is not None
        url = plain(owner.stdout.readline().strip())
        with psycopg.connect(url):
            pass
        os.kill(owner.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while directory.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not directory.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
