"""A master key in shares: enough of them give it back, too few or wrong ones give an error that names why."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.shares import Share, ShareError, ShareFault, join, split

KEY = bytes(range(32))


@given(st.binary(min_size=32, max_size=32), st.integers(2, 5), st.integers(0, 4))
def test_any_sufficient_choice_of_shares_gives_the_key_back(key: bytes, needed: int, more: int) -> None:
    """Through the lines that officers keep, in any order; more than needed is fine."""
    lines = [share.to_line() for share in split(key, needed=needed, count=needed + more)]
    for size in (needed, needed + more):
        for chosen in itertools.islice(itertools.permutations(lines, size), 30):
            assert join([Share.from_line(line) for line in chosen]) == key


def test_one_share_of_two_tells_nothing() -> None:
    """For one share every key is possible: over many splits each byte of it takes every value alike."""
    seen = [split(KEY, needed=2, count=2)[0].value[5] for _ in range(4000)]
    assert len(set(seen)) == 256
    assert max(seen.count(byte) for byte in range(256)) < 50


def test_the_arithmetic_is_that_of_aes() -> None:
    """The example of FIPS 197 §4.2: {57} times {83} is {c1}, and every inverse is one."""
    from registry.shares import _inverse, _times

    assert _times(0x57, 0x83) == 0xC1
    assert all(_times(byte, _inverse(byte)) == 1 for byte in range(1, 256))


def fault(lines: list[str]) -> ShareFault:
    """Return why some lines give no key."""
    with pytest.raises(ShareError) as caught:
        join([Share.from_line(line) for line in lines])
    assert KEY.hex() not in str(caught.value)
    return caught.value.fault


def test_what_is_wrong_is_named() -> None:
    """Too few, the same twice, shares of two keys, and lines that were changed."""
    a, b, c = (share.to_line() for share in split(KEY, needed=2, count=3))
    other = split(bytes(32), needed=2, count=2)[0].to_line()
    assert fault([]) is ShareFault.TOO_FEW
    assert fault([a]) is ShareFault.TOO_FEW
    assert fault([a, a]) is ShareFault.SAME
    assert fault([a, b, a]) is ShareFault.SAME
    assert fault([a, other]) is ShareFault.MIXED
    for position in range(len(c)):
        changed = "0" if c[position] != "0" else "1"
        assert fault([a, c[:position] + changed + c[position + 1 :]]) is ShareFault.MALFORMED


def test_a_forged_share_with_a_right_check_is_noticed() -> None:
    """The set tells whether what comes out is the key that was split."""
    a, b = split(KEY, needed=2, count=2)
    forged = Share(2, b.x, b.set_id, bytes([b.value[0] ^ 1]) + b.value[1:])
    assert fault([a.to_line(), forged.to_line()]) is ShareFault.WRONG


def test_a_share_in_a_log_shows_nothing() -> None:
    """Neither repr nor str of a share hold its value."""
    share = split(KEY, needed=2, count=2)[0]
    assert share.value.hex() not in repr(share) + str(share)
    assert str(share.value) not in repr(share)
