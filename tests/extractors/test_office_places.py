"""Places of Office and OpenDocument files in which names had been lost."""

from __future__ import annotations

from scanners.extractors import binary_workbook, office, sheet_beside
from scanners.extractors.flow import flows
from scanners.model import Gap
from tests.extractors import packages
from tests.extractors.test_contract import read, words


def test_attributes_that_people_typed_are_read() -> None:
    """Filters, and schemas that somebody made up."""
    assert "Yamada Taro" in office.harvest(b'<a><filter val="Yamada Taro"/></a>')[0]
    assert "Yamada Taro" in office.harvest(b'<p name="Yamada Taro"/>', custom=True)[0]


def test_properties_of_digits_are_no_counts() -> None:
    """A telephone number as title; a count stays out; what ends early is said."""
    head = b'<cp:coreProperties xmlns:cp="c" xmlns:dc="d">'
    text, whole = office.properties(head + b"<dc:title>090-0000-1234</dc:title></cp:coreProperties>")
    assert ("090-0000-1234" in text, whole) == (True, True)
    assert office.properties(b"<Properties><Pages>12</Pages></Properties>") == ("", True)
    assert not office.properties(head + b"<dc:title>A</dc:title><dc:cr")[1]
    cdata = head + b"<dc:creator><![CDATA[Yamada]]></dc:creator></cp:coreProperties>"
    assert "Yamada" in office.properties(cdata)[0]


def test_lists_of_names_are_no_base64() -> None:
    """Words with blanks between them are text, lines of one length are bytes."""
    assert "Yamada" in office.harvest(b"<n>" + b"Yamada Taro 09000001234 Osaka Kita " * 5 + b"</n>")[0]
    assert office.harvest(b"<n>" + b"QUJD" * 40 + b"</n>")[0] == ""


def test_marks_in_a_text_are_no_marks() -> None:
    """Characters that belong to no script shift no string and lose no workbook."""
    cells = '<c r="A1" t="str"><v>a\ufdd5甲</v></c><c r="B1" t="str"><v>b&#xFDDA;乙</v></c>'
    found = words(read("xlsx", packages.workbook_of(f'<row r="1">{cells}</row>')))
    assert "a\ufffd甲" in found
    assert "b\ufffd乙" in found


def test_values_that_no_program_writes_lose_no_sheet() -> None:
    """Digits of other kinds as numbers of rows."""
    found = read("xlsx", packages.workbook_of('<row r="²"><c t="str"><v>架空太郎</v></c></row>'))
    assert "架空太郎" in words(found)
    assert not [part for part in found if isinstance(part, Gap)]


def test_headers_and_strings_keep_their_words() -> None:
    """Codes of style inside a word, ideographic spaces in binary workbooks."""
    (margin,) = sheet_beside.header_and_footer(
        b"<oddHeader>&amp;C&amp;B\xe7\x94\xb0&amp;I\xe4\xb8\xad</oddHeader>", "S"
    )
    assert margin.text == "田中"
    record = (5).to_bytes(4, "little") + "山田　太郎".encode("utf-16-le")
    assert binary_workbook.strings(record) == ["山田　太郎"]


def test_positions_are_no_text_of_an_alternative() -> None:
    """The other alternative is read then."""
    body = (
        f"<w:document {packages.NAMES}><mc:AlternateContent>"
        "<mc:Choice><wp:posOffset>12</wp:posOffset></mc:Choice>"
        "<mc:Fallback><w:t>予備</w:t></mc:Fallback></mc:AlternateContent></w:document>"
    )
    assert "予備" in "".join(
        map(str, flows(body.encode(), office.DRAWING.replace("m:t", "w:t"), frozenset(), "x"))
    )


def test_sheets_of_open_document_lose_nothing_before_their_rows() -> None:
    """Titles and descriptions, cells without a paragraph, and copies within bounds."""
    row = '<table:table-row table:number-rows-repeated="400">'
    cell = '<table:table-cell office:string-value="架空花子" table:number-columns-repeated="400"/>'
    table = f"<table:title>題名</table:title>{(row + cell * 20 + '</table:table-row>') * 9}"
    body = f'<office:spreadsheet><table:table table:name="表">{table}</table:table></office:spreadsheet>'
    found = words(read("ods", packages.open_document("spreadsheet", body)))
    assert "題名" in found
    assert 9 * 20 <= found.count("架空花子") < 500_000
