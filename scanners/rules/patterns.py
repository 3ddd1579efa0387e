"""Detectors made of a workspace's own patterns, and the words that announce them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType

from scanners import check_digits
from scanners.detectors.evidence import CHECK_DIGIT, PATTERN, WEIGHT, alone, digits
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Match
from scanners.rules.model import CustomPattern

CHECK_DIGITS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "my_number": check_digits.my_number,
        "corporate_number": check_digits.corporate_number,
        "modulus_10_weight_21": check_digits.modulus_10_weight_21,
        "driver_licence": check_digits.driver_licence,
        "luhn": check_digits.luhn,
    }
)
"""Check digits that a pattern may ask for; they look at the digits of the value only."""

SPOKESMAN: Mapping[Category, str] = MappingProxyType(
    {
        Category.PERSON: "氏名",
        Category.ADDRESS: "住所",
        Category.POSTAL_CODE: "郵便番号",
        Category.PHONE: "電話番号",
        Category.EMAIL: "メールアドレス",
        Category.DOB: "生年月日",
        Category.MY_NUMBER: "マイナンバー",
        Category.DRIVER_LICENSE: "運転免許証番号",
        Category.PASSPORT: "旅券番号",
        Category.RESIDENCE_CARD: "在留カード番号",
        Category.HEALTH_INSURANCE: "被保険者番号",
        Category.PENSION_NUMBER: "基礎年金番号",
        Category.EMPLOYMENT_INSURANCE: "雇用保険被保険者番号",
        Category.RESIDENT_CODE: "住民票コード",
        Category.BANK_ACCOUNT: "口座番号",
        Category.CREDIT_CARD: "カード番号",
        Category.PATIENT_ID: "患者番号",
        Category.STAFF_ID: "社員番号",
        Category.CUSTOMER_ID: "顧客番号",
        Category.FOREIGN_ID: "身分証番号",
        Category.MEDICAL: "病名",
        Category.MEDICAL_CONTEXT: "治療内容",
        Category.DISABILITY: "障害",
        Category.CREED: "信条",
        Category.RACE_ORIGIN: "人種",
        Category.CRIMINAL_RECORD: "犯罪歴",
        Category.CRIME_VICTIM: "犯罪被害",
    }
)
"""The detectors' own label word that a workspace's words for a category stand in for."""


class CustomDetector:
    """Judges the hits of one pattern of a workspace."""

    def __init__(self, rule: CustomPattern) -> None:
        self.name = f"custom.{rule.id}"
        self.version = rule.version
        self.categories = frozenset({rule.category})
        self.labels = frozenset(rule.labels)
        self.patterns = (Pattern("value", rule.expression, bounded=False, announced=rule.label_required),)
        self._rule = rule
        self._id = sys.intern(f"{self.name}/{rule.version}")
        self._check = CHECK_DIGITS.get(rule.check_digit)

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand that the value stands alone, and the label and check digit that the rule asks for."""
        label = text.label(hit.start, hit.end, self.labels) if self.labels else None
        if label is None and self._rule.label_required:
            return None
        if not alone(text.value, hit.start, hit.end, label):
            return None
        doubt, evidence = 1.0 - self._rule.score, [PATTERN]
        if self._check is not None:
            if not self._check(digits(text.value[hit.start : hit.end])):
                return None
            evidence.append(CHECK_DIGIT)
        if label is not None:
            evidence.append(label.evidence)
        for term in evidence[1:]:
            doubt *= 1.0 - WEIGHT[term.kind]
        return Match(
            hit.start, hit.end, self._rule.category, round(1.0 - doubt, 3), self._id, tuple(evidence)
        )
