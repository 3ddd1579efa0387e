"""Basic pension numbers 基礎年金番号."""

from scanners.check_digits import is_uniform
from scanners.detectors.evidence import ANY_SEPARATOR, PATTERN, alone, digits, is_foreign, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Evidence, EvidenceKind, Match


class PensionNumber:
    """Pension: the basic pension number 基礎年金番号 of 4 and 6 digits.

    What: four digits, mostly a hyphen, six digits.
    Source: National Pension Act Art. 14; no check digit is published.
    Found: the form behind a label (基礎年金番号, 年金手帳の番号, "pension number") or in such a column; with
    its hyphen in a text that speaks of pensions just before.
    Rejected: the form alone; ten digits with a telephone or account label.
    """

    name = "pension_number"
    version = 2
    categories = frozenset({Category.PENSION_NUMBER})
    patterns = (
        Pattern("number", f"[0-9]{{4}}{ANY_SEPARATOR}[0-9]{{6}}", announced=True),
        Pattern("listed", "[0-9]{4}-[0-9]{6}", reach=400),
    )
    labels = frozenset(
        {
            "基礎年金番号",
            "基礎番号",
            "年金番号",
            "年金手帳",
            "年金手帳番号",
            "年金手帳記号番号",
            "年金手帳の記号番号",
            "年金",
            "nenkin bango",
            "kiso nenkin",
            "kiso nenkin no",
            "kiso nenkin bango",
            "nenkin no",
            "年金証書番号",
            "厚生年金番号",
            "国民年金番号",
            "pension number",
            "pension no",
            "basic pension number",
            "nenkin",
            "pension",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand a label: nothing else tells ten digits apart."""
        value = digits(text.value[hit.start : hit.end])
        if is_uniform(value) or not alone(text.value, hit.start, hit.end):
            return None
        label = text.label(hit.start, hit.end, self.labels) if hit.announced else None
        if label is None:
            if hit.pattern != "listed":
                return None
            if is_foreign(text, hit.start, hit.end):
                return None
        reason = label or Evidence(EvidenceKind.CONTEXT, "pension")
        form = None if label else Evidence(EvidenceKind.DICTIONARY, "pension")
        return number("pension_number/1", Category.PENSION_NUMBER, hit.start, hit.end, PATTERN, reason, form)
