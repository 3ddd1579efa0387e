"""Patient numbers 患者番号."""

import re

from scanners.detectors.evidence import PATTERN, alone, digits, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Evidence, EvidenceKind, Match

_MEDICAL = re.compile(
    "検査|患者|カルテ|診療|診察|外来|入院|病棟|病院|医院|クリニック|主治医|処方|検体|紹介|看護|[Pp]atient|[Cc]linic|[Hh]ospital|[Dd]iagnos"
)
_BETWEEN = re.compile(r"(?:番号|No|ID|is|number|[ .:#=\"'()\[\]>]){0,8}\Z", re.IGNORECASE)


class PatientId:
    """Patient number: a hospital's own number of a patient (患者番号, カルテ番号, MRN).

    What: up to four letters, 3 to 12 digits, maybe a hyphen between or a short branch behind.
    Source: each hospital's own rule; SS-MIX2 PID-3; no check digit.
    Found: right behind its label (患者ID, 診察券番号, "MRN") or in such a column; behind a bare "ID" only
    where medical words stand close by.
    Rejected: everything without label; dates and telephone numbers.
    """

    name = "patient_id"
    version = 1
    categories = frozenset({Category.PATIENT_ID})
    patterns = (Pattern("id", "[A-Za-z]{0,4}-?[0-9]{3,12}(-[0-9]{1,8})?"),)
    labels = frozenset(
        {
            "患者番号",
            "患者ID",
            "患者No",
            "患者コード",
            "患者識別番号",
            "カルテ番号",
            "カルテNo",
            "カルテID",
            "診察券番号",
            "診察券No",
            "診察券",
            "診療録番号",
            "診察番号",
            "MRN",
            "patient id",
            "patient no",
            "patient number",
            "pt id",
            "chart no",
            "chart number",
            "medical record no",
            "medical record number",
            "ID",
            "ID番号",
        }
    )
    _bare = frozenset({"ID", "ID番号"})

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand the label directly before the value; a bare ID needs medical surroundings."""
        if not alone(text.value, hit.start, hit.end) or len(digits(text.value[hit.start : hit.end])) > 16:
            return None
        label = text.label(hit.start, hit.end, self.labels, 14)
        if label is None:
            return None
        if label.start >= 0 and not label.column:
            between = text.value[hit.start - label.distance : hit.start]
            if not _BETWEEN.match(between.strip("\n")):
                return None
        context = None
        if label.word in self._bare:
            near = (text.column or "") + text.value[max(0, hit.start - 120) : hit.end + 120]
            if not _MEDICAL.search(near):
                return None
            context = Evidence(EvidenceKind.CONTEXT, "medical")
        return number("patient_id/1", Category.PATIENT_ID, hit.start, hit.end, PATTERN, label, context)
