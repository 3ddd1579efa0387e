"""HL7 v2 messages and SS-MIX2 storage: decoded before they are split, numbers in the path."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest

from scanners.extractors import hl7
from scanners.extractors.interface import Member
from scanners.kinds import sniff
from scanners.model import Category, Gap, Reason, RecordSegment
from scanners.places import shown_uri
from tests.extractors import samples_hospital as hospital
from tests.extractors.clinical import bounds, examined, fields, gaps, parts, places, tools

ONE = hospital.Patient(1)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["iso2022_jp", "utf-8", "cp932", "euc_jp"])
def test_line_ends_and_encodings(end: str, encoding: str) -> None:
    """Every field arrives, whatever ends a segment and however kanji are written."""
    found = {
        field.place: field.value for field in fields(hospital.message(ONE, end=end, encoding=encoding), "hl7")
    }
    assert found["segment 3: PID-5 氏名 patient name (repetition 1 漢字)"] == "仮山 太郎"
    assert found["segment 3: PID-5 氏名 patient name (repetition 2 カナ)"] == "カリヤマ タロウ"
    assert found["segment 3: PID-11 住所 address"] == ONE.address
    assert found["segment 3: PID-13 自宅電話 home telephone"] == ONE.phone
    assert (
        found["segment 6: IN1-10 記号・番号・枝番 insured symbol, number, branch (repetition 2)"] == "4567001"
    )


def test_kanji_whose_bytes_are_delimiters() -> None:
    """In ISO-2022-JP the bytes of kanji may be ^, | and ~: split before decoding, and the name is lost."""
    name = "笠改日"
    assert all(mark in hospital.kanji(name)[3:-3] for mark in (b"^", b"|", b"~"))
    data = hospital.message(ONE, f"ROL|1|AD|PP|D9^{name}^一郎")
    assert [field.value for field in fields(data, "hl7") if field.place.endswith("role person")] == [
        f"{name} 一郎"
    ]


def test_the_default_of_a_declared_charset_is_not_believed() -> None:
    """Systems leave 8859/1 in MSH-18 and write CP932."""
    data = hospital.message(ONE, encoding="cp932", charset="8859/1")
    assert any(field.value == "仮山 太郎" for field in fields(data, "hl7"))


def test_escapes() -> None:
    r"""Delimiters in a value are \F\, \S\, \T\, \R\ and \E\; bytes are \X..\, line breaks \.br\."""
    data = hospital.message(ONE, r"NTE|1||a\F\b\S\c\T\d\R\e\E\f\X41\ \.br\\H\g\N\ words here")
    assert [field.value for field in fields(data, "hl7") if "NTE-3" in field.place] == [
        "a|b^c&d~e\\fA \ng words here"
    ]


def test_results_are_read_by_their_type() -> None:
    """A number is a result, a text is read under its item's name, a document is a member."""
    report = base64.b64encode("架空花子 様の報告".encode()).decode()
    data = hospital.message(
        ONE,
        "OBX|1|NM|9N001^身長^JC10||171.2|cm",
        "OBX|2|TX|X1^連絡先^L||電話番号 090-0000-7777",
        f"OBX|3|ED|X2^報告書^L||^AP^PDF^Base64^{report}",
        "OBX|4|ED|X2^報告書^L||^AP^PDF^Base64^!!!",
    )
    found = fields(data, "hl7")
    assert ("171.2", Category.MEDICAL) in [(field.value, field.category) for field in found]
    assert [field.label for field in found if "7777" in field.value] == ["連絡先"]
    members = [part for part in parts(data, "hl7") if isinstance(part, Member)]
    assert [(member.name, member.gap is None) for member in members] == [
        ("OBX-5 segment 10.pdf", True),
        ("OBX-5 segment 11.pdf", False),
    ]


def test_patients_of_a_batch_are_counted() -> None:
    """Each message is a patient; a patient in two messages is one; the mother is the same in all.

    So is the doctor, who is one more at most.
    """
    batch = b"FHS|^~\\&|HIS\rBHS|^~\\&|HIS\r"
    batch += b"".join(hospital.message(patient) for patient in hospital.patients(300))
    batch += hospital.message(hospital.Patient(7))
    whole = batch + b"BTS|301\rFTS|1\r"
    assert bounds(examined(whole, "hl7")) == (301, 302)
    assert gaps(whole, "hl7") == []
    assert gaps(batch, "hl7") == ["damaged"]
    assert places(examined(whole, "hl7"), "DOB")[1] == "message 2, segment 3: PID-7 生年月日 date of birth"


def test_a_header_alone_is_damaged() -> None:
    """A message that ends after its first segment has lost the rest."""
    assert gaps(hospital.message(ONE).split(b"\r")[0] + b"\r", "hl7") == ["damaged"]


def test_disability_religion_and_staff() -> None:
    """What is sensitive counts as such, and who works there is no patient."""
    found = examined(hospital.message(ONE, "DB1|1|PT||Y"), "hl7")
    assert Category.DISABILITY in found.categories
    staff = "MSH|^~\\&|HIS||||20240401||MFN^M02|1|P|2.5\rMFI|PRA\rSTF||S001^^^L|医野^一郎\r".encode()
    (record,) = [part for part in parts(staff, "hl7") if isinstance(part, RecordSegment)]
    assert [field.category for field in record.fields] == [Category.STAFF_ID, Category.PERSON]
    assert not record.clinical


def test_hostile_messages_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A giant segment is left out with a gap, broken escapes and empty delimiters are read."""
    monkeypatch.setattr(hl7, "SEGMENT_BYTES", 1 << 20)
    giant = hospital.message(ONE, "NTE|1||" + "x" * 3_000_000, "DB1|1|PT||Y")
    assert gaps(giant, "hl7") == ["oversized"]
    assert any(field.category is Category.DISABILITY for field in fields(giant, "hl7"))
    broken = hospital.message(ONE)[:-40] + b"\x1b$B\xff\xfe^^^|\\X4\\|\\"
    assert "undecodable" in gaps(broken, "hl7")


@pytest.mark.parametrize("text", [b"MSH is a segment\n", b"MSHA,1\nMSHB,2\n", b"PID|1|2\r"])
def test_other_texts_are_no_messages(text: bytes) -> None:
    """The name of a segment in a text makes no message."""
    assert sniff(io.BytesIO(text)) != "hl7"


STORED = (
    "123/456/1234567890/20240401/OMP-01/1234567890_20240401_OMP-01_000000000000001_20240401093000000_01_1"
)
EXTENDED = (
    "123/456/1234567890/-/L-1^報告^99ZL01/1234567890_-_L-1^報告^99ZL01_7_20240401093000000_-_1/report.pdf"
)


@pytest.mark.parametrize("name", [STORED, EXTENDED, "ssmix/" + STORED, STORED.partition("/1234567890/")[2]])
def test_the_path_holds_the_patients_number(name: str) -> None:
    """It is found, and masked with the folders that hold its first digits."""
    matches = tools().places.matches(name)
    numbers = {name[match.start : match.end] for match in matches if match.category is Category.PATIENT_ID}
    assert "1234567890" in numbers
    shown = shown_uri(f"file:///data/{name}", name, matches)
    assert "1234567890" not in shown
    assert "/123/456/" not in shown
    assert ("OMP-01" in shown) == ("OMP-01" in name)


@pytest.mark.parametrize(
    "name", ["202/401/report.txt", "abc/def/abcdef12ab/data.bin", "2024/04/01/a_b_c.txt", "123/456/789/a.txt"]
)
def test_other_paths_hold_none(name: str) -> None:
    """Folders of three letters are not patients by themselves."""
    assert tools().places.matches(name) == []


def test_the_number_in_the_path_is_the_patients() -> None:
    """One file is one patient: the number in its path counts, and counts nobody else."""
    patient = hospital.Patient(1)
    number = patient.number
    name = f"{number[:3]}/{number[3:6]}/{number}/-/ADT-00/{number}_-_ADT-00_9_20240401093000000_-_1"
    result = examined(hospital.message(patient), "hl7", name)
    assert result.categories[Category.PATIENT_ID].distinct == 1
    assert result.categories[Category.PATIENT_ID].count == 3
    assert bounds(result) == (2, 3)  # the patient and the mother; the doctor at most


def test_the_storage_of_others(shared_data: Path) -> None:
    """Each of its files is one patient with one doctor or two, whose number is that of the path."""
    storage = shared_data / "samples" / "ssmix2"
    for path in sorted(each for each in storage.rglob("*") if each.is_file()):
        name = path.relative_to(storage).as_posix()
        result = examined(path.read_bytes(), "hl7", name)
        assert result.outcome == "complete"
        assert result.categories[Category.PATIENT_ID].distinct == 1
        assert result.persons.low in (1, 2)  # some have a relative
        assert result.persons.high - result.persons.low in (1, 2)
        assert path.name.split("_")[0] not in tools().places.masked(name)


def test_own_numbers_and_telephones_in_any_field() -> None:
    """PID-19, fields without a meaning, segments of vendors and results that are telephones."""
    data = hospital.message(
        ONE,
        "GT1|1||||||||||" + "123456789018",
        "ZPI|1|090-1234-5678|1234 5678 9018",
        "OBX|9|XTN|TEL^連絡先||^^^^^090^11112222",
    )
    told = {field.value: field for field in fields(data, "hl7")}
    assert {"090-1234-5678", "1234 5678 9018"} <= set(told)
    assert told["090-11112222"].category is Category.PHONE
    pid = b"MSH|^~\\&|A|B|C|D|20240101||ADT^A08|1|P|2.5\rPID|1||01||A^B" + b"|" * 14 + b"123456789018\r"
    (number,) = [field for field in fields(pid, "hl7") if field.value == "123456789018"]
    assert number.label == "個人番号"


def test_a_document_in_plain_text_is_no_base64() -> None:
    """OBX-5.4 tells how a document is written; "A" is as it stands."""
    data = hospital.message(ONE, "OBX|9|ED|X^報告^L||^TEXT^PLAIN^A^佐藤花子 03-1234-5678")
    assert gaps(data, "hl7") == []
    assert "佐藤花子 03-1234-5678" in {field.value for field in fields(data, "hl7")}


def test_a_document_in_hexadecimal_digits_is_a_member() -> None:
    """As one in base64 is; what is neither says so."""
    report = "架空花子 様の報告".encode()
    data = hospital.message(
        ONE, f"OBX|3|ED|X^報告^L||^AP^PDF^Hex^{report.hex().upper()}", "OBX|4|ED|X^報告^L||^AP^PDF^HEX^xyz"
    )
    first, second = (part for part in parts(data, "hl7") if isinstance(part, Member))
    assert isinstance(first.stream, io.BytesIO)
    assert (first.name.rpartition(".")[2], first.stream.read()) == ("pdf", report)
    assert second.gap == Gap(Reason.DAMAGED, "hexadecimal")


def test_a_document_in_plain_text_is_no_base64_authorities_are_two_patients() -> None:
    """CX-4 tells who gave a number; where it is left empty the number is the same."""
    head = "MSH|^~\\&|A|B|C|D|20240101||ADT^A08|1|P|2.5\r"
    made = [f"{head}PID|1||0001^^^{who}^PI||{name}\r" for who, name in (("H1", "A^B"), ("H2", "C^D"))]
    assert bounds(examined("".join(made).encode(), "hl7"))[0] == 2
    assert bounds(examined("".join(made).replace("H2", "").encode(), "hl7"))[0] == 1
