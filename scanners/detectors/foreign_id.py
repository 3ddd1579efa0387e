"""Numbers that other countries give a person."""

import re

from scanners.detectors.interface import Hit, Pattern, Text
from scanners.detectors.labelled_ids import labelled_id
from scanners.model import Category, Match

# Groups that hold digits, letters alone only before them or as a single one behind them
_FORM = re.compile(
    r"(?:[A-Za-z]{1,3}[ -]?)?[0-9][0-9A-Za-z]*(?:[ -](?:[A-Za-z]?[0-9][0-9A-Za-z]*|[A-Za-z](?![A-Za-z])))*"
)
_ENOUGH = re.compile(r"(?:[^0-9]*[0-9]){4}")


class ForeignId:
    """Number of a person abroad: social security, tax and identity numbers of other countries.

    What: 6 to 20 letters and digits in groups, at least four of them digits.
    Source: names of these numbers in their countries' own forms. Their check digits are looked at by
    Presidio's recognizers, for units abroad or with `daicho scan --countries` (docs/presidio.md).
    Found: the form right behind such a name (SSN, NRIC, 外国人登録番号) or in its column.
    Rejected: the form alone.
    """

    name = "foreign_id"
    version = 1
    categories = frozenset({Category.FOREIGN_ID})
    patterns = (Pattern("id", "[A-Za-z0-9]{1,12}([ -][A-Za-z0-9]{1,8}){0,4}", bounded=False, announced=True),)
    labels = frozenset(
        {
            "SSN",
            "social security number",
            "social security no",
            "national insurance no",
            "national insurance number",
            "NINO",
            "NHS number",
            "NHS no",
            "NRIC",
            "NRIC no",
            "FIN no",
            "aadhaar",
            "aadhaar no",
            "aadhaar number",
            "PAN no",
            "national id",
            "national id no",
            "national identity number",
            "national identification number",
            "identity card no",
            "tax file number",
            "social insurance number",
            "resident registration number",
            "住民登録番号",
            "外国人登録番号",
            "身分証番号",
            "身分証明書番号",
            "社会保障番号",
            "国民識別番号",
            "納税者番号",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand the name directly before the value, and enough digits."""
        form = _FORM.match(text.value, hit.start, hit.end)
        if form is None or not 6 <= len(form.group()) <= 20 or not _ENOUGH.match(form.group()):
            return None
        exact = hit._replace(end=form.end())
        return labelled_id(exact, text, self.labels, Category.FOREIGN_ID, "foreign_id/1")
