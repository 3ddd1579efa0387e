"""DICOM (PS3.10): who an image or report is of, by whom it was made, and all other text of its header.

Pixels are no text: `dicom_pixels` hands on those that may have it burned in.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO, cast

from scanners.errors import ExtractionError
from scanners.extractors.dicom_tags import (
    MEANINGS,
    OF_PATIENTS,
    REPORT_STAFF,
    REPORT_SUBJECT,
    TECHNICAL,
    Meaning,
)
from scanners.extractors.dicom_text import charset_names, element_text, malformed, name_writings, values
from scanners.extractors.interface import Budget, Extracted, Member, size_of
from scanners.extractors.plain import pieces
from scanners.model import Category, Gap, Reason, RecordField, RecordSegment

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement, RawDataElement
    from pydicom.dataset import Dataset

_TEXT = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "PN", "UR"})
_NUMBERS = frozenset(
    ["DS", "IS", "US", "SS", "UL", "SL", "FL", "FD", "UI", "TM", "OW", "OF", "OD", "AT", "UV", "SV"]
)
_ONE_VALUE = frozenset({"ST", "LT", "UT", "UR"})
_PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_CHARSET, _DIRECTORY, _DOCUMENT = 0x00080005, 0x00041220, 0x00420011
_VALUE_TYPE, _CONCEPT, _CODE, _CONTENT = 0x0040A040, 0x0040A043, 0x0040A168, 0x0040A730
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_LARGEST_ELEMENT = 256 << 20
_LONG = 100_000  # characters: longer texts are passages, not fields
_DEPTH = 40
_KNOWN = 5  # bytes: a shorter name or number stands in binary data by accident
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MODALITY = re.compile(r"[A-Z]{2,16}")


@cache
def _pydicom() -> ModuleType:
    """Import pydicom once; its complaints quote the values that they are about."""
    import pydicom
    from pydicom import filereader

    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    return filereader


@contextmanager
def _quietly() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _Source:
    """The file as pydicom reads it: what it asks for is bounded, and what was cut short is remembered."""

    def __init__(self, stream: BinaryIO) -> None:
        self.size = size_of(stream)
        self.cut = False
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes; raises `ExtractionError` for an element larger than is sensible."""
        left = self.size - self._stream.tell()
        if size < 0 or size > left:
            self.cut = self.cut or (size > left > 0) or size > 8
            size = max(0, left)
        if size > _LARGEST_ELEMENT:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"an element of {size} bytes"))
        return self._stream.read(size)

    def seek(self, position: int, whence: int = 0) -> int:
        """Move as files do."""
        return self._stream.seek(position, whence)

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._stream.tell()


@dataclass(slots=True)
class _Found:
    """What one data set says, while it is walked."""

    fields: list[RecordField] = field(default_factory=list)
    other: list[str] = field(default_factory=list)  # lines of further text
    long: list[tuple[str, str]] = field(default_factory=list)  # place and text
    binary: list[tuple[str, bytes]] = field(default_factory=list)  # private elements that are no text
    documents: list[bytes] = field(default_factory=list)
    known: list[tuple[bytes, Category, str]] = field(default_factory=list)
    damaged: int = 0  # characters
    broken: int = 0  # elements

    def text(self, place: str, value: str, meaning: Meaning) -> None:
        """Take one value of an element."""
        if len(value) > _LONG and meaning.category is None:
            self.long.append((place, value))
            return
        subject = meaning.subject and meaning.category is not None
        told = RecordField(place, value, meaning.category, meaning.name, subject=subject, staff=meaning.staff)
        self.fields.append(told)


class Dicom:
    """One DICOM file: an image's or report's header, or the directory of a medium."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the patient's record, staff and free text; documents inside and burned-in text as members."""
        from scanners.extractors.dicom_pixels import pixels

        source = _Source(stream)
        try:
            with _quietly():
                dataset, inflated = _parsed(source, budget)
                records = list(_records(dataset))
        except malformed() as error:
            raise ExtractionError(Gap(Reason.DAMAGED, type(error).__name__)) from None
        empty = len(dataset) == 0
        for title, found in records:
            yield from _segments(title, found, budget)
        if source.cut or empty:
            yield Gap(Reason.DAMAGED, f"cut short at {source.tell()} of {source.size} bytes")
        elif _DIRECTORY not in dataset:
            yield from pixels(dataset, inflated or cast("BinaryIO", source), budget)


def _parsed(source: _Source, budget: Budget) -> tuple[Dataset, BinaryIO | None]:
    """Return the data set up to its pixels, and the inflated bytes where the file is deflated."""
    head = source.read(min(2048, source.size))
    source.seek(0)
    source.cut = False
    if head[128:132] == b"DICM" and _DEFLATED in head:
        if head[132:140] != b"\x02\x00\x00\x00UL\x04\x00":
            raise ExtractionError(Gap(Reason.DAMAGED, "no length of the meta group"))
        source.seek(144 + int.from_bytes(head[140:144], "little"))
        inflated = _Source(io.BytesIO(_inflated(source, budget)))
        dataset = _pydicom().read_dataset(inflated, False, True, stop_when=_at_pixels)  # noqa: FBT003
        source.cut = inflated.cut
        return dataset, cast("BinaryIO", inflated)
    dataset = _pydicom().read_partial(cast("BinaryIO", source), stop_when=_at_pixels, force=True)
    return dataset, None


def _at_pixels(tag: int, vr: str | None, length: int) -> bool:  # noqa: ARG001  pydicom's signature
    return tag in _PIXELS


def _inflated(source: _Source, budget: Budget) -> bytes:
    engine, out = zlib.decompressobj(-zlib.MAX_WBITS), bytearray()
    while data := source.read(min(1 << 20, max(0, source.size - source.tell()))):
        while data:
            piece = engine.decompress(data, 1 << 20)
            budget.spend(len(piece))
            out += piece
            if len(out) > _LARGEST_ELEMENT:
                raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_LARGEST_ELEMENT} bytes"))
            data = engine.unconsumed_tail
    return bytes(out)


def _records(dataset: Dataset) -> Iterator[tuple[str, _Found]]:
    """Yield the records of a file: one, or in a directory one for each patient."""
    charset = charset_names(_raw(dataset, _CHARSET))
    if _DIRECTORY not in dataset:
        found = _Found()
        _walk(dataset, charset, "", found)
        yield _title(dataset), found
        return
    for number, group in enumerate(_patients(list(dataset[_DIRECTORY].value)), start=1):
        found = _Found()
        for place, item in group:
            _walk(item, charset_names(_raw(item, _CHARSET)) or charset, f"record {place}: ", found)
        yield f"DICOMDIR 患者 patient {number}", found


def _patients(items: list[Dataset]) -> list[list[tuple[int, Dataset]]]:
    """Group a directory's records by the root record above each, following their offsets (PS3.3 F.3)."""
    places = {int(getattr(item, "seq_item_tell", -1) or -1): number for number, item in enumerate(items)}
    owner = [-1] * len(items)
    following: list[list[int]] = []
    for item in items:
        links = []
        for tag in (0x00041400, 0x00041420):
            raw = _raw(item, tag)
            offset = int.from_bytes(raw, "little") if isinstance(raw, bytes) else raw
            links.append(places.get(offset, -1) if isinstance(offset, int) else -1)
        following.append(links)
    for root, item in enumerate(items):
        if _code(item, 0x00041430) not in ("PATIENT", "PRIVATE") or owner[root] != -1:
            continue
        owner[root], stack = root, [following[root][1]]
        while stack:
            number = stack.pop()
            if number != -1 and owner[number] == -1:
                owner[number] = root
                stack += following[number]
    groups: dict[int, list[tuple[int, Dataset]]] = {}
    last = 0
    for number, item in enumerate(items):
        last = number if owner[number] == number else last
        groups.setdefault(owner[number] if owner[number] != -1 else last, []).append((number + 1, item))
    return list(groups.values())


def _raw(dataset: Dataset, tag: int) -> object:
    try:
        return dataset.get_item(tag).value
    except (KeyError, AttributeError):
        return None


def _code(dataset: Dataset, tag: int) -> str:
    raw = _raw(dataset, tag)
    text = raw.decode("latin-1") if isinstance(raw, bytes) else str(raw or "")
    return text.strip(" \x00").upper()


def _title(dataset: Dataset) -> str:
    """Return what kind of record it is, with what it says of itself: de-identified, text in its pixels."""
    modality = _code(dataset, 0x00080060)
    parts = ["DICOM", modality if _MODALITY.fullmatch(modality) else ""]
    if _code(dataset, 0x00120062) == "YES":
        parts.append("匿名化済み de-identified (0012,0062)")
    if _code(dataset, 0x00280301) == "YES":
        parts.append("焼き込み文字あり burned-in annotation (0028,0301)")
    return " ".join(part for part in parts if part)


def _walk(dataset: Dataset, charset: tuple[str, ...], path: str, found: _Found, depth: int = 0) -> None:
    if depth > _DEPTH:
        found.broken += 1
        return
    label = _concept(dataset, charset, path, found) if _VALUE_TYPE in dataset else ""
    for tag in list(dataset.keys()):
        try:
            raw = dataset.get_item(tag)
            if raw.VR not in _NUMBERS:
                _element(dataset, int(tag), raw, charset, path, found, depth, label)
        except malformed():
            found.broken += 1


def _element(
    dataset: Dataset,
    tag: int,
    raw: DataElement | RawDataElement,
    charset: tuple[str, ...],
    path: str,
    found: _Found,
    depth: int,
    label: str,
) -> None:
    vr = _vr(tag, raw.VR)
    if tag in TECHNICAL or (label and tag in (_CONCEPT, _CODE)):
        return
    if vr == "SQ":
        place = f"SR {path.removeprefix('SR ').rstrip()}" if tag == _CONTENT else f"{path}{_tag(tag)}"
        for number, item in enumerate(dataset[tag].value, start=1):
            inner = charset_names(_raw(item, _CHARSET)) or charset
            below = f"{place.rstrip()}{'.' if place != 'SR ' else ' '}{number} " if tag == _CONTENT else ""
            _walk(item, inner, below or f"{place}[{number}] ", found, depth + 1)
        return
    data = raw.value
    if not isinstance(data, bytes):
        data = "\\".join(data).encode() if isinstance(data, list) else str(data or "").encode()
        charset = ("ISO_IR 192",)
    if tag == _DOCUMENT:
        found.documents.append(data)
    elif tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF:
        return
    elif data and (tag in MEANINGS or vr in _TEXT):
        _text(tag, vr, data, charset, path, found, label)
    elif data and tag >> 16 & 1 and vr in ("OB", "UN", ""):
        _private(tag, data, charset, path, found)


def _vr(tag: int, given: str | None) -> str:
    if given and given != "UN":
        return given
    from pydicom.datadict import dictionary_VR

    try:
        return dictionary_VR(tag)
    except KeyError:
        return given or ""


@cache
def _tag(tag: int) -> str:
    """Return a tag as people look it up: its number, Japanese name and keyword."""
    from pydicom.datadict import keyword_for_tag

    number = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    if tag >> 16 & 1:
        return f"{number} private"
    name = MEANINGS[tag].name if tag in MEANINGS else ""
    return " ".join(part for part in (number, name, keyword_for_tag(tag)) if part)


def _text(
    tag: int, vr: str, data: bytes, charset: tuple[str, ...], path: str, found: _Found, label: str
) -> None:
    text, damaged = element_text(data, charset)
    found.damaged += damaged
    place = f"{path}{_tag(tag)}"
    meaning = MEANINGS.get(tag)
    if vr == "PN":
        of_staff = not tag >> 16 & 1 and tag >> 16 not in OF_PATIENTS
        meaning = meaning or Meaning("", Category.PERSON, staff=of_staff)
        if tag == 0x0040A123 and label:
            code, _, name = label.partition("\t")
            meaning = Meaning(
                name, Category.PERSON, subject=code in REPORT_SUBJECT, staff=code in REPORT_STAFF
            )
        for value in values(text):
            for writing, name in name_writings(value):
                found.text(f"{place}{writing}", name, meaning)
    elif meaning is not None:
        if tag == 0x0040A160 and label:
            code, _, name = label.partition("\t")
            meaning = Meaning(name, REPORT_SUBJECT.get(code), subject=True)
        for value in [text.strip()] if vr in _ONE_VALUE else values(text):
            found.text(place, value, meaning)
    elif text.strip():
        if tag >> 16 & 1 and (not text.isascii() or len(text) > 200):
            found.text(place, text.strip(), Meaning(""))
        else:
            found.other.append(f"{place}: {text.strip()}")
    if meaning is not None and meaning.category in (Category.PERSON, Category.PATIENT_ID) and meaning.subject:
        found.known += [
            (known, meaning.category, place)
            for part in re.split(rb"[\\=]", data)
            if len(known := part.strip(b" \x00^")) >= _KNOWN
        ]


def _private(tag: int, data: bytes, charset: tuple[str, ...], path: str, found: _Found) -> None:
    """Read a private element of unknown type where it is text; otherwise it is searched for the patient."""
    if _CONTROL.search(data[:4096].rstrip(b"\x00")):
        found.binary.append((f"{path}{_tag(tag)}", data))
    else:
        _text(tag, "LT", data, charset, path, found, "")


def _concept(dataset: Dataset, charset: tuple[str, ...], path: str, found: _Found) -> str:
    """Return the code and name of the concept that a report's item is about; take its coded value."""
    names = []
    for tag in (_CONCEPT, _CODE):
        items = dataset[tag].value if tag in dataset else []
        first = items[0] if items else None
        raw = _raw(first, 0x00080104) if first is not None else None
        text = element_text(raw, charset)[0].strip() if isinstance(raw, bytes) else ""
        names.append((_code(first, 0x00080100) if first is not None else "", text))
    (code, name), (_, coded) = names
    if coded:
        found.other.append(f"{path}{name}: {coded}")
    if code in REPORT_SUBJECT and isinstance(birth := _raw(dataset, 0x0040A121), bytes):
        meaning = Meaning(name, REPORT_SUBJECT[code], subject=True)
        found.text(f"{path}(0040,A121) Date", birth.decode("latin-1").strip(), meaning)
    return f"{code}\t{name}"


def _segments(title: str, found: _Found, budget: Budget) -> Iterator[Extracted]:
    for place, data in found.binary:
        for known, category, origin in found.known:
            if known in data:
                value = next((each.value for each in found.fields if each.place.startswith(origin)), "")
                found.fields.append(RecordField(place, value, category))
                break
    if found.other:
        joined = "\n".join(found.other)
        if len(joined) > _LONG:
            found.long.append(("other text tags", joined))
        else:
            found.fields.append(RecordField("other text tags", joined, subject=False))
    if found.fields:
        yield RecordSegment(title, tuple(found.fields), clinical=True)
    for place, text in found.long:
        yield from pieces(text, location=place)
    for data in found.documents:
        budget.member()
        budget.spend(len(data))
        yield Member("(0042,0011) EncapsulatedDocument", io.BytesIO(data), len(data))
    if found.damaged:
        yield Gap(Reason.UNDECODABLE, f"{found.damaged} characters")
    if found.broken:
        yield Gap(Reason.DAMAGED, f"{found.broken} elements")
