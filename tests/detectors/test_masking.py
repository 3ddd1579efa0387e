"""Masks: the shape stays, the value does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.masking import DOT, mask, mask_matches
from scanners.model import Category, Match

CATEGORIES = st.sampled_from(list(Category))
SEPARATORS = set("-‐‑‒–—―−－/.,()（）@+〒:・･年月日")


def _letters(value: str) -> int:
    return sum(not char.isspace() and char not in SEPARATORS for char in value)


@pytest.mark.parametrize(
    ("category", "value", "masked"),
    [
        (Category.PERSON, "山田太郎", "山●●●"),
        (Category.PERSON, "山田　太郎", "山●　●●"),
        (Category.PERSON, "林", "●"),
        (Category.PHONE, "090-1234-5612", "090-●●●●-●●12"),
        (Category.PHONE, "03-1234-5678", "03-●●●●-●●●●"),
        (Category.DOB, "1985/04/01", "19●●/●●/●●"),
        (Category.MY_NUMBER, "1234 5678 9018", "●●●● ●●●● ●●●●"),
        (Category.CREDIT_CARD, "4111-1111-1111-1111", "●●●●-●●●●-●●●●-●●11"),
        (Category.EMAIL, "taro@kaisha.jp", "t●●●@●●●●●●.●●"),
    ],
)
def test_masks_show_the_shape(category: Category, value: str, masked: str) -> None:
    """What a person at the screen sees of each kind of value."""
    assert mask(category, value) == masked


@given(CATEGORIES, st.text(max_size=60))
def test_a_mask_reveals_at_most_a_third(category: Category, value: str) -> None:
    """Whatever the value: at most a third of its letters and digits (five of a mobile number's eleven)."""
    masked = mask(category, value)
    shown = _letters(masked.replace(DOT, ""))
    mobile = category is Category.PHONE and _letters(value) == 11
    assert len(masked) == len(value)
    assert shown <= (5 if mobile else _letters(value) // 3)


@given(st.text(max_size=40))
def test_a_my_number_is_never_shown(value: str) -> None:
    """Not one digit of a My Number survives."""
    assert _letters(mask(Category.MY_NUMBER, value).replace(DOT, "")) == 0


@given(CATEGORIES, st.text(max_size=40))
def test_masks_are_repeatable(category: Category, value: str) -> None:
    """The same value has the same mask everywhere."""
    assert mask(category, value) == mask(category, value)


@given(
    st.text("abc山田-0123456789 ", min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 59), st.integers(1, 20), CATEGORIES), max_size=6),
)
def test_text_between_matches_stays(text: str, places: list[tuple[int, int, Category]]) -> None:
    """Masked text keeps its length; outside the matches it is unchanged, overlapping ones included."""
    matches = [
        Match(start, min(len(text), start + length), category, 0.9, "rule/1")
        for start, length, category in places
        if start < len(text)
    ]
    covered = {place for match in matches for place in range(match.start, match.end)}
    masked = mask_matches(text, matches)
    assert len(masked) == len(text)
    assert all(masked[place] == char for place, char in enumerate(text) if place not in covered)


def test_matches_in_text_are_masked_in_place() -> None:
    """A file name with a name and a number tells neither."""
    matches = [Match(3, 7, Category.PERSON, 0.9, "r/1"), Match(8, 20, Category.MY_NUMBER, 0.9, "r/1")]
    assert mask_matches("契約_山田太郎_123456789018.pdf", matches) == "契約_山●●●_●●●●●●●●●●●●.pdf"
