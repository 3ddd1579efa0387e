"""Numbers spelt in kanji digit by digit: 〇九〇—一二三四—五六七八 of vertical letters and old forms.

Numbers with 十, 百 or 千 are left: they count things, and addresses and dates read them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

KANJI_DIGITS: Final = "〇一二三四五六七八九"
_JOINTS: Final = np.array(sorted(map(ord, "-()（） \u3000ー・")), dtype=np.uint32)
_ALONE: Final = 4  # digits that stand together: fewer are a count or a name
_JOINED: Final = 7  # digits of a number in groups
_GROUP: Final = 2  # digits of each of its groups
_VALUES: Final = np.zeros(0x10000, dtype=np.uint32)
for _value, _kanji in enumerate(KANJI_DIGITS):
    _VALUES[ord(_kanji)] = ord("0") + _value


def spell_digits(codes: NDArray[np.uint32], places: NDArray[np.int64]) -> None:
    """Put ASCII digits for the kanji digits at `places` (ordered) of `codes` where they spell a number."""
    if len(places) < _ALONE:
        return
    steps = np.diff(places, prepend=-9)
    groups = np.cumsum(steps != 1) - 1
    first = (steps != 1).nonzero()[0]
    sizes = np.bincount(groups)
    joined = np.zeros(len(first), dtype=np.bool_)  # with the group before
    (close,) = (steps[first] == 2).nonzero()
    joined[close] = np.isin(codes[places[first[close]] - 1], _JOINTS)
    joined[1:] &= (sizes[1:] >= _GROUP) & (sizes[:-1] >= _GROUP)
    numbers = np.cumsum(~joined) - 1
    total = np.bincount(numbers, weights=sizes)[numbers]
    spelt = (sizes >= _ALONE) | (total >= _JOINED)
    own = places[spelt[groups]]
    codes[own] = _VALUES[codes[own]]
