"""What was read of runs: several parts as one, in the order that comparing relies on."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.evidence import persons_by
from registry.pieces import Found, Pieces, Read
from registry.reading import FOLDERS, OBJECTS, Part, column_of
from registry.values import LISTS, VALUES, codes_of, heads_of
from scanners.model import Category

KEYS = st.lists(st.integers(0, 2**64 - 1), max_size=30)


def part(keys: list[int]) -> Part:
    """Return a part of two objects with some values."""
    values = [[number % 2 for number in range(len(keys))], [3] * len(keys), np.array(keys, np.uint64)]
    folders = pa.table([["run"], ["a/"], [False], [True]], schema=FOLDERS)
    nothing = [[0, 0], [1, 2], [0, 0], ["x", "y"], [None, None], *[[0, 0]] * 6]
    return Part(
        folders,
        pa.table(nothing, schema=OBJECTS),
        pa.table(values, schema=VALUES),
        LISTS.empty_table(),
        heads_of(LISTS.empty_table()),
    )


@given(st.lists(KEYS, min_size=1, max_size=4))
def test_values_of_several_parts_stand_in_the_order_of_their_keys(parts: list[list[int]]) -> None:
    """However they were read, equal values stand together, each with its own object."""
    joined = Part.joined([part(keys) for keys in parts])
    wanted = sorted(
        (key, 2 * place + number % 2) for place, keys in enumerate(parts) for number, key in enumerate(keys)
    )
    keys, objects = column_of(joined.values, "key"), column_of(joined.values, "object")
    assert [key for key, _ in wanted] == keys.tolist()
    assert wanted == sorted(zip(keys.tolist(), objects.tolist(), strict=True))
    apart = Pieces([Read(Part.joined([part(keys)])) for keys in parts])
    chosen = np.arange(apart.rows) % 3 == 0
    some = apart.of_rows("values", chosen)
    assert [pair for pair in wanted if pair[1] % 3 == 0] == sorted(
        zip(some.key.tolist(), some.at.tolist(), strict=True)
    )
    same = apart.with_keys("values", np.unique(some.key))
    asked = {key for key, at in wanted if at % 3 == 0}
    assert [pair for pair in wanted if pair[0] in asked] == sorted(
        zip(same.key.tolist(), same.at.tolist(), strict=True)
    )
    assert (np.diff(same.key.astype(object)) >= 0).all()


@pytest.mark.parametrize(
    ("keys", "persons"),
    [([], [0, 0]), ([7], [1, 0]), ([7, 7], [1, 1]), ([5, 5, 7, 7, 7], [2, 2]), ([1, 2, 3, 4], [2, 2])],
)
def test_a_number_counts_once_for_each_member(keys: list[int], persons: list[int]) -> None:
    """The same number in several objects of a member is one person; in another member it counts again."""
    codes = np.full(len(keys), codes_of((Category.MY_NUMBER,))[0], np.int8)
    at = np.arange(len(keys), dtype=np.int32)
    values = Found(at, codes, np.array(keys, np.uint64))
    member = (at % 2).astype(np.int32)
    assert persons_by(values, member, 2).tolist() == persons
