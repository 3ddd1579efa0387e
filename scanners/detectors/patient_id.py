"""Patient numbers 患者番号."""

import re

from scanners.detectors.evidence import PATTERN, alone, around, digits, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.detectors.labelled_ids import FORM, labelled_id
from scanners.model import Category, Evidence, EvidenceKind, Match

_MEDICAL = re.compile(
    "検査|患者|カルテ|診療|診察|外来|入院|病棟|病院|医院|クリニック|主治医|処方|透析|手術|麻酔|内視鏡|病理|所見|投薬|服薬|検体|紹介|看護|[Pp]atient|[Cc]linic|[Hh]ospital|[Dd]iagnos|[Kk]arte|採血|内服|病名|健診"
)
_LOOSE = frozenset({"chart", "medical record"})
# "ID:" in a letter or form, a key "pid" of a record, "id" within a "patient"
_HEAD = (
    r"(ID[ :.=#]{1,12}|(pid|PID|patient)[\"'][ :]{1,3}[\"']"
    r"|patient[\"'][ :]{1,3}[{]\s{0,12}[\"'](id|no|code)[\"'][ :]{1,3}[\"']?)"
)
_NUMBER = "[A-Za-z]{0,4}-?[0-9]{2,12}(-[0-9]{1,8}){0,2}"
_BARE = re.compile(f"{_HEAD}(?P<value>{_NUMBER})")


class PatientId:
    """Patient number: a hospital's own number of a patient (患者番号, カルテ番号, MRN).

    What: up to four letters, 4 to 12 digits, maybe a hyphen between or short branches behind.
    Source: each hospital's own rule; SS-MIX2 PID-3; no check digit.
    Found: right behind its label (患者ID, 診察券番号, "MRN") or in such a column, the name of the hospital
    between them allowed; behind a bare "ID" or the key "pid" only where medical words stand close by.
    Rejected: everything without label; dates and telephone numbers.
    """

    name = "patient_id"
    version = 3
    categories = frozenset({Category.PATIENT_ID})
    patterns = (
        Pattern("id", FORM, announced=True),
        Pattern("bare", _HEAD + _NUMBER, bounded=False),
    )
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
            "患者さんID",
            "患者様ID",
            "患者様番号",
            "患者登録番号",
            "患者ID番号",
            "患者識別ID",
            "カルテ",
            "カルテ番",
            "診療録No",
            "診療ID",
            "診察券ID",
            "診察カード番号",
            "受診番号",
            "受診者番号",
            "受診者ID",
            "外来番号",
            "入院番号",
            "院内ID",
            "当院番号",
            "当院ID",
            "当院No",
            "院内番号",
            "病院番号",
            "病院ID",
            "病歴番号",
            "病歴No",
            "診療券番号",
            "診療券",
            "診察ID",
            "診察No",
            "患者CD",
            "患者整理番号",
            "患者管理番号",
            "患者照合番号",
            "来院番号",
            "外来ID",
            "入院ID",
            "薬歴番号",
            "薬歴No",
            "健診番号",
            "健診ID",
            "検診番号",
            "受診ID",
            "受診No",
            "受検者番号",
            "透析番号",
            "登録患者番号",
            "hosp no",
            "hosp. no",
            "hosp id",
            "clinic no",
            "clinic id",
            "clinic chart",
            "chart",
            "chart id",
            "mr no",
            "mr number",
            "medical record",
            "medical record id",
            "uhid",
            "patient code",
            "patient key",
            "karte id",
            "karte bango",
            "chart code",
            "shinsatsuken no",
            "shinsatsuken",
            "kanja code",
            "kanja no",
            "kanja id",
            "kanja bango",
            "karte no",
            "hospital no",
            "hospital number",
            "hospital id",
            "unit no",
            "unit number",
            "pt no",
            "pt number",
            "patient id",
            "patient no",
            "patient number",
            "pt id",
            "chart no",
            "chart number",
            "medical record no",
            "medical record number",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand the label directly before the value; a bare ID needs medical surroundings."""
        if hit.pattern == "bare":
            return self._bare(hit, text)
        match = labelled_id(hit, text, self.labels, Category.PATIENT_ID, "patient_id/1")
        if match is not None and match.evidence[-1].detail in _LOOSE:
            # A chart is also a drawing, and its number a year or a count.
            written = text.value[hit.start : hit.end]
            if (written.isdigit() and len(written) < 5) or not _MEDICAL.search(
                around(text, hit.start, hit.end, 400)
            ):
                return None
        return match

    def _bare(self, hit: Hit, text: Text) -> Match | None:
        """Judge "ID:" before a number: anybody's ID, unless medical words stand close by."""
        found = _BARE.match(text.value, hit.start, hit.end)
        if found is None or len(digits(found["value"])) < 4 or not alone(text.value, hit.start, hit.end):
            return None
        # The key of a record stands at its head, the words of medicine all through the file.
        keyed = text.value[hit.end : hit.end + 1] in ("'", '"')
        if not _MEDICAL.search(around(text, hit.start, hit.end, 1_500 if keyed else 120)):
            return None
        label = Evidence(EvidenceKind.LABEL, "ID")
        context = Evidence(EvidenceKind.CONTEXT, "medical")
        start = found.start("value")
        return number("patient_id.bare/1", Category.PATIENT_ID, start, hit.end, PATTERN, label, context)
