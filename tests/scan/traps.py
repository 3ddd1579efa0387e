"""Files that are made to harm whoever reads them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from tests.extractors import samples

MIB = 1 << 20
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BILLION = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]><a>&l9;</a>'
QUADRATIC = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l "{"x" * 50_000}">]><a>{"&l;" * 5_000}</a>'


def zeros(size: int) -> bytes:
    """Return an archive with one member of zeros."""
    return samples.zip_file({"zeros.txt": bytes(size)})


def nested_bomb(levels: int, width: int, size: int) -> bytes:
    """Return archives within archives, each `width` times the one below."""
    data = zeros(size)
    for _ in range(levels):
        data = samples.zip_file({f"{number}.zip": data for number in range(width)})
    return data


def overlapping_bomb(entries: int, size: int) -> bytes:
    """Return an archive whose directory names one and the same member many times (Fifield 2019)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.txt", bytes(size))
    whole = out.getvalue()
    start = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    directory = whole[start:end] * entries
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, entries, entries, len(directory), start, 0)
    return whole[:start] + directory + tail


def many_members(count: int) -> bytes:
    """Return an archive of tiny members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(zipfile.ZipInfo(f"{number}.txt"), b"x")
    return out.getvalue()


def replaced(package: bytes, part: str, content: bytes) -> bytes:
    """Return a package with another content of one part."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as to,
    ):
        for info in source.infolist():
            to.writestr(info.filename, content if info.filename == part else source.read(info))
    return out.getvalue()


def sparse_workbook() -> bytes:
    """Return a workbook with its first and its last possible cell: a grid of 17 billion."""
    cell = '<c r="{0}" t="inlineStr"><is><t>{1}</t></is></c>'
    rows = (
        f'<row r="1">{cell.format("A1", "090-0000-1234")}</row>'
        f'<row r="1048576">{cell.format("XFD1048576", "090-0000-5678")}</row>'
    )
    sheet = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )
    return replaced(samples.xlsx_file(), "xl/worksheets/sheet1.xml", sheet.encode())


def external_entities(target: str) -> str:
    """Return XML that wants to draw in a file or an address, in each way there is."""
    return (
        f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "{target}"><!ENTITY % p SYSTEM "{target}">%p;]>'
        f'<a xmlns:xi="http://www.w3.org/2001/XInclude">&e;<xi:include href="{target}" parse="text"/></a>'
    )


def page_tree_loop() -> bytes:
    """Return a PDF whose page tree holds itself."""
    return samples.pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 1000000>>",
            b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 3 0 R]/Count 1000000>>",
        ]
    )


def flate_bomb(size: int) -> bytes:
    """Return a PDF whose page is drawn by a stream of `size` bytes out of a thousandth."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * MIB) for _ in range(size // MIB)) + packer.flush()
    twice = zlib.compress(packed, 9)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"
    stream = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n" % len(twice) + twice + b"\nendstream"
    return samples.pdf_of(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, stream]
    )


def path_tricks() -> bytes:
    """Return an archive whose names want to lie elsewhere."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("../../outside.txt", "/etc/outside.txt", "C:\\outside.txt", "a/../../b.txt", "x" * 5000):
            archive.writestr(zipfile.ZipInfo(name), samples.LINE.encode())
    return out.getvalue()
