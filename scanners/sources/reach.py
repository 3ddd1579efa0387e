"""Whether a server can be reached at all: the first two steps of every test of a networked source."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator

from scanners.sources.interface import Check, Step

CONNECT_SECONDS = 10.0


def reached(host: str, port: int) -> Iterator[Check]:
    """Yield the steps name and port, ending with the first that fails."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        yield Check(Step.NAME, passed=False, detail=_code(error))
        return
    yield Check(Step.NAME, passed=True, detail=str(found[0][4][0]))
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except OSError as error:
        yield Check(Step.PORT, passed=False, detail=f"{port}: {_code(error)}")
        return
    yield Check(Step.PORT, passed=True, detail=str(port))


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by address or by the name that always means it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _code(error: Exception) -> str:
    return f"{type(error).__name__} {getattr(error, 'errno', None) or ''}".strip()
