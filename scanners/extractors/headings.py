"""Whether the first row of a table names its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

_JAPANESE = re.compile(
    "(氏名|名前|姓|名|カナ|かな|フリガナ|ふりがな|住所|所在地|番地|電話|電話番号|携帯|連絡先|番号|コード|区分|種別|種類|"
    "日|年月日|日付|日時|期間|時刻|年|月|年齢|性別|生年月日|金額|合計|数量|単価|価格|件数|個数|備考|摘要|メモ|内容|"
    "部署|部門|所属|役職|職種|会社|会社名|担当|担当者|状態|状況|結果|病名|診断|診断名|傷病名|診療科|口座|支店|銀行|"
    "品名|商品|商品名|件名|題名|項目|名称|単位|率|点数|回数|記号|枝番|保険者|免許|旅券|郵便|メール|アドレス|キー|順|№)"
)
_JAPANESE_HEADING = re.compile(
    f"(?:{_JAPANESE.pattern})(?:[0-9０-９A-Za-z]|No\\.|\\s+(?:ID|No\\.?|TEL|FAX))*(?:[（(【\\[][\\s\\S]*)?$"
)
_ENGLISH_HEADING = re.compile(
    r"\b(id|no|name|kana|surname|birth|dob|date|time|year|month|age|sex|gender|address|street|city|zip|postal|"
    r"postcode|phone|tel|fax|mobile|mail|email|e-mail|code|number|num|type|kind|category|amount|price|total|qty|"
    r"quantity|unit|status|state|remarks?|notes?|comments?|department|dept|company|title|role|account|bank|branch|"
    r"card|passport|licen[cs]e|insurance|pension|patient|diagnosis|disease|key|value|description|item|product|"
    r"sku|country|created|updated|at|by)\b",
    re.IGNORECASE,
)
_VALUE = re.compile(r"@|\d{3}|^[\d\s.,:/¥$%+()-]+$")
# Names that end like a heading: in the first row of a list without headings they are the first person.
_NAMES = frozenset(
    (
        *("望月", "大月", "秋月", "若月", "香月", "水月", "優月", "美月", "葉月", "菜月", "皐月", "如月"),
        *("春日", "朝日", "椎名", "桑名", "浜名", "山名", "海老名"),
    )
)
_DIGITS = re.compile(r"\d")
_LONGEST_HEADING = 40


def is_heading(cell: str) -> bool:
    """Tell whether a cell reads like a column name in Japanese or English."""
    text = cell.strip()
    if not text or len(text) > _LONGEST_HEADING or _VALUE.search(text):
        return False
    if text in _NAMES:
        return False
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).replace("_", " ")
    return bool(_JAPANESE_HEADING.search(text) or _ENGLISH_HEADING.search(words))


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether `rows[0]` names the columns of the rows below it.

    A row of names in which nothing reads like a value, and either some cell is a known heading or a
    column that is all digits below starts with a word.
    """
    if not rows:
        return False
    first = [cell.strip() for cell in rows[0]]
    filled = [cell for cell in first if cell]
    if len(filled) < max(1, len(first) * 0.5) or any(
        _VALUE.search(cell) or len(cell) > _LONGEST_HEADING for cell in filled
    ):
        return False
    known = sum(is_heading(cell) for cell in filled)
    if known >= max(1, len(filled) * 0.3):
        return len(set(filled)) == len(filled) or known >= 2
    if len(set(filled)) != len(filled):
        return False
    below = rows[1:51]
    numeric = 0
    for index, name in enumerate(first):
        values = [row[index] for row in below if index < len(row) and row[index].strip()]
        numeric += bool(
            name and len(values) >= 2 and not _DIGITS.search(name) and all(map(_DIGITS.search, values))
        )
    return numeric * 2 >= len(filled)
