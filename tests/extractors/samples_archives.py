"""Builds one small valid archive of every kind, and hostile ones; names are Japanese, contents synthetic."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from functools import cache
from typing import Any

NAME = "名簿/一覧.txt"
TEXT = "氏名: 架空太郎 電話番号: 090-0000-1234\n".encode()
PASSWORD = "架空-Passw0rd"


def tar_file(members: dict[str, bytes] | None = None, *, form: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar; old ones keep names in the bytes they were given, here CP932."""
    out = io.BytesIO()
    encoding = "utf-8" if form == tarfile.PAX_FORMAT else "cp932"
    with tarfile.open(fileobj=out, mode="w", format=form, encoding=encoding) as archive:
        for name, data in (members or {NAME: TEXT}).items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def seven_zip(
    members: dict[str, bytes] | None = None, password: str | None = None, *, header: bool = False
) -> bytes:
    """Return a solid 7z, locked with `password`; with `header` its names are locked too."""
    import py7zr

    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password=password, header_encryption=header) as archive:
        for name, data in (members or {NAME: TEXT}).items():
            archive.writestr(data, name)
    return out.getvalue()


def lzh(name: bytes = NAME.replace("/", "\\").encode("cp932"), data: bytes = TEXT) -> bytes:
    """Return an LZH of level 0 with one stored member (-lh0-)."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    body = b"-lh0-" + struct.pack("<LLLBB", len(data), len(data), 0x5A21_6000, 0x20, 0)
    body += bytes([len(name)]) + name + struct.pack("<H", crc)
    return bytes([len(body), sum(body) & 0xFF]) + body + data + b"\0"


def rar(name: bytes = b"list.txt", data: bytes = TEXT, *, locked: bool = False) -> bytes:
    """Return a RAR 4 with one stored member."""

    def block(kind: int, flags: int, body: bytes) -> bytes:
        rest = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        return struct.pack("<H", zlib.crc32(rest) & 0xFFFF) + rest

    head = struct.pack(
        "<LLBLLBBHL", len(data), len(data), 3, zlib.crc32(data), 0x5A21_6000, 20, 0x30, len(name), 0x20
    )
    flags = 0x8000 | (4 if locked else 0)
    return (
        b"Rar!\x1a\x07\x00"
        + block(0x73, 0, b"\0" * 6)
        + block(0x74, flags, head + name)
        + data
        + block(0x7B, 0x4000, b"")
    )


def cab(name: bytes = b"list.txt", data: bytes = TEXT) -> bytes:
    """Return a cabinet with one stored member."""
    entry = struct.pack("<LLHHHH", len(data), 0, 0, 0x5A21, 0x6000, 0x20) + name + b"\0"
    folder_at = 36
    files_at = folder_at + 8
    data_at = files_at + len(entry)
    size = data_at + 8 + len(data)
    return (
        b"MSCF"
        + struct.pack("<LLLLLBBHHHHH", 0, size, 0, files_at, 0, 3, 1, 1, 1, 0, 1, 0)
        + struct.pack("<LHH", data_at, 1, 0)
        + entry
        + struct.pack("<LHH", 0, len(data), len(data))
        + data
    )


def by_library(form: str, packed: str | None = None) -> bytes:
    """Return an archive that libarchive writes."""
    from scanners.extractors.library import needed

    binding: Any = needed(form)
    out = io.BytesIO()
    with binding.custom_writer(out.write, form, packed) as archive:
        archive.add_file_from_memory("list.txt", len(TEXT), TEXT)
    return out.getvalue()


def locked_workbook(plain: bytes, password: str) -> bytes:
    """Return a workbook encrypted as Excel does it."""
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(plain)).encrypt(password, out)
    return out.getvalue()


def locked_zip(password: str, *, aes: bool, members: dict[str, bytes] | None = None) -> bytes:
    """Return a zip locked with AES, or with the old ZipCrypto."""
    if not aes:
        return _zip_crypto(password.encode(), members or {"list.txt": TEXT})
    import pyzipper

    out = io.BytesIO()
    with pyzipper.AESZipFile(
        out, "w", compression=zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password.encode())
        for name, data in (members or {"list.txt": TEXT}).items():
            archive.writestr(name, data)
    return out.getvalue()


def _zip_crypto(password: bytes, members: dict[str, bytes]) -> bytes:
    """Write stored members in the old encryption (APPNOTE.TXT 6.1)."""
    table = [_crc_row(index) for index in range(256)]
    out, central = bytearray(), bytearray()
    for name, data in members.items():
        keys = [0x12345678, 0x23456789, 0x34567890]

        def update(byte: int, keys: list[int] = keys) -> None:
            keys[0] = keys[0] >> 8 ^ table[(keys[0] ^ byte) & 0xFF]
            keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
            keys[2] = keys[2] >> 8 ^ table[(keys[2] ^ keys[1] >> 24) & 0xFF]

        for byte in password:
            update(byte)
        crc, sealed = zlib.crc32(data), bytearray()
        for byte in bytes(11) + bytes([crc >> 24]) + data:
            mixed = keys[2] | 2
            sealed.append(byte ^ (mixed * (mixed ^ 1) >> 8) & 0xFF)
            update(byte)
        common = struct.pack(
            "<5H3L2H", 20, 1, 0, 0x6000, 0x5A21, crc, len(sealed), len(data), len(name.encode()), 0
        )
        central += b"PK\x01\x02\x14\0" + common + struct.pack("<3H2L", 0, 0, 0, 0, len(out)) + name.encode()
        out += b"PK\x03\x04" + common + name.encode() + sealed
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(members), len(members), len(central), len(out), 0)
    return bytes(out + central + end)


def _crc_row(index: int) -> int:
    for _ in range(8):
        index = index >> 1 ^ (0xEDB88320 if index & 1 else 0)
    return index


def many_zip(count: int) -> bytes:
    """Return a zip of `count` empty members, made quickly."""
    local = struct.Struct("<4s5H3L2H")
    central = struct.Struct("<4s6H3L5H2L")
    body, listed = bytearray(), bytearray()
    for number in range(count):
        name = b"%07d" % number
        listed += (
            central.pack(b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 7, 0, 0, 0, 0, 0, len(body)) + name
        )
        body += local.pack(b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 7, 0) + name
    small = min(count, 0xFFFF)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(listed), len(body))
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(body) + len(listed), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, small, small, len(listed), len(body), 0)
    return bytes(body + listed) + end64 + locator + end


def overlapping_zip(count: int) -> bytes:
    """Return a zip whose members all are the same bytes of the file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("kernel", bytes(1 << 20))
    whole = out.getvalue()
    start = whole.index(b"PK\x01\x02")
    central = whole[start : whole.index(b"PK\x05\x06")]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(central) * count, start, 0)
    return whole[:start] + central * count + end


@cache
def everything() -> dict[str, bytes]:
    """Return one sample for every kind of archive that has a reader."""
    from tests.extractors import samples

    return {
        "tar": tar_file(),
        "7z": seven_zip(),
        "gzip": gzip.compress(TEXT),
        "bzip2": bz2.compress(TEXT),
        "xz": lzma.compress(TEXT),
        "lzma": lzma.compress(TEXT, format=lzma.FORMAT_ALONE),
        "zstd": _zstd(),
        "compress": by_library("raw", "compress"),
        "lz4": by_library("raw", "lz4"),
        "lzip": by_library("raw", "lzip"),
        "lzh": lzh(),
        "rar": rar(),
        "cab": cab(),
        "ar": by_library("ar_svr4"),
        "cpio": by_library("cpio_newc"),
        "iso": _without_padding(by_library("iso9660")),
        "warc": by_library("warc"),
        "ole-encrypted": locked_workbook(samples.xlsx_file(), "VelvetSweatshop"),
    }


def _without_padding(image: bytes) -> bytes:
    kept = image.rstrip(b"\0")
    return kept.ljust(-(-len(kept) // 2_048) * 2_048, b"\0")


def _zstd() -> bytes:
    from backports import zstd

    return zstd.compress(TEXT)
