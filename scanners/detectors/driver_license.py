"""Numbers of driver's licences 運転免許証番号."""

from scanners.check_digits import driver_licence, is_uniform
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
from scanners.detectors.screens import checked, licences
from scanners.model import Category, Evidence, EvidenceKind, Match


class DriverLicense:
    """Driver's licence: the number 運転免許証番号 of 12 digits.

    What: commission (10 to 97), year of first issue (2), serial (6), check digit, count of re-issues.
    Source: Road Traffic Act Enforcement Regulation Form 14; Cabinet Order of APPI Art. 1(v).
    Found: the form behind a label (運転免許証, 免許証番号, "driver's license") or below such a heading; a
    right check digit raises the score, a wrong one does not reject, because no formula is published.
    Rejected: no label; a commission outside 10 to 97; licences of physicians and other trades.
    """

    name = "driver_license"
    version = 2
    categories = frozenset({Category.DRIVER_LICENSE})
    patterns = (
        Pattern("grouped", f"[0-9]{{4}}{ANY_SEPARATOR}[0-9]{{4}}{ANY_SEPARATOR}[0-9]{{4}}", announced=True),
        Pattern("listed", "[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}", reach=400, screen=checked(licences, 12)),
    )
    labels = frozenset(
        {
            "運転免許証",
            "運転免許証番号",
            "運転免許番号",
            "運転免許",
            "免許証番号",
            "免許証No",
            "免許番号",
            "免許証",
            "免許情報記録番号",
            "免許",
            "免許情報",
            "免許No",
            "免許証の番号",
            "menkyo",
            "menkyo no",
            "menkyo bango",
            "menkyosho",
            "DL no",
            "DL number",
            "driver license",
            "drivers license",
            "driver's license",
            "driver licence",
            "driver's licence",
            "driving licence",
            "driving license",
            "driver license no",
            "driver license number",
            "driver's license number",
            "driver's license no",
            "license number",
            "licence number",
            "license no",
            "license",
            "licence",
            "licence no",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand the form and a label; the check digit is a further reason."""
        value = digits(text.value[hit.start : hit.end])
        if not "10" <= value[:2] <= "97" or is_uniform(value) or not alone(text.value, hit.start, hit.end):
            return None
        label = text.label(hit.start, hit.end, self.labels) if hit.announced else None
        right = CHECK_DIGIT if driver_licence(value) else None
        if label is None:
            return self._listed(hit, text) if right else None
        return number("driver_license/1", Category.DRIVER_LICENSE, hit.start, hit.end, PATTERN, right, label)

    def _listed(self, hit: Hit, text: Text) -> Match | None:
        """Judge a number with a right check digit behind a name, where the text spoke of drivers."""
        if not names_somebody(text, hit.start):
            return None
        if is_foreign(text, hit.start, hit.end):
            return None
        context = Evidence(EvidenceKind.CONTEXT, "licence")
        rule = "driver_license/1"
        return number(rule, Category.DRIVER_LICENSE, hit.start, hit.end, PATTERN, CHECK_DIGIT, context)
