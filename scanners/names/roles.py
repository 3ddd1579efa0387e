"""Surnames that a role or a self-introduction vouches for, where the words alone would not do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanners.names.dictionary import NameDictionary
from scanners.names.fields import is_doing, topics
from scanners.names.words import ORGANISATIONS, PERSON_LABELS, TITLES

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
_OFFICES: Final = (
    *(
        "担当",
        "受付",
        "センター",
        "支店",
        "総務",
        "経理",
        "営業",
        "人事",
        "広報",
        "管理",
        "弊社",
        "当社",
        "当院",
    ),
    *("事務局", "係", "課", "部", "室", "店", "社", "局"),
    *(word for word in ORGANISATIONS if len(word) > 1),
)
# What follows a name in the mouth of its bearer; looked for first, because it stands in few places
_CUE: Final = re.compile(
    r"でございます|です(?![か。]?[一-龥])|と申し|が(?:承|うかが|伺|お受け|担当|対応|参り|まい)|"
    r"(?:から|より)(?:、|,|ご|お|折り返|連絡|申し|報告|説明|提案|質問|発言|電話)|まで(?:ご|お|、|,|連絡)|"
    r"の件(?=[でにはをも、。 \n])|の(?:携帯|直通|内線|メール|席)(?=[ 0-9:(はまへにを])"
)
_RUN: Final = re.compile("(?<![一-龥々])[一-龥々]{1,4}\\Z")
# Fields of forms and logs that hold who did something
_DOERS: Final = """
    対応 対応者 受領 受領者 記入 記入者 入力 入力者 確認 確認者 点検 点検者 点呼者 立会 立会者 応対 応対者
    受付 受付者 受付担当 担当 担当者 係 締め担当 記録 記録者 作成 作成者 起票 起票者 承認 承認者 検収
    引継 引継者 依頼医 依頼者 読影医 読影 主治医 執刀医 麻酔医 指導医 当直 当直医 相談員 面談者 講師 司会
    書記 議長 監査員 検査者 採血者 報告者 訪問者 運転者 責任者 責任医師 病棟担当 Ns NS Dr PT OT CM OP SV
"""
_JOINED: Final = re.compile("[一-龥A-Za-z]")
_DOER: Final = tuple(_DOERS.split())
_FIELD: Final = re.compile(r"(?<=[ :])[一-龥々]{1,4}(?=[ \n)。、/・,]|\Z)")
_CODE: Final = re.compile(r"[A-Z]{2}-[0-9]+ \Z")
_SPEAKER: Final = re.compile(
    r"(?:\A|\n)[ >]*[\[(]?(?:[0-9]{2,4}[/-][0-9]{1,2}(?:[/-][0-9]{1,2})? )?"
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?[\])]? ?"
    r"(?P<name>[一-龥々]{1,4}(?: [一-龥々ぁ-んァ-ヶー]{1,5})?|[A-Z][a-z]+(?: [A-Z][a-z-]+){1,2}) ?:"
)
# A surname alone below the last sentence of a letter
_SIGNED: Final = re.compile(r"[。)\]!]\n{1,3} *(?P<name>[一-龥々]{2,4})(?=\n\n|\n*\Z)")
_UNTIL: Final = re.compile(r"[ァ-ヶー一-龥](?: |\()(?P<name>[一-龥々]{2,4})(?: |\))まで(?=[。、 \nごお])")
_CARD: Final = re.compile(
    r"(?:\A|\n)(?:N(?:;[^:\n]*)?:(?P<family>[^;\n:]+);(?P<given>[^;\n]+)|X-PHONETIC-(?:FIRST|LAST)-NAME:(?P<name>[^\n;]+))"
)


def vouched_surnames(value: str, names: NameDictionary) -> Iterator[tuple[int, int]]:
    """Yield bounds of surnames of one kanji with a title or honorific, and of those behind a role."""
    for match in _ONE.finditer(value):
        kanji, start = match.group(1), match.start(1)
        if kanji in _EVERYBODY or not (
            names.is_family(kanji) or (names.is_given(kanji) and _is_familiar(value, start + 1))
        ):
            continue
        if kanji in _DIRECTIONS and value.startswith(_POSTS, start + 1):
            continue
        yield start, start + 1
    for start, end in (*_in_fields(value), *_doing(value, names)):
        if names.is_family(value[start:end]) and value[start:end] not in PERSON_LABELS:
            yield start, end
    for start, end in (*_introduced(value), *_closing(value)):
        name = value[start:end]
        ordinary = len(name) > 1 and names.is_common(name)
        if names.is_family(name) and name not in PERSON_LABELS and not ordinary:
            yield start, end
    yield from topics(value, names)
    yield from _self_evident(value, names)


def _in_fields(value: str) -> Iterator[tuple[int, int]]:
    """Yield bounds of short words behind the name of a field for who did something."""
    for match in _FIELD.finditer(value):
        low = max(0, match.start() - 24)
        before = value[low : match.start()]
        code = _CODE.search(before)
        label = before[: code.start() if code else None].rstrip(" :").removesuffix(".")
        if label.endswith(_DOER) and len(before) - len(label) <= (4 if code is None else 24):
            doer = max((word for word in _DOER if label.endswith(word)), key=len)
            if not _JOINED.match(label[-len(doer) - 1 : -len(doer)]):
                yield match.span()


def _doing(value: str, names: NameDictionary) -> Iterator[tuple[int, int]]:
    """Yield bounds of words behind a deed that are surnames and nothing else."""
    for match in _FIELD.finditer(value):
        classes = names.classes(match.group())
        if "姓" in classes and "他" not in classes and is_doing(value, *match.span(), names):
            yield match.span()


def _introduced(value: str) -> Iterator[tuple[int, int]]:
    """Yield bounds of short words before what one says of oneself, or of another's matter or telephone."""
    for cue in _CUE.finditer(value):
        run = _RUN.search(value, max(0, cue.start() - 5), cue.start())
        if run is None:
            continue
        if cue.group().startswith("の"):
            if len(run.group()) > 1 or not cue.group().startswith("の件"):
                yield run.span()
        elif value[run.start() - 1 : run.start()] == "の" and value.endswith(_OFFICES, 0, run.start() - 1):
            yield run.span()


def _closing(value: str) -> Iterator[tuple[int, int]]:
    for pattern in (_UNTIL, _SIGNED):
        for match in pattern.finditer(value):
            yield match.span("name")


def _self_evident(value: str, names: NameDictionary) -> Iterator[tuple[int, int]]:
    """Yield bounds of who speaks in a log, and of the parts of names in cards (RFC 6350 6.2.2)."""
    for match in _SPEAKER.finditer(value):
        family = match["name"].partition(" ")[0]
        if family.isascii() or (names.is_family(family) and family not in PERSON_LABELS):
            yield match.span("name")
    if "VCARD" in value:
        for match in _CARD.finditer(value):
            yield from (match.span(part) for part in ("family", "given", "name") if match[part])


def _is_familiar(value: str, end: int) -> bool:
    return value.startswith(("さん", "くん", "ちゃん", "君"), end)
