"""How far large tables were read that a scan could not finish (途中経過), in the memory of their place."""

from __future__ import annotations

import time
from typing import Any

from registry.scan_digests import Digests
from scanners.memory import Half
from scanners.model import Entry, Gap

KEPT_SECONDS = 30 * 86_400  # what was begun longer ago is read from its start: it tells of another time


class ScanHalves:
    """Implements `scanners.memory.Halves`; workers alone open what is kept here."""

    def __init__(self, database: Any, digests: Digests) -> None:
        """Take the file that `scan_file` opened; `begin` says under which rules."""
        self._database, self._digests = database, digests
        self._version = b""

    def begin(self, version: bytes, *, anew: bool) -> None:
        """Begin a scan; `anew`: nothing is gone on with."""
        self._version = version
        since = time.time() + 1 if anew else time.time() - KEPT_SECONDS
        for (key,) in self._database.execute("SELECT key FROM half WHERE begun < ?", (since,)).fetchall():
            self.forget(key)

    def of(self, item: Entry | Gap) -> Half:
        """Return how far an item was read; see `scanners.memory.Halves`."""
        key = self._digests.uri(item.uri)
        row = self._database.execute(
            "SELECT state, version, signature FROM half WHERE key = ?", (key,)
        ).fetchone()
        if row is None or row[1:] != (self._version, self._digests.signature(item)):
            return Half()
        pieces = self._database.execute("SELECT piece FROM piece WHERE key = ? ORDER BY number", (key,))
        return Half(row[0], tuple(piece for (piece,) in pieces))

    def keep(self, item: Entry | Gap, half: Half) -> None:
        """Take what follows; see `scanners.memory.Halves`."""
        key = self._digests.uri(item.uri)
        if half.anew:
            self.forget(key)
        self._database.execute(
            "INSERT INTO half VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET state = excluded.state",
            (key, self._digests.signature(item), self._version, time.time(), half.state),
        )
        for piece in half.pieces:
            self._database.execute(
                "INSERT INTO piece SELECT ?1, coalesce(max(number), 0) + 1, ?2 FROM piece WHERE key = ?1",
                (key, piece),
            )

    def forget(self, key: bytes) -> None:
        """Forget an item, by the digest of its uri: it was read to its end."""
        self._database.execute("DELETE FROM half WHERE key = ?", (key,))
        self._database.execute("DELETE FROM piece WHERE key = ?", (key,))
