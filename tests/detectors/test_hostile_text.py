"""Detection never fails on odd text, and its matches always lie inside the text."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.growth import REPEATED
from scanners.detection import analyzer
from scanners.names.dictionary import CHUNK, chunks

ANALYZER = analyzer()
PIECES = st.sampled_from(
    [
        "山田",
        "太郎",
        " ",
        "　",
        "\n",
        "様",
        "氏名：",
        "株式会社",
        "東京都",
        "千代田区",
        "1-2-3",
        "丁目",
        "病名",
        "癌",
        "ﾔﾏﾀﾞ",
        "ヤマダ",
        "・",
        "Taro Yamada",
        "Mr. ",
        "-ku, ",
        "090-1234-5678",
        "（",
        "）",
        "\ud800",
        "😀",
        "が",
        "\x00",
        "㈱",
        "ー",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=30).map("".join))
def test_any_text_is_analysed(text: str) -> None:
    """Matches are inside the text, in order, and overlap nowhere."""
    matches = ANALYZER.text(text)
    assert all(0 <= match.start < match.end <= len(text) for match in matches)
    assert all(first.end <= second.start for first, second in itertools.pairwise(matches))


@pytest.mark.parametrize("piece", REPEATED)
def test_a_long_line_is_read_to_its_end(piece: str) -> None:
    """What follows thousands of the same piece is found; benchmarks/growth.py tells how the time grows."""
    text = piece * (60_000 // len(piece)) + "\n電話 03-1234-5678"
    assert any(text[match.start : match.end] == "03-1234-5678" for match in ANALYZER.text(text))


@given(st.text("あ漢字a \n", max_size=400))
def test_chunks_hold_every_kanji_once(text: str) -> None:
    """The tokenizer sees every line with kanji exactly once, and no call is too large for it."""
    bounds = list(chunks(text))
    seen = [place for start, end in bounds for place in range(start, end)]
    assert len(seen) == len(set(seen))
    assert all(end - start <= CHUNK for start, end in bounds)
    assert all(place in set(seen) for place, char in enumerate(text) if char in "漢字")
