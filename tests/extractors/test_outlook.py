"""Outlook's messages, contacts and stores, and mailboxes in one file."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanners.extractors.interface import Budget, Extracted, Limits
from scanners.extractors.rtf_compressed import rich_text
from scanners.kinds import sniff
from scanners.model import Category, Gap, RecordSegment
from tests.extractors import samples_legacy as samples
from tests.extractors.test_contract import read
from tests.extractors.test_legacy import gaps_of, members_of, texts_at


def test_a_message_gives_fields_recipients_and_attachments() -> None:
    """Each in its place; an attached message is a file of the same kind."""
    parts = read("msg", samples.outlook_message())
    places = texts_at(parts)
    assert places["Subject"] == "印題名太郎の件"
    assert places["From"] == "印差出花子"
    assert places["body"] == "印本文一郎です。"
    assert places["To (recipients)"] == "印宛先次郎 <jiro@kakuu.example>"
    held = members_of(parts)
    assert held["名簿.csv"].decode("cp932").startswith("氏名")
    assert sniff(io.BytesIO(held["転送された件"])) == "msg"
    assert texts_at(read("msg", held["転送された件"]))["body"] == "印転送四郎"


def test_eight_bit_messages_are_decoded_by_their_code_page() -> None:
    """Outlook of old kept texts in the code page of its machine, and says which."""
    streams = samples.message_streams(32, {0x0037: "ｱ印題名", 0x1000: "山田"}, {0x3FFD: 932}, page="cp932")
    assert texts_at(read("msg", samples.ole(streams)))["Subject"] == "ｱ印題名"


def test_a_contact_is_a_record_of_one_person() -> None:
    """Name, phone and address arrive with their meaning, named properties too."""
    streams = samples.message_streams(
        32,
        {0x001A: "IPM.Contact", 0x3001: "印山田太郎", 0x3A1C: "090-0000-1234", 0x8000: "taro@kakuu.example"},
    )
    streams |= {
        "__nameid_version1.0/__substg1.0_00030102": struct.pack("<IHH", 0x8083, 6, 0),
        "__nameid_version1.0/__substg1.0_00040102": b"",
    }
    (record,) = [part for part in read("msg", samples.ole(streams)) if isinstance(part, RecordSegment)]
    assert [(each.category, each.value) for each in record.fields] == [
        (Category.PERSON, "印山田太郎"),
        (Category.PHONE, "090-0000-1234"),
        (None, "taro@kakuu.example"),
    ]


@pytest.fixture(scope="module")
def store(shared_data: Path) -> bytes:
    """A data file of Outlook that others made."""
    return (shared_data / "samples" / "documents" / "testPST_variousBodyTypes.pst").read_bytes()


def test_items_of_a_store_have_their_folder(store: bytes) -> None:
    """Every message of every folder: fields, recipients, body."""
    assert sniff(io.BytesIO(store)) == "pst"
    parts = read("pst", store)
    places = texts_at(parts)
    first = "Top of Outlook data file/Inbox/tmp/message 1"
    assert "Subject: original email" in places[first]
    assert "To: Allison, Timothy B." in places[first]
    assert "This is the original email" in places[f"{first}, body"]
    assert len([place for place in places if place.endswith(", body")]) == 4
    assert not gaps_of(parts)


def test_a_damaged_store_ends_in_gaps(store: bytes) -> None:
    """Truncated and with bits turned: nothing but gaps."""
    chance = random.Random(20)
    for _ in range(30):
        damaged = bytearray(store[: chance.randrange(1, len(store) + 1)] if chance.random() < 0.3 else store)
        for _ in range(chance.randrange(0, 100)):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        read("pst", bytes(damaged))


def test_something_that_only_begins_like_a_store_is_damaged() -> None:
    """The head alone is no store."""
    assert gaps_of(read("pst", b"!BDN" + bytes(2000))) == ["damaged"]


def test_winmail_gives_fields_and_files() -> None:
    """What Outlook packs for itself is no closed box."""
    parts = read("tnef", samples.tnef())
    assert texts_at(parts) == {"Subject": "印題名太郎", "body": "印本文一郎"}
    assert members_of(parts) == {"名簿.txt": "印添付三郎".encode("cp932")}


def test_every_message_of_a_mailbox_is_a_member() -> None:
    """Deleted ones too; a line that only begins with From ends nothing."""
    held = members_of(read("mbox", samples.mailbox()))
    assert list(held) == ["message 1.eml", "message 2.eml"]
    assert b"From here on" in held["message 1.eml"]
    assert held["message 2.eml"].endswith(b"\r\n\r\nFrom the second\r\n")


def test_a_mailbox_streams_one_message_at_a_time() -> None:
    """A mailbox may be larger than memory: reading asks for no more than the message at hand."""
    message = (
        b"From a@kakuu.example Mon Jan  5 10:00:00 2026\nFrom: a@kakuu.example\nSubject: x\n\n" + b"y" * 1000
    )
    stream = io.BytesIO((message + b"\n\n") * 50)
    from scanners.extractors.mailbox_file import Mailbox

    parts: Iterator[Extracted] = Mailbox().segments(stream, Budget(Limits(), 1 << 20))
    next(parts)
    assert stream.tell() < 3 * len(message)
    assert len(list(parts)) == 49


_PACKED = (  # both of [MS-OXRTFCP] 4: with references to what each side knows, and to itself
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0",
    "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0",
)
_RICH = (b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n", b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}")


@pytest.mark.parametrize(("packed", "rich"), list(zip(_PACKED, _RICH, strict=True)))
def test_packed_rich_text_is_unpacked(packed: str, rich: bytes) -> None:
    """As the specification's own examples show it."""
    assert rich_text(bytes.fromhex(packed)) == (rich, True)


def test_a_damaged_rich_body_gives_what_there_is_and_says_so() -> None:
    """A wrong checksum is told, and the text that came out is kept; what is no packed text is told too."""
    streams = samples.message_streams(32, {0x0037: "印題"})
    body = bytearray.fromhex(_PACKED[0])
    body[12] ^= 1
    parts = read("msg", samples.ole({**streams, "__substg1.0_10090102": bytes(body)}))
    assert texts_at(parts)["body (rtf)"] == "hello world"
    assert "rich text body: its checksum does not fit" in [
        part.detail for part in parts if isinstance(part, Gap)
    ]
    parts = read("msg", samples.ole({**streams, "__substg1.0_10090102": b"no header"}))
    assert texts_at(parts)["Subject"] == "印題"
    assert "rich text body: ValueError" in [part.detail for part in parts if isinstance(part, Gap)]
