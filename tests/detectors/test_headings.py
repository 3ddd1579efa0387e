"""The cell that heads a value in text laid out as a table."""

import pytest

from scanners.headings import Headings
from scanners.layout import Layout

RULED = (
    "+----+------+\n| No | 生年月日 |\n+----+------+\n| 1 | 1999/08/14 |\n| 2 | 2001/01/30 |\n+----+------+"
)
SPACED = "部屋  宿泊者            旅券\n0417  VAN DER BERG, Saskia  NX4177330  2泊"
WORDS = "氏名 電話 メール\n山田 太郎 03-1234-5678 a@b.jp"
SHORT = "部屋  宿泊者      旅券       備考\n0417  Saskia Berg  NX4177330"


@pytest.mark.parametrize(
    ("text", "value", "header"),
    [
        (RULED, "1999/08/14", "生年月日"),
        (RULED, "2001/01/30", "生年月日"),
        (SHORT, "NX4177330", "旅券"),
        (SHORT, "Saskia", "宿泊者"),
        (WORDS, "03-1234-5678", "電話"),
        ("甲  乙\n\n一  二", "二", None),
    ],
)
def test_values_are_headed(text: str, value: str, header: str | None) -> None:
    layout = Layout(text)
    start = text.index(value)
    line = text.count("\n", 0, start)
    cell = Headings(text, layout).cell(line, start, start + len(value))
    assert (None if cell is None else text[slice(*cell)].strip()) == header
