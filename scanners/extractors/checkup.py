"""Health check-ups (特定健診, MEDIS): rows of a CSV file, one examined person each, and the XML of MHLW.

Results of check-ups are special-care data (APPI Cabinet Order Art. 2(2)), be they in order or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanners.extractors.cda import ClinicalDocument
from scanners.extractors.clinical import NUMBER, Damage, Gathered, Meaning, numbered_lines
from scanners.extractors.clinical_headers import is_known, meaning_of
from scanners.extractors.delimited import cells
from scanners.extractors.interface import Budget, Extracted
from scanners.model import Category, RecordField

_WORDS = ("健診", "受診券", "被保険者証", "保険者番号", "受診日", "利用券")
_RESULTS = re.compile(
    r"[0-9A-Z]{2}\d{3}[0-9A-Z]{12}\b|血圧|血糖|HbA1c|ＨｂＡ１ｃ|腹囲|BMI|ＢＭＩ|コレステロール|中性脂肪|AST|ALT|GOT|GPT"
    r"|γ|尿糖|尿蛋白|身長|体重|心電図|眼底|ヘモグロビン|赤血球|クレアチニン|服薬|喫煙|所見|判定|メタボ|視力|聴力|飲酒"
)
_TITLE = "健診結果 health check-up"
_HEAD_LINES = 3
_JOINED_LINES = 50  # a longer quoted cell is a stray quote
_JOINED_CHARACTERS = 100_000
_QUOTED = re.compile(r'(?:\A|(?<=[,\t\n]))"(?:[^"]|"")*+"(?=[,\t\n]|\Z)')
_OPENED = re.compile(r'(?:\A|[,\t])"')
_HEAD_CHARACTERS = 20_000
_DELIMITERS = (",", "\t")
_BRANCH = 2  # characters of a branch number, which alone names nobody
_NARRATIVE = 10  # characters of a result that is a text to be read, not a value
_OPINION = re.compile("所見|判定|診断")  # 「医師の判断」: what a doctor says, not who they are
# Columns beside those of the check-up's format, as employers and health centres add them
_WHOSE: tuple[tuple[str, Meaning], ...] = (
    ("社員番号", Meaning("社員番号 employee number", Category.STAFF_ID)),
    ("社員コード", Meaning("社員番号 employee number", Category.STAFF_ID)),
    ("社員ID", Meaning("社員番号 employee number", Category.STAFF_ID)),
    ("従業員番号", Meaning("従業員番号 employee number", Category.STAFF_ID)),
    ("従業員コード", Meaning("従業員番号 employee number", Category.STAFF_ID)),
    ("職員番号", Meaning("職員番号 staff number", Category.STAFF_ID)),
    ("整理番号", Meaning("整理番号 reference number", Category.PATIENT_ID)),
    ("受診者ID", Meaning("受診者ID examinee ID", Category.PATIENT_ID)),
    ("受診者番号", Meaning("受診者番号 examinee number", Category.PATIENT_ID)),
)
_UNKNOWN = 4  # characters of a value in an unknown column that may be somebody's
_DAY = re.compile(r"(?:19|20)\d{6}|[1-5]\d{6}")
_TELLING = re.compile(rf"[^\x00-\x7f]{{2}}|@|{NUMBER}")


def _delimiter(header: str) -> str | None:
    """Return what parts the columns of a check-up's header; None where a line is none."""
    if sum(word in header for word in _WORDS) < 2:
        return None
    delimiter = max(_DELIMITERS, key=header.count)
    names = header.split(delimiter)
    return delimiter if len(names) > 5 and sum(bool(_RESULTS.search(name)) for name in names) > 1 else None


def is_checkup_table(text: str) -> bool:
    """Tell whether a text begins with the header of a check-up file."""
    return any(_delimiter(line) for line in text[:_HEAD_CHARACTERS].split("\n", _HEAD_LINES)[:_HEAD_LINES])


class Checkup:
    """Check-up data as XML or CSV."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the examined persons."""
        stream.seek(0)
        head = stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        if head.startswith(b"<") or b"<\x00" in head or b"\x00<" in head:
            yield from ClinicalDocument(_TITLE).segments(stream, budget)
        else:
            yield from _rows(stream)


def _rows(stream: BinaryIO) -> Iterator[Extracted]:
    damage = Damage()
    gathered = Gathered(_TITLE)
    header: list[str] | None = None
    delimiter = ","
    for number, line in _joined(numbered_lines(stream, damage)):
        if header is None:
            found = _delimiter(line)
            if found:
                delimiter, header = found, [name.strip() for name in cells(line, found)]
            elif line.strip():
                gathered.fields.append(RecordField(f"line {number}: heading", line, subject=False))
            continue
        yield from gathered.take()
        for index, value in enumerate(cells(line, delimiter)):
            if value.strip():
                name = header[index] if index < len(header) else ""
                gathered.fields += _field(f"line {number}: column {index + 1}", name, value.strip())
    yield from gathered.take()
    yield from damage.gaps()


def _joined(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield rows: a quoted cell may run over some lines, a stray quote joins none."""
    held: list[tuple[int, str]] = []
    for number, line in lines:
        if not held and '"' not in line:
            yield number, line
            continue
        held.append((number, line))
        whole = "\n".join(each for _, each in held)
        if not _OPENED.search(_QUOTED.sub("", whole)):
            yield held[0][0], whole
            held = []
        elif len(held) > _JOINED_LINES or len(whole) > _JOINED_CHARACTERS:
            yield from held
            held = []
    yield from held


def _field(place: str, header: str, value: str) -> Iterator[RecordField]:
    meaning = None if _OPINION.search(header) else meaning_of(header) or _whose(header)
    if meaning is not None:
        if meaning.category is not Category.HEALTH_INSURANCE or len(value) > _BRANCH:
            yield _of(place, value, meaning)
    elif (item := _RESULTS.search(header)) and len(value) <= _NARRATIVE:
        yield RecordField(f"{place} {item.group()} 検査値 result", value, Category.MEDICAL)
    elif is_known(header) and not _OPINION.search(header):
        return  # the institution that examined
    elif (_TELLING.search(value) or _is_unknown(header, value)) and not _DAY.fullmatch(value):
        yield RecordField(place, value, label=header[:40], subject=False)


def _whose(header: str) -> Meaning | None:
    return next((meaning for word, meaning in _WHOSE if word in header), None)


def _is_unknown(header: str, value: str) -> bool:
    return len(value) >= _UNKNOWN and not _RESULTS.search(header)


def _of(place: str, value: str, meaning: Meaning) -> RecordField:
    told = (meaning.category, meaning.label, meaning.subject, "", meaning.staff)
    return RecordField(f"{place} {meaning.name}", value, *told)
