"""Normalisation keeps every offset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.normalise import normalise

ODD = st.sampled_from(list("０９−ー‐－　ｶﾞﾊﾟｱ㈱㍻㋿か\u3099神ﬁ①℡\r\n\t\u2028-A1\ud800𠮷"))
TEXT = st.text(st.one_of(ODD, st.characters()), max_size=60)


@given(TEXT)
def test_spans_of_the_normal_text_map_to_spans_of_the_original(text: str) -> None:
    """Every character maps to a place within the original, in order, and together they cover it."""
    normal = normalise(text)
    spans = [normal.original(at, at + 1) for at in range(len(normal.value))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    if spans:
        assert normal.original(0, len(normal.value)) == (0, len(text))
    covered = {place for start, end in spans for place in range(start, end)}
    assert covered == set(range(len(text)))


@given(TEXT)
def test_a_mapped_span_normalises_to_what_was_found(text: str) -> None:
    """The original of a one-character span, normalised alone, holds that character."""
    normal = normalise(text)
    for at, char in enumerate(normal.value):
        start, end = normal.original(at, at + 1)
        assert char in normalise(text[start:end]).value or char in " \n-"


@given(TEXT)
def test_normal_text_can_always_be_encoded(text: str) -> None:
    """Lone surrogates and other oddities leave text with a UTF-8 form."""
    assert normalise(text).value.encode("utf-8") is not None


def test_usual_spellings_become_one() -> None:
    """Widths, hyphens of all kinds and half-width kana are written in one way."""
    assert normalise("０９０−１２３４‐５６７８").value == "090-1234-5678"
    assert normalise("090ー1234―5678").value == "090-1234-5678"
    assert normalise("ﾔﾏﾀﾞ　ﾀﾛｳ").value == "ヤマダ タロウ"
    assert normalise("ローマ").value == "ローマ"
    assert normalise("㈱山田㍼55").value == "(株)山田昭和55"


def test_line_breaks_become_newlines_and_keep_their_length() -> None:
    """CR LF is two characters and stays two."""
    assert normalise("a\r\nb\rc\u2028d").value == "a \nb\nc\nd"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("生 年 月 日   昭 和 6 2 年 4 月 1 日", "生年月日 昭和62年4月1日"),
        ("氏　　名　　小　川　　進", "氏名 小川 進"),
        ("普通　0 7 7 1 3 0 4", "普通 0771304"),
        ("a b c d 一 e", "a b c d 一 e"),
        ("表 1 に 示 す 値 は 12 と 34 である が 長い 文 に なる", None),
        ("1 2 3 4", "1 2 3 4"),
    ],
)
def test_letter_spaced_lines_are_joined(text: str, value: str | None) -> None:
    """Letters and boxed digits that blanks part are one word again; other lines stay as they are."""
    normal = normalise(text)
    if value is not None:
        assert normal.value == value
    for at, char in enumerate(normal.value):
        start, end = normal.original(at, at + 1)
        assert normalise(text[start:end]).value.strip() == char.strip()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("〇九〇—一二三四—五六七八", "090-1234-5678"),
        ("〇五三八（三二）四四一七", "0538(32)4417"),
        ("一二三四　五六七八　九〇一八", "1234 5678 9018"),
        ("五一八—〇六二七", "518-0627"),
        ("二〇二五年", "2025年"),
        ("一・二・三", "一・二・三"),
        ("七番町四街区千百七十番地", "七番町四街区千百七十番地"),
        ("一二三（ひふみ）さん", "一二三(ひふみ)さん"),
        ("三四、五六、七八九", "三四、五六、七八九"),
    ],
)
def test_kanji_digits_become_digits_where_they_spell_a_number(text: str, value: str) -> None:
    """Four together, or seven in groups; counts and names keep theirs, and no offset moves."""
    normal = normalise(text)
    assert normal.value == value
    assert not normal.changes
