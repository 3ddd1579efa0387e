"""Real services for the tests: a private PostgreSQL that nobody else uses and that never outlives the run.

The server is started by the first test that asks, whichever worker that is, and shared by all workers.
It ends with the session even when the session is killed: a supervisor process waits for a file lock
that the session holds, and the kernel releases that lock when its holder dies.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

STARTUP_SECONDS = 60
USER = "daicho"


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A service that cannot be had on this machine, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server: where it listens and how tests get databases of their own."""

    port: int
    password: str

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy address of a database on this server."""
        return f"postgresql+psycopg://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create(self, *, template: str = "template0") -> str:
        """Copy a template into a fresh database and return its name."""
        name = f"t{secrets.token_hex(8)}"
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        return name

    def drop(self, name: str) -> None:
        """Remove a database and whatever connections are still open to it."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def template(self, name: str, prepare: Callable[[str], None], *, lock: Path) -> str:
        """Return a template database, made by `prepare(url)` once per session.

        `lock` is any file of the session directory. `prepare` must close its connections:
        PostgreSQL copies a template only while nobody is connected to it.
        """
        with locked(lock):
            if not self._exists(name):
                made = self.create()
                prepare(self.url(made))
                self._run(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(made), sql.Identifier(name)
                    )
                )
        return name

    def _exists(self, name: str) -> bool:
        with self._connection() as connection:
            row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        return row is not None

    def _run(self, statement: sql.Composed) -> None:
        with self._connection() as connection:
            connection.execute(statement)

    def _connection(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=self.password,
            dbname="postgres",
            autocommit=True,
        )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file while the body runs; other processes wait."""
    with path.open("a", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(stream, fcntl.LOCK_UN)


class SessionServices:
    """The services of one test session; the controller owns it, every worker may open it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._alive = directory / "alive.lock"
        self._held: int | None = None

    def hold(self) -> None:
        """Mark the session as running until `release` or until this process dies."""
        self._held = os.open(self._alive, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._held, fcntl.LOCK_EX)

    def release(self) -> None:
        """End every service of the session, wait for them and remove their files."""
        if self._held is None:
            return
        fcntl.flock(self._held, fcntl.LOCK_UN)
        os.close(self._held)
        self._held = None
        started = self.directory / "postgres.json"
        if started.exists() and "supervisor" in (state := json.loads(started.read_text(encoding="utf-8"))):
            _wait_gone(int(state["supervisor"]), seconds=20)
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def held(self) -> bool:
        """Tell whether this process is the one that owns the session."""
        return self._held is not None

    def postgres_answers(self) -> bool:
        """Tell whether the server answers, or was never asked for."""
        state_file = self.directory / "postgres.json"
        if not state_file.exists():
            return self.directory.is_dir()
        state = json.loads(state_file.read_text(encoding="utf-8"))
        return "reason" in state or _answers(PostgresServer(state["port"], state["password"]))

    def postgres(self) -> PostgresServer | Unavailable:
        """Return the session's PostgreSQL, started by whoever asks first."""
        state_file = self.directory / "postgres.json"
        with locked(self.directory / "postgres.lock"):
            if not state_file.exists():
                state_file.write_text(json.dumps(self._start_postgres()), encoding="utf-8")
        state = json.loads(state_file.read_text(encoding="utf-8"))
        if "reason" in state:
            return Unavailable(state["reason"])
        return PostgresServer(port=state["port"], password=state["password"])

    def _start_postgres(self) -> dict[str, object]:
        binaries = postgres_binaries()
        if binaries is None:
            return {"reason": "PostgreSQL is not installed (initdb and postgres not found)"}
        account = server_account()
        if isinstance(account, Unavailable):
            return {"reason": account.reason}
        port, password = _free_port(), secrets.token_urlsafe(16)
        command = [sys.executable, __file__, str(self.directory), str(binaries), account, str(port), password]
        # In a session of its own, so that Ctrl-C ends the tests first and the server after them.
        with (self.directory / "postgres.log").open("wb") as log:
            supervisor = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        server = PostgresServer(port=port, password=password)
        supervisor_pid = supervisor.pid
        deadline = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < deadline:
            if supervisor.poll() is not None:
                break
            if _answers(server):
                # The supervisor outlives this worker: it is waited for by its id, in `release`.
                supervisor.returncode = 0
                return {"port": port, "password": password, "supervisor": supervisor_pid}
            time.sleep(0.1)
        log_text = (self.directory / "postgres.log").read_text(encoding="utf-8", errors="replace")
        return {"reason": f"PostgreSQL did not start: {log_text[-2000:]}", "supervisor": supervisor_pid}


SERVICES = pytest.StashKey[SessionServices]()


def postgres_binaries() -> Path | None:
    """Return the directory of initdb and postgres: Debian's newest version, else the one in PATH."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda found: _version(found.parts[-3]),
        reverse=True,
    )
    in_path = shutil.which("initdb")
    candidates = [found.parent for found in versions]
    if in_path is not None:
        candidates.append(Path(in_path).resolve().parent)
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def server_account() -> str | Unavailable:
    """Return the account the server runs under; PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return Unavailable("PostgreSQL needs an unprivileged account and there is no user 'postgres'")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(server: PostgresServer) -> bool:
    try:
        with psycopg.connect(server.url().replace("+psycopg", ""), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _wait_gone(pid: int, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                return
        except ChildProcessError:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
        time.sleep(0.05)


def _supervise(directory: Path, binaries: Path, account: str, port: int, password: str) -> None:
    """Run the server until the session's lock is free, then stop it and remove its data."""
    entry = pwd.getpwnam(account)
    data = directory / "postgres"
    data.mkdir(mode=0o700)
    password_file = directory / "postgres.password"
    password_file.write_text(password, encoding="utf-8")
    identity: dict[str, object] = {
        "cwd": data,
        "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
    }
    if os.geteuid() == 0:
        # The account has to pass through the session directory, and into nothing else of it.
        directory.chmod(0o711)
        for path in (data, password_file):
            os.chown(path, entry.pw_uid, entry.pw_gid)
        identity |= {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    cluster = data / "cluster"
    subprocess.run(
        [
            *(binaries / "initdb", "-D", cluster, "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync"),
            *("-A", "scram-sha-256", f"--pwfile={password_file}"),
        ],
        check=True,
        **identity,
    )
    password_file.unlink()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": 60,
        "shared_buffers": "32MB",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    server = subprocess.Popen([binaries / "postgres", "-D", cluster, *options], **identity)
    try:
        with (directory / "alive.lock").open("a", encoding="utf-8") as session:
            fcntl.flock(session, fcntl.LOCK_EX)
    finally:
        server.send_signal(signal.SIGINT)  # "fast shutdown": open connections are closed
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    _supervise(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5])
