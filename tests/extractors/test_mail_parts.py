"""What mails hold beside their text: names of files, reports, cards, files written into the body."""

from __future__ import annotations

import binascii
import io

import pytest

from scanners.extractors.interface import Extracted, Member
from scanners.kinds import sniff
from scanners.model import Gap, TextSegment
from tests.extractors.test_contract import read, words

_HEAD = (
    b"From: taro@kakuu.example\r\nDate: Mon, 5 Jan 2026 10:00:00 +0900\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
)


def _parts(*parts: bytes, kind: bytes = b"mixed") -> list[Extracted]:
    body = b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + b"--B--\r\n"
    return read("eml", _HEAD + b"Content-Type: multipart/" + kind + b"; boundary=B\r\n\r\n" + body)


def _members(parts: list[Extracted]) -> dict[str, bytes]:
    return {
        part.name: part.stream.getvalue()
        for part in parts
        if isinstance(part, Member) and isinstance(part.stream, io.BytesIO)
    }


@pytest.mark.parametrize(
    "parameter",
    [
        b"filename*=utf-8''%E5%90%8D%E7%B0%BF.csv",
        b"filename*=shift_jis'ja'%96%BC%95%EB.csv",
        b"filename*0*=utf-8''%E5%90%8D; filename*1*=%E7%B0%BF.csv",
        b'filename="=?ISO-2022-JP?B?GyRCTD5KbRsoQi5jc3Y=?="',
        b'filename="=?utf-8?B?5ZCN57C/LmNzdg==?="',
        b'filename="' + "名簿".encode("cp932") + b'.csv"',
        b'filename="' + "名簿".encode() + b'.csv"',
    ],
)
def test_names_of_attachments_are_decoded(parameter: bytes) -> None:
    """RFC 2231, RFC 2047 in quotes, and raw bytes as old programs wrote them."""
    part = b"Content-Type: text/csv\r\nContent-Disposition: attachment; " + parameter + b"\r\n\r\na,b\r\n"
    assert list(_members(_parts(part))) == ["名簿.csv"]


def test_raw_headers_are_decoded() -> None:
    """A header of raw CP932 bytes is against the rules and common."""
    mail = _HEAD.replace(b"Subject: x", b"Subject: " + "印題名太郎の件".encode("cp932")) + b"\r\nhello\r\n"
    assert [part.text for part in read("eml", mail) if part == TextSegment("印題名太郎の件", "Subject")]


def test_every_mail_of_a_digest_is_a_member() -> None:
    """The parts of a digest are mails without saying so."""
    parts = _parts(b"\r\nSubject: one\r\n\r\nfirst", b"\r\nSubject: two\r\n\r\nsecond", kind=b"digest")
    held = [part.stream.getvalue() for part in parts if isinstance(part, Member) and part.stream]  # type: ignore[union-attr]
    assert [b"first" in held[0], b"second" in held[1]] == [True, True]


def test_delivery_reports_are_text() -> None:
    """They name the one who was not reached."""
    report = b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
    parts = _parts(report + b"Final-Recipient: rfc822; jiro@kakuu.example\r\n", kind=b"report")
    assert "jiro@kakuu.example" in words(parts)


def test_a_piece_of_a_longer_mail_says_so() -> None:
    """What is there is read; the rest lies in other mails."""
    mail = (
        _HEAD + b'Content-Type: message/partial; id="a"; number=1; total=3\r\n\r\nSubject: y\r\n\r\nhello\r\n'
    )
    parts = read("eml", mail)
    assert "hello" in words(parts)
    assert [(part.reason, part.detail) for part in parts if isinstance(part, Gap)] == [
        ("unsupported", "piece 1 of 3")
    ]


def test_encrypted_mails_are_told() -> None:
    """PGP and S/MIME envelopes are locked, whatever their parts look like."""
    parts = _parts(b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1", kind=b"encrypted")
    assert "encrypted" in [part.reason for part in parts if isinstance(part, Gap)]


def test_an_encrypted_body_is_told() -> None:
    """PGP without MIME locks the body itself."""
    parts = read(
        "eml", _HEAD + b"\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQEM\r\n-----END PGP MESSAGE-----\r\n"
    )
    assert [part.reason for part in parts if isinstance(part, Gap)] == ["encrypted"]


def test_cards_and_appointments_are_members() -> None:
    """They have readers of their own."""
    parts = _parts(
        b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR",
        b"Content-Type: text/x-vcard\r\n\r\nBEGIN:VCARD",
    )
    assert list(_members(parts)) == ["calendar.ics", "card.vcf"]


def test_files_written_into_the_body_are_members() -> None:
    """Uuencode and yEnc of old mails; the text around them stays text."""
    content = bytes(range(256)) * 2
    lines = b"".join(binascii.b2a_uu(content[place : place + 45]) for place in range(0, len(content), 45))
    mail = (
        _HEAD
        + b"\r\nbefore\r\nbegin 644 a.bin\r\n"
        + lines.replace(b"\n", b"\r\n")
        + b"`\r\nend\r\nafter\r\n"
    )
    parts = read("eml", mail)
    assert _members(parts) == {"a.bin": content}
    assert "before" in words(parts)
    assert "after" in words(parts)
    packed = b"".join(
        b"=" + bytes(((byte + 106) & 255,))
        if (byte + 42) & 255 in (0, 10, 13, 61)
        else bytes(((byte + 42) & 255,))
        for byte in content
    )
    mail = _HEAD + b"\r\n=ybegin line=128 size=512 name=b.bin\r\n" + packed + b"\r\n=yend size=512\r\n"
    assert _members(read("eml", mail)) == {"b.bin": content}


def test_a_mailbox_is_no_mail() -> None:
    """The line before the headers tells a mailbox."""
    mail = _HEAD + b"\r\nhello\r\n"
    assert sniff(io.BytesIO(mail)) == "eml"
    assert sniff(io.BytesIO(b"From taro@kakuu.example Mon Jan  5 10:00:00 2026\n" + mail)) == "mbox"
