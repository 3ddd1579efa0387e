"""Long texts are read in windows, and nothing is lost where one ends."""

import re

from hypothesis import given
from hypothesis import strategies as st

from scanners.detection import analyzer
from scanners.model import Category
from scanners.windows import WINDOW, windows

ANALYZER = analyzer(names=False)
LENGTHS = st.lists(st.integers(0, WINDOW), min_size=1, max_size=6)


@given(LENGTHS, st.sampled_from(["\n", "\n\n", " "]))
def test_windows_cover_the_text_once(lengths: list[int], mark: str) -> None:
    """Each character belongs to one window, which holds it where it says."""
    text = mark.join(chr(0x4E00 + number) * length for number, length in enumerate(lengths))
    last = 0
    for window in windows(text):
        assert window.start == last
        last = window.end
        assert (
            window.text[window.start - window.offset : window.end - window.offset]
            == (text[window.start : window.end])
        )
    assert last == len(text)


def test_an_endless_line_loses_no_value() -> None:
    """Values are found wherever the windows of a single line end, each once and at its place."""
    text = "".join(f'{{"mail":"user{number}@example-{number % 9}.co.jp"}},' for number in range(40_000))
    assert len(text) > 2 * WINDOW
    expected = [match.span() for match in re.finditer(r"user[^\"]+", text)]
    assert [(match.start, match.end) for match in ANALYZER.text(text)] == expected


def test_a_long_table_keeps_its_header() -> None:
    """Rows far below a header, in the third window, are still governed by it."""
    rows = [f"{number}\t{4_000_000 + number}\t備考なし" for number in range(70_000)]
    text = "\n".join(["行\t口座番号\tメモ", *rows])
    assert len(text) > 2 * WINDOW
    found = ANALYZER.text(text)
    assert {match.category for match in found} == {Category.BANK_ACCOUNT}
    assert len(found) == len(rows)
