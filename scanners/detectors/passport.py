"""Passport numbers 旅券番号."""

import re
from typing import Final

from scanners.check_digits import machine_readable
from scanners.detectors.evidence import CHECK_DIGIT, PATTERN, alone, digits, number
from scanners.detectors.interface import Hit, Pattern, Text
from scanners.model import Category, Evidence, EvidenceKind, Match

_CARD_HEAD: Final = "[ACI][A-Z<][A-Z<]{3}[A-Z0-9<]{9}[0-9<][A-Z0-9<]{15}\r?\n"
_CARD_BODY: Final = "[0-9]{6}[0-9][MFX<][0-9]{7}[A-Z<]{3}[A-Z0-9<]{11}[0-9]"
_CARD_NAMES: Final = "[A-Z][A-Z<]{29}"
_CARD: Final = re.compile(f"{_CARD_HEAD}(?P<body>{_CARD_BODY})(?:\r?\n(?P<names>{_CARD_NAMES}))?")
_CARD_FORM: Final = f"{_CARD_HEAD}{_CARD_BODY}"

_LEAST = 4  # digits of a passport number: words in capitals have none


class Passport:
    """Passport: the number 旅券番号, in text or in the machine-readable zone.

    What: two letters and seven digits; foreign passports also one letter and 7 to 8 digits or 9 digits.
    Source: Passport Act Art. 6; ICAO Doc 9303-3 and 9303-4 (zone and check digits), 9303-5 (the zone of three
    lines of passport cards, identity cards and foreign residence cards).
    Found: the form behind a label (旅券番号, パスポート, "passport no"); without label in a
    machine-readable zone whose check digits of number, birth date and expiry are right; the name in the
    line above it, or in the third of a card.
    Rejected: the form alone (lot numbers, types and serials look the same).
    """

    name = "passport"
    version = 3
    categories = frozenset({Category.PASSPORT, Category.PERSON})
    patterns = (
        Pattern("japanese", "[A-Za-z]{2}[ -]?[0-9]{4} ?[0-9]{3}", announced=True),
        Pattern("foreign", "[A-Za-z]?[0-9]{7,9}", announced=True),
        # As other states number them: AAB123456, AB123456, K1234567E, 12AB34567, C01X00T47
        Pattern(
            "foreign_code",
            "([A-Z]{2}[0-9]{6}|[A-Z]{3}[0-9]{6,7}|[A-Z][0-9]{7}[A-Z]|[0-9]{2}[A-Z]{2}[0-9]{5}|"
            "[CFGHJK][0-9CFGHJKLMNPRTVWXYZ]{8})",
            announced=True,
        ),
        Pattern("zone", "[A-Z0-9<]{9}[0-9][A-Z<]{3}[0-9]{7}[MF<][0-9]{7}", bounded=False),
        Pattern("names", "P[A-Z<][A-Z]{3}[A-Z<]{36,39}", bounded=False),
        Pattern("card", _CARD_FORM, bounded=False),
        Pattern("card_names", f"{_CARD_FORM}\r?\n{_CARD_NAMES}", bounded=False),
    )
    labels = frozenset(
        {
            "旅券番号",
            "旅券",
            "旅券No",
            "パスポート",
            "パスポート番号",
            "パスポートNo",
            "passport",
            "passport no",
            "passport number",
            "ryoken",
            "ryoken no",
            "ryoken bango",
            "travel document no",
        }
    )

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Demand a label, or the three check digits of a machine-readable line."""
        if hit.pattern == "zone":
            return self._zone(hit, text)
        if hit.pattern == "names":
            return self._names(hit, text)
        if hit.pattern.startswith("card"):
            return self._card(hit, text)
        if not alone(text.value, hit.start, hit.end):
            return None
        value = text.value[hit.start : hit.end]
        if hit.pattern == "foreign" and len(value) != 9 and not value[0].isalpha():
            return None
        if hit.pattern == "foreign_code" and len(digits(value)) < _LEAST:
            return None
        label = text.label(hit.start, hit.end, self.labels, 24)
        if label is None:
            return None
        return number(f"passport.{hit.pattern}/1", Category.PASSPORT, hit.start, hit.end, PATTERN, label)

    def _names(self, hit: Hit, text: Text) -> Match | None:
        """Read the first line of the zone: P, country, family name, "<<", given names, filled up to 44."""
        start = hit.start + 5
        family, parted, given = text.value[start : hit.start + 44].partition("<<")
        names = f"{family}{parted}{given.rstrip('<')}"
        if not (family and given.rstrip("<")) or not text.value.startswith("<", start + len(names)):
            return None
        context = Evidence(EvidenceKind.CONTEXT, "machine_readable")
        form = Evidence(EvidenceKind.DICTIONARY, "machine_readable")
        return number("passport.names/1", Category.PERSON, start, start + len(names), PATTERN, context, form)

    def _card(self, hit: Hit, text: Text) -> Match | None:
        """Read a zone of three lines of thirty: number and check, birth and expiry and check, names."""
        card = _CARD.match(text.value, hit.start)
        if card is None:
            return None
        head, body = card.group()[:30], card["body"]
        fields = ((head[5:14], head[14]), (body[:6], body[6]), (body[8:14], body[14]))
        # Where a number is longer than nine, its check digit stands behind the rest, in the optional data.
        if any(
            not check.isdigit() or machine_readable(field) != int(check)
            for field, check in fields
            if check != "<"
        ):
            return None
        if hit.pattern == "card":
            end = hit.start + 5 + len(head[5:14].rstrip("<"))
            checks = (CHECK_DIGIT,) * 3
            return number("passport.card/1", Category.PASSPORT, hit.start + 5, end, PATTERN, *checks)
        names = (card["names"] or "").rstrip("<")
        if "<<" not in names:
            return None
        start = card.start("names")
        context = Evidence(EvidenceKind.CONTEXT, "machine_readable")
        form = Evidence(EvidenceKind.DICTIONARY, "machine_readable")
        end = start + len(names)
        return number("passport.names/1", Category.PERSON, start, end, PATTERN, context, form)

    def _zone(self, hit: Hit, text: Text) -> Match | None:
        line = text.value[hit.start : hit.end]
        fields = ((line[:9], line[9]), (line[13:19], line[19]), (line[21:27], line[27]))
        if any(not check.isdigit() or machine_readable(field) != int(check) for field, check in fields):
            return None
        end = hit.start + len(line[:9].rstrip("<"))
        if end - hit.start < 6:
            return None
        return number(
            "passport.zone/1",
            Category.PASSPORT,
            hit.start,
            end,
            PATTERN,
            CHECK_DIGIT,
            CHECK_DIGIT,
            CHECK_DIGIT,
        )
