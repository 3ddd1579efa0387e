"""Corners of Office and OpenDocument files where names and numbers stand that no cell or page shows."""

from __future__ import annotations

import base64
import io
import struct
import zipfile

import pytest

from scanners.extractors.binary_workbook import strings
from scanners.extractors.cells import Book, _number
from scanners.extractors.flow import unmarked
from scanners.extractors.interface import Extracted, Member
from scanners.extractors.office import harvest, properties
from scanners.extractors.sheet_beside import header_and_footer
from scanners.model import Gap, Reason, TableSegment, TextSegment
from tests.extractors import packages
from tests.extractors.test_contract import read, words

S, W, P = packages.S, packages.W, packages.P
URN = "urn:oasis:names:tc:opendocument:xmlns:"
ODF = " ".join(
    f'xmlns:{short}="{URN}{long}:1.0"'
    for short, long in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("presentation", "presentation"),
        ("form", "form"),
    )
)


def told(parts: list[Extracted]) -> dict[str, str]:
    """Return the text of every place."""
    found: dict[str, str] = {}
    for part in parts:
        if isinstance(part, TextSegment):
            found[part.location] = f"{found.get(part.location, '')}\n{part.text}".strip()
    return found


def word(
    body: str, more: packages.Parts | None = None, kinds: dict[str, str] | None = None
) -> list[Extracted]:
    """Return what is read of a document of this body."""
    document = f"<w:document {packages.NAMES}><w:body>{body}</w:body></w:document>"
    types = {"word/document.xml": f"{packages.TYPES}wordprocessingml.document.main+xml", **(kinds or {})}
    return read("docx", packages.package({"word/document.xml": document, **(more or {})}, types, {}))


def book(
    sheets: list[str], more: packages.Parts | None = None, names: tuple[str, ...] = ("一覧",)
) -> list[Extracted]:
    """Return what is read of a workbook of these sheets."""
    parts: packages.Parts = {f"xl/worksheets/sheet{n}.xml": sheet for n, sheet in enumerate(sheets, start=1)}
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, start=1)
    )
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{S}" xmlns:r="{packages.OFFICE}"><sheets>{listed}</sheets></workbook>'
    )
    types = {"xl/workbook.xml": f"{packages.TYPES}spreadsheetml.sheet.main+xml"}
    related = [("worksheet", f"worksheets/sheet{n}.xml", False) for n in range(1, len(sheets) + 1)]
    if more and "xl/sharedStrings.xml" in more:
        types["xl/sharedStrings.xml"] = f"{packages.TYPES}spreadsheetml.sharedStrings+xml"
    return read("xlsx", packages.package({**parts, **(more or {})}, types, {"xl/workbook.xml": related}))


def sheet(rows: str, after: str = "") -> str:
    """Return a worksheet's XML."""
    return f'<worksheet xmlns="{S}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def opendocument(body: str, kind: str) -> list[Extracted]:
    """Return what is read of an OpenDocument file of this body."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr(
            "content.xml",
            f"<office:document-content {ODF}><office:body>{body}</office:body></office:document-content>",
        )
    return read("odt", out.getvalue())


def calculation(inside: str) -> list[Extracted]:
    """Return what is read of a calculation with one sheet."""
    table = f'<table:table table:name="表">{inside}</table:table>'
    return opendocument(f"<office:spreadsheet>{table}</office:spreadsheet>", "spreadsheet")


def test_strings_of_binary_workbooks_hold_ideographic_spaces() -> None:
    """架空　太郎 is how names are written, and letters of one's own (外字) belong to names."""
    for text in ("架空　太郎", "電話\xa0090-0000-0000", "\ue000橋太郎"):
        assert strings(struct.pack("<L", len(text)) + text.encode("utf-16-le")) == [text]
    assert strings(struct.pack("<L", 3) + "a\x01b".encode("utf-16-le")) == []


def test_pivot_caches_keep_the_source_that_is_gone() -> None:
    """Fields with their values, and records by them."""
    parts = book(
        [sheet("")],
        {
            "xl/pivotCache/pivotCacheDefinition1.xml": f'<pivotCacheDefinition xmlns="{S}"><cacheFields>'
            '<cacheField name="氏名"><sharedItems><s v="Kakuu Taro"/><s v="架空花子"/></sharedItems>'
            "</cacheField>"
            '<cacheField name="電話"><sharedItems/></cacheField></cacheFields></pivotCacheDefinition>',
            "xl/pivotCache/pivotCacheRecords1.xml": f'<pivotCacheRecords xmlns="{S}">'
            '<r><x v="1"/><s v="090-0000-0000"/></r><r><x v="²"/><m/></r></pivotCacheRecords>',
        },
    )
    assert told(parts)["pivot cache 1"] == "氏名: Kakuu Taro\n氏名: 架空花子"
    tables = [part for part in parts if isinstance(part, TableSegment)]
    rows = (("架空花子", "090-0000-0000"), ("", ""))
    assert tables == [TableSegment("pivot cache 1 records", ("氏名", "電話"), 1, rows)]


def test_scenarios_filters_and_columns_of_tables() -> None:
    """What people typed stands in attributes, in ASCII too."""
    after = (
        '<scenarios><scenario name="Plan" user="Kakuu Taro"><inputCells r="A1" val="090-0000-0000"/>'
        "</scenario></scenarios><autoFilter><filterColumn><filters>"
        '<filter val="Hanako"/></filters></filterColumn></autoFilter>'
    )
    text = told(book([sheet("", after)]))["一覧 beside the cells"]
    assert all(each in text for each in ("Kakuu Taro", "090-0000-0000", "Hanako"))


def test_custom_xml_says_as_much_in_attributes_as_in_text() -> None:
    """Names and numbers in ASCII; words whose letters are formatted one by one; lists without signs."""
    names = "Kakuu Taro 09000000000 Osaka Kita " * 5
    text, _ = harvest(
        f'<r><p name="Kakuu Taro" tel="090-0000-0000"/><m>架<b>空</b>太郎</m><n>{names}</n></r>'.encode(),
        custom=True,
    )
    for each in ("name: Kakuu Taro", "tel: 090-0000-0000", "m: 架空太郎", names.strip()):
        assert each in text
    assert harvest(b'<Sources StyleName="APA"/>', custom=True) == ("", True)  # what Word writes itself
    encoded = base64.b64encode(bytes(range(256))).decode()
    assert harvest(f"<r><p>{encoded}</p></r>".encode()) == ("", True)


def test_properties_of_digits_signs_and_character_data() -> None:
    """A title may be a telephone number; a part that is cut off says so."""
    text, whole = properties(
        b"<coreProperties><title>090-0000-0000</title><creator><![CDATA[Kakuu]]></creator>"
        b"<description>A > B</description><created>2020-01-01</created></coreProperties>"
    )
    assert whole
    assert text == "title: 090-0000-0000\n作成者: Kakuu\ndescription: A > B"
    assert properties(b"<Properties><Company>0000-0000</Company>") == ("会社名: 0000-0000", False)


@pytest.mark.parametrize("mark", ["\ufdd5", "&#xFDD5;", "&#64981;"])
def test_characters_that_are_marks_here_shift_nothing(mark: str) -> None:
    """XML may hold them; one cell with one loses itself at most."""
    cells = f'<row r="1"><c r="A1" t="str"><v>a{mark}架空</v></c><c r="B1" t="s"><v>1</v></c></row>'
    strings = f'<sst xmlns="{S}"><si><t>x{mark}y</t></si><si><t>太郎</t></si></sst>'
    text = words(book([sheet(cells)], {"xl/sharedStrings.xml": strings}))
    assert "架空" in text
    assert "太郎" in text
    assert "架空" in words(word(packages.paragraph(packages.run(f"{mark}架空"))))


def test_marks_in_wide_parts() -> None:
    """UTF-16 is read as UTF-8 is."""
    assert "\ufdd0" not in unmarked("<a>\ufdd0&#xFDD1;</a>".encode("utf-16")).decode("utf-16")


def test_digits_that_are_no_numbers_cost_no_sheet() -> None:
    """「²」 is a digit and no number; a number beyond the calendar is no day."""
    rows = '<row r="²"><c r="A1" s="²" t="s"><v>²</v></c><c r="B1" s="²"><v>12</v></c></row>'
    assert told(book([sheet(rows)]))["一覧"] == "12"
    dates = Book(dates=frozenset({1}))
    for value in ("nan", "1e999", "2958466", "2958465.9999999999", "-1"):
        assert _number(value, 1, dates)
    assert _number("1e999", 0, dates) == "1e999"


def test_inline_strings_with_readings_and_escapes() -> None:
    """Readings stand apart, and _x5C71_ is the letter it means."""
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>_x5C71_田</t><rPh><t>ヤマダ</t></rPh></is></c></row>'
    found = told(book([sheet(cell)]))
    assert found["一覧"] == "山田"
    assert found["readings of cells"] == "ヤマダ"
    strings = f'<sst xmlns="{S}"><si><t>_x5C71_本_x005F_x000D_</t></si></sst>'
    shared = book([sheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')], {"xl/sharedStrings.xml": strings})
    assert told(shared)["一覧"] == "山本_x000D_"


def test_chart_sheets_and_empty_sheets() -> None:
    """Their headers are read, and a name that stands in no location is told."""
    chart = (
        f'<chartsheet xmlns="{S}"><headerFooter><oddHeader>&amp;C架空</oddHeader></headerFooter></chartsheet>'
    )
    found = told(book([chart, sheet("")], names=("図", "架空太郎様")))
    assert found["図 header and footer"] == "架空"
    assert found["names of sheets without cells"] == "架空太郎様"


def test_codes_of_style_do_not_split_headers() -> None:
    """One letter may be bold."""
    frame = "<oddHeader>&amp;C架&amp;B空&amp;B太郎&amp;R090-0000&amp;U-0000&amp;&amp;B</oddHeader>".encode()
    assert [each.text for each in header_and_footer(frame, "x")] == ["架空太郎\n090-0000-0000&B"]
    frame = "<s><oddFooter><![CDATA[&C架空]]></oddFooter></s>".encode()
    assert [each.text for each in header_and_footer(frame, "x")] == ["架空"]


def test_alternatives_by_what_they_say() -> None:
    """A choice of positions only hides no fallback; the first that says something is read."""
    box = (
        "<mc:AlternateContent><mc:Choice><wp:posOffset>12</wp:posOffset></mc:Choice>{}</mc:AlternateContent>"
    )
    for inside in ("<mc:Fallback>{}</mc:Fallback>", "<mc:Choice>{}</mc:Choice>"):
        parts = word(f"<w:p>{box.format(inside.format(packages.run('架空')))}</w:p>")
        assert told(parts) == {"body": "架空"}


def test_linked_objects_and_symbols_do_not_split_words() -> None:
    """An object's type stands in no word; a letter put in as a symbol does."""
    linked = (
        "<o:LinkType>Picture</o:LinkType><o:LockedField>false</o:LockedField><o:FieldCodes>\\f</o:FieldCodes>"
    )
    symbols = '<w:sym w:font="MS Mincho" w:char="9AD9"/><w:sym w:font="Wingdings" w:char="F0FC"/>'
    parts = word(
        f"<w:p>{packages.run('架')}<w:object>{linked}</w:object>{packages.run('空')}<w:r>{symbols}</w:r>{packages.run('橋')}</w:p>"
    )
    assert told(parts) == {"body": "架空髙橋", "body, field": "\\f"}


def test_what_a_change_inside_a_word_hides() -> None:
    """The number before the change was somebody's, in a document and in OpenDocument."""
    changed = (
        "<w:del><w:r><w:delText>8</w:delText></w:r></w:del><w:ins>" + packages.run("9") + "</w:ins></w:p>"
    )
    found = told(word(f"<w:p>{packages.run('090-0000-000')}{changed}"))
    assert found["body, deleted"] == "090-0000-0008\n8"
    regions = "".join(
        f'<text:changed-region text:id="{name}">{what}</text:changed-region>'
        for name, what in (
            ("a", "<text:deletion><text:p>8</text:p></text:deletion>"),
            ("b", "<text:insertion/>"),
        )
    )
    body = (
        f"<office:text><text:tracked-changes>{regions}</text:tracked-changes><text:p>090-0000-000"
        '<text:change text:change-id="a"/><text:change-start text:change-id="b"/>9<text:change-end '
        'text:change-id="b"/></text:p></office:text>'
    )
    assert "090-0000-0008" in told(opendocument(body, "text"))["body, deleted"].splitlines()


def test_pages_that_a_document_takes_in_are_read_as_pages() -> None:
    """Members, which the reader of pages reads."""
    parts = word(
        "<w:p/>",
        {
            "word/afchunk.xhtml": "<html><body><b>架</b>空</body></html>",
            "word/page.xml": "<html><body><b>架</b>空</body></html>",
        },
        {"word/page.xml": "application/xhtml+xml"},
    )
    assert [part.name for part in parts if isinstance(part, Member)] == ["afchunk.xhtml", "page.xml"]


def test_what_stands_before_the_rows_of_a_calculation() -> None:
    """Title, description and forms of a sheet."""
    parts = calculation(
        "<table:title>題文</table:title><table:desc>説明文</table:desc><office:forms><form:form>"
        '<form:listbox form:label="欄文"><form:option form:label="選択文"/></form:listbox></form:form>'
        "</office:forms>"
        "<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell></table:table-row>" * 2
    )
    text = words(parts)
    assert all(each in text for each in ("題文", "説明文", "欄文", "選択文"))


def test_cells_of_a_calculation_by_their_values() -> None:
    """Generators leave out the paragraph."""
    cells = '<table:table-cell office:string-value="架空"/><table:table-cell office:value="123456789018"/>'
    assert told(calculation(f"<table:table-row>{cells}</table:table-row>"))["表"] == "架空\t123456789018"
    assert told(calculation('<table:table-row table:number-rows-repeated="²"/>')) == {}


def test_copies_of_copies_are_bounded() -> None:
    """A file of some hundred bytes unfolded to millions of cells; each is read once, the rest told."""
    cell = '<table:table-cell table:number-columns-repeated="400"><text:p>a</text:p></table:table-cell>'
    parts = calculation(
        f'<table:table-row table:number-rows-repeated="400">{cell * 20}</table:table-row>' * 3
    )
    assert [part.reason for part in parts if isinstance(part, Gap)] == [Reason.EXPANDS_TOO_FAR]
    assert sum(len(words([part])) for part in parts) < 2_000_000


def test_pictures_and_macros_of_flat_files() -> None:
    """Members, as those of a package are."""
    encoded = base64.b64encode(packages.PIXEL).decode()
    flat = (
        f'<office:document {ODF} office:mimetype="application/vnd.oasis.opendocument.text"><office:scripts>'
        "<office:script>架空プログラム</office:script></office:scripts><office:body><office:text><text:p>a"
        f"<draw:image><office:binary-data>{encoded}</office:binary-data></draw:image><draw:image>"
        "<office:binary-data>A</office:binary-data></draw:image></text:p></office:text></office:body>"
        "</office:document>"
    )
    parts = read("fodt", flat.encode())
    assert told(parts) == {"body": "a", "macros": "架空プログラム"}
    first, second = (part for part in parts if isinstance(part, Member))
    assert isinstance(first.stream, io.BytesIO)
    assert first.stream.read() == packages.PIXEL
    assert second.gap == Gap(Reason.DAMAGED, "base64")


def test_headers_of_a_show_stand_one_by_one() -> None:
    """A name and a number glued together are neither; a slide's own name is read."""
    parts = opendocument(
        "<office:presentation><presentation:header-decl>架空</presentation:header-decl><presentation:footer-decl>"
        '090-0000-0000</presentation:footer-decl><draw:page draw:name="花子"/><draw:page draw:name="page2"/>'
        "</office:presentation>",
        "presentation",
    )
    assert told(parts) == {"body": "架空\n090-0000-0000", "slide 1, property": "花子"}


def test_a_drawing_in_visio_keeps_numbers_and_names_of_pages() -> None:
    """Telephone numbers stand with their labels; pages.xml may list the second file first."""
    page = (
        '<PageContents><Shapes><Shape><Section N="Property"><Row><Cell N="Value" V="09000000000"/>'
        '<Cell N="Label" V="電話"/></Row><Row><Cell N="Value" V="090-0000-0000" U="STR"/></Row></Section>'
        "<Text>甲</Text></Shape></Shapes></PageContents>"
    )
    pages = "".join(
        f'<Page Name="{name}"><Rel r:id="{rel}"/></Page>'
        for name, rel in (("乙図", "rId2"), ("甲図", "rId1"))
    )
    drawing = packages.package(
        {
            "visio/pages/pages.xml": f'<Pages xmlns:r="{packages.OFFICE}">{pages}</Pages>',
            "visio/pages/page1.xml": page,
            "visio/comments.xml": "<broken",
        },
        {},
        {"visio/pages/pages.xml": [("page", "page1.xml", False), ("page", "page2.xml", False)]},
    )
    parts = read("vsdx", drawing)
    found = told(parts)
    assert found["page 1 甲図"] == "甲"
    assert found["page 1 甲図, data and links of shapes"] == "電話: 09000000000\n090-0000-0000"
    assert [part.detail for part in parts if isinstance(part, Gap)] == ["visio/comments.xml: XMLSyntaxError"]
