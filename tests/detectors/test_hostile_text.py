"""Detection never fails on odd text, and its matches always lie inside the text."""

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    "piece",
    [
        "癌",
        "山田",
        "ア",
        "ﾔﾏﾀﾞ",
        "あ",
        "A-",
        "Ab ",
        "Taro Yamada ",
        "東京都千代田区",
        "1-",
        "a-ku ",
        "氏名：",
        "電話番号",
        "カナ ",
        "090-1234-5678 ",
        "2025-01-15,",
        "0123456789",
        "[{",
        "(((",
        "\ud800",
        "か\u3099",
        "\n",
        "a@b.jp ",
        "電話\n\n",
        "病名\t氏名\n",
    ],
)
def test_time_grows_with_the_text(piece: str) -> None:
    """Four times the text takes about four times as long: far from the sixteen of nested loops.

    Nested loops fail every time, a busy machine now and then: the best of three counts, and a whole that is
    quick enough at once need not be tried again.
    """
    quarter = min(_seconds(piece * (15_000 // len(piece))) for _ in range(3))
    wholes = (_seconds(piece * (60_000 // len(piece))) for _ in range(3))
    assert any(whole < 9 * max(quarter, 0.05) for whole in wholes)


def _seconds(text: str) -> float:
    begin = time.process_time()
    ANALYZER.text(text)
    return time.process_time() - begin


@given(st.text("あ漢字a \n", max_size=400))
def test_chunks_hold_every_kanji_once(text: str) -> None:
    """The tokenizer sees every line with kanji exactly once, and no call is too large for it."""
    bounds = list(chunks(text))
    seen = [place for start, end in bounds for place in range(start, end)]
    assert len(seen) == len(set(seen))
    assert all(end - start <= CHUNK for start, end in bounds)
    assert all(place in set(seen) for place, char in enumerate(text) if char in "漢字")
