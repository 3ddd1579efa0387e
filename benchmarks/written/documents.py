"""Documents whose personal values are marked in the text: ⟦TYPE|value⟧, optional ones ⟦TYPE?|value⟧."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scoring import Document, Span
from scanners.model import Category

FOLDER = Path(__file__).parent
_PERSONS = re.compile(r"#persons=([0-9]+)\n")
_MARK = re.compile(r"⟦([A-Z_]+)(\??)\|([^⟦⟧]+)⟧", re.DOTALL)
_TYPES = frozenset(category.value for category in Category)


@dataclass(frozen=True, slots=True)
class Written:
    """One document: its text without marks, and how many different persons it names."""

    name: str
    document: Document
    persons: int


def documents(folder: Path) -> Iterator[Written]:
    """Yield the documents of a folder, ordered by name; raises `ValueError` naming file and line."""
    for path in sorted(folder.glob("*.txt")):
        yield read(path.name, path.read_text(encoding="utf-8"))


def read(name: str, marked: str) -> Written:
    """Return one document; raises `ValueError` where its head or a mark is malformed."""
    head = _PERSONS.match(marked)
    if head is None:
        raise ValueError(f"{name}:1: the first line must be #persons=N")
    parts: list[str] = []
    gold: list[Span] = []
    optional: list[Span] = []
    length, done = 0, head.end()
    for mark in _MARK.finditer(marked, head.end()):
        kind, doubt, value = mark.groups()
        if kind not in _TYPES:
            raise ValueError(f"{_place(name, marked, mark.start())}: there is no category {kind}")
        before = _plain(name, marked, done, mark.start())
        length += len(before)
        (optional if doubt else gold).append((length, length + len(value), kind))
        parts += [before, value]
        length += len(value)
        done = mark.end()
    parts.append(_plain(name, marked, done, len(marked)))
    text = "".join(parts)
    return Written(name, Document(text, tuple(gold), tuple(optional), negative=not gold), int(head.group(1)))


def _plain(name: str, marked: str, start: int, end: int) -> str:
    piece = marked[start:end]
    for char in "⟦⟧":
        if char in piece:
            raise ValueError(f"{_place(name, marked, start + piece.index(char))}: a mark is not closed")
    return piece


def _place(name: str, marked: str, at: int) -> str:
    line = marked.count("\n", 0, at) + 1
    return f"{name}:{line}"
