"""Who examines entries: processes of this machine, or other machines."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from typing import Protocol

from scanners.memory import Half
from scanners.model import ObjectResult
from scanners.sandbox import Confinement
from scanners.sources.interface import Source
from scanners.tasks import Task


class Pool(Protocol):
    """Takes tasks and gives their results; `window` of them keep everybody busy."""

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports that workers of this machine may connect to."""
        ...

    @property
    def window(self) -> int:
        """How many tasks may be under way at once."""
        ...

    @property
    def confinement(self) -> Confinement | None:
        """What held the workers, once they have ended; None where that is not known here."""
        ...

    def submit(self, source: Source, task: Task, scope: str = "") -> Future[list[ObjectResult]]:
        """Schedule one task; `scope` names whose judgements apply to it."""
        ...

    def told(self) -> Iterator[tuple[Future[list[ObjectResult]], Half]]:
        """Yield how far tasks are that take long, as far as workers told since the last call."""
        ...

    def flush(self) -> None:
        """Start what waits for company: the caller has no more tasks for now."""
        ...

    def over(self, future: Future[list[ObjectResult]], task: Task) -> list[ObjectResult] | Task:
        """Return what a task that ended gave: its results, or the task that follows it."""
        ...

    def finish(self) -> None:
        """Wait for the workers to end."""
        ...

    def stop(self) -> None:
        """End the workers at once."""
        ...
