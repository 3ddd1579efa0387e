"""How gently, and how much of, a place is read: bandwidth, rows per second, tables whole or in part."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

_SAVED = 1.0  # seconds that were not used and may be made up for


@dataclass(frozen=True, slots=True)
class Pace:
    """What one place allows; 0: as fast as it goes. `complete` reads large tables whole, too."""

    bytes_per_second: float = 0.0
    rows_per_second: float = 0.0
    complete: bool = False

    @property
    def is_slow(self) -> bool:
        """Tell whether anything is to be read slower than it could be."""
        return bool(self.bytes_per_second or self.rows_per_second)

    def shared(self, among: int) -> Pace:
        """Return the share of one of so many who read at the same time: together they keep to the whole."""
        parts = max(1, among)
        return replace(
            self,
            bytes_per_second=self.bytes_per_second / parts,
            rows_per_second=self.rows_per_second / parts,
        )


AS_FAST_AS_IT_GOES = Pace()


class Throttle:
    """Sleeps between pieces until as much time has gone by as they may take."""

    def __init__(
        self,
        rows_per_second: float,
        bytes_per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rows, self._bytes = rows_per_second, bytes_per_second
        self._clock, self._sleep = clock, sleep
        self._free = clock()  # when the next piece may come

    @property
    def idle(self) -> bool:
        """True when nothing is asked for."""
        return not (self._rows or self._bytes)

    def passed(self, rows: int, size: int) -> None:
        """Wait for a piece of so many rows and bytes; what was idle for long may not hurry afterwards."""
        if self.idle:
            return
        now = self._clock()
        by_rows = rows / self._rows if self._rows else 0.0
        by_bytes = size / self._bytes if self._bytes else 0.0
        self._free = max(self._free, now - _SAVED) + max(by_rows, by_bytes)
        if self._free > now:
            self._sleep(self._free - now)
