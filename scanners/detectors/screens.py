"""Check digits of many numbers at once, as screens of patterns: lists of serial numbers hold millions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scanners.detectors.interface import Screen
from scanners.layout import Layout, Mask, Places

Rows = NDArray[np.int64]  # one number a row, one digit a column
Check = Callable[[Rows], Mask]


def checked(check: Check, *lengths: int) -> Screen:
    """Return a screen that lets numbers of these many digits through if `check` holds of them.

    They are written together, or in groups of four with one sign between; others do not pass, nor do
    announced numbers, which other patterns of the detector find.
    """

    def screen(layout: Layout, starts: Places, ends: Places, announced: Mask) -> Mask:
        passed = np.zeros(len(starts), dtype=np.bool_)
        for length in lengths:
            plain = np.arange(length)
            for offsets in (plain, plain + plain // 4):
                (own,) = (ends - starts == offsets[-1] + 1).nonzero()
                if len(own):
                    rows = layout.digits_at(starts[own][:, np.newaxis] + offsets)
                    passed[own] |= (rows >= 0).all(axis=1) & check(rows)
        return passed & ~announced

    return screen


def my_numbers(rows: Rows) -> Mask:
    """Say what `check_digits.my_number` says, but for uniform digits."""
    rest = rows[:, :11] @ np.array((6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    right: Mask = rows[:, 11] == np.where(rest <= 1, 0, 11 - rest)
    return right


def licences(rows: Rows) -> Mask:
    """Say what `check_digits.driver_licence` says."""
    rest = rows[:, :10] @ np.array((5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    right: Mask = rows[:, 10] == (11 - rest) % 10
    return right


def luhns(rows: Rows) -> Mask:
    """Say what `check_digits.luhn` says, but for uniform digits."""
    doubled = rows[:, ::-1] * (1 + np.arange(rows.shape[1]) % 2)
    right: Mask = (doubled - 9 * (doubled > 9)).sum(axis=1) % 10 == 0
    return right
