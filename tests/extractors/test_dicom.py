"""DICOM: patient, staff and text of every part of a header, whatever character set it is in."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable

import pytest

from scanners.detection import analyzer
from scanners.examined import Examined, Facts, Tools
from scanners.extractors.interface import Extracted, Limits, Member
from scanners.fingerprint import Fingerprinter
from scanners.kinds import sniff
from scanners.model import Category, Gap, Reason, RecordField, RecordSegment
from scanners.places import Places
from tests.extractors.samples_dicom import (
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    PATIENT,
    Element,
    dicom_file,
    dicom_image,
    element,
    elements,
    sequence,
)
from tests.extractors.test_contract import read


def fields(parts: Iterable[Extracted]) -> list[RecordField]:
    """Return the fields of all records."""
    return [each for part in parts if isinstance(part, RecordSegment) for each in part.fields]


def at(parts: Iterable[Extracted], tag: str) -> list[RecordField]:
    """Return the fields whose place names a tag."""
    return [each for each in fields(parts) if tag in each.place]


def gaps(parts: Iterable[Extracted]) -> list[Gap]:
    """Return the gaps."""
    return [part for part in parts if isinstance(part, Gap)]


def named(charset: bytes, name: bytes) -> list[str]:
    """Return the patient's names in a file that declares a character set."""
    data = dicom_file([(0x00080005, "CS", charset), (0x00100010, "PN", name)])
    return [each.value for each in at(read("dicom", data), "(0010,0010)")]


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, DEFLATED])
def test_a_patient_is_one_record_with_the_meaning_of_each_field(syntax: str) -> None:
    """Three writings of a name, number, birthday, address and phone belong to one person; staff do not."""
    parts = read("dicom", dicom_file(PATIENT, syntax=syntax))
    assert not gaps(parts)
    (record,) = [part for part in parts if isinstance(part, RecordSegment)]
    assert record.clinical
    assert record.title == "DICOM CT"
    told = {(each.place, each.value, each.category) for each in record.fields if each.subject}
    assert told == {
        ("(0010,0010) 患者氏名 PatientName", "Kakuu Tarou", Category.PERSON),
        ("(0010,0010) 患者氏名 PatientName ideographic", "架空 太郎", Category.PERSON),
        ("(0010,0010) 患者氏名 PatientName phonetic", "かくう たろう", Category.PERSON),
        ("(0010,0020) 患者ID PatientID", "00123456", Category.PATIENT_ID),
        ("(0010,0030) 生年月日 PatientBirthDate", "19800102", Category.DOB),
        ("(0010,1040) 患者住所 PatientAddress", "東京都架空区1-2-3", Category.ADDRESS),
        ("(0010,2154) 患者電話番号 PatientTelephoneNumbers", "03-0000-1234", Category.PHONE),
    }
    (doctor,) = at(parts, "(0008,0090)")
    assert (doctor.value, doctor.category, doctor.subject) == ("Takagi Osamu", Category.PERSON, False)
    (comment,) = at(parts, "(0010,4000)")
    assert (comment.value, comment.category, comment.label) == ("架空次郎の紹介", None, "患者コメント")


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        (b"ISO_IR 192", "架空^太郎".encode()),
        (b"ISO_IR 192", "架空^太郎".encode("cp932")),
        (b"", "架空^太郎".encode("cp932")),
        (b"ISO_IR 100", "架空^太郎".encode("cp932")),
        (b"ISO_IR 100", "架空^太郎".encode()),
        (b"\\ISO 2022 IR 87", "架空^太郎".encode("iso2022_jp")),
        (b"\\ISO 2022 IR 159", "架空^太郎".encode("iso2022_jp")),
        (b"ISO 2022 IR 13\\ISO 2022 IR 87", "架空^太郎".encode("iso2022_jp").replace(b"\x1b(B", b"\x1b(J")),
    ],
)
def test_japanese_names_are_read_whatever_is_declared(charset: bytes, name: bytes) -> None:
    """A declared set is believed where it can be; CP932 and UTF-8 behind a wrong one are still read."""
    assert named(charset, name) == ["架空 太郎"]


def test_other_sets_and_vendor_characters_are_read() -> None:
    """Half-width kana of IR 13, NEC's ㈱ in IR 87, JIS X 0212, Latin and Korean letters."""
    assert named(b"ISO_IR 13", "ｶｸｳ^ﾀﾛｳ".encode("cp932")) == ["ｶｸｳ ﾀﾛｳ"]
    assert named(b"ISO 2022 IR 13\\ISO 2022 IR 87", b"\x1b)I" + "ｶｸｳ^ﾀﾛｳ".encode("cp932")) == ["ｶｸｳ ﾀﾛｳ"]
    assert named(b"\\ISO 2022 IR 87", b"\x1b$B-j\x1b(B") == ["㈱"]
    assert named(b"\\ISO 2022 IR 87\\ISO 2022 IR 159", "丂太".encode("iso2022_jp_1")) == ["丂太"]
    assert named(b"ISO_IR 100", "Buc^Jérôme".encode("latin-1")) == ["Buc Jérôme"]
    korean = b"\x1b$)C" + "김희중".encode("euc_kr")
    assert named(b"\\ISO 2022 IR 149", korean) == ["김희중"]


def test_a_character_set_of_an_item_counts_for_the_item() -> None:
    """A nested data set may declare a set of its own, and its place names the way to it."""
    item = elements([(0x00080005, "CS", b"ISO_IR 192"), (0x00100020, "LO", "甲-77".encode())])
    data = dicom_file([(0x00080005, "CS", b"ISO_IR 100"), (0x00101002, "SQ", sequence(item))])
    (number,) = at(read("dicom", data), "(0010,0020)")
    assert number.value == "甲-77"
    assert number.place == "(0010,1002) OtherPatientIDsSequence[1] (0010,0020) 患者ID PatientID"
    assert number.category is Category.PATIENT_ID


def test_files_without_preamble_and_behind_a_tiff_preamble_are_dicom() -> None:
    """The first element tells, and DICM counts more than a preamble that opens a picture."""
    bare = dicom_file(PATIENT, preamble=False)
    assert sniff(io.BytesIO(bare)) == "dicom"
    assert at(read("dicom", bare), "(0010,0020)")[0].value == "00123456"
    dual = b"II*\x00" + dicom_file(PATIENT)[4:]
    assert sniff(io.BytesIO(dual)) == "dicom"
    assert sniff(io.BytesIO(b"\x08\x00 no dicom")) != "dicom"


def test_a_truncated_file_is_partial_and_says_where_it_ends() -> None:
    """What stands before the cut is read; pixels cut short are named as well."""
    whole = dicom_image()
    parts = read("dicom", whole[: whole.index(b"19800102") + 4])
    assert at(parts, "(0010,0020)")
    assert [gap.reason for gap in gaps(parts)] == [Reason.DAMAGED]
    assert "cut short" in gaps(parts)[0].detail
    assert gaps(read("dicom", whole[:-2]))[0].detail == "pixels cut short, read: 2 of 4 bytes"
    assert (
        gaps(read("dicom", whole[: whole.index(b"\xe0\x7f\x10\x00")]))[0].detail == "ends before its pixels"
    )
    assert not gaps(read("dicom", whole))


def test_private_text_has_its_place_and_hidden_names_are_found() -> None:
    """Private text is read; private bytes that hold the patient's number are a finding of that place."""
    private: list[Element] = [
        (0x00290010, "LO", b"KAKUU SYSTEMS"),
        (0x00291010, "LO", "予約者 架空花子".encode("iso2022_jp")),
        (0x00291011, "OB", b"\x00\x01\x02" + b"00123456" + bytes(5)),
        (0x00291012, "UN", b"Contact: hanako@kakuu.example"),
    ]
    parts = read("dicom", dicom_file((*PATIENT, *private)))
    assert at(parts, "(0029,1010) private")[0].value == "予約者 架空花子"
    (hidden,) = at(parts, "(0029,1011) private")
    assert (hidden.value, hidden.category) == ("00123456", Category.PATIENT_ID)
    assert "(0029,1012) private: Contact: hanako@kakuu.example" in at(parts, "other text")[0].value
    assert "KAKUU SYSTEMS" not in at(parts, "other text")[0].value


def _item(kind: str, code: str, name: str, *more: Element) -> bytes:
    concept = sequence(elements([(0x00080100, "SH", code.encode()), (0x00080104, "LO", name.encode())]))
    return elements([(0x0040A040, "CS", kind.encode()), (0x0040A043, "SQ", concept), *more])


def test_a_structured_report_gives_text_and_names_with_their_concepts() -> None:
    """The concept of an item is its label; the subject's name and birthday are the patient's."""
    nested = _item("TEXT", "121071", "所見", (0x0040A160, "UT", "糖尿病の疑い".encode()))
    content = sequence(
        _item("PNAME", "121008", "Person Observer Name", (0x0040A123, "PN", "高木^理".encode())),
        _item("PNAME", "121029", "Subject Name", (0x0040A123, "PN", "架空^太郎".encode())),
        _item("DATE", "121031", "Subject Birth Date", (0x0040A121, "DA", b"19800102")),
        _item("CONTAINER", "121070", "Findings", (0x0040A730, "SQ", sequence(nested))),
    )
    parts = read("dicom", dicom_file([(0x00080005, "CS", b"ISO_IR 192"), (0x0040A730, "SQ", content)]))
    found = [(each.place, each.value, each.category, each.label, each.subject) for each in fields(parts)]
    assert found == [
        ("SR 1 (0040,A123) 人名 PersonName", "高木 理", Category.PERSON, "Person Observer Name", False),
        ("SR 2 (0040,A123) 人名 PersonName", "架空 太郎", Category.PERSON, "Subject Name", True),
        ("SR 3 (0040,A121) Date", "19800102", Category.DOB, "Subject Birth Date", True),
        ("SR 4.1 (0040,A160) 本文 TextValue", "糖尿病の疑い", None, "所見", False),
    ]


def test_an_encapsulated_document_is_a_member() -> None:
    """A report inside as PDF is read as a document of its own."""
    data = dicom_file((*PATIENT, (0x00420011, "OB", b"%PDF-1.4 ..")))
    assert sniff(io.BytesIO(data)) == "dicom"
    (member,) = [part for part in read("dicom", data) if isinstance(part, Member)]
    assert member.name == "(0042,0011) EncapsulatedDocument"
    assert sniff(member.stream) == "pdf"  # type: ignore[arg-type]  # bytes, not rows


def _picture(modality: bytes, flag: bytes, frames: int = 1) -> bytes:
    shape: list[Element] = [
        (0x00080060, "CS", modality),
        (0x00120062, "CS", b"YES"),
        (0x00280002, "US", struct.pack("<H", 1)),
        (0x00280008, "IS", str(frames).encode()),
        (0x00280010, "US", struct.pack("<H", 4)),
        (0x00280011, "US", struct.pack("<H", 4)),
        (0x00280100, "US", struct.pack("<H", 8)),
        (0x00280301, "CS", flag),
        (0x7FE00010, "OB", bytes(range(16)) * frames),
    ]
    return dicom_file([each for each in shape if each[2]])


@pytest.mark.parametrize(
    ("modality", "flag", "handed"),
    [(b"CT", b"YES", True), (b"US", b"", True), (b"US", b"NO", False), (b"CT", b"", False)],
)
def test_pictures_that_may_show_text_are_members(modality: bytes, flag: bytes, handed: bool) -> None:
    """The flag decides, and where it is missing the kind of device."""
    parts = read("dicom", _picture(modality, flag))
    members = [part for part in parts if isinstance(part, Member)]
    assert [member.name for member in members] == (["PixelData frame 1"] if handed else [])
    assert not handed or sniff(members[0].stream) == "png"  # type: ignore[arg-type]  # bytes


def test_a_film_hands_on_three_frames_and_names_the_rest() -> None:
    """What is left out by choice is listed, and does not make the run incomplete."""
    members = [part for part in read("dicom", _picture(b"US", b"", 10)) if isinstance(part, Member)]
    assert [member.name for member in members] == [
        "PixelData frame 1",
        "PixelData frame 6",
        "PixelData frame 10",
        "PixelData further frames",
    ]
    assert members[-1].gap is not None
    assert members[-1].gap.reason.by_policy
    assert members[-1].gap.detail.startswith("7 of 10 frames")


def test_what_a_file_says_of_itself_is_in_its_records_title() -> None:
    """De-identified, and burned-in text: both are told."""
    data = dicom_file((*PATIENT, (0x00120062, "CS", b"YES"), (0x00280301, "CS", b"YES")))
    (record,) = [part for part in read("dicom", data) if isinstance(part, RecordSegment)]
    assert "匿名化済み de-identified (0012,0062)" in record.title
    assert "焼き込み文字あり burned-in annotation (0028,0301)" in record.title


def test_a_directory_has_a_record_for_each_patient() -> None:
    """Records below a patient belong to them, by the offsets where they are given."""

    def entry(kind: bytes, *more: Element) -> bytes:
        return elements([(0x00041430, "CS", kind), *more])

    content = sequence(
        entry(b"PATIENT", (0x00100010, "PN", b"Kakuu^Tarou"), (0x00100020, "LO", b"1001")),
        entry(b"STUDY", (0x00081030, "LO", b"CHEST")),
        entry(b"PATIENT", (0x00100010, "PN", b"Kakuu^Hanako"), (0x00100020, "LO", b"1002")),
        entry(b"STUDY", (0x00081030, "LO", b"HEAD")),
    )
    parts = read("dicom", dicom_file([(0x00041220, "SQ", content)]))
    records = [part for part in parts if isinstance(part, RecordSegment)]
    assert [record.title for record in records] == ["DICOMDIR 患者 patient 1", "DICOMDIR 患者 patient 2"]
    assert [at([record], "(0010,0020)")[0].value for record in records] == ["1001", "1002"]
    assert at([records[1]], "(0010,0020)")[0].place == "record 3: (0010,0020) 患者ID PatientID"
    assert "HEAD" in records[1].fields[-1].value


def test_patients_are_counted_and_images_are_special_care_data() -> None:
    """Every patient of a directory once, their three writings one person; staff is one more at most."""
    tools = Tools(built := analyzer(), Fingerprinter(bytes(32)), Places(built))
    examined = Examined(tools, Facts("file:///a", "file:///a", 1, 1), kind="dicom")
    for number in (b"1001", b"1002", b"1002"):
        changed = [each for each in PATIENT if each[0] not in (0x00100020, 0x00104000)]
        for part in read("dicom", dicom_file([*changed, (0x00100020, "LO", number)])):
            if isinstance(part, RecordSegment):
                examined.record(part)
    result = examined.result()
    assert result.persons.low == 1  # two numbers, of one name and birthday
    assert result.persons.high > 1
    assert result.categories[Category.PATIENT_ID].distinct == 2
    assert result.categories[Category.MEDICAL_CONTEXT].count == 3


def test_hostile_lengths_and_bombs_end_in_gaps() -> None:
    """An element that claims four gigabytes, sequences a thousand deep, a bomb behind deflate."""
    claim = dicom_file(PATIENT) + b"\x10\x00\x01\x40UT\0\0\xff\xff\xff\x7f"
    assert gaps(read("dicom", claim))[0].reason is Reason.DAMAGED
    deep = b""
    for _ in range(300):
        deep = element(0x00081140, "SQ", sequence(deep))
    assert [gap.reason for gap in gaps(read("dicom", dicom_file([(0x00100020, "LO", b"1")]) + deep))]
    bomb = dicom_file([(0x00104000, "UT", b"A" * (3 << 20))], syntax=DEFLATED)
    reasons = [
        gap.reason for gap in gaps(read("dicom", bomb, Limits(expanded_bytes=1 << 20, expanded_times=0)))
    ]
    assert reasons == [Reason.EXPANDS_TOO_FAR]
