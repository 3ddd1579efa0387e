"""Japanese 7-bit and EUC text with the vendor rows that no Python codec decodes.

CP50221 is ISO-2022-JP (RFC 1468) plus half-width kana and the NEC and IBM rows (①㈱髙); the sets of
JIS X 0212, JIS X 0213 and ISO-2022-JP-2 (RFC 1554) are read too. CP51932 is EUC-JP with the same rows, read
through the CP932 mapping by an error handler of the codec, which eucJP-ms and EUC-JIS-2004 share.
"""

from __future__ import annotations

import codecs
import re
from functools import cache

DAMAGED = "\ufffd"
_ESCAPE = re.compile(rb"\x1b(\([BIJ]|\$[@AB]|\$\([DC@ABOPQ])|[\x0e\x0f]")
_MODES = {b"(B": "ascii", b"(J": "ascii", b"(I": "kana", b"$@": "kanji", b"$B": "kanji"}
_MODES |= {b"$(@": "kanji", b"$(B": "kanji", b"$(D": "supplement", b"$(O": "plane 1", b"$(Q": "plane 1"}
_MODES |= {b"$(P": "plane 2", b"$A": "chinese", b"$(A": "chinese", b"$(C": "korean"}
_SETS = {"plane 1": (b"", "euc_jis_2004"), "plane 2": (b"\x8f", "euc_jis_2004"), "chinese": (b"", "gb2312")}
_HIGH = bytes(byte | 0x80 if 0x21 <= byte <= 0x7E else byte for byte in range(256))
_SETS |= {"supplement": (b"\x8f", "euc_jp"), "korean": (b"", "euc_kr")}
_FIRST_GAIJI_ROW = 0x75  # row 85: where eucJP-ms keeps characters that a company made for itself


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


def _in_set(pair: bytes, mode: str) -> str | None:
    before, codec = _SETS[mode]
    try:
        return (before + bytes(byte | 0x80 for byte in pair)).decode(codec)
    except UnicodeDecodeError:
        return None


def _pairs(data: bytes, mode: str) -> str:
    """Decode 7-bit pairs; line ends and spaces stand for themselves, what is no pair as U+FFFD."""
    out: list[str] = []
    index = 0
    while index < len(data):
        if data[index] in b"\r\n\t ":
            out.append(chr(data[index]))
            index += 1
            continue
        pair = data[index : index + 2]
        character = _in_set(pair, mode) if len(pair) == 2 else None
        # a byte that fell out must not shift all that follows: a pair never holds a line end
        lone = len(pair) == 2 and pair[1] in b"\r\n\t "
        out.append(DAMAGED if character is None else character)
        index += 1 if lone else 2
    return "".join(out)


def _seven_bit(data: bytes, mode: str) -> str:
    if mode == "kana":
        return bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in data).decode(
            "cp932", "replace"
        )
    if mode == "kanji":  # by the codec of EUC-JP; a byte that fell out is told and the line end kept
        return cp51932(data.translate(_HIGH))
    if mode == "ascii":
        return data.decode("ascii") if data.isascii() else data.decode("cp932", "replace")
    return _pairs(data, mode)


class Cp50221:
    """An incremental decoder whose shift state carries on between blocks (cut them after a newline)."""

    def __init__(self) -> None:
        self._mode = "ascii"

    def decode(self, data: bytes) -> str:
        """Decode one block; a place that has no meaning becomes U+FFFD."""
        out: list[str] = []
        position = 0
        for escape in _ESCAPE.finditer(data):
            out.append(_seven_bit(data[position : escape.start()], self._mode))
            position = escape.end()
            sequence = escape.group(1)
            self._mode = _MODES[sequence] if sequence else ("kana" if escape.group() == b"\x0e" else "ascii")
        rest = data[position:]
        cut = re.search(rb"\x1b(\$\(?|\()?\Z", rest)  # a text that ends inside an escape
        out.append(_seven_bit(rest[: cut.start()] if cut else rest, self._mode))
        return "".join(out) + (DAMAGED if cut else "")


def _vendor(error: UnicodeError) -> tuple[str, int]:
    """Give EUC-JP the rows of NEC and IBM, JIS X 0213, and the first row of 外字; else U+FFFD."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    data, at = error.object, error.start
    size = 3 if data[at] == 0x8F else 2
    piece = bytes(data[at : at + size])
    if len(piece) == size and min(piece) >= 0x8E:
        if size == 2:
            character = _kanji().get(bytes(byte & 0x7F for byte in piece))
            if character is not None:
                return character, at + size
        if piece[0] & 0x7F == _FIRST_GAIJI_ROW:
            return chr(0xE000 + piece[1] - 0xA1), at + size
        try:
            return piece.decode("euc_jis_2004"), at + size
        except UnicodeDecodeError:
            pass
    # the tail of a character that the file cut off is one damaged place
    return DAMAGED, len(data) if len(piece) < size and len(piece) == len(data) - at else at + 1


def _rare(error: UnicodeError) -> tuple[str, int]:
    """Give CP932 what only Shift_JIS-2004 (JIS X 0213) knows; else U+FFFD."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    piece = bytes(error.object[error.start : error.start + 2])
    try:
        return piece.decode("shift_jis_2004"), error.start + len(piece)
    except UnicodeDecodeError:
        return DAMAGED, error.start + 1


codecs.register_error("daicho-vendor", _vendor)
codecs.register_error("daicho-rare", _rare)


def cp51932(data: bytes) -> str:
    """Decode EUC-JP with vendor rows; a place that has no meaning becomes U+FFFD."""
    return data.decode("euc_jp", errors="daicho-vendor")
