"""Employment insurance numbers 雇用保険被保険者番号."""

from scanners.check_digits import is_uniform
from scanners.detectors.evidence import PATTERN, SEPARATOR, alone, digits, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Match


class EmploymentInsurance:
    """Employment insurance: the number of an insured person 雇用保険被保険者番号.

    What: four, six and one digits, mostly with hyphens.
    Source: Ordinance for Enforcement of the Employment Insurance Act Art. 10; an individual identification
    code (APPI Art. 2(2)); no check digit is published.
    Found: the form behind its label (雇用保険被保険者番号, "employment insurance no") or in such a column.
    Rejected: the form alone; the number of the employer's office 事業所番号, which has the same form.
    """

    name = "employment_insurance"
    version = 1
    categories = frozenset({Category.EMPLOYMENT_INSURANCE})
    patterns = (Pattern("number", f"[0-9]{{4}}{SEPARATOR}[0-9]{{6}}{SEPARATOR}[0-9]", announced=True),)
    labels = frozenset(
        {
            "雇用保険被保険者番号",
            "雇用保険の被保険者番号",
            "雇用保険番号",
            "雇用保険被保険者証番号",
            "雇用保険被保険者証",
            "雇用保険証番号",
            "雇用保険者番号",
            "雇用保険No",
            "コヨウホケンバンゴウ",
            "employment insurance",
            "employment insurance no",
            "employment insurance number",
            "unemployment insurance no",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand a label: offices have numbers of the same form."""
        value = digits(text.value[hit.start : hit.end])
        if is_uniform(value) or not alone(text.value, hit.start, hit.end):
            return None
        label = text.label(hit.start, hit.end, self.labels)
        if label is None:
            return None
        return number(
            "employment_insurance/1", Category.EMPLOYMENT_INSURANCE, hit.start, hit.end, PATTERN, label
        )
