"""Starts the dashboard of a workspace in a process of its own, for tests in a real browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = (
    "import sys, pathlib; from daicho.server import serve; "
    "serve(pathlib.Path(sys.argv[1]), '127.0.0.1', int(sys.argv[2]))"
)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its address and its process."""

    url: str
    pid: int


@contextmanager
def served(workspace: Path, *, port: int = 0, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve a workspace and give its address; the server ends with the block."""
    with serving(workspace, port=port, env=env) as server:
        yield server.url


@contextmanager
def serving(
    workspace: Path, *, port: int = 0, env: Mapping[str, str] | None = None, errors: IO[bytes] | None = None
) -> Iterator[Server]:
    """Serve a workspace; what the server writes on its standard error may be kept in a file."""
    port = port or free_port()
    command = [sys.executable, "-c", START, str(workspace), str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | dict(env or {}), stderr=errors)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(server, f"{url}/healthz")
        yield Server(url, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(240):
        if server.poll() is not None:
            pytest.fail(f"the server ended with {server.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail("the server did not start within two minutes")
