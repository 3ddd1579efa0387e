"""What a PDF's page shows as a picture, and reading it: whole pages, and single pictures among text."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from scanners.extractors.interface import Budget, Extracted
from scanners.model import Gap, Reason
from scanners.ocr.model import OcrMode

if TYPE_CHECKING:
    from scanners.ocr.prepare import Grey

_SCALE = 200 / 72  # A4 becomes 1,654 pixels wide
_MOST_PIXELS = 24_000_000  # of a rendered page
_MOST_PICTURE_PIXELS = 180_000_000  # of one picture in it, as pillow bounds its own
_MOST_OBJECTS = 50_000  # of a page that we look through
_DEPTH = 8
_DRAWN_OBJECTS = 30  # fewer lines than this on a page without text are a frame or a logo,
_DRAWN_SEGMENTS = 300  # unless one of them is letters drawn as one outline
HARDLY_ANY = 40  # letters on a page that is a picture all the same: a stamp of the scanner, a page number
_WHOLE_PAGE = 0.3  # of the page: a picture that is the page
_LEAST_SHARE = 0.01  # of the page: smaller pictures among text are logos
_LEAST_SIDES = (100, 30)  # pixels, the longer and the shorter side: smaller ones are icons
_HASHED_BYTES = 64 << 20
_SCAN = 0.9  # of the page: a picture that is all of the page, with or without the text read from it
_BANDS = 24  # of a page's height, and in how many of them the text of a scan stands:
_FEWEST_BANDS = 6
_MOST_RECTANGLES = 2000


class Area(NamedTuple):
    """A picture's place on its page, in points, with its object in pdfium and its size in pixels."""

    left: float
    bottom: float
    right: float
    top: float
    object: object
    pixels: tuple[int, int]

    def share(self, width: float, height: float) -> float:
        """Return the part of the page that it covers."""
        wide = min(self.right, width) - max(self.left, 0)
        high = min(self.top, height) - max(self.bottom, 0)
        return max(0.0, wide) * max(0.0, high) / max(1.0, width * height)


@dataclass(slots=True)
class Shown:
    """What stands on a page beside text."""

    pictures: list[Area] = field(default_factory=list)
    texts: list[object] = field(default_factory=list)
    paths: list[object] = field(default_factory=list)
    objects: int = 0
    oversized: bool = False
    cut: bool = False  # not all of its objects were looked at

    def outlines(self) -> bool:
        """Tell whether a few objects draw so much that letters may be among it."""
        segments = 0
        for path in self.paths:
            segments += max(0, pdfium.FPDFPath_CountSegments(path))
            if segments > _DRAWN_SEGMENTS:
                return True
        return False

    def mostly_unseen(self) -> bool:
        """Tell whether most of the text is invisible, as programs write what they read from a scan."""
        unseen = sum(
            pdfium.FPDFTextObj_GetTextRenderMode(text) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
            for text in self.texts
        )
        return bool(unseen > len(self.texts) / 2)


def shown_on(page: pypdfium2.PdfPage) -> Shown:
    """Return the pictures of a page and how many objects are drawn on it."""
    shown = Shown()
    _look(page, pdfium.FPDFPage_CountObjects(page), pdfium.FPDFPage_GetObject, 0, shown)
    return shown


def _look(holder: object, count: int, get: object, depth: int, shown: Shown) -> None:
    for index in range(count):
        if shown.objects >= _MOST_OBJECTS:
            shown.cut = True
            return
        found = get(holder, index)  # type: ignore[operator]  # one of two functions of pdfium
        kind = pdfium.FPDFPageObj_GetType(found)
        shown.objects += 1
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            shown.texts.append(found)
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            shown.paths.append(found)
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            _add(found, shown)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM:
            if depth >= _DEPTH:
                shown.cut = True
                continue
            inner = pdfium.FPDFFormObj_CountObjects(found)
            _look(found, inner, pdfium.FPDFFormObj_GetObject, depth + 1, shown)


def _add(found: object, shown: Shown) -> None:
    width, height = ctypes.c_uint(), ctypes.c_uint()
    if not pdfium.FPDFImageObj_GetImagePixelSize(found, width, height):
        return
    if width.value * height.value > _MOST_PICTURE_PIXELS:
        shown.oversized = True
    if max(width.value, height.value) < _LEAST_SIDES[0] or min(width.value, height.value) < _LEAST_SIDES[1]:
        return
    sides = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(found, *sides):
        return
    left, bottom, right, top = (side.value for side in sides)
    shown.pictures.append(Area(left, bottom, right, top, found, (width.value, height.value)))


def _key(area: Area) -> bytes | None:
    """Return what tells one picture from another: its size and its stored bytes, None if unknown."""
    length = pdfium.FPDFImageObj_GetImageDataRaw(area.object, None, 0)
    if not 0 < length <= _HASHED_BYTES:
        return None
    buffer = (ctypes.c_ubyte * length)()
    pdfium.FPDFImageObj_GetImageDataRaw(area.object, buffer, length)
    return b"%dx%d" % area.pixels + hashlib.blake2b(buffer, digest_size=12).digest()


def _spread(page: pypdfium2.PdfPage, height: float) -> bool:
    """Tell whether text stands over much of a page's height; a fax's header and a stamp do not."""
    text_page = page.get_textpage()
    try:
        bands = set[int]()
        sides = [ctypes.c_double() for _ in range(4)]
        count = min(pdfium.FPDFText_CountRects(text_page, 0, -1), _MOST_RECTANGLES)
        for index in range(count):
            if pdfium.FPDFText_GetRect(text_page, index, *sides):
                _, top, _, bottom = (side.value for side in sides)
                band = (top + bottom) / 2 / max(1.0, height) * _BANDS
                bands.add(int(min(_BANDS, max(-1.0, band))))
        return len(bands) >= _FEWEST_BANDS
    finally:
        text_page.close()


class Pictures:
    """Decides for each page of one document what of it is read as a picture, and reads it."""

    def __init__(self, budget: Budget, *, any_pictures: bool) -> None:
        self._budget = budget
        self._any = any_pictures
        self._read = set[bytes]()
        self._refused: list[str] = []
        self._meaningless: list[str] = []
        self._late: list[str] = []
        self._why: Gap | None = None

    def of_page(
        self, page: pypdfium2.PdfPage, text: str, location: str, *, meaningless: bool = False
    ) -> Iterator[Extracted]:
        """Yield what a page's pictures say; pages that are not read are told at the document's end.

        Of a page whose text is codes without meaning, what it shows is read.
        """
        letters = len(text) if len(text) > HARDLY_ANY else len("".join(text.split()))
        always = self._budget.limits.ocr is OcrMode.ALWAYS
        if letters > HARDLY_ANY and not always and not self._any and not meaningless:
            return
        shown = shown_on(page)
        width, height = page.get_size()
        share = sum(area.share(width, height) for area in shown.pictures)
        if letters == 0:
            whole = bool(shown.pictures) or shown.objects > _DRAWN_OBJECTS or shown.outlines()
        elif letters <= HARDLY_ANY:
            whole = share >= _WHOLE_PAGE
        else:  # a scan over or under the text that was read from it, or under a line that was put on it
            scan = share >= _SCAN
            if scan and not meaningless and not always and (shown.mostly_unseen() or _spread(page, height)):
                return
            whole = scan
        if whole or meaningless or (always and shown.objects):
            yield from self._passages(page, location, shown, meaningless=meaningless)
            return
        for number, area in enumerate(shown.pictures, start=1):
            if area.share(width, height) >= _LEAST_SHARE and self._is_new(area):
                yield from self._passages(page, f"{location} picture {number}", shown, area)
        if shown.cut:
            told = f"{location}: pictures beyond {_MOST_OBJECTS} objects or nested {_DEPTH} deep"
            yield Gap(Reason.SAMPLED, told)

    def _is_new(self, area: Area) -> bool:
        """Tell whether a picture was not met before in the document; one that cannot be told is new."""
        key = _key(area)
        if key is None:
            return True
        if key in self._read:
            return False
        self._read.add(key)
        return True

    def _passages(
        self,
        page: pypdfium2.PdfPage,
        location: str,
        shown: Shown,
        area: Area | None = None,
        *,
        meaningless: bool = False,
    ) -> Iterator[Extracted]:
        from scanners.ocr.engines import refusal, seconds_left

        refused = refusal(self._budget.limits.ocr)
        if refused is not None:
            self._why = refused
            (self._meaningless if meaningless else self._refused).append(location)
        elif seconds_left(self._budget) <= 0:
            self._late.append(location)
        elif shown.oversized:
            yield Gap(Reason.OVERSIZED, f"{location}: a picture of more than {_MOST_PICTURE_PIXELS} pixels")
        else:
            from scanners.ocr.reader import passages

            yield from passages(rendered(page, area), location, self._budget)

    def left_out(self, pages: int) -> Iterator[Gap]:
        """Yield what was not read of a document's pictures, and how much of how much."""
        if self._refused and self._why:
            yield _left_out(self._why, self._refused, pages)
        if self._meaningless and self._why:
            told = f"letters without meaning, {self._why.detail.removeprefix('no text layer, ')}"
            yield _left_out(replace(self._why, detail=told), self._meaningless, pages)
        if self._late:
            yield _left_out(Gap(Reason.TIME_LIMIT, "OCR"), self._late, pages)


def _left_out(why: Gap, places: list[str], pages: int) -> Gap:
    """Return a gap over places: pages and pictures on pages, of which one page may have several."""
    left = len({place.partition(" picture ")[0] for place in places})
    told = f"{why.detail}: {left} of {pages} pages: {_listed(places)}"
    return Gap(why.reason, told, seen=pages - left, total=pages, unit="pages")


def _listed(places: list[str], most: int = 8) -> str:
    more = f" and {len(places) - most} more" if len(places) > most else ""
    return ", ".join(places[:most]) + more


def rendered(page: pypdfium2.PdfPage, area: Area | None = None) -> Grey:
    """Return a page, or the part of it where a picture stands, drawn in grey at 200 dpi."""
    import numpy as np

    width, height = page.get_size()
    crop = (0.0, 0.0, 0.0, 0.0)
    if area is not None and page.get_rotation() == 0:
        crop = (
            max(0.0, area.left),
            max(0.0, area.bottom),
            max(0.0, width - area.right),
            max(0.0, height - area.top),
        )
    pixels = (width - crop[0] - crop[2]) * (height - crop[1] - crop[3]) * _SCALE**2
    scale = _SCALE if pixels <= _MOST_PIXELS else _SCALE * (_MOST_PIXELS / pixels) ** 0.5
    bitmap = page.render(scale=scale, grayscale=True, crop=crop)
    try:
        return np.array(bitmap.to_numpy(), dtype=np.uint8).reshape(bitmap.height, bitmap.width)
    finally:
        bitmap.close()
