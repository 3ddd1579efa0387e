"""Surnames that a role or a self-introduction vouches for, where the words alone would not do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanners.names.dictionary import NameDictionary
from scanners.names.words import TITLES

_FAMILIAR: Final = ("さん", "くん", "君", "様", "氏", "先生", "殿", "ちゃん")
_ONE: Final = re.compile(
    rf"(?<![一-龥々ァ-ヴーA-Za-z0-9おご御])([一-龥])(?:{'|'.join((*_FAMILIAR, *TITLES))})"
)
# One kanji before an honorific that is kin, rank or everybody: 「母さん」「皆様」「客様」「神様」
_EVERYBODY: Final = frozenset(
    "神仏皆王殿姫嬢客父母兄姉弟妹奥嫁婿娘孫爺婆者方宛先各犬猫虫猿熊月星雪山川海花人男女子夫妻親主旦店医師何"
    "同新前元旧現全正副両他次某当貴弊本各総諸"
)
# A direction or a rank before these makes a post, no surname: 「東支店長」「南校長」
_POSTS: Final = (
    "支店長",
    "支社長",
    "店長",
    "工場長",
    "所長",
    "校長",
    "院長",
    "園長",
    "班長",
    "組長",
    "室長",
    "会長",
)
_DIRECTIONS: Final = frozenset("東西南北中上下")
_INTRODUCED: Final = re.compile(
    r"(?:担当|受付|[係課部室店社局]|センター|支店|総務|経理|営業|人事|広報|管理|弊社|当社|当院|事務局)の"
    r"(?P<name>[一-龥々]{1,4}?)"
    r"(?=(?:でございます|です(?![か。]?[一-龥])|と申し|が(?:承|うかが|伺|お受け|担当|対応|参り|まい)|"
    r"(?:から|より)(?:、|,|ご|お|折り返|連絡|申し|報告|説明|提案|質問|発言|電話)|まで(?:ご|お|、|,|連絡)))"
)


def vouched_surnames(value: str, names: NameDictionary) -> Iterator[tuple[int, int]]:
    """Yield bounds of surnames of one kanji with a title or honorific, and of those somebody goes by."""
    for match in _ONE.finditer(value):
        kanji, start = match.group(1), match.start(1)
        if kanji in _EVERYBODY or not names.is_family(kanji):
            continue
        if kanji in _DIRECTIONS and value.startswith(_POSTS, start + 1):
            continue
        yield start, start + 1
    for match in _INTRODUCED.finditer(value):
        if names.is_family(match["name"]):
            yield match.span("name")
