"""Reverse proxies as docs/deployment.md describes them, in processes of their own, with TLS."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/deployment.md"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the proxy listens, encrypted and not, and where Daicho does."""

    tls: int
    plain: int
    daicho: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate for localhost that nobody signed but itself, and its key."""

    chain: Path
    key: Path


def certificate(folder: Path) -> Certificate:
    """Make a certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    found = Certificate(folder / "daicho.pem", folder / "daicho.key")
    found.chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    found.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    found.key.chmod(0o600)
    return found


def documented(language: str, replaced: Sequence[tuple[str, str]]) -> str:
    """Return an example of the document with its places of this machine; each must stand in it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    found = re.search(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    assert found, f"{DOCUMENT.name} has no example for {language}"
    example = found[1]
    for old, new in replaced:
        assert old in example, old
        example = example.replace(old, new)
    return example


@contextmanager
def nginx_in_front_of(ports: Ports, folder: Path) -> Iterator[None]:
    """Run nginx with the documented server until the block ends."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    own = certificate(folder)
    servers = documented(
        "nginx",
        [
            ("listen 80;", f"listen 127.0.0.1:{ports.plain};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{ports.tls} ssl;"),
            ("https://$server_name$", f"https://$server_name:{ports.tls}$"),
            ("server_name daicho.example.jp;", "server_name localhost;"),
            ("/etc/ssl/daicho.pem", str(own.chain)),
            ("/etc/ssl/daicho.key", str(own.key)),
            ("127.0.0.1:8501", f"127.0.0.1:{ports.daicho}"),
        ],
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    account = "user root;\n" if os.geteuid() == 0 else ""  # the folder is readable to its owner alone
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"{account}daemon off;\npid {folder}/nginx.pid;\nworker_processes 1;\n"
        f"events {{}}\nhttp {{\n{places}{servers}}}\n",
        encoding="utf-8",
    )
    log = folder / "nginx.log"
    command = [program, "-e", str(log), "-p", str(folder), "-c", str(configuration)]
    with _running(command, ports.tls, log):
        yield


@contextmanager
def caddy_in_front_of(ports: Ports, folder: Path) -> Iterator[None]:
    """Run Caddy with the documented site, certified by itself, until the block ends."""
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("Caddy is not installed")
    site = documented(
        "caddy",
        [
            ("daicho.example.jp {", f"localhost:{ports.tls} {{"),
            ("127.0.0.1:8501", f"127.0.0.1:{ports.daicho}"),
        ],
    )
    configuration = folder / "Caddyfile"
    configuration.write_text(
        f"{{\n    admin off\n    skip_install_trust\n    http_port {ports.plain}\n"
        f"    default_bind 127.0.0.1\n}}\n{site}",
        encoding="utf-8",
    )
    places = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    command = [program, "run", "--config", str(configuration), "--adapter", "caddyfile"]
    with _running(command, ports.tls, folder / "caddy.log", os.environ | places):
        yield


@contextmanager
def _running(
    command: Sequence[str], port: int, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[None]:
    with log.open("ab") as out:
        proxy = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env)
    try:
        for _ in range(200):
            if proxy.poll() is not None:
                pytest.fail(f"the proxy ended: {log.read_text(encoding='utf-8', errors='replace')}")
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        else:
            pytest.fail("the proxy did not start within ten seconds")
        yield
    finally:
        proxy.terminate()
        try:
            proxy.wait(timeout=20)
        except subprocess.TimeoutExpired:
            proxy.kill()
            proxy.wait()
