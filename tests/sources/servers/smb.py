"""A Samba of the tests' own: high port, private folders, one account with a password made for the session."""

from __future__ import annotations

import contextlib
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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scanners.credentials import Credentials
from tests.servers import SessionServices, Unavailable, locked

ACCOUNT = "games"  # of every Debian; "nobody" would be Samba's guest
STARTUP_SECONDS = 90
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
SHARES = ("files", "dfs", "away")


@dataclass(frozen=True, slots=True)
class SmbServer:
    """A running server; what lies in `folder / "files"` is its share of that name."""

    port: int
    secret: str
    folder: Path

    @property
    def credentials(self) -> Credentials:
        """The account and its password."""
        return Credentials(ACCOUNT, self.secret)

    def url(self, path: str) -> str:
        """Return the address of a share or a folder in it."""
        return f"smb://127.0.0.1:{self.port}/{path}"

    def made(self, name: str, held: bytes = b"") -> Path:
        """Make a file of the account, and the folders above it."""
        path = self.folder / name
        user = pwd.getpwnam(ACCOUNT)
        missing = [above for above in path.parents if not above.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(held)
        for each in (path, *missing):
            os.chown(each, user.pw_uid, user.pw_gid)
        return path


def programs() -> str:
    """Return why no server can be had here, or nothing."""
    if os.geteuid() != 0:
        return "Samba is started by root only"
    if not shutil.which("smbd", path=PATH) or not shutil.which("smbpasswd", path=PATH):
        return "Samba is not installed (smbd and smbpasswd not found)"
    if not any(Path("/usr/lib").glob("*/samba/vfs/acl_xattr.so")):
        return "Samba's modules are not installed (samba-vfs-modules)"
    return ""


def _settings(folder: Path, port: int) -> str:
    places = dict.fromkeys(
        ("private dir", "lock directory", "state directory", "cache directory", "pid directory"),
        folder / "server",
    )
    told = "\n".join(f"  {name} = {place}" for name, place in places.items())
    return f"""[global]
  workgroup = DAICHO
  netbios name = FILES
  server role = standalone server
{told}
  ncalrpc dir = {folder}/server/rpc
  passdb backend = tdbsam:{folder}/server/passdb.tdb
  log file = {folder}/server/log
  smb ports = {port}
  interfaces = 127.0.0.1
  bind interfaces only = yes
  disable netbios = yes
  load printers = no
  printing = bsd
  printcap name = /dev/null
  disable spoolss = yes
  server min protocol = SMB2_10
[files]
  path = {folder}/files
  read only = no
  vfs objects = acl_xattr
[dfs]
  path = {folder}/dfs
  read only = no
  msdfs root = yes
[away]
  path = {folder}/away
  vfs objects = offline
"""


@contextmanager
def running(folder: Path, port: int, secret: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server below a folder while the body runs."""
    for name in ("server", "server/rpc", *SHARES):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name).chmod(0o755)
    user = pwd.getpwnam(ACCOUNT)
    for name in SHARES:
        os.chown(folder / name, user.pw_uid, user.pw_gid)
    settings = folder / "smb.conf"
    settings.write_text(_settings(folder, port), encoding="utf-8")
    subprocess.run(
        ["smbpasswd", "-c", settings, "-s", "-a", ACCOUNT],
        env={**os.environ, "PATH": PATH},
        input=f"{secret}\n{secret}\n".encode(),
        check=True,
        capture_output=True,
    )
    server = subprocess.Popen(
        ["smbd", "-F", "--no-process-group", "-s", settings, "--debug-stdout"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PATH": PATH},
        start_new_session=True,
    )
    try:
        yield server
    finally:
        ended(server)
        for process in _helpers(settings):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def ended(server: subprocess.Popen[bytes]) -> None:
    """End a server at once with all its connections: they are a process group of their own."""
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _helpers(settings: Path) -> list[int]:
    """Return what a server started on demand and let go: the programs with this very file of settings."""
    told = f"--configfile={settings}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if told in (process / "cmdline").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def waited_for(port: int, server: subprocess.Popen[bytes] | None = None) -> bool:
    """Wait until something answers; false, if nothing does."""
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and (server is None or server.poll() is None):
        try:
            socket.create_connection(("127.0.0.1", port), 2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def session_server(services: SessionServices) -> SmbServer | Unavailable:
    """Return the session's server, started by whoever asks first."""
    state_file = services.directory / "smb.json"
    with locked(services.directory / "smb.lock"):
        if not state_file.exists():
            state_file.write_text(json.dumps(_started(services.directory)), encoding="utf-8")
    state = json.loads(state_file.read_text(encoding="utf-8"))
    if "reason" in state:
        return Unavailable(state["reason"])
    return SmbServer(state["port"], state["secret"], services.directory / "smb")


def _started(directory: Path) -> dict[str, object]:
    reason = programs()
    if reason:
        return {"reason": reason}
    port, secret = free_port(), secrets.token_urlsafe(16)
    directory.chmod(0o711)  # the account passes through
    with (directory / "smb.log").open("wb") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "tests.sources.servers.smb", str(directory), str(port)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    assert supervisor.stdin is not None
    supervisor.stdin.write(secret.encode())
    supervisor.stdin.close()
    if not waited_for(port, supervisor):
        told = (directory / "smb.log").read_text(encoding="utf-8", errors="replace")
        return {"reason": f"Samba did not start: {told[-1000:]}"}
    supervisor.returncode = 0  # it outlives this worker and ends with the session
    return {"port": port, "secret": secret}


def _supervise(directory: Path, port: int, secret: str) -> None:
    """Run the server until the session's lock is free."""
    with (
        running(directory / "smb", port, secret),
        (directory / "alive.lock").open("a", encoding="utf-8") as session,
    ):
        fcntl.flock(session, fcntl.LOCK_EX)
    shutil.rmtree(directory, ignore_errors=True)  # whoever held the session may have been killed


if __name__ == "__main__":
    _supervise(Path(sys.argv[1]), int(sys.argv[2]), sys.stdin.read())
