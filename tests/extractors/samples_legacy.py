"""One valid file of each older kind: planted documents, and files of our own making."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

from scanners.extractors.compound_writer import Node, compound_file
from scanners.extractors.onenote import SECTION

FILES = Path(__file__).parent / "files"
PARTIAL = frozenset({"vsd", "one"})
"""Kinds of which a reader says by itself that it cannot read them wholly."""

UNMADE = frozenset({"pst"})
"""Kinds that no program here writes: read from the samples beside the project where they are."""


def planted(kind: str) -> bytes:
    """Return the planted document of a kind."""
    return (FILES / f"planted.{kind}").read_bytes()


def ole(streams: dict[str, bytes]) -> bytes:
    """Return a compound file; a name with "/" stands in storages."""
    root = Node("Root Entry")
    for path, data in streams.items():
        *storages, name = path.split("/")
        node = root
        for each in storages:
            node = node.storage(each)
        node.streams[name] = data
    return compound_file(root)


def message_streams(
    head: int, texts: dict[int, str], numbers: dict[int, int] | None = None, page: str = ""
) -> dict[str, bytes]:
    """Return the streams of an Outlook item; with `page` its texts are kept in 8 bits."""
    table = bytes(head)
    for tag, value in (numbers or {}).items():
        table += struct.pack("<HHIQ", 3, tag, 6, value)
    out = {}
    for tag, text in texts.items():
        kind, data = (0x1E, text.encode(page)) if page else (0x1F, text.encode("utf-16-le"))
        out[f"__substg1.0_{tag:04X}{kind:04X}"] = data
        table += struct.pack("<HHII4x", kind, tag, 6, len(data))
    out["__properties_version1.0"] = table
    return out


def outlook_message(**extra: bytes) -> bytes:
    """Return a message with a recipient, an attached file and an attached message."""
    streams = message_streams(
        32, {0x001A: "IPM.Note", 0x0037: "印題名太郎の件", 0x0C1A: "印差出花子", 0x1000: "印本文一郎です。"}
    )
    recipient = message_streams(8, {0x3001: "印宛先次郎", 0x39FE: "jiro@kakuu.example"}, {0x0C15: 1})
    attached = message_streams(8, {0x3707: "名簿.csv"}, {0x3705: 1})
    attached["__substg1.0_37010102"] = "氏名,電話\n印添付三郎,03-1234-5678\n".encode("cp932")
    inner = message_streams(24, {0x0037: "転送", 0x1000: "印転送四郎"})
    enclosing = message_streams(8, {0x3001: "転送された件"}, {0x3705: 5})
    for prefix, part in (
        ("__recip_version1.0_#00000000", recipient),
        ("__attach_version1.0_#00000000", attached),
        ("__attach_version1.0_#00000001", enclosing),
        ("__attach_version1.0_#00000001/__substg1.0_3701000D", inner),
    ):
        streams |= {f"{prefix}/{name}": data for name, data in part.items()}
    return ole(streams | extra)


def packed(name: str, content: bytes) -> bytes:
    """Return the stream in which an OLE Package keeps a file."""
    label = name.encode("cp932") + b"\x00"
    inner = b"\x02\x00" + label + label + b"\x00\x00\x03\x00" + struct.pack("<I", len(label)) + label
    inner += struct.pack("<I", len(content)) + content
    return struct.pack("<I", len(inner)) + inner


def mailbox() -> bytes:
    """Return a folder of Thunderbird with two mails, the second with a quoted line."""
    return (
        b"From - Mon Jan  5 10:00:00 2026\r\nX-Mozilla-Status: 0001\r\nFrom: taro@kakuu.example\r\n"
        b"Subject: one\r\n\r\nfirst\r\n\r\nFrom here on nothing begins.\r\n\r\n"
        b"From - Mon Jan  5 11:00:00 2026\r\nX-Mozilla-Status: 0009\r\nFrom: hanako@kakuu.example\r\n"
        b"Subject: two\r\n\r\n>From the second\r\n"
    )


def ichitaro() -> bytes:
    """Return a document whose body holds furigana between its controls."""
    units = (
        "印本文一郎\r氏名 \x1c\x01\x07\x00\x00\x03\x1d印山田\x1e\x1c\x01\x07\x00\x01\x82\x1dやまだ\x1e太郎\r"
    )
    body = units.encode("utf-16-be")
    head = b"SsmgV.01".ljust(20, b"\x00")
    text = head + b"TextV.01" + struct.pack(">I", len(body) // 2) + body
    return ole(
        {
            "DocumentText": text,
            "Header": head + b"TextV.01" + struct.pack(">I", 5) + "印頭書次郎".encode("utf-16-be"),
        }
    )


def tnef() -> bytes:
    """Return a winmail.dat with a subject, a body property and one file."""

    def attribute(level: int, number: int, body: bytes) -> bytes:
        return (
            struct.pack("<BHHI", level, number, 6, len(body)) + body + struct.pack("<H", sum(body) & 0xFFFF)
        )

    text = "印本文一郎".encode("utf-16-le") + b"\x00\x00"
    properties = struct.pack("<IHHII", 1, 0x1F, 0x1000, 1, len(text)) + text + bytes(-len(text) % 4)
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(1, 0x9007, struct.pack("<II", 932, 0))
        + attribute(1, 0x8004, "印題名太郎\x00".encode("cp932"))
        + attribute(1, 0x9003, properties)
        + attribute(2, 0x9002, bytes(14))
        + attribute(2, 0x8010, "名簿.txt\x00".encode("cp932"))
        + attribute(2, 0x800F, "印添付三郎".encode("cp932"))
    )


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    length = bytes((size,)) if size < 0x80 else b"\x82" + struct.pack(">H", size)
    return bytes((tag,)) + length + body


def signed(content: bytes, kind: int = 2) -> bytes:
    """Return content inside a signature without signers; kind 3 says that it is enveloped."""
    data = bytes.fromhex("06092a864886f70d0107")
    inner = _der(0x30, data + b"\x01", _der(0xA0, _der(0x04, content)))
    body = _der(0x30, b"\x02\x01\x01", _der(0x31), inner, _der(0x31))
    return _der(0x30, data + bytes((kind,)), _der(0xA0, body))


def visio() -> bytes:
    """Return a drawing with one page, one shape with data and a link."""
    page = (
        "<PageContents xmlns='http://schemas.microsoft.com/office/visio/2012/main'><Shapes><Shape ID='1'>"
        "<Section N='Property'><Row N='r'><Cell N='Value' V='印属性五郎'/></Row></Section>"
        "<Section N='Hyperlink'><Row><Cell N='Address' V='mailto:link-marker@kakuu.example'/></Row></Section>"
        "<Text><cp IX='0'/>印本文<pp IX='0'/>一郎</Text></Shape></Shapes></PageContents>"
    )
    pages = (
        "<Pages xmlns='http://schemas.microsoft.com/office/visio/2012/main' "
        "xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'>"
        "<Page ID='0' Name='組織図'><Rel r:id='rId1'/></Page></Pages>"
    )
    relations = (
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        "<Relationship Id='rId1' Type='http://schemas.microsoft.com/visio/2010/relationships/page' "
        "Target='page1.xml'/></Relationships>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("visio/document.xml", "<VisioDocument/>")
        archive.writestr("visio/pages/pages.xml", pages)
        archive.writestr("visio/pages/_rels/pages.xml.rels", relations)
        archive.writestr("visio/pages/page1.xml", page)
    return out.getvalue()


def onenote() -> bytes:
    """Return a section with one text after its length, and one file."""
    text = "印本文一郎".encode("utf-16-le")
    file = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac") + struct.pack("<Q12x", 5) + b"hello"
    return SECTION + bytes(64) + struct.pack("<I", len(text)) + text + bytes(8) + file


def legacy() -> dict[str, bytes]:
    """Return one sample of each kind."""
    return {
        **{kind: planted(kind) for kind in ("doc", "xls", "ppt", "rtf")},
        "msg": outlook_message(),
        "mbox": mailbox(),
        "tnef": tnef(),
        "cms": signed(b"Content-Type: text/plain\r\n\r\nhello"),
        "vsdx": visio(),
        "vsd": ole(
            {"VisioDocument": b"Visio (TM) Drawing\r\n".ljust(64, b"\x00") + "印本文一郎".encode("utf-16-le")}
        ),
        "jtd": ichitaro(),
        "one": onenote(),
        "ole": ole({"\x01Ole10Native": packed("名簿.txt", "印添付三郎".encode("cp932"))}),
    }
