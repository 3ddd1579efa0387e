"""What the fields of HL7 v2 segments mean (HL7 v2.5, and how SS-MIX2 uses them).

Fields that stand neither here nor in `PLAIN` are read as free text where they are more than a code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from scanners.extractors.clinical import Meaning
from scanners.model import Category

DataType = Literal["XPN", "XCN", "CX", "XAD", "XTN", "CE", "ST", "FT"]


@dataclass(frozen=True, slots=True)
class Element:
    """A field: how its components are put together, and what it holds."""

    type: DataType
    meaning: Meaning


def _of(
    kind: DataType, name: str, category: Category | None, *, subject: bool = True, label: str = ""
) -> Element:
    return Element(kind, Meaning(name, category, subject, label))


def _staff(name: str, kind: DataType = "XCN", category: Category = Category.PERSON) -> Element:
    return Element(kind, Meaning(name, category, subject=False, staff=True))


def _other(kind: DataType, name: str, category: Category) -> Element:
    return _of(kind, name, category, subject=False)


_ID, _NAME, _BORN = Category.PATIENT_ID, Category.PERSON, Category.DOB
_LIVES, _RINGS = Category.ADDRESS, Category.PHONE
_ILL, _DONE = Category.MEDICAL, Category.MEDICAL_CONTEXT
_CARD = Category.HEALTH_INSURANCE

_SEGMENTS: dict[str, dict[int, Element]] = {
    "EVN": {5: _staff("操作者 operator")},
    "PID": {
        2: _of("CX", "患者ID（外部） external patient ID", _ID),
        3: _of("CX", "患者ID patient ID", _ID),
        4: _of("CX", "代替患者ID alternate patient ID", _ID),
        5: _of("XPN", "氏名 patient name", _NAME),
        6: _other("XPN", "母の旧姓 mother's maiden name", _NAME),
        7: _of("ST", "生年月日 date of birth", _BORN),
        9: _of("XPN", "別名 alias", _NAME),
        10: _of("CE", "人種 race", Category.RACE_ORIGIN),
        11: _of("XAD", "住所 address", _LIVES),
        13: _of("XTN", "自宅電話 home telephone", _RINGS),
        14: _of("XTN", "勤務先電話 work telephone", _RINGS),
        17: _of("CE", "宗教 religion", Category.CREED),
        18: _of("CX", "患者会計番号 account number", _ID),
        19: _of("ST", "個人番号 personal number", None, label="個人番号"),
        20: _of("CX", "運転免許証番号 driver's licence", Category.DRIVER_LICENSE),
        21: _other("CX", "母の患者ID mother's patient ID", _ID),
        22: _of("CE", "民族 ethnic group", Category.RACE_ORIGIN),
    },
    "MRG": {
        1: _of("CX", "統合前の患者ID prior patient ID", _ID),
        4: _of("CX", "統合前の患者ID prior patient ID", _ID),
        7: _of("XPN", "統合前の氏名 prior name", _NAME),
    },
    "NK1": {
        2: _other("XPN", "近親者氏名 next of kin", _NAME),
        4: _other("XAD", "近親者住所 address of next of kin", _LIVES),
        5: _other("XTN", "近親者電話 telephone of next of kin", _RINGS),
        6: _other("XTN", "近親者勤務先電話 work telephone of next of kin", _RINGS),
        12: _other("CX", "従業員番号 employee number", Category.STAFF_ID),
        16: _other("ST", "近親者生年月日 birth date of next of kin", _BORN),
        30: _other("XPN", "連絡先氏名 contact person", _NAME),
        31: _other("XTN", "連絡先電話 contact telephone", _RINGS),
        32: _other("XAD", "連絡先住所 contact address", _LIVES),
    },
    "PV1": {
        7: _staff("主治医 attending doctor"),
        8: _staff("紹介医 referring doctor"),
        9: _staff("コンサルタント医 consulting doctor"),
        17: _staff("入院担当医 admitting doctor"),
        52: _staff("その他の医療従事者 other provider"),
    },
    "PV2": {
        3: _of("CE", "入院理由 admit reason", _ILL),
        12: _of("FT", "来院の説明 visit description", None, label="来院理由"),
        13: _staff("紹介元 referral source"),
    },
    "IN1": {
        3: _other("CX", "保険者番号 insurer number", _CARD),
        10: _of("CX", "記号・番号・枝番 insured symbol, number, branch", _CARD),
        16: _other("XPN", "被保険者氏名 name of insured", _NAME),
        18: _other("ST", "被保険者生年月日 birth date of insured", _BORN),
        19: _other("XAD", "被保険者住所 address of insured", _LIVES),
        36: _of("CX", "証券番号 policy number", _CARD),
        49: _of("CX", "被保険者番号 insured's number", _CARD),
    },
    "GT1": {
        3: _other("XPN", "保証人氏名 guarantor", _NAME),
        5: _other("XAD", "保証人住所 guarantor's address", _LIVES),
        6: _other("XTN", "保証人電話 guarantor's telephone", _RINGS),
        7: _other("XTN", "保証人勤務先電話 guarantor's work telephone", _RINGS),
        8: _other("ST", "保証人生年月日 guarantor's birth date", _BORN),
        12: _of("ST", "保証人個人番号 guarantor's number", None, subject=False, label="個人番号"),
    },
    "AL1": {
        3: _of("CE", "アレルゲン allergen", _ILL),
        5: _of("CE", "アレルギー反応 reaction", _ILL),
    },
    "IAM": {
        3: _of("CE", "アレルゲン allergen", _ILL),
        5: _of("CE", "アレルギー反応 reaction", _ILL),
    },
    "PRB": {3: _of("CE", "病名 problem", _ILL)},
    "DG1": {
        3: _of("CE", "診断 diagnosis", _ILL),
        4: _of("ST", "診断名 diagnosis", _ILL),
        16: _staff("診断医 diagnosing doctor"),
    },
    "PR1": {
        3: _of("CE", "処置 procedure", _DONE),
        4: _of("ST", "処置名 procedure", _DONE),
        8: _staff("麻酔医 anaesthetist"),
        11: _staff("執刀医 surgeon"),
        12: _staff("実施者 practitioner"),
    },
    "OBR": {
        4: _of("CE", "検査項目 service", _DONE),
        10: _staff("採取者 collector"),
        13: _of("FT", "臨床情報 relevant clinical information", None, label="臨床情報"),
        16: _staff("依頼医 ordering doctor"),
        28: _staff("結果の写し宛先 result copies to"),
        31: _of("CE", "検査理由 reason", _ILL),
        32: _staff("読影医 interpreter"),
        33: _staff("読影補助者 assistant interpreter"),
        34: _staff("技師 technician"),
        35: _staff("入力者 transcriptionist"),
    },
    "OBX": {16: _staff("実施者 observer")},
    "ORC": {
        10: _staff("入力者 entered by"),
        11: _staff("検証者 verified by"),
        12: _staff("依頼医 ordering doctor"),
        19: _staff("実施者 action by"),
    },
    "RXE": {
        2: _of("CE", "薬剤 drug", _DONE),
        13: _staff("依頼医 ordering doctor"),
        14: _staff("薬剤師 pharmacist"),
    },
    "RXO": {1: _of("CE", "薬剤 drug", _DONE), 14: _staff("依頼医 ordering doctor")},
    "RXD": {2: _of("CE", "薬剤 drug", _DONE), 10: _staff("調剤者 dispenser")},
    "RXA": {5: _of("CE", "薬剤 drug", _DONE), 10: _staff("投与者 administered by")},
    "RXC": {2: _of("CE", "薬剤 drug", _DONE)},
    "ODS": {3: _of("CE", "食事 diet", _DONE)},
    "TXA": {
        9: _staff("文書作成者 originator"),
        10: _staff("認証者 authenticator"),
        11: _staff("入力者 transcriptionist"),
        22: _staff("認証者 authenticated by"),
    },
    "SPM": {4: _of("CE", "検体 specimen", _DONE)},
    "NTE": {3: _of("FT", "注記 comment", None)},
    "ROL": {
        4: _staff("役割の人 role person"),
        11: _staff("住所 address", "XAD", _LIVES),
        12: _staff("電話 telephone", "XTN", _RINGS),
    },
    "STF": {
        1: _of("CE", "職員番号 staff number", Category.STAFF_ID),
        2: _of("CX", "職員番号 staff number", Category.STAFF_ID),
        3: _of("XPN", "職員氏名 staff name", _NAME),
        6: _of("ST", "生年月日 date of birth", _BORN),
        10: _of("XTN", "電話 telephone", _RINGS),
        11: _of("XAD", "住所 address", _LIVES),
        15: _of("ST", "メール e-mail", Category.EMAIL),
    },
    "PRD": {
        2: _staff("紹介先の医師 provider", "XPN"),
        5: _staff("電話 telephone", "XTN", _RINGS),
        7: _staff("医療従事者番号 provider number", "CX", Category.STAFF_ID),
    },
}

SEGMENTS: Mapping[str, Mapping[int, Element]] = MappingProxyType(_SEGMENTS)

PLAIN: Mapping[str, frozenset[int]] = MappingProxyType(
    {
        "MSH": frozenset(range(40)),
        "PID": frozenset({8, 15, 16, 28, 33}),
        "NK1": frozenset({3, 13}),  # relation; employer
        "PV1": frozenset({3, 6, 10, 39, 42}),  # wards
        "IN1": frozenset({2, 4, 5, 11, 17}),  # plan, insurer, employer, relation
        "ORC": frozenset({13, 17, 21, 22, 23, 24}),  # the hospital that orders, its address and telephone
        "OBX": frozenset({2, 3, 5, 6, 15, 23, 24}),  # 3 and 5 are read by themselves
        "AL1": frozenset({2}),
        "DB1": frozenset({2}),
        "PRD": frozenset({3, 4}),  # where the practice is
        "RXE": frozenset({5, 11}),
        "TQ1": frozenset({3, 6}),
        "RXR": frozenset({1, 2, 3}),
    }
)
"""Fields that are codes of the hospital, or say of an institution where it is: nobody's data."""

WRITINGS: Mapping[str, str] = MappingProxyType({"I": "漢字", "P": "カナ", "A": "ローマ字"})
"""How a name is written, in its component of representation."""

ENVELOPES = frozenset({"FHS", "FTS", "BHS", "BTS", "DSC"})
