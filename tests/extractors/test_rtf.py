"""RTF as programs other than Word write it: bytes as they are, characters without a second form."""

from __future__ import annotations

import pytest

from scanners.extractors.word_fields import Aside, from_code
from scanners.model import Gap
from tests.extractors.test_contract import read
from tests.extractors.test_legacy import texts_at


def _texts(document: bytes) -> dict[str, str]:
    return texts_at(read("rtf", document))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("マル Yamada}", "マル Yamada"),  # 83 7D: its second byte is a brace
        ("ソフト表示}", "ソフト表示"),  # .. 5C: a backslash
        ("{\\b マ}\\par 十}", "マ\n十"),
        ("{\\f1 予定マ}{\\f1\\b ソ}}", "予定マソ"),
        ("\\'83\\'7d山田}", "マ山田"),
        ("山田\\par 花子}", "山田\n花子"),
    ],
)
def test_characters_whose_second_byte_is_a_mark_are_characters(written: str, text: str) -> None:
    """Report writers of Japan put CP932 into the file as it is."""
    head = b"{\\rtf1\\ansi\\ansicpg932{\\fonttbl{\\f1\\fcharset128 M;}}"
    assert _texts(head + written.encode("cp932"))["body"] == text


def test_a_brace_behind_a_western_letter_ends_its_group() -> None:
    """In a page of one byte no letter takes what follows it."""
    assert _texts(b"{\\rtf1\\ansi\\ansicpg1252 caf\xe9}")["body"] == "café"


def test_unicode_without_a_second_form_is_whole() -> None:
    r"""Writers that forget \uc0: every character counts."""
    assert _texts(b"{\\rtf1\\uc1 \\u23665 \\u30000 \\u22826 \\u37070 .}")["body"] == "山田太郎"
    assert _texts(b"{\\rtf1\\uc1 \\u23665?\\u30000\\'93\\'63}")["body"].startswith("山田")


def test_what_stands_behind_a_document_is_read_and_told() -> None:
    """A second document is none too many; anything else is told with its size."""
    parts = read("rtf", b"{\\rtf1 a}}\\par Yamada}")
    assert texts_at(parts)["body"] == "a\n\nYamada"
    assert [part.detail for part in parts if isinstance(part, Gap)] == [
        "13 bytes behind the document's end, read as text"
    ]
    parts = read("rtf", b"{\\rtf1 a}\r\n{\\rtf1 Yamada}\r\n\x00\x1a")
    assert texts_at(parts)["body"] == "a\nYamada"
    assert not [part for part in parts if isinstance(part, Gap)]


def test_entries_of_indexes_links_of_shapes_and_formulas_are_read() -> None:
    """Each of them is written by a person."""
    assert _texts(b"{\\rtf1 x{\\xe Yamada}{\\tc Hanako}}")["body, fields"] == "Yamada\nHanako"
    link = b"{\\*\\hl{\\hlloc }{\\hlsrc mailto:taro@example.jp}{\\hlfr Taro}}"
    shape = b"{\\rtf1 x{\\shp{\\*\\shpinst{\\sp{\\sn pihlShape}{\\sv " + link + b"}}}}}"
    assert _texts(shape)["body, fields"] == "mailto:taro@example.jp\nTaro"
    assert _texts(b"{\\rtf1 {\\mmath{\\*\\moMath{\\mr Yamada}}}}")["body"] == "Yamada"


def test_deleted_halves_of_a_character_are_put_together() -> None:
    """A rare kanji in a tracked deletion is the same as in the text."""
    assert _texts(b"{\\rtf1 a {\\deleted \\u-10174?\\u-8265?x} b}")["body, deleted"] == "𠮷x"


def test_fields_that_set_something_give_what_they_set() -> None:
    """An entry of a table of contents is text, a field that only shows its value is none."""
    aside = Aside()
    for code in (' TC "印山田太郎" \\f C ', 'TITLE "印鈴木"', "TITLE \\* MERGEFORMAT", "AUTHOR"):
        assert not from_code(code, aside)
    assert aside.fields == ["印山田太郎", "印鈴木"]


def test_a_field_of_nothing_but_furigana_beginnings_takes_no_time() -> None:
    """Sixty thousand characters of them would take hours if they were searched."""
    assert from_code("EQ " + "\\o(\\s\\up1(" * 6000 + "),", Aside()) is not None


def test_groups_that_are_passed_over_end_where_they_end() -> None:
    """Braces that are none, bytes as they are, html in a mail."""
    document = b"{\\rtf1{\\*\\foo a\\}b{c}}1{\\*\\foo\\bin3 }}}x}2{\\*\\htmltag84 <b>}"
    document += b"\\htmlrtf {\\b\\htmlrtf0 3\\htmlrtf }\\htmlrtf0"
    assert _texts(document + b'{\\*\\htmltag84 <A HREF="http://a.example">}4}') == {
        "body": "1234",
        "body, links": "http://a.example",
    }
