"""What Outlook keeps of people beside names and addresses: days, lists, headers, short fields."""

from __future__ import annotations

import struct

import pytest

from scanners.extractors.interface import Extracted
from scanners.extractors.mapi import Item
from scanners.extractors.pst import values
from scanners.model import Category, Gap, RecordSegment
from tests.extractors import samples_legacy as samples
from tests.extractors.test_contract import read
from tests.extractors.test_legacy import members_of, texts_at

_NEW_YEARS_DAY = 119_600_064_000_000_000  # 1980-01-01T00:00 as 100 ns since 1601
_HOUR = 36_000_000_000


def message(texts: dict[int, str], *, table: bytes = b"", **streams: bytes) -> list[Extracted]:
    """Return what is read of a message with these texts, other properties and streams."""
    made = samples.message_streams(32, texts)
    made["__properties_version1.0"] += table
    return list(read("msg", samples.ole(made | streams)))


def tnef(*properties: bytes, attached: bytes = b"") -> bytes:
    """Return a winmail.dat with these properties of the message, and of one attachment."""

    def attribute(level: int, number: int, body: bytes) -> bytes:
        return struct.pack("<BHHI", level, number, 6, len(body)) + body + bytes(2)

    data = struct.pack("<IH", 0x223E9F78, 1)
    data += attribute(1, 0x9003, struct.pack("<I", len(properties)) + b"".join(properties))
    if attached:
        data += attribute(2, 0x9002, bytes(14)) + attribute(2, 0x9005, struct.pack("<I", 1) + attached)
    return data


def test_a_contact_has_a_date_of_birth() -> None:
    """The day of the person who wrote it: midnight in Japan is the afternoon before in UTC."""
    for moment in (_NEW_YEARS_DAY, _NEW_YEARS_DAY - 9 * _HOUR, _NEW_YEARS_DAY + 5 * _HOUR):
        table = struct.pack("<HHIQ", 0x40, 0x3A42, 6, moment)
        (record,) = [
            part
            for part in message({0x001A: "IPM.Contact", 0x3001: "架空花子"}, table=table)
            if isinstance(part, RecordSegment)
        ]
        assert (Category.DOB, "1980-01-01") in [(each.category, each.value) for each in record.fields]
    packed = struct.pack("<HHQ", 0x40, 0x3A42, _NEW_YEARS_DAY)
    assert texts_at(read("tnef", tnef(packed)))["birthday"] == "1980-01-01"


def test_no_day_is_no_day() -> None:
    """Zero, the year 4501 that Outlook writes for none, and moments beyond all calendars."""
    item = Item()
    for moment in (0, 0x0CB34557A3DD4000, 0xFFFFFFFFFFFFFFFF):
        item.put_day(0x3A42, struct.pack("<Q", moment))
    assert item.days == {}


def test_all_values_of_a_property_are_read() -> None:
    """Names of children, companies, categories: a property may have several values."""
    listed = {
        "__substg1.0_3A58101F": struct.pack("<II", 6, 6),
        "__substg1.0_3A58101F-00000000": "花子".encode("utf-16-le"),
        "__substg1.0_3A58101F-00000001": "次郎".encode("utf-16-le"),
    }
    assert texts_at(message({0x1000: "本文"}, **listed))["other fields"] == "花子, 次郎"
    value = struct.pack("<HHI", 0x101F, 0x3A58, 2)
    for name in ("花子", "次郎"):
        text = name.encode("utf-16-le") + bytes(2)
        value += struct.pack("<I", len(text)) + text + bytes(-len(text) % 4)
    assert texts_at(read("tnef", tnef(value)))["other fields"] == "花子, 次郎"
    assert values(struct.pack("<III", 2, 12, 15) + b"abcde") == [b"abc", b"de"]
    with pytest.raises(struct.error):
        values(struct.pack("<I", 70_000))


def test_a_name_of_one_or_two_letters_is_a_field() -> None:
    """Japanese names are short; two Latin letters are hardly ever one."""
    assert texts_at(message({0x004D: "林", 0x3A45: "Dr"}))["other fields"] == "林"


def test_encoded_words_of_the_headers_are_read() -> None:
    """The headers that came with a message stand as they were sent."""
    headers = "Reply-To:\r\n =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <a@kakuu.example>\r\nX-Priority: 1"
    found = texts_at(message({0x007D: headers}))["transport headers"]
    assert found.splitlines() == ["Reply-To: 山田 <a@kakuu.example>", "X-Priority: 1"]


def test_a_message_of_which_nothing_is_known_says_so() -> None:
    """It is not taken for one that was read and is empty; names of streams differ in case."""
    assert [gap.detail for gap in message({}) if isinstance(gap, Gap)] == [
        "no field, text or attachment in the message"
    ]
    shouted = {"__SUBSTG1.0_1000001F": "本文".encode("utf-16-le")}
    assert texts_at(message({}, **shouted))["body"] == "本文"


def test_only_objects_begin_with_the_id_of_their_interface() -> None:
    """The content of a plain file is whole."""
    plain = struct.pack("<HHII", 0x0102, 0x3701, 1, 20) + b"%PDF-1.4 twenty byte"
    assert members_of(read("tnef", tnef(attached=plain)))["attachment 1"] == b"%PDF-1.4 twenty byte"
    packed = struct.pack("<HHII", 0x000D, 0x3701, 1, 20) + bytes(16) + b"file"
    assert members_of(read("tnef", tnef(attached=packed)))["attachment 1"] == b"file"
    assert not [part for part in read("tnef", tnef(attached=packed)) if isinstance(part, Gap)]
