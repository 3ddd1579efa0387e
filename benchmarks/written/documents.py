"""Reads the written sets: documents with their values marked inline, and tables with the types of columns.

A document is a UTF-8 file. Its first line, `#persons=N`, says how many different persons it names and is no
part of the text. A value is marked `⟦TYPE|value⟧`, one that neither counts nor harms `⟦TYPE?|value⟧`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
SETS = ("a", "b")  # with tables
MORE = ("c", "d", "e")  # documents alone
TYPES = frozenset(
    {
        "PERSON",
        "ADDRESS",
        "POSTAL_CODE",
        "PHONE",
        "EMAIL",
        "DOB",
        "MY_NUMBER",
        "DRIVER_LICENSE",
        "PASSPORT",
        "RESIDENCE_CARD",
        "HEALTH_INSURANCE",
        "PENSION_NUMBER",
        "BANK_ACCOUNT",
        "CREDIT_CARD",
        "PATIENT_ID",
        "MEDICAL",
    }
)
_HEAD = re.compile(r"#persons=(\d+)\n")
_MARK = re.compile(r"⟦([^⟦⟧|?]*)(\??)\|([^⟦⟧]*)⟧|[⟦⟧]")


class MalformedError(ValueError):
    """A file of a written set breaks the rules; the message names file and line."""

    def __init__(self, file: Path, line: int, why: str) -> None:
        super().__init__(f"{file}:{line}: {why}")


@dataclass(frozen=True, slots=True)
class Span:
    """A marked value: its bounds in characters of the text without marks."""

    start: int
    end: int
    type: str
    optional: bool  # neither rewarded nor punished


@dataclass(frozen=True, slots=True)
class Document:
    """A text without its marks, with what was marked in it."""

    name: str
    text: str
    spans: tuple[Span, ...]
    persons: int  # different persons that the text names

    @property
    def negative(self) -> bool:
        """Whether nothing in it counts as personal."""
        return all(span.optional for span in self.spans)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text cells, and the type of each column (None where it holds nothing personal)."""

    name: str
    header: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]
    types: tuple[str | None, ...]


def documents(folder: Path) -> Iterator[Document]:
    """Yield the documents of a set in the order of their names.

    Raises MalformedError where a file breaks the rules.
    """
    for file in sorted(folder.glob("*.txt")):
        yield document(file)


def document(file: Path) -> Document:
    """Return one document."""
    raw = file.read_text(encoding="utf-8")
    head = _HEAD.match(raw)
    if head is None:
        raise MalformedError(file, 1, "the first line is not #persons=N")
    spans: list[Span] = []
    text = ""
    at = head.end()
    for mark in _MARK.finditer(raw, at):
        text += raw[at : mark.start()]
        at = mark.end()
        if why := _wrong(mark):
            raise MalformedError(file, raw.count("\n", 0, mark.start()) + 1, why)
        spans.append(Span(len(text), len(text) + len(mark[3]), mark[1], bool(mark[2])))
        text += mark[3]
    persons, named = int(head[1]), sum(span.type == "PERSON" and not span.optional for span in spans)
    if persons > named or (named and not persons):
        raise MalformedError(file, 1, f"persons={persons}, but {named} names are marked")
    if at == len(raw) == head.end():
        raise MalformedError(file, 1, "no text")
    return Document(file.stem, text + raw[at:], tuple(spans), persons)


def _wrong(mark: re.Match[str]) -> str | None:
    if mark[1] is None:
        return f"a {mark[0]} that opens or closes no mark"
    if mark[1] not in TYPES:
        return f"unknown type {mark[1]!r}"
    if not mark[3] or mark[3] != mark[3].strip():
        return "a marked value is empty or has blanks at its ends"
    return None


def tables(folder: Path) -> Iterator[Table]:
    """Yield the tables of a set; raises MalformedError where their shape or a type is wrong."""
    file = folder / "tables.yaml"
    if not file.exists():
        return
    raw = file.read_text(encoding="utf-8")
    nodes = yaml.compose(raw, Loader=yaml.SafeLoader)
    if not isinstance(nodes, yaml.SequenceNode):
        raise MalformedError(file, 1, "no list of tables")
    for node, entry in zip(nodes.value, yaml.safe_load(raw), strict=True):
        line = node.start_mark.line + 1
        table = _table(entry)
        widths = {len(row) for row in (*table.rows, table.header or table.types)}
        cells = [cell for row in (*table.rows, table.header or ()) for cell in row]
        if widths != {len(table.types)}:
            raise MalformedError(file, line, f"{table.name}: rows of {sorted(widths)} cells")
        if not all(isinstance(cell, str) for cell in cells):
            raise MalformedError(file, line, f"{table.name}: a cell is no text")
        if unknown := {kind for kind in table.types if kind is not None} - TYPES:
            raise MalformedError(file, line, f"{table.name}: unknown types {sorted(unknown)}")
        yield table


def _table(entry: dict[str, Any]) -> Table:
    header = entry["header"]
    return Table(
        entry["name"],
        None if header is None else tuple(header),
        tuple(tuple(row) for row in entry["rows"]),
        tuple(entry["types"]),
    )
