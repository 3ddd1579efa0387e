"""A MariaDB of the tests' own: its data, socket and port are the session's, and it ends with the session."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from tests.servers import SessionServices, Unavailable, locked
from tests.sources.servers.smb import ended, free_port, waited_for


@dataclass(frozen=True, slots=True)
class MariaServer:
    """A running server; `admin` may do everything."""

    port: int
    secret: str

    def url(self, database: str = "", user: str = "admin", secret: str = "") -> str:
        """Return the address of a database."""
        return f"mysql://{user}:{secret or self.secret}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str) -> None:
        """Run statements as the account that may do everything."""
        connection = pymysql.connect(
            host="127.0.0.1", port=self.port, user="admin", password=self.secret, autocommit=True
        )
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def programs() -> str:
    """Return why no server can be had here, or nothing."""
    if shutil.which("mariadbd") is None or shutil.which("mariadb-install-db") is None:
        return "MariaDB is not installed (mariadbd and mariadb-install-db not found)"
    return ""


def _account() -> str:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    return "mysql"


@contextmanager
def running(folder: Path, port: int, secret: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server below a folder while the body runs."""
    folder.mkdir(parents=True, exist_ok=True)
    user = pwd.getpwnam(_account())
    os.chown(folder, user.pw_uid, user.pw_gid)
    # the account may not write where the tests' own temporary files lie
    around = {**os.environ, "TMPDIR": str(folder)}
    common = ["--no-defaults", f"--datadir={folder}/data", f"--user={user.pw_name}"]
    subprocess.run(
        ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        capture_output=True,
        env=around,
    )
    begin = folder / "begin.sql"
    begin.write_text(
        f"CREATE USER 'admin'@'127.0.0.1' IDENTIFIED BY '{secret}';\n"
        "GRANT ALL ON *.* TO 'admin'@'127.0.0.1' WITH GRANT OPTION;\n",
        encoding="utf-8",
    )
    os.chown(begin, user.pw_uid, user.pw_gid)
    begin.chmod(0o600)
    server = subprocess.Popen(
        [
            "mariadbd",
            *common,
            f"--socket={folder}/socket",
            f"--pid-file={folder}/pid",
            f"--port={port}",
            f"--init-file={begin}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=32M",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=around,
    )
    try:
        yield server
    finally:
        ended(server)


def session_server(services: SessionServices) -> MariaServer | Unavailable:
    """Return the session's server, started by whoever asks first."""
    state_file = services.directory / "mariadb.json"
    with locked(services.directory / "mariadb.lock"):
        if not state_file.exists():
            state_file.write_text(json.dumps(_started(services.directory)), encoding="utf-8")
    state: dict[str, Any] = json.loads(state_file.read_text(encoding="utf-8"))
    if "reason" in state:
        return Unavailable(state["reason"])
    return MariaServer(state["port"], state["secret"])


def _started(directory: Path) -> dict[str, object]:
    if reason := programs():
        return {"reason": reason}
    port, secret = free_port(), secrets.token_urlsafe(16)
    directory.chmod(0o711)  # the account passes through
    with (directory / "mariadb.log").open("wb") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "tests.sources.servers.mariadb", str(directory), str(port)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    assert supervisor.stdin is not None
    supervisor.stdin.write(secret.encode())
    supervisor.stdin.close()
    if not waited_for(port, supervisor):
        told = (directory / "mariadb.log").read_text(encoding="utf-8", errors="replace")
        return {"reason": f"MariaDB did not start: {told[-1000:]}"}
    supervisor.returncode = 0  # it outlives this worker and ends with the session
    return {"port": port, "secret": secret}


def _supervise(directory: Path, port: int, secret: str) -> None:
    """Run the server until the session's lock is free."""
    with (
        running(directory / "mariadb", port, secret),
        (directory / "alive.lock").open("a", encoding="utf-8") as session,
    ):
        fcntl.flock(session, fcntl.LOCK_EX)
    shutil.rmtree(directory / "mariadb", ignore_errors=True)


if __name__ == "__main__":
    _supervise(Path(sys.argv[1]), int(sys.argv[2]), sys.stdin.read())
