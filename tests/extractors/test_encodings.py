"""Text is decoded as it was written, or said to be undecodable."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.encodings import Decoded, decode, decode_blocks
from scanners.jis import Cp50221, cp51932
from scanners.model import Gap, Reason

SENTENCE = "お客様の氏名と電話番号を確認しました。\r\n担当: 架空太郎 (03-0000-0000)\n"
SHARED = Path(os.environ.get("DAICHO_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_japanese_text_is_decoded_exactly(encoding: str) -> None:
    """Every encoding of Japanese offices gives the very text, newlines untouched and the BOM removed."""
    found = decode(SENTENCE.encode(encoding))
    assert isinstance(found, Decoded)
    assert found.text == SENTENCE
    assert found.damaged == 0


def test_mail_encoding_with_vendor_characters_is_decoded() -> None:
    """ISO-2022-JP with NEC's ①㈱ and half-width kana, which no codec of Python reads, is read."""
    data = b"\x1b$B-!-j\x1b(B \x1b(I6@\x1b(B end\n"
    assert Cp50221().decode(data) == "①㈱ ｶﾀ end\n"
    found = decode(data)
    assert isinstance(found, Decoded)
    assert found.text == "①㈱ ｶﾀ end\n"


def test_euc_with_vendor_characters_is_decoded() -> None:
    """EUC-JP with a NEC character keeps its other characters."""
    data = "担当は".encode("euc_jp") + b"\xad\xa1" + "番の架空です。".encode("euc_jp")
    assert cp51932(data) == "担当は①番の架空です。"


def test_half_width_kana_of_bank_files_is_cp932() -> None:
    """A line of half-width kana is no western text."""
    found = decode("ｶｸｳ ﾀﾛｳ 1234567\r\n".encode("cp932"))
    assert isinstance(found, Decoded)
    assert found.text == "ｶｸｳ ﾀﾛｳ 1234567\r\n"


def test_western_legacy_text_is_decoded() -> None:
    """Accented letters inside words are read as CP1252."""
    found = decode("Zürich, café, naïve\n".encode("cp1252"))
    assert isinstance(found, Decoded)
    assert found.text == "Zürich, café, naïve\n"


def test_one_damaged_byte_does_not_hide_a_text() -> None:
    """A text with a broken character is read around it and says so."""
    found = decode(SENTENCE.encode("utf-8") + b"\xff" + SENTENCE.encode("utf-8"))
    assert isinstance(found, Decoded)
    assert found.damaged == 1
    assert found.text.count("架空太郎") == 2


@pytest.mark.parametrize("data", [bytes(range(256)) * 8, b"\x00\x01\x02\x03" * 50, b"\x80\x81\xff\xfe" * 20])
def test_bytes_that_are_no_text_are_undecodable(data: bytes) -> None:
    """Binary data is a gap, not a guess."""
    found = decode(data)
    assert isinstance(found, Gap)
    assert found.reason is Reason.UNDECODABLE


@given(st.binary(max_size=400))
def test_any_bytes_give_a_text_or_a_gap(data: bytes) -> None:
    """Decoding never raises."""
    assert isinstance(decode(data), Decoded | Gap)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00\x1b"), min_size=1, max_size=200))
def test_utf8_is_never_taken_for_anything_else(text: str) -> None:
    """What is valid UTF-8 and no control code comes back unchanged."""
    if any(ord(character) < 0x20 and character not in "\t\r\n" for character in text) or text[0] == "\ufeff":
        return
    found = decode(text.encode("utf-8"))
    assert isinstance(found, Decoded)
    assert found.text == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16"])
def test_blocks_join_to_the_whole(encoding: str) -> None:
    """A large file read in small blocks is the same text as read whole."""
    text = SENTENCE * 200
    blocks = list(decode_blocks(io.BytesIO(text.encode(encoding)), block=1001))
    assert all(isinstance(block, Decoded) for block in blocks)
    assert "".join(block.text for block in blocks if isinstance(block, Decoded)) == text


@pytest.mark.skipif(not (SHARED / "eval" / "docs").is_dir(), reason="development data not present")
def test_the_development_documents_are_decoded() -> None:
    """Documents of the development set in legacy encodings equal their UTF-8 originals."""
    wrong = []
    for path in sorted((SHARED / "eval" / "docs" / "enc").iterdir()):
        expected = (
            (SHARED / "eval" / "docs" / "txt" / f"{path.name.split('.')[0]}.txt").read_bytes().decode("utf-8")
        )
        found = decode(path.read_bytes())
        text = found.text.replace("\r\n", "\n") if isinstance(found, Decoded) else ""
        if text.replace("－", "−") != expected.replace("－", "−").replace("\r\n", "\n"):
            wrong.append(path.name)
    assert not wrong


def test_a_declared_euc_jp_is_believed() -> None:
    """Two bytes are half-width kana in one encoding and a kanji in the other: what the page says decides."""
    found = decode("乙".encode("euc_jp"), "euc-jp")
    assert isinstance(found, Decoded)
    assert found.text == "乙"
