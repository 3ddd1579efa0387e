"""A PDF's bytes beside pdfium: what expands too far, what pdfium does not tell, and lost page trees.

Streams always lie open in the file, and so do their dictionaries; objects may lie packed in object streams.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanners.extractors.package import MALFORMED

STREAM_BYTES = 128 << 20  # what one stream of a page may expand to; pdfium would hold all of it
ATTACHMENT_BYTES = 256 << 20
_PACKED_BYTES = 16 << 20  # of all object streams that we open ourselves
_XMP_BYTES = 4 << 20
_HARMLESS = 64 << 10  # Flate gives at most 1,032 bytes for one: smaller streams stay small
_CHUNK = 1 << 20
_LEAST_STREAM = 8
_DICTIONARY = 4096  # bytes before "stream" in which its dictionary begins
_TAIL = 4096
_STREAM = re.compile(rb"stream(?:\r\n?|\n)")
_FLATE = re.compile(rb"/(?:FlateDecode|Fl)\b")
_TEXTUAL = re.compile(rb"/(?:ASCII85Decode|A85|ASCIIHexDecode|AHx)\b")
_EXPANDING = re.compile(rb"/(?:FlateDecode|Fl|LZWDecode|LZW|RunLengthDecode|RL)\b")
_FILTER_ELSEWHERE = re.compile(rb"/Filter\s*+(?:\[\s*+)?\d+\s+\d+\s+R")
_LENGTH = re.compile(rb"/Length\s+(\d+)\b(?!\s+\d+\s+R)")
_INFO = re.compile(rb"/Info\s+(\d+)\s+(\d+)\s+R")
_KEY = re.compile(rb"/([^\s/<>\[\](){}%]{1,127})\s*(?=[(<]|\d+\s+\d+\s+R\b)")
_DICTIONARY_BEGINS = re.compile(rb"\b(\d{1,10})\s+(\d{1,5})\s+obj\s*<<")
_IS_PAGE = re.compile(rb"/Type\s*/Page\b")
_DESCRIBED = re.compile(rb"/(?:Alt|ActualText)\s*+(?:[(<]|\d)|/E\s*+[(<]")
_OBJECT_BYTES = 64 << 10  # of a dictionary of properties


@dataclass(slots=True)
class Look:
    """What one pass over the bytes found."""

    too_far: int = 0  # bytes that a stream would have expanded to, where that is beyond the limit
    attachments_too_far: bool = False
    attachments: int = 0  # streams that say they are files
    streams: int = 0  # that are packed, and how many of them cannot be unpacked from their first byte on:
    broken: int = 0
    pictures: bool = False
    whole: bool = True  # ends as a PDF ends
    xmp: list[bytes] = field(default_factory=list)
    packed: list[tuple[bytes, bytes]] = field(default_factory=list)  # dictionary and content


def _expanded(data: bytes, start: int, end: int, levels: int, most: int) -> int:
    """Return how many bytes a stream comes to after `levels` of Flate, counted up to `most`."""
    engines = [zlib.decompressobj() for _ in range(levels)]
    total = 0

    def through(level: int, piece: bytes) -> Iterator[int]:
        engine = engines[level]
        while piece and not engine.eof:
            out = engine.decompress(piece, _CHUNK)
            piece = engine.unconsumed_tail
            if level + 1 < levels:
                yield from through(level + 1, out)
            else:
                yield len(out)

    try:
        for position in range(start, end, _CHUNK):
            for count in through(0, data[position : min(end, position + _CHUNK)]):
                total += count
                if total > most:
                    return total
    except zlib.error:
        return total  # pdfium stops there too
    return total


def _unpacked(data: bytes, start: int, end: int, most: int) -> bytes:
    engine = zlib.decompressobj()
    try:
        return engine.decompress(data[start:end], most)
    except zlib.error:
        return b""


def look(data: bytes) -> Look:
    """Return what lies in the bytes of a PDF, having expanded only what might expand too far."""
    found = Look(pictures=re.search(rb"/Subtype\s*/Image\b", data) is not None)
    found.whole = b"startxref" in data[-_TAIL:] or b"%%EOF" in data[-_TAIL:]
    left = _PACKED_BYTES
    locked = b"/Encrypt" in data
    for match in _STREAM.finditer(data):
        if data[match.start() - 3 : match.start()] == b"end":
            continue
        before = data[max(0, match.start() - _DICTIONARY) : match.start()]
        dictionary = before[before.rfind(b" obj") + 1 :]
        flates = len(_FLATE.findall(dictionary))
        attached = b"EmbeddedFile" in dictionary
        found.attachments += attached
        packed, metadata = b"/ObjStm" in dictionary, b"/Metadata" in dictionary
        elsewhere = b"/Filter" in dictionary and _FILTER_ELSEWHERE.search(dictionary) is not None
        if not (flates or elsewhere or packed or metadata):
            continue
        end = _end(data, match.end(), dictionary)
        if flates == 1 and not locked and dictionary.count(b"Decode") == 1:
            found.streams += 1
            found.broken += not _begins_packed(data, match.end(), end)
        suspect = flates > 1 or elsewhere or end - match.end() > _HARMLESS
        if suspect and (flates or elsewhere) and not _is_picture(dictionary):
            most = ATTACHMENT_BYTES if attached else STREAM_BYTES
            size = _size(data[match.end() : end], dictionary, 2 if elsewhere else flates, most)
            if size > most and attached:
                found.attachments_too_far = True
            elif size > most:
                found.too_far = size
                return found
        if packed and left > 0:
            content = _unpacked(data, match.end(), end, left) if flates else data[match.end() : end]
            left -= len(content)
            found.packed.append((dictionary, content))
        elif metadata:
            content = data[match.end() : end]
            if _TEXTUAL.search(dictionary):
                content = _unwritten(content, dictionary)
            content = _unpacked(content, 0, len(content), _XMP_BYTES) if flates else content
            found.xmp.append(content[:_XMP_BYTES])
    return found


def _begins_packed(data: bytes, start: int, end: int) -> bool:
    """Tell whether a stream begins as zlib's do (RFC 1950, 2.2); an empty one is none."""
    return end - start < _LEAST_STREAM or (
        data[start] & 15 == 8 and (data[start] * 256 + data[start + 1]) % 31 == 0
    )


def _end(data: bytes, start: int, dictionary: bytes) -> int:
    """Return where a stream ends: at its mark, or where its dictionary claims if that is later."""
    end = data.find(b"endstream", start)
    length = _LENGTH.search(dictionary)
    return max(len(data) if end < 0 else end, min(len(data), start + int(length[1])) if length else 0)


def _size(stream: bytes, dictionary: bytes, flates: int, most: int) -> int:
    """Return what a stream expands to, counted to just above `most`; what is packed by two ways is above."""
    if flates and len(_EXPANDING.findall(dictionary)) > flates:
        return most + 1
    if _TEXTUAL.search(dictionary):
        stream = _unwritten(stream, dictionary)
    return _expanded(stream, 0, len(stream), min(max(flates, 1), 4), most)


def _unwritten(stream: bytes, dictionary: bytes) -> bytes:
    """Undo the filters that write bytes as letters."""
    try:
        if b"/ASCIIHex" in dictionary or b"/AHx" in dictionary:
            return binascii.unhexlify(re.sub(rb"[^0-9A-Fa-f]", b"", stream.partition(b">")[0]))
        return base64.a85decode(stream.partition(b"~>")[0].strip().removeprefix(b"<~"))
    except ValueError:
        return b""


def _is_picture(dictionary: bytes) -> bool:
    """Tell a picture, which pdfium expands line by line and only when it is drawn."""
    return (
        re.search(rb"/Subtype\s*/Image\b", dictionary) is not None
        and len(_EXPANDING.findall(dictionary)) < 2
        and b"/Width" in dictionary
    )


def _objects(found: Look) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of every packed object."""
    for dictionary, content in found.packed:
        count, first = re.search(rb"/N\s+(\d+)", dictionary), re.search(rb"/First\s+(\d+)", dictionary)
        if not count or not first:
            continue
        start = int(first[1])
        try:
            numbers = [int(word) for word in content[:start].split()[: 2 * int(count[1])]]
        except MALFORMED:
            continue
        places = numbers[1::2]
        for index, number in enumerate(numbers[::2][: len(places)]):
            end = places[index + 1] if index + 1 < len(places) else len(content)
            yield number, content[start + places[index] : start + end]


def _last_object(data: bytes, number: int, generation: int) -> bytes:
    """Return an object as it was written last, if it lies open in the file."""
    places = [
        match
        for match in re.finditer(rb"%d\s+%d\s+obj\b" % (number, generation), data)
        if not data[match.start() - 1 : match.start()].isdigit()
    ]
    if not places:
        return b""
    start = places[-1].end()
    return data[start : data.find(b"endobj", start, start + _OBJECT_BYTES)]


def information_keys(data: bytes, found: Look) -> tuple[bytes, ...]:
    """Return the names of document properties, those of the writer's own making too."""
    references = _INFO.findall(data)
    if not references:
        return ()
    number, generation = (int(part) for part in references[-1])
    body = _last_object(data, number, generation)
    if not body:
        body = next((body for each, body in _objects(found) if each == number), b"")
    names = (
        re.sub(rb"#([0-9A-Fa-f]{2})", lambda two: bytes([int(two[1], 16)]), key) for key in _KEY.findall(body)
    )
    return tuple(dict.fromkeys(names))


def has_alternative_texts(data: bytes, found: Look) -> bool:
    """Tell whether a tagged document describes any of its pictures, or says how any of it is read."""
    return any(_DESCRIBED.search(part) for part in (data, *(content for _, content in found.packed)))


def _open_pages(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the pages whose dictionaries lie open: their type stands before anything that ends one."""
    types = _IS_PAGE.finditer(data)
    type_, end = next(types, None), 0
    for begin in _DICTIONARY_BEGINS.finditer(data):
        while type_ is not None and type_.start() < begin.end():
            type_ = next(types, None)
        if type_ is None:
            return
        if end < begin.end():  # searched for once, however many dictionaries begin before it
            end = data.find(b">", begin.end())
            end = len(data) if end < 0 else end
        if type_.start() < end:
            yield int(begin[1]), int(begin[2])


def page_objects(data: bytes, found: Look, most: int) -> int:
    """Return how many different pages lie in the file, looked at closely only where more than `most` may."""
    glance = sum(
        part.count(b"/Page") - part.count(b"/Pages") for part in (data, *(each for _, each in found.packed))
    )
    if glance <= most:
        return glance
    return len({number for number, _ in _open_pages(data)} | set(_packed_pages(found)))


def _packed_pages(found: Look) -> Iterator[int]:
    return (number for number, body in _objects(found) if _IS_PAGE.search(body))


def rescued(data: bytes, found: Look) -> bytes | None:
    """Return a PDF whose lost page tree is made anew from its page objects; None where it has none."""
    if b"/Encrypt" in data:
        return None
    loose = dict(_objects(found))
    pages = list(_open_pages(data))
    pages += [(number, 0) for number, body in loose.items() if _IS_PAGE.search(body)]
    if not pages:
        return None
    highest = max([number for number, _ in pages] + list(loose), default=0) + 100_000
    kids = b" ".join(b"%d %d R" % page for page in dict.fromkeys(pages))
    out = [data, b"\nendstream\nendobj\n"]
    out += [b"%d 0 obj\n%s\nendobj\n" % (number, body) for number, body in loose.items()]
    out.append(b"%d 0 obj\n<</Type/Catalog/Pages %d 0 R>>\nendobj\n" % (highest, highest + 1))
    out.append(
        b"%d 0 obj\n<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 595 842]>>\nendobj\n"
        % (highest + 1, kids, len(dict.fromkeys(pages)))
    )
    out.append(b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n0\n%%%%EOF\n" % (highest + 2, highest))
    return b"".join(out)
