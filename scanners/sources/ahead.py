"""A listing that goes on in a thread of its own while what it brought is worked on."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")
_AHEAD = 4  # items that wait at most


def ahead(listing: Callable[[], Iterator[T]], beat: float) -> Iterator[T | None]:
    """Yield what a listing yields, and None after each `beat` seconds in which it brought nothing.

    Its errors come where they would have come without the thread.
    The listing begins, goes on and ends in the one thread. Closing this iterator ends it after the item that
    is being listed, without waiting for that.
    """
    held: deque[T] = deque()
    changed = threading.Condition()
    over = closed = False
    failure: BaseException | None = None

    def listed() -> None:
        nonlocal over, failure
        try:
            for item in listing():
                with changed:
                    changed.wait_for(lambda: len(held) < _AHEAD or closed)
                    if closed:
                        return
                    held.append(item)
                    changed.notify_all()
        except BaseException as error:  # noqa: BLE001  raised again by who waits for the next item
            failure = error
        finally:
            with changed:
                over = True
                changed.notify_all()

    threading.Thread(target=listed, name="listing", daemon=True).start()
    try:
        while True:
            with changed:
                changed.wait_for(lambda: held or over, beat)
                if not held and over:
                    break
                item = held.popleft() if held else None
                changed.notify_all()
            yield item
        if failure is not None:
            raise failure
    finally:
        with changed:
            closed = True
            changed.notify_all()
