"""Check digits of many numbers at once agree with those of one, and lists are read near their names only."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import check_digits
from scanners.detection import analyzer
from scanners.detectors.screens import Check, checked, licences, luhns, my_numbers
from scanners.layout import Layout
from scanners.model import Category

ANALYZER = analyzer(names=False)


@pytest.mark.parametrize(
    ("check", "one", "length"),
    [
        (my_numbers, check_digits.my_number, 12),
        (licences, check_digits.driver_licence, 12),
        (luhns, check_digits.luhn, 16),
    ],
)
@given(data=st.data())
def test_many_are_judged_like_one(check: Check, one: object, length: int, data: st.DataObject) -> None:
    """Written together and in groups of four, a number passes exactly when its check digit is right."""
    assert callable(one)
    value = data.draw(
        st.text("0123456789", min_size=length, max_size=length).filter(lambda n: len(set(n)) > 1)
    )
    grouped = "-".join(value[at : at + 4] for at in range(0, length, 4))
    text = f"x {value} y {grouped} z"
    starts = np.array([2, text.index(grouped)])
    ends = starts + np.array([len(value), len(grouped)])
    passed = checked(check, length)(Layout(text), starts, ends, np.zeros(2, dtype=np.bool_))
    assert passed.tolist() == [one(value)] * 2


def test_a_list_under_its_heading_is_read() -> None:
    """Numbers with right check digits behind names count where the text speaks of them, and only there."""
    rows = (
        "百武 圭子（講師）　453331478932　支払額 55,000円\n龍造寺 努（写真）　288040723866　支払額 80,000円"
    )
    headed = f"支払調書：個人番号の提出状況\n\n{rows}"
    found = [match.category for match in ANALYZER.text(headed)]
    assert found == [Category.MY_NUMBER] * 2
    assert ANALYZER.text(rows) == []
    assert ANALYZER.text(f"個人番号の提出状況\n\n{'―' * 2_000}\n{rows}") == []
