"""Telephone numbers."""

import re

from scanners.check_digits import is_uniform
from scanners.detectors.evidence import PATTERN, alone, around, digits, is_foreign, number, stand_alone
from scanners.detectors.interface import Hit, Label, Pattern, Text
from scanners.layout import Layout, Mask, Places
from scanners.model import Category, Evidence, EvidenceKind, Match

_JOIN = "[ ().・-]{0,2}\n?"
_TWO = frozenset({"03", "04", "06"})
_THREE_WORDS = """
    011 015 017 018 019 022 023 024 025 026 027 028 029 042 043 044 045 046 047 048 049 052 053 054 055
    058 059 072 073 075 076 077 078 079 082 083 084 086 087 088 089 092 093 095 096 097 098 099
"""
_THREE = frozenset(_THREE_WORDS.split())
# Four-digit codes follow from the first three digits; five-digit codes are few and listed by the ministry.
_FIVE_WORDS = """
    01267 01372 01374 01377 01392 01397 01398 01456 01457 01466 01547 01558 01564 01586 01587 01632
    01634 01635 01648 01654 01655 01656 01658 04992 04994 04996 04998 05769 05979 07468 08387 08388
    08396 08477 08512 08514 09496 09802 09912 09913 09969
"""
_FIVE = frozenset(_FIVE_WORDS.split())
_BUSINESS = ("0120", "0800", "0570", "0180", "0990", "020", "0170")
_MOBILE = frozenset({"060", "070", "080", "090"})
_CONTACT = re.compile("@|[Tt]el|TEL|電話|携帯|[Mm]obile|[Cc]ell|[Pp]hone|FAX|[Ff]ax|連絡先")
# A number of a thing: 「集計コード 090-…」, "SAMPLE_CODE = 090-…". The word stands directly before it.
_CODE_BEFORE = re.compile(
    r"(?:[一-龥ァ-ヴー](?:コード|番号|記号|キー)|[A-Za-z_]*(?:CODE|[Cc]ode|SKU|sku|SERIAL|[Ss]erial|[Aa]rticle|"
    r"[Pp]art|[Ii]tem|[Kk]ey|KEY|_ID|_id|_NO|_no|LOT|[Ll]ot)(?: ?(?:[Nn]o|NO|[Nn]umber|#))?\.?)"
    r"[\"'\])]? ?[:=|]{0,2} ?[\"'(\[]?\Z"
)
_BEHIND_CODE = "\"'])([ :=|#."
_CODE_WORDS = (
    "コード 番号 記号 キー CODE ode SKU sku SERIAL erial rticle art tem ey KEY ID id NO No no umber LOT ot"
)
_CODE_ENDS = tuple(_CODE_WORDS.split())  # what `_CODE_BEFORE` ends with, looked at before it is tried
_CALLED = re.compile("電話|携帯|直通|緊急|内線|呼出|連絡|通話|発信|着信|代表|問い?合")
# Words for goods earlier on the line speak against a telephone where nothing on the line speaks for one.
_GOODS = re.compile(
    r"[品型図機]番|型式|部品|品名|品目|製品|商品|機種|ロット|シリアル|JAN|SKU|"
    r"\b(?:[Pp]arts?|[Aa]rticles?|[Ii]tems?|[Ss]erial|[Ll]ot|[Pp]roducts?|[Oo]rder [Nn]o)\b"
)
_SPOKEN = re.compile(
    "様|さん|氏|殿|担当|まで|連絡|問い?合|窓口|宛|呼び?出|住所|〒|[Cc]all|[Cc]ontact|[Nn]ame"
)
_COUNTRY = re.compile(  # ITU-T E.164: one digit for 1 and 7, two for these, three for the rest in use
    "1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|21[1-368]|2[2-69][0-9]|3[578][0-9]|42[0-3]|"
    "50[0-9]|59[0-9]|6[789][0-9]|8[058][0-9]|96[0-8]|97[0-79]|99[2-68]"
)
_ABROAD = re.compile(r"\+[0-9]{1,3}[ (.-]{1,2}\Z")
_BROKEN_MOBILE = re.compile("0[5-9]0(?:-\n?|\n-)[0-9]{4}(?:-\n?|\n-)[0-9]{4}")
_MOBILE_GROUPS = re.compile("080[ -]{1,2}0[0-9]{3}[ -]{1,2}[0-9]{4}")
# A slash parts two ways to reach somebody: 03-…/03-…, 090-…/taro@…. Elsewhere it makes a code of both sides.
_OTHER_BEFORE = re.compile(r"(?:0[0-9()]{1,5}-?[0-9]{1,4}-?[0-9]{4}|@[A-Za-z0-9.-]{4,64})/\Z")
_OTHER_BEHIND = re.compile(r"/(?:\(?0[0-9()]{1,5}-?[0-9]{1,4}-?[0-9]{4}|[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9])")
_WORDS = re.compile("[ぁ-んァ-ヶ一-龥@]|[A-Za-z][a-z]{2}")
_CODES = re.compile("[0-9]{5}|[A-Z][0-9]{3}|[0-9]{3}-[0-9]{4}")


def area(value: str) -> str | None:
    """Return the longest area code (with its 0) that begins ten digits of the fixed network, or None."""
    if len(value) != 10 or value[0] != "0" or value[1] == "0" or value.startswith(_BUSINESS):
        return None
    if value[:5] in _FIVE:
        return value[:5]
    if value[2] == "0":
        return value[:2] if value[:2] in {"03", "06"} else None
    if value[:2] in {"03", "06"}:
        return value[:2]
    return value[:3] if value[:3] in _THREE else value[:4]


def plan(value: str) -> str | None:
    """Return what the Japanese numbering plan says of the digits: "mobile", "ip", "fixed" or None.

    Free dial, navigation dial and machine-to-machine numbers belong to businesses and give None.
    """
    if len(value) == 11 and value[:3] in _MOBILE:
        return None if value.startswith("0800") else "mobile"
    if len(value) == 11 and value.startswith("050") and value[3] != "0":
        return "ip"
    return "fixed" if area(value) else None


def _groups(*sizes: str) -> str:
    """Return an expression of digits in groups of these sizes; what joins them may be left out."""
    return "|".join(_JOIN.join(f"[0-9]{{{size}}}" if size > "0" else "" for size in each) for each in sizes)


# Behind the two first digits of ten (fixed network) and the three first of eleven (mobile and IP)
_TEN = _groups("044", "134", "224", "314", "143", "233", "323")
_ELEVEN = _groups("044", "134", "224", "143", "233")


def _stands_alone(layout: Layout, starts: Places, ends: Places, announced: Mask) -> Mask:
    beside_slash = layout.is_one_of(starts - 1, "/") | layout.is_one_of(ends, "/")
    return announced | beside_slash | layout.is_one_of(starts, "(") | stand_alone(layout, starts, ends)


def _alone(value: str, start: int, end: int, label: Label | None) -> bool:
    if alone(value, start, end, label):
        return True
    low, high = max(0, start - 2), end + 2
    if value[start - 1 : start] == "/" and _OTHER_BEFORE.search(value[max(0, start - 70) : start]):
        low = start
    if _OTHER_BEHIND.match(value, end):
        high = end
    return alone(value[low:high], start - low, end - low, label)


class Phone:
    """Telephone: numbers of the Japanese plan, and international ones.

    What: 0AB to J with area code (10 digits), 060/070/080/090 and 050 (11 digits), +81, E.164 abroad.
    Source: MIC numbering plan 電気通信番号計画 (060 for mobiles from July 2026); ITU-T E.164; NANP.
    Found: numbers grouped as the plan groups them, a slash between two ways to reach
    somebody; without hyphens with a label (電話, 携帯, TEL) or,
    for mobiles, where nothing else names them; North American forms with a label or beside an address.
    Rejected: 0120, 0800, 0570 (businesses); numbers behind words like 品番 or 伝票番号; parts of codes.
    """

    name = "phone"
    version = 4
    categories = frozenset({Category.PHONE})
    patterns = (
        Pattern("national", rf"\(?0(?:[1-9](?:{_TEN})|[5-9]0(?:{_ELEVEN}))", screen=_stands_alone),
        Pattern("broken", "0[0-9]{1,9} ?\n[0-9]{1,9}"),
        Pattern("japan", rf"\+81[ (.-]{{0,2}}0?\)?[0-9]{{1,4}}{_JOIN}[0-9]{{1,4}}{_JOIN}[0-9]{{3,4}}"),
        Pattern("abroad", r"\+[1-9][0-9]{0,2}[ ().-]{1,2}[0-9]{1,4}([ ().-]{1,2}[0-9]{2,4}){2,3}"),
        Pattern("mobile_abroad", r"\+[1-9][0-9]{0,2}[ ().-]{1,2}[0-9]{2,4}[ ().-]{1,2}[0-9]{5,9}"),
        Pattern("compact_abroad", r"\+[1-9][0-9]{7,14}"),
        Pattern("american", r"\(?[2-9][0-9]{2}[ ).-]{1,2}[0-9]{3}[ .-][0-9]{4}"),
    )
    labels = frozenset(
        {
            "電話",
            "電話番号",
            "自宅電話",
            "自宅電話番号",
            "携帯",
            "携帯電話",
            "携帯番号",
            "携帯電話番号",
            "スマホ",
            "連絡先",
            "緊急連絡先",
            "連絡先電話番号",
            "直通",
            "でんわ",
            "デンワ",
            "ケータイ",
            "ファックス",
            "ファクス",
            "ファクシミリ",
            "℡",
            "TEL",
            "tel no",
            "tel number",
            "fax",
            "fax no",
            "phone",
            "phone no",
            "phone number",
            "telephone",
            "telephone number",
            "mobile",
            "mobile phone",
            "mobile no",
            "mobile number",
            "cell",
            "cell phone",
            "cellphone",
            "contact no",
            "contact number",
            "direct line",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand the numbering plan, and a label where the digits are not grouped as it groups them."""
        start, end = hit.start, hit.end
        written = text.value[start:end]
        if written.startswith("(") and ")" not in written:
            start, written = start + 1, written[1:]
        label = text.label(start, end, self.labels, 30) if hit.announced else None
        if not _alone(text.value, start, end, label):
            return None
        if label is None and (
            ("\n" in written and not _BROKEN_MOBILE.fullmatch(written))
            or is_foreign(text, start, end)
            or _among_codes(start, end, text)
            or (not written.startswith("+") and _names_thing(start, end, text))
        ):
            return None
        match hit.pattern:
            case "american":
                return self._american(start, end, text, label)
            case "compact_abroad" if label is None:
                return None
            case "abroad" | "mobile_abroad" | "compact_abroad":
                return self._abroad(start, end, written, label)
            case "japan":
                value = "0" + digits(written)[2:].removeprefix("0")
            case _:
                value = digits(written)
        return self._national(start, end, value, written, label)

    def _national(self, start: int, end: int, value: str, written: str, label: Label | None) -> Match | None:
        kind = None if is_uniform(value[-8:]) else plan(value)
        if kind is None and _MOBILE_GROUPS.fullmatch(written):
            kind = "mobile"  # 0800 written 3-4-4: free dial is written 4-3-4
        if kind is None:
            return None
        grouped = written.startswith("+") or _is_grouped(written, value, kind)
        if not grouped and label is None and (kind != "mobile" or written != value):
            return None
        evidence = Evidence(EvidenceKind.NUMBERING_PLAN, kind)
        form = PATTERN if grouped else None
        return number(f"phone.{kind}/1", Category.PHONE, start, end, form, evidence, label)

    def _abroad(self, start: int, end: int, written: str, label: Label | None) -> Match | None:
        value = digits(written)
        if not 8 <= len(value) <= 15 or value.startswith("81") or not _COUNTRY.match(value):
            return None
        evidence = Evidence(EvidenceKind.NUMBERING_PLAN, "e164")
        return number("phone.abroad/1", Category.PHONE, start, end, PATTERN, evidence, label)

    def _american(self, start: int, end: int, text: Text, label: Label | None) -> Match | None:
        context = Evidence(EvidenceKind.CONTEXT, "contact") if label is None else None
        low, high = text.line(start)
        line = text.value[max(low, start - 80) : min(high, end + 40)]
        if label is None and not _CONTACT.search(line) and not _CONTACT.search(around(text, start, end, 40)):
            return None
        if _ABROAD.search(text.value[max(0, start - 6) : start]):
            return None
        evidence = Evidence(EvidenceKind.NUMBERING_PLAN, "nanp")
        return number("phone.american/1", Category.PHONE, start, end, PATTERN, evidence, label, context)


def _names_thing(start: int, end: int, text: Text) -> bool:
    """Say whether the line tells of goods or codes and of nobody to call."""
    low, high = text.line(start)
    before = text.value[max(low, start - 60) : start]
    if before.rstrip(_BEHIND_CODE).endswith(_CODE_ENDS):
        code = _CODE_BEFORE.search(before)
        if code is not None and not _CALLED.search(before, max(0, code.start() - 6)):
            return True
    if _GOODS.search(before) is None:
        return False
    line = before + text.value[end : min(high, end + 60)]
    return not (_CONTACT.search(line) or _SPOKEN.search(line))


def _among_codes(start: int, end: int, text: Text) -> bool:
    """Say whether the line is a row of codes without a single word: there a telephone is one more code."""
    low, high = text.line(start)
    before, after = text.value[max(low, start - 80) : start], text.value[end : min(high, end + 80)]
    if _WORDS.search(before) or _WORDS.search(after):
        return False
    return _CODES.search(before) is not None or _CODES.search(after) is not None


def _is_grouped(written: str, value: str, kind: str) -> bool:
    """Say whether separators stand where the plan puts them: after the area code and before the last four."""
    groups = re.findall("[0-9]+", written)
    if kind in {"mobile", "ip"}:
        return [len(group) for group in groups] in ([3, 4, 4], [3, 8])
    if len(groups) == 3:
        code = groups[0]
        known = code in _TWO or code in _THREE or code in _FIVE or len(code) == 4
        return known and len(groups[2]) == 4 and len(value) == 10
    return len(groups) == 2 and len(groups[0]) <= 5 and len(groups[1]) in {6, 7, 8}
