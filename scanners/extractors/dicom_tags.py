"""What tags of DICOM (PS3.6) say of a person: Japanese name, category, and whether of the patient.

Whatever is text and stands in neither table is read as free text; PN elements are names of persons
wherever they stand.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from scanners.model import Category


class Meaning(NamedTuple):
    """What one tag holds; category None is free text, which the detectors read with its name as label."""

    name: str
    category: Category | None = None
    subject: bool = False  # tells of the patient
    staff: bool = False  # who treated, examined or typed


_PATIENT = MappingProxyType(
    {
        0x00100010: Meaning("患者氏名", Category.PERSON, subject=True),
        0x00100020: Meaning("患者ID", Category.PATIENT_ID, subject=True),
        0x00100030: Meaning("生年月日", Category.DOB, subject=True),
        0x00100033: Meaning("生年月日(和暦等)", Category.DOB, subject=True),
        0x00100040: Meaning("性別", subject=True),
        0x00101000: Meaning("他の患者ID", Category.PATIENT_ID, subject=True),
        0x00101001: Meaning("別名", Category.PERSON, subject=True),
        0x00101005: Meaning("出生時の氏名", Category.PERSON, subject=True),
        0x00101010: Meaning("年齢", subject=True),
        0x00101040: Meaning("患者住所", Category.ADDRESS, subject=True),
        0x00101060: Meaning("母の旧姓", Category.PERSON),
        0x00101090: Meaning("診療録番号", Category.PATIENT_ID, subject=True),
        0x00102000: Meaning("医療上の警告", Category.MEDICAL, subject=True),
        0x00102110: Meaning("アレルギー", Category.MEDICAL, subject=True),
        0x00102154: Meaning("患者電話番号", Category.PHONE, subject=True),
        0x00102155: Meaning("患者連絡先"),
        0x00102160: Meaning("民族", Category.RACE_ORIGIN, subject=True),
        0x00102180: Meaning("職業"),
        0x001021B0: Meaning("既往歴", Category.MEDICAL, subject=True),
        0x001021F0: Meaning("信仰", Category.CREED, subject=True),
        0x00102297: Meaning("責任者氏名", Category.PERSON),
        0x00104000: Meaning("患者コメント"),
        0x00120040: Meaning("治験被験者番号", Category.PATIENT_ID, subject=True),
        0x00120042: Meaning("治験被験者読取番号", Category.PATIENT_ID, subject=True),
    }
)

_STAFF = MappingProxyType(
    {
        0x00080090: Meaning("紹介医師名", Category.PERSON, staff=True),
        0x00080092: Meaning("紹介医師住所", Category.ADDRESS, staff=True),
        0x00080094: Meaning("紹介医師電話番号", Category.PHONE, staff=True),
        0x0008009C: Meaning("コンサルト医師名", Category.PERSON, staff=True),
        0x00081048: Meaning("担当医師名", Category.PERSON, staff=True),
        0x00081050: Meaning("実施医師名", Category.PERSON, staff=True),
        0x00081060: Meaning("読影医師名", Category.PERSON, staff=True),
        0x00081070: Meaning("操作者名", Category.PERSON, staff=True),
        0x00321032: Meaning("依頼医師名", Category.PERSON, staff=True),
        0x00380100: Meaning("予約時の担当医", Category.PERSON, staff=True),
        0x00400006: Meaning("予定実施医師名", Category.PERSON, staff=True),
        0x00401010: Meaning("結果の宛先氏名", Category.PERSON, staff=True),
        0x00401102: Meaning("職員住所", Category.ADDRESS, staff=True),
        0x00401103: Meaning("職員電話番号", Category.PHONE, staff=True),
        0x00402008: Meaning("オーダ入力者名", Category.PERSON, staff=True),
        0x00402010: Meaning("オーダ連絡先電話番号", Category.PHONE, staff=True),
        0x00404037: Meaning("実施者名", Category.PERSON, staff=True),
        0x0040A075: Meaning("確認者名", Category.PERSON, staff=True),
        0x0040A123: Meaning("人名", Category.PERSON),
        0x00700084: Meaning("作成者名", Category.PERSON, staff=True),
    }
)

_FREE = MappingProxyType(
    {
        0x00080050: Meaning("受付番号"),
        0x00080080: Meaning("施設名"),
        0x00080081: Meaning("施設所在地"),
        0x00081080: Meaning("入院時診断名", Category.MEDICAL, subject=True),
        0x00081084: Meaning("入院時診断コード"),
        0x00102150: Meaning("居住国"),
        0x00204000: Meaning("画像コメント"),
        0x00321030: Meaning("検査理由"),
        0x00321060: Meaning("依頼手技"),
        0x00324000: Meaning("検査コメント"),
        0x00380010: Meaning("入院ID"),
        0x00380300: Meaning("患者の現在地"),
        0x00380400: Meaning("患者の入所施設"),
        0x00380500: Meaning("患者状態", Category.MEDICAL, subject=True),
        0x00384000: Meaning("来院コメント"),
        0x00400280: Meaning("実施コメント"),
        0x00401002: Meaning("依頼理由"),
        0x00401400: Meaning("依頼コメント"),
        0x00402400: Meaning("画像依頼コメント"),
        0x00400555: Meaning("取得背景"),
        0x0040A160: Meaning("本文"),
        0x40080115: Meaning("読影診断", Category.MEDICAL, subject=True),
        0x4008010B: Meaning("読影本文"),
        0x40080300: Meaning("印象"),
        0x40084000: Meaning("結果コメント"),
    }
)

MEANINGS: MappingProxyType[int, Meaning] = MappingProxyType({**_PATIENT, **_STAFF, **_FREE})

# Named by a vendor's or the standard's own list, never by a person: codes, versions, machines.
TECHNICAL = frozenset(
    {
        0x00080005,
        0x00080070,  # Manufacturer
        0x00080100,  # Code Value
        0x00080102,  # Coding Scheme Designator
        0x00080103,
        0x00081090,  # Manufacturer's Model Name
        0x00180024,  # Sequence Name
        0x00181000,  # Device Serial Number
        0x00181020,  # Software Versions
        0x00181250,  # Receive Coil Name
        0x00181251,
        0x00020013,  # Implementation Version Name
    }
)

# Concepts of structured reports (PS3.16, DCM codes) whose value is of the patient.
REPORT_STAFF = frozenset({"121008", "113870"})  # Person Observer Name, Person Name of a participant
OF_PATIENTS = frozenset({0x0010, 0x0012})
"""Groups of elements that tell of the patient and those close to them: other names are of staff."""
REPORT_SUBJECT: MappingProxyType[str, Category] = MappingProxyType(
    {
        "121029": Category.PERSON,  # Subject Name
        "121030": Category.PATIENT_ID,  # Subject ID
        "121031": Category.DOB,  # Subject Birth Date
    }
)
