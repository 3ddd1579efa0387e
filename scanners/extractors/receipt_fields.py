"""What the fields of receipt records mean: 記録条件仕様 of medical, DPC, dental, pharmacy and 労災 claims.

Numbers are those of the fields after the record's tag, which is field 0. The sources and how sure each row
is stand in the domain handbook; a field that is in no row is read as free text, so that nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from scanners.extractors.clinical import Meaning
from scanners.model import Category

_NAME = Meaning("氏名 patient name", Category.PERSON)
_KANA = Meaning("カタカナ氏名 patient name in kana", Category.PERSON)
_BIRTH = Meaning("生年月日 date of birth", Category.DOB)
_CHART = Meaning("カルテ番号等 chart number", Category.PATIENT_ID)
_DOCTOR = Meaning("保険医氏名 physician", Category.PERSON, subject=False, staff=True)
_INSURER = Meaning("保険者番号 insurer number", Category.HEALTH_INSURANCE, subject=False)
_SYMBOL = Meaning("記号 insured symbol", Category.HEALTH_INSURANCE, subject=False)
_NUMBER = Meaning("番号 insured number", Category.HEALTH_INSURANCE)
_RECIPIENT = Meaning("受給者番号 recipient number", Category.HEALTH_INSURANCE)
_PUBLIC = Meaning("公費負担者番号 public payer number", Category.HEALTH_INSURANCE, subject=False)
_DISEASE_CODE = Meaning("傷病名コード disease code", Category.MEDICAL)
_DISEASE = Meaning("傷病名称 disease name", Category.MEDICAL)
_PROCEDURE = Meaning("診療行為コード procedure code", Category.MEDICAL_CONTEXT)
_DRUG = Meaning("医薬品コード drug code", Category.MEDICAL_CONTEXT)
_MATERIAL = Meaning("特定器材コード material code", Category.MEDICAL_CONTEXT)
_COMMENT = Meaning("コメント文字データ comment", subject=False)
_NOTE = Meaning("補足コメント note", subject=False, label="傷病名")
_CLAIM = Meaning("請求情報 claim information", subject=False)


@dataclass(frozen=True, slots=True)
class Record:
    """One type of record: its fields, and which others hold only codes, dates and amounts."""

    name: str
    fields: Mapping[int, Meaning] = field(default_factory=dict)
    plain: frozenset[int] = frozenset()  # institutions and codes: nobody's data
    numbers: bool = False  # a few bare digits in it are an amount, a day or a code


def _record(
    name: str, fields: Mapping[int, Meaning], plain: range | tuple[int, ...] = (), *, numbers: bool = True
) -> Record:
    return Record(name, MappingProxyType(dict(fields)), frozenset(plain), numbers)


_HEAD_PLAIN = (1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, *range(21, 36), 37)
_PATIENT = {4: _NAME, 6: _BIRTH, 13: _CHART, 20: _CLAIM, 36: _KANA}
_INSURANCE = {
    1: _INSURER,
    2: _SYMBOL,
    3: _NUMBER,
    10: Meaning("証明書番号 certificate number", Category.HEALTH_INSURANCE),
}
_COMMENTS = {8: _COMMENT, 10: _COMMENT, 12: _COMMENT}

_SHARED: Mapping[str, Record] = {
    "HO": _record("保険者", _INSURANCE),
    "KO": _record("公費", {1: _PUBLIC, 2: _RECIPIENT}),
    "SN": _record("資格確認", {3: _INSURER, 4: _SYMBOL, 5: _NUMBER, 7: _RECIPIENT}),
    "KH": _record("国保連固有情報", {}),
    "JD": _record("受診日等", {}),
    "MF": _record("窓口負担額", {}),
    "GO": _record("診療報酬請求書", {}),
}
_MEDICAL: Mapping[str, Record] = {
    **_SHARED,
    "RE": _record("レセプト共通", _PATIENT, _HEAD_PLAIN, numbers=False),
    "SY": _record("傷病名", {1: _DISEASE_CODE, 5: _DISEASE, 7: _NOTE}, (2, 3, 4, 6), numbers=False),
    "SI": _record("診療行為", {3: _PROCEDURE, **_COMMENTS}),
    "IY": _record("医薬品", {3: _DRUG, **_COMMENTS}),
    "TO": _record(
        "特定器材",
        {
            3: _MATERIAL,
            10: Meaning("商品名 product", Category.MEDICAL_CONTEXT),
            12: _COMMENT,
            14: _COMMENT,
            16: _COMMENT,
        },
    ),
    "CO": _record("コメント", {4: _COMMENT}),
    "NI": _record("日計表", {}),
    "SJ": _record("症状詳記", {2: Meaning("症状詳記 narrative", subject=False, label="症状")}),
    # 労災 (workers' accident compensation)
    "RR": _record(
        "労災レセプト",
        {
            4: Meaning("年金証書番号 pension certificate number", subject=False, label="年金証書番号"),
            12: Meaning("労働者の氏名 worker's name in kana", Category.PERSON),
            13: Meaning("事業の名称 employer", subject=False, label="勤務先"),
            15: Meaning("傷病の経過 course", subject=False, label="傷病の経過"),
        },
        (14,),  # where the firm is
    ),
    "RI": _record("労災診療行為", {2: _PROCEDURE, **_COMMENTS}),
    "RS": _record("労災症状詳記", {2: Meaning("症状詳記 narrative", subject=False, label="症状")}),
}
_DPC: Mapping[str, Record] = {
    **_MEDICAL,
    "BU": _record("診断群分類", {1: Meaning("診断群分類番号 DPC code", Category.MEDICAL)}),
    "SB": _record("傷病", {1: _DISEASE_CODE, 3: _DISEASE, 4: Meaning("ICD-10", Category.MEDICAL), 7: _NOTE}),
    "KK": _record("患者基礎", {}),
    "SK": _record("診療関連", {}),
    "GA": _record("外泊", {}),
    "HH": _record("包括評価", {}),
    "GT": _record("合計調整", {}),
    "GR": _record("包括評価対象外理由", {}),
    "CD": _record("コーディングデータ", {5: _PROCEDURE}),
}
_DENTAL: Mapping[str, Record] = {
    **_SHARED,
    "RE": _record(
        "レセプト共通", {4: _NAME, 6: _BIRTH, 13: _CHART}, (1, 2, 3, 5, 7, 8, 9, 10, 11, 12), numbers=False
    ),
    "HS": _record("傷病名部位", {4: _DISEASE_CODE, 6: _DISEASE}),
    "SS": _record("歯科診療行為", {3: _PROCEDURE}),
    "SI": _record("医科診療行為", {3: _PROCEDURE}),
    "IY": _record("医薬品", {3: _DRUG}),
    "TO": _record("特定器材", {3: _MATERIAL}),
    "CO": _record("コメント", {4: _COMMENT}),
    "SJ": _MEDICAL["SJ"],
}
_PHARMACY: Mapping[str, Record] = {
    **_SHARED,
    "HO": _record("保険者", {1: _INSURER, 2: _SYMBOL, 3: _NUMBER, 8: _INSURANCE[10]}),
    "RE": _record(
        "レセプト共通",
        {
            4: _NAME,
            6: _BIRTH,
            **dict.fromkeys(range(14, 34), _DOCTOR),
            34: Meaning("麻薬免許番号 narcotics licence", Category.STAFF_ID, subject=False, staff=True),
            35: Meaning("調剤録番号等 dispensing record number", subject=False, label="調剤録番号"),
            39: _CLAIM,
            41: _KANA,
        },
        (1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 13, 37, 38, 40),  # 12 and 13: the clinic and where it is
        numbers=False,
    ),
    "SH": _record("処方基本", {4: Meaning("特別指示 instruction", subject=False, label="用法")}),
    "CZ": _record("調剤情報", {9: Meaning("調剤料コード dispensing code", Category.MEDICAL_CONTEXT)}),
    "IY": _record("医薬品", {2: _DRUG}),
    "TO": _record("特定器材", {2: _MATERIAL}),
    "CO": _record("コメント", {2: _COMMENT}),
    "TK": _record("摘要欄", {2: _COMMENT}),
    "KI": _record("基本料・薬学管理料", {}),
    "ST": _record("分割技術料", {}),
}

INSTITUTIONS = frozenset({"UK", "IR", "YK"})
"""Records of the hospital or pharmacy that claims: its code, name and telephone are nobody's data."""

RETURNED = frozenset({"HI", "HR", "HM", "MN", "RC", "JY", "ON", "EX"})
"""Records that only returned claims have: reasons, management numbers, history."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The records of one kind of claim."""

    title: str
    records: Mapping[str, Record]


MEDICAL = Layout("診療報酬明細書（医科・DPC） medical or DPC receipt", MappingProxyType(dict(_DPC)))
DENTAL = Layout("診療報酬明細書（歯科） dental receipt", MappingProxyType(dict(_DENTAL)))
PHARMACY = Layout("調剤報酬明細書 pharmacy receipt", MappingProxyType(dict(_PHARMACY)))

TAGS = frozenset(
    {*_DPC, *_DENTAL, *_PHARMACY, *INSTITUTIONS, *RETURNED, "TI", "TR", "TS", "RC", "BL", "BS", "HB"}
)
"""Every tag that is known to open a record."""


def layout_of(tag: str, table: str) -> Layout:
    """Return the layout that the record of the institution announces: by its tag and 点数表 (3 歯科, 4 調剤).

    DPC claims have the same record as medical ones and more types: their layout reads both.
    """
    if tag == "YK" or table == "4":
        return PHARMACY
    return DENTAL if table == "3" else MEDICAL
