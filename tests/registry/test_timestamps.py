"""Time-stamps from a real authority (openssl ts behind HTTP): had, checked, and refused when wrong."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from daicho import packs
from privacy_mark.pack import check_pack
from privacy_mark.pack.model import Order, Purpose
from registry import anchors
from registry.access import bootstrap_principal
from registry.anchors import AnchorFault, Fault
from registry.heads import SignedHead
from registry.timestamps import Authority, TimeStampError
from tests.registry.world import World

CONFIG = """\
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = tsa_here
[tsa_here]
dir = .
serial = serial
crypto_device = builtin
signer_cert = leaf.pem
signer_key = leaf.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
"""


@dataclass(frozen=True, slots=True)
class Tsa:
    """A running authority: its address and the file with its root."""

    url: str
    root: Path


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl quietly."""
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certify(folder: Path) -> None:
    """Make a root and a certificate for time-stamping."""
    (folder / "tsa.cnf").write_text(CONFIG, encoding="ascii")
    (folder / "serial").write_text("01\n", encoding="ascii")
    for name, subject in (("root", "/CN=Root"), ("leaf", "/CN=TSA")):
        openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", f"{name}.key",
                "-out", f"{name}.csr")  # fmt: skip
    openssl(folder, "x509", "-req", "-in", "root.csr", "-signkey", "root.key", "-days", "30",
            "-extfile", "tsa.cnf", "-extensions", "ca", "-out", "root.pem")  # fmt: skip
    openssl(folder, "x509", "-req", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key",
            "-CAcreateserial", "-days", "30", "-extfile", "tsa.cnf", "-extensions", "leaf",
            "-out", "leaf.pem")  # fmt: skip


@pytest.fixture(scope="session")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tsa]:
    """Start an authority on a free port of this machine."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tsa")
    certify(folder)

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            (folder / "query.tsq").write_bytes(query)
            openssl(folder, "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa_here",
                    "-queryfile", "query.tsq", "-out", "reply.tsr")  # fmt: skip
            reply = (folder / "reply.tsr").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- http.server's own name
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Tsa(f"http://127.0.0.1:{server.server_port}/", folder / "root.pem")
    server.shutdown()
    server.server_close()


def test_a_head_is_stamped_and_its_stamp_checked(world: World, tsa: Tsa, tmp_path: Path) -> None:
    """The anchor file carries the time-stamp, which verification checks against the trusted root."""
    authority = Authority.load(tsa.url, tsa.root)
    path, head = anchors.anchor(world.registry, bootstrap_principal(), tmp_path, authority=authority)
    assert head.timestamp_token is not None
    assert abs(authority.check(head.timestamp_token, head.statement) - datetime.now(UTC)) < timedelta(hours=1)
    report = anchors.check(world.registry, tmp_path, authority=authority)
    assert (report.ok, report.files, report.stamped) == (True, 1, 1)
    assert SignedHead.from_json(path.read_text(encoding="utf-8")) == head


def test_a_stamp_over_something_else_is_refused(world: World, tsa: Tsa, tmp_path: Path) -> None:
    """A token of another statement, a changed token and another root each are a fault of that anchor."""
    authority = Authority.load(tsa.url, tsa.root)
    path, head = anchors.anchor(world.registry, bootstrap_principal(), tmp_path, authority=authority)
    for token in (authority.stamp(b"another statement"), (head.timestamp_token or b"")[:-9], b"no token"):
        with pytest.raises(TimeStampError):
            authority.check(token, head.statement)
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    certify(stranger)
    report = anchors.check(world.registry, tmp_path, authority=Authority.load("", stranger / "root.pem"))
    assert report.faults == (AnchorFault(path.name, Fault.BAD_TIMESTAMP),)


def test_no_stamp_no_anchor(world: World, tsa: Tsa, tmp_path: Path) -> None:
    """When the authority does not answer nothing is written, and the message names it."""
    silent = Authority.load("http://127.0.0.1:1/", tsa.root)
    with pytest.raises(TimeStampError, match=r"127\.0\.0\.1 does not answer"):
        anchors.anchor(world.registry, bootstrap_principal(), tmp_path, authority=silent)
    assert list(tmp_path.glob("journal-*.json")) == []
    with pytest.raises(TimeStampError, match="https://"):
        Authority.load("ftp://tsa.example/", tsa.root)
    with pytest.raises(TimeStampError, match="PEM"):
        Authority.load(tsa.url, tmp_path / "missing.pem")


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_an_evidence_pack_is_stamped_beside_its_seal(world: World, tsa: Tsa, tmp_path: Path) -> None:
    """The token is over what is sealed; with and without it the pack is the same."""
    authority = Authority.load(tsa.url, tsa.root)
    order = Order(Purpose.NEW)
    stamped = packs.make(
        world.registry, bootstrap_principal(), world.a.unit.id, order, authority=authority
    ).pack
    path = tmp_path / "pack.zip"
    path.write_bytes(stamped.data)
    check_pack.check(path)
    files = check_pack.unpacked(stamped.data)
    authority.check(files[f"{stamped.name}/{check_pack.TOKEN}"], stamped.statement)
    with pytest.raises(TimeStampError):
        authority.check(files[f"{stamped.name}/{check_pack.TOKEN}"], stamped.statement + b"!")
