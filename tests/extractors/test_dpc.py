"""DPC files: no name, yet patients, birthdays and postcodes."""

from __future__ import annotations

import io

import pytest

from scanners.kinds import sniff
from scanners.model import Category
from tests.extractors import samples_hospital as hospital
from tests.extractors.clinical import bounds, examined, fields, gaps, places


@pytest.mark.parametrize("header", [False, True])
def test_form_1_by_its_codes(header: bool) -> None:
    """Row A000010 holds birthday and postcode, rows of diagnoses the disease."""
    result = examined(hospital.dpc_form1(50, header=header), "dpc")
    first = 2 if header else 1
    assert bounds(result) == (50, 50)
    assert places(result, "DOB")[0] == f"line {first}: A000010 payload 1 生年月日 date of birth"
    assert places(result, "POSTAL_CODE")[0].endswith("A000010 payload 3 患者住所地域の郵便番号 postcode")
    assert result.categories[Category.MEDICAL].count == 100
    assert places(result, "PATIENT_ID")[0] == (
        f"line {first}: column 2 データ識別番号 data identification number (pseudonym)"
    )


def test_ef_files_by_their_columns() -> None:
    """Items are medical, the insurer's number is nobody's name, the doctor's code is staff's."""
    result = examined(hospital.dpc_ef(20, 30), "dpc")
    assert bounds(result) == (20, 21)  # twenty patients and, perhaps, a doctor
    assert result.categories[Category.MEDICAL_CONTEXT].count == 600
    assert result.categories[Category.STAFF_ID].distinct == 1
    assert result.categories[Category.PATIENT_ID].count == 20


def test_d_files_are_told_from_ef_files() -> None:
    """They have as many columns, with the insurer and the doctor elsewhere."""
    found = {field.category: field.value for field in fields(hospital.dpc_d(1), "dpc")}
    assert found[Category.HEALTH_INSURANCE] == "06132013"
    assert found[Category.STAFF_ID] == "DOC0001"
    assert bounds(examined(hospital.dpc_d(9), "dpc")) == (9, 10)


def test_h_files_name_the_ward_first() -> None:
    """The patient is found in the third column."""
    assert bounds(examined(hospital.dpc_h(7), "dpc")) == (7, 7)


def test_intermediate_files_may_hold_names() -> None:
    """A header tells which columns: hospitals add names and chart numbers."""
    text = "施設コード\tデータ識別番号\tカルテ番号\t患者氏名\t生年月日\t病名\r\n"
    text += "131234567\t0000000001\tA-77\t架空 太郎\t19500101\t胃癌\r\n"
    found = {field.category: field.value for field in fields(text.encode("cp932"), "dpc")}
    assert found[Category.PERSON] == "架空 太郎"
    assert found[Category.DOB] == "19500101"
    assert found[Category.MEDICAL] == "胃癌"


def test_a_last_row_cut_short_is_a_gap() -> None:
    """All rows have as many columns until the file ends in the midst of one."""
    assert gaps(hospital.dpc_form1(3)[:-30], "dpc") == ["damaged"]
    assert gaps(hospital.dpc_form1(3), "dpc") == []


@pytest.mark.parametrize(
    "text",
    [
        "131234567\t0000000001\n131234567\t0000000002\n",
        "施設コード\t名称\n131234567\t架空病院\n",
        "123456789\t1234567890\tabc\n",
    ],
)
def test_other_tables_are_no_dpc_files(text: str) -> None:
    """Two numbers in front are not enough."""
    assert sniff(io.BytesIO(text.encode())) != "dpc"


def test_d_files_have_thirty_columns() -> None:
    """The item, the insurer and the doctor stand where the rules of the survey put them."""
    data = hospital.dpc_d(1)
    assert len(data.decode("cp932").splitlines()[0].split("\t")) == 30
    told = {field.category: field.place for field in fields(data, "dpc")}
    assert "column 10 " in told[Category.MEDICAL_CONTEXT]
    assert "column 16 " in told[Category.HEALTH_INSURANCE]
    assert "column 21 " in told[Category.STAFF_ID]


def test_files_of_outpatients_hold_births() -> None:
    """They stand where those of inpatients have the day of discharge."""
    data = hospital.dpc_ef(1, 1)
    assert Category.DOB not in {field.category for field in fields(data, "dpc")}
    born = data.replace(b"\t20240410\t", b"\t19600102\t")
    assert [field.value for field in fields(born, "dpc") if field.category is Category.DOB] == ["19600102"]


def test_other_lists_are_no_dpc() -> None:
    """A number, a telephone and a day begin other lists too; the shortest forms hold codes only."""
    rows = [f"10000000{n}\t03123456{n}0\t2024010{n}\t架空 太郎\t東京都千代田区\n" for n in range(1, 6)]
    assert sniff(io.BytesIO("".join(rows).encode())) == "csv"
    form4 = "131234567\t0000000001\t20240410\t20240401\t1\t\r\n"
    assert sniff(io.BytesIO(form4.encode())) == "dpc"
    assert sniff(io.BytesIO(form4.replace("1312", "9912").encode())) != "dpc"


def test_telephones_in_unknown_columns_are_read() -> None:
    """Hospitals put notes where the rules have none."""
    data = hospital.dpc_h(1).replace(b"\t0\t1\t", b"\t090-1234-5678\t1\t")
    assert "090-1234-5678" in {field.value for field in fields(data, "dpc")}
