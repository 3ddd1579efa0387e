"""An analyzer with further detectors beside its own: how a scan is given recognizers from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scanners.analysis import TableAnalyzer
from scanners.detection import DetectorAnalyzer, resolve
from scanners.detectors.interface import TextDetector
from scanners.model import Match

# Called once in every worker process: a function of an importable module, or a `partial` of one.
DetectorFactory = Callable[[], Sequence[TextDetector]]


class ExtendedAnalyzer:
    """An `Analyzer` and `CellAnalyzer` that finds what `base` finds and what `detectors` find.

    Where both claim a place the better score wins, then the longer span. One per thread, as its base.
    """

    def __init__(self, base: DetectorAnalyzer, detectors: Sequence[TextDetector]) -> None:
        self._base = base
        self._also = DetectorAnalyzer((), detectors)

    def text(self, text: str) -> list[Match]:
        """Return the non-overlapping matches of a text, ordered by start (code points)."""
        return resolve([*self._base.text(text), *self._also.text(text)])

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
        from scanners.columns import ColumnTyper  # reads dictionaries that text alone never needs

        return ColumnTyper(self, table, header, first_column, comments)

    def cells(self, header: str, values: Sequence[str]) -> list[list[Match]]:
        """Return the matches of every cell; the words of `header` count as label of all of them."""
        pairs = zip(self._base.cells(header, values), self._also.cells(header, values), strict=True)
        return [resolve([*own, *also]) for own, also in pairs]


def extended(base: DetectorAnalyzer, factory: DetectorFactory | None) -> DetectorAnalyzer | ExtendedAnalyzer:
    """Return `base` with the detectors that `factory` makes, or `base` itself when there are none."""
    detectors = factory() if factory is not None else ()
    return ExtendedAnalyzer(base, detectors) if detectors else base
