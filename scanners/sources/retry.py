"""Trying again what a network lost for a moment, a little later each time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

TRIES = 4
FIRST_WAIT = 0.5  # seconds; doubled for each further try
_Result = TypeVar("_Result")


def retried(
    action: Callable[[], _Result],
    is_transient: Callable[[Exception], bool],
    *,
    between: Callable[[], None] = lambda: None,
    tries: int = TRIES,
    first_wait: float = FIRST_WAIT,
) -> _Result:
    """Return what an action gives, trying again what `is_transient` says may pass; raise its last error.

    `between` runs before each further try: to drop a connection that is of no use any more. Waits double
    and vary by a quarter, so that workers that lost one server do not come back in step.
    """
    for number in range(tries - 1):
        try:
            return action()
        except Exception as error:
            if not is_transient(error):
                raise
        time.sleep(first_wait * 2**number * random.uniform(0.75, 1.25))  # noqa: S311  no secret hangs on it
        between()
    return action()
