"""What looks like a person's name and is none: figures of history, shops, drugs, stations, loose words."""

from __future__ import annotations

import re
from typing import Final

from scanners.names.words import HISTORIC_FIGURES, HONORIFICS, NOT_SURNAMES_EN, TITLES, one_of

_HOUSES: Final = (
    "店",
    "本店",
    "支店",
    "号店",
    "営業所",
    "出張所",
    "工場",
    "駅",
    "支社",
    "支部",
    "税務署",
    "街道",
)
_SAMPLES: Final = frozenset(
    {"テスト", "サンプル", "ダミー", "てすと", "test", "test user", "sample", "dummy"}
)
_DRUG: Final = re.compile(
    "錠|カプセル|散[0-9]|細粒|顆粒|軟膏|クリーム|点眼|点滴|注射|注[0-9]|[0-9.]{1,5} ?m?g"
)
_ROUTE: Final = "→⇒←⇔"
_SPACED: Final = re.compile(r"[一-龥々ぁ-んァ-ヶ](?: [一-龥々ぁ-んァ-ヶ])+")
_LONE_BEFORE: Final = re.compile(r"(?:\A|[^一-龥々ぁ-んァ-ヶ])[一-龥々ぁ-んァ-ヶ] \Z")
_LONE_AFTER: Final = re.compile(r" [一-龥々ぁ-んァ-ヶ](?![一-龥々ぁ-んァ-ヶ])")
_BUSINESS_WORDS: Final = """
    サービス プラン ビル ケア センター システム グループ クリニック ホーム マンション ハイツ コーポ
    メゾン レジデンス プロジェクト データ サーバ チーム スタッフ シート コース セット ケース メーカー
    ショップ ストア ライフ ネット テクノ ハウス プラザ タワー パーク ガーデン スクール カード ポイント
    キャンペーン
"""
_BUSINESS: Final = one_of(_BUSINESS_WORDS.split())
_KATAKANA: Final = re.compile("[ァ-ヺー・ ]+")


def is_nobody(value: str, start: int, end: int) -> bool:
    """Say whether [start, end) of a text, read as a name, is none; an honorific makes it one again."""
    name = value[start:end]
    if value.startswith((*HONORIFICS, " 様", " 殿"), end):
        return False
    if name.lower() in _SAMPLES:
        return True
    if name.isascii():
        return not NOT_SURNAMES_EN.isdisjoint(re.split("[ ,]+", name))
    return (
        name.replace(" ", "") in HISTORIC_FIGURES
        or name.endswith(_HOUSES)
        or (value.startswith(_HOUSES, end) and not value.startswith(TITLES, end))
        or (len(name) > 2 and name.endswith("屋") and " " not in name)
        or _DRUG.match(value, end) is not None
        or (value[end : end + 1] or " ") in _ROUTE
        or (value[start - 1 : start] or " ") in _ROUTE
        or ("・" not in name and _KATAKANA.fullmatch(name) is not None and _BUSINESS.search(name) is not None)
        or _is_spaced_out(value, start, end)
    )


def _is_spaced_out(value: str, start: int, end: int) -> bool:
    """Say whether single characters with blanks go on around it: 「所 在 地」 of a scanned page."""
    if _SPACED.fullmatch(value, start, end) is None:
        return False
    before = _LONE_BEFORE.search(value, max(0, start - 3), start)
    return before is not None or _LONE_AFTER.match(value, end) is not None
