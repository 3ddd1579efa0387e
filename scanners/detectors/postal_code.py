"""Postal codes 郵便番号."""

import re

import numpy as np

from scanners.check_digits import is_uniform
from scanners.detectors.evidence import PATTERN, SEPARATOR, alone, digits, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.layout import CODE, Layout, Mask, Places
from scanners.model import Category, Evidence, EvidenceKind, Match

_PREFECTURE = (
    "北海道|青森県|岩手県|宮城県|秋田県|山形県|福島県|茨城県|栃木県|群馬県|埼玉県|千葉県|東京都|神奈川県|新潟県|富山県|石川県|"
    "福井県|山梨県|長野県|岐阜県|静岡県|愛知県|三重県|滋賀県|京都府|大阪府|兵庫県|奈良県|和歌山県|鳥取県|島根県|岡山県|広島県|"
    "山口県|徳島県|香川県|愛媛県|高知県|福岡県|佐賀県|長崎県|熊本県|大分県|宮崎県|鹿児島県|沖縄県"
)
_ADDRESS = re.compile(
    rf"[ )\]\n\t,\"':]{{0,6}}(?:住所)?[ :\"',\t]{{0,4}}"
    rf"(?:{_PREFECTURE}|[一-龥ぁ-んァ-ヶ]{{1,6}}[市区郡][一-龥])"
)

_ROMAJI_WORDS = """
    Hokkaido Aomori Iwate Miyagi Akita Yamagata Fukushima Ibaraki Tochigi Gunma Saitama Chiba Tokyo
    Kanagawa Niigata Toyama Ishikawa Fukui Yamanashi Nagano Gifu Shizuoka Aichi Mie Shiga Kyoto Osaka Hyogo
    Nara Wakayama Tottori Shimane Okayama Hiroshima Yamaguchi Tokushima Kagawa Ehime Kochi Fukuoka Saga
    Nagasaki Kumamoto Oita Miyazaki Kagoshima Okinawa Japan
"""
_ROMAJI = re.compile(rf"(?:-(?:ku|shi|cho|machi|gun|ken|fu|to)|{'|'.join(_ROMAJI_WORDS.split())}),? \Z")
_CALLED = re.compile(r"[ ]?\(?(?:代表|内線|直通|呼)")  # a telephone without its area code
_CODE = re.compile(f"[0-9]{{3}}{SEPARATOR}[0-9]{{4}}")
_FOLLOWED = (Evidence(EvidenceKind.CONTEXT, "address"), Evidence(EvidenceKind.NUMBERING_PLAN, "postal"))

_NAME_END = (
    12  # characters from the first kanji behind a code to the last end of a name that `_ADDRESS` reads
)


def _may_be_addressed(layout: Layout, starts: Places, ends: Places, announced: Mask) -> Mask:
    """Say which codes have a label, or the end of a prefecture's or municipality's name soon behind them."""
    behind = (ends - 1)[:, np.newaxis] + np.arange(_NAME_END + 1)
    apart = layout.at(starts - 1) & CODE == 0
    may_be: Mask = announced | (apart & layout.has_one_of(behind, "都道府県市区郡"))
    return may_be


_ADDRESS_BEFORE = re.compile(
    rf"(?:{_PREFECTURE}|[一-龥ぁ-んァ-ヶ]{{1,6}}[市区町村])[^\n,|]{{2,40}}[0-9号室階F][ ,|\t'\"]{{1,4}}\Z"
)


class PostalCode:
    """Postal code: 郵便番号 of seven digits.

    What: three digits, mostly a hyphen, four digits.
    Source: Japan Post's postal code rules.
    Found: behind 〒 or a label (郵便番号, "zip code"), in a column, or right before a prefecture or city.
    Rejected: seven digits alone, part numbers of the same form, parts of telephone numbers. 〒 is no
    part of the value.
    """

    name = "postal_code"
    version = 2
    categories = frozenset({Category.POSTAL_CODE})
    patterns = (
        Pattern("code", f"[0-9]{{3}}{SEPARATOR}[0-9]{{4}}", announced=True),
        Pattern("behind", "(号|室|階|[0-9]F|[0-9]['\"],)[ ,|\t'\"]{1,4}[0-9]{3}-[0-9]{4}"),
        Pattern("romaji", "[a-z],? [0-9]{3}-[0-9]{4}", bounded=False),
        Pattern(
            "addressed",
            "[0-9]{3}-?[0-9]{4}[] )\\n\\t,\"':]{1,6}[一-龥]",
            bounded=False,
            screen=_may_be_addressed,
        ),
    )
    labels = frozenset(
        {
            "郵便番号",
            "郵便",
            "〒",
            "郵便No",
            "zip",
            "zip code",
            "zipcode",
            "postal code",
            "postcode",
            "post code",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand the mark, a label, or an address that follows."""
        if hit.pattern == "romaji":
            return self._romaji(hit, text)
        if hit.pattern == "behind":
            return self._behind(hit.end - len("000-0000"), hit.end, text)
        code = _CODE.match(text.value, hit.start, hit.end)
        if code is None or is_uniform(digits(code.group())) or not alone(text.value, hit.start, code.end()):
            return None
        end = code.end()
        address = _ADDRESS.match(text.value, end, end + 40) is not None
        label = text.label(hit.start, end, self.labels, 16) if hit.announced else None
        if not (address or label) or (label is None and "\n" in code.group()):
            return None
        reasons = (_FOLLOWED if address else ()) + ((label.evidence,) if label else ())
        return number("postal_code/1", Category.POSTAL_CODE, hit.start, end, PATTERN, *reasons)

    def _behind(self, start: int, end: int, text: Text) -> Match | None:
        """Judge a code behind the address that it belongs to."""
        low, _ = text.line(start)
        if not alone(text.value, start, end) or _CALLED.match(text.value, end):
            return None
        if not _ADDRESS_BEFORE.search(text.value, max(low, start - 60), start):
            return None
        return number("postal_code/1", Category.POSTAL_CODE, start, end, PATTERN, *_FOLLOWED)

    def _romaji(self, hit: Hit, text: Text) -> Match | None:
        """Judge a code behind a prefecture or a town of an address in English order."""
        start = hit.end - len("000-0000")
        if not alone(text.value, start, hit.end) or not _ROMAJI.search(
            text.value[max(0, start - 20) : start]
        ):
            return None
        return number("postal_code/1", Category.POSTAL_CODE, start, hit.end, PATTERN, *_FOLLOWED)
