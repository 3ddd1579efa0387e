"""Individual numbers 個人番号."""

from scanners.check_digits import my_number
from scanners.detectors.evidence import (
    ANY_SEPARATOR,
    CHECK_DIGIT,
    PATTERN,
    alone,
    digits,
    is_foreign,
    names_somebody,
    number,
)
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.detectors.screens import checked, my_numbers
from scanners.model import Category, Evidence, EvidenceKind, Match

JOINT_LABELS = frozenset(
    first + joint + second
    for first, second in (("個人番号", "法人番号"), ("マイナンバー", "法人番号"), ("法人番号", "個人番号"))
    for joint in ("又は", "または", "若しくは", "もしくは", "及び", "および", "・", "/", "、", "(")
)
"""Labels of payment records that announce the number of a person or of a company 「個人番号又は法人番号」."""


class MyNumber:
    """My Number: the individual number 個人番号 of 12 digits.

    What: 12 digits, written together or in groups of four, the last one a check digit.
    Source: My Number Act (平成25年法律第27号) Art. 2(5); MIC Ordinance No. 85 of 2014, Art. 5.
    Found: a right check digit together with a label (マイナンバー, 個人番号, "my number") or a column of
    that name, 「個人番号又は法人番号」 included; also when one line break stands inside; behind a person's
    name in a text that speaks of such numbers.
    Rejected: numbers without label, whatever their check digit (slip numbers pass it one time in ten);
    wrong check digits; parts of longer codes; twelve times the same digit.
    """

    name = "my_number"
    version = 2
    categories = frozenset({Category.MY_NUMBER})
    patterns = (
        Pattern("grouped", f"[0-9]{{4}}{ANY_SEPARATOR}[0-9]{{4}}{ANY_SEPARATOR}[0-9]{{4}}", announced=True),
        Pattern("listed", "[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}", reach=1_500, screen=checked(my_numbers, 12)),
        Pattern("broken", "[0-9]{1,11} ?\n[0-9]{1,11}", announced=True),
    )
    labels = JOINT_LABELS | frozenset(
        {
            "マイナンバー",
            "マイナンバーカード",
            "マイナンバー番号",
            "個人番号",
            "個人番号カード",
            "特定個人情報",
            "my number",
            "individual number",
            "my no",
            "kojin bango",
            "kojin no",
            "kojin",
            "マイナ",
            "個番",
            "MN",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand twelve digits, their check digit, and a label or column."""
        value = digits(text.value[hit.start : hit.end])
        if len(value) != 12 or not my_number(value) or not alone(text.value, hit.start, hit.end):
            return None
        label = text.label(hit.start, hit.end, self.labels) if hit.announced else None
        if label is None:
            return self._listed(hit, text)
        return number("my_number/1", Category.MY_NUMBER, hit.start, hit.end, PATTERN, CHECK_DIGIT, label)

    def _listed(self, hit: Hit, text: Text) -> Match | None:
        """Judge a number behind a name: one of a list, where the text spoke of such numbers."""
        if hit.pattern == "broken" or not names_somebody(text, hit.start):
            return None
        if is_foreign(text, hit.start, hit.end):
            return None
        context = Evidence(EvidenceKind.CONTEXT, "individual_number")
        return number("my_number/1", Category.MY_NUMBER, hit.start, hit.end, PATTERN, CHECK_DIGIT, context)
