"""A connection that is made when it is needed, kept for the next object, and made anew when it was lost."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Hashable
from typing import Any, Generic, Protocol, TypeVar

from scanners.errors import SourceError, Trouble
from scanners.sources.interface import Step
from scanners.sources.retry import retried


class Closable(Protocol):
    """A connection."""

    def close(self) -> None:
        """End it; one that is lost already is no fault."""
        ...


_Connection = TypeVar("_Connection", bound=Closable)
_Result = TypeVar("_Result")
_here = threading.local()


class Session(Generic[_Connection]):
    """What one thread does with one server."""

    def __init__(self, connect: Callable[[], _Connection], is_transient: Callable[[Exception], bool]) -> None:
        self._connect, self._is_transient = connect, is_transient
        self._connection: _Connection | None = None

    def do(self, action: Callable[[_Connection], _Result]) -> _Result:
        """Return what an action gives, trying again with a new connection what the network lost."""
        return retried(lambda: action(self.connection), self._is_transient, between=self.drop)

    @property
    def connection(self) -> _Connection:
        """The connection, made now if there is none."""
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def drop(self) -> None:
        """End the connection; the next action makes another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def kept(server: Hashable, make: Callable[[], Session[_Connection]]) -> Session[_Connection]:
    """Return this thread's session with a server; that with another server is ended first."""
    held: tuple[Hashable, Session[Any]] | None = getattr(_here, "held", None)
    if held is None or held[0] != server:
        if held is not None:
            held[1].drop()
        held = _here.held = (server, make())
    return held[1]


def lost(place: str, step: Step, error: Exception, code: str) -> SourceError:
    """Return that a place cannot be read at all, at the step at which it went wrong."""
    trouble = Trouble(step)
    if isinstance(error, socket.gaierror):
        trouble = Trouble.NAME
    elif isinstance(error, OSError | EOFError) and not isinstance(error, FileNotFoundError | PermissionError):
        trouble = Trouble.PORT
    return SourceError(f"{place}: {step}: {code}", trouble, place=place, code=code)
