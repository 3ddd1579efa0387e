"""Every place of an Office or OpenDocument file that holds text: its marker is found, and where it stands."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest

from scanners.extractors.cells import masked
from scanners.extractors.interface import Extracted, Member
from scanners.kinds import sniff
from scanners.model import Gap, Reason, TableSegment, TextSegment
from tests.extractors import packages, packages_marked
from tests.extractors.test_contract import read

FILES = Path(__file__).parent / "files"

# marker -> its location
WORD_PLACES = {
    "本文文": "body",
    "分割文": "body",
    "表文": "body",
    "入れ子文": "body",
    "制御文": "body",
    "結果文": "body",
    "数式文": "body",
    "隠し文": "body",
    "振仮名文": "body",
    "二頁文": "p. 2",
    "挿入文": "p. 1, inserted",
    "削除文": "body, deleted",
    "るびぶん": "body, reading",
    "囲み文": "body, text box",
    "飾り文": "body, text box",
    "代替文": "body, alternative text",
    "絵題文": "body, alternative text",
    "古い代替文": "body, alternative text",
    "写真文.jpg": "body, alternative text",
    "案内文": "body, link",
    "符号文": "body, field",
    "単純文": "body, field",
    "選択文": "body, list of choices",
    "欄名文": "body, list of choices",
    "札文": "body, property",
    "頭書文": "header 1",
    "足書文": "footer 1",
    "脚注文": "footnote 1",
    "文末文": "endnote 1",
    "注釈文": "comment 1",
    "注釈者文": "comment 1",
    "挿入者文": "authors of changes and comments",
    "削除者文": "authors of changes and comments",
    "参加者文": "word/people.xml",
    "hito@kakuu.example": "word/people.xml",
    "部品文": "building block",
    "部品名文": "building block, property",
    "差込文": "document variables and mail merge",
    "変数文": "document variables and mail merge",
    "図表文": "chart 1",
    "項目文": "chart 1",
    "組織文": "SmartArt 1",
    "link.bun@kakuu.example": "links",
    "雛型文": "links",
    "独自文": "custom XML item1.xml",
    "受付文": "custom XML item1.xml",
    "知らぬ文": "word/unknown/what.xml",
    "知らぬ属性文": "word/unknown/what.xml",
    "題名文": "properties",
    "作成文": "properties",
    "更新文": "properties",
    "管理文": "properties",
    "属性文": "properties",
}
SHOW_PLACES = {
    "演題面": "slide 1",
    "分割面": "slide 1",
    "表面": "slide 1",
    "組面": "slide 1",
    "代替面": "slide 1, alternative text",
    "絵題面": "slide 1, alternative text",
    "写真面.png": "slide 1, alternative text",
    "表の代替面": "slide 1, alternative text",
    "案内面": "slide 1, link",
    "隠し面": "slide 2 (hidden)",
    "発表者面": "slide 1 notes",
    "注釈面": "slide 1 comment 1",
    "注釈者面": "slide 1 comment 1",
    "新注釈面": "slide 1 comment 1",
    "返信面": "slide 1 comment 2",
    "新注釈者面": "authors of comments",
    "hito.men@kakuu.example": "authors of comments",
    "台紙面": "master 1",
    "図表面": "slide 1 chart 1",
    "項目面": "slide 1 chart 1",
    "組織面": "slide 1 SmartArt 1",
    "link.men@kakuu.example": "slide 1 links",
    "独自面": "custom XML item1.xml",
    "題名面": "properties",
    "作成面": "properties",
    "管理面": "properties",
    "属性面": "properties",
}
BOOK_PLACES = {
    "升目表": "名簿 (hidden rows 2; hidden columns C-D)",
    "共有表": "名簿 (hidden rows 2; hidden columns C-D)",
    "隠し行表": "名簿 (hidden rows 2; hidden columns C-D)",
    "090-1234-5678": "名簿 (hidden rows 2; hidden columns C-D)",
    "1990-01-01": "名簿 (hidden rows 2; hidden columns C-D)",
    "隠し表": "控え表 (hidden sheet)",
    "キョウユウ": "readings of cells",
    "数式表": "名簿 formulas",
    "頭書表": "名簿 header and footer",
    "足書表": "名簿 header and footer",
    "選択表": "名簿 beside the cells",
    "案内表": "名簿 beside the cells",
    "入力表": "名簿 beside the cells",
    "誤り表": "名簿 beside the cells",
    "釣り札表": "名簿 beside the cells",
    "表示表": "名簿 beside the cells",
    "注釈表": "名簿!B4 comment",
    "注釈者表": "名簿!B4 comment",
    "議論表": "名簿!C5 comment",
    "参加者表": "名簿!C5 comment",
    "図形表": "名簿!C5 shape",
    "代替表": "名簿!C5 shape, alternative text",
    "古い枠表": "名簿 drawing",
    "図表表": "名簿 chart 1",
    "link.hyo@kakuu.example": "名簿 links",
    "名前表": "defined names",
    "名前の注表": "defined names",
    "定数表": "defined names",
    "予約者表": "defined names",
    "表の注表": "xl/tables/table1.xml",
    "集計表": "xl/pivotCache/pivotCacheDefinition1.xml",
    "外部表": "xl/externalLinks/externalLink1.xml",
    "外部先": "links",
    "接続表": "xl/connections.xml",
    "独自表": "custom XML item1.xml",
    "題名表": "properties",
    "作成表": "properties",
    "管理表": "properties",
    "属性表": "properties",
}
# What LibreOffice writes of its own source, files/markers.fodt and its like.
MADE_TEXT = {
    "本文印": "body",
    "分割印": "body",
    "表印": "body",
    "振仮名印": "body",
    "隠し文字印": "body",
    "箇条印": "body",
    "挿入印": "body, inserted",
    "削除印": "body, deleted",
    "囲み印": "body, text box",
    "図形印": "body, text box",
    "代替印": "body, alternative text",
    "枠題印": "body, alternative text",
    "るびいん": "body, reading",
    "題名印": "properties",
    "主題印": "properties",
    "鍵語印": "properties",
    "利用者印": "properties",
    "link.shirushi@kakuu.example": "links",
}
MADE = {
    "markers.docx": MADE_TEXT
    | {
        "頭書印": "header 1",
        "足書印": "footer 1",
        "脚注印": "footnote 1",
        "文末脚注印": "endnote 1",
        "注釈印": "comment 1",
        "注釈者印": "comment 1",
        "削除者印": "authors of changes and comments",
    },
    **dict.fromkeys(
        ("markers.odt", "markers.fodt"),
        MADE_TEXT
        | {
            "頭書印": "header and footer",
            "足書印": "header and footer",
            "脚注印": "body, note",
            "文末脚注印": "body, note",
            "注釈印": "body, comment",
            "注釈者印": "body, comment",
            "削除者印": "body, property",
        },
    ),
    "markers.xlsx": {
        "セル印": "名簿 (hidden rows 2)",
        "隠し行印": "名簿 (hidden rows 2)",
        "隠し表印": "控え (hidden sheet)",
        "注釈印": "名簿!B1 comment",
        "図形印": "名簿!C3 shape",
        "数式印": "名簿 formulas",
        "入力案内印": "名簿 beside the cells",
        "頭書印": "名簿 header and footer",
        "名前印": "defined names",
        "題名印": "properties",
        "link.shirushi@kakuu.example": "名簿 links",
    },
    "markers.ods": {
        "セル印": "名簿 (hidden rows 2)",
        "隠し行印": "名簿 (hidden rows 2)",
        "隠し表印": "控え (hidden sheet)",
        "注釈印": "名簿!B1, comment",
        "図形印": "名簿 shape, text box",
        "代替印": "名簿 shape, alternative text",
        "数式印": "名簿 formulas",
        "入力案内印": "beside the sheets",
        "頭書印": "header and footer",
        "名前印": "beside the sheets, property",
        "題名印": "properties",
        "link.shirushi@kakuu.example": "links",
    },
    "markers.pptx": {
        "演題印": "slide 1",
        "本文印": "slide 1",
        "表印": "slide 1",
        "図形印": "slide 1",
        "隠し面印": "slide 2 (hidden)",
        "発表者印": "slide 1 notes",
        "注釈印": "slide 1 comment 1",
        "題名印": "properties",
        "link.shirushi@kakuu.example": "slide 2 (hidden) links",
    },
    "markers.odp": {
        "演題印": "slide 1",
        "本文印": "slide 1",
        "表印": "slide 1",
        "図形印": "slide 1",
        "代替印": "slide 1, alternative text",
        "隠し面印": "slide 2 (hidden)",
        "発表者印": "slide 1 notes",
        "注釈印": "slide 1, comment",
        "題名印": "properties",
        "link.shirushi@kakuu.example": "links",
    },
}
BUILT = {
    "docx": (packages_marked.word, WORD_PLACES),
    "pptx": (packages_marked.presentation, SHOW_PLACES),
    "xlsx": (packages_marked.workbook, BOOK_PLACES),
}


def places(parts: list[Extracted], marker: str) -> list[str]:
    """Return where a marker was found."""
    found = []
    for part in parts:
        if isinstance(part, TextSegment) and marker in part.text:
            found.append(part.location)
        elif isinstance(part, TableSegment) and any(
            marker in cell for row in (part.header or (), *part.rows) for cell in row
        ):
            found.append(part.table)
    return found


def missing(parts: list[Extracted], expected: dict[str, str]) -> dict[str, tuple[str, list[str]]]:
    """Return the markers that do not stand where they should, with where they do."""
    found = {marker: (place, places(parts, marker)) for marker, place in expected.items()}
    return {
        marker: (place, where)
        for marker, (place, where) in found.items()
        if not any(each == place or (place == "body" and each == "p. 1") for each in where)
    }


@pytest.mark.parametrize("form", ["transitional", "strict"])
@pytest.mark.parametrize("kind", BUILT)
def test_every_place_of_a_built_package_is_read(kind: str, form: str) -> None:
    """What Microsoft's programs write, in both forms of the standard, is found at its place without gaps."""
    build, expected = BUILT[kind]
    data = build() if form == "transitional" else packages.strict(build())
    assert sniff(io.BytesIO(data)) == kind
    parts = read(kind, data)
    assert not [part for part in parts if isinstance(part, Gap)]
    assert not missing(parts, expected)


@pytest.mark.parametrize("name", MADE)
def test_every_place_of_a_file_of_libreoffice_is_read(name: str) -> None:
    """What LibreOffice writes is found with its place and without gaps."""
    data = (FILES / name).read_bytes()
    kind = sniff(io.BytesIO(data))
    assert kind == name.rpartition(".")[2]
    parts = read(kind, data)
    assert not [part for part in parts if isinstance(part, Gap)]
    assert not missing(parts, MADE[name])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("docx", ["Microsoft_Word_Document.docx", "afchunk.txt", "image1.png", "oleObject1.bin"]),
        ("pptx", ["Microsoft_Excel_Sheet.xlsx", "image1.png"]),
        ("xlsx", ["image1.png", "oleObject1.bin"]),
    ],
)
def test_objects_and_pictures_are_members(kind: str, expected: list[str]) -> None:
    """What is embedded is an object of its own, read in its turn; nothing is a member twice."""
    parts = read(kind, BUILT[kind][0]())
    assert sorted(part.name for part in parts if isinstance(part, Member)) == expected
    assert all(part.stream is not None for part in parts if isinstance(part, Member))


@pytest.mark.parametrize(("kind", "marker"), [("docx", "囲み文"), ("docx", "組織文"), ("pptx", "組織面")])
def test_what_a_file_keeps_twice_is_read_once(kind: str, marker: str) -> None:
    """The picture of a text box for older programs, and of a diagram, says nothing new."""
    assert len(places(read(kind, BUILT[kind][0]()), marker)) == 1


def test_a_binary_workbook_is_read_beside_its_cells() -> None:
    """Comments, headers and names of an xlsb are found by the form of their strings."""
    parts = read("xlsb", packages.binary_workbook())
    assert places(parts, "架空太郎") == ["一覧"]
    assert places(parts, "頭書二進") == ["一覧 beside the cells"]
    assert places(parts, "注釈二進") == places(parts, "注釈者二進") == ["一覧 comments1.bin"]


def test_prompts_of_placeholders_are_no_text() -> None:
    """「マスター タイトルの書式設定」 of every layout would be found in every presentation."""
    assert places(read("pptx", packages_marked.presentation()), "見本") == []


def test_a_damaged_part_is_a_gap_and_the_others_are_read() -> None:
    """A header that is cut off costs what stands behind the cut."""
    whole = packages_marked.word()
    broken = packages.package(
        {
            "word/document.xml": f'<w:document xmlns:w="{packages.W}"><w:body>'
            + packages.paragraph(packages.run("本文文"))
            + packages.paragraph(packages.run("切れ文"))[:-30],
            "docProps/core.xml": "<x><creator>作成文</creator></x>",
        },
        {},
        {},
    )
    assert whole
    parts = read("docx", broken)
    assert places(parts, "本文文") == ["body"]
    assert places(parts, "作成文") == ["properties"]
    assert [part.reason for part in parts if isinstance(part, Gap)] == ["damaged"]


def test_a_package_cut_short_gives_the_parts_that_are_whole() -> None:
    """A copy that broke off has lost its directory; what lies before the cut is read, the loss is said."""
    data = packages_marked.word()
    cut = data[: data.index(b"word/people.xml") - 30]
    parts = read("docx", cut)
    assert places(parts, "本文文")
    assert places(parts, "注釈文") == ["comment 1"]
    assert any(isinstance(part, Gap) and part.detail.startswith("directory: ") for part in parts)


@pytest.mark.parametrize("kind", BUILT)
def test_bytes_lost_at_the_start_cost_only_the_part_they_were_of(kind: str) -> None:
    """Counted back from the directory the first part would begin before the file does."""
    whole = BUILT[kind][0]()
    parts = read(kind, whole[:60] + whole[100:])
    assert all(places(parts, marker) for marker in BUILT[kind][1])
    assert [part for part in parts if isinstance(part, Gap)] == [
        Gap(Reason.DAMAGED, "[Content_Types].xml: no local header")
    ]


def test_large_parts_are_read_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a large body and table give the same text as the whole, the table under one header."""
    row = (
        "<w:tr>"
        + "".join(f"<w:tc>{packages.paragraph(packages.run('{}'))}</w:tc>" for _ in range(3))
        + "</w:tr>"
    )
    body = (
        packages.paragraph(packages.run("初めの行")) * 3 + "<w:tbl>" + row.format("氏名", "電話番号", "住所")
    )
    body += "".join(row.format(f"架空{number}", f"090-0000-{number:04}", "東京都") for number in range(3000))
    body += "</w:tbl>" + packages.paragraph(packages.run("終わりの行"))
    data = packages.package(
        {"word/document.xml": f'<w:document xmlns:w="{packages.W}"><w:body>{body}</w:body></w:document>'},
        {},
        {},
    )
    whole = read("docx", data)
    monkeypatch.setattr("scanners.extractors.flow.WHOLE_BYTES", 1000)
    monkeypatch.setattr("scanners.extractors.flow._BLOCK_BYTES", 100_000)
    blocks = read("docx", data)

    def rows(parts: list[Extracted]) -> list[tuple[int, tuple[str, ...]]]:
        found = []
        for part in parts:
            if isinstance(part, TableSegment):
                assert part.header == ("氏名", "電話番号", "住所")
                assert part.table == "body table 1"
                found += [(part.first_row + index, row) for index, row in enumerate(part.rows)]
        return found

    assert len(rows(whole)) == 3000
    assert rows(blocks) == rows(whole)
    assert places(blocks, "初めの行") == places(blocks, "終わりの行") == ["body"]


def test_a_large_paragraph_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block that is large by itself is read where it stands, without being moved node by node."""
    body = packages.paragraph(packages.run("前の行")) + packages.paragraph(packages.run("架空") * 2000)
    data = packages.package(
        {"word/document.xml": f'<w:document xmlns:w="{packages.W}"><w:body>{body}</w:body></w:document>'},
        {},
        {},
    )
    monkeypatch.setattr("scanners.extractors.flow.WHOLE_BYTES", 1000)
    monkeypatch.setattr("scanners.extractors.flow._HEAVY_BYTES", 50_000)
    texts = [part.text for part in read("docx", data) if isinstance(part, TextSegment)]
    assert "".join(texts) == "前の行" + "架空" * 2000


def test_a_sparse_sheet_is_read_where_its_cells_are() -> None:
    """Cells at both ends of a sheet are read; nothing is allocated for what lies between."""
    cell = '<row r="{0}"><c r="{1}{0}" t="inlineStr"><is><t>{2}</t></is></c></row>'
    data = packages.workbook_of(cell.format(1, "A", "初め印") + cell.format(1_048_576, "XFD", "終わり印"))
    parts = read("xlsx", data)
    assert not [part for part in parts if isinstance(part, Gap)]
    assert places(parts, "初め印") == places(parts, "終わり印") == ["一覧"]


@pytest.mark.parametrize(
    ("number", "mask", "shown"),
    [(9012345678, "000-0000-0000", "090-1234-5678"), (42, "00000", "00042"), (1234567, "000", "1234567")],
)
def test_numbers_are_read_as_their_zeros_show_them(number: int, mask: str, shown: str) -> None:
    """A leading zero that only the format holds belongs to the number."""
    assert masked(number, mask) == shown


def test_a_repeated_row_is_not_written_out() -> None:
    """A calculation of a kilobyte that repeats its cell a million times a million stays small."""
    data = (FILES / "markers.fodt").read_text().partition("<office:body>")[0]
    data += (
        '<office:body><office:spreadsheet><table:table table:name="一覧"><table:table-row '
        'table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384" '
        'office:value-type="string"><text:p>繰返印</text:p></table:table-cell></table:table-row></table:table>'
        "</office:spreadsheet></office:body></office:document>"
    )
    parts = read("fodt", data.encode())
    cells = sum(len(row) for part in parts if isinstance(part, TableSegment) for row in part.rows)
    assert 0 < cells + sum("繰返印" in part.text for part in parts if isinstance(part, TextSegment)) < 200_000


@pytest.mark.parametrize("kind", [*BUILT, "odt", "ods", "odp"])
def test_bit_flips_and_cuts_end_in_gaps(kind: str) -> None:
    """Rich files damaged anywhere raise nothing but the refusal."""
    data = BUILT[kind][0]() if kind in BUILT else (FILES / f"markers.{kind}").read_bytes()
    chance = random.Random(7)
    for _ in range(25):
        damaged = bytearray(data)
        for _ in range(chance.randrange(1, 12)):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        read(kind, bytes(damaged[: chance.randrange(len(data) // 2, len(data) + 1)]))
        read(kind, bytes(damaged))
