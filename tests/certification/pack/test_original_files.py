"""What a Word or Excel form may not hold is refused by name, and odd but harmless ones are filled in."""

from __future__ import annotations

import io
import zipfile

import docx
import openpyxl
import pytest

from daicho.originals.filling import opened
from daicho.originals.package import OriginalRefusedError, Refusal
from privacy_mark.pack.original_model import Fault, Wrong
from tests.certification.pack.original_files import control, excel_form, part, with_parts, word_form

RELS = "word/_rels/document.xml.rels"
_FIELD = """<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{}</w:p>"""
_BEGIN, _END = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>', '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def related(kind: str, target: str) -> bytes:
    """Return the Word form with one more relation to somewhere outside."""
    more = (
        f'<Relationship Id="rIdX" TargetMode="External" Target="{target}" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/>'
        "</Relationships>"
    )
    return with_parts(
        word_form(), {RELS: part(word_form(), RELS).replace(b"</Relationships>", more.encode())}
    )


def instructed(*pieces: str) -> bytes:
    """Return the Word form with a field whose instruction is cut into pieces."""
    runs = "".join(f"<w:r><w:instrText>{each}</w:instrText></w:r>" for each in pieces)
    return word_form(_FIELD.format(_BEGIN + runs + _END))


def typed(data: bytes, old: bytes, new: bytes) -> bytes:
    """Return a file with another content type."""
    name = "[Content_Types].xml"
    return with_parts(data, {name: part(data, name).replace(old, new)})


def with_doctype() -> bytes:
    """Return the Word form with entities that would grow."""
    xml = part(word_form(), "word/document.xml")
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><w:document'
    return with_parts(word_form(), {"word/document.xml": xml.replace(b"<w:document", bomb, 1)})


def bomb() -> bytes:
    """Return a workbook that unpacks to far more than it is."""
    return with_parts(excel_form(), {"xl/media/image1.png": bytes(30 << 20)})


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", Refusal.KIND),
        (b"PK\x03\x04 nothing", Refusal.KIND),
        (b"%PDF-1.7 no form", Refusal.KIND),
        (word_form()[:-200], Refusal.DAMAGED),
        (with_parts(word_form(), {"word/vbaProject.bin": b"x"}), Refusal.MACRO),
        (with_parts(excel_form(), {"xl/macrosheets/sheet1.xml": b"<x/>"}), Refusal.MACRO),
        (with_parts(excel_form(), {"xl/activeX/activeX1.bin": b"x"}), Refusal.MACRO),
        (typed(word_form(), b"document.main+xml", b"macroEnabled.main+xml"), Refusal.MACRO),
        (with_parts(word_form(), {"word/embeddings/oleObject1.bin": b"x"}), Refusal.EMBEDDED),
        (with_parts(excel_form(), {"xl/externalLinks/externalLink1.xml": b"<x/>"}), Refusal.EXTERNAL),
        (with_parts(excel_form(), {"xl/connections.xml": b"<x/>"}), Refusal.EXTERNAL),
        (related("image", "https://example.test/pixel.png"), Refusal.EXTERNAL),
        (related("attachedTemplate", "file:///C:/x.dotm"), Refusal.EXTERNAL),
        (related("hyperlink", "file://server/share"), Refusal.EXTERNAL),
        (related("hyperlink", "\\\\server\\share"), Refusal.EXTERNAL),
        (instructed(" DDEAUTO c:\\\\cmd.exe"), Refusal.EXTERNAL),
        (instructed("DD", "EAUTO x"), Refusal.EXTERNAL),
        (instructed(" INCLUDE", "PICTURE http://example.test/x"), Refusal.EXTERNAL),
        (word_form(_FIELD.format(_BEGIN * 2 + _END * 2)), Refusal.EXTERNAL),
        (excel_form(A6='=WEBSERVICE("https://example.test/")'), Refusal.EXTERNAL),
        (excel_form(A6="='[1]Sheet1'!A1"), Refusal.EXTERNAL),
        (with_doctype(), Refusal.DAMAGED),
        (with_parts(word_form(), {"word/document.xml": b"<w:document"}), Refusal.DAMAGED),
        (with_parts(word_form(), {"../outside.xml": b"<x/>"}), Refusal.DAMAGED),
        (bomb(), Refusal.TOO_LARGE),
        (with_parts(excel_form(), {"xl/large.xml": b"<x>" + b" " * (9 << 20) + b"</x>"}), Refusal.TOO_LARGE),
        (bytes((5 << 20) + 1), Refusal.TOO_LARGE),
    ],
)
def test_what_could_act_or_reach_outside_is_refused(data: bytes, refusal: Refusal) -> None:
    """With the reason that the page says in words."""
    with pytest.raises(OriginalRefusedError) as error:
        opened(data)
    assert error.value.refusal is refusal


def test_a_name_that_stands_twice_is_refused() -> None:
    """Programs differ in which of the two they read."""
    out = io.BytesIO(word_form())
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("word/document.xml", b"<x/>")
    with pytest.raises(OriginalRefusedError) as error:
        opened(out.getvalue())
    assert error.value.refusal is Refusal.DAMAGED


def test_links_of_the_web_and_page_numbers_are_no_harm() -> None:
    """A form may tell its body's address."""
    assert opened(related("hyperlink", "https://privacymark.jp/")).kind == "docx"
    assert opened(instructed(" PAGE ")).kind == "docx"


def test_content_controls_take_text_by_tag_and_by_title() -> None:
    """Lines become lines; a box to tick takes none; what was bound elsewhere is bound no more."""
    ticked = control(
        "tick", more='<w14:checkbox xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"/>'
    )
    bound = control("bound", more='<w:dataBinding w:xpath="/x" w:storeItemID="{0}"/>')
    form = opened(word_form(ticked, bound))
    assert {"contact_name", "tel", "電話番号", "tick", "bound"} <= set(form.found)
    assert form.spot("tick") == Wrong(Fault.NO_TEXT, "tick")
    data = form.filled({"電話番号": "03-0000-4242\n内線 1", "bound": "値", "{{training.done}}": 1204})
    xml = part(data, "word/document.xml").decode()
    assert "03-0000-4242</w:t><w:br/><w:t" in xml
    assert "dataBinding" not in xml
    assert "1,204 名" in "".join(cell.text for cell in docx.Document(io.BytesIO(data)).tables[0]._cells)


def test_cells_that_are_not_stored_are_made_in_their_place() -> None:
    """Excel wants rows and cells in order; a form that only borders hold together is filled in too."""
    data = opened(excel_form()).filled({"申請書!B9": "あ", "申請書!B2": 7, "申請書!A2": "=1+1"})
    sheet = openpyxl.load_workbook(io.BytesIO(data))["申請書"]
    assert (sheet["B9"].value, sheet["B2"].value) == ("あ", 7)
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")  # a text, not a formula
    xml = part(data, "xl/worksheets/sheet1.xml").decode()
    order = [xml.index(f'r="{place}"') for place in ("A1", "A2", "B2", "A5", "B9", "C9")]
    assert order == sorted(order)
