"""Records whose fields have a meaning: counted by what the format says, one person each."""

from __future__ import annotations

import io

import pytest

from scanners.detection import analyzer
from scanners.examined import Examined, Facts, Tools
from scanners.extractors.calendar_file import Calendar
from scanners.extractors.contacts import Ldif, VCard
from scanners.extractors.interface import Budget, Extractor, Limits
from scanners.fingerprint import Fingerprinter
from scanners.model import (
    Category,
    EvidenceKind,
    Gap,
    ObjectResult,
    PersonBounds,
    Reason,
    RecordField,
    RecordSegment,
)
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


def test_a_surname_in_a_comment_is_the_patients(tools: Tools) -> None:
    """「甲野様」 beside the record of 甲野 花 is nobody new; another name is."""
    comment = RecordField("line 4: CO 4 文字 text", "佐藤様は来院された。", subject=False)
    named = RecordField("line 1: RE 4 氏名 patient name", "佐藤 花子", Category.PERSON)
    other = RecordField("line 5: CO 4 文字 text", "鈴木一郎様より電話。", subject=False)
    assert examined(tools, RecordSegment("受診 visit", (named, comment))).persons.low == 1
    assert examined(tools, RecordSegment("受診 visit", (named, comment, other))).persons.low == 2


def test_two_writings_of_a_relatives_name_are_one_person(tools: Tools) -> None:
    """Kanji and kana of one field are one; another field is another person."""
    place = "segment 4: NK1-2 近親者氏名 next of kin"
    relative = (
        RecordField(f"{place} (repetition 1 漢字)", "佐藤 良子", Category.PERSON, subject=False),
        RecordField(f"{place} (repetition 2 カナ)", "サトウ リョウコ", Category.PERSON, subject=False),
    )
    doctor = RecordField(
        "segment 5: PV1-7 主治医 attending doctor", "鈴木 一郎", Category.PERSON, subject=False
    )
    assert examined(tools, RecordSegment("受診 visit", relative)).persons.high == 1
    assert examined(tools, RecordSegment("受診 visit", (*relative, doctor))).persons.low == 2


def test_a_field_too_long_for_its_meaning_is_read_as_text(tools: Tools) -> None:
    """A damaged file may hold a page where a name should be: what the detectors find in it counts."""
    page = "あ" * 3000 + " 電話番号 03-3344-5566"
    result = examined(
        tools, RecordSegment("受診 visit", (RecordField("line 1: RE 4 氏名", page, Category.PERSON),))
    )
    assert result.categories[Category.PHONE].count == 1
    assert Category.PERSON not in result.categories


def test_thousands_of_short_texts_keep_their_places(tools: Tools) -> None:
    """They are looked at many at a time, and each finding stands where its field does."""
    segments = [
        RecordSegment(
            "受診 visit", (RecordField(f"line {n}: CO 4 text", f"電話番号 03-3344-{n:04d}", subject=False),)
        )
        for n in range(1000, 4000)
    ]
    result = examined(tools, *segments)
    assert result.findings is not None
    assert [row["location"] for row in result.findings.to_pylist()] == [
        f"line {n}: CO 4 text" for n in range(1000, 4000)
    ]
    assert result.categories[Category.PHONE].distinct == 3000


def test_personal_data_in_the_place_of_a_field_is_masked(tools: Tools) -> None:
    """Some formats let their writers name sections and fields; numbers of lines stay."""
    fields = (
        RecordField("section 山田太郎 12: 氏名 name", "架空 太郎", Category.PERSON),
        RecordField("entry 5: taro.yamada@example.co.jp", "花子", Category.PERSON),
        RecordField("entry 6: 090-1234-5678", "担当は佐藤花子です。", subject=False),
        RecordField("line 123456: HO 2 記号 insured symbol", "123", Category.HEALTH_INSURANCE),
    )
    found = examined(tools, RecordSegment("a", fields)).findings
    assert found is not None
    rows = found.to_pylist()
    for raw in ("山田太郎", "taro.yamada", "1234-5678"):
        assert raw not in str(rows)
    assert "line 123456: HO 2 記号 insured symbol" in [row["location"] for row in rows]
    assert any(row["location"] == "name" and row["category"] == "EMAIL" for row in rows)


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (Ldif(), "dn: cn=a\nYamada_Taro-tel: 090-0000-1234\n"),
        (VCard(), "BEGIN:VCARD\nN:a;b\nX-YAMADA-TARO:090-0000-1234\nEND:VCARD\n"),
        (
            Calendar(),
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nX-YAMADA-TARO:電話 090-0000-1234\nEND:VEVENT\nEND:VCALENDAR\n",
        ),
    ],
)
def test_names_of_fields_that_a_writer_made_up_are_not_told(reader: Extractor, text: str) -> None:
    """What stands there is read, under a name of ours."""
    data = text.encode()
    parts = list(reader.segments(io.BytesIO(data), Budget(Limits(), len(data))))
    fields = [each for part in parts if isinstance(part, RecordSegment) for each in part.fields]
    assert any("090-0000-1234" in each.value for each in fields)
    assert not any("yamada" in each.place.lower() for each in fields)


@pytest.mark.parametrize("before", ["", "x" * 390 + " "])
def test_what_a_reason_tells_is_masked_before_it_is_cut(tools: Tools, before: str) -> None:
    """Each of several names in it, and what stands where it is cut off."""
    found = Examined(tools, Facts("file:///a", "file:///a", 1, 1))
    found.gap(Gap(Reason.DAMAGED, f"{before}taro.yamada@example.co.jp, 山田太郎, 佐藤花子: 3 of 10 pages"))
    detail = found.result().detail
    assert not any(raw in detail for raw in ("taro", "山田太", "佐藤花"))
    assert len(detail) <= 400
    assert before or detail.endswith(": 3 of 10 pages")


def test_staff_named_in_records_of_patients_are_no_person_more_at_least(tools: Tools) -> None:
    """One patient and two doctors, in a field and in a text, are one to three persons."""
    doctors = (
        RecordField("PV1-7", "鈴木 一郎", Category.PERSON, subject=False, staff=True),
        RecordField("ORC-10", "田中 実", Category.PERSON, subject=False, staff=True),
        RecordField("performer", "鈴木一郎", label="氏名", subject=False, staff=True),
    )
    mine = RecordSegment("a", (*patient("007", "甲野 花").fields[:2], *doctors), clinical=True)
    assert examined(tools, mine).persons == PersonBounds(1, 3)
    text = RecordField("NTE-3", "鈴木一郎先生より。", subject=False)
    assert examined(tools, mine, RecordSegment("a", (text,))).persons == PersonBounds(1, 3)
    assert examined(tools, RecordSegment("a", doctors)).persons == PersonBounds(1, 2)
