"""Mails as they are really written: against the rules, damaged, folded, and enclosed in each other."""

from __future__ import annotations

import base64
import io

import pytest

from scanners.extractors.interface import Extracted, Member
from scanners.extractors.mail_transfer import base64_bytes
from scanners.extractors.mail_words import header_text, unflowed
from scanners.kinds import sniff
from scanners.model import Gap, TextSegment
from tests.extractors.test_contract import read, words

_HEAD = b"From: a@kakuu.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
_UTF8 = b"Content-Type: text/plain; charset=utf-8\r\n"
_MIXED = b"Content-Type: multipart/mixed; boundary=B\r\n\r\n"
_NAME = "山田太郎 090-1234-5678"
_CODED = b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(_NAME.encode())


def _inner(parts: list[Extracted]) -> str:
    """Return what the members say, each read as the kind it is told to be."""
    streams = [part.stream for part in parts if isinstance(part, Member)]
    held = [stream for stream in streams if isinstance(stream, io.BytesIO)]
    return "\n".join(words(read(sniff(stream), stream.getvalue())) for stream in held)


def _gaps(parts: list[Extracted]) -> list[str]:
    return [part.detail for part in parts if isinstance(part, Gap)]


@pytest.mark.parametrize("name", [b"base64 ", b"\r\n base64", b'"base64"', b"base64;", b"base64 (x)"])
def test_transfer_encodings_with_something_around_them(name: bytes) -> None:
    """The library knows only the bare name."""
    coded = base64.encodebytes(_NAME.encode())
    mail = _HEAD + _UTF8 + b"Content-Transfer-Encoding: " + name + b"\r\n\r\n" + coded
    assert _NAME in words(read("eml", mail))


def test_base64_in_pieces_with_a_footer() -> None:
    """Encoders that work line by line, and what lists write below."""
    pieces = base64.b64encode("田中花子\n".encode()) + b"\r\n" + base64.b64encode("山田太郎\na".encode())
    tail = b"\r\n-- \r\nlist footer tel 03-1111-2222\r\n"
    found = words(read("eml", _HEAD + _UTF8 + b"Content-Transfer-Encoding: base64\r\n\r\n" + pieces + tail))
    assert all(each in found for each in ("田中花子", "山田太郎", "03-1111-2222"))
    assert base64_bytes(b"YWJj\r\nZGVm\r\n") == (b"abcdef", b"")
    assert base64_bytes(b"plain text, no base64\n")[1] == b"plain text, no base64\n"


def test_utf8_that_calls_itself_otherwise() -> None:
    """It is told by its bytes; Latin charsets that no one chose are not believed, narrow ones are widened."""
    for charset, text, encoding in (
        (b"shift_jis", "電話は山田様まで", "utf-8"),
        (b"iso8859-1", "山田太郎さん", "cp932"),
        (b"gb2312", "镕基 朱镕基", "gb18030"),
        (b"utf-16", "山田太郎", "utf-16-be"),
        (b"utf-16", "山田太郎", "utf-16-le"),
        (b"shift_jis", "ﾘｴ", "cp932"),
    ):
        mail = _HEAD + b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\n" + text.encode(encoding)
        assert text in words(read("eml", mail))
    assert header_text("=?shift_jis?B?5bGx55Sw?=") == "山田"


@pytest.mark.parametrize("kind", [b"message/rfc822", b"message/global", b"message/news"])
@pytest.mark.parametrize("coded", [True, False])
def test_enclosed_mails_are_mails(kind: bytes, *, coded: bool) -> None:
    """However little their heads hold, and encoded although no mail may be."""
    inner = b"Subject: i\r\n" + _UTF8 + _CODED
    if coded:
        inner = b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(inner)
    else:
        inner = b"\r\n" + inner
    mail = _HEAD + _MIXED + b"--B\r\nContent-Type: " + kind + b"\r\n" + inner + b"\r\n--B--\r\n"
    assert _NAME in _inner(read("eml", mail))


def test_messages_of_a_mailbox_are_mails() -> None:
    """A line of text that opens with "From" does not end one."""
    one = b"From a@b Mon Jan  5 10:00:00 2026\nBcc: a@b\n" + _UTF8 + _CODED
    assert _NAME in _inner(read("mbox", one))
    two = b"From a@b Mon Jan  5 10:00:00 2026\n" + _HEAD + b"\r\nHi\n\nFrom 2019 on we did this.\n\nend\n"
    assert len(read("mbox", two)) == 1
    assert len(read("mbox", two + b"\n" + one)) == 2


def test_what_stands_before_a_mail() -> None:
    """A mark of UTF-8, an empty line, the count of Apple Mail; a stray line among the headers."""
    mail = _HEAD + _UTF8 + _CODED
    stray = _HEAD.replace(b"Subject", b"To: b@c\r\nthis is no header\r\nSubject") + _UTF8 + _CODED
    counted = b"%d   \n" % len(mail) + mail + b'<?xml version="1.0"?><plist><dict/></plist>'
    for each in (b"\xef\xbb\xbf" + mail, b"\r\n" + mail, counted, stray):
        assert sniff(io.BytesIO(each)) == "eml"
        assert _NAME in words(read("eml", each))
    assert "this is no header" in words(read("eml", stray))


def test_one_broken_word_leaves_the_others() -> None:
    """And paths behind a word stay as they are."""
    broken = "=?utf-8?B?5bGx55Sw?= =?utf-16?B?abc?= =?x?B?!?= <t@kakuu.example>"
    assert header_text(broken).startswith("山田")
    assert header_text(broken).endswith("<t@kakuu.example>")
    assert header_text("=?utf-8?B?5bGx55Sw?= \\\\srv\\users") == "山田 \\\\srv\\users"
    assert header_text("=?utf-8?B?5bGx?=\r\n =?utf-8?Q?=E7=94?= =?utf-8?Q?=B0_x?= y") == "山田 x y"
    assert len(header_text("=?a?q?x" * 100_000)) == 700_000


def test_flowed_lines_are_joined() -> None:
    """Names and numbers are not cut; quotes and signatures stay apart."""
    mail = _HEAD + b"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n\r\n"
    body = "担当は山田 \r\n太郎、電話は090-1234- \r\n5678です。\r\n".encode()
    assert "担当は山田太郎、電話は090-1234-5678です。" in words(read("eml", mail + body))
    assert unflowed("> a \n> b\nc \n-- \nd", closed=False) == "> a b\nc \n-- \nd"


def test_what_stands_around_the_parts() -> None:
    """Text before the first and behind the last part, and what a part is said to be."""
    mail = (
        _HEAD
        + _MIXED
        + b"Tel Yamada 090-1111-2222\r\n--B\r\n"
        + b"Content-Description: =?utf-8?B?5bGx55Sw?=\r\n\r\nhi\r\n--B--\r\n"
        + b"epilogue taro@kakuu.example\r\n"
    )
    found = words(read("eml", mail))
    assert all(each in found for each in ("090-1111-2222", "山田", "taro@kakuu.example"))
    stock = _HEAD + _MIXED + b"This is a multi-part message in MIME format.\r\n--B\r\n\r\nhi\r\n--B--\r\n"
    assert "multi-part" not in words(read("eml", stock))


def test_headers_of_machines_that_name_persons() -> None:
    """Whom a mail was really sent to."""
    extra = (
        b"X-Forwarded-To: jiro@kakuu.example\r\nReceived: by x for <hanako@kakuu.example>\r\nX-Spam: 1\r\n"
    )
    parts = read("eml", extra + _HEAD + b"\r\nhi\r\n")
    found = [part.location for part in parts if isinstance(part, TextSegment)]
    assert {"X-Forwarded-To", "Received"} <= set(found)
    assert "X-Spam" not in found


def test_rich_text_without_a_name_is_a_file() -> None:
    """Its letters are codes until its reader has it."""
    parts = read("eml", _HEAD + b"Content-Type: text/rtf\r\n\r\n{\\rtf1 a}")
    assert [part.name for part in parts if isinstance(part, Member)] == ["text.rtf"]


def test_a_boundary_that_is_not_the_one_named() -> None:
    """The first line that looks like one is taken."""
    body = b"--C\r\n" + _UTF8 + _CODED + b"\r\n--C--\r\n"
    assert _NAME in words(read("eml", _HEAD + _MIXED + body))


def test_mails_made_to_hold_up() -> None:
    """Parts in parts, and parameters without end, are told."""
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(300)
    )
    assert _gaps(read("eml", b"From: a@b\r\n" + deep + b"\r\n")) == ["more than 100 parts in each other"]
    long = b'From: a@b\r\nContent-Type: text/plain; a="' + b";" * 100_000 + b"\r\n\r\nhello"
    parts = read("eml", long)
    assert _gaps(parts) == ["a header of more than 8192 characters"]
    assert "hello" in words(parts)


def test_gaps_hold_nothing_of_the_mail() -> None:
    """What a piece says of itself is told only where it is a number."""
    mail = (
        _HEAD
        + b'Content-Type: message/partial; number="Yamada 090"; total="x"\r\n\r\nSubject: y\r\n\r\nhi\r\n'
    )
    assert _gaps(read("eml", mail)) == ["piece ? of several"]


def test_raw_jis_in_a_name_may_hold_a_quote() -> None:
    """Its second byte is no end of the name."""
    name = b"\x1b$B" + "※山".encode("iso2022_jp")[3:-3] + b"\x1b(B"
    mail = _HEAD + b'Content-Type: application/x; name="' + name + b'.pdf"\r\n\r\nxx'
    assert [part.name for part in read("eml", mail) if isinstance(part, Member)] == ["※山.pdf"]


def test_a_file_in_the_body_without_its_end() -> None:
    """Its whole lines are taken, with a gap; words are no file."""
    (member,) = (
        part
        for part in read("eml", _HEAD + b"\r\nhi\r\nbegin 644 a.txt\r\n#86)C\r\nno line of it\r\n")
        if isinstance(part, Member)
    )
    assert isinstance(member.stream, io.BytesIO)
    assert (member.stream.read(), member.gap and member.gap.reason) == (b"abc", "damaged")
    text = _HEAD + b"\r\nbegin 644 times\r\nTHIS IS TEXT\r\n"
    assert "THIS IS TEXT" in words(read("eml", text))


def test_signed_mails_are_whole_however_many_pieces_they_have() -> None:
    """A program that streams writes a piece for every kilobyte."""

    def der(tag: int, content: bytes) -> bytes:
        return bytes((tag, 0x84)) + len(content).to_bytes(4, "big") + content

    body = b"a" * 12_000 + b"end"
    pieces = b"".join(b"\x04\x01" + body[place : place + 1] for place in range(len(body)))
    identifier = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
    content = der(0x30, identifier + b"\x01\xa0\x80\x24\x80" + pieces + b"\0\0\0\0")
    signed = der(0x30, b"\x02\x01\x01" + der(0x31, b"") + content)
    (member,) = read("cms", der(0x30, identifier + b"\x02" + der(0xA0, signed)))
    assert isinstance(member, Member)
    assert isinstance(member.stream, io.BytesIO)
    assert member.stream.read() == body
