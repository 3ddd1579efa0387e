"""Basic pension numbers 基礎年金番号."""

from scanners.check_digits import is_uniform
from scanners.detectors.evidence import PATTERN, SEPARATOR, alone, digits, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Match


class PensionNumber:
    """Pension: the basic pension number 基礎年金番号 of 4 and 6 digits.

    What: four digits, mostly a hyphen, six digits.
    Source: National Pension Act Art. 14; no check digit is published.
    Found: the form behind a label (基礎年金番号, 年金手帳の番号, "pension number") or in such a column.
    Rejected: the form alone; ten digits with a telephone or account label.
    """

    name = "pension_number"
    version = 1
    categories = frozenset({Category.PENSION_NUMBER})
    patterns = (Pattern("number", f"[0-9]{{4}}{SEPARATOR}[0-9]{{6}}", announced=True),)
    labels = frozenset(
        {
            "基礎年金番号",
            "年金番号",
            "年金手帳",
            "年金手帳番号",
            "年金手帳記号番号",
            "年金手帳の記号番号",
            "年金証書番号",
            "厚生年金番号",
            "国民年金番号",
            "pension number",
            "pension no",
            "basic pension number",
            "nenkin",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand a label: nothing else tells ten digits apart."""
        value = digits(text.value[hit.start : hit.end])
        if is_uniform(value) or not alone(text.value, hit.start, hit.end):
            return None
        label = text.label(hit.start, hit.end, self.labels)
        if label is None:
            return None
        return number("pension_number/1", Category.PENSION_NUMBER, hit.start, hit.end, PATTERN, label)
