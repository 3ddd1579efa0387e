"""A table for people: what was found, where most of it lies, and what could not be examined."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from typing import TextIO
from urllib.parse import unquote

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from scanners.model import Category, ObjectResult, Outcome, Reason, RunTotals
from scanners.reports.words import CATEGORY, REASON

Translate = Callable[[str], str]
_TOP_OBJECTS = 15
_PLAIN_WIDTH = 120  # of files and pipes, which have no width of their own


class PeopleTable:
    """Gathers counts while results pass and prints them at the end; memory does not grow with the scan."""

    def __init__(self, out: TextIO, *, findings: bool, translate: Translate) -> None:
        self._console = Console(file=out, width=None if out.isatty() else _PLAIN_WIDTH, highlight=False)
        self._findings = findings
        self._say = translate
        self._counts: Counter[Category] = Counter()
        self._objects: Counter[Category] = Counter()
        self._gaps: Counter[tuple[Outcome, Reason]] = Counter()
        self._top: list[tuple[int, int, str, str]] = []
        self._number = 0

    def object(self, result: ObjectResult) -> None:
        """Count one object."""
        self._number += 1
        found = 0
        for category, tally in result.categories.items():
            self._counts[category] += tally.count
            self._objects[category] += 1
            found += tally.count
        if result.reason is not None:
            self._gaps[result.outcome, result.reason] += 1
        if found:
            words = self._say("、").join(self._say(CATEGORY[category]) for category in result.categories)
            heapq.heappush(self._top, (result.persons.high, -self._number, result.shown, words))
            if len(self._top) > _TOP_OBJECTS and not self._findings:
                heapq.heappop(self._top)

    def finish(self, totals: RunTotals) -> None:
        """Print everything."""
        self._print_categories()
        self._print_places()
        self._print_gaps()
        say = self._say
        self._console.print(
            f"{say('対象の数')}: {totals.listed:,}   {say('全体を調査')}: {totals.complete:,}   "
            f"{say('一部だけ調査')}: {totals.partial:,}   {say('対象外')}: {totals.skipped:,}   "
            f"{say('読めず')}: {totals.failed:,}"
        )
        if totals.misleading:
            self._console.print(f"{say('拡張子と内容が違う対象')}: {totals.misleading:,}")
        if totals.allowed:
            self._console.print(f"{say('許可リストなどで除いた検出')}: {totals.allowed:,}")

    def _print_categories(self) -> None:
        if not self._counts:
            self._console.print(self._say("個人情報は見つかりませんでした。"))
            return
        table = Table(title=self._say("見つかった個人情報"), title_justify="left")
        table.add_column(self._say("種類"))
        table.add_column(self._say("件数"), justify="right")
        table.add_column(self._say("対象の数"), justify="right")
        for category, count in self._counts.most_common():
            table.add_row(self._say(CATEGORY[category]), f"{count:,}", f"{self._objects[category]:,}")
        self._console.print(table)

    def _print_places(self) -> None:
        if not self._top:
            return
        table = Table(title=self._say("人数の多い場所"), title_justify="left")
        table.add_column(self._say("人数（最大）"), justify="right")
        table.add_column(self._say("種類"), overflow="fold")
        table.add_column(self._say("場所"), overflow="fold", ratio=1)
        for persons, _, shown, words in sorted(self._top, reverse=True):
            table.add_row(f"{persons:,}", words, escape(unquote(shown.removeprefix("file://"))))
        self._console.print(table)

    def _print_gaps(self) -> None:
        if not self._gaps:
            return
        table = Table(title=self._say("調べきれなかったもの"), title_justify="left")
        table.add_column(self._say("理由"))
        table.add_column(self._say("対象の数"), justify="right")
        for (_, reason), count in self._gaps.most_common():
            table.add_row(self._say(REASON[reason]), f"{count:,}")
        self._console.print(table)
