"""Dovecot on two high ports of this machine, with its own certificate, accounts and mailboxes."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanners.sandbox import die_with_worker

PASSWORD = "geheim-7319"
_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
listen = 127.0.0.1
protocols = imap
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain xoauth2
mail_location = maildir:~/Maildir:LAYOUT=fs
mail_home = {folder}/home/%u
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_plugins = acl
default_vsz_limit = 0
{accounts}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
protocol imap {{
  mail_plugins = $mail_plugins imap_acl
  mail_max_userip_connections = 100
}}
passdb {{
  driver = passwd-file
  args = {folder}/passwd
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
namespace public {{
  type = public
  separator = /
  prefix = Public/
  location = maildir:{folder}/public:LAYOUT=fs:INDEX={folder}/index/%u
  subscriptions = no
  list = children
}}
plugin {{
  acl = vfile
}}
"""


@dataclass
class MailServer:
    """A server that can be stopped and started at the same ports."""

    folder: Path
    port: int
    plain: int
    process: subprocess.Popen[bytes] | None = None

    def target(self, user: str, folder: str = "") -> str:
        """Return the address of a mailbox."""
        return f"imaps://{user}@127.0.0.1:{self.port}/{folder}?ca={self.folder / 'cert.pem'}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        program = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin")
        assert program is not None
        with (self.folder / "out").open("ab") as log:
            self.process = subprocess.Popen(
                [program, "-F", "-c", str(self.folder / "config")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_worker,
                start_new_session=True,
            )
        for _ in range(200):
            if self.process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.plain), 2) as line:
                    if line.recv(4) == b"* OK":
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError(
            "".join(path.read_text() for path in map(self.folder.joinpath, ("out", "log")) if path.exists())
        )

    def stop(self) -> None:
        """End it together with the connections it holds."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)  # those that still serve somebody
        self.process = None


@contextmanager
def mail_server(folder: Path) -> Iterator[MailServer]:
    """Run a server in a folder that others may pass; skips where the program is missing."""
    if shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin") is None:
        pytest.skip("Dovecot is not installed (dovecot-imapd)")
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    accounts = ""
    if os.geteuid() != 0:
        accounts = f"default_internal_user = {user.pw_name}\ndefault_login_user = {user.pw_name}\n"
    folder.chmod(0o755)
    for name in ("home", "public", "index", "run"):
        (folder / name).mkdir(mode=0o755)
        if name != "run" and os.geteuid() == 0:
            os.chown(folder / name, user.pw_uid, user.pw_gid)
    (folder / "passwd").write_text(
        "".join(
            f"{name}:{{PLAIN}}{PASSWORD}::::::\n" for name in ("tanaka", "suzuki", "sato", "ito", "kato")
        ),
        encoding="ascii",
    )
    (folder / "passwd").chmod(0o644)
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=127.0.0.1",
            ),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    ports = []
    probes = [socket.socket() for _ in range(2)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
        ports.append(int(probe.getsockname()[1]))
    for probe in probes:
        probe.close()
    (folder / "config").write_text(
        _CONFIG.format(
            folder=folder,
            port=ports[0],
            plain=ports[1],
            user=user.pw_uid,
            group=user.pw_gid,
            accounts=accounts,
        ),
        encoding="utf-8",
    )
    server = MailServer(folder, ports[0], ports[1])
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
