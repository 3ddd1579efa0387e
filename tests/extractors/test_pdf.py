"""Nothing inside a PDF is missed, and no PDF, however broken, ends in anything but parts and gaps."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from scanners.extractors.interface import Limits, Member
from scanners.extractors.pdf_notes import plain
from scanners.extractors.pdf_spacing import looks_spaced
from scanners.extractors.xmp import properties
from scanners.model import Gap, Reason, TextSegment
from scanners.ocr.model import OcrMode
from tests.extractors import samples, samples_pdf
from tests.extractors.test_contract import read, words

FILES = Path(__file__).parent / "files"
OFF = Limits(ocr=OcrMode.OFF)


def texts(data: bytes) -> dict[str, str]:
    """Return what a PDF says by its locations."""
    return {part.location: part.text for part in read("pdf", data, OFF) if isinstance(part, TextSegment)}


def gaps(data: bytes, limits: Limits = OFF) -> list[Gap]:
    """Return what of a PDF was not read."""
    return [part for part in read("pdf", data, limits) if isinstance(part, Gap)]


@pytest.mark.parametrize(
    ("location", "marker"),
    [
        ("p. 1", "見出部 架空一郎"),
        ("p. 1", "末尾部 架空二郎"),
        ("p. 1", "章名 架空四郎"),
        ("p. 1", "本文 架空五郎"),
        ("p. 1", "分割 架空八郎"),
        ("p. 1", "氏名 架空九郎"),
        ("p. 1", "脚注 架空十郎"),
        ("p. 1", "文字枠 架空花子"),
        ("p. 1 comment", "注釈 架空七郎"),
        ("p. 1 comment", "架空六郎"),
        ("p. 1 link", "kakuu.taro@kakuu.example"),
        ("p. 1 form", "患者名: 架空三郎"),
        ("properties", "架空題名"),
        ("bookmarks", "架空四郎"),
    ],
)
def test_every_planted_marker_is_found_where_it_stands(location: str, marker: str) -> None:
    """A document of an office program gives up each of its places."""
    assert marker in texts((FILES / "planted.pdf").read_bytes())[location]


def test_forms_comments_links_and_stamps() -> None:
    """Inherited values, chosen options, rich comments, and the text that only a stamp's drawing has."""
    found = texts(samples_pdf.form())
    assert found["p. 1 form"] == "患者名: 架空三郎\nward (病棟): 2 西病棟\nward (病棟): other choices: 東病棟"
    assert found["p. 1 comment"] == "架空六郎\n注釈 架空七郎\n書式つき 架空九郎"
    assert found["p. 1 link"] == "taro@kakuu.example"
    assert found["p. 1 stamp"] == "押印 架空花子"
    assert plain("<p>架空<b>太郎</b></p><p>&amp;</p>") == "架空太郎\n&"


def test_files_inside_are_members() -> None:
    """Attached files and files pinned to a page are read in turn, their descriptions here."""
    files = {"名簿.txt": "架空太郎".encode(), "b.txt": b"x"}
    parts = read("pdf", samples_pdf.with_files(files, ("留め.txt", b"pinned")), OFF)
    found = {
        part.name: part.stream.read()
        for part in parts
        if isinstance(part, Member) and isinstance(part.stream, io.BytesIO)
    }
    assert found == {**files, "留め.txt": b"pinned"}
    assert "名簿.txtの説明" in words(parts)


def test_text_that_is_not_seen_is_read_all_the_same() -> None:
    """Invisible, white, on a layer switched off; and what a passage says it really is."""
    (text,) = texts(samples_pdf.hidden()).values()
    assert text.splitlines() == ["透明 架空一郎", "白字 架空二郎", "層 架空三郎", "実際 架空四郎"]


def test_text_that_runs_downwards_or_sideways_stays_in_one_piece() -> None:
    """A name is one run of letters whichever way its line goes."""
    vertical = samples_pdf.document(samples_pdf.line("氏名　架空花子"), vertical=True)
    assert texts(vertical) == {"p. 1": "氏名　架空花子"}
    turned = samples_pdf.document(samples_pdf.line("氏名 架空花子", 100, b"0 1 -1 0 300 300 Tm"))
    assert texts(turned) == {"p. 1": "氏名 架空花子"}


def test_words_of_a_letter_spaced_line_are_words() -> None:
    """Every letter is placed by itself with a gap that pdfium takes for a space."""
    places = [*range(100, 100 + 15 * 6, 15), *range(220, 220 + 15 * 5, 15), *range(320, 320 + 15 * 5, 15)]
    letters = b"".join(
        b"BT /F2 12 Tf 1 0 0 1 %d 700 Tm (%s) Tj ET " % (place, letter.encode())
        for place, letter in zip(places, "YamadaHanakoKyoto"[: len(places)], strict=True)
    )
    data = samples_pdf.document(letters).replace(
        b"/Font<<", b"/Font<</F2<</Type/Font/Subtype/Type1/BaseFont/Courier>>", 1
    )
    assert texts(data)["p. 1"].split() == ["Yamada", "Hanak", "oKyot"]


@pytest.mark.parametrize(
    ("page", "spaced"),
    [
        ("H e re i s so me te xt", True),
        ("氏名 Y a m a d a H a na ko", True),
        ("A 病棟 3 B 病棟 4 C 棟 ICU 2 HCU D 棟 CT 3 MR 2 a b c", False),
    ],
)
def test_a_page_is_letter_spaced_where_parts_of_words_follow_each_other(page: str, spaced: bool) -> None:
    """Abbreviations among kanji are short words too, and stand as they were written."""
    assert looks_spaced(page) is spaced


def test_properties_bookmarks_and_page_labels() -> None:
    """Properties of the writer's own making, packed XMP, an outline that loops, pages counted in letters."""
    found = texts(samples_pdf.beside())
    assert found["properties"].splitlines() == ["Title: 架空題名", "担: 架空担当", "creator: 架空書記"]
    assert found["bookmarks"] == "栞 架空栞\n次"
    assert found["p. 1 (iv)"] == "本文"


def test_xmp_that_is_no_xml_gives_its_words() -> None:
    """A broken packet is read for what stands between its tags; numbers of cameras are left out."""
    assert properties(b"\x00\x01") == []
    assert "creator: A" in properties(b"<a xmlns:d='urn:d'><d:creator>A</d:creator><d:b></a>")
    octal = rb"<a><title>\376\377\000M\000i</title></a>"
    assert properties(octal) == ["title: Mi"]


def test_a_locked_document_is_told_as_such() -> None:
    """It needs a password: no damage, and nothing read."""
    (gap,) = gaps(samples_pdf.locked())
    assert gap.reason is Reason.ENCRYPTED


@pytest.mark.parametrize("written", [False, True])
def test_what_expands_too_far_is_refused_before_it_does(*, written: bool) -> None:
    """One kilobyte that two layers of Flate make 150 MB, openly or behind letters."""
    data = samples_pdf.bomb(written=written)
    assert len(data) < 4000
    (gap,) = gaps(data)
    assert gap.reason is Reason.EXPANDS_TOO_FAR


def test_a_page_tree_that_loops_ends() -> None:
    """It promises a million pages: one gap says that none could be read."""
    (gap,) = gaps(samples_pdf.looping())
    assert gap.reason is Reason.DAMAGED
    assert gap.detail.startswith("1000000 of 1000000 pages")


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data[: len(data) - 400],
        lambda data: data.replace(b"/Catalog", b"/Xatalog").replace(b"/Pages", b"/Xages"),
        lambda data: data[: data.index(b"xref\n")],
    ],
    ids=["cut off", "page tree lost", "table lost"],
)
def test_pages_of_a_broken_file_are_found_again(harm: Callable[[bytes], bytes]) -> None:
    """What is there of the pages is read, and the loss is told with how many pages there are."""
    parts = read("pdf", harm(samples.pdf_file(5)), OFF)
    assert words(parts).count("Kakuu Taro") >= 4
    (gap,) = [part for part in parts if isinstance(part, Gap)]
    assert gap.reason is Reason.DAMAGED
    assert "5 pages" in gap.detail


def test_damaged_documents_end_in_parts_and_gaps() -> None:
    """Whatever bits are turned over, nothing but parts, gaps and refusals comes out."""
    chance = random.Random(7)
    for whole in (
        samples_pdf.form(),
        samples_pdf.beside(),
        samples_pdf.with_files({"a.txt": b"x" * 50}, ("b.txt", b"y")),
        (FILES / "planted.pdf").read_bytes(),
    ):
        for _ in range(25):
            damaged = bytearray(whole[: chance.randrange(len(whole) // 2, len(whole) + 1)])
            for _ in range(chance.randrange(1, 30)):
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
            read("pdf", bytes(damaged), OFF)


def test_pages_that_only_show_a_picture_are_named_where_no_ocr_reads() -> None:
    """Switched off, each such page is a gap, and the document tells of how many."""
    (gap,) = gaps(samples_pdf.scan(300, 400, bytes(120_000)))
    assert gap.reason is Reason.UNSUPPORTED
    assert gap.detail == "no text layer, OCR off: 1 of 1 pages: p. 1"
    assert gaps(samples_pdf.scan(20, 20, bytes(400))) == []  # too few pixels to hold text
    (gap,) = gaps(samples_pdf.scan(300, 400, bytes(120_000), "承認済"))
    assert "1 of 1 pages: p. 1" in gap.detail


def test_codes_are_no_letter_spaced_words() -> None:
    """Letters of hexadecimal codes and columns of short codes are not looked at one by one."""
    codes = "host=a3f09c12 job=7 id=0b1c2d3e\n" * 20
    columns = "TK LT 東京 MX AB 1,200\n" * 20
    assert not looks_spaced(codes)
    assert not looks_spaced(columns)
    assert looks_spaced("H e re i s so me fo rma tte d te x t")


def test_text_needs_no_font_of_the_machine() -> None:
    """A Japanese font that the file names and does not hold is not loaded: it is read, not drawn."""
    data = samples_pdf.document(samples_pdf.line("氏名 架空花子"))
    assert texts(data) == {"p. 1": "氏名 架空花子"}
    document = pypdfium2.PdfDocument(data)
    try:
        assert document[0].render(grayscale=True).to_numpy().min() == 255
    finally:
        document.close()
