"""Letter-spaced lines: 「氏　　名　　小　川　　進」 of forms, 「生 年 月 日」 of scanned pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_PARTING: Final = tuple(map(ord, " \n:|"))
_FIRST_KANA: Final = 0x3041
_ENOUGH: Final = 3  # single characters between blanks that make a line worth a look
_SINGLE: Final = 0.7  # share of them among its words
_WORD: Final = re.compile(r"[^ :|\n]+")
_JAPANESE: Final = re.compile("[一-龥々ぁ-んァ-ヶ]")
_BOXED: Final = re.compile("(?<![^ :\n])(?:[0-9] ){5,}[0-9](?![^ \n])")  # digits in boxes of a form
_BLANKS: Final = re.compile(" +")
_LABELS: Final = """
    氏名 住所 電話 職業 性別 年齢 本籍 国籍 番号 続柄 病名 備考 生年月日 郵便番号 携帯 自宅 勤務先 フリガナ
    ふりがな 患者 口座 名義 氏名印 担当 署名 宛名 電話番号 口座番号 口座名義 携帯電話 連絡先 個人番号 社員番号
"""
# Labels whose characters are spread over the width of their field
_SPREAD: Final = re.compile(
    "|".join(" {1,8}".join(label) for label in sorted(_LABELS.split(), key=len, reverse=True))
)


def lone_characters(codes: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return the offsets of digits, kana and kanji that stand alone between blanks or line ends."""
    around = np.ones(len(codes) + 2, dtype=np.bool_)
    parting = around[1:-1]
    np.equal(codes, _PARTING[0], out=parting)
    for code in _PARTING[1:]:
        parting |= codes == code
    alone = around[:-2] & around[2:]
    (places,) = alone.nonzero()
    own = codes[places]
    return places[(own >= _FIRST_KANA) | ((own >= 0x30) & (own <= 0x39))]


def loose_blanks(value: str, lone: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the blanks that part the letters of words, in order; of wider gaps all but one blank.

    `lone` are the offsets of characters alone, ordered: lines with fewer than two are not looked at.
    """
    done = 0
    for index, at in enumerate(lone):
        if at < done or index + 1 == len(lone):
            continue
        end = value.find("\n", at)
        end = len(value) if end < 0 else end
        done = end
        if lone[index + 1] < end:
            start = value.rfind("\n", 0, at) + 1
            if _is_spaced(value, start, end):
                yield from _in_line(value, start, end)
            else:
                for boxed in _BOXED.finditer(value, start, end):
                    yield from ((at, at + 1) for at in range(boxed.start() + 1, boxed.end(), 2))


def _is_spaced(value: str, start: int, end: int) -> bool:
    if end - start > 400 or " " not in value[start:end]:
        return False
    words = [value[word.start() : word.end()] for word in _WORD.finditer(value, start, end)]
    single = [word for word in words if len(word) == 1]
    return (
        len(single) >= _ENOUGH
        and len(single) >= _SINGLE * len(words)
        and sum(map(bool, map(_JAPANESE.match, single))) >= _ENOUGH
    )


def _in_line(value: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    spread = [label.span() for label in _SPREAD.finditer(value, start, end)]
    for blanks in _BLANKS.finditer(value, start, end):
        low, high = blanks.span()
        if any(first < low and high < last for first, last in spread):
            yield low, high
        elif high - low > 1:
            yield low + 1, high
        elif _alone(value, low - 1) and _alone(value, high):
            yield low, high


def _alone(value: str, at: int) -> bool:
    """Say whether a character stands for itself, between blanks, marks or ends."""
    return (
        0 <= at < len(value)
        and (at == 0 or value[at - 1] in " \n:|")
        and (at + 1 == len(value) or value[at + 1] in " \n:|")
    )
