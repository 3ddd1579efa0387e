"""The label words that stand in a text, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scanners.layout import Mask, Places


@dataclass(frozen=True, slots=True)
class LabelHits:
    """Where label words stand: offsets, and their places in the table of all words."""

    starts: Places
    ends: Places
    indices: Places
    table: Sequence[str]

    @property
    def words(self) -> list[str]:
        """The words themselves."""
        return [self.table[index] for index in self.indices.tolist()]

    def without_contained(self, weak: Mask) -> LabelHits:
        """Return the hits that lie in no longer one, ordered by start: 番号 gives way to 受付番号.

        `weak` words (by place in the table) give way to every longer word, other words only to words
        that are not weak.
        """
        if not len(self.starts):
            return self
        order = np.lexsort((-self.ends, self.starts))
        ends, is_weak = self.ends[order], weak[self.indices[order]]
        reach = np.maximum.accumulate(ends)
        strong_reach = np.maximum.accumulate(np.where(is_weak, -1, ends))
        kept = np.ones(len(order), dtype=np.bool_)
        kept[1:] = ends[1:] > np.where(is_weak[1:], reach[:-1], strong_reach[:-1])
        return self._taken(order[kept])

    def by_end(self) -> LabelHits:
        """Return the hits ordered by end, then start."""
        return self._taken(np.lexsort((self.starts, self.ends)))

    def _taken(self, rows: Places) -> LabelHits:
        return LabelHits(self.starts[rows], self.ends[rows], self.indices[rows], self.table)
