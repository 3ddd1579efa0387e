"""What accuracy is measured on, and how our own engine and a peer answer it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.adversarial import english, medical, sentences
from benchmarks.scoring import Document, Span, document, rules, shared
from scanners.engine import ScanKeys, ScanOptions, scan
from scanners.model import Match, PersonBounds
from scanners.sources import open_source

Find = Callable[[Sequence[str]], Sequence[Sequence[Span]]]
ColumnTypes = Mapping[tuple[str, int], str | None]  # (file name, column) -> category, None for untyped


@dataclass(frozen=True, slots=True)
class TextSet:
    """A set of documents and the categories that its gold covers (all when empty)."""

    key: str
    title: str
    items: tuple[Document, ...]
    only: tuple[str, ...] = ()


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def marked() -> tuple[str, ...]:
    """Return the categories that the development set's gold marks; of others it says nothing."""
    return tuple(rules().TYPES)


def text_sets() -> list[TextSet]:
    """Return every set of texts with gold spans that is here."""
    folder = shared()
    found = [
        TextSet(
            "dev",
            "Development set",
            tuple(document(row) for row in rows_of(folder / "eval" / "gold.jsonl")),
            marked(),
        )
    ]
    corpus = folder / "corpora" / "dev.jsonl"
    if corpus.exists():
        items = tuple(_sentence(row) for row in rows_of(corpus))
        found.append(TextSet("corpora", "Public sentences (Wikipedia, UD GSD)", items, ("PERSON",)))
    reports = folder / "eval" / "medical_radiology" / "gold.jsonl"
    if reports.exists():
        items = tuple(document(row) for row in rows_of(reports))
        found.append(TextSet("radiology", "Radiology reports (JMED-LLM)", items, ("MEDICAL",)))
    hard = tuple(item for group in sentences().values() for item in group)
    found.append(TextSet("adversarial", "Adversarial names", hard, ("PERSON",)))
    found.append(TextSet("medical", "Diseases, looked at", medical(held_out=False), ("MEDICAL",)))
    found.append(TextSet("medical_held_out", "Diseases, held out", medical(held_out=True), ("MEDICAL",)))
    found.append(TextSet("english", "English names, looked at", english(held_out=False), ("PERSON",)))
    found.append(TextSet("english_held_out", "English names, held out", english(held_out=True), ("PERSON",)))
    return found


def _sentence(row: Mapping[str, Any]) -> Document:
    gold = tuple((start, end, kind) for start, end, kind in row["entities"] if kind == "PERSON")
    return Document(row["text"], gold, negative=not gold)


def own_matches(texts: Sequence[str]) -> list[list[Match]]:
    """Return what our analyzer finds, with scores."""
    from scanners.detection import analyzer

    built = analyzer()
    return [built.text(text) for text in texts]


def own_spans(texts: Sequence[str]) -> list[list[Span]]:
    """Return what our analyzer finds."""
    return [spans(matches) for matches in own_matches(texts)]


def spans(matches: Sequence[Match]) -> list[Span]:
    """Return matches as the scorer takes them."""
    return [(match.start, match.end, match.category.value) for match in matches]


def own_columns() -> ColumnTypes:
    """Return the types that a scan gives the columns of the development tables."""
    return {
        (result.uri.rsplit("/", 1)[1], column.index): column.category.value
        for result in scanned(shared() / "eval" / "tables")
        for column in result.columns
    }


def peer_columns(find: Find) -> ColumnTypes:
    """Return the type that at least half of a column's values have, as a tool for text would be used."""
    import csv

    types: dict[tuple[str, int], str | None] = {}
    for table in rows_of(shared() / "eval" / "gold_tables.jsonl"):
        path = shared() / "eval" / table["file"]
        encoding = table["encoding"]
        rows = list(csv.reader(path.read_text(encoding=encoding).splitlines()))[bool(table["header"]) :]
        columns: dict[int, list[str]] = defaultdict(list)
        for row in rows:
            for index, cell in enumerate(row):
                if cell.strip():
                    columns[index].append(cell)
        for index, cells in columns.items():
            kinds = Counter(kind for spans in find(cells) for kind in {span[2] for span in spans})
            kind, count = kinds.most_common(1)[0] if kinds else ("", 0)
            types[path.name, index] = kind if 2 * count >= len(cells) else None
    return types


def table_typing(types: ColumnTypes) -> tuple[int, int]:
    """Return how many columns are typed right, and how many there are (those without a type included)."""
    right = total = 0
    known = frozenset(marked())
    for table in rows_of(shared() / "eval" / "gold_tables.jsonl"):
        for column in table["columns"]:
            if not column["optional"]:
                total += 1
                kind = types.get((Path(table["file"]).name, column["index"]))
                right += (kind if kind in known else None) == column["type"]
    return right, total


def own_persons() -> dict[str, PersonBounds]:
    """Return file name -> how many persons a scan counts in the development documents."""
    return {
        result.uri.rsplit("/", 1)[1]: result.persons for result in scanned(shared() / "eval" / "docs" / "txt")
    }


def person_count(counted: Mapping[str, PersonBounds]) -> tuple[int, int]:
    """Return in how many documents the middle of the bounds is within ±1 or ±10 %, and how many there are."""
    right = total = 0
    for row in rows_of(shared() / "eval" / "gold_files.jsonl"):
        name = Path(row["file"]).name
        if row["rendition"] == "txt_utf8":
            total += 1
            right += close_enough(counted.get(name), row["persons"])
    return right, total


def close_enough(bounds: PersonBounds | None, persons: int) -> bool:
    """Return whether the middle of the bounds (none: 0) is within ±1 or ±10 % of the persons."""
    middle = (bounds.low + bounds.high) / 2 if bounds else 0
    return abs(middle - persons) <= max(1, persons / 10)


def scanned(folder: Path) -> list[Any]:
    """Return the results of a scan of a folder."""
    source = open_source(str(folder))
    return list(scan(source, ScanKeys(b"accuracy benchmark, not secret: "), ScanOptions(jobs=1)))
