"""Numbers of residence cards 在留カード."""

import re

from scanners.detectors.evidence import PATTERN, alone, is_foreign, is_topic, names_somebody, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Evidence, EvidenceKind, Match

_TOPIC = re.compile(
    "在留|国籍|外国人|技能実習|特定技能|査証|ビザ|永住|入管|"
    "[Rr]esiden(?:ce|t) (?:card|permit|status)|[Vv]isa|[Ii]mmigration"
)


class ResidenceCard:
    """Residence card: the number of a 在留カード or 特別永住者証明書.

    What: two letters, eight digits, two letters.
    Source: Immigration Control Act Art. 19-4; Cabinet Order of APPI Art. 1; no check digit is published.
    Found: the form behind a label (在留カード, 特別永住者証明書, "residence card") or in such a column;
    behind a person's name in a text about foreigners' residence.
    Rejected: the form alone (serial numbers look the same); parts of longer codes.
    """

    name = "residence_card"
    version = 2
    categories = frozenset({Category.RESIDENCE_CARD})
    patterns = (
        Pattern("card", "[A-Za-z]{2}[ -]?[0-9]{8}[ -]?[A-Za-z]{2}", bounded=False, announced=True),
        Pattern("listed", "[A-Z]{2}[0-9]{8}[A-Z]{2}", bounded=False),
    )
    labels = frozenset(
        {
            "在留カード",
            "在留カード番号",
            "在留カードNo",
            "在留番号",
            "在留",
            "在留カ",
            "在留資格",
            "在留カード等番号",
            "在留資格証明",
            "ARC",
            "zairyu",
            "zairyu no",
            "zairyu card no",
            "residence permit",
            "residence no",
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
        label = text.label(hit.start, hit.end, self.labels) if hit.announced else None
        if label is None:
            if hit.pattern != "listed" or is_foreign(text, hit.start, hit.end):
                return None
            reach = 1_500 if names_somebody(text, hit.start) else 600
            if not is_topic(text, hit.start, hit.end, _TOPIC, reach):
                return None
        reason = label or Evidence(EvidenceKind.CONTEXT, "residence")
        form = None if label else Evidence(EvidenceKind.DICTIONARY, "residence")
        return number("residence_card/1", Category.RESIDENCE_CARD, hit.start, hit.end, PATTERN, reason, form)
