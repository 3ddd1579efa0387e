"""Values that are more than text: JSON with its own labels, documents in binary columns."""

from __future__ import annotations

import datetime as dt
import decimal
import json
from collections.abc import Iterable, Iterator, Sequence

from scanners.extractors.cell_values import Binaries, shown
from scanners.extractors.interface import Budget, Limits, Member, told_size
from scanners.model import Gap, Reason
from scanners.sources.databases.tables import Block, Rows, Shape, Table

LONGEST_TEXT = 1 << 20  # characters of one text that are read; a server hands over one more, as a sign
BINARY = "\x01"  # stands before the hexadecimal digits of a binary value
TOO_LARGE = BINARY + ">"  # a binary value that was not fetched
LEFT_OUT = b"\x01> too large to be fetched"  # what stands for it where a column can only give bytes
BLOCK_ROWS, BLOCK_LETTERS = 2_000, 8 << 20


def cell_text(value: object) -> str:
    """Return a database value as the text a person would read; binary values in hexadecimal digits."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case bytes() | bytearray() | memoryview():
            held = bytes(value)
            return TOO_LARGE if held == LEFT_OUT else BINARY + held.hex()
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case decimal.Decimal():
            return format(value, "f")
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
        case _:
            return str(value)


def gathered(rows: Iterable[Sequence[object]]) -> Iterator[Rows]:
    """Yield rows as text in blocks that hold no more than a few large values."""
    block: list[tuple[str, ...]] = []
    letters = 0
    try:
        for row in rows:
            texts = tuple([cell_text(value) for value in row])
            block.append(texts)
            letters += sum(map(len, texts))
            if len(block) >= BLOCK_ROWS or letters >= BLOCK_LETTERS:
                yield Block(block, letters)
                block, letters = [], 0
    except Exception:  # what came before an error stays
        if block:
            yield Block(block, letters)
        raise
    if block:
        yield Block(block, letters)


def from_json(text: str) -> str:
    """Return JSON as lines "name: value", so that its names are labels; what is none stays as it is."""
    if not text.startswith(("{", "[", '"')):
        return text
    try:
        return shown(json.loads(text)) or ""
    except (ValueError, RecursionError):
        return text


class Cells:
    """Takes the columns of one table that need more than a look; counts what is left out."""

    def __init__(self, table: Table, largest: int, left: tuple[int, ...] = ()) -> None:
        """Take values up to `largest` bytes; `left` is what was counted of the rows before."""
        self._table = table
        self._json = [at for at, each in enumerate(table.columns) if each.shape is Shape.JSON]
        self._binary = [at for at, each in enumerate(table.columns) if each.shape is Shape.BINARY]
        self._largest = largest
        self._budget = Budget(Limits(), 0)  # the values are bounded by their size, their number by this
        seen, unknown, self._oversized, self._cut, self._budget.members = left or (0, 0, 0, 0, 0)
        self._binaries = Binaries(seen, unknown)

    @property
    def left(self) -> tuple[int, ...]:
        """What was counted so far."""
        binaries = (self._binaries.seen, self._binaries.unknown)
        return (*binaries, self._oversized, self._cut, self._budget.members)

    @property
    def plain(self) -> bool:
        """True when rows are taken as they are."""
        return not (self._json or self._binary)

    def taken(self, rows: Rows, first: int) -> tuple[tuple[str, ...], ...]:
        """Return rows as text; documents in them are kept until `members` hands them on."""
        rows = self._shortened(rows)
        if self.plain:
            return tuple(rows)
        return tuple([self._row(list(row), first + number) for number, row in enumerate(rows)])

    def _shortened(self, rows: Rows) -> Rows:
        """Return rows whose texts are cut where nobody reads them to the end, and count those."""
        if isinstance(rows, Block) and rows.letters <= LONGEST_TEXT:
            return rows
        if not any(max(map(len, row), default=0) > LONGEST_TEXT for row in rows):
            return rows
        short = []
        for row in rows:
            long = [at for at, cell in enumerate(row) if len(cell) > LONGEST_TEXT and cell[0] != BINARY]
            self._cut += len(long)
            short.append(tuple(cell[:LONGEST_TEXT] if at in long else cell for at, cell in enumerate(row)))
        return short

    def _row(self, row: list[str], number: int) -> tuple[str, ...]:
        for at in self._json:
            row[at] = from_json(row[at])
        for at in self._binary:
            if row[at].startswith(BINARY):
                row[at] = self._opened(
                    row[at], f"{self._table.name}.{self._table.columns[at].name}[{number}]"
                )
        return tuple(row)

    def _opened(self, written: str, place: str) -> str:
        if written.startswith(TOO_LARGE) or len(written) // 2 > self._largest:
            self._oversized += 1
            return ""
        value = bytes.fromhex(written[1:])
        text = shown(value)
        if text is None:
            self._binaries.take(place, value, self._budget)
        return text or ""

    def members(self) -> Sequence[Member]:
        """Return the documents that were met since the last call."""
        return self._binaries.members()

    def end(self) -> Iterator[Gap]:
        """Yield what was left out."""
        yield from self._binaries.gap()
        if self._oversized:
            words = f"{self._oversized} binary values of more than {told_size(self._largest)}"
            yield Gap(Reason.OVERSIZED, words)
        if self._cut:
            yield Gap(Reason.OVERSIZED, f"{self._cut} texts of more than {LONGEST_TEXT:,} characters")
