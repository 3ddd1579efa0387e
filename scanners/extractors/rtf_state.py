"""Where reading stands in an RTF document: the place that takes the text, and what holds inside a group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scanners.extractors.interface import Extracted
from scanners.extractors.passages import Passages
from scanners.extractors.word_binary import joined
from scanners.extractors.word_fields import Aside
from scanners.model import TextSegment


@dataclass(slots=True)
class Story:
    """One place with lines of its own."""

    passages: Passages
    line: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    aside: Aside = field(default_factory=Aside)
    in_table: bool = False

    def taken(self) -> str:
        """Return the line so far and start a new one."""
        text, self.line = joined("".join(self.line)), []
        return text

    def cell(self) -> None:
        """End a cell."""
        self.cells.append(self.taken().strip())

    def row(self) -> Iterator[Extracted]:
        """End a row."""
        cells, self.cells = tuple(self.cells), []
        if cells:
            yield from self.passages.row(cells)

    def paragraph(self) -> Iterator[Extracted]:
        """End a paragraph; inside a cell it is a line of it."""
        if self.in_table:
            self.line.append("\n")
            return
        yield from self.row()
        yield from self.passages.line(self.taken())

    def end(self) -> Iterator[Extracted]:
        """Yield what is left, and what stands beside."""
        if self.cells and self.line:
            self.cell()
        yield from self.row()
        if self.line:
            yield from self.passages.line(self.taken())
        yield from self.passages.end()
        for sort, text in self.aside.taken():
            yield TextSegment(text, f"{self.passages.place}, {sort}")


@dataclass(slots=True)
class State:
    """What holds inside a group."""

    story: Story
    capture: list[str] | None = None  # a destination taken as a whole
    name: str = ""  # of the destination that this group opened
    skip: bool = False
    page: int = 0  # code page; 0: the document's own
    unicode_skip: int = 1
    deleted: bool = False
    ordinary: bool = False  # \htmlrtf: there only for readers that know no html
    fresh: bool = True  # nothing but \* yet
    starred: bool = False

    def inner(self) -> State:
        """Return what holds in a group inside this one, before its first word."""
        return State(
            self.story, self.capture, "", self.skip, self.page, self.unicode_skip, self.deleted, self.ordinary
        )
