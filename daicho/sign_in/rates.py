"""How many forms one network address may post in a minute, whatever they hold.

The count lives in this process: it keeps a flood away from the password hash. What counts guesses, and
outlives a restart, is `registry.lockout`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

PER_MINUTE = 60
_ADDRESSES = 10_000


@dataclass(slots=True)
class Rates:
    """A bucket of tokens for each address; `clock` gives seconds."""

    per_minute: int = PER_MINUTE
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)  # address -> (tokens, when)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self, address: str) -> bool:
        """Take one token; False when there is none left."""
        with self._lock:
            now = self.clock()
            tokens, then = self._left.pop(address, (float(self.per_minute), now))
            tokens = min(float(self.per_minute), tokens + (now - then) * self.per_minute / 60)
            admitted = tokens >= 1
            # Put back at the end: the first is the one not heard of for longest.
            self._left[address] = (tokens - 1 if admitted else tokens, now)
            if len(self._left) > _ADDRESSES:
                del self._left[next(iter(self._left))]
            return admitted
