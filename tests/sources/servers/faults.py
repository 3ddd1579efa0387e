"""Real servers that can be told to fail: a layer before any WSGI server, and its process.

What is told lies at `/.faults`, what was asked at `/.asked`; both exist in the tests only.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from scanners.sandbox import die_with_worker

STARTUP_SECONDS = 90
DIES = 0  # as a status: the server ends without an answer
PASSES = 1  # as a status: the real server answers, without what `strip` names


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to requests of a method whose path and query hold a text, as long as `times` lasts."""

    status: int
    method: str = ""
    text: str = ""
    body: str = ""
    times: int = -1
    after: int = 0  # so many requests pass first
    header: str = ""  # a name of WSGI's environment and …
    holds: str = ""  # … a text in it
    strip: str = ""  # the header that the real server shall not see
    gives: tuple[tuple[str, str], ...] = ()


class Faulty:
    """A WSGI application before another one."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._faults: list[dict[str, Any]] = []
        self._asked: list[list[str]] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as told, else let the real server answer."""
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if path in ("/.faults", "/.asked"):
            if method == "PUT":
                held = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                self._faults, self._asked = json.loads(held), []
            start("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(self._asked).encode()]
        where = (
            f"{path.encode('latin-1').decode('utf-8', 'replace')}?{unquote(environ.get('QUERY_STRING', ''))}"
        )
        self._asked.append([method, where, environ.get("HTTP_RANGE", ""), environ.get("HTTP_DEPTH", "")])
        for fault in self._faults:
            if not (fault["method"] in ("", method) and fault["text"] in where and fault["times"]):
                continue
            if fault["header"] and fault["holds"] not in environ.get(fault["header"], ""):
                continue
            if fault["after"]:
                fault["after"] -= 1
                continue
            fault["times"] -= 1
            if fault["status"] == DIES:
                os._exit(1)
            if fault["status"] == PASSES:
                environ.pop(fault["strip"], None)
                break
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start(
                f"{fault['status']} Told", [("Content-Type", "application/xml"), *map(tuple, fault["gives"])]
            )
            return [fault["body"].encode()]
        return self._application(environ, start)


@dataclass(frozen=True, slots=True)
class Running:
    """A server in a process of its own."""

    port: int
    process: subprocess.Popen[bytes]

    def fail(self, *faults: Fault) -> None:
        """Tell the server how to fail from now on; nothing ends it."""
        self._request("PUT", "/.faults", json.dumps([asdict(each) for each in faults]).encode())

    def asked(self) -> list[tuple[str, str, str, str]]:
        """Return method, path and query, range and depth of what was asked since `fail`."""
        return [tuple(each) for each in json.loads(self._request("GET", "/.asked"))]

    def _request(self, method: str, path: str, held: bytes | None = None) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", held, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: bytes = answer.read()
        return found

    @contextmanager
    def failing(self, *faults: Fault) -> Iterator[None]:
        """Let the server fail while the body runs."""
        self.fail(*faults)
        try:
            yield
        finally:
            self.fail()


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(module: str, *arguments: str, log: Path) -> Iterator[Running]:
    """Run `python -m module port …` until the body ends, or this process does."""
    port = free_port()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", module, str(port), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            preexec_fn=die_with_worker,
        )
    try:
        server = Running(port, process)
        _await(server, log)
        yield server
    finally:
        process.kill()
        process.wait()


def _await(server: Running, log: Path) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            server.fail()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(
        f"the server did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
    )
