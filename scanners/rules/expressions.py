"""Which expressions a workspace may add: short, bounded, and nothing that ordinary text is full of.

A subset of hyperscan's syntax: characters, escapes, classes, groups, alternatives, and repeats with both
bounds. What is left out would match nothing of interest (anchors), match without end (`*`, `+`), or not
compile (look-around, back references).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import hyperscan

MAX_CHARACTERS = 500  # of an expression
MAX_WIDTH = 200  # characters of a match: the framework looks at blocks that overlap a little more
MIN_WIDTH = 3
MAX_SIZE = 2_000  # characters after all repeats are written out: the size of the automaton
MAX_DEPTH = 20
_CLASSES = frozenset("dDwWsS")
_CONTROL = frozenset("tn")
_PROBE = (
    "個人情報の保護に関する規程を改正した。第12条第3項の手続は2026年4月1日から行う。\n"
    "Minutes of the meeting, 14:30 to 16:00; 25 people attended and 3 items were agreed.\n"
    "見積番号 A-1024 数量 1,200 単価 3,980円 合計 4,776,000円（税込）担当 総務部 内線 4021\n"
    "The quick brown fox jumps over the lazy dog, version 2.10.4, serial 00451-7782-19.\n"
) * 4
_PROBE_HITS = 16  # distinct places: four on each of the four repetitions


class Refused(Exception):  # noqa: N818  reads as what happened
    """An expression is not accepted; the message says why."""


@dataclass(frozen=True, slots=True)
class _Measure:
    least: int
    most: int
    size: int


class _Reader:
    """Measures one expression, refusing what the subset leaves out."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> _Measure:
        found = self._alternatives(0)
        if self._at < len(self._text):
            raise Refused("a ')' has no '(' before it")
        return found

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._peek()
        self._at += 1
        return char

    def _alternatives(self, depth: int) -> _Measure:
        if depth > MAX_DEPTH:
            raise Refused(f"groups are nested more than {MAX_DEPTH} deep")
        found = self._sequence(depth)
        while self._peek() == "|":
            self._at += 1
            other = self._sequence(depth)
            found = _Measure(
                min(found.least, other.least), max(found.most, other.most), found.size + other.size
            )
        return found

    def _sequence(self, depth: int) -> _Measure:
        least = most = size = 0
        while self._peek() not in ("", "|", ")"):
            each = self._repeated(self._one(depth))
            least, most, size = least + each.least, most + each.most, size + each.size
            if size > MAX_SIZE:
                raise Refused(f"is too large: with all repeats written out it has more than {MAX_SIZE} parts")
        return _Measure(least, most, size)

    def _one(self, depth: int) -> _Measure:
        char = self._take()
        match char:
            case "(":
                return self._group(depth)
            case "[":
                self._class()
            case "\\":
                self._escape()
            case ".":
                raise Refused("'.' stands for any character; write which ones: [0-9A-Z]")
            case "^" | "$":
                raise Refused(f"{char!r}: values stand anywhere in a text, so there are no anchors")
            case "*" | "+" | "?" | "{":
                raise Refused(f"{char!r} has nothing before it that it could repeat")
            case _:
                pass
        return _Measure(1, 1, 1)

    def _group(self, depth: int) -> _Measure:
        if self._peek() == "?":
            self._at += 1
            if self._take() != ":":
                raise Refused("'(?' with anything but ':' is not supported (no look-around, no flags)")
        found = self._alternatives(depth + 1)
        if self._take() != ")":
            raise Refused("a '(' is not closed")
        return found

    def _class(self) -> None:
        if self._peek() == "^":
            raise Refused("'[^…]' stands for nearly any character; write which ones are meant")
        end = self._at
        while end < len(self._text) and (self._text[end] != "]" or end == self._at):
            end += 2 if self._text[end] == "\\" else 1
        if end >= len(self._text):
            raise Refused("a '[' is not closed")
        self._at = end + 1

    def _escape(self) -> None:
        char = self._take()
        if not char:
            raise Refused("ends with '\\'")
        if char.isascii() and char.isalnum() and char not in _CLASSES | _CONTROL:
            raise Refused(f"'\\{char}' is not supported")

    def _repeated(self, one: _Measure) -> _Measure:
        char = self._peek()
        if char in ("*", "+"):
            raise Refused(f"{char!r} repeats without end; write how often: {{1,20}}")
        if char == "?":
            self._at += 1
            low, high = 0, 1
        elif char == "{":
            low, high = self._bounds()
        else:
            return one
        if self._peek() in ("?", "+", "*", "{"):
            raise Refused("a repeat follows a repeat")
        return _Measure(one.least * low, one.most * high, one.size * max(1, high))

    def _bounds(self) -> tuple[int, int]:
        end = self._text.find("}", self._at)
        first, comma, last = self._text[self._at + 1 : end].partition(",") if end > 0 else ("", "", "")
        if not first.isdecimal() or not first.isascii() or len(first) > 4:
            raise Refused("'{' must be followed by how often: {8} or {6,8}")
        if comma and not last.strip():
            raise Refused("'{n,}' repeats without end; write both bounds: {1,20}")
        if comma and (not last.isdecimal() or not last.isascii() or len(last) > 4):
            raise Refused("'{' must be followed by how often: {8} or {6,8}")
        low, high = int(first), int(last or first)
        if high < low or high == 0:
            raise Refused(f"{{{low},{high}}} repeats never")
        self._at = end + 1
        return low, high


def check(expression: str) -> None:
    """Raise `Refused` unless an expression may join the scanners' database."""
    _check_form(expression, least=MIN_WIDTH)
    database = compiled(expression)
    starts = {start for start, _ in _hits(database, _PROBE)}
    if len(starts) > _PROBE_HITS:
        raise Refused("matches ordinary text in many places; add fixed characters or narrow the classes")


def check_whole(expression: str) -> None:
    """Raise `Refused` unless an expression may describe a whole value on an allow list."""
    _check_form(expression, least=1)
    compiled(expression)


def _check_form(expression: str, *, least: int) -> None:
    if len(expression) > MAX_CHARACTERS:
        raise Refused(f"is too large: more than {MAX_CHARACTERS} characters")
    if not expression.isprintable():
        raise Refused("holds control characters")
    found = _Reader(expression).whole()
    if found.least == 0:
        raise Refused("matches nothing at all (an empty text)")
    if found.least < least:
        raise Refused(f"matches texts shorter than {least} characters, which stand everywhere")
    if found.most > MAX_WIDTH:
        raise Refused(f"is too large: a match could have {found.most:,} characters, {MAX_WIDTH} are the most")


@lru_cache(maxsize=256)
def compiled(expression: str) -> hyperscan.Database:
    """Return the database of one expression; raises `Refused` when hyperscan does not take it."""
    database = hyperscan.Database()
    try:
        database.compile(
            expressions=[expression.encode("utf-8")],
            ids=[0],
            elements=1,
            flags=[hyperscan.HS_FLAG_SOM_LEFTMOST | hyperscan.HS_FLAG_UTF8],
        )
    except (hyperscan.error, UnicodeEncodeError) as error:
        raise Refused(f"does not compile ({error})") from None
    return database


def covers(expression: str, value: str) -> bool:
    """Tell whether an expression matches the whole of a value."""
    size = len(value.encode("utf-8", "surrogatepass"))
    return any(hit == (0, size) for hit in _hits(compiled(expression), value))


def _hits(database: hyperscan.Database, value: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []

    def seen(_rule: int, start: int, end: int, _flags: int, _context: object) -> None:
        found.append((start, end))

    database.scan(value.encode("utf-8", "replace"), match_event_handler=seen)
    return found
