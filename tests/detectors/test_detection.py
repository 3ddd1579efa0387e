"""The pipeline: blocks, offsets, overlaps, columns and speed that grows with the text only."""

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners import matcher
from scanners.detection import RULES_VERSION, DetectorAnalyzer, analyzer, resolve
from scanners.model import Category, Match

VALUES = {
    "電話 090-1234-5678": Category.PHONE,
    "ＴＥＬ：０３−１２３４−５６７８": Category.PHONE,
    "マイナンバー 123456789018": Category.MY_NUMBER,
    "hanako@kaisha.jp": Category.EMAIL,
    "〒100-0001": Category.POSTAL_CODE,
    "電話 090-1234-\n5678": Category.PHONE,
}
FILLER = st.sampled_from(["。", "です、", "\n", "㈱", "ｶﾞ", "𠮷野", " plain text ", "一二三", "\r\n", "é"])


@cache
def _analyzer() -> DetectorAnalyzer:
    return analyzer(names=False)


def _spans(text: str) -> list[tuple[str, Category]]:
    return [(text[match.start : match.end], match.category) for match in _analyzer().text(text)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(FILLER, st.sampled_from(sorted(VALUES))), max_size=30))
def test_small_blocks_find_what_one_block_finds(parts: list[str]) -> None:
    """Where the text is cut changes nothing: no match is lost at a cut, none is found twice."""
    text = "\n\n".join(parts)
    whole = _analyzer().text(text)
    usual = matcher.BLOCK
    try:
        for size in (1, 7, 64):
            matcher.BLOCK = size
            assert _analyzer().text(text) == whole
    finally:
        matcher.BLOCK = usual
    expected = [VALUES[part] for part in parts if part in VALUES]
    assert [match.category for match in whole if match.category in set(VALUES.values())] == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(FILLER, max_size=20), st.sampled_from(sorted(VALUES)))
def test_offsets_point_into_the_original_text(before: list[str], value: str) -> None:
    """Whatever stands before it, the span read from the original is the value as it was written."""
    text = "".join(before) + "\n\n" + value
    match = _analyzer().text(text)[-1]
    assert value.endswith(text[match.start : match.end])
    assert match.end == len(text)


@given(
    st.lists(
        st.builds(
            lambda start, length, score: Match(start, start + length, Category.PHONE, score, "t/1"),
            st.integers(0, 60),
            st.integers(1, 12),
            st.sampled_from([0.5, 0.7, 0.9]),
        ),
        max_size=25,
    )
)
def test_resolved_matches_overlap_nowhere_and_are_the_best(matches: list[Match]) -> None:
    """What is dropped overlaps something kept that scored at least as well."""
    kept = resolve(matches)
    assert all(one.end <= two.start for one, two in pairwise(kept))
    for match in matches:
        rivals = [one for one in kept if one.start < match.end and match.start < one.end]
        assert any(one.score >= match.score for one in rivals)


def test_columns_are_analysed_with_their_header_as_label() -> None:
    """A header word counts for every cell, a line break inside a cell stays inside it."""
    cells = _analyzer().cells(
        "個人番号", ["123456789018", "", "１２３４５６７８９０１８", "1234-5678-\n9018", "9"]
    )
    assert [len(cell) for cell in cells] == [1, 0, 1, 1, 0]
    assert cells[2][0].start == 0
    assert cells[2][0].end == 12
    assert _analyzer().cells("伝票番号", ["123456789018"]) == [[]]


def test_a_label_inside_a_longer_word_does_not_count() -> None:
    """Latin and katakana words are whole words; kanji compounds of other things govern instead."""
    assert _spans("hotel 0312345678") == []
    assert _spans("ホテル電話 0312345678") == [("0312345678", Category.PHONE)]
    assert _spans("homeTel=0312345678") == [("0312345678", Category.PHONE)]


@pytest.mark.parametrize("text", ["", "\n", "\ud800", "\ud800電話 090-1234-5678\udfff", "\x00" * 10])
def test_odd_texts_are_analysed(text: str) -> None:
    """Empty text, lone surrogates and control characters are no error."""
    found = _spans(text)
    assert found == ([("090-1234-5678", Category.PHONE)] if "電話" in text else [])


def test_the_rules_version_is_a_short_digest() -> None:
    """Findings name the rules they were found by."""
    assert len(RULES_VERSION) == 16
    int(RULES_VERSION, 16)


def test_a_heading_governs_its_column_in_text_laid_out_by_blanks() -> None:
    """In a printed list the words above the rows are the labels, also where names hold blanks."""
    text = (
        "名簿\n"
        "氏名      個人番号      電話番号\n"
        "山田 太郎  123456789018  0312345678\n"
        "佐藤花子   983205673214  0312345679\n"
        "\n"
        "鈴木一郎   123456789018  0312345670\n"
    )
    assert _spans(text) == [
        ("123456789018", Category.MY_NUMBER),
        ("0312345678", Category.PHONE),
        ("983205673214", Category.MY_NUMBER),
        ("0312345679", Category.PHONE),
    ]


def test_a_heading_governs_its_column_in_delimited_text() -> None:
    """A field counts by its place, whatever stands in the others."""
    text = "社員番号\t口座番号\t備考\n1234567\t7654321\tなし\n1234568\t7654322\tなし\n"
    assert _spans(text) == [
        ("1234567", Category.STAFF_ID),
        ("7654321", Category.BANK_ACCOUNT),
        ("1234568", Category.STAFF_ID),
        ("7654322", Category.BANK_ACCOUNT),
    ]
