"""The written sets load, their marks are sound, and a malformed file is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from benchmarks.written.documents import (
    HERE,
    MORE,
    SETS,
    TYPES,
    MalformedError,
    Span,
    document,
    documents,
    tables,
)
from scanners.model import Category


def written(folder: Path, text: str) -> Path:
    """Write one marked document."""
    file = folder / "one.txt"
    file.write_text(text, encoding="utf-8")
    return file


def test_marks_become_spans_of_the_text_without_them(tmp_path: Path) -> None:
    """The values stand in the text where the spans say, also over a line break, and marks are gone."""
    found = document(
        written(tmp_path, "#persons=1\n氏名：⟦PERSON|佐伯 真帆⟧\n☎⟦PHONE?|03-\n1111-2222⟧ (|)\n")
    )
    assert found.text == "氏名：佐伯 真帆\n☎03-\n1111-2222 (|)\n"
    assert found.spans == (Span(3, 8, "PERSON", optional=False), Span(10, 23, "PHONE", optional=True))
    assert [found.text[span.start : span.end] for span in found.spans] == ["佐伯 真帆", "03-\n1111-2222"]
    assert found.persons == 1
    assert not found.negative


def test_a_document_with_only_optional_values_is_negative(tmp_path: Path) -> None:
    """What neither counts nor harms makes no document personal."""
    assert document(written(tmp_path, "#persons=0\n代表 ⟦PHONE?|03-1111-2222⟧\n")).negative


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("氏名\n", 1, "first line"),
        ("#persons=many\n氏名\n", 1, "first line"),
        ("#persons=0\n", 1, "no text"),
        ("#persons=0\nあ\n⟦PERSON|佐伯\n", 3, "opens or closes no mark"),
        ("#persons=0\n佐伯⟧\n", 2, "opens or closes no mark"),
        ("#persons=0\nあ\nい\n⟦NAME|佐伯⟧\n", 4, "unknown type 'NAME'"),
        ("#persons=0\n⟦PERSON⟧\n", 2, "opens or closes no mark"),
        ("#persons=1\n⟦PERSON|⟧\n", 2, "empty"),
        ("#persons=1\n⟦PERSON|佐伯 ⟧\n", 2, "blanks at its ends"),
        ("#persons=2\n⟦PERSON|佐伯⟧\n", 1, "persons=2, but 1 names"),
        ("#persons=0\n⟦PERSON|佐伯⟧\n", 1, "persons=0, but 1 names"),
    ],
)
def test_malformed_marks_are_refused_with_file_and_line(
    tmp_path: Path, text: str, line: int, why: str
) -> None:
    """The message names the file and the line of the mark."""
    with pytest.raises(MalformedError, match=rf"one\.txt:{line}: .*{why}"):
        document(written(tmp_path, text))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"types": ["PERSON"]}, "rows of"),
        ({"types": ["PERSON", "NAME"]}, "unknown types"),
        ({"header": ["氏名"]}, "rows of"),
        ({"rows": [["佐伯", 12]]}, "a cell is no text"),
    ],
)
def test_malformed_tables_are_refused(tmp_path: Path, change: dict[str, object], why: str) -> None:
    """A ragged row, a cell that YAML took for a number and an unknown type are errors."""
    table: dict[str, object] = {
        "name": "名簿",
        "header": None,
        "types": ["PERSON", None],
        "rows": [["佐伯", "12"]],
    }
    file = tmp_path / "tables.yaml"
    file.write_text(yaml.safe_dump([table], allow_unicode=True), encoding="utf-8")
    assert len(list(tables(tmp_path))) == 1
    file.write_text(yaml.safe_dump([table | change], allow_unicode=True), encoding="utf-8")
    with pytest.raises(MalformedError, match=rf"tables\.yaml:1: .*{why}"):
        list(tables(tmp_path))


@pytest.mark.parametrize("name", MORE)
def test_further_documents_load(name: str) -> None:
    """They hold known types without overlaps, documents without personal data among them."""
    found = list(documents(HERE / name))
    assert len(found) >= 30
    assert any(each.negative for each in found)
    for each in found:
        bounds = [bound for span in each.spans for bound in (span.start, span.end)]
        assert bounds == sorted(bounds), each.name


@pytest.mark.parametrize("name", SETS)
def test_every_document_loads(name: str) -> None:
    """Every document has text of a page or so, spans in order that do not overlap, and known types."""
    found = list(documents(HERE / name))
    assert len(found) >= 45
    assert sum(each.negative for each in found) >= 15
    for each in found:
        assert 300 <= len(each.text) <= 2500, each.name
        bounds = [bound for span in each.spans for bound in (span.start, span.end)]
        assert bounds == sorted(bounds), each.name
        assert all(span.start < span.end and span.type in TYPES for span in each.spans), each.name
        assert "⟦" not in each.text, each.name


def test_the_types_are_categories_of_the_product() -> None:
    """A type that the scanners do not know would be missed for ever."""
    assert {category.value for category in Category} >= TYPES


def test_the_sets_share_neither_documents_nor_names() -> None:
    """The second set is no variation of the first."""
    names = [
        {
            each.text[span.start : span.end]
            for each in documents(HERE / name)
            for span in each.spans
            if span.type == "PERSON" and span.end - span.start > 3
        }
        for name in SETS
    ]
    assert not names[0] & names[1]


@pytest.mark.parametrize("name", SETS)
def test_every_table_loads(name: str) -> None:
    """A set has twelve tables of 12 to 25 rows."""
    found = list(tables(HERE / name))
    assert len(found) == 12
    assert all(12 <= len(table.rows) <= 25 for table in found)
