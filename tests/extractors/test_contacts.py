"""Address books and calendars: a record for every person, whatever the telephone wrote."""

from __future__ import annotations

import base64
import io
import quopri
from collections.abc import Iterable
from typing import BinaryIO, cast

import pytest

from scanners.extractors import contacts
from scanners.extractors.interface import Extracted, Member
from scanners.kinds import sniff
from scanners.model import Category, Gap, Reason, RecordField, RecordSegment
from tests.extractors.samples_contacts import CALENDAR, CARD, DIRECTORY, PNG
from tests.extractors.test_contract import read


def records(parts: Iterable[Extracted]) -> list[RecordSegment]:
    """Return the records."""
    return [part for part in parts if isinstance(part, RecordSegment)]


def values(record: RecordSegment) -> dict[str, str]:
    """Return a record's values by place."""
    return {each.place: each.value for each in record.fields}


def gaps(parts: Iterable[Extracted]) -> list[Gap]:
    """Return the gaps."""
    return [part for part in parts if isinstance(part, Gap)]


def members(parts: Iterable[Extracted]) -> list[Member]:
    """Return the members."""
    return [part for part in parts if isinstance(part, Member)]


def test_a_card_is_one_person_with_the_meaning_of_each_field() -> None:
    """Name, reading, numbers, address, birthday are the person's; notes are free text, a photo a member."""
    parts = read("vcard", CARD)
    (record,) = records(parts)
    assert not gaps(parts)
    assert {(each.place, each.value, each.category) for each in record.fields if each.subject} == {
        ("card 1: N 氏名", "架空 太郎", Category.PERSON),
        ("card 1: FN 氏名", "架空 太郎", Category.PERSON),
        ("card 1: X-PHONETIC-NAME フリガナ", "カクウ タロウ", Category.PERSON),
        ("card 1: TEL 電話番号", "090-0000-1234", Category.PHONE),
        ("card 1: EMAIL メール", "taro@kakuu.example", Category.EMAIL),
        ("card 1: ADR 郵便番号", "100-0001", Category.POSTAL_CODE),
        ("card 1: ADR 住所", "東京都 架空区 一丁目2-3 架空ビル", Category.ADDRESS),
        ("card 1: BDAY 生年月日", "1980-01-02", Category.DOB),
    }
    free = {each.place: (each.value, each.label) for each in record.fields if not each.subject}
    assert free["card 1: NOTE メモ"] == ("担当は架空花子\n03-0000-1234", "メモ")
    assert free["card 1: ORG 会社"] == ("株式会社架空 営業部", "会社")
    (photo,) = members(parts)
    assert photo.name == "card 1 PHOTO"
    assert sniff(cast("BinaryIO", photo.stream)) == "png"


def _quoted(text: str, encoding: str) -> bytes:
    return quopri.encodestring(text.encode(encoding), quotetabs=True).replace(b"=\n", b"=\r\n")


@pytest.mark.parametrize(
    "line",
    [
        b"N;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:" + _quoted("架空;太郎;;;", "cp932"),
        b"N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:" + _quoted("架空;太郎;;;", "utf-8"),
        b"N;QUOTED-PRINTABLE;CHARSET=UTF-8:" + _quoted("架空;太郎;;;", "utf-8"),
        b"N;CHARSET=SHIFT_JIS:" + "架空;太郎;;;".encode("cp932"),
        b"N:" + "架空;太郎;;;".encode("cp932"),
        b"N;CHARSET=ISO-2022-JP:" + "架空;太郎;;;".encode("iso2022_jp"),
        b"item1.N:" + "架空;太郎;;;".encode(),
    ],
)
def test_old_telephones_are_read(line: bytes) -> None:
    """Quoted-printable with and without its name, Shift_JIS declared or not, ISO-2022-JP."""
    data = b"BEGIN:VCARD\r\nVERSION:2.1\r\n" + line + b"\r\nTEL;CELL:09000001234\r\nEND:VCARD\r\n"
    assert sniff(io.BytesIO(data)) == "vcard"
    (record,) = records(read("vcard", data))
    assert values(record) == {"card 1: N 氏名": "架空 太郎", "card 1: TEL 電話番号": "09000001234"}


def test_folded_lines_soft_breaks_and_readings_of_mobile_phones() -> None:
    """A line folded inside a character, a long quoted value, and docomo's reading."""
    name = "FN:架空太郎".encode()
    long_note = _quoted("架空の長いメモ" * 12, "cp932")
    assert b"=\r\n" in long_note
    data = (
        b"BEGIN:VCARD\r\nVERSION:2.1\r\n" + name[:5] + b"\r\n " + name[5:] + b"\r\n"
        b"SOUND;X-IRMC-N;CHARSET=SHIFT_JIS:" + "ｶｸｳ;ﾀﾛｳ;;;".encode("cp932") + b"\r\n"
        b"NOTE;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:" + long_note + b"\r\nEND:VCARD\r\n"
    )
    (record,) = records(read("vcard", data))
    assert values(record) == {
        "card 1: FN 氏名": "架空太郎",
        "card 1: SOUND フリガナ": "ｶｸｳ ﾀﾛｳ",
        "card 1: NOTE メモ": "架空の長いメモ" * 12,
    }


def test_an_offices_card_names_nobody() -> None:
    """A card without a name whose title is its firm is no person's; a data: URI is a picture."""
    photo = b"PHOTO:data:image/png;base64," + base64.b64encode(PNG)
    data = (
        b"BEGIN:VCARD\nVERSION:4.0\nFN:" + "架空商店".encode() + b"\nORG:" + "架空商店".encode() + b"\n"
        b"TEL;VALUE=uri;TYPE=work:tel:+81-3-0000-1234;ext=5\n" + photo + b"\nEND:VCARD\n"
    )
    parts = read("vcard", data)
    (record,) = records(parts)
    assert Category.PERSON not in {each.category for each in record.fields}
    assert values(record)["card 1: TEL 電話番号"] == "+81-3-0000-1234"
    assert [member.name for member in members(parts)] == ["card 1 PHOTO"]


def test_many_cards_in_utf_16_and_a_broken_one() -> None:
    """Each card is a record; lines that are none and a card without end are told."""
    cards = "".join(f"BEGIN:VCARD\r\nFN:架空{number}\r\nEND:VCARD\r\n" for number in range(3))
    assert len(records(read("vcard", cards.encode("utf-16")))) == 3
    parts = read("vcard", cards.encode() + b"BEGIN:VCARD\r\nnonsense\r\nFN:last\r\n")
    assert len(records(parts)) == 4
    assert gaps(parts) == [
        Gap(Reason.DAMAGED, "card 4 does not end"),
        Gap(Reason.DAMAGED, "1 lines that are no properties"),
    ]


def test_a_card_goes_on_behind_the_card_of_its_agent() -> None:
    """Lines of the outer card behind the inner one are its own; those outside all cards are told."""
    data = (
        "BEGIN:VCARD\nVERSION:2.1\nFN:架空太郎\nAGENT:\nBEGIN:VCARD\nFN:架空花子\nEND:VCARD\n"
        "TEL:090-0000-1234\nEND:VCARD\nTEL:090-0000-5678\nBEGIN:VCARD\nFN:架空三郎\n"
        "BEGIN:VCARD\nFN:架空四郎\nEND:VCARD\n"
    )
    parts = read("vcard", data.encode())
    assert [values(record) for record in records(parts)] == [
        {"card 2: FN 氏名": "架空花子"},
        {"card 1: FN 氏名": "架空太郎", "card 1: AGENT": "", "card 1: TEL 電話番号": "090-0000-1234"},
        {"card 3: FN 氏名": "架空三郎"},
        {"card 4: FN 氏名": "架空四郎"},
    ]
    assert gaps(parts) == [
        Gap(Reason.DAMAGED, "card 3 does not end"),
        Gap(Reason.DAMAGED, "1 lines outside the cards"),
    ]


def test_a_calendar_gives_its_events_and_everybody_in_them() -> None:
    """Words of an event are one record, each person another; a room is no person; a file is a member."""
    parts = read("ics", CALENDAR)
    assert not gaps(parts)
    event, organizer, attendee, room = records(parts)[:4]
    assert values(event) == {
        "event 1: SUMMARY 件名": "架空太郎様 面談",
        "event 1: DESCRIPTION 内容": "電話 090-0000-1234\n長い説明が続く、折り返しのある行",
        "event 1: LOCATION 場所": "第1会議室",
    }
    assert organizer.fields == (
        RecordField("event 1: ORGANIZER CN 主催者", "架空花子", Category.PERSON, "主催者"),
        RecordField("event 1: ORGANIZER 主催者", "hanako@kakuu.example", Category.EMAIL, "主催者"),
    )
    assert [each.category for each in attendee.fields] == [Category.PERSON, Category.EMAIL]
    assert room.fields[0].category is None
    assert [member.name for member in members(parts)] == ["名簿.png"]


def test_telephones_and_rare_properties_of_an_event_are_read() -> None:
    """Who is asked by telephone, what is borrowed, what the other side answered, what programs add."""
    data = (
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nATTENDEE:tel:+81-90-0000-1234;ext=1\n"
        b"RESOURCES:projector of Kakuu Taro\nREQUEST-STATUS:3.7;Invalid;ATTENDEE:mailto:taro@kakuu.example\n"
        b"X-PHONE:090-0000-5678\nX-MOZ-LASTACK:20240101T000000Z\nX-NUMBER:12345678\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    event, attendee = records(read("ics", data))
    assert list(values(event).values()) == [
        "projector of Kakuu Taro",
        "3.7;Invalid;ATTENDEE:mailto:taro@kakuu.example",
        "090-0000-5678",
    ]
    assert attendee.fields == (
        RecordField("event 1: ATTENDEE 参加者", "+81-90-0000-1234", Category.PHONE, "参加者"),
    )


def test_a_malformed_event_costs_only_itself() -> None:
    """An event that never ends and a line of noise are told; the next event is read."""
    data = (
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:first\n\xff\xfe noise without sense\n"
        b"BEGIN:VEVENT\nSUMMARY:second\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    parts = read("ics", data)
    assert [values(record) for record in records(parts)] == [
        {"event 1: SUMMARY 件名": "first"},
        {"event 2: SUMMARY 件名": "second"},
    ]
    assert [gap.detail for gap in gaps(parts)] == [
        "1 of 2 events do not end",
        "1 lines that are no properties",
    ]


def test_a_directory_export_has_a_record_for_every_entry() -> None:
    """Base64 is undone, pictures are members, passwords are not read, and a unit is no person."""
    assert sniff(io.BytesIO(DIRECTORY)) == "ldif"
    assert sniff(io.BytesIO(b"# export\nversion: 1\n\n" + DIRECTORY)) == "ldif"
    assert sniff(io.BytesIO(b"DN: 123 and more of a note\n")) == "txt"
    parts = read("ldif", DIRECTORY)
    person, unit = records(parts)
    found = {each.value: each.category for each in person.fields}
    assert found == {
        "uid=taro,ou=people,dc=kakuu": None,
        "架空 太郎": Category.PERSON,
        "taro": None,
        "taro@kakuu.example": Category.EMAIL,
        "東京都架空区 1-2-3": Category.ADDRESS,
        "12345": Category.STAFF_ID,
        "折り返しのある備考": None,
    }
    assert all(each.category is None and not each.subject for each in unit.fields)
    assert [member.name for member in members(parts)] == ["entry 1 jpegphoto"]


class _Counted(bytes):
    """A line that notes how many bytes it copies when it is added to."""

    copied = 0

    def __add__(self, other: object) -> _Counted:
        assert isinstance(other, bytes)
        _Counted.copied += len(self)
        return _Counted(bytes(self) + other)


def test_a_value_folded_into_many_lines_is_not_copied_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte in short lines would take minutes; nothing of it is lost."""
    lines = [b"dn: cn=x", b"description: a", *[b" b"] * 1_000, b""]
    monkeypatch.setattr(contacts, "physical_lines", lambda _stream: map(_Counted, lines))
    (record,) = records(read("ldif", b"dn: cn=x"))
    assert values(record)["entry 1: description 備考"] == "a" + "b" * 1_000
    assert _Counted.copied == 0
