"""Pictures: what they say of themselves first, then what is written on them, by OCR."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Extracted, size_of
from scanners.extractors.package import MALFORMED
from scanners.extractors.picture_facts import exif_facts, facts
from scanners.extractors.xmp import properties
from scanners.model import Gap, Reason, TextSegment

if TYPE_CHECKING:
    from PIL import Image

    from scanners.ocr.prepare import Grey

MOST_PIXELS = 178_956_970  # in grey: where pillow itself speaks of a decompression bomb
_MOST_COLOURED = 89_478_485  # pillow holds four bytes for each
_FILE_BYTES = 512 << 20
_ICON = (100, 30)  # pixels, the longer and the shorter side: smaller ones hold no text
_LONGER_SIDE = 3400  # a JPEG is opened at the power of two above this
_FRAMES = 3  # of an animation that are read
_PAPER = frozenset({"TIFF"})  # its frames are pages
_FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "AVIF")
_WRONG = (*MALFORMED, SyntaxError)  # pillow raises SyntaxError for what is no picture of its kind


def _pillow() -> None:
    """Load pillow, bounded: what it would only warn of we refuse by name."""
    from PIL import Image, ImageFile

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    # What is there of a picture cut off is read; that it was cut off is told by us
    ImageFile.LOAD_TRUNCATED_IMAGES = False


class Picture:
    """PNG, JPEG, GIF, TIFF, BMP, WebP and AVIF."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield metadata with locations "EXIF", "IPTC", "XMP", "comment", then text as "image (OCR)"."""
        from PIL import Image

        _pillow()
        if size_of(stream) > _FILE_BYTES:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_FILE_BYTES} bytes"))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                picture = Image.open(stream, formats=_FORMATS)
        except Image.DecompressionBombError:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {MOST_PIXELS} pixels")) from None
        except _WRONG as error:
            raise ExtractionError(Gap(Reason.DAMAGED, type(error).__name__)) from None
        with picture, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield from self._read(picture, budget)

    def _read(self, picture: Image.Image, budget: Budget) -> Iterator[Extracted]:
        if picture.format == "PNG":
            _see_trailing_chunks(picture)
        for part in facts(picture):
            if isinstance(part, TextSegment):
                budget.spend(len(part.text))
            yield part
        try:
            count = int(getattr(picture, "n_frames", 1))
        except _WRONG as error:
            yield Gap(Reason.DAMAGED, f"frames: {type(error).__name__}")
            return
        paper = picture.format in _PAPER
        # A photograph of many cameras carries its preview as a second frame
        frames = range(count) if paper else [0] if picture.format == "MPO" else _chosen(count)
        for number in frames:
            budget.member() if number else None
            place = (
                f"p. {number + 1}" if paper and count > 1 else f"frame {number + 1}" if number else "image"
            )
            yield from self._frame(picture, number, place, budget)
        if not paper and picture.format != "MPO" and count > _FRAMES:
            told = f"read: {_FRAMES} of {count} frames"
            yield Gap(Reason.SAMPLED, told, seen=_FRAMES, total=count, unit="frames")

    def _frame(self, picture: Image.Image, number: int, place: str, budget: Budget) -> Iterator[Extracted]:
        from PIL import Image

        try:
            if number:
                picture.seek(number)
            width, height = picture.size
            if max(width, height) < _ICON[0] or min(width, height) < _ICON[1]:
                return
            picture.draft("L", _least_size(width, height))
            grey = picture.mode in ("1", "L", "P")
            most = MOST_PIXELS if grey else _MOST_COLOURED
            if picture.size[0] * picture.size[1] > most:
                yield Gap(Reason.OVERSIZED, f"{place}: {width} × {height}, more than {most} pixels")
                return
        except Image.DecompressionBombError:
            yield Gap(Reason.OVERSIZED, f"{place}: more than {MOST_PIXELS} pixels")
            return
        except _WRONG as error:
            yield Gap(Reason.DAMAGED, f"{place}: {type(error).__name__}")
            return
        from scanners.ocr.engines import refusal

        refused = refusal(budget.limits.ocr)
        if refused is not None:
            yield Gap(refused.reason, f"{place}: {refused.detail}")
            return
        try:
            pixels, whole = _pixels(picture)
        except _WRONG as error:
            yield Gap(Reason.DAMAGED, f"{place}: {type(error).__name__}")
            return
        if not whole:
            yield Gap(Reason.DAMAGED, f"{place}: the picture is cut off")
        from scanners.ocr.reader import passages

        yield from passages(pixels, place, budget)


def _chosen(count: int) -> list[int]:
    """Return the frames of an animation that are read: first, middle, last."""
    return sorted({0, count // 2, count - 1}) if count > 1 else [0]


def _least_size(width: int, height: int) -> tuple[int, int]:
    """Return the size above which a JPEG need not be opened: it halves by itself, saving memory and time."""
    factor = min(1.0, _LONGER_SIDE / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _see_trailing_chunks(picture: Image.Image) -> None:
    """Let pillow see the text chunks that follow a PNG's pixels."""
    try:
        if picture.size[0] * picture.size[1] <= _MOST_COLOURED:
            picture.load()
    except _WRONG:
        return  # told with the picture itself


def _pixels(picture: Image.Image) -> tuple[Grey, bool]:
    """Return a picture upright and in grey on white, and whether all of it was there."""
    import numpy as np
    from PIL import Image, ImageFile, ImageOps

    whole = True
    try:
        picture.load()
    except _WRONG:
        whole = False
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            picture.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
    shown: Image.Image = picture
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        shown = picture.convert("RGBA")
        paper = Image.new("RGBA", shown.size, "white")
        shown = Image.alpha_composite(paper, shown)
    if shown.mode.startswith(("I", "F")):  # sixteen bits and more
        deep = np.asarray(shown, dtype=np.float32)
        low, high = float(deep.min()), float(deep.max())
        return np.asarray((deep - low) * (255 / max(1e-6, high - low)), dtype=np.uint8), whole
    with contextlib.suppress(*_WRONG):  # its orientation is unknown
        shown = ImageOps.exif_transpose(shown)
    return np.array(shown.convert("L"), dtype=np.uint8), whole


class HeicPicture:
    """HEIC: what phones write beside the pixels; the pixels themselves need a decoder with patents on it."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield EXIF and XMP, then the gap."""
        from PIL import Image

        _pillow()
        data = stream.read(min(size_of(stream), _FILE_BYTES))
        start = data.find(b"Exif\x00\x00")
        if start >= 0:
            exif = Image.Exif()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    exif.load(data[start : start + (1 << 20)])
                    parts = list(exif_facts(exif))
            except _WRONG as error:
                yield Gap(Reason.DAMAGED, f"EXIF: {type(error).__name__}")
            else:
                budget.spend(sum(len(part.text) for part in parts if isinstance(part, TextSegment)))
                yield from parts
        begin = data.find(b"<x:xmpmeta")
        end = data.find(b"</x:xmpmeta>", begin)
        if 0 <= begin < end:
            lines = properties(data[begin : end + 12])
            if lines:
                yield TextSegment("\n".join(lines), "XMP")
        yield Gap(Reason.UNSUPPORTED, "heic: the picture itself is not read")
