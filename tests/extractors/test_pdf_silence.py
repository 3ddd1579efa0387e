"""What a PDF once lost without a word: each thing is read, or a gap tells of it."""

from __future__ import annotations

import base64

import pytest

from scanners.extractors.interface import Limits
from scanners.extractors.pdf_strings import reread
from scanners.model import Gap, TextSegment
from scanners.ocr.model import OcrMode
from tests.extractors import samples_pdf
from tests.extractors.samples_pdf import packed, stream
from tests.extractors.test_contract import read

OFF = Limits(ocr=OcrMode.OFF)
_HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
_FAX = b"BT /F1 8 Tf 72 830 Td (2031-05-01 10:32 FROM Kakuu Clinic TEL 03-0000-0000 P.001/003) Tj ET\n"


def page(
    content: bytes,
    *more: bytes,
    page: bytes = b"",
    resources: bytes = b"",
    catalogue: bytes = b"",
    trailer: bytes = b"",
) -> bytes:
    """Return a document of one page with Helvetica as F1; `more` are objects from number 6 on."""
    return samples_pdf.built(
        [
            b"<</Type/Catalog/Pages 2 0 R" + catalogue + b">>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>"
            + resources
            + b">>"
            + page
            + b">>",
            stream(content),
            _HELVETICA,
            *more,
        ],
        trailer=trailer,
    )


def told(data: bytes) -> tuple[str, list[str]]:
    """Return all text of a document and what its gaps say."""
    parts = read("pdf", data, OFF)
    text = "\n".join(part.text for part in parts if isinstance(part, TextSegment))
    return text, [part.detail for part in parts if isinstance(part, Gap)]


def picture(grey: bytes, width: int, height: int, *, stored: bool = False) -> bytes:
    """Return a picture as an object."""
    extra = b"/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8" % (width, height)
    return stream(grey, extra) if stored else packed(grey, extra)


def test_a_scan_under_the_line_of_a_fax_is_a_picture() -> None:
    """A header of more than a few letters does not make the page below it text; its own text does."""
    scan = b"q 595 0 0 842 0 0 cm /I Do Q "
    image = picture(bytes(100 * 140), 100, 140)
    resources = b"/XObject<</I 6 0 R>>"
    (gap,) = told(page(scan + _FAX, image, resources=resources))[1]
    assert gap.endswith("1 of 1 pages: p. 1")
    layer = b"".join(b"BT /F1 9 Tf 72 %d Td (a line as it was read) Tj ET\n" % y for y in range(100, 800, 50))
    assert told(page(scan + layer, image, resources=resources))[1] == []
    unseen = b"BT 3 Tr /F1 9 Tf 72 700 Td (one line of a page that has only one, as it was read) Tj ET"
    assert told(page(scan + unseen, image, resources=resources))[1] == []


def test_pictures_of_one_size_are_two_pictures() -> None:
    """Scans that are not packed have all the same length; the same picture twice is one."""
    content = _FAX + b"q 250 0 0 200 0 0 cm /I Do Q q 250 0 0 200 300 0 cm /J Do Q"
    white, black = (picture(shade * 1_100_000, 1100, 1000, stored=True) for shade in (b"\xff", b"\x00"))
    (gap,) = told(page(content, white, black, resources=b"/XObject<</I 6 0 R/J 7 0 R>>"))[1]
    assert gap.endswith("p. 1 picture 1, p. 1 picture 2")
    (gap,) = told(page(content, white, resources=b"/XObject<</I 6 0 R/J 6 0 R>>"))[1]
    assert gap.endswith("p. 1 picture 1")


@pytest.mark.parametrize("codes", [b"<4142414241424142>", b"<0102010201020102>"])
def test_letters_without_meaning_are_told(codes: bytes) -> None:
    """Glyphs of a font that does not say what they mean are no text of the page."""
    font = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/CharProcs<</g1 6 0 R>>"
        b"/Encoding<</Type/Encoding/Differences[1/g1/g1 65/g1/g1]>>/FirstChar 1/LastChar 66"
        b"/Widths[" + b"9 " * 66 + b"]>>"
    )
    data = page(b"BT /F1 9 Tf 72 700 Td " + codes + b" Tj ET", stream(b"9 0 0 0 7 7 d1 0 0 7 7 re f"))
    assert told(data.replace(_HELVETICA, font))[1] == ["letters without meaning, OCR off: 1 of 1 pages: p. 1"]
    assert told(page(_FAX))[1] == []


def test_letters_drawn_as_one_outline_are_a_picture() -> None:
    """A page without text on which one object draws hundreds of strokes is not empty."""
    drawn = b" ".join(b"%d 500 5 5 re" % (6 * number) for number in range(80)) + b" f"
    assert told(page(drawn))[1] == ["no text layer, OCR off: 1 of 1 pages: p. 1"]
    assert told(page(b"10 10 500 500 re S"))[1] == []


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "euc_jp"])
def test_strings_in_an_encoding_that_is_not_told_are_read(encoding: str) -> None:
    """Old Japanese programs write titles and names in their own encoding, which the format does not know."""
    title, author = ("<" + text.encode(encoding).hex() + ">" for text in ("架空かくえき一覧", "佐藤花子"))
    info = f"<</Title{title}>>".encode()
    note = f"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/T{author}>>".encode()
    text, _ = told(page(_FAX, info, note, page=b"/Annots[7 0 R]", trailer=b"/Info 6 0 R"))
    assert "Title: 架空かくえき一覧" in text
    assert "佐藤花子" in text


@pytest.mark.parametrize("text", ["Kakuu’s Report – “2031”", "Žižek", "Łukasz Müller", "ﬁnance", "éé", "•"])
def test_strings_of_other_languages_stay_as_they_are(text: str) -> None:
    """An accent and a letter are also the bytes of a rare Japanese character."""
    assert reread(text) == text


def drawing(text: bytes) -> bytes:
    """Return what draws one line of text, as an object."""
    content = b"BT /F1 12 Tf 0 0 Td (" + text + b") Tj ET"
    return stream(content, b"/Subtype/Form/BBox[0 0 200 50]/Resources<</Font<</F1 5 0 R>>>>")


@pytest.mark.parametrize(
    "kind", [b"Highlight", b"Watermark", b"Redact", b"Square", b"Ink", b"FreeText", b"Stamp"]
)
def test_what_any_annotation_draws_is_read(kind: bytes) -> None:
    """Also where it says something else of itself, and where it is hidden; what it says is not told twice."""
    says = b"<</Type/Annot/Subtype/" + kind + b"/Contents(Said)/OverlayText(Covered)/AP<</N 7 0 R>>"
    one, two = (says + b"/Rect[10 10 210 60]/F %d>>" % flags for flags in (2, 4))
    for each in (one, two):
        text, _ = told(page(_FAX, each, drawing(b"Drawn Taro"), page=b"/Annots[6 0 R]"))
        assert "Said" in text
        assert "Drawn Taro" in text
        assert ("Covered" in text) is (kind == b"Redact")
    text, _ = told(page(_FAX, two, drawing(b"Sai d"), page=b"/Annots[6 0 R]"))
    assert text.endswith("Said\nCovered" if kind == b"Redact" else "Said")


def test_all_that_a_form_field_holds_is_read() -> None:
    """Its rich value, its default, the options that are not chosen, and what it draws without any value."""
    text, _ = told(
        page(
            _FAX,
            b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/Rect[0 0 9 9]/RV(<p>Rich Taro</p>)/DV(Before)>>",
            b"<</Type/Annot/Subtype/Widget/FT/Ch/T(b)/Rect[0 0 9 9]/Opt[(One)(Two)(Three)]/V(Two)>>",
            b"<</Type/Annot/Subtype/Widget/FT/Tx/T(c)/Rect[0 0 200 9]/F 4/AP<</N 9 0 R>>>>",
            drawing(b"Drawn Hanako"),
            page=b"/Annots[6 0 R 7 0 R 8 0 R]",
            catalogue=b"/AcroForm<</Fields[6 0 R 7 0 R 8 0 R]>>",
        )
    )
    lines = text.splitlines()
    assert lines[1:] == [
        "a: Rich Taro",
        "a: Before",
        "b: Two",
        "b: other choices: One / Three",
        "c",
        "Drawn Hanako",
    ]


def test_a_form_of_adobe_that_is_one_stream_is_read() -> None:
    """Its data stands somewhere in it; what has no name is told with its text in one piece."""
    whole = (
        b"<xdp:xdp xmlns:xdp='urn:x'><config><a>Unsaid</a></config><d:datasets xmlns:d='urn:d'>"
        b"<name kind='patient'>Taro <b>Kak</b>uu</name><next>Hanako</next></d:datasets></xdp:xdp>"
    )
    data = page(_FAX, stream(whole), catalogue=b"/AcroForm<</Fields[]/XFA 6 0 R>>")
    assert told(data)[0].splitlines()[1:] == ["kind: patient", "name: Taro Kakuu", "next: Hanako"]


def test_a_form_of_adobe_may_hold_a_picture() -> None:
    """Its data is read although it is longer than any text."""
    inner = b"<datasets><p>" + b"A" * (5 << 20) + b"</p><name>Taro</name></datasets>"
    data = page(_FAX, packed(inner), catalogue=b"/AcroForm<</Fields[]/XFA[(datasets) 6 0 R]>>")
    assert told(data)[0].endswith("name: Taro")


def test_what_a_tagged_page_says_of_its_parts_is_read() -> None:
    """What is read instead of a symbol, an abbreviation's meaning, a title, and a description apart."""
    text, _ = told(
        page(
            b"/Figure<</MCID 0>>BDC " + _FAX + b"EMC",
            b"<</Type/StructTreeRoot/K 7 0 R/ParentTree<</Nums[0[7 0 R]]>>>>",
            b"<</P 6 0 R/Pg 3 0 R/K 0/S/Figure/Alt 8 0 R/ActualText(Actual)/E(Meant)/T(Title)>>",
            b"(Described)",
            page=b"/StructParents 0",
            catalogue=b"/MarkInfo<</Marked true>>/StructTreeRoot 6 0 R",
        )
    )
    assert set(text.splitlines()[1:]) == {"Described", "Actual", "Meant", "Title"}


def test_what_was_written_over_is_read() -> None:
    """A document saved by an addition still holds what its page and its comment said before."""
    note = b"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(%s)>>"
    before = page(
        _FAX + b"BT /F1 9 Tf 72 700 Td (Old Taro) Tj ET", note % b"Old note", page=b"/Annots[6 0 R]"
    )
    addition = b""
    places = []
    for number, body in ((4, stream(_FAX + b"BT /F1 9 Tf 72 700 Td (New) Tj ET")), (6, note % b"New note")):
        places.append((number, len(before) + 1 + len(addition)))
        addition += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size 7/Root 1 0 R/Prev %d>>" % before.rindex(b"xref\n0")
    start = len(before) + 1 + len(addition)
    after = before + b"\n" + addition + table + trailer + b"\nstartxref\n%d\n%%%%EOF" % start
    found = [part for part in read("pdf", after, OFF) if isinstance(part, TextSegment)]
    assert [(part.location, part.text) for part in found[1:]] == [
        ("p. 1 comment", "New note"),
        ("revision 1 p. 1", "Old Taro\nOld note"),
    ]
    assert "New" in found[0].text


def test_a_page_that_no_page_tree_names_is_read() -> None:
    """It was taken out of the tree and not out of the file."""
    lost = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 7 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        stream(b"BT /F1 9 Tf 72 700 Td (Taken out) Tj ET"),
    )
    found = [part for part in read("pdf", page(_FAX, *lost), OFF) if isinstance(part, TextSegment)]
    assert [part.text for part in found[1:]] == ["Taken out"]
    assert found[1].location.startswith("outside the page tree")


def test_files_and_streams_that_are_not_reached_are_told() -> None:
    """A file that only the document's own list of associated files names; a page whose content is spoilt."""
    file = (b"<</Type/Filespec/F(a.txt)/EF<</F 7 0 R>>>>", packed(b"content", b"/Type/EmbeddedFile"))
    data = page(_FAX, *file, catalogue=b"/AF[6 0 R]")
    assert told(data)[1] == ["1 of 1 embedded files are in no list of files"]
    spoilt = page(_FAX, packed(b"x" * 50), stream(b"GARBAGE!!!", b"/Filter/FlateDecode"))
    assert told(spoilt)[1] == ["1 of 2 streams cannot be unpacked"]


def test_properties_are_read_however_they_are_written() -> None:
    """XMP in UTF-16 or as letters, and a value that stands in an object of its own."""
    packet = "<?xml version='1.0' encoding='UTF-16'?><a xmlns:d='urn:d'><d:creator>%s</d:creator></a>"
    kind = b"/Type/Metadata/Subtype/XML"
    letters = base64.a85encode((packet[packet.index("<a") :] % "Hanako").encode()) + b"~>"
    data = page(
        _FAX,
        b"<</Title 7 0 R/Own 8 0 R>>",
        b"(A title)",
        b"(Of its own)",
        stream((packet % "Taro").encode("utf-16"), kind),
        stream(letters, kind + b"/Filter/ASCII85Decode"),
        trailer=b"/Info 6 0 R",
    )
    lines = told(data)[0].splitlines()[1:]
    assert lines == ["Title: A title", "Own: Of its own", "creator: Taro", "creator: Hanako"]
