"""What a picture says of itself: EXIF, IPTC, XMP, text chunks and comments, in whatever encoding they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scanners.encodings import Decoded, decode
from scanners.extractors.package import MALFORMED
from scanners.extractors.xmp import properties
from scanners.jis import Cp50221
from scanners.model import Category, Gap, Reason, RecordField, RecordSegment, TextSegment

if TYPE_CHECKING:
    from PIL import Image

_LONGEST = 100_000
_EXIF, _GPS = 0x8769, 0x8825
_USER_COMMENT = 0x9286
_XP = range(0x9C9B, 0x9CA0)  # Windows' own: UTF-16
_UNTOLD = frozenset({0x927C, 0x02BC, 0x83BB, 0x8649, 0x8773, 0x0132, 0x9003, 0x9004, 0x9290, 0x9291, 0x9292})
_SETTINGS = frozenset({0xA300, 0xA301, 0xA302, 0x9000, 0xA000, 0x9101})  # bytes that are no text
_OWNERS = {0xA430: "CameraOwnerName"}
_NAMED = {0x013B: "Artist", 0x9C9D: "XPAuthor"}  # may be a company's too: the detectors judge
_IPTC = {
    (2, 5): "title",
    (2, 25): "keywords",
    (2, 55): "date",
    (2, 80): "by-line",
    (2, 85): "by-line title",
    (2, 90): "city",
    (2, 92): "sublocation",
    (2, 95): "state",
    (2, 101): "country",
    (2, 105): "headline",
    (2, 110): "credit",
    (2, 115): "source",
    (2, 116): "copyright",
    (2, 118): "contact",
    (2, 120): "caption",
    (2, 122): "caption writer",
}


def text_of(value: object) -> str:
    """Return a value as text: bytes, and text that pillow took for Latin-1, by the encoding they are in."""
    if isinstance(value, str):
        try:
            value = value.encode("latin-1")
        except UnicodeEncodeError:
            return str(value).strip("\x00 \r\n\t")[:_LONGEST]
    if not isinstance(value, bytes):
        return ""
    value = value.strip(b"\x00 \r\n\t")[:_LONGEST]
    if not value:
        return ""
    found = decode(value)
    return found.text.strip() if isinstance(found, Decoded) else ""


def user_comment(value: bytes | str, *, big_endian: bool) -> str:
    """Return the text of EXIF's UserComment: eight bytes say how the rest is written (EXIF 2.32, 4.6.5)."""
    raw = value.encode("latin-1", errors="replace") if isinstance(value, str) else value
    code, body = raw[:8], raw[8:]
    if code.startswith(b"UNICODE"):
        mark = body[:2] in (b"\xff\xfe", b"\xfe\xff")
        order = "utf-16" if mark else "utf-16-be" if big_endian else "utf-16-le"
        return body.decode(order, errors="replace").strip("\x00 \r\n\t")
    if code.startswith(b"JIS"):
        plain = body.strip(b"\x00 ")
        escaped = plain if b"\x1b" in plain else b"\x1b$B" + plain + b"\x1b(B"
        return Cp50221().decode(escaped).strip("\x00 ")
    return text_of(body)


def exif_facts(exif: Image.Exif) -> Iterator[RecordSegment | TextSegment]:
    """Yield the texts of a picture's EXIF, and where it was taken."""
    from PIL import ExifTags

    big = getattr(exif, "endian", "<") == ">"
    fields: list[RecordField] = []
    lines: list[str] = []
    tables: tuple[Mapping[int, Any], ...] = (dict(exif), exif.get_ifd(_EXIF))
    for table in tables:
        for tag, value in table.items():
            if tag in _UNTOLD or tag in _SETTINGS or not isinstance(value, str | bytes | tuple):
                continue
            name = ExifTags.TAGS.get(tag, f"tag {tag}")
            text = _exif_text(tag, value, big_endian=big)
            if not text:
                continue
            if tag in _OWNERS:
                fields.append(RecordField(f"EXIF {name}", text, Category.PERSON))
            elif tag in _NAMED:
                fields.append(RecordField(f"EXIF {name}", text, label="氏名"))
            else:
                lines.append(f"{name}: {text}")
    position = _position(exif.get_ifd(_GPS))
    if position:
        fields.append(RecordField("EXIF GPS position", position, Category.ADDRESS, subject=False))
    if fields:
        yield RecordSegment("EXIF", tuple(fields))
    if lines:
        yield TextSegment("\n".join(lines), "EXIF")


def _exif_text(tag: int, value: object, *, big_endian: bool) -> str:
    if isinstance(value, tuple):  # bytes as numbers
        if (
            not value
            or not all(isinstance(each, int) and 0 <= each < 256 for each in value)
            or tag not in _XP
        ):
            return ""
        value = bytes(value)
    if tag in _XP:
        raw = value if isinstance(value, bytes) else str(value).encode("latin-1", errors="replace")
        return raw.decode("utf-16-le", errors="replace").strip("\x00 ")[:_LONGEST]
    if tag == _USER_COMMENT and isinstance(value, bytes | str):
        return user_comment(value, big_endian=big_endian)[:_LONGEST]
    return text_of(value)


def _position(gps: Mapping[int, Any]) -> str:
    """Return "35.681236, 139.767125"; empty without a position."""
    try:
        sides = []
        for reference, place, negative in ((1, 2, "S"), (3, 4, "W")):
            degrees, minutes, seconds = (float(part) for part in gps[place])
            angle = degrees + minutes / 60 + seconds / 3600
            sides.append(-angle if str(gps.get(reference, "")).strip("\x00").upper() == negative else angle)
        if not all(-180 <= side <= 180 for side in sides):
            return ""
        return f"{sides[0]:.6f}, {sides[1]:.6f}"
    except (KeyError, ValueError, TypeError, ZeroDivisionError):
        return ""


def facts(picture: Image.Image) -> Iterator[RecordSegment | TextSegment | Gap]:
    """Yield everything written beside the pixels; a damaged block is a gap and the rest follows."""
    for name, read in (("EXIF", _exif), ("IPTC", _iptc), ("XMP", _xmp), ("comment", _comments)):
        try:
            yield from read(picture)
        except (*MALFORMED, SyntaxError) as error:  # pillow's word for a malformed block
            yield Gap(Reason.DAMAGED, f"{name}: {type(error).__name__}")


def _exif(picture: Image.Image) -> Iterator[RecordSegment | TextSegment]:
    if picture.format == "PNG" and not {"exif", "Raw profile type exif"} & picture.info.keys():
        return  # pillow would open the pixels to look for it behind them, whatever their number
    exif = picture.getexif()
    if exif:
        yield from exif_facts(exif)


def _iptc(picture: Image.Image) -> Iterator[TextSegment]:
    from PIL.ImageFile import ImageFile
    from PIL.IptcImagePlugin import getiptcinfo

    if not isinstance(picture, ImageFile):
        return
    lines = []
    for key, value in (getiptcinfo(picture) or {}).items():
        for each in value if isinstance(value, list) else [value]:
            text = text_of(each) if key in _IPTC else ""
            if text:
                lines.append(f"{_IPTC[key]}: {text}")
    if lines:
        yield TextSegment("\n".join(lines), "IPTC")


def _xmp(picture: Image.Image) -> Iterator[TextSegment]:
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    raw = packet.encode() if isinstance(packet, str) else packet
    if isinstance(raw, bytes) and raw.strip():
        lines = properties(raw[: 4 << 20])
        if lines:
            yield TextSegment("\n".join(lines), "XMP")


def _comments(picture: Image.Image) -> Iterator[TextSegment]:
    """Yield comments of JPEG, GIF and TIFF, and the text chunks of PNG."""
    found: dict[str, None] = {}
    for name, value in getattr(picture, "applist", ()):
        if name == "COM":
            found[text_of(value)] = None
    comment = picture.info.get("comment")
    if comment:
        found[text_of(comment)] = None
    for key, value in picture.info.items():
        if (
            isinstance(value, str)
            and isinstance(key, str)
            and key not in ("comment", "XML:com.adobe.xmp", "xmp")
        ):
            if key.startswith("Raw profile"):  # ImageMagick's way of keeping EXIF and IPTC: hexadecimal
                continue
            text = str(value) if hasattr(value, "lang") else text_of(value)
            if text and picture.format == "PNG" and not re.fullmatch(r"[\d:.+TZ -]*", text):
                found[f"{key}: {text}"] = None
    text = "\n".join(filter(None, found))
    if text:
        yield TextSegment(text, "comment")
