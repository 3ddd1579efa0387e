"""The two hash functions by which the English model finds the rows of a word (MurmurHash, public domain).

Austin Appleby's MurmurHash64A turns a string into a number, a 128-bit MurmurHash3 of that number
into four rows of a table; seeds and order are those of spaCy 3 and thinc 8, whose weights are used.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.uint64]

HASHES: Final = 4  # rows of every value
_MASK: Final = (1 << 64) - 1
_FACTOR: Final = 0xC6A4A7935BD1E995
_SEED: Final = 1
_FIRST: Final = np.uint64(0x87C37B91114253D5)
_SECOND: Final = np.uint64(0x4CF5AD432745937F)
_THIRD: Final = np.uint64(0xFF51AFD7ED558CCD)
_FOURTH: Final = np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT: Final = np.uint64(33)
_LOW: Final = np.uint64(0xFFFFFFFF)


def string_number(text: str) -> int:
    """Return the 64-bit number of a string (MurmurHash64A of its UTF-8 form)."""
    data = text.encode("utf-8", "surrogatepass")
    length = len(data)
    whole = length & ~7
    value = (_SEED ^ (length * _FACTOR)) & _MASK
    for at in range(0, whole, 8):
        part = int.from_bytes(data[at : at + 8], "little") * _FACTOR & _MASK
        part = (part ^ (part >> 47)) * _FACTOR & _MASK
        value = (value ^ part) * _FACTOR & _MASK
    if whole < length:
        value = (value ^ int.from_bytes(data[whole:], "little")) * _FACTOR & _MASK
    value = (value ^ (value >> 47)) * _FACTOR & _MASK
    return value ^ (value >> 47)


def table_rows(numbers: Numbers, seed: int, size: int) -> npt.NDArray[np.int32]:
    """Return the rows, shape (n, HASHES), of `numbers` (n) in a table of `size` rows."""
    start = np.uint64(seed ^ 8)
    one = numbers * _FIRST
    one = (one << np.uint64(31)) | (one >> _SHIFT)
    one = one * _SECOND
    one = one ^ np.uint64(seed) ^ np.uint64(8)
    one = one + start
    two = one + start
    one, two = _mixed(one), _mixed(two)
    one = one + two
    two = two + one
    parts = np.stack([one & _LOW, one >> np.uint64(32), two & _LOW, two >> np.uint64(32)], axis=1)
    return (parts % np.uint64(size)).astype(np.int32)


def _mixed(value: Numbers) -> Numbers:
    value = (value ^ (value >> _SHIFT)) * _THIRD
    value = (value ^ (value >> _SHIFT)) * _FOURTH
    mixed: Numbers = value ^ (value >> _SHIFT)
    return mixed
