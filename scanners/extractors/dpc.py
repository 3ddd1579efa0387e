"""DPC submission files (様式1, EF統合, D, H, 様式4): tab-separated rows, one patient per データ識別番号.

Nobody's name stands in them, but birthday, sex, postcode and dates identify again, and inside the hospital
the データ識別番号 leads to the chart: it counts as a patient number, as the pseudonym that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO

from scanners.extractors.clinical import Damage, Gathered, Meaning, numbered_lines
from scanners.extractors.clinical_headers import meaning_of
from scanners.extractors.interface import Budget, Extracted
from scanners.model import Category, Gap, Reason, RecordField

_HEADER = re.compile(r'"?施設コード"?\t[^\r\n]{0,200}データ識別番号')
_ROW = re.compile(
    r'"?(?:0[1-9]|[1-3]\d|4[0-7])\d{7}"?\t(?:[^\t\r\n]{0,12}\t)?"?\d{10}"?\t"?\d{8}"?\t[^\r\n]*'
)
_MANY = 12  # columns of all forms but the shortest
_CODE = re.compile(r"\d{0,8}")
_TELEPHONE = re.compile(r"0[1-9]\d{8}")
_FORM_CODE = re.compile(r"[A-Z]{1,3}\d{4,7}")
_TITLES = MappingProxyType(
    {
        "FF1": "DPC 様式1 form 1",
        "EF": "DPC EF統合ファイル EF file",
        "D": "DPC Dファイル D file",
        "": "DPC 調査ファイル DPC file",
    }
)
_KEY = Meaning("データ識別番号 data identification number (pseudonym)", Category.PATIENT_ID)
_ICD = Meaning("ICD-10", Category.MEDICAL)
_DISEASE = Meaning("病名 disease", Category.MEDICAL)
_ITEM = Meaning("診療明細名称 item", Category.MEDICAL_CONTEXT)
_DOCTOR = Meaning("医師コード physician code", Category.STAFF_ID, subject=False, staff=True)
_INSURER = Meaning("保険者番号 insurer number", Category.HEALTH_INSURANCE, subject=False)
_EF: Mapping[int, Meaning] = MappingProxyType({10: _ITEM, 21: _INSURER, 26: _DOCTOR})
_D: Mapping[int, Meaning] = MappingProxyType({9: _ITEM, 15: _INSURER, 20: _DOCTOR})
_BORN = Meaning("生年月日 date of birth", Category.DOB)
_LEFT, _CAME = 2, 3  # columns of the day of discharge, in files of outpatients of the birth, and of the visit
_EF_BIRTH = re.compile(r"(?:19|20)\d{6}")
_FIRST_PAYLOAD = 8  # columns before payload 1
_FORM_WIDTH = 17
_DETAIL = re.compile(r"\d{3}")  # column 7 of EF files numbers the item, that of D files tells it
_INSURERS_NUMBER = re.compile(r"\d{6,8}")
_EF_WIDTHS = range(26, 37)
# Rows of form 1 by the start of their code: what payloads 1 to 9 hold
_FORM: tuple[tuple[str, Mapping[int, Meaning]], ...] = (
    (
        "A000010",
        {
            1: Meaning("生年月日 date of birth", Category.DOB),
            3: Meaning("患者住所地域の郵便番号 postcode", Category.POSTAL_CODE),
        },
    ),
    ("A0060", {2: _ICD, 9: _DISEASE}),
    ("A0070", {9: Meaning("手術名 operation", Category.MEDICAL_CONTEXT)}),
)
_TELLING = re.compile(
    r"[^\x00-\x7f]{2}|@|(?<!\d)\d{2,4}[- )]\d{2,4}[- ]\d{4}(?!\d)|(?<!\d)0[5-9]0\d{8}(?!\d)"
)


def is_dpc(text: str) -> bool:
    """Tell whether a text is a DPC file: facility and データ識別番号 in front, or a header with both."""
    head = text[:4000]
    if _HEADER.match(head):
        return True
    if _ROW.match(head) is None:
        return False
    rows = head.splitlines()
    rows = rows[: max(1, len(rows) - (len(text) > len(head)))]
    return all(_ROW.fullmatch(row) for row in rows[:-1] if row.strip()) and _is_row(
        [cell.strip('" ') for cell in rows[0].split("\t")]
    )


def _is_row(row: list[str]) -> bool:
    """Tell whether a row that begins like one of DPC is one: other lists hold numbers and days too."""
    if _FORM_CODE.fullmatch(_at(row, 5)) or len(row) >= _MANY:
        return True
    codes = all(_CODE.fullmatch(cell) for cell in row[2:])
    return codes and _TELEPHONE.fullmatch(row[1]) is None


@dataclass(slots=True)
class _Shape:
    """Where a file keeps what: found by its header or its first row."""

    kind: str = ""
    key: int = 1
    columns: dict[int, Meaning] = field(default_factory=dict)
    width: int = 0
    names: dict[int, str] = field(default_factory=dict)


class Dpc:
    """A DPC file: the rows of one patient that stand together are one record."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:  # noqa: ARG002  the protocol's
        """Yield patients; a last row that is shorter than all before it is a gap."""
        damage = Damage()
        shape: _Shape | None = None
        gathered = Gathered(_TITLES[""])
        patient, even, last = "", True, 0
        for number, line in numbered_lines(stream, damage):
            row = [cell.strip('" ') for cell in line.rstrip("\x1a").split("\t")]
            if not any(row):
                continue
            if shape is None:
                if shape_of_header := _header(row):
                    shape = shape_of_header
                    continue
                shape = _shape(row)
            if not shape.kind and not shape.width and _FORM_CODE.fullmatch(_at(row, 5)):
                shape.kind = "FF1"
            if not shape.width:
                shape.width = len(row)
            even, last = even and (last in (0, shape.width)), len(row)
            key = _at(row, shape.key)
            if key != patient or gathered.title != _TITLES[shape.kind]:
                yield from gathered.take()
                gathered, patient = Gathered(_TITLES[shape.kind]), key
                if key:
                    place = f"line {number}: column {shape.key + 1} {_KEY.name}"
                    gathered.fields.append(RecordField(place, key, Category.PATIENT_ID))
            _fields(gathered, shape, number, row)
            if gathered.is_full:
                yield from gathered.take()
        yield from gathered.take()
        yield from damage.gaps()
        if shape is not None and even and 0 < last < shape.width:
            yield Gap(
                Reason.DAMAGED, f"the last row has {last} of {shape.width} columns: the file ends early"
            )


def _header(row: list[str]) -> _Shape | None:
    if _KEY.name.split()[0] not in row:
        return None
    shape = _Shape(key=row.index(_KEY.name.split()[0]))
    for index, cell in enumerate(row):
        meaning = meaning_of(cell)
        if meaning is not None and index != shape.key:
            shape.columns[index] = meaning
    if any("ペイロード" in cell for cell in row) and "コード" in _at(row, 5):
        shape.kind = "FF1"
    elif "診療明細名称" in row:
        shape.kind = "EF"
    return shape


def _shape(row: list[str]) -> _Shape:
    # H files name the ward between the facility and the patient
    key = 1 if len(_at(row, 1)) == 10 and _at(row, 1).isdigit() else 2
    if _FORM_CODE.fullmatch(_at(row, 5)) and len(row) <= _FORM_WIDTH + 1:
        return _Shape("FF1", key)
    if len(row) in _EF_WIDTHS and key == 1:
        return _Shape("EF", key, dict(_EF)) if _DETAIL.fullmatch(_at(row, 6)) else _Shape("D", key, dict(_D))
    return _Shape("", key)


def _fields(gathered: Gathered, shape: _Shape, number: int, row: list[str]) -> None:
    meanings: Mapping[int, Meaning] = shape.columns
    code = ""
    if shape.kind == "FF1":
        code = _at(row, 5)
        payloads = next((payloads for start, payloads in _FORM if code.startswith(start)), {})
        meanings = {**shape.columns, **{at + _FIRST_PAYLOAD - 1: payloads[at] for at in payloads}}
    for index, value in enumerate(row):
        if not value or index == shape.key:
            continue
        meaning = meanings.get(index)
        if index == _LEFT and meaning is None and shape.kind == "EF" and _is_birth(value, _at(row, _CAME)):
            meaning = _BORN
        if meaning is _INSURER and _INSURERS_NUMBER.fullmatch(value) is None:
            continue
        if meaning is not None:
            column = shape.names.get(index)
            if column is None or code:
                column = f"column {index + 1} {meaning.name}"
                if code and _FORM_CODE.fullmatch(code):
                    column = f"{code} payload {index - _FIRST_PAYLOAD + 1} {meaning.name}"
                shape.names[index] = column
            told = (meaning.category, meaning.label, meaning.subject, "", meaning.staff)
            gathered.fields.append(RecordField(f"line {number}: {column}", value, *told))
        elif _TELLING.search(value):
            gathered.fields.append(RecordField(f"line {number}: column {index + 1}", value, subject=False))


def _is_birth(left: str, came: str) -> bool:
    """Tell whether a day before the visit stands where discharges do: it is an outpatient's birth."""
    return _EF_BIRTH.fullmatch(left) is not None and _EF_BIRTH.fullmatch(came) is not None and left < came


def _at(row: list[str], index: int) -> str:
    return row[index] if index < len(row) else ""
