"""Makes small pictures of every kind, with words beside their pixels."""

from __future__ import annotations

import io
import struct

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

LINE = "撮影: 架空太郎 090-0000-1234"
SIZE = (40, 20)  # too small for OCR to be asked


def saved(kind: str, size: tuple[int, int] = SIZE, **how: object) -> bytes:
    """Return a picture of one colour."""
    out = io.BytesIO()
    Image.new("L" if kind in ("GIF", "TIFF") else "RGB", size, 200).save(out, kind, **how)
    return out.getvalue()


def exif(*, big_endian: bool = False) -> Image.Exif:
    """Return what a camera writes: owner, comment, position in Tokyo."""
    found = Image.Exif()
    found.endian = ">" if big_endian else "<"
    found[0x010E] = "説明 架空説明".encode("cp932")  # as old programs write it
    found[0x013B] = "架空花子".encode()
    found[0x9C9C] = "備考 架空備考".encode("utf-16-le")
    details = found.get_ifd(0x8769)
    details[0xA430] = "Kakuu Taro"
    details[0x9286] = b"UNICODE\x00" + LINE.encode("utf-16-be" if big_endian else "utf-16-le")
    position = found.get_ifd(0x8825)
    position.update({1: "N", 2: _angle(35, 40, 52), 3: "E", 4: _angle(139, 46, 2)})
    return found


def _angle(*parts: int) -> tuple[IFDRational, ...]:
    return tuple(IFDRational(part, 1) for part in parts)


def jpeg_file() -> bytes:
    """Return a JPEG with EXIF, a comment in CP932, IPTC and XMP."""
    plain = saved("JPEG", exif=exif(), comment="注記 架空注記".encode("cp932"), xmp=XMP)
    return plain[:2] + _segment(0xED, _iptc()) + plain[2:]


XMP = (
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    b"<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:creator>Kakuu Shoki</dc:creator>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def _segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def _iptc() -> bytes:
    record = b""
    for number, text in ((80, "架空筆者"), (120, "説明文 架空太郎")):
        raw = text.encode()
        record += b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(raw)) + raw
    record += b"\x00" * (len(record) % 2)
    return b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(record)) + record


def png_file() -> bytes:
    """Return a PNG with text chunks before and after its pixels."""
    texts = PngInfo()
    texts.add_itxt("Comment", LINE, "ja")
    texts.add(b"tEXt", b"Author\x00Kakuu Hanako", after_idat=True)
    return saved("PNG", pnginfo=texts)


def heic_file() -> bytes:
    """Return the frame of a HEIC file with EXIF in it."""
    return (
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 64 + exif().tobytes() + b"\x00" * 64
    )


def everything() -> dict[str, bytes]:
    """Return one sample for every kind of picture that has a reader."""
    return {
        "png": png_file(),
        "jpeg": jpeg_file(),
        "gif": saved("GIF", comment=LINE.encode("cp932")),
        "tiff": saved("TIFF", description=LINE),
        "bmp": saved("BMP"),
        "webp": saved("WEBP", exif=exif().tobytes()),
        "avif": saved("AVIF", exif=exif().tobytes()),
        "heic": heic_file(),
    }
