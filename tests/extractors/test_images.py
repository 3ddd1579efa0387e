"""What a picture says of itself is read in every encoding, and no picture drives the memory up."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from scanners.extractors.image import MOST_PIXELS
from scanners.extractors.interface import Limits
from scanners.extractors.picture_facts import text_of, user_comment
from scanners.model import Category, Gap, Reason, RecordField, RecordSegment, TextSegment
from scanners.ocr.model import OcrMode
from tests.extractors import samples_images
from tests.extractors.test_contract import read

OFF = Limits(ocr=OcrMode.OFF)


def texts(kind: str, data: bytes) -> dict[str, str]:
    """Return what a picture says by its locations."""
    return {part.location: part.text for part in read(kind, data, OFF) if isinstance(part, TextSegment)}


def gaps(kind: str, data: bytes, limits: Limits = OFF) -> list[Gap]:
    """Return what of a picture was not read."""
    return [part for part in read(kind, data, limits) if isinstance(part, Gap)]


def test_a_photograph_tells_owner_place_and_comments() -> None:
    """EXIF in CP932, UTF-8 and UTF-16, IPTC, XMP and a comment; each with its own location."""
    data = samples_images.jpeg_file()
    found = texts("jpeg", data)
    assert found["EXIF"].splitlines() == [
        "ImageDescription: 説明 架空説明",
        "XPComment: 備考 架空備考",
        f"UserComment: {samples_images.LINE}",
    ]
    assert found["IPTC"] == "by-line: 架空筆者\ncaption: 説明文 架空太郎"
    assert found["XMP"] == "creator: Kakuu Shoki"
    assert found["comment"] == "注記 架空注記"
    (record,) = [part for part in read("jpeg", data, OFF) if isinstance(part, RecordSegment)]
    assert record.fields == (
        RecordField("EXIF Artist", "架空花子", label="氏名"),
        RecordField("EXIF CameraOwnerName", "Kakuu Taro", Category.PERSON),
        RecordField("EXIF GPS position", "35.681111, 139.767222", Category.ADDRESS, subject=False),
    )


@pytest.mark.parametrize(
    ("raw", "big_endian"),
    [
        (b"UNICODE\x00" + "架空".encode("utf-16-le"), False),
        (b"UNICODE\x00" + "架空".encode("utf-16-be"), True),
        (b"UNICODE\x00" + "架空".encode("utf-16"), True),
        (b"JIS\x00\x00\x00\x00\x00" + "架空".encode("iso2022_jp"), False),
        (b"JIS\x00\x00\x00\x00\x00" + "架空".encode("iso2022_jp")[3:-3], False),  # without escapes
        (b"ASCII\x00\x00\x00" + "架空".encode("cp932"), False),
        (b"\x00" * 8 + "架空".encode(), False),
    ],
)
def test_a_camera_comment_is_read_by_its_prefix(raw: bytes, *, big_endian: bool) -> None:
    """EXIF says with eight bytes how UserComment is written, and programs do not always keep to it."""
    assert user_comment(raw, big_endian=big_endian) == "架空"


def test_text_of_a_tag_is_decoded_whatever_it_is_in() -> None:
    """Bytes, and text that was taken for Latin-1; what is no text is nothing."""
    assert text_of("架空".encode("cp932")) == "架空"
    assert text_of("架空".encode().decode("latin-1")) == "架空"
    assert text_of(3) == text_of(b"\x00 ") == ""


def test_pixels_that_would_fill_the_memory_are_named_and_not_opened() -> None:
    """A PNG of a few bytes that promises a thousand million pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 40_000, 30_000, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00" * 100))
    (gap,) = gaps("png", data + chunk(b"IEND", b""))
    assert gap.reason is Reason.OVERSIZED
    assert str(MOST_PIXELS) in gap.detail
    header = struct.pack(">IIBBBBB", 12_000, 10_000, 8, 2, 0, 0, 0)  # in colour four bytes each
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00" * 100))
    (gap,) = gaps("png", data + chunk(b"IEND", b""))
    assert gap.reason is Reason.OVERSIZED


def test_pictures_that_no_ocr_reads_are_gaps_and_icons_are_not() -> None:
    """Large enough for text: told; an icon: complete."""
    (gap,) = gaps("png", samples_images.saved("PNG", (400, 200)))
    assert (gap.reason, gap.detail) == (Reason.UNSUPPORTED, "image: no text layer, OCR off")
    assert gaps("png", samples_images.saved("PNG", (99, 99))) == []


def test_each_page_of_a_fax_is_told() -> None:
    """A TIFF of three pages is three pages; an animation is looked at in three places, and says so."""
    page = Image.new("1", (400, 300), 1)
    out = io.BytesIO()
    page.save(out, "TIFF", save_all=True, append_images=[page, page], compression="group4")
    assert [gap.detail[:4] for gap in gaps("tiff", out.getvalue())] == ["p. 1", "p. 2", "p. 3"]
    out = io.BytesIO()
    frames = [Image.new("L", (400, 300), 50 * number) for number in range(5)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    found = gaps("gif", out.getvalue())
    assert [gap.detail.partition(":")[0] for gap in found] == ["image", "frame 3", "frame 5", "read"]
    assert found[-1].reason is Reason.SAMPLED


def test_a_picture_cut_off_is_told() -> None:
    """What is there is looked at, and the loss is a gap; metadata stay."""
    whole = samples_images.saved("JPEG", (400, 300), comment="注記".encode())
    parts = read("jpeg", whole[: len(whole) - 300])
    assert next(part.reason for part in parts if isinstance(part, Gap)) is Reason.DAMAGED
    assert [part.text for part in parts if isinstance(part, TextSegment)] == ["注記"]
    (gap,) = gaps("png", b"\x89PNG\r\n\x1a\nnothing")
    assert gap.reason is Reason.DAMAGED


def test_heic_tells_what_stands_beside_its_pixels() -> None:
    """The phone's own format: position and owner are read, the picture is a gap that says so."""
    parts = read("heic", samples_images.heic_file())
    assert any(isinstance(part, RecordSegment) for part in parts)
    assert [part.detail for part in parts if isinstance(part, Gap)] == [
        "heic: the picture itself is not read"
    ]
