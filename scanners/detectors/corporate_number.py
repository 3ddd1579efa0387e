"""Corporate numbers 法人番号: recognised, so that nobody's number is taken for somebody's."""

from scanners.check_digits import corporate_number
from scanners.detectors.evidence import SEPARATOR, digits
from scanners.detectors.interface import Hit, Nobodys, Pattern, Text
from scanners.detectors.my_number import JOINT_LABELS
from scanners.model import Category


class CorporateNumber:
    """Corporate number: the public number of a company 法人番号, and the invoice number made of it.

    What: thirteen digits whose first is a check digit, behind "T" the registration number of an issuer of
    invoices 適格請求書発行事業者登録番号.
    Source: My Number Act Art. 39; check digit by Ministry of Finance Order No. 70 of 2014, Art. 2; published,
    and no personal information.
    Found: nothing: what overlaps a number with a right check digit and its label, or its "T", is no finding.
    Rejected: readings of its digits as a card, an account or a telephone number.
    """

    name = "corporate_number"
    version = 2
    categories: frozenset[Category] = frozenset()
    patterns = (
        Pattern(
            "number", f"[0-9]{SEPARATOR}[0-9]{{4}}{SEPARATOR}[0-9]{{4}}{SEPARATOR}[0-9]{{4}}", announced=True
        ),
        Pattern("invoice", "T-?[0-9]{13}"),
    )
    labels = JOINT_LABELS | frozenset(
        {
            "法人番号",
            "法人No",
            "適格請求書発行事業者登録番号",
            "インボイス番号",
            "インボイス登録番号",
            "corporate number",
            "invoice registration number",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Nobodys | None:
        """Demand the check digit, and a label where no "T" stands before the digits."""
        if not corporate_number(digits(text.value[hit.start : hit.end])):
            return None
        if hit.pattern == "number" and text.label(hit.start, hit.end, self.labels) is None:
            return None
        return Nobodys(hit.start, hit.end)
