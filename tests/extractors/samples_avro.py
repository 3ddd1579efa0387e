"""Writes small Avro files."""

from __future__ import annotations

import json
import zlib

SYNC = bytes(range(16))
SCHEMA = {
    "type": "record",
    "name": "Person",
    "namespace": "kakuu",
    "fields": [
        {"name": "氏名", "type": "string"},
        {"name": "電話番号", "type": ["null", "string"]},
        {"name": "番号", "type": "long"},
        {"name": "病名", "type": {"type": "array", "items": "string"}},
        {
            "name": "住所",
            "type": {"type": "record", "name": "Place", "fields": [{"name": "市", "type": "string"}]},
        },
        {"name": "勤務先", "type": ["null", "Place"]},
        {"name": "区分", "type": {"type": "enum", "name": "Kind", "symbols": ["正", "準"]}},
    ],
}


def number(value: int) -> bytes:
    """Return a number, zigzag coded."""
    left, out = (value << 1) ^ (value >> 63), bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*out, left])


def text(value: str) -> bytes:
    """Return a string with its length."""
    raw = value.encode()
    return number(len(raw)) + raw


def person(name: str, tel: str | None, count: int) -> bytes:
    """Return one record of the schema."""
    illness = number(1) + text("糖尿病") + number(0)
    phone = number(0) if tel is None else number(1) + text(tel)
    return text(name) + phone + number(count) + illness + text("東京") + number(1) + text("大阪") + number(1)


def avro_file(codec: str = "null", rows: int = 2) -> bytes:
    """Return a file of two blocks."""
    meta = (
        number(2)
        + text("avro.schema")
        + text(json.dumps(SCHEMA))
        + text("avro.codec")
        + text(codec)
        + number(0)
    )
    out = b"Obj\x01" + meta + SYNC
    for block in range(2):
        data = b"".join(
            person(f"架空{block}-{each}", "090-0000-1234" if each else None, -each) for each in range(rows)
        )
        if codec == "deflate":
            engine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
            data = engine.compress(data) + engine.flush()
        out += number(rows) + number(len(data)) + data + SYNC
    return out
