"""Japanese 7-bit and EUC text with the vendor rows that no Python codec decodes.

CP50221 is ISO-2022-JP (RFC 1468) plus half-width kana and the NEC and IBM rows (①㈱髙);
CP51932 is EUC-JP with the same rows. Both are read through the CP932 mapping.
"""

from __future__ import annotations

import re
from functools import cache

_ESCAPE = re.compile(rb"\x1b(\([BIJ]|\$[@B]|\$\([D@B])|[\x0e\x0f]")
_EUC_RUN = re.compile(rb"[\x00-\x7f]+|(?:[\xa1-\xfe]{2})+|(?:\x8e[\xa1-\xdf])+|(?:\x8f[\xa1-\xfe]{2})+")
_MODES = {b"(B": "ascii", b"(J": "roman", b"(I": "kana", b"$@": "kanji", b"$B": "kanji"}
_MODES |= {b"$(@": "kanji", b"$(B": "kanji", b"$(D": "supplement"}


@cache
def _kanji() -> dict[bytes, str]:
    """Map every 7-bit pair that CP932 knows to its character."""
    table: dict[bytes, str] = {}
    for row in range(0x21, 0x7F):
        for cell in range(0x21, 0x7F):
            lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
            trail = cell + (0x7E if row % 2 == 0 else 0x1F + (cell > 0x5F))
            try:
                table[bytes((row, cell))] = bytes((lead, trail)).decode("cp932")
            except UnicodeDecodeError:
                continue
    return table


def _pairs(data: bytes, encoding: str, position: int) -> str:
    """Decode 7-bit pairs; line ends and spaces inside a kanji run stand for themselves."""
    table = _kanji()
    out: list[str] = []
    index = 0
    while index < len(data):
        if data[index] in b"\r\n\t ":
            out.append(chr(data[index]))
            index += 1
            continue
        character = table.get(data[index : index + 2])
        if character is None:
            raise UnicodeDecodeError(encoding, data, index, index + 1, f"no such pair near {position}")
        out.append(character)
        index += 2
    return "".join(out)


def _seven_bit(data: bytes, mode: str, position: int) -> str:
    if mode == "kanji":
        return _pairs(data, "cp50221", position)
    if mode == "kana":
        return bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in data).decode("cp932")
    if mode == "supplement":
        return b"".join(
            b"\x8f" + bytes(b | 0x80 for b in data[i : i + 2]) for i in range(0, len(data), 2)
        ).decode("euc_jp")
    return data.decode("cp932" if any(byte >= 0xA1 for byte in data) else "ascii")


class Cp50221:
    """An incremental decoder whose shift state carries on between blocks (cut them after a newline)."""

    def __init__(self) -> None:
        self._mode = "ascii"

    def decode(self, data: bytes) -> str:
        """Decode one block; raises `UnicodeDecodeError` at the first byte that has no meaning."""
        out: list[str] = []
        position = 0
        for escape in _ESCAPE.finditer(data):
            out.append(_seven_bit(data[position : escape.start()], self._mode, position))
            position = escape.end()
            sequence = escape.group(1)
            self._mode = _MODES[sequence] if sequence else ("kana" if escape.group() == b"\x0e" else "ascii")
        out.append(_seven_bit(data[position:], self._mode, position))
        return "".join(out)


def cp51932(data: bytes) -> str:
    """Decode EUC-JP with vendor rows; raises `UnicodeDecodeError` like a strict codec."""
    out: list[str] = []
    position = 0
    while position < len(data):
        run = _EUC_RUN.match(data, position)
        if run is None:
            raise UnicodeDecodeError("cp51932", data, position, position + 1, "illegal byte")
        piece = run.group()
        if piece[0] < 0x80:
            out.append(piece.decode("ascii"))
        elif piece[0] in (0x8E, 0x8F):
            out.append(piece.decode("euc_jp"))
        else:
            out.append(_pairs(bytes(byte & 0x7F for byte in piece), "cp51932", position))
        position = run.end()
    return "".join(out)
