"""Receipt computing (レセプト電算, UKE): claims of hospitals, clinics and pharmacies, one patient each.

CP932, one record a line, comma-separated, no header; the tag in front says which fields follow. Returned
claims (HEN) and what payers send have up to four numbers before the tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanners.extractors.clinical import Damage, Gathered, numbered_lines
from scanners.extractors.interface import Budget, Extracted
from scanners.extractors.receipt_fields import (
    INSTITUTIONS,
    MEDICAL,
    RETURNED,
    TAGS,
    Layout,
    Record,
    layout_of,
)
from scanners.model import Category, Gap, Reason, RecordField

_OPENING = re.compile(r'\s*"?(?:\d{0,9}"?,"?){0,4}(?:IR|YK|UK|RE|HI|HR|HM|MN)"?,')
_LINE = re.compile(r'"?((?:\d{0,9}"?,"?){0,4})([A-Z]{2})"?(?:,|\s*$)')
_CLAIM = re.compile(r'"?(?:\d{0,9}"?,"?){0,4}RE"?,"?\d{1,6}"?,(?:[^,]{0,40},){3,}')
_JUDGED_LINES = 40
_UNCODED = frozenset({"0000999", "810000001"})  # 未コード化傷病名, free comment: the text tells
_SHORT = 2  # characters of a field in an unknown place that can be nothing but a code
_BARE = re.compile(r"[0-9.]{0,9}")  # an amount, a day, a code
_UNKNOWN = Record("")


def is_receipt(text: str) -> bool:
    """Tell whether a text is a claim file: lines with tags of records, and a receipt among them."""
    if _OPENING.match(text[:200]) is None:
        return False
    lines = [line for line in text[:20_000].splitlines()[:_JUDGED_LINES] if line.strip("\x1a \t")]
    if len(text) > 20_000:
        lines = lines[:-1] or lines
    found = [match.group(2) for line in lines if (match := _LINE.match(line))]
    known = sum(tag in TAGS for tag in found)
    if known < 2 or known < 0.8 * len(lines):
        return False
    return any(_CLAIM.match(line) for line in lines) or bool({"IR", "YK"} & set(found) and "GO" in found)


class Receipts:
    """A claim file: each receipt is one record of one patient, in blocks where it is long."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:  # noqa: ARG002  the protocol's
        """Yield the receipts; a file that ends before its last record is a gap."""
        claims = _Claims()
        damage = Damage()
        for number, line in numbered_lines(stream, damage):
            claims.number = number
            yield from claims.line(line)
        yield from claims.gathered.take()
        yield from damage.gaps()
        if not claims.ended and not claims.returned:
            yield Gap(Reason.DAMAGED, f"no GO record: the file ends early, after line {claims.number}")


class _Claims:
    """The state between lines: whose receipt it is and how its records are laid out."""

    def __init__(self) -> None:
        self.number = 0
        self.ended = self.returned = False
        self.layout: Layout = MEDICAL
        self.gathered = Gathered(MEDICAL.title, clinical=False)
        self._issuer = ""
        self._names: dict[tuple[str, int], str] = {}

    def line(self, line: str) -> Iterator[Extracted]:
        """Take one line, yielding the receipt before it where a new one begins."""
        tag, fields = _parted(line)
        if not tag:
            if line.strip("\x1a \t"):
                self._text(f"line {self.number}", line)
        elif tag in INSTITUTIONS:
            self._issuer = " ".join(fields[2:5]).strip()  # prefecture, table of fees, institution
            self.layout = layout_of(tag, fields[3] if len(fields) > 3 else "")
        else:
            if tag == "RE":
                yield from self.gathered.take()
                self.gathered = Gathered(self.layout.title)
            elif tag == "GO":
                self.ended = True
            self.returned = self.returned or tag in RETURNED or not line.startswith((tag, f'"{tag}'))
            self._record(tag, fields)
        if self.gathered.is_full:
            yield from self.gathered.take()

    def _record(self, tag: str, fields: list[str]) -> None:
        spec = self.layout.records.get(tag, _UNKNOWN)
        meanings = spec.fields
        line = f"line {self.number}: "
        add = self.gathered.fields.append
        count = len(fields)
        for index, meaning in meanings.items():
            if index < count and (value := fields[index].strip('" ')) and value not in _UNCODED:
                place = self._names.get((tag, index))
                if place is None:
                    place = self._names[tag, index] = f"{tag} {index} {meaning.name}"
                issuer = self._issuer if meaning.category is Category.PATIENT_ID else ""
                told = (meaning.category, meaning.label, meaning.subject, issuer, meaning.staff)
                add(RecordField(line + place, value, *told))
        for index, value in enumerate(fields):
            if len(value) > _SHORT and index and index not in meanings and index not in spec.plain:
                text = value.strip('" ')
                # detectors see nothing in few bare digits, and a claim has a million of them
                if not spec.numbers or not _BARE.fullmatch(text):
                    self._text(f"{line}{tag} {index}", text)

    def _text(self, place: str, value: str) -> None:
        self.gathered.fields.append(RecordField(place, value, subject=False))


def _parted(line: str) -> tuple[str, list[str]]:
    """Return the tag of a line and its fields from the tag on; no tag where there is none."""
    fields = line.split(",")
    if fields[0] in TAGS:
        return fields[0], fields
    match = _LINE.match(line)
    if match is None:
        return "", fields
    return match.group(2), fields[match.group(1).count(",") :]
