"""Resident record codes 住民票コード."""

from scanners.check_digits import is_uniform
from scanners.detectors.evidence import PATTERN, SEPARATOR, alone, digits, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Match


class ResidentCode:
    """Resident record code: the number of a resident in the basic register 住民票コード.

    What: eleven digits, now and then in groups of four, four and three.
    Source: Basic Resident Registration Act Art. 7 (xiii); an individual identification code (APPI Art. 2(2)).
    Its check digit is laid down in a notice that we could not read: none is demanded.
    Found: the digits behind their label (住民票コード) or in such a column.
    Rejected: eleven digits alone, which are mostly telephone numbers.
    """

    name = "resident_code"
    version = 1
    categories = frozenset({Category.RESIDENT_CODE})
    patterns = (Pattern("code", f"[0-9]{{4}}{SEPARATOR}[0-9]{{4}}{SEPARATOR}[0-9]{{3}}", announced=True),)
    labels = frozenset(
        {"住民票コード", "住民票CD", "住基コード", "住民コード", "juminhyo code", "resident record code"}
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand a label: the digits alone are a telephone number to everybody."""
        value = digits(text.value[hit.start : hit.end])
        if is_uniform(value) or not alone(text.value, hit.start, hit.end):
            return None
        label = text.label(hit.start, hit.end, self.labels)
        if label is None:
            return None
        return number("resident_code/1", Category.RESIDENT_CODE, hit.start, hit.end, PATTERN, label)
