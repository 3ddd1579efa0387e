"""Progress of long work: a live bar with totals and rate on a terminal, plain lines otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from daicho.cli.console import _, say, talk
from scanners.model import ObjectResult, RunTotals

LINE_EVERY_SECONDS = 5.0


class ScanProgress:
    """Counts objects as they end; used as a context manager around one scan."""

    def __init__(self, *, live: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._last_line = self._started
        self._totals = RunTotals()
        self._listed = 0
        self._bar = (
            Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeElapsedColumn(),
                console=talk,
                transient=True,
            )
            if live
            else None
        )
        self._task = self._bar.add_task(_("走査中"), total=None, rate="") if self._bar else None

    def __enter__(self) -> Self:
        """Start the bar."""
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the bar and say the totals once."""
        if self._bar:
            self._bar.stop()
        if error is None:
            say(self._line(_("走査が終わりました")))

    def listed(self, count: int, finished: bool) -> None:
        """Take note of how many entries the source has listed so far."""
        self._listed = count
        if self._bar and self._task is not None and finished:
            self._bar.update(self._task, total=max(count, self._totals.listed))

    def result(self, _result: ObjectResult, totals: RunTotals) -> None:
        """Take note of one more object that ended."""
        self._totals = totals
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=totals.listed, rate=self._rate())
        elif self._clock() - self._last_line >= LINE_EVERY_SECONDS:
            self._last_line = self._clock()
            say(self._line(_("走査中")))

    def _rate(self) -> str:
        seconds = max(self._clock() - self._started, 1e-3)
        return _(
            "毎秒 {objects:,.0f} 件、{megabytes:,.1f} MB",
            objects=self._totals.listed / seconds,
            megabytes=self._totals.bytes / seconds / 1e6,
        )

    def _line(self, head: str) -> str:
        t = self._totals
        body = _(
            "{listed:,} 件（完了 {complete:,}、一部 {partial:,}、対象外 {skipped:,}、読めず {failed:,}）",
            listed=t.listed,
            complete=t.complete,
            partial=t.partial,
            skipped=t.skipped,
            failed=t.failed,
        )
        return f"{head}: {body} {self._rate()}"


class Counted:
    """Progress of work that knows how much there is: a bar, or a line every few seconds."""

    def __init__(self, title: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._title = title
        self._clock = clock
        self._last_line = clock()
        self._bar = (
            Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=talk,
                transient=True,
            )
            if talk.is_terminal
            else None
        )
        self._task = self._bar.add_task(title, total=None) if self._bar else None

    def __enter__(self) -> Self:
        """Start the bar."""
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the bar."""
        if self._bar:
            self._bar.stop()

    def step(self, done: int, total: int) -> None:
        """Take note of how much is done."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)
        elif self._clock() - self._last_line >= LINE_EVERY_SECONDS:
            self._last_line = self._clock()
            say(f"{self._title}: {done:,}/{total:,}")
