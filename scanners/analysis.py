"""From text and tables to matches: the seam between the engine and the detectors."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from scanners.model import CellMatch, ColumnType, Match


class TableAnalyzer(Protocol):
    """Types the columns of one table from its header and a sample, then counts every row."""

    def block(self, rows: Sequence[Sequence[str]]) -> Iterator[CellMatch]:
        """Yield every match in a block of rows, ordered by row; offsets are inside the cell."""
        ...

    @property
    def records(self) -> bool:
        """True when every row is a record of its own; False for a form, whose rows belong together."""
        ...

    def columns(self) -> tuple[ColumnType, ...]:
        """Return the typed columns after the last block; untyped columns are left out."""
        ...

    def kept_as(self, digest: Callable[[str], bytes]) -> None:
        """Take by what values are known again where this state is kept: never by themselves."""
        ...


class Analyzer(Protocol):
    """All detectors of one process, compiled once; pure: no network, clock or files while analysing."""

    def text(self, text: str) -> list[Match]:
        """Return the non-overlapping matches of a text of any length, ordered by start (code points)."""
        ...

    def table(
        self,
        table: str,
        header: Sequence[str] | None,
        first_column: int,
        comments: Sequence[str] = (),
    ) -> TableAnalyzer:
        """Return an analyzer for one table; `header` is None when the first row is data.

        `comments` say what the columns hold, where their names do not.
        """
        ...


class CellAnalyzer(Protocol):
    """Looks at the cells of one column together: what a `TableAnalyzer` is built on."""

    def cells(self, header: str, values: Sequence[str]) -> list[list[Match]]:
        """Return the matches of every cell; the words of `header` count as label of all of them.

        Offsets are inside the cell. Many cells cost little more than one text of their length.
        """
        ...
