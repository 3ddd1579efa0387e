"""Employment insurance numbers 雇用保険被保険者番号."""

import re
from typing import Final

from scanners.check_digits import is_uniform
from scanners.detectors.evidence import PATTERN, SEPARATOR, alone, digits, number
from scanners.detectors.interface import Hit, Label, Pattern, Text
from scanners.model import Category, Match

# Labels that other insurances have too, or that mostly head an amount.
_SHARED: Final = frozenset({"被保険者番号", "被保険者証番号", "雇用保険"})
_HYPHENED: Final = re.compile("[0-9]{4}-[0-9]{6}-[0-9]")
_EMPLOYMENT: Final = re.compile("雇用保険|離職|失業|労働保険|ハローワーク|職業安定所|求職|資格喪失")
_REACH: Final = 160  # characters above a number in which its form says which insurance it is


class EmploymentInsurance:
    """Employment insurance: the number of an insured person 雇用保険被保険者番号.

    What: four, six and one digits, mostly with hyphens; four and six, where the number was given before July
    1981 and nothing was reported since.
    Source: Ordinance for Enforcement of the Employment Insurance Act Art. 10; MHLW's administrative manual
    雇用保険業務取扱要領 20706; an individual identification code (APPI Art. 2(2)); the last digit is a
    check digit whose rule is not published.
    Found: the form behind its label (雇用保険被保険者番号, "employment insurance no") or in such a column;
    behind 「被保険者番号」 with its hyphens, or where a certificate or notice of separation speaks.
    Rejected: the form alone; the number of the employer's office 事業所番号, which has the same form.
    """

    name = "employment_insurance"
    version = 2
    categories = frozenset({Category.EMPLOYMENT_INSURANCE})
    patterns = (
        Pattern("number", f"[0-9]{{4}}{SEPARATOR}[0-9]{{6}}{SEPARATOR}[0-9]", announced=True),
        Pattern("old", f"[0-9]{{4}}{SEPARATOR}[0-9]{{6}}", announced=True),
    )
    labels = _SHARED | {
        "雇用保険被保険者番号",
        "雇用保険の被保険者番号",
        "雇用保険番号",
        "雇用保険の番号",
        "雇用保険被保険者証番号",
        "雇用保険被保険者証",
        "雇用保険証番号",
        "雇用保険者番号",
        "雇用保険No",
        "雇保番号",
        "雇保被保険者番号",
        "コヨウホケンバンゴウ",
        "コヨウホケンヒホケンシャバンゴウ",
        "employment insurance",
        "employment insurance no",
        "employment insurance number",
        "unemployment insurance no",
        "unemployment insurance number",
        "koyo hoken no",
    }

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand a label: offices have numbers of the same form."""
        written = text.value[hit.start : hit.end]
        if is_uniform(digits(written)) or not alone(text.value, hit.start, hit.end):
            return None
        label = text.label(hit.start, hit.end, self.labels)
        if label is None or (label.word in _SHARED and not _is_meant(label, written, text, hit.start)):
            return None
        return number(
            f"employment_insurance.{hit.pattern}/1",
            Category.EMPLOYMENT_INSURANCE,
            hit.start,
            hit.end,
            PATTERN,
            label,
        )


def _is_meant(label: Label, written: str, text: Text, start: int) -> bool:
    """Say whether a label of several insurances means this one: no other number has the two hyphens."""
    if _HYPHENED.fullmatch(written):
        return True
    near = text.value[max(0, start - _REACH) : start] + (text.column or "")
    return label.word != "雇用保険" and _EMPLOYMENT.search(near) is not None
