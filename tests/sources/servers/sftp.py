"""OpenSSH's server on a high port, with a host key and one signing-in key of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanners.sandbox import die_with_worker

_CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication yes
Subsystem sftp internal-sftp
ForceCommand internal-sftp
LogLevel ERROR
MaxStartups 100
"""


@dataclass
class SshServer:
    """A server that can be stopped and started at the same port; its user can be another than root."""

    folder: Path
    port: int
    user: str
    key: str
    fingerprint: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def files(self) -> Path:
        """Where tests put what is read."""
        return self.folder / "files"

    def target(self, path: Path | str, options: str | None = None) -> str:
        """Return the address of a folder with the host key pinned, or with other options."""
        given = f"?hostkey={self.fingerprint}" if options is None else options
        return f"sftp://{self.user}@127.0.0.1:{self.port}{path}{given}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        program = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin")
        assert program is not None
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [program, "-D", "-e", "-f", str(self.folder / "config")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_worker,
            )
        for _ in range(200):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "log").read_text(encoding="utf-8", errors="replace"))

    def stop(self) -> None:
        """End it together with the connections it holds."""
        if self.process is None:
            return
        below = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        first = below.read_text(encoding="ascii").split() if below.exists() else []
        self.process.kill()
        for child in first:
            _kill_with_children(int(child))
        self.process.wait()
        self.process = None


def _kill_with_children(process: int) -> None:
    below = Path(f"/proc/{process}/task/{process}/children")
    try:
        children = below.read_text(encoding="ascii").split()
        os.kill(process, 9)
    except OSError:
        return
    for child in children:
        _kill_with_children(int(child))


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Run a server in a folder that others may pass; skips where the program is missing."""
    if shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin") is None:
        pytest.skip("OpenSSH's server is not installed (openssh-server)")
    as_root = os.geteuid() == 0
    if as_root:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where its children are locked in
    folder.chmod(0o755)
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copyfile(folder / "key.pub", folder / "authorized")
    (folder / "authorized").chmod(0o644)
    (folder / "files").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    (folder / "config").write_text(_CONFIG.format(port=port, folder=folder), encoding="utf-8")
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(folder / "host.pub")], check=True, capture_output=True, text=True
    ).stdout
    user = "nobody" if as_root else pwd.getpwuid(os.geteuid()).pw_name
    server = SshServer(folder, port, user, (folder / "key").read_text(encoding="ascii"), told.split()[1])
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
