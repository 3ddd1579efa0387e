"""Claim files: fields by their meaning, patients by their number, nothing lost."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from scanners.extractors.clinical import BLOCK_FIELDS
from scanners.extractors.interface import Budget, Limits
from scanners.extractors.receipts import Receipts
from scanners.fingerprint import canonical
from scanners.kinds import sniff
from scanners.model import Category, Gap, RecordSegment
from tests.extractors import samples_hospital as hospital
from tests.extractors.clinical import bounds, examined, fields, gaps, parts, places


def test_a_field_says_where_it_stands_and_what_it_is() -> None:
    """The line of the file, the record, the field and its meaning."""
    found = {field.place: (field.value, field.category) for field in fields(hospital.uke(1), "uke")}
    assert found["line 2: RE 4 氏名 patient name"] == ("架空　太郎", Category.PERSON)
    assert found["line 2: RE 13 カルテ番号等 chart number"] == ("0010000000", Category.PATIENT_ID)
    assert found["line 3: HO 3 番号 insured number"][1] is Category.HEALTH_INSURANCE
    assert found["line 6: SY 5 傷病名称 disease name"] == ("高血圧症", Category.MEDICAL)
    assert found["line 7: CO 4 コメント文字データ comment"] == ("経過良好である", None)


@pytest.mark.parametrize("kind", ["medical", "dpc", "dental", "pharmacy"])
@pytest.mark.parametrize("era", [False, True])
def test_every_kind_of_claim_is_known(kind: str, era: bool) -> None:
    """Name, birthday and insurance are where the layout of the kind has them, in both calendars."""
    result = examined(hospital.uke(5, kind=kind, era=era), "uke")
    doctors = 1 if kind == "pharmacy" else 0
    assert bounds(result) == (5, 5 + doctors)
    assert result.categories[Category.DOB].distinct == 5
    assert result.categories[Category.MEDICAL_CONTEXT].count >= 5
    assert Category.PHONE not in result.categories  # the hospital's own


def test_what_stands_in_a_field_that_no_table_lists_is_read() -> None:
    """Numbers and addresses in ASCII too, as text of their field; bare amounts, days and codes are none."""
    lines = hospital.uke(1).split(b"\r\n")
    extra = b"SI,11,1,111000110,,288,1,,,,,,,20240401,090-1234-5678,taro.kakuu@example.co.jp"
    data = b"\r\n".join([*lines[:7], extra, *lines[7:]])
    found = {
        field.place: field.value for field in fields(data, "uke") if field.place.startswith("line 8: SI")
    }
    assert found == {
        "line 8: SI 3 診療行為コード procedure code": "111000110",
        "line 8: SI 14": "090-1234-5678",
        "line 8: SI 15": "taro.kakuu@example.co.jp",
    }
    assert "line 8: SI 14" in places(examined(data, "uke"), "PHONE")


def test_the_pharmacy_layout_is_told_by_the_file_not_by_the_tag() -> None:
    """The same record RE has the kana elsewhere, and doctors where hospitals have departments."""
    found = {field.place.split(": ")[1]: field for field in fields(hospital.uke(1, kind="pharmacy"), "uke")}
    assert found["RE 41 カタカナ氏名 patient name in kana"].value == "カクウ　タロウ"
    assert not found["RE 14 保険医氏名 physician"].subject
    assert not any("霞が関" in field.value for field in found.values())


def test_namesakes_with_other_numbers_are_other_patients() -> None:
    """A thousand receipts of three hundred names at one insurer are a thousand patients."""
    assert bounds(examined(hospital.uke(1000), "uke")) == (1000, 1000)


def test_two_receipts_of_one_patient_are_one_person() -> None:
    """In and out of hospital in one month: the chart number is the same."""
    lines = hospital.uke(2).split(b"\r\n")
    doubled = b"\r\n".join([*lines[:8], *lines[1:8], *lines[8:]])
    assert bounds(examined(doubled, "uke")) == (2, 2)


def test_dates_in_eras_meet_western_ones() -> None:
    """3560202 and 19810202 are one birthday."""
    assert canonical(Category.DOB, "3560202") == canonical(Category.DOB, "19810202") == "1981-02-02"
    assert canonical(Category.DOB, "5010501") == "2019-05-01"


@pytest.mark.parametrize("prefix", ["1,2,0,", '"1","2",'])
def test_returned_claims_have_numbers_before_the_tag(prefix: str) -> None:
    """They are read all the same, and need no last record."""
    data = hospital.uke(3, prefix=prefix, whole=False)
    assert bounds(examined(data, "uke")) == (3, 3)
    assert gaps(data, "uke") == []


def test_a_file_that_ends_early_is_partial() -> None:
    """Without its last record something may be missing; what stands there is read."""
    result = examined(hospital.uke(3, whole=False), "uke")
    assert result.outcome == "partial"
    assert result.detail == "no GO record: the file ends early, after line 22"
    assert bounds(result) == (3, 3)


def test_free_text_and_unknown_records_go_to_the_detectors() -> None:
    """A telephone number in a comment, and a record that nobody has heard of."""
    data = hospital.uke(1).replace("経過良好である".encode("cp932"), "携帯電話 090-0000-1234".encode("cp932"))
    data = data.replace(b"GO,", "ZZ,9,電話番号 03-3344-5566\r\nGO,".encode("cp932"))
    assert places(examined(data, "uke"), "PHONE") == [
        "line 7: CO 4 コメント文字データ comment",
        "line 9: ZZ 2",
    ]


def test_a_claim_is_special_care_data_even_without_a_disease() -> None:
    """Whoever has a receipt was treated."""
    data = hospital.uke(1)
    bare = b"\r\n".join(line for line in data.split(b"\r\n") if line[:2] in (b"IR", b"RE", b"GO"))
    assert examined(bare, "uke").categories[Category.MEDICAL_CONTEXT].count == 1


def test_a_long_receipt_comes_in_blocks() -> None:
    """Ten thousand items of one patient never stand in memory at once, and are one person."""
    records = [
        "IR,1,13,1,1234567,,x,202404,00,",
        *hospital.receipt(hospital.Patient(1), lines=10_000),
        "GO,1,1,99",
    ]
    data = "\r\n".join(records).encode("cp932")
    blocks = [part for part in parts(data, "uke") if isinstance(part, RecordSegment)]
    assert len(blocks) == 6
    assert max(len(block.fields) for block in blocks) <= BLOCK_FIELDS + 10
    assert bounds(examined(data, "uke")) == (1, 1)


def test_hostile_claims_end() -> None:
    """A giant field, a wrong encoding and lines of commas are read or a gap, never an error."""
    giant = hospital.uke(1).replace("経過良好である".encode("cp932"), "あ".encode("cp932") * 100_000)
    assert examined(giant, "uke").outcome == "complete"
    utf8 = hospital.uke(2).decode("cp932").encode("utf-8")
    assert bounds(examined(utf8, "uke")) == (2, 2)
    commas = hospital.uke(1) + b"," * 1_200_000
    assert [part for part in parts(commas, "uke") if isinstance(part, RecordSegment)]
    binary = hospital.uke(1)[:200] + bytes(range(256)) * 400
    found = list(_lenient(binary))
    assert any(isinstance(part, Gap) for part in found)


def _lenient(data: bytes) -> list[object]:
    from scanners.errors import ExtractionError

    found: list[object] = []
    try:
        found += Receipts().segments(io.BytesIO(data), Budget(Limits(), len(data)))
    except ExtractionError as error:
        found.append(error.gap)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "RE,件名\nIR,番号\n",
        "IR,RE,GO\n1,2,3\n4,5,6\n",
        "ID,氏名\nRE,架空太郎\nGO,架空花子\n",
        "SI,1\nSI,2\nSI,3\n",
    ],
)
def test_other_tables_are_no_claims(text: str) -> None:
    """Two letters in front of a comma make no claim file."""
    assert sniff(io.BytesIO(text.encode())) != "uke"


def test_the_claim_of_others_for_workers_accidents(shared_data: Path) -> None:
    """Two workers, one of them also in kana; the employer is no person."""
    result = examined((shared_data / "samples" / "receipt_rousai_sample.csv").read_bytes(), "uke")
    assert bounds(result) == (2, 2)
    assert "line 3: RR 12 労働者の氏名 worker's name in kana" in places(result, "PERSON")


def test_chart_numbers_of_two_institutions_are_two() -> None:
    """Each institution has a patient 1; of one institution it is the same."""
    lines = hospital.uke(1).split(b"\r\n")
    claim, rest = lines[1:8], lines[8:]
    other = [line.replace("架空　太郎".encode("cp932"), "仮名　花子".encode("cp932")) for line in claim]
    other = [line.replace(b"19", b"18") if line.startswith(b"RE") else line for line in other]
    other = [line for line in other if not line.startswith(b"HO")]
    head = lines[0].split(b",")
    head[4] = b"7654321"
    same = b"\r\n".join([lines[0], *claim, lines[0], *other, *rest])
    apart = b"\r\n".join([lines[0], *claim, b",".join(head), *other, *rest])
    assert bounds(examined(same, "uke"))[0] == 1
    assert bounds(examined(apart, "uke"))[0] == 2
