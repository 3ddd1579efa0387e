"""Connections that outlive one object: kept per process and sign-in, the longest unused closed for others."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

MOST = 16


class _Closing(Protocol):
    def close(self) -> None: ...


_Login = TypeVar("_Login", bound=Hashable)
_Client = TypeVar("_Client", bound=_Closing)


class Clients(Generic[_Login, _Client]):
    """The clients of one kind; those a process inherited from the one that forked it are never used."""

    def __init__(self, made: Callable[[_Login], _Client]) -> None:
        self._made = made
        self._held: dict[tuple[int, _Login], _Client] = {}
        self._lock = threading.Lock()

    def of(self, login: _Login) -> _Client:
        """Return the client of a sign-in, made when it is first asked for."""
        key = (os.getpid(), login)
        with self._lock:
            client = self._held.pop(key, None)
            if client is None:
                while len(self._held) >= MOST:
                    self._held.pop(next(iter(self._held))).close()
                client = self._made(login)
            self._held[key] = client
            return client

    def close(self) -> None:
        """Close them all."""
        with self._lock:
            while self._held:
                self._held.popitem()[1].close()
