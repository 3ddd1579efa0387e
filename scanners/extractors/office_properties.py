"""Property sets of Office files ([MS-OLEPS]): title, author, company, and what users added."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from scanners.encodings import Decoded, decode

_SUMMARY = {2: "Title", 3: "Subject", 4: "Author", 5: "Keywords", 6: "Comments", 8: "Last author"}
_DOCUMENT = {2: "Category", 13: "Parts", 14: "Manager", 15: "Company", 27: "Status", 28: "Language"}
_SUMMARY_ID = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
_DOCUMENT_ID = bytes.fromhex("02d5cdd59c2e1b10939708002b2cf9ae")
_STRING, _WIDE, _VARIANT, _VECTOR = 0x1E, 0x1F, 0x0C, 0x1000
_UTF16 = 1200
_MOST = 10_000


def code_page_text(data: bytes, code_page: int) -> str:
    """Return text in a Windows code page; bytes that the page does not know are judged anew."""
    name = {65001: "utf-8", _UTF16: "utf-16-le", 0: "cp932", 10001: "cp932"}.get(code_page, f"cp{code_page}")
    if code_page == 10000:
        name = "mac_roman"
    data = data if name == "utf-16-le" else data.split(b"\x00", 1)[0]
    try:
        return data.decode(name).split("\x00", 1)[0]
    except (UnicodeDecodeError, LookupError):
        decoded = decode(data)
        return decoded.text if isinstance(decoded, Decoded) else data.decode("latin-1")


def property_lines(data: bytes) -> list[str]:
    """Return the texts of a property set stream, each after its name."""
    (count,) = struct.unpack_from("<I", data, 24)
    out: list[str] = []
    for section in range(min(count, 4)):
        identity, offset = struct.unpack_from("<16sI", data, 28 + section * 20)
        out += _section(data[offset:], identity)
    return out


def _section(data: bytes, identity: bytes) -> Iterator[str]:
    (count,) = struct.unpack_from("<I", data, 4)
    places = dict(struct.iter_unpack("<II", data[8 : 8 + 8 * min(count, _MOST)]))
    code_page = 1252
    if 1 in places:
        (code_page,) = struct.unpack_from("<H", data, places[1] + 4)
    names = {_SUMMARY_ID: _SUMMARY, _DOCUMENT_ID: _DOCUMENT}.get(identity, {})
    own = identity not in (_SUMMARY_ID, _DOCUMENT_ID)
    if own and 0 in places:
        names = _dictionary(data, places[0], code_page)
    for number, place in places.items():
        if number in (0, 1) or (number not in names and not own):
            continue
        texts = [text.strip() for text in _value(data, place, code_page)]
        text = ", ".join(text for text in texts if text)
        if text:
            yield f"{names.get(number, 'Property')}: {text}"


def _dictionary(data: bytes, place: int, code_page: int) -> dict[int, str]:
    (count,) = struct.unpack_from("<I", data, place)
    position = place + 4
    names: dict[int, str] = {}
    for _ in range(min(count, _MOST)):
        number, length = struct.unpack_from("<II", data, position)
        size = length * 2 if code_page == _UTF16 else length
        names[number] = code_page_text(data[position + 8 : position + 8 + size], code_page)
        position += 8 + size + (-size % 4 if code_page == _UTF16 else 0)
    return names


def _value(data: bytes, place: int, code_page: int) -> list[str]:
    (kind,) = struct.unpack_from("<I", data, place)
    if kind & 0xFFFF in (_STRING, _WIDE):
        return [_string(data, place + 4, kind & 0xFF, code_page)[0]]
    if kind & _VECTOR:
        (count,) = struct.unpack_from("<I", data, place + 4)
        out: list[str] = []
        position = place + 8
        for _ in range(min(count, _MOST)):
            item = kind & 0xFF
            if item == _VARIANT:
                (item,) = struct.unpack_from("<I", data, position)
                position += 4
            if item not in (_STRING, _WIDE):
                if (kind & 0xFF) != _VARIANT:
                    break
                position += 4  # a number between names of parts
                continue
            text, position = _string(data, position, item, code_page)
            out.append(text)
        return out
    return []


def _string(data: bytes, position: int, kind: int, code_page: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<I", data, position)
    wide = kind == _WIDE
    size = length * 2 if wide else length
    raw = data[position + 4 : position + 4 + size]
    return code_page_text(raw, _UTF16 if wide else code_page), position + 4 + size + (
        -size % 4 if wide else 0
    )
