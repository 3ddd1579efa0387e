"""Zip files written byte by byte: member names in CP932, fixed times, the old password scheme.

Layout and the traditional encryption: PKWARE APPNOTE 6.3.10, sections 4.3 and 6.1. The standard
library writes neither names in CP932 nor encrypted members.
"""

import struct
import zlib
from collections.abc import Sequence


def _crc_step(crc: int, byte: int) -> int:
    return (crc >> 8) ^ _CRC[(crc ^ byte) & 0xFF]


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xEDB88320 if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


_CRC = _crc_table()


def _encrypt(data: bytes, check: int, password: bytes) -> bytes:
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = _crc_step(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = _crc_step(keys[2], keys[1] >> 24)

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in bytes(range(11)) + bytes([check]) + data:  # a fixed 12-byte header keeps the file the same
        mask = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ ((mask * (mask ^ 1)) >> 8) & 0xFF)
        update(byte)
    return bytes(out)


def zip_bytes(
    members: Sequence[tuple[str, bytes]], *, encoding: str = "cp932", password: str = "", year: int = 2026
) -> bytes:
    """Return a zip of (name, content) pairs dated April 1st; with a password every member is encrypted."""
    date = (year - 1980) << 9 | 4 << 5 | 1
    body, directory = bytearray(), bytearray()
    for name, content in members:
        raw_name = name.encode(encoding)
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = packer.compress(content) + packer.flush()
        crc = zlib.crc32(content)
        flags = 0x800 if encoding == "utf-8" else 0
        if password:
            data = _encrypt(data, crc >> 24, password.encode("utf-8"))
            flags |= 1
        fields = (20, flags, 8, 0, date, crc, len(data), len(content), len(raw_name), 0)
        header = struct.pack("<HHHHHIIIHH", *fields)
        offset = len(body)
        body += b"PK\x03\x04" + header + raw_name + data
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + header
        directory += struct.pack("<HHHII", 0, 0, 0, 0, offset) + raw_name
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return bytes(body + directory) + b"PK\x05\x06" + end
