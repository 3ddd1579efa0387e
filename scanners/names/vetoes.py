"""What looks like a person's name and is none: figures of history, shops, drugs, stations, loose words."""

from __future__ import annotations

import re
from typing import Final

from scanners.names.dictionary import NameDictionary
from scanners.names.fields import HANDED, is_doing
from scanners.names.words import HISTORIC_FIGURES, HONORIFICS, NOT_SURNAMES_EN, ORGANISATIONS, TITLES, one_of

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
    "錠|カプセル|散[0-9]|細粒|顆粒|軟膏|クリーム|点眼|点滴|注射|注[0-9]|[0-9.]{1,5} ?[mμuµ]?g|[0-9.]{1,4}%"
)
_ROUTE: Final = "→⇒←⇔"
_SPACED: Final = re.compile(r"[一-龥々ぁ-んァ-ヶ](?: [一-龥々ぁ-んァ-ヶ])+")
_LONE_BEFORE: Final = re.compile(r"(?:\A|[^一-龥々ぁ-んァ-ヶ])[一-龥々ぁ-んァ-ヶ] \Z")
_LONE_AFTER: Final = re.compile(r" [一-龥々ぁ-んァ-ヶ](?![一-龥々ぁ-んァ-ヶ])")
_BUSINESS_WORDS: Final = """
    サービス プラン ビル ケア センター システム グループ クリニック ホーム マンション ハイツ コーポ
    メゾン レジデンス プロジェクト データ サーバ チーム スタッフ シート コース セット ケース メーカー
    ショップ ストア ライフ ネット テクノ ハウス プラザ タワー パーク ガーデン スクール カード ポイント
    キャンペーン ロット パック ボックス キット ユニット ボルト ナット フランジ ボウル カップ ホール サイズ カラー タイプ
    モデル シリーズ ミュージアム オーブン メーカー スプリング ポンプ バルブ フィルター ケーブル モーター センサー
    ハリケーン サイクロン アレルギー ミキサー
"""
_BUSINESS: Final = one_of(_BUSINESS_WORDS.split())
_KATAKANA: Final = re.compile("[ァ-ヺー・ ]+")
# What is called after somebody: methods, diseases, units, prizes
_THING: Final = re.compile(
    r"(?:[・-][ァ-ヴー]+)?(?:の?(?:法則|定理|公式|方程式|原理)|法(?![一-龥])|検定|分布|試験|テスト|指数|係数|反応|効果|モデル|病(?!院)|"
    r"症候群|現象|分類|基準|スコア|スケール|ソート|式(?!場)|変換|曲線|単位|賞|杯|手術|細胞|染色|カップ|記念|通り|代理店|区民|市民|公民館|ホール)"
)
_JOINT: Final = re.compile(rf"・[一-龥々]{{1,4}}(?:{one_of(w for w in ORGANISATIONS if len(w) > 1).pattern})")
# Never a name: a greeting in a row of hiragana, katakana that goes on in hiragana, numerals
_WORDING: Final = re.compile(
    r"[ぁ-ん]{8,}|[ァ-ヴー]{2,}(?:あり|なし|済み?|つき|のみ|など)|[〇一二三四五六七八九十百千]{3,}|[^A-Za-z]*[0-9].*|(?:[^ ]+ ){4,}[^ ]+"
)
_ERAS: Final = re.compile("[明大昭平令治正成和・、/() ]+")
_ERA_BESIDE: Final = re.compile("[明大昭平令][)]?[・、/ ][(]?[明大昭平令]")
_FIELDS: Final = frozenset(
    [
        "住所",
        "所在地",
        "氏名",
        "電話",
        "電話番号",
        "連絡先",
        "備考",
        "摘要",
        "番号",
        "年齢",
        "性別",
        "職業",
        "国籍",
        "本籍",
        "生年月日",
        "日付",
        "金額",
        "数量",
        "単価",
        "合計",
        "小計",
        "署名",
        "捺印",
        "印",
        "様式",
        "件名",
        "所属",
        "区分",
        "種別",
        "品名",
        "内容",
        "期間",
        "場所",
        "会場",
        "受領",
        "確認",
        "承認",
        "作成",
        "済",
        "未",
        "普通",
        "当座",
        "定期",
        "一般",
        "代金",
        "支店",
        "本店",
        "駅前",
        "料金",
    ]
)
_ACTING: Final = re.compile(r"より|から|が|の両|の携帯|委員")
_AREA: Final = re.compile(
    r"駅|線(?![一-龥]*検査)|停車|乗換|方面|区間|路線|街道|国道|県道|交差点|インター|営業所|拠点|支店|支社|工場|エリア|地区|地域|河川|流域|ダム|港|空港"
    r"|産地|原産|町名|地名|自治体|人口|面積|標高|店舗|号店|試合|リーグ|[0-9]-[0-9] |バス "
)


def is_place(value: str, start: int, end: int, line: tuple[int, int], names: NameDictionary) -> bool:
    """Say whether a word that is a place as well stands in a line of places, roads or branches."""
    name = value[start:end]
    return (
        "地" in names.classes(name)
        and not _ACTING.match(value, end)
        and not value.startswith((*HONORIFICS, *TITLES), end)
        and _AREA.search(value, *line) is not None
    )


def is_nobody(value: str, start: int, end: int, names: NameDictionary) -> bool:
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
        or (
            len(name) > 2
            and name.endswith("屋")
            and " " not in name
            and not is_doing(value, start, end, names)
        )
        or _JOINT.match(value, end) is not None
        or _THING.match(value, end) is not None
        or _WORDING.fullmatch(name) is not None
        or (
            _ERAS.fullmatch(name) is not None
            and _ERA_BESIDE.search(value, max(0, start - 3), end + 3) is not None
        )
        or (" " in name and _is_wording(name, names))
        or _DRUG.match(value, end) is not None
        or _is_route(value, start, end)
        or ("・" not in name and _KATAKANA.fullmatch(name) is not None and _BUSINESS.search(name) is not None)
        or _is_spaced_out(value, start, end)
    )


def _is_route(value: str, start: int, end: int) -> bool:
    """Say whether an arrow leads to or from it, and nothing is handed over: 「勝川→高蔵寺」."""
    if (value[end : end + 1] or " ") not in _ROUTE and (value[start - 1 : start] or " ") not in _ROUTE:
        return False
    return HANDED.search(value, max(0, start - 24), start) is None


def _is_wording(name: str, names: NameDictionary) -> bool:
    """Say whether blanks part a word of forms, or such a word follows: 「備 考」, 「甲 住所」."""
    parts = name.split(" ")
    if parts[-1] in _FIELDS or parts[0] in _FIELDS:
        return True
    whole = name.replace(" ", "")
    return len(whole) < 4 and names.is_common(whole) and not names.is_family(whole)


def _is_spaced_out(value: str, start: int, end: int) -> bool:
    """Say whether single characters with blanks go on around it: 「所 在 地」 of a scanned page."""
    if _SPACED.fullmatch(value, start, end) is None:
        return False
    before = _LONE_BEFORE.search(value, max(0, start - 3), start)
    return before is not None or _LONE_AFTER.match(value, end) is not None
