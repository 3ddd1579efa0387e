"""Tables that come in and go out: told by content, without a formula, and back as they were."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from daicho import table_out
from daicho.errors import UsageError
from daicho.table_file import Fault, TableRefusedError, cells_in, table_in
from daicho.table_out import Value, csv_bytes, xlsx_bytes
from daicho.text import translator
from daicho.uploads import LIMIT, UploadRefusedError, table

HEADINGS = {"name": "name", "氏名": "name", "count": "count"}
Writer = Callable[[Sequence[str], Sequence[Sequence[Value]]], bytes]
WRITERS: dict[str, Writer] = {
    "csv": csv_bytes,
    "xlsx": lambda head, rows: xlsx_bytes("一覧/2026", head, rows),
}
# Unassigned characters are no text, and NUL is none in any spreadsheet.
plain = st.text(st.characters(exclude_categories=("Cs", "Cn"), exclude_characters="\0"), max_size=30)
signed = st.tuples(st.sampled_from(("", "'", "''", " ")), st.sampled_from("=+-@＝＋－＠\t\r"), plain).map(
    "".join
)
texts = st.one_of(plain, signed)


@pytest.mark.parametrize("kind", WRITERS)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
@example([("=1+1", "'=1+1"), ("a\x85b\u2028c", "x\ry\r\nz"), ("_x000D_", "\ufeff=1")])
def test_texts_come_back_as_they_were(kind: str, rows: list[tuple[str, str]]) -> None:
    """Whatever stands in a cell, our own reader gives it again, in either format."""
    data = WRITERS[kind](("name", "count"), rows)
    wanted = [row for row in rows if any(cell.strip() for cell in row)]
    found = table_in(data, HEADINGS)
    assert [(row["name"], row["count"]) for _, row in found] == wanted


@pytest.mark.parametrize("kind", WRITERS)
@given(st.integers(-(10**18), 10**18))
@example(-5)
@example(10**15)
def test_whole_numbers_keep_every_digit(kind: str, number: int) -> None:
    """Those that a spreadsheet would round are written as texts."""
    ((_, row),) = table_in(WRITERS[kind](("name", "count"), [("x", number)]), HEADINGS)
    assert row["count"] == str(number)


@pytest.mark.parametrize("kind", WRITERS)
@given(st.floats(-1e300, 1e300, allow_subnormal=False))
def test_numbers_keep_fifteen_digits(kind: str, number: float) -> None:
    """As many as a spreadsheet has."""
    ((_, row),) = table_in(WRITERS[kind](("name", "count"), [("x", number)]), HEADINGS)
    assert math.isclose(float(row["count"]), number, rel_tol=1e-14)


@given(texts)
@example("\t=1")
@example("　＝1")
def test_no_cell_of_a_csv_is_a_formula(value: str) -> None:
    """Not for a program that trims blanks and takes full-width signs either."""
    data = csv_bytes(("name", "count"), [(value, "x")])
    assert data.startswith(b"\xef\xbb\xbf")
    _, (cell, _) = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert not re.match(r"[\s\ufeff\u200b]*[=+\-@＝＋－＠]|[\t\r\n]", cell)


@given(texts)
@example("http://evil.example/?a")
@example("1234")
def test_a_workbook_holds_strings_and_no_formula(value: str) -> None:
    """Neither formulas nor links are made of texts, and digits stay text."""
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes("x", ("name",), [(value,)]))) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
        assert "quotePrefix" in package.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    cells = re.findall(r"<c [^>]*>", sheet)
    assert len(cells) == (2 if value else 1)
    assert [cell for cell in cells if ' t="s"' not in cell] == []


def test_numbers_stay_numbers() -> None:
    """A negative number is no formula: spreadsheets add it up."""
    row: list[Value] = [
        -5,
        1.5,
        None,
        date(2026, 4, 1),
        datetime(2026, 4, 1, 9, 30, tzinfo=UTC),
        True,
        float("nan"),
    ]
    text = csv_bytes([*"abcdefg"], [row]).decode("utf-8-sig")
    assert text.splitlines()[1] == "-5,1.5,,2026-04-01,2026-04-01 09:30:00+00:00,TRUE,nan"
    cells = [cells for _, cells in cells_in(xlsx_bytes("x", [*"abcdefg"], [row]))][1]
    assert cells == ("-5", "1.5", "", "2026-04-01", "2026-04-01 09:30:00+00:00", "TRUE", "nan")


def test_what_a_workbook_cannot_hold_is_told() -> None:
    """Excel would cut it off silently."""
    with pytest.raises(UsageError, match="Row 1, column name"):
        xlsx_bytes("x", ("name",), [("x" * (table_out.CELL_LIMIT + 1),)])


def workbook(*cells: tuple[int, int]) -> bytes:
    """Return a workbook with a heading and something in some cells."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "氏名")
        for row, column in cells:
            sheet.write_string(row, column, "x")
    return out.getvalue()


def bomb() -> bytes:
    """Return a workbook that unpacks to much more than it is."""
    out = io.BytesIO()
    good = zipfile.ZipFile(io.BytesIO(workbook((1, 0))))
    with good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            more = b" " * (300 << 20) if name == "xl/sharedStrings.xml" else b""
            bad.writestr(name, good.read(name) + more)
    return out.getvalue()


def far_away(cells: str) -> bytes:
    """Return a small workbook whose last cell stands where a dense reader cannot go."""
    out = io.BytesIO()
    good = zipfile.ZipFile(io.BytesIO(workbook((1, 0))))
    with good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            part = good.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = re.sub(b"<sheetData>.*</sheetData>", f"<sheetData>{cells}</sheetData>".encode(), part)
            bad.writestr(name, part)
    return out.getvalue()


FAR_AWAY = {
    "no references": f'<row r="1"><c/></row><row r="1048576">{"<c><v>1</v></c>" * 16_000}</row>',
    "single quotes": "<row><c r='A1'/></row><row><c r='XFD1048576'><v>1</v></c></row>",
    "small letters": '<row><c r="a1"/></row><row><c r = "xfd1048576"><v>1</v></c></row>',
    "other attributes": '<row><c s=">"/></row><row><c s=\'"\' t="n>"\nr="XFD1048576"><v>1</v></c></row>',
}


@pytest.mark.parametrize("cells", FAR_AWAY.values(), ids=FAR_AWAY)
def test_a_cell_far_away_is_found_however_it_is_written(cells: str) -> None:
    """A reader that makes room for all between would end the process."""
    with pytest.raises(TableRefusedError) as caught:
        table_in(far_away(cells), HEADINGS)
    assert caught.value.fault is Fault.TOO_LARGE


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", Fault.EMPTY),
        (b"\n\n,,\n", Fault.EMPTY),
        (b"name\n" + b"x" * LIMIT, Fault.TOO_LARGE),
        (b"name\n" + b"x\n" * 200_001, Fault.TOO_MANY_ROWS),
        (b"%PDF-1.7\n1 0 obj", Fault.NO_TABLE),
        (b"<html><table><tr><td>name", Fault.NO_TABLE),
        (b'{"name": 1}', Fault.NO_TABLE),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Fault.NO_TABLE),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0", Fault.NO_TABLE),
        (b"PK\x03\x04 no package", Fault.NO_TABLE),
        (b"name\0\n", Fault.NO_TEXT),
        (b"name\n\x81\xff\xfe\n", Fault.NO_TEXT),
        (b'name\n"x', Fault.DAMAGED),
        (b"name\n" + b"x" * 200_000, Fault.DAMAGED),
        (b"name\nx,y\n", Fault.UNEVEN),
        (b"colour\nx\n", Fault.UNKNOWN_COLUMN),
        ("name,氏名\n".encode(), Fault.DOUBLED_COLUMN),
        (workbook((1_048_575, 16_383)), Fault.TOO_LARGE),
        (workbook((1, 0))[:-100], Fault.DAMAGED),
        (bomb(), Fault.TOO_LARGE),
    ],
    ids=lambda value: value if isinstance(value, Fault) else "",
)
def test_what_is_no_table_is_refused_with_what_to_do(data: bytes, fault: Fault) -> None:
    """Told by its content, in the reader's language, before anything is unpacked or held twice."""
    with pytest.raises(TableRefusedError) as caught:
        table_in(data, HEADINGS, limit=LIMIT)
    assert caught.value.fault is fault
    for language in ("ja", "en"):
        with pytest.raises(UploadRefusedError) as told:
            table(data, HEADINGS, translator(language))
        assert "{" not in str(told.value)


@pytest.mark.parametrize(
    "data",
    [
        "氏名,count\r\n高橋,1\r\n".encode("cp932"),
        "氏名\tcount\r\n高橋\t1\r\n".encode("utf-16"),
        "氏名,count\n高橋,1\n".encode(),
        csv_bytes(("氏名", "count"), [("高橋", 1)]),
        xlsx_bytes("x", ("氏名", "count"), [("高橋", 1)]),
    ],
    ids=["cp932", "utf-16", "utf-8", "ours", "xlsx"],
)
def test_what_excel_saves_is_read(data: bytes) -> None:
    """CSV in either encoding, Unicode text, a workbook: the name of the file says nothing."""
    assert table(data, HEADINGS, translator("ja")) == [(2, {"name": "高橋", "count": "1"})]
