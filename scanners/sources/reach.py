"""Whether a server can be reached, and its first object read: steps of every test of a networked source."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import BinaryIO, cast

from scanners.errors import ExtractionError, SourceError
from scanners.model import Entry
from scanners.sources.interface import Check, Source, Step

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


def first_read(source: Source) -> Iterator[Check]:
    """Yield the steps that follow a sign-in: whether the place can be listed, and its first object read."""
    try:
        first = next((each for each in source.entries() if isinstance(each, Entry)), None)
    except SourceError as error:
        yield Check(Step.LIST, passed=False, detail=str(error).rpartition(": ")[2])
        return
    yield Check(Step.LIST, passed=True)
    if first is None:
        return
    try:
        with source.open(first) as stream:
            cast("BinaryIO", stream).read(1)
    except ExtractionError as error:
        yield Check(Step.READ, passed=False, detail=str(error.gap.reason))
        return
    yield Check(Step.READ, passed=True)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by address or by the name that always means it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _code(error: Exception) -> str:
    return f"{type(error).__name__} {getattr(error, 'errno', None) or ''}".strip()
