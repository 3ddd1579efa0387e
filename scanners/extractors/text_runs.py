"""Runs of readable text in streams whose layout is not known: two bytes a character, either order."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

# One script at a time, each with ASCII: a lone letter of another script beside a name is some number.
_ASCII = "\t\n\r -~\u2010-\u2026\u20ac"
_SCRIPTS = tuple(
    re.compile(f"[{_ASCII}{script}]{{2,}}")
    for script in (
        "\u203b\u2100-\u2193\u2460-\u24ff\u2500-\u25ff\u3000-\u30ff\u3200-\u33ff\u4e00-\u9fff\uf900-\ufaff\uff01-\uffe6",
        "\u00a1-\u024f",
        "\u0400-\u04ff",
        "\u0370-\u03ff",
        "\uac00-\ud7a3",
    )
)
_EVERYDAY = re.compile("[ -~\u2103\u2116\u2121\u3000-\u30ff\u4e00-\u9fff\uff01-\uffe6\r\n\t]")
_LETTERS = re.compile("[ -~\u00a1-\u024f]*|[ -~\u0400-\u04ff]*|[ -~\u0370-\u03ff]*|[ -~\uac00-\ud7a3]*")
# English read one byte off: kanji whose lower byte is 0, side by side as no Japanese has them
_SHIFTED = re.compile(
    "[" + "".join(chr(high << 8) for high in range(0x20, 0x7F) if high not in (0x30, 0x4E)) + "]{2,}"
)
_BLOCK = 256 << 10  # a run across two of them is two runs
_LEVEL_1 = 0x9872  # the last of the everyday kanji in CP932
_SHORT = 5  # characters: so short a run tells little by itself
_JUDGED = 400  # characters by which a run is judged
_NARROW = re.compile(rb"[\t\r\n -~]{4,}")
_WORD = re.compile("[A-Za-z]{3}|[0-9]{4}")
_PAIRED = re.compile("[\U00010000-\U0010ffff]")


def wide_spans(data: bytes, order: str = "le", shortest: int = 3) -> list[tuple[int, str]]:
    """Return runs of at least `shortest` characters with their offsets; the better of two readings counts."""
    return [
        (base + start, run)
        for base in range(0, len(data), _BLOCK)
        for start, run in _spans(data[base : base + _BLOCK], order, shortest)
    ]


def _spans(data: bytes, order: str, shortest: int) -> list[tuple[int, str]]:
    found: list[tuple[float, int, int, str]] = []
    for offset in (0, 1):
        piece = data[offset:]
        # code points beyond 16 bits are no part of these runs: one unit stays one character
        text = piece[: len(piece) & ~1].decode(f"utf-16-{order}", "surrogatepass")
        text = _SHIFTED.sub(_blank, _PAIRED.sub("\ufffd\ufffd", text))
        for match in (match for script in _SCRIPTS for match in script.finditer(text)):
            start, end = match.span()
            while start < end and _is_shifted(text[start]):
                start += 1
            while start < end and _is_shifted(text[end - 1]):
                end -= 1
            run = text[start:end]
            if len(run) >= shortest and (likely := _likelihood(run)) > 0:
                found.append((likely * len(run), offset + 2 * start, offset + 2 * end, run))
    taken: list[tuple[int, str]] = []
    ends: list[tuple[int, int]] = []  # spans taken, in order
    for _, start, end, run in sorted(found, reverse=True):
        index = bisect_left(ends, (start, end))
        before = ends[index - 1][1] if index else 0
        after = ends[index][0] if index < len(ends) else end
        # what a better reading has taken is cut off at either side
        low, high = start + max(0, before - start + 1) // 2 * 2, end - max(0, end - after + 1) // 2 * 2
        kept = run[(low - start) // 2 : (high - start) // 2]
        if len(kept) < shortest or (len(kept) < len(run) and not _likelihood(kept)):
            continue
        ends.insert(index, (low, high))
        taken.append((low, kept))
    return sorted(taken)


def wide_runs(data: bytes, order: str = "le", shortest: int = 3) -> list[str]:
    """Return runs of at least `shortest` characters in their order."""
    return [run for _, run in wide_spans(data, order, shortest)]


def narrow_runs(data: bytes, shortest: int = 6) -> list[str]:
    """Return runs of ASCII: with more letters than these everything looks like some 8-bit text."""
    found = (run.decode("ascii") for run in _NARROW.findall(data) if len(run) >= shortest)
    return [text for text in found if _WORD.search(text)]


def _is_shifted(character: str) -> bool:
    return not ord(character) & 0xFF and character not in "\u3000\u4e00"


def _blank(match: re.Match[str]) -> str:
    return "\ufffd" * len(match[0])


def _double(run: str) -> Iterator[int]:
    """Yield the kanji of a run as numbers of their two bytes in CP932, by which the rare ones come last."""
    for character in run:
        if "\u4e00" <= character <= "\u9fff":
            raw = character.encode("cp932", "ignore")
            yield int.from_bytes(raw) or 0xFFFF


def _likelihood(run: str) -> float:
    """Tell how much a run reads like text and not like numbers that happen to be letters; 0: not at all."""
    run = run[:_JUDGED]
    ascii_share = sum(character < "\x7f" for character in run) / len(run)
    kana = sum("\u3040" <= character <= "\u30ff" for character in run)
    if len(run) < _SHORT and kana * 2 < len(run) and any(sign > _LEVEL_1 for sign in _double(run)):
        return 0.3  # kanji that few names have: likelier another short name read one byte off
    if ascii_share > 0.5 or kana * 8 >= len(run):
        return 1.0
    known = len(run.encode("cp932", "ignore").decode("cp932", "replace"))
    everyday = len(_EVERYDAY.findall(run))
    if min(known, everyday) >= 0.9 * len(run):
        return 0.6
    return 0.3 if len(run) >= 6 and _LETTERS.fullmatch(run) else 0.0
