"""XMP (ISO 16684-1): the properties that documents and pictures carry as RDF."""

from __future__ import annotations

import re

from lxml import etree

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_OF_MACHINES = (
    "/xap/1.0/mm/",
    "/sType/Resource",
    "/g/img/",
    "/xap/1.0/g/",
    "/pdfa/ns/",
)  # identifiers, thumbnails
_OF_CAMERAS = ("/tiff/1.0/", "/exif/1.0/", "/exif/1.0/aux/")  # numbers of the picture, a few texts among them
_WORDS = re.compile(r"[^\W\d_]{3,}")
_UNTOLD = frozenset(
    {"xmptk", "format", "CreateDate", "ModifyDate", "MetadataDate", "PDFVersion", "Trapped", "NativeDigest"}
)
_LONGEST = 100_000
_PACKET_BYTES = 4 << 20
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DECLARED = re.compile(r"^\s*<\?xml[^<>]*>")
_OCTAL = "\\376\\377"  # a PDF string written as it stands in the file: UTF-16 with its mark


def properties(packet: bytes) -> list[str]:
    """Return "name: value" for every property a person may have written."""
    if packet[:2] in _WIDE_MARKS:
        packet = _DECLARED.sub("", packet.decode("utf-16", errors="replace")).encode()
    start = packet.find(b"<")
    packet = packet[max(0, start) :][:_PACKET_BYTES].rstrip(b"\x00 \r\n\t")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(packet, parser)
    except (etree.LxmlError, ValueError):
        root = None
    if root is None:
        return [text.decode("utf-8", errors="replace").strip()[:_LONGEST] for text in _loose(packet)]
    found: dict[str, None] = {}
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        written = [(_owner(element), element.text or "")]
        written += [(str(key), str(value)) for key, value in element.attrib.items() if "}" in str(key)]
        for name, text in written:
            value = _value(text)
            if value and _is_told(name, value):
                found[f"{name.rpartition('}')[2]}: {value}"] = None
    return list(found)


def _loose(packet: bytes) -> list[bytes]:
    """Return what stands between tags, of a packet that is no XML."""
    before = (piece.rpartition(b">") for piece in packet.split(b"<")[:-1])
    return [text for _, mark, text in before if mark and text.strip()]


def _value(text: str) -> str:
    text = text.strip()[:_LONGEST]
    if not text.startswith(_OCTAL):
        return text
    raw = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8) & 0xFF), text)
    return raw.encode("latin-1", errors="replace").decode("utf-16", errors="replace")


def _is_told(name: str, value: str) -> bool:
    """Tell whether a property may be of a person's writing."""
    if name.startswith((_RDF, _XML)) or any(part in name for part in _OF_MACHINES):
        return False
    if any(part in name for part in _OF_CAMERAS) and not _WORDS.search(value):
        return False
    return name.rpartition("}")[2] not in _UNTOLD


def _owner(element: etree._Element) -> str:
    """Return the property that a value belongs to: the one around the list it is an item of."""
    current: etree._Element | None = element
    while current is not None and str(current.tag).startswith(_RDF):
        current = current.getparent()
    return "" if current is None else str(current.tag)
