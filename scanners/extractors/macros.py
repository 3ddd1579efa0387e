"""Macros in compound files ([MS-OVBA]): their source as text, for what people write into it."""

from __future__ import annotations

from collections.abc import Iterator

from scanners.encodings import Decoded, decode
from scanners.extractors.compound import Compound, label
from scanners.extractors.interface import Budget
from scanners.model import Gap, Reason, TextSegment

_SOURCE = b"\x00Attribut"  # how the source of every module begins, three bytes into its compressed form
_OWN = "Attribute VB_"
_CHUNK = 4096


def macros(compound: Compound) -> Iterator[TextSegment | Gap]:
    """Yield the source of every module, the lines that the program writes for itself left out."""
    for path in compound.paths:
        if len(path) < 2 or path[-2].upper() != "VBA" or path[-1].lower() in ("dir", "_vba_project"):
            continue
        data = compound.read(*path)
        start = data.find(_SOURCE) - 3
        if start < 0 or data[start] != 1:
            continue
        raw = _unpacked(data[start + 1 :], compound.budget)
        decoded = decode(raw)
        text = decoded.text if isinstance(decoded, Decoded) else raw.decode("cp932", "replace")
        lines = [line for line in text.replace("\r\n", "\n").split("\n") if not line.startswith(_OWN)]
        if any(line.strip() for line in lines):
            yield TextSegment("\n".join(lines), f"macro {label(path[-1:])}")
        if not raw:
            yield Gap(Reason.DAMAGED, f"macro {label(path[-1:])}")


def _unpacked(data: bytes, budget: Budget) -> bytes:
    """Undo the compression of a source: chunks of 4,096 bytes, each of tokens of its own."""
    out = bytearray()
    position = 0
    while position + 2 <= len(data):
        header = data[position] | data[position + 1] << 8
        if header >> 12 & 7 != 3:
            break
        end = min(len(data), position + (header & 0x0FFF) + 3)
        position += 2
        if not header & 0x8000:
            out += data[position : position + _CHUNK]
        else:
            _chunk(data[position:end], out)
        budget.spend(_CHUNK)
        position = end
    return bytes(out)


def _chunk(data: bytes, out: bytearray) -> None:
    begin, position = len(out), 0
    while position < len(data):
        flags = data[position]
        position += 1
        for bit in range(8):
            if position >= len(data):
                return
            if not flags >> bit & 1:
                out.append(data[position])
                position += 1
                continue
            if position + 2 > len(data):
                return
            token = data[position] | data[position + 1] << 8
            position += 2
            bits = max(4, (len(out) - begin - 1).bit_length())
            length = (token & (0xFFFF >> bits)) + 3
            back = (token >> (16 - bits)) + 1
            if back > len(out) - begin:
                return
            for _ in range(length):
                out.append(out[-back])
