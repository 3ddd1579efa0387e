"""Tables in text: any delimiter and quote, names of columns below titles, ragged rows, files of any size."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.encodings import decode_blocks
from scanners.extractors import plain
from scanners.extractors.delimited import records, records_of_blocks
from scanners.kinds import sniff
from scanners.model import Gap, TableSegment, TextSegment
from tests.extractors.test_contract import read

HEADER = ("氏名", "電話番号", "番号")
ROWS = (
    ("架空太郎", "090-0000-1234", "1"),
    ("架空花子", "090-0000-5678", "2"),
    ("架空次郎", "03-0000-1111", "3"),
)


def table(text: str) -> TableSegment:
    """Return the only block of a table's rows."""
    data = text.encode("cp932")
    assert sniff(io.BytesIO(data)) == "csv"
    (found,) = [part for part in read("csv", data) if isinstance(part, TableSegment)]
    assert found.span is not None
    for number, row in enumerate(found.rows):
        for column, value in enumerate(row):
            start, end = found.span(number, column)
            assert text[start:end] == value
    return found


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "^", "~"])
@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_delimiters_and_quotes_are_told_by_the_rows(delimiter: str, quote: str) -> None:
    """Values come without their quotes, and know their place in the file."""
    lines = [delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in (HEADER, *ROWS)]
    found = table("\r\n".join(lines) + "\r\n")
    assert (found.header, found.rows, found.first_row) == (HEADER, ROWS, 2)


def test_fields_with_delimiters_line_ends_and_quotes_inside() -> None:
    """A quoted field may hold anything; in single quotes too."""
    found = table(
        "氏名;電話;備考\r\n'架空;太郎';'03-0000-1234';'一行目\r\n二行目'\r\n'架空花子';'03-0000-1111';'x'\r\n"
    )
    assert found.rows[0] == ("架空;太郎", "03-0000-1234", "一行目\r\n二行目")
    assert found.first_row == 2


def test_a_line_that_names_the_delimiter_is_followed() -> None:
    """Excel's first line rules, and is no row."""
    found = table("sep=~\r\n氏名~電話\r\n架空太郎~090-0000-1234\r\n")
    assert (found.header, found.rows, found.first_row) == (("氏名", "電話"), (ROWS[0][:2],), 3)


@pytest.mark.parametrize(
    "above",
    [
        ["社員名簿,,", "作成日,2026/4/1,", ",,"],  # as spreadsheets write titles
        ["社員名簿", "2026年4月1日現在", "", "総務部"],
        ["社員名簿（総務部）"],
    ],
)
def test_names_of_columns_are_found_below_titles(above: list[str]) -> None:
    """What stands above the table is text with its place; the rows are typed by their names."""
    text = "\n".join([*above, *(",".join(row) for row in (HEADER, *ROWS))]) + "\n"
    data = text.encode("utf-8")
    assert sniff(io.BytesIO(data)) == "csv"
    parts = read("csv", data)
    (found,) = [part for part in parts if isinstance(part, TableSegment)]
    assert (found.header, found.rows, found.first_row) == (HEADER, ROWS, len(above) + 2)
    titles = [part for part in parts if isinstance(part, TextSegment)]
    assert [part.text for part in titles] == [line for line in above if line.strip()]
    for part in titles:
        assert part.offset is not None
        assert text[part.offset :].startswith(part.text)


def test_ragged_rows_under_names_are_a_table() -> None:
    """Rows that end where their last value stands still belong to their columns."""
    lines = [
        "氏名,電話番号,部署,備考,番号",
        "架空太郎,090-0000-1234",
        "架空花子,03-0000-1111,総務",
        "架空次郎,03-0000-2222,営業,新任,3",
    ]
    found = table("\n".join(lines) + "\n")
    assert found.header == ("氏名", "電話番号", "部署", "備考", "番号")
    assert found.rows[0] == ("架空太郎", "090-0000-1234")
    assert [len(row) for row in found.rows] == [2, 3, 5]


@pytest.mark.parametrize(
    "text",
    [
        "def f(a, b):\n    return a, b\n\n\nclass A:\n    x = 1, 2\n    y = {'a': 1, 'b': 2}\n",
        "# 見出し\n\n- 項目, 説明\n- 次の項目\n\n本文、本文。本文, 本文。\n",
        "[section]\nkey = a, b\nother = c, d\n",
        "key: value\nlist:\n  - a, b\n  - c, d\n",
        "2026-04-01 10:00:00,123 INFO started\n2026-04-01 10:00:01,456 INFO user=kakuu\n",
        "a^2 + b^2 = c^2\nx^2 + y^2 = z^2\np^2 + q^2 = r^2\n",
        "10~20個\n30~40個\n50~60個\n",
    ],
)
def test_code_settings_logs_and_notes_are_text(text: str) -> None:
    """They are read as running text, none of it lost."""
    data = text.encode("utf-8")
    assert sniff(io.BytesIO(data)) == "txt"
    assert "".join(part.text for part in read("txt", data) if isinstance(part, TextSegment)) == text


def test_very_long_lines_and_fields_are_whole() -> None:
    """A field of a million characters is one value."""
    long = "架" * 1_000_000
    data = f"氏名,備考\n架空太郎,y\n架空花子,x\n架空次郎,{long}\n".encode()
    (found,) = [part for part in read("csv", data) if isinstance(part, TableSegment)]
    assert found.rows[2] == ("架空次郎", long)


def test_a_large_file_is_read_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows, their numbers and places are those of the whole file, quoted line ends included."""
    lines = ["氏名,電話番号,備考"] + [
        f'架空{number},090-0000-{number:04},"一\n二"' for number in range(4_000)
    ]
    text = "\n".join(lines) + "\n"
    data = text.encode("cp932")
    whole = [part for part in read("csv", data) if isinstance(part, TableSegment)]
    monkeypatch.setattr(plain, "WHOLE_BYTES", 1_000)
    monkeypatch.setattr(plain, "decode_blocks", lambda stream: decode_blocks(stream, block=10_007))
    parts = read("csv", data)
    tables = [part for part in parts if isinstance(part, TableSegment)]
    assert not [part for part in parts if isinstance(part, Gap)]
    assert [row for part in tables for row in part.rows] == [row for part in whole for row in part.rows]
    assert [part.first_row for part in tables] == [part.first_row for part in whole]
    last = tables[-1]
    assert last.span is not None
    start, end = last.span(len(last.rows) - 1, 0)
    assert text[start:end] == "架空3999"


@given(st.text(st.sampled_from('a,"\n\r'), max_size=60), st.integers(1, 7))
def test_blocks_give_the_rows_of_the_whole(text: str, size: int) -> None:
    """Wherever a text is cut after a line end, its rows are the same."""
    pieces, rest = [], text
    while rest:
        cut = rest.find("\n", size) + 1 or len(rest)
        pieces.append(rest[:cut])
        rest = rest[cut:]
    assert list(records_of_blocks(pieces)) == list(records(text))
