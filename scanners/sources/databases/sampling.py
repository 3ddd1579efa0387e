"""How much of a large table is read, and what that tells (抜き取り).

What is in 1 % of the rows is missed by n independent rows with probability 0.99ⁿ: below 1 % from n = 459 on.
Rows of one block are not independent, they were often written together. Blocks are: where 1 % of the rows
hold something, at least about 1 % of the blocks do, as long as blocks hold about the same number of rows. So
459 random blocks see it with 99 % confidence however it is clustered, whatever more the rows in them add.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

from scanners.model import Gap, Reason
from scanners.sources.databases.tables import Rows

SHARE, CONFIDENCE = 0.01, 0.99
INDEPENDENT = math.ceil(math.log(1 - CONFIDENCE) / math.log(1 - SHARE))
ASKED = 600  # blocks: each is drawn for itself, so that their number varies by 25; six times that above 459
BLOCK = 20  # rows of a block that a key leads to


def percentage(pages: int) -> float:
    """Return what share of the blocks to ask for, in percent, of a table of so many."""
    return min(100.0, max(1e-6, 100 * ASKED / max(1, pages)))


def behind_keys(
    low: int, high: int, rows: int, read: Callable[[int], Iterator[tuple[Rows, int]]]
) -> Iterator[Rows | int]:
    """Yield the rows behind random keys, none twice, and how many blocks there were.

    `read` gives a block that begins at a key, with the last key of each part. Where keys are spread evenly, a
    block takes as much of them as its share of the rows; where the blocks that came would make less than half
    of the rows there are, the keys missed where most rows lie: then no block counts.
    """
    starts = sorted(random.randint(low, high) for _ in range(ASKED))  # noqa: S311  no secret hangs on it
    last, blocks, came, spanned = low - 1, 0, 0, 0
    for start in starts:
        begin = max(start, last + 1)
        found = 0
        for some, key in read(begin):
            last = max(last, key)
            found += len(some)
            yield some
        if found and begin == start:
            blocks, came, spanned = blocks + 1, came + found, spanned + last - begin + 1
    even = spanned and 2 * came * (high - low + 1) >= rows * spanned
    yield blocks if even else 0


def told(seen: int, total: int, blocks: int) -> Gap:
    """Return the gap of a sample: what was seen, and what that tells of the rest."""
    confidence = 1 - (1 - SHARE) ** blocks
    sure = math.floor(100 * min(confidence, CONFIDENCE) + 1e-9)
    total = max(seen, total)
    words = (
        f"{seen} of about {total} rows in {blocks} random blocks; "
        f"what 1 % of rows hold is seen with {sure} % confidence; counts are of the sample"
    )
    return Gap(Reason.SAMPLED, words, seen=seen, total=total, unit="rows")
