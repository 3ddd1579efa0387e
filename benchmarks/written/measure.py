"""Measures on the written sets: spans by category, the types of columns, and the persons counted."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.accuracy_sets import TextSet, close_enough
from benchmarks.scoring import Document as Scored
from benchmarks.scoring import Span
from benchmarks.written.documents import HERE, MORE, SETS, TYPES, Document, Table, documents, tables

Scan = Callable[[Path], Iterable[Any]]  # a folder -> the results of its files
ONLY = tuple(sorted(TYPES))
TITLES = {
    "a": "Written documents, looked at",
    "b": "Written documents, measured only",
    "c": "Further documents, looked at",
    "d": "Further documents, measured only",
    "e": "Documents in hard layouts, looked at",
}


def key(name: str) -> str:
    """Return what the benchmark calls a set."""
    return f"written-{name}"


def text_sets() -> list[TextSet]:
    """Return all sets for the scorer; a category that they have no type for does not count."""
    return [
        TextSet(key(name), TITLES[name], tuple(scored(each) for each in documents(HERE / name)), ONLY)
        for name in (*SETS, *MORE)
    ]


def scored(item: Document) -> Scored:
    """Return a document as the scorer takes it."""
    return Scored(item.text, _spans(item, optional=False), _spans(item, optional=True), item.negative)


def _spans(item: Document, *, optional: bool) -> tuple[Span, ...]:
    return tuple((span.start, span.end, span.type) for span in item.spans if span.optional == optional)


def table_typing(name: str, scan: Scan) -> tuple[int, int]:
    """Return how many columns of a set's tables a scan types right, and how many there are."""
    all_tables = {f"{number:02}.csv": table for number, table in enumerate(tables(HERE / name))}
    with tempfile.TemporaryDirectory() as folder:
        for file, table in all_tables.items():
            _save(Path(folder) / file, table)
        typed = {
            (result.uri.rsplit("/", 1)[1], column.index): column.category.value
            for result in scan(Path(folder))
            for column in result.columns
        }
    wanted = {
        (file, index): kind for file, table in all_tables.items() for index, kind in enumerate(table.types)
    }
    # Categories that the sets have no type for are no mistake
    right = sum(
        (typed.get(place) if typed.get(place) in TYPES else None) == kind for place, kind in wanted.items()
    )
    return right, len(wanted)


def _save(file: Path, table: Table) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([*([table.header] if table.header else []), *table.rows])


def person_count(name: str, scan: Scan) -> tuple[int, int]:
    """Return in how many documents of a set a scan counts the persons well, and how many there are."""
    wanted = {f"{each.name}.txt": each for each in documents(HERE / name)}
    with tempfile.TemporaryDirectory() as folder:
        for file, each in wanted.items():
            (Path(folder) / file).write_text(each.text, encoding="utf-8")
        counted = {result.uri.rsplit("/", 1)[1]: result.persons for result in scan(Path(folder))}
    right = sum(close_enough(counted.get(file), each.persons) for file, each in wanted.items())
    return right, len(wanted)
