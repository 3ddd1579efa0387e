"""Given names beside a word for kin: 「長男蓮司」, 「夫(アンドレ)」, 「母 敏恵」."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanners.names.dictionary import NameDictionary

_KIN: Final = re.compile(
    r"(?<![一-龥])(?:義理の|[実義養])?(?:夫|妻|父|母|息子|娘|[長次三四二末]男|[長次三四二末]女|兄|弟|姉|妹|祖父|祖母|孫|叔父|叔母"
    r"|伯父|伯母|従兄弟|従姉妹|配偶者|子)(?:さん)?の?(?P<mark> ?[(「:・]| )?"
    r"(?P<name>[一-龥々]{1,3}|[ぁ-ん]{2,5}?|[ァ-ヴー]{2,9}|[A-Z][A-Za-z]{2,11})"
    r"(?=[)」、。\n・,/|]| ?\(|(?:さん|くん|ちゃん|君|様)|[がはをもと](?![ぁ-ん])|の(?:こと|件|[一-龥])|から|より|\Z| [0-9+])"
)
# Kin of kin, and what is said of them
_NO_NAME: Final = frozenset(
    [
        "同居",
        "別居",
        "健在",
        "不在",
        "不明",
        "他界",
        "無職",
        "会社",
        "本人",
        "死別",
        "離別",
        "扶養",
        "同行",
        "承知",
        "来院",
        "付添",
        "自身",
    ]
)


def kin_names(value: str, names: NameDictionary) -> Iterator[tuple[int, int]]:
    """Yield bounds of given names that stand behind a word for kin, ordered by start."""
    for match in _KIN.finditer(value):
        name = match["name"]
        if name in _NO_NAME or not _is_given(name, names, marked=match["mark"] is not None):
            continue
        yield match.span("name")


def _is_given(name: str, names: NameDictionary, *, marked: bool) -> bool:
    if name.isascii():
        return marked
    return names.is_given(name) and (marked or not names.is_common(name))
