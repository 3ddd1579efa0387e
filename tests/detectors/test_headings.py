"""Headers of tables laid out with ruled lines and quotes."""

import pytest

from scanners.detection import analyzer
from scanners.model import Category

RULED = """\
+----+-----------+------------+
| No | 氏名      | 生年月日   |
+----+-----------+------------+
|  1 | 許 佳怡   | 1996/12/12 |
|  2 | 山田 花子 | 1991/03/27 |
+----+-----------+------------+
"""
QUOTED = """\
社番,氏名,生年月日,住所
3301,山田 花子,1996/12/12,春日井市勝川町4-117
3318,鈴木 一郎,1991/03/27,"春日井市神屋町 2298, 35"
3322,佐藤 太郎,1990/02/03,春日井市勝川町4-118
"""


@pytest.mark.parametrize(("text", "rows"), [(RULED, 2), (QUOTED, 3)])
def test_headers_govern_over_ruled_lines_and_quoted_fields(text: str, rows: int) -> None:
    """A ruled line parts no table, and a comma in quotes no fields: every date below stays one of birth."""
    found = analyzer(names=False).text(text)
    assert sum(match.category is Category.DOB for match in found) == rows
