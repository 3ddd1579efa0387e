"""Payment card numbers."""

import re

from scanners.check_digits import luhn
from scanners.detectors.evidence import (
    CHECK_DIGIT,
    PATTERN,
    SEPARATOR,
    alone,
    around,
    digits,
    is_foreign,
    names_somebody,
    number,
)
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.detectors.screens import checked, luhns
from scanners.model import Category, Evidence, EvidenceKind, Match

# Issuer ranges and lengths of ISO/IEC 7812 as the brands publish them: prefix low, high, lengths.
_BRANDS: tuple[tuple[str, int, int, frozenset[int]], ...] = (
    ("visa", 4, 4, frozenset({13, 16, 19})),
    ("mastercard", 51, 55, frozenset({16})),
    ("mastercard", 2221, 2720, frozenset({16})),
    ("jcb", 3528, 3589, frozenset({16, 17, 18, 19})),
    ("amex", 34, 34, frozenset({15})),
    ("amex", 37, 37, frozenset({15})),
    ("diners", 300, 305, frozenset({14, 16})),
    ("diners", 3095, 3095, frozenset({14, 16})),
    ("diners", 36, 36, frozenset({14, 16})),
    ("diners", 38, 39, frozenset({14, 16})),
    ("discover", 6011, 6011, frozenset({16, 19})),
    ("discover", 644, 659, frozenset({16, 19})),
    ("unionpay", 62, 62, frozenset({16, 17, 18, 19})),
)
_PAYMENT = re.compile(
    "有効期限|セキュリティコード|名義|VISA|Visa|Master|JCB|AMEX|American Express|Diners|"
    "カード払|CVV|CVC|[Ee]xp(?:iry|ir|\\.)"
)
# Quoted beside the number: a mail address, a telephone number, a day
_HOLDER = re.compile(
    r"['\"](?:[^'\"\s]+@[^'\"\s]+|0[0-9]{1,4}-?[0-9]{1,4}-?[0-9]{3,4}|(?:19|20)[0-9]{2}[-/][0-9]{2}[-/][0-9]{2})['\"]"
)


def brand(value: str) -> str | None:
    """Return the brand whose published ranges and lengths fit the digits, or None."""
    for name, low, high, lengths in _BRANDS:
        if len(value) in lengths and low <= int(value[: len(str(low))]) <= high:
            return name
    return None


class CreditCard:
    """Payment card: the number of a credit or debit card.

    What: 13 to 19 digits of a known brand, together or in groups.
    Source: ISO/IEC 7812-1 (issuer ranges, Annex B check digit).
    Found: brand range and check digit together with a label (カード番号, クレジット, "card number"), or
    grouped digits with payment words (有効期限, VISA, "exp")
    close by; quoted digits among a mail address, a telephone number or a day in a record of a dump.
    Rejected: numbers without such words, serial and chassis numbers, wrong check digits.
    """

    name = "credit_card"
    version = 2
    categories = frozenset({Category.CREDIT_CARD})
    patterns = (
        Pattern("four", SEPARATOR.join(["[0-9]{4}"] * 3) + SEPARATOR + "[0-9]{1,7}", announced=True),
        Pattern("quoted", "['\"][0-9]{14,16}['\"]", bounded=False),
        Pattern("listed", "[3-6][0-9]{13,15}", reach=600, screen=checked(luhns, 14, 15, 16)),
        Pattern("grouped", "[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{1,4}"),
        Pattern("amex", f"3[47][0-9]{{2}}{SEPARATOR}[0-9]{{6}}{SEPARATOR}[0-9]{{5}}"),
        Pattern("diners", f"3[0689][0-9]{{2}}{SEPARATOR}[0-9]{{6}}{SEPARATOR}[0-9]{{4}}"),
    )
    labels = frozenset(
        {
            "クレジットカード",
            "クレジットカード番号",
            "クレジット番号",
            "クレジット",
            "クレカ",
            "クレカ番号",
            "カード番号",
            "カード払い",
            "カード決済",
            "カード会社",
            "カード会員番号",
            "カード名義",
            "カード",
            "利用カード",
            "ご利用カード",
            "決済カード",
            "登録カード",
            "カード情報",
            "カードNo",
            "デビットカード",
            "credit card",
            "credit card no",
            "credit card number",
            "debit card",
            "card number",
            "card no",
            "card",
            "card on file",
            "payment card",
            "card used",
            "cc number",
            "cc no",
            "ccnum",
            "card num",
            "PAN",
            "pan",
            "visa",
            "mastercard",
            "jcb",
            "amex",
            "american express",
            "diners",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand brand, check digit, and a label or payment words beside grouped digits."""
        if hit.pattern == "quoted":
            hit = hit._replace(start=hit.start + 1, end=hit.end - 1)
        written = text.value[hit.start : hit.end]
        value = digits(written)
        if not alone(text.value, hit.start, hit.end) or not luhn(value) or (name := brand(value)) is None:
            return None
        plan = Evidence(EvidenceKind.NUMBERING_PLAN, name)
        label = text.label(hit.start, hit.end, self.labels, 24) if hit.announced else None
        if label is not None:
            return number(
                "credit_card/1", Category.CREDIT_CARD, hit.start, hit.end, PATTERN, CHECK_DIGIT, plan, label
            )
        if hit.pattern == "quoted":
            return self._recorded(hit, text, plan)
        grouped = written != value and "\n" not in written
        paid = grouped and _PAYMENT.search(around(text, hit.start, hit.end, 40))
        if not paid and not self._is_listed(hit, text):
            return None
        if is_foreign(text, hit.start, hit.end):
            return None
        context = Evidence(EvidenceKind.CONTEXT, "payment")
        return number(
            "credit_card/1", Category.CREDIT_CARD, hit.start, hit.end, PATTERN, CHECK_DIGIT, plan, context
        )

    def _is_listed(self, hit: Hit, text: Text) -> bool:
        """Say whether the text spoke of cards just before, or further above a number behind a name."""
        if text.speaks_of(self.labels, hit.start, 200):
            return True
        return text.speaks_of(self.labels, hit.start, 600) and names_somebody(text, hit.start)

    def _recorded(self, hit: Hit, text: Text, plan: Evidence) -> Match | None:
        """Judge quoted digits of a dump: a card stands among the data of its holder."""
        low, high = text.line(hit.start)
        line = text.value[max(low, hit.start - 200) : min(high, hit.end + 200)]
        if is_foreign(text, hit.start, hit.end) or len(_HOLDER.findall(line)) < 2:
            return None
        context = Evidence(EvidenceKind.CONTEXT, "record")
        return number(
            "credit_card/1", Category.CREDIT_CARD, hit.start, hit.end, PATTERN, CHECK_DIGIT, plan, context
        )
