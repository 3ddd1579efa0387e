"""What the columns of clinical tables hold, by the words in their headers."""

from __future__ import annotations

from functools import lru_cache

from scanners.extractors.clinical import Meaning
from scanners.model import Category

# The first word that stands in a header counts; None: an institution's, nobody's
_WORDS: tuple[tuple[str, Meaning | None], ...] = (
    ("データ識別番号", Meaning("データ識別番号 data identification number (pseudonym)", Category.PATIENT_ID)),
    ("施設コード", None),
    ("機関", None),
    ("事業所", None),
    ("医師コード", Meaning("医師コード physician code", Category.STAFF_ID, subject=False, staff=True)),
    ("医師", Meaning("医師 physician", Category.PERSON, subject=False, staff=True)),
    ("カルテ番号", Meaning("カルテ番号 chart number", Category.PATIENT_ID)),
    ("患者番号", Meaning("患者番号 patient number", Category.PATIENT_ID)),
    ("患者ID", Meaning("患者ID patient ID", Category.PATIENT_ID)),
    ("個人番号", Meaning("個人番号 personal number", None, label="個人番号")),
    ("カナ氏名", Meaning("カナ氏名 name in kana", Category.PERSON)),
    ("氏名", Meaning("氏名 name", Category.PERSON)),
    ("生年月日", Meaning("生年月日 date of birth", Category.DOB)),
    ("郵便番号", Meaning("郵便番号 postcode", Category.POSTAL_CODE)),
    ("住所", Meaning("住所 address", Category.ADDRESS)),
    ("電話", Meaning("電話 telephone", Category.PHONE)),
    ("受診券", Meaning("受診券整理番号 check-up ticket number", Category.HEALTH_INSURANCE)),
    ("利用券", Meaning("利用券整理番号 guidance ticket number", Category.HEALTH_INSURANCE)),
    ("枝番", Meaning("枝番 branch number", Category.HEALTH_INSURANCE)),
    (
        "記号",
        Meaning("被保険者証等記号 insured symbol", Category.HEALTH_INSURANCE, subject=False),
    ),
    ("被保険者", Meaning("被保険者証等 insured symbol or number", Category.HEALTH_INSURANCE)),
    ("保険者番号", Meaning("保険者番号 insurer number", Category.HEALTH_INSURANCE, subject=False)),
    ("診療明細名称", Meaning("診療明細名称 item", Category.MEDICAL_CONTEXT)),
    ("病名", Meaning("病名 disease", Category.MEDICAL)),
    ("既往", Meaning("既往歴 medical history", Category.MEDICAL)),
    ("ICD", Meaning("ICD-10", Category.MEDICAL)),
)


@lru_cache(maxsize=4096)
def meaning_of(header: str) -> Meaning | None:
    """Return what a column holds by its header, or None where it is nobody's or not known."""
    return next((meaning for word, meaning in _WORDS if word in header), None)


def is_known(header: str) -> bool:
    """Say whether a header has a word of the table, be it an institution's."""
    return any(word in header for word, _ in _WORDS)
