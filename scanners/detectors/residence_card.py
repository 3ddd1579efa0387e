"""Numbers of residence cards 在留カード."""

from scanners.detectors.evidence import PATTERN, alone, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Match


class ResidenceCard:
    """Residence card: the number of a 在留カード or 特別永住者証明書.

    What: two letters, eight digits, two letters.
    Source: Immigration Control Act Art. 19-4; Cabinet Order of APPI Art. 1; no check digit is published.
    Found: the form behind a label (在留カード, 特別永住者証明書, "residence card") or in such a column.
    Rejected: the form alone (serial numbers look the same); parts of longer codes.
    """

    name = "residence_card"
    version = 1
    categories = frozenset({Category.RESIDENCE_CARD})
    patterns = (Pattern("card", "[A-Za-z]{2}[ -]?[0-9]{8}[ -]?[A-Za-z]{2}", bounded=False, announced=True),)
    labels = frozenset(
        {
            "在留カード",
            "在留カード番号",
            "在留カードNo",
            "在留番号",
            "特別永住者証明書",
            "特別永住者証明書番号",
            "residence card",
            "residence card no",
            "residence card number",
            "resident card",
            "zairyu card",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand a label: the form has no check digit."""
        if not alone(text.value, hit.start, hit.end):
            return None
        label = text.label(hit.start, hit.end, self.labels)
        if label is None:
            return None
        return number("residence_card/1", Category.RESIDENCE_CARD, hit.start, hit.end, PATTERN, label)
