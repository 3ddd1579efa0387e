"""Bank and post bank accounts."""

import re

from scanners.check_digits import is_uniform, yucho
from scanners.detectors.evidence import CHECK_DIGIT, PATTERN, alone, digits, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Evidence, EvidenceKind, Match

_PAIR = "(記号|[Kk]igo)[^0-9\n]{0,4}[01][0-9]{4}"
_PAIR_PARTS = re.compile(
    "(?:記号|[Kk]igo)[^0-9\n]{0,4}([0-9]{5})([^0-9]{1,40})(?:[0-9]-)?([0-9]{2,8})(?![0-9])"
)
_JOINED = re.compile("[ ,、:・)/\n-]{0,4}の?[ :]{0,3}|[^。]*(?:番号|[Bb]ango)[^。]{0,4}")
_BANK = re.compile(
    "銀行|信用金庫|信金|信用組合|信組|農協|労働金庫|労金|支店|出張所|口座|振込|振替|引落|預金|ゆうちょ|[Bb]ank|[Bb]ranch|[Aa]ccount"
)
_POST = re.compile("ゆうちょ|郵便|貯金|口座|振込|振替|返金|引落|通帳|送金")
_KINDS = frozenset({"普通", "当座", "貯蓄", "普"})


class BankAccount:
    """Bank: account numbers of banks, and symbol and number of the post bank (Yucho).

    What: seven digits behind kind or label; Yucho symbol 記号 of five and number 番号 of two to eight digits.
    Source: Zengin format of account numbers; Japan Post Bank's rule of symbol and number.
    Found: behind 口座番号 or "account no", behind 普通 or 当座 where a bank stands close by, in columns;
    Yucho pairs whose check digit is right or that stand among words of payment.
    Rejected: seven digits without label; symbol and number of insurance cards; branch codes.
    """

    name = "bank_account"
    version = 1
    categories = frozenset({Category.BANK_ACCOUNT})
    patterns = (
        Pattern("account", "[0-9]{6,8}", announced=True),
        Pattern("branch", "[0-9]{3}-[0-9]{7}", announced=True),
        Pattern("yucho_symbol", _PAIR),
        Pattern("yucho_number", _PAIR),
        Pattern("yucho_joined", "[01][0-9]{4}-([0-9]-)?[0-9]{2,8}", announced=True),
    )
    labels = frozenset(
        {
            "口座番号",
            "口座No",
            "銀行口座",
            "銀行口座番号",
            "振込口座",
            "振込先口座",
            "給与振込口座",
            "引落口座",
            "口座",
            "普通",
            "普通預金",
            "普通口座",
            "当座",
            "当座預金",
            "貯蓄預金",
            "貯蓄",
            "ゆうちょ",
            "ゆうちょ銀行",
            "記号番号",
            "記号・番号",
            "通帳記号番号",
            "郵便振替",
            "振替口座",
            "口座記号番号",
            "(普)",
            "(当)",
            "普通預金口座",
            "普通口座番号",
            "預金口座",
            "受取口座",
            "入金口座",
            "振込先",
            "koza bango",
            "koza no",
            "koza",
            "kouza",
            "kouza no",
            "kouza bango",
            "account num",
            "通帳",
            "account no",
            "account number",
            "bank account",
            "bank account no",
            "bank account number",
            "acct no",
            "a/c no",
            "a/c",
            "account",
            "acct",
            "savings account",
            "checking account",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand label and bank for accounts, check digit or payment words for the post bank."""
        if hit.pattern in {"yucho_symbol", "yucho_number"}:
            return self._pair(hit, text)
        if not alone(text.value, hit.start, hit.end):
            return None
        value = text.value[hit.start : hit.end]
        label = text.label(hit.start, hit.end, self.labels, 16)
        if label is None or is_uniform(digits(value)):
            return None
        if hit.pattern == "yucho_joined":
            symbol, *_, last = value.split("-")
            right = yucho(symbol, last)
            post = _POST.search(self._near(hit.start, text)) is not None
            if not right and not post:
                return None
            reason = CHECK_DIGIT if right else None
            return number("bank.yucho/1", Category.BANK_ACCOUNT, hit.start, hit.end, PATTERN, reason, label)
        start = hit.start + 4 if hit.pattern == "branch" else hit.start
        context = Evidence(EvidenceKind.CONTEXT, "bank") if _BANK.search(self._near(start, text)) else None
        if label.word in _KINDS and (context is None or label.distance > 8 or hit.end - start != 7):
            return None
        if not label.column and label.word in {"口座", "通帳"} and hit.end - start != 7:
            return None
        return number("bank.account/1", Category.BANK_ACCOUNT, start, hit.end, PATTERN, label, context)

    def _pair(self, hit: Hit, text: Text) -> Match | None:
        parts = _PAIR_PARTS.match(text.value, hit.start, hit.end + 60)
        if parts is None or not _JOINED.fullmatch(parts[2]):
            return None
        right = yucho(parts[1], parts[3])
        post = _POST.search(text.value[max(0, hit.start - 60) : hit.end + 30]) is not None
        if not right and not post:
            return None
        start, end = parts.span(1 if hit.pattern == "yucho_symbol" else 3)
        reasons = (
            CHECK_DIGIT if right else None,
            Evidence(EvidenceKind.CONTEXT, "payment") if post else None,
            Evidence(EvidenceKind.LABEL, "記号" if hit.pattern == "yucho_symbol" else "番号"),
        )
        return number("bank.yucho/1", Category.BANK_ACCOUNT, start, end, PATTERN, *reasons)

    def _near(self, start: int, text: Text) -> str:
        return (text.column or "") + text.value[max(0, start - 60) : start]
