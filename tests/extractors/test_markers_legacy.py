"""Names planted in every place of binary Office and RTF documents are found, each in its place."""

from __future__ import annotations

import pytest

from scanners.extractors.interface import Extracted
from scanners.model import TableSegment, TextSegment
from tests.extractors.samples_legacy import planted
from tests.extractors.test_contract import read

_TEXT = {
    "印本文一郎": "body",
    "印分割四郎": "body",
    "印隠字八郎": "body",
    "印表内五郎": "body table 1",
    "印頭書次郎": "header",
    "印足書三郎": "footer",
    "印脚注六郎": "footnote 1",
    "印文末七郎": "endnote 1",
    "印注釈九郎": "comment 1",
    "印枠内十郎": "text box 1",
    "印連結文字": "body",
    "link-marker@kakuu.example": "body, links",
    "印山田太郎": "body",
    "やまだ": "body, furigana",
    "印削除七郎": "body, deleted",
    "印題名太郎": "properties",
    "印作成花子": "properties",
}
_SHEETS = {
    "印本文一郎": "名簿",
    "印注釈九郎": "名簿!B1 comment",
    "印枠内十郎": "名簿 text box",
    "印頭書次郎": "名簿 header",
    "印足書三郎": "名簿 footer",
    "link-marker@kakuu.example": "名簿!A2 link",
    "印隠字八郎": "隠し",
    "隠し": "hidden sheets",
    "印題名太郎": "properties",
}
_SLIDES = {
    "印見出太郎": "slide 1",
    "印本文一郎": "slide 1",
    "印連結文字": "slide 1",
    "印表内五郎": "slide 1",
    "印発表者次郎": "slide 1 notes",
    "印注釈九郎": "slide 1 comments",
    "印校閲八郎": "slide 1 comments",
    "印隠板三郎": "slide 2 (hidden)",
    "link-marker@kakuu.example": "links",
    "印題名太郎": "properties",
}
_CASES = [
    *(("doc", marker, place) for marker, place in _TEXT.items()),
    *(("rtf", marker, place) for marker, place in _TEXT.items()),
    *(("xls", marker, place) for marker, place in _SHEETS.items()),
    *(("ppt", marker, place) for marker, place in _SLIDES.items()),
]


@pytest.fixture(scope="module")
def parts() -> dict[str, list[Extracted]]:
    """What the readers find, by kind."""
    return {kind: read(kind, planted(kind)) for kind in ("doc", "rtf", "xls", "ppt")}


def _places(found: list[Extracted], marker: str) -> list[str]:
    places = []
    for part in found:
        if isinstance(part, TextSegment) and marker in part.text:
            places.append(part.location)
        elif isinstance(part, TableSegment) and any(
            marker in cell for row in (part.header or (), *part.rows) for cell in row
        ):
            places.append(part.table)
    return places


@pytest.mark.parametrize(("kind", "marker", "place"), _CASES)
def test_a_planted_name_is_found_in_its_place(
    kind: str, marker: str, place: str, parts: dict[str, list[Extracted]]
) -> None:
    """Nothing inside a document is missed, and each place has a name."""
    found = _places(parts[kind], marker)
    assert any(each.startswith(place) for each in found), found


@pytest.mark.parametrize("kind", ["doc", "rtf"])
def test_a_table_with_headings_is_a_table(kind: str, parts: dict[str, list[Extracted]]) -> None:
    """Columns keep their heading, so that each value is judged by it."""
    tables = [part for part in parts[kind] if isinstance(part, TableSegment)]
    assert [table.header for table in tables] == [("氏名", "電話")]


@pytest.mark.parametrize("kind", ["doc", "rtf"])
def test_furigana_does_not_split_a_name(kind: str, parts: dict[str, list[Extracted]]) -> None:
    """The reading stands apart from its base."""
    texts = "\n".join(part.text for part in parts[kind] if isinstance(part, TextSegment))
    assert "やまだ山田" not in texts
    assert "山田やまだ" not in texts
