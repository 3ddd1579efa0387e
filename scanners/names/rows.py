"""Cells of a list whose other rows hold names in the same place."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from scanners.names.dictionary import NameDictionary

_DELIMITERS: Final = ("|", "\t", ",", "  ")
_LEAST: Final = 2  # names that vouch for the others of their column
_REACH: Final = 400  # characters: longer lines are no rows
_EDGE: Final = " \"'*`"
_NAME: Final = re.compile(
    r"[一-龥々ヶ]{1,5}(?: [一-龥々ぁ-んァ-ヴー]{1,6}){0,2}|[ァ-ヴー]{2,12}(?:[ ・=][ァ-ヴー]{1,10}){0,4}"
    r"|[ぁ-んー]{2,7}(?: [ぁ-んー]{2,7}){0,2}|[A-ZÀ-Þ][A-Za-zÀ-ÿ'’-]+(?:,? [A-ZÀ-Þ][A-Za-zÀ-ÿ'’.-]*){0,4}"
)
_TAIL: Final = re.compile(r" ?(?:様|さん|さま|氏|殿|先生|くん|ちゃん)?(?: ?[(].*)?\Z")
_NOBODY: Final = frozenset(
    [
        "なし",
        "無し",
        "あり",
        "有り",
        "同上",
        "不明",
        "未定",
        "未記入",
        "匿名",
        "空欄",
        "欠番",
        "非公開",
        "該当なし",
        "本人",
        "法人",
        "合計",
        "小計",
        "計",
        "備考",
        "その他",
        "テスト",
        "空席",
        "募集中",
        "None",
        "Null",
        "Unknown",
        "Total",
        "Vacant",
        "TBD",
        "NULL",
        "N/A",
        "None",
    ]
)


class _Row(NamedTuple):
    delimiter: str
    cells: list[tuple[int, int]]


def vouched_cells(
    value: str, found: Sequence[tuple[int, int]], names: NameDictionary
) -> Iterator[tuple[int, int]]:
    """Yield bounds of cells that may be names and stand where most rows around have one of `found`.

    `found` is ordered by start and overlaps nowhere.
    """
    rows: dict[int, _Row] = {}  # by start of line
    for start, _ in found:
        line = value.rfind("\n", 0, start) + 1
        row = None if line in rows else _row(value, line)
        if row is not None:
            rows[line] = row
    done: set[int] = set()
    for line in sorted(rows):
        if line in done:
            continue
        block = list(_block(value, line, rows[line].delimiter))
        done.update(start for start, _ in block)
        yield from _of_block(value, block, found, names)


def _row(value: str, line: int, delimiter: str | None = None) -> _Row | None:
    end = value.find("\n", line)
    end = len(value) if end < 0 else end
    if end - line > _REACH:
        return None
    text = value[line:end]
    if delimiter is None:
        delimiter = next((each for each in _DELIMITERS if text.count(each) > 1), None)
        if delimiter is None:
            return None
    cells: list[tuple[int, int]] = []
    at = line
    for part in text.split(delimiter):
        stop = at + len(part)
        left = at + len(part) - len(part.lstrip(_EDGE))
        right = at + len(part.rstrip(_EDGE))
        if delimiter != "  " or right > left:
            cells.append((left, max(left, right)))
        at = stop + len(delimiter)
    return _Row(delimiter, cells)


def _block(value: str, line: int, delimiter: str) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield start and cells of the rows from the first that holds a name to the end of its paragraph."""
    while line < len(value):
        end = value.find("\n", line)
        end = len(value) if end < 0 else end
        if not value[line:end].strip():
            return
        row = _row(value, line, delimiter)
        if row is not None and len(row.cells) > 2:
            yield line, row.cells
        line = end + 1


def _of_block(
    value: str,
    block: list[tuple[int, list[tuple[int, int]]]],
    found: Sequence[tuple[int, int]],
    names: NameDictionary,
) -> Iterator[tuple[int, int]]:
    counted: dict[int, int] = {}
    filled: dict[int, int] = {}
    open_cells: list[tuple[int, int, int]] = []
    for _, cells in block:
        for index, (start, end) in enumerate(cells):
            if end == start:
                continue
            filled[index] = filled.get(index, 0) + 1
            if _is_found(value, found, start, end):
                counted[index] = counted.get(index, 0) + 1
            else:
                open_cells.append((index, start, end))
    for index, start, end in open_cells:
        many = counted.get(index, 0)
        if many < _LEAST or 2 * many < filled[index]:
            continue
        match = _NAME.match(value, start, end)
        if match is None or _TAIL.match(value[match.end() : end]) is None:
            continue
        name = match.group()
        if name in _NOBODY or _meets(found, start, match.end()) or _is_word(name, names):
            continue
        yield start, match.end()


def _is_word(name: str, names: NameDictionary) -> bool:
    """Say whether every part is a word of the language and no name."""
    parts = re.split("[ ・=]", name)
    return all(
        names.is_common(part) and not names.is_family(part) and not names.is_given(part) for part in parts
    )


def _is_found(value: str, found: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    index = bisect_left(found, (start, 0))
    return (
        index < len(found)
        and found[index][0] == start
        and found[index][1] <= end
        and _TAIL.match(value[found[index][1] : end]) is not None
    )


def _meets(found: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    index = bisect_left(found, (end, 0)) - 1
    return index >= 0 and found[index][1] > start
