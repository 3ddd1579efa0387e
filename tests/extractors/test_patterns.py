"""Input made to hold up the patterns that readers search with: read within a bound, in time with its size."""

from __future__ import annotations

import io
import signal
import zipfile
from collections.abc import Iterator

import pytest

from scanners.extractors import (
    cells,
    checkup,
    fhir_resource,
    hl7,
    mailbox_file,
    office,
    sheet_beside,
    word,
    workbook,
)
from scanners.extractors.clinical import TELLING
from scanners.extractors.flow import unmarked
from scanners.extractors.headings import is_heading
from scanners.extractors.inline_files import inline_files
from scanners.extractors.markup import visible_text
from scanners.extractors.office import harvest
from scanners.extractors.opendocument_sheet import _hidden_styles
from scanners.extractors.parts import relations_in
from scanners.extractors.pdf_notes import plain
from scanners.extractors.pdf_raw import _open_pages
from scanners.extractors.xmp import _loose, properties
from scanners.text_kinds import text_kind
from tests.extractors.test_contract import read, words

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SECONDS = 10  # a hundred times what each takes; without care each would take minutes or years


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """End a test that would go on and on."""

    def ended(*_: object) -> None:
        pytest.fail("searched for too long")

    before = signal.signal(signal.SIGALRM, ended)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def test_remarks_before_what_is_no_page() -> None:
    """Each remark is passed over once."""
    assert text_kind("<!--a-->\n" * 60 + "<svg></svg>") != "html"
    assert text_kind("<!--a-->\n" * 60 + "<p>a</p>") == "html"
    assert text_kind("<!--" * 400) != "html"


def test_a_packet_that_is_no_xml() -> None:
    """What stands between tags is taken, whatever the packet looks like."""
    assert properties(b"<\x01>" + b">" * 4_000 + b" " * 4_000) == []
    assert properties(b"\x01") == []
    assert _loose(b"<a> one <b>two</b>> three <c") == [b" one ", b"two", b" three "]
    assert _loose(b"> " * 50_000) == []
    assert _loose(b"<a>" + b" " * 100_000) == []


def test_files_in_a_mail_that_never_end() -> None:
    """The end is looked for once, and a body without one stays whole."""
    body = b"=ybegin name=x\n" * 10_000
    assert inline_files(body) == (body, [])
    line = b"=ybegin " + b"name=" * 30_000
    assert inline_files(line) == (line, [])
    after, files = inline_files(b"a\n" + body + b"KLM\n=yend size=3\nb\n")
    assert (after, len(files)) == (b"a\n\nb\n", 1)


def test_styles_that_never_end() -> None:
    """Hidden tables are told by their styles, which may be cut off."""
    style = b'<style:style style:name="a" style:family="table">'
    assert not _hidden_styles(style * 10_000)
    hidden = style + b'<style:table-properties table:display="false"/></style:style>'
    assert _hidden_styles(style + b"</style:style>" + hidden) == frozenset({"a"})
    assert not _hidden_styles(
        b'<style:style style:name="a" style:family="table"/>' + hidden.replace(b'"a"', b'"b"')
    ) - {"b"}


def test_dictionaries_of_a_pdf_that_never_end() -> None:
    """Pages whose tree is lost are found by their type."""
    assert list(_open_pages(b"1 0 obj<<" * 20_000)) == []
    assert list(_open_pages(b"1 0 obj<<" * 20_000 + b">/Type /Page")) == []
    data = b"1 0 obj<</Type/Pages>> 2 0 obj <</A 1/Type /Page/B<<>>>> 3 0 obj<<>>/Type/Page"
    data += b" 4 1 obj<</Type/Page>>"
    assert list(_open_pages(data)) == [(2, 0), (4, 1)]
    assert list(_open_pages(b"1" * 100_000)) == []


def test_headings_of_brackets_and_letters() -> None:
    """A heading is told at once, whatever follows its word."""
    assert all(map(is_heading, ("氏名（姓）", "電話 TEL", "番号No.2", "日(a)\nID")))
    assert not is_heading("日" + "ID" * 19 + "!")
    assert is_heading("日" + "(" * 36 + "\nx")


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "\u2003" * 100_000, "[" * 100_000, "<" * 100_000, "x=" * 50_000]
)
def test_patterns_on_one_thing_over_and_over(text: str) -> None:
    """Attributes, number formats, rich comments, spaces, separators of a mailbox, clinical words."""
    data = text.encode()
    relations_in(b"<Relationship " + data + b">", "")
    for pattern in (*(each._ATTRIBUTE for each in (office, workbook, sheet_beside)), word._VARIABLE):
        pattern.findall(data)
    word._VARIABLE.findall(b"<w:docVar " * 10_000)
    cells._QUOTED.sub("", text)
    plain(text)
    visible_text(text)
    mailbox_file._SEPARATOR.match(b"From " + data)
    for clinical in (TELLING, checkup._TELLING, fhir_resource._PERSONAL, hl7._LANGUAGE):
        clinical.search(text)


def test_spaces_and_lines_of_a_page() -> None:
    """Lines without words are left out, spaces at their ends too."""
    assert visible_text("<p>a \u2003 b</p>\n\n\u2003\n<p> c</p>") == "a \u2003 b\nc"


def test_relations_are_read_whatever_stands_between_them() -> None:
    """Attributes in either kind of quotes, with spaces around their signs, without any between them."""
    (found,) = relations_in(b"<Relationship Id='r1' Type = \"a/b\"Target=\"c.xml\" x:Id='no'/>", "word")
    assert found == ("r1", "b", "word/c.xml", False)


def test_names_of_parts_that_are_long_numbers() -> None:
    """The number of a chart is looked for once in a part's name."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("word/document.xml", f'<w:p xmlns:w="{WORD}"><w:r><w:t>a</w:t></w:r></w:p>')
        for each in range(3):
            out.writestr(f"word/charts/chart{'1' * 64_000}-{each}-.xml", "<x>a b</x>")
    assert words(read("docx", package.getvalue())) == "a"


def test_quotes_in_a_formula_that_goes_on() -> None:
    """A formula of quotes that goes on behind a tag took hours a megabyte."""
    data = b'<c r="A1"><f>' + b'"' * 400_000 + b"<b/></f></c>"
    assert list(sheet_beside.literals(data, "x")) == []
    found = sheet_beside.literals(b'<c r="A1"><f>A2&amp;"Taro"</f></c>', "x")
    assert [each.text for each in found] == ["A1: Taro"]


def test_references_to_marks_and_text_that_is_nearly_base64() -> None:
    """Zeros before a number, and letters without end, are passed over once."""
    assert unmarked(b"&#x" + b"0" * 400_000 + b"&#" * 400_000)
    assert harvest(b"<a>" + b"A" * 1_000_000 + b"-</a>")[0]
