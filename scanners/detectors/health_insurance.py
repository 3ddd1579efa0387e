"""Numbers of health and care insurance."""

import re

from scanners.check_digits import is_uniform, modulus_10_weight_21
from scanners.detectors.evidence import CHECK_DIGIT, PATTERN, alone, digits, is_topic, number
from scanners.detectors.interface import Hit, Label, Pattern, Text
from scanners.layout import Layout, Mask, Places
from scanners.model import Category, Evidence, EvidenceKind, Match

_CARD = re.compile(
    "保険証|被保険|保険者|健康保険|保険[ :]|資格確認|資格情報|国保|社保|健保|共済|後期高齢|枝番|"
    "[Ii]nsur|[Hh]oken"
)
_CARE_TOPIC = re.compile("[Kk]aigo|介護|要支援|ケアマネ|ケアプラン|居宅サービス")
_OTHER_INSURANCE = re.compile("雇用保険|労災|自動車保険|火災保険|生命保険")
_POST = re.compile("ゆうちょ|口座|通帳|貯金|振込|返金|引落")
_SYMBOL = "[0-9A-Za-z一-龥ぁ-んァ-ヶー-]{1,12}"
_SYMBOL_VALUE = re.compile(
    rf"(?:記号|[Kk]igo|[Ss]ymbol)[ :=・\"'>]{{0,4}}"
    rf"(?P<value>(?!番号|及び|等|の|と|は){_SYMBOL}(?:・{_SYMBOL})?)"
)
_NUMBER_VALUE = re.compile(
    r"(?:番号|[Bb]ango)[ :=\"'>]{0,4}(?P<value>[0-9]{1,8}(?:-[0-9]{1,3})?)(?![0-9A-Za-z])"
)
_BOTH = re.compile(
    r"記号[・/、 ]{0,2}番号[ :=]{0,3}(?P<symbol>[0-9A-Za-z一-龥ぁ-んァ-ヶ]{1,8})"
    r"[ ・/.、-]{1,3}(?P<number>[0-9]{1,8})(?![0-9])"
)
_SYMBOL_BEFORE = re.compile("記号|[Kk]igo|[Ss]ymbol")
_INSURER_BEFORE = re.compile(r"(?<![0-9])([0-9]{8}|[0-9]{6})[ |,/]{1,3}記号")
_INSURER = frozenset(
    {
        "保険者番号",
        "保険者番号等",
        "保険者No",
        "保険者コード",
        "保険者",
        "保険",
        "hokensha no",
        "hokensha bango",
        "ホケン",
        "hokensha",
        "insurer number",
        "insurer no",
        "insurer id",
        "insurer",
    }
)
_INSURED = frozenset(
    {
        "被保険者番号",
        "被保険者証番号",
        "被保険者証の番号",
        "後期高齢者医療被保険者番号",
        "後期高齢者被保険者番号",
        "保険証番号",
        "健康保険証番号",
        "健康保険番号",
        "保険証の番号",
        "資格確認書番号",
        "資格確認書の番号",
        "資格情報のお知らせ",
        "資格情報の番号",
        "被保険者等番号",
        "被保険者No",
        "被保険者証",
        "被保険者証No",
        "保険証",
        "保険証No",
        "健康保険証",
        "資格確認書",
        "資格確認書No",
        "hihokensha no",
        "hihokensha bango",
        "hihokensha",
        "hokensho no",
        "insured number",
        "insured no",
        "insured person number",
        "insurance card no",
        "insurance card number",
        "health insurance no",
        "health insurance number",
    }
)
_CARE = frozenset(
    {
        "介護保険被保険者番号",
        "介護被保険者番号",
        "介護保険番号",
        "介護保険証番号",
        "介護保険者番号",
        "介護保険被保険者証番号",
    }
)
_PAYER = frozenset(
    {"公費負担者番号", "公費負担番号", "負担者番号", "公費番号", "第一公費負担者番号", "第二公費負担者番号"}
)
_RECIPIENT = frozenset(
    {
        "公費受給者番号",
        "公費負担医療の受給者番号",
        "公費負担医療受給者番号",
        "公費負担受給者番号",
        "受給者番号",
        "受給者証番号",
        "医療受給者番号",
        "医療受給者証番号",
    }
)
_SYMBOLS = frozenset(
    {"保険証記号", "被保険者記号", "被保険者証記号", "被保険者等記号", "健康保険証記号", "資格確認書記号"}
)


def _begins_a_word(layout: Layout, starts: Places, _ends: Places, _announced: Mask) -> Mask:
    """Say where no kanji stands before 「番号」: 「会員番号」 is no word of an insurance card."""
    return ~layout.within(starts - 1, "一", "龥")


def _is_behind_insurer(near: str) -> bool:
    """Say whether the number of an insurer with its right check digit stands directly before 「記号」."""
    insurer = _INSURER_BEFORE.search(near)
    return insurer is not None and modulus_10_weight_21(insurer[1])


class HealthInsurance:
    """Health insurance: insurer, symbol and number of the insured, late-elderly, care and public payers.

    What: insurer 8 digits (national health insurance 6) with check digit; symbol free text; number up to 8
    digits; late-elderly insured 8 digits; long-term-care insured 10 digits (or H and 9); public payers 公費
    負担者番号 8 digits with check digit, their recipients 受給者番号 7 digits.
    Source: Health Insurance Act Enforcement Regulation; MHLW notice on insurer numbers (modulus 10,
    weights 2 and 1); Cabinet Order of APPI Art. 1.
    Found: behind their labels (保険者番号, 被保険者番号 …) or in columns; 「記号 … 番号 …」 where words of
    an insurance card stand close by.
    Rejected: insurer numbers with a wrong check digit; post bank symbols; employment insurance.
    """

    name = "health_insurance"
    version = 2
    categories = frozenset({Category.HEALTH_INSURANCE})
    patterns = (
        Pattern("insurer", "[0-9]{6}([0-9]{2})?", announced=True),
        Pattern("insured", "[0-9]{4,8}(-[0-9]{1,3})?", announced=True),
        Pattern("care", "[0-9H][0-9]{9}", announced=True),
        Pattern("payer", "[0-9]{8}", announced=True),
        Pattern("recipient", "[0-9]{7}", announced=True),
        Pattern("symbol", "(記号|[Kk]igo|[Ss]ymbol)", bounded=False),
        Pattern("number", "(番号|[Bb]ango)", bounded=False, screen=_begins_a_word),
        Pattern("both_symbol", "記号[・/、 ]{0,2}番号", bounded=False),
        Pattern("both_number", "記号[・/、 ]{0,2}番号", bounded=False),
    )
    labels = _INSURER | _INSURED | _CARE | _SYMBOLS | _PAYER | _RECIPIENT

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Tell the kind by its pattern and demand label, check digit or the words of a card."""
        match hit.pattern:
            case "insurer":
                return self._labelled(hit, text, _INSURER, 24)
            case "insured":
                return self._labelled(hit, text, _INSURED | _SYMBOLS, 16)
            case "care":
                return self._labelled(hit, text, _CARE | _INSURED, 16)
            case "payer":
                return self._labelled(hit, text, _PAYER, 24)
            case "recipient":
                return self._labelled(hit, text, _RECIPIENT, 16)
            case "symbol":
                return self._card(
                    hit, _SYMBOL_VALUE.match(text.value, hit.start, hit.start + 24), "value", text
                )
            case "number":
                return self._card(
                    hit, _NUMBER_VALUE.match(text.value, hit.start, hit.start + 24), "value", text
                )
            case _:
                both = _BOTH.match(text.value, hit.start, hit.start + 40)
                return self._card(hit, both, hit.pattern.removeprefix("both_"), text)

    def _labelled(self, hit: Hit, text: Text, labels: frozenset[str], reach: int) -> Match | None:
        value = digits(text.value[hit.start : hit.end])
        if not alone(text.value, hit.start, hit.end) or (is_uniform(value) and len(value) > 1):
            return None
        label = text.label(hit.start, hit.end, labels, reach)
        if label is None or (hit.pattern == "care" and not self._is_care(label, text, hit)):
            return None
        check = None
        if hit.pattern in {"insurer", "payer", "recipient"}:
            if modulus_10_weight_21(value):
                check = CHECK_DIGIT
            elif hit.pattern != "recipient":
                return None
        rule = f"health_insurance.{hit.pattern}/1"
        return number(rule, Category.HEALTH_INSURANCE, hit.start, hit.end, PATTERN, check, label)

    def _is_care(self, label: Label, text: Text, hit: Hit) -> bool:
        if label.word in _CARE or "介護" in (text.column or ""):
            return True
        return is_topic(text, hit.start, hit.end, _CARE_TOPIC, 400)

    def _card(self, hit: Hit, found: re.Match[str] | None, group: str, text: Text) -> Match | None:
        """Judge 「記号 …」 and 「番号 …」: only among the words of an insurance card."""
        if found is None or text.column is not None:
            return None
        start, end = found.span(group)
        before = text.value[hit.start - 1] if hit.start else " "
        if hit.pattern == "number" and "一" <= before <= "龥":
            return None
        low, high = text.line(hit.start)
        near = text.value[max(low, hit.start - 40) : min(high, end + 40)]
        if low == hit.start or not _CARD.search(near):
            near = text.value[max(0, low - 40) : low] + near
        insured = _CARD.search(near) or _is_behind_insurer(near)
        if not insured or _OTHER_INSURANCE.search(near) or _POST.search(near):
            return None
        if hit.pattern == "number" and not _SYMBOL_BEFORE.search(
            text.value, max(0, hit.start - 40), hit.start
        ):
            return None
        word = "記号" if "symbol" in hit.pattern else "番号"
        context = Evidence(EvidenceKind.CONTEXT, "insurance_card")
        label = Evidence(EvidenceKind.LABEL, word)
        rule = f"health_insurance.{hit.pattern}/1"
        return number(rule, Category.HEALTH_INSURANCE, start, end, PATTERN, label, context)
