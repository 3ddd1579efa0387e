"""Fields that hold who did something, told by their form: a deed, a blank or colon, a surname, the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanners.names.dictionary import NameDictionary

_LABEL: Final = re.compile(
    r"(?:\A|[^一-龥々ァ-ヴーA-Za-z])(?P<label>[一-龥々ぁ-んァ-ヴー]{1,8})(?:\([^()\n]{1,10}\))?(?P<mark> ?[ :=|>] ?)[\[(「]?\Z"
)
_TOPIC: Final = re.compile(
    r"(?:司会|書記|議長|議事録|記録|進行|担当|当番|運転手?|通訳|引率|代表|幹事|会計|監事|患者|相手|主治医|"
    r"[一-龥](?:者|役|員|係|医|人))は\Z"
)
_SAID: Final = re.compile(
    rf"{_TOPIC.pattern[:-2]}(?P<name>[一-龥々]{{2,4}}|[ァ-ヴー]{{2,9}})(?=[、。)\n]|が(?=[^ぁ-ん]|[おご])|さん|です|でし|\Z)"
)
_KATAKANA: Final = frozenset(map(chr, range(0x30A1, 0x30F5)))
_CLOSED: Final = re.compile(
    r"\Z|[\n(/、,。)\]」・|]| (?: |[一-龥ァ-ヴー]{1,6}[ :(]|\(|→|$)| ?→| ?[0-9]{1,2}:"
)
# Deeds of things and of travel: what follows is no doer
_MOVED: Final = (
    "出発", "到着", "経由", "乗換", "発送", "配送", "輸送", "配達", "移動", "停車", "通過", "発着", "運行", "入荷",
    "出荷", "開催", "生産", "製造", "販売", "停止", "運休", "接続", "観測", "営業", "開店", "閉店", "出店", "出土",
    "所属", "開設", "移転", "出演", "上演", "対戦", "予報", "登場", "一覧", "集荷", "直通", "着工", "施工",
)  # fmt: skip
_WORDS: Final = (
    "引継", "引き継ぎ", "起票", "検収", "応対", "受付", "担当", "記入", "係", "OP", "SV", "PT", "OT", "ST", "Ns", "NS",
    "Dr", "DR", "CM", "CW", "MSW", "TL", "PM", "PL", "by", "By", "記", "受", "印", "照合印", "一次", "二次", "旧姓", "新姓", "夜勤", "日勤", "早番", "遅番", "当直", "宿直",
    "当番", "通訳", "引率", "付き添い", "付添", "取りまとめ", "とりまとめ", "書記", "司会", "議長", "幹事", "会計",
    "監事", "監査", "代走", "オペレータ", "オペレーター", "ドライバー", "ナース", "キャプテン", "リーダー", "窓口",
    "電話番", "戸締り", "戸締まり", "使い", "持ち主", "相方", "補助", "助手", "副", "正", "長", "主", "代", "文責",
    "署名", "サイン", "名札", "本人", "相手", "氏", "姓", "鍵", "取込", "留守番", "運転手", "見送り", "出迎え",
)  # fmt: skip

_ROLES: Final = frozenset("士師者員係役医")
_ENDINGS: Final = tuple(word for word in _WORDS if len(word) > 1)
# 「5:15 日夏:欠勤」, 「- 江夏(営業):復職面談」
_HEADS: Final = re.compile(r"(?:\A|\n)[ >]*(?:[-・*●○■◆] ?|[0-9]{1,2}[.):：] ?|[0-9]{1,2}:[0-9]{2} [- ]*)?\Z")
_SAID_OF: Final = re.compile(
    r" ?(?:\([^()\n]{1,14}\))? ?[:は] ?|\([^()\n]{1,14}\) *[0-9]{1,2}:[0-9]{2}|  [0-9]{1,2}:[0-9]{2}"
)
HANDED: Final = re.compile(r"担当|異動|交代|交替|引き?継|後任|受渡|手渡|guard|owner|assign")
_ONLY_NAMES: Final = frozenset(("姓", "名"))


def is_doing(value: str, start: int, end: int, names: NameDictionary) -> bool:
    """Say whether a surname stands where a form or log names who did something, or has a part in it."""
    name = value[start:end]
    if not (names.is_family(name) or names.is_given(name)):
        return False
    before = value[max(0, start - 24) : start]
    if _TOPIC.search(before):
        return True
    if _HEADS.search(before) and _SAID_OF.match(value, end) and names.classes(name) <= _ONLY_NAMES:
        return True
    if _CLOSED.match(value, end) is None:
        return False
    if "→" in (before[-2:] + value[end : end + 2]) and HANDED.search(before):
        return True
    label = _LABEL.search(before)
    return label is not None and _is_deed(label["label"], names)


def _is_deed(label: str, names: NameDictionary) -> bool:
    if label.endswith(_MOVED):
        return False
    if label[-1] in _ROLES and len(label) > 2:
        return True
    return label in _WORDS or label.endswith(_ENDINGS) or names.is_deed(label[-2:]) or names.is_deed(label)


def topics(value: str, names: NameDictionary) -> Iterator[tuple[int, int]]:
    """Yield bounds of surnames behind a role that the sentence speaks of: 「書記は布施」, 「通訳はソロモンが」."""
    for match in _SAID.finditer(value):
        name = match["name"]
        if names.is_family(name) or (name[0] in _KATAKANA and names.is_given(name)):
            yield match.span("name")
