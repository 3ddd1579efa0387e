"""Records whose fields have a meaning: counted by what the format says, one person each."""

from __future__ import annotations

import pytest

from scanners.detection import analyzer
from scanners.examined import Examined, Facts, Tools
from scanners.fingerprint import Fingerprinter
from scanners.model import Category, EvidenceKind, ObjectResult, RecordField, RecordSegment
from scanners.places import Places


@pytest.fixture(scope="module")
def tools() -> Tools:
    """All detectors."""
    built = analyzer()
    return Tools(built, Fingerprinter(bytes(32)), Places(built))


def examined(tools: Tools, *segments: RecordSegment) -> ObjectResult:
    """Return the result of an object of these records."""
    found = Examined(tools, Facts("file:///a", "file:///a", 1, 1), kind="uke")
    for each in segments:
        found.record(each)
    return found.result()


def patient(number: str, name: str) -> RecordSegment:
    """Return a record of a patient with a doctor beside them."""
    return RecordSegment(
        "受診 visit",
        (
            RecordField("line 1: RE 13 カルテ番号 chart number", number, Category.PATIENT_ID),
            RecordField("line 1: RE 4 氏名 patient name", name, Category.PERSON),
            RecordField("line 2: DR 1 医師 physician", "高木 理", Category.PERSON, subject=False),
            RecordField("line 3: CO 4 文字 text", "", label="電話番号"),
        ),
        clinical=True,
    )


def test_a_field_is_what_its_format_says(tools: Tools) -> None:
    """A name that no dictionary knows is a name in the field of names; its place names the field."""
    result = examined(tools, patient("007", "ゐゑ ㍻"))
    assert result.findings is not None
    rows = [row for row in result.findings.to_pylist() if row["category"] == "PERSON"]
    assert [row["location"] for row in rows] == [
        "line 1: RE 4 氏名 patient name",
        "line 2: DR 1 医師 physician",
    ]
    assert rows[0]["rule"] == "format.uke/1"
    assert EvidenceKind.FIELD in str(rows[0])
    assert "RE 4 氏名 patient name" in str(rows[0])
    assert "ゑ" not in str(rows)


def test_patients_are_counted_once_and_by_their_number(tools: Tools) -> None:
    """Two records of one patient are one person, namesakes of other numbers are others; the doctor is one."""
    one, again, other = patient("007", "甲野 花"), patient("007", "甲野 花"), patient("008", "甲野 花")
    assert examined(tools, one, again).persons.low == 2
    assert examined(tools, one, again, other).persons.low == 3


def test_a_clinical_record_is_special_care_data(tools: Tools) -> None:
    """Even where no field of its tells of an illness, once for each record."""
    result = examined(tools, patient("007", "甲野 花"), patient("008", "乙野 葉"))
    assert result.categories[Category.MEDICAL_CONTEXT].count == 2


def test_free_text_is_read_with_its_label(tools: Tools) -> None:
    """The label before it counts, and the offsets are those of the value."""
    field = RecordField("line 9: CO 4 文字 text", "03-3344-5566", label="電話番号")
    result = examined(tools, RecordSegment("注記 comment", (field,)))
    assert result.findings is not None
    (row,) = result.findings.to_pylist()
    assert (row["category"], row["location"]) == ("PHONE", field.place)
    assert row["masked"].startswith("03-")
    assert Category.MEDICAL_CONTEXT not in result.categories
