"""Pixels of DICOM images that may show text: those that say so, and kinds of image that usually do."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from scanners.extractors.dicom_text import malformed
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.model import Gap, Reason

if TYPE_CHECKING:
    from PIL import Image
    from pydicom.dataset import Dataset

_NATIVE = frozenset(
    {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2", ""}
)
_JPEG = frozenset({"1.2.840.10008.1.2.4.50"})
_JPEG_2000 = frozenset({"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"})
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
# Screens and papers made into images, and devices that write the patient into the picture.
_WRITTEN = frozenset({"US", "SC", "OT", "XC", "ES", "DOC", "HC", "ECG", "IVUS", "OP", "GM"})
_FRAMES = 3  # first, middle, last: burned-in text stands in every frame
_LARGEST_FRAME = 32 << 20


@dataclass(frozen=True, slots=True)
class _Image:
    """What the header says of the pixels."""

    rows: int
    columns: int
    samples: int
    bits: int
    frames: int
    planar: bool
    inverse: bool
    syntax: str

    @property
    def frame_bytes(self) -> int:
        return self.rows * self.columns * self.samples * ((self.bits + 7) // 8)


def pixels(dataset: Dataset, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
    """Yield frames as pictures where text may be burned in; what is not handed on is named.

    Images that say NO, and those of machines that draw no letters, are left out by design.
    """
    try:
        found = _image(dataset)
        header = stream.read(12)
        position, left = _length(header, stream)
    except malformed() as error:
        yield Gap(Reason.DAMAGED, f"pixels: {type(error).__name__}")
        return
    if found is None:
        return
    if not header:
        yield Gap(Reason.DAMAGED, "ends before its pixels")
        return
    flag, modality = _word(dataset, 0x00280301), _word(dataset, 0x00080060)
    if left is not None and left[0] < left[1]:
        told = f"pixels cut short, read: {left[0]} of {left[1]} bytes"
        yield Gap(Reason.DAMAGED, told, seen=left[0], total=left[1], unit="bytes of pixels")
    if flag == "NO" or not (flag == "YES" or modality in _WRITTEN or found.samples == 3):
        return
    try:
        yield from _members(found, stream, position, budget)
    except malformed() as error:
        yield Gap(Reason.DAMAGED, f"pixels: {type(error).__name__}")


def _word(dataset: Dataset, tag: int) -> str:
    raw = dataset.get_item(tag) if tag in dataset else None
    value = raw.value if raw is not None else b""
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value or "")
    return text.strip(" \x00").upper()


def _number(dataset: Dataset, tag: int, otherwise: int) -> int:
    value = dataset[tag].value if tag in dataset else None
    return otherwise if value in (None, "") else int(value)


def _image(dataset: Dataset) -> _Image | None:
    rows, columns = _number(dataset, 0x00280010, 0), _number(dataset, 0x00280011, 0)
    if not rows or not columns:
        return None
    meta = getattr(dataset, "file_meta", None)
    syntax = str(meta.get("TransferSyntaxUID", "") or "") if meta is not None else ""
    return _Image(
        rows,
        columns,
        _number(dataset, 0x00280002, 1),
        _number(dataset, 0x00280100, 8),
        max(1, _number(dataset, 0x00280008, 1)),
        bool(_number(dataset, 0x00280006, 0)),
        _word(dataset, 0x00280004) == "MONOCHROME1",
        syntax,
    )


def _length(header: bytes, stream: BinaryIO) -> tuple[int, tuple[int, int] | None]:
    """Return where the pixels start, and how many of how many bytes are there where that is said."""
    if len(header) < 12:
        return 0, None
    implicit = header[4:6] not in (b"OB", b"OW", b"OF", b"OD", b"UN")
    little = header[:1] == b"\xe0"
    start = stream.tell() - (4 if implicit else 0)
    size = int.from_bytes(header[4:8] if implicit else header[8:12], "little" if little else "big")
    end = stream.seek(0, 2)
    return start, None if size == 0xFFFFFFFF else (min(size, end - start), size)


def _members(found: _Image, stream: BinaryIO, start: int, budget: Budget) -> Iterator[Extracted]:
    shown = sorted({0, found.frames // 2, found.frames - 1})[:_FRAMES]
    name = "PixelData"
    if found.syntax in _JPEG | _JPEG_2000:
        stream.seek(start)
        frames = _jpeg_frames(stream, found, shown)
        if found.syntax in _JPEG_2000:
            frames = ((number, _png(io.BytesIO(data))) for number, data in frames)
    elif found.syntax in _NATIVE and found.bits in (8, 16) and found.samples in (1, 3):
        frames = _native_frames(stream, found, shown, start)
    else:
        gap = Gap(Reason.UNSUPPORTED, f"pixels of {found.frames} frames: no reader for their compression")
        yield Member(name, None, 0, gap=gap)
        return
    if found.frame_bytes > _LARGEST_FRAME:
        yield Member(
            name, None, found.frame_bytes, gap=Gap(Reason.OVERSIZED, f"more than {_LARGEST_FRAME} bytes")
        )
        return
    for number, data in frames:
        budget.member()
        budget.spend(len(data))
        yield Member(f"{name} frame {number + 1}", io.BytesIO(data), len(data))
    if found.frames > len(shown):
        rest = f"{found.frames - len(shown)} of {found.frames} frames: the same text stands in each"
        yield Member(f"{name} further frames", None, 0, gap=Gap(Reason.EXCLUDED, rest))


def _native_frames(
    stream: BinaryIO, found: _Image, shown: list[int], start: int
) -> Iterator[tuple[int, bytes]]:
    import numpy as np
    from PIL import Image

    kind = np.dtype(np.uint8 if found.bits == 8 else np.uint16)
    kind = kind.newbyteorder(">" if found.syntax == _BIG_ENDIAN else "<")
    for number in shown:
        stream.seek(start + number * found.frame_bytes)
        data = stream.read(found.frame_bytes)
        if len(data) < found.frame_bytes:
            return
        grid = np.frombuffer(data, kind)
        if found.samples == 1:
            grid = grid.reshape(found.rows, found.columns)
        elif found.planar:
            grid = grid.reshape(3, found.rows, found.columns).transpose(1, 2, 0)
        else:
            grid = grid.reshape(found.rows, found.columns, 3)
        low, high = int(grid.min()), int(grid.max())
        if found.bits == 16 or found.inverse:
            scaled = (grid.astype(np.float32) - low) * (255 / max(1, high - low))
            grid = (255 - scaled if found.inverse else scaled).astype(np.uint8)
        yield number, _png(Image.fromarray(np.ascontiguousarray(grid)))


def _png(picture: Image.Image | BinaryIO) -> bytes:
    """Return a picture as PNG; from a compressed one only after a look at its size."""
    from PIL import Image

    if not isinstance(picture, Image.Image):
        try:
            picture = Image.open(picture, formats=("JPEG2000",))
        except Image.DecompressionBombError as error:
            raise ValueError("size") from error
        if picture.width * picture.height > _LARGEST_FRAME:
            raise ValueError(picture.size)
        picture = picture.convert("L" if picture.mode in ("L", "LA", "I;16", "I", "F") else "RGB")
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _jpeg_frames(stream: BinaryIO, found: _Image, shown: list[int]) -> Iterator[tuple[int, bytes]]:
    """Yield frames by their fragments: one each, or all of them one (PS3.5 A.4)."""
    places: list[tuple[int, int]] = []
    first = True
    while len(header := stream.read(8)) == 8 and header[:4] == b"\xfe\xff\x00\xe0":
        length = int.from_bytes(header[4:], "little")
        if not first:
            places.append((stream.tell(), length))
        first = False
        stream.seek(length, 1)
    groups = [places] if found.frames == 1 else [[place] for place in places]
    for number in shown:
        if number < len(groups) and sum(length for _, length in groups[number]) <= _LARGEST_FRAME:
            data = bytearray()
            for position, length in groups[number]:
                stream.seek(position)
                data += stream.read(length)
            yield number, bytes(data)
