"""Text in encodings other than today's: Japanese first, other languages never taken for it, damage told."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from benchmarks.encoding_cases import cases, cp50221, cp51932
from scanners.encodings import Decoded, decode, decode_blocks
from scanners.extractors.mail import charset_text
from scanners.model import Gap, TextSegment
from tests.extractors.test_contract import read

JAPANESE = {"cp932", "cp51932", "cp50221"}


def _text(data: bytes, declared: str = "") -> str:
    found = decode(data, declared)
    assert isinstance(found, Decoded), found
    return found.text


def test_nearly_all_cases_of_every_encoding_are_exact() -> None:
    """Of texts in some sixty encodings, made anew, at most one in a hundred is not exact."""
    made = list(cases("held-out", 700, seed=11))
    answers = [(case, decode(case.data)) for case in made]
    wrong = [
        (case.group, case.encoding)
        for case, found in answers
        if not case.right(*((found.text, found.damaged) if isinstance(found, Decoded) else (None, 0)))
    ]
    assert len(wrong) <= len(made) // 100, wrong


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Größe, Änderung, über: Müller wohnt in der Königstraße.\r\n"),
        ("cp1250", "Příští týden přijede ředitel a všichni zaměstnanci.\r\n"),
        ("koi8-r", "Заполните анкету и отправьте её в отдел кадров.\r\n"),
        ("cp1251", "Заполните анкету и отправьте её в отдел кадров.\r\n"),
        ("cp1253", "Παρακαλούμε συμπληρώστε την αίτηση και στείλτε την.\r\n"),
        ("cp1254", "Lütfen başvuru formunu doldurup cuma gününe kadar gönderiniz.\r\n"),
        ("cp1255", "אנא מלאו את הטופס ושלחו אותו למחלקה.\r\n"),
        ("cp1256", "يرجى ملء الاستمارة وإرسالها قبل نهاية الأسبوع.\r\n"),
        ("cp874", "กรุณากรอกแบบฟอร์มและส่งกลับมาที่ฝ่ายบุคคล\r\n"),
        ("gb18030", "请填写表格并在本周五之前交给人事部门。\r\n"),
        ("big5", "請填寫表格並在本週五之前交給人事部門。\r\n"),
        ("cp949", "신청서를 작성하여 이번 주 금요일까지 제출해 주시기 바랍니다.\r\n"),
    ],
)
def test_text_of_other_languages_is_itself(encoding: str, text: str) -> None:
    """Legacy text of other languages is read as what it is."""
    found = decode(text.encode(encoding))
    assert isinstance(found, Decoded)
    assert found.encoding not in JAPANESE
    assert found.text == text


def test_a_sign_in_an_ascii_text_does_not_lose_it() -> None:
    """One symbol of a western code page among ASCII leaves the text readable."""
    assert _text(b"The room was at 20\xb0C when we left, and nobody was there.\r\n").startswith(
        "The room was at 20"
    )


@pytest.mark.parametrize("name", ["印注釈九郎", "神﨑様", "廣瀬", "髙田様\r"])
def test_a_short_japanese_name_is_no_other_language(name: str) -> None:
    """A few rare kanji in CP932, alone in their file or field, are read as what they are."""
    assert _text(name.encode("cp932")) == name
    assert _text(b"M\xfcller") == "Müller"


@pytest.mark.parametrize("encode", [cp51932, cp50221, lambda text: cp50221(text, shift=True)])
def test_vendor_characters_and_half_width_kana_pass_every_japanese_encoding(encode: object) -> None:
    """①㈱髙 and half-width kana are read in EUC-JP and ISO-2022-JP, by escape and by shift."""
    text = "①㈱白鷺印刷 髙田様 ﾔﾏﾀﾞ ﾀﾛｳ 備考はありません。\r\n"
    assert callable(encode)
    assert _text(encode(text)) == text


@pytest.mark.parametrize("encoding", ["euc_jis_2004", "iso2022_jp_2004", "shift_jis_2004"])
def test_characters_of_jis_x_0213_are_read(encoding: str) -> None:
    """Characters that only JIS X 0213 knows stand in a text of the others."""
    text = "俠気のある瘦せた鷗の話を、みんなで繰り返し読みました。\n"
    assert _text(text.encode(encoding)) == text


def test_a_company_s_own_characters_stay_one_character_each() -> None:
    """外字 of CP932 are kept as the private characters that Windows makes of them, and are no damage."""
    text = "担当は\ue000田様と\ue0bb野様です。よろしくお願いします。\r\n"
    found = decode(text.encode("cp932"))
    assert found == Decoded(text, "cp932", 0)


@pytest.mark.parametrize(("encoding", "lost"), [("utf-8", 1), ("cp932", 1), ("euc_jp", 1), ("iso2022_jp", 4)])
def test_a_cut_text_is_kept_and_its_tail_told(encoding: str, lost: int) -> None:
    """A file that ends inside a character gives all before it, and one damaged place."""
    text = "お客様の氏名と電話番号を確認しました。\r\n架空太郎"
    found = decode(text.encode(encoding)[:-lost])
    assert isinstance(found, Decoded)
    assert found.text == text[:-1] + "\ufffd"
    assert found.damaged == 1


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp", "iso2022_jp"])
def test_damaged_places_are_counted_and_the_rest_is_read(encoding: str) -> None:
    """Bytes that mean nothing inside a long good text cost their place and no more."""
    line = "お客様の氏名と電話番号を確認しました。".encode(encoding)
    found = decode((line + b"\r\n") * 200 + b"\xff\r\n" + (line + b"\r\n") * 200)
    assert isinstance(found, Decoded)
    assert found.text.count("電話番号") == 400
    assert found.damaged == 1


def test_fixed_lengths_filled_with_nul_are_text() -> None:
    """A record filled up with NUL is read as it stands."""
    text = "山田太郎\0\0\0\0\0\0\0\0東京都千代田区\0\0\0\0\0\0"
    assert _text(text.encode("cp932")) == text


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"])
def test_wide_text_needs_no_mark(encoding: str) -> None:
    """UTF-16 and UTF-32 are known by their bytes."""
    text = "氏名,電話\r\n山田太郎,03-0000-0000\r\n"
    assert _text(text.encode(encoding)) == text


def test_surrogates_in_utf8_are_one_character() -> None:
    """What Java and Oracle write of rare kanji (CESU-8) is read as the kanji."""
    halves = "\ud842\udfb7".encode("utf-8", "surrogatepass")
    assert _text("氏名は".encode() + halves + "野家様".encode()) == "氏名は𠮷野家様"


def test_a_host_s_text_is_read() -> None:
    """EBCDIC with kanji between its shift signs is read; small letters or kana are told apart."""
    kanji = {"山": "4565", "田": "4552"}
    name = b"\x0e" + bytes.fromhex("".join(kanji.values())) + b"\x0f"
    record = b"\xf0\xf0\xf0\xf1@" + "YAMADA TARO".encode("cp500") + b"@" * 10 + name + b"@@@\x25"
    found = decode(record * 3)
    assert isinstance(found, Decoded)
    assert found.text.count("\n") == 3
    assert "YAMADA TARO" in found.text
    assert not found.damaged
    plain = "        Dear Sir,\nplease find enclosed the list of members.\n".replace("\n", "\x85").encode(
        "cp500"
    )
    assert _text(plain) == "        Dear Sir,\nplease find enclosed the list of members.\n"


def _page(data: bytes) -> str:
    return "\n".join(part.text for part in read("html", data) if isinstance(part, TextSegment))


def test_what_a_page_says_of_its_encoding_counts_where_it_holds() -> None:
    """A short Greek page by its meta element; a Japanese one that says latin-1 stays Japanese."""
    page = "<html><head><meta charset='windows-1253'></head><body>Αθήνα</body></html>"
    assert "Αθήνα" in _page(page.encode("cp1253"))
    wrong = "<html><meta charset=iso-8859-1><p>担当者の氏名は山田太郎です。</p></html>".encode("cp932")
    assert "山田太郎" in _page(wrong)


def test_mail_that_says_latin_1_is_read_as_it_is() -> None:
    """Programs write iso-8859-1 unasked: a body in CP932 is Japanese all the same."""
    found = charset_text("担当者の氏名は山田太郎です。".encode("cp932"), "iso-8859-1")
    assert isinstance(found, Decoded)
    assert "山田太郎" in found.text


def test_what_a_page_holds_beside_its_text_is_read() -> None:
    """Alternative texts, descriptions and filled fields are text."""
    page = """<html><head><meta name="author" content="佐藤花子"></head><body><img alt="鈴木一郎の写真">
    <input type="text" value="高橋次郎"></body></html>"""
    assert all(name in _page(page.encode()) for name in ("佐藤花子", "鈴木一郎", "高橋次郎"))


def test_a_large_text_is_judged_where_it_is_not_ascii() -> None:
    """A file whose first megabytes are ASCII is read in the encoding of what follows, in bounded memory."""
    data = b"2026-04-01 09:00 INFO ok\r\n" * 200_000 + "担当は山田太郎です。\r\n".encode("cp932") * 1000
    tracemalloc.start()
    try:
        held = io.BytesIO(data)
        before = tracemalloc.get_traced_memory()[0]
        blocks = [
            (block.text.count("山田太郎"), block.damaged)
            for block in decode_blocks(held, block=1 << 18)
            if isinstance(block, Decoded)
        ]
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert sum(count for count, _ in blocks) == 1000
    assert not any(damaged for _, damaged in blocks)
    assert peak < len(data)


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp", "utf-16"])
def test_a_large_text_that_is_cut_tells_its_tail(encoding: str) -> None:
    """The last character of a large file, cut in the middle, is a damaged place of the last block."""
    data = ("氏名は架空太郎です。\r\n" * 300 + "架空").encode(encoding)[:-1]
    blocks = [block for block in decode_blocks(io.BytesIO(data), block=1001) if isinstance(block, Decoded)]
    assert sum(block.damaged for block in blocks) == 1
    assert "".join(block.text for block in blocks).endswith("架\ufffd")


def test_random_bytes_are_no_text() -> None:
    """Noise above ASCII is no language."""
    import random

    draw = random.Random(3)
    noise = [bytes(draw.randrange(128, 256) for _ in range(300)) for _ in range(200)]
    assert all(isinstance(decode(data), Gap) for data in noise)
