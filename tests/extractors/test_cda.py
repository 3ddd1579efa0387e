"""Clinical documents in CDA and check-ups: header by meaning, sections under their titles."""

from __future__ import annotations

import io

import pytest
from lxml import etree

from scanners.extractors import cda
from scanners.extractors.interface import Member
from scanners.extractors.markup import local_name
from scanners.kinds import sniff
from scanners.model import Category, TextSegment
from tests.extractors import samples_hospital as hospital
from tests.extractors.clinical import bounds, examined, fields, gaps, parts, places
from tests.extractors.test_contract import read

ONE = hospital.Patient(1)


def test_a_referral_letter() -> None:
    """The patient is one person, the doctor another at most; the hospital's own telephone is nobody's."""
    result = examined(hospital.referral(ONE), "cda")
    assert bounds(result) == (1, 2)
    assert places(result, "DOB") == ["recordTarget: 生年月日 date of birth"]
    assert places(result, "PHONE") == ["section 2 現病歴", "recordTarget: 電話 telephone"]
    assert "section 1 observation 1: 結果値 result" in places(result, "MEDICAL")
    assert result.categories[Category.ADDRESS].count == 1
    assert "author: 氏名 name" in places(result, "PERSON")


def test_sections_are_text_under_their_titles() -> None:
    """A title counts as label of its text, and is where a person looks."""
    texts = [part for part in parts(hospital.referral(ONE), "cda") if isinstance(part, TextSegment)]
    assert [(part.location, part.text) for part in texts] == [
        ("document", "診療情報提供書"),
        ("section 1 傷病名", "傷病名\n胃癌"),
        ("section 2 現病歴", f"現病歴\nご家族の連絡先は{ONE.phone}です。"),
    ]


def test_a_body_in_base64_is_a_member() -> None:
    """A PDF in the letter is read as one."""
    found = parts(hospital.referral(ONE, attached=b"hello"), "cda")
    assert [(part.name, part.size) for part in found if isinstance(part, Member)] == [
        ("document attachment 1.txt", 5)
    ]


def test_a_check_up_of_mhlw() -> None:
    """Numbers are told by their OID, results are medical, the ticket is the insured person's."""
    found = {field.place: field for field in fields(hospital.checkup_xml(ONE), "medis")}
    assert found["recordTarget: 被保険者証等番号 insured number"].value == "4567001"
    assert not found["recordTarget: 保険者番号 insurer number"].subject
    assert found["participant: 受診券整理番号 check-up ticket number"].category is Category.HEALTH_INSURANCE
    assert found["section 1 observation 1: 結果値 result"].value == "171.2 cm"
    assert found["section 1 observation 2: 結果値 result"].value == "胃癌"
    assert found["recordTarget: 住所 address"].value == ONE.address
    assert not any("健診センター" in field.value for field in found.values())
    assert bounds(examined(hospital.checkup_xml(ONE), "medis")) == (1, 1)


def test_claims_and_indexes_of_check_ups() -> None:
    """A claim holds the insured person's card; an index holds institutions only."""
    claim = f"""<?xml version="1.0" encoding="UTF-8"?>
<checkupClaim xmlns="http://tokuteikenshin.jp/checkup/2007"><subjectPerson><name>カクウ　タロウ</name>
<birthTime value="19500101"/></subjectPerson><insuranceCard><insurerNumber>06132013</insurerNumber>
<symbol>１２３</symbol><number>{ONE.index + 7654321}</number></insuranceCard></checkupClaim>""".encode()
    found = {field.place.split(": ")[1]: field.category for field in fields(claim, "medis")}
    assert found["番号 insured number"] is Category.HEALTH_INSURANCE
    assert found["氏名 patient name"] is Category.PERSON
    assert found["生年月日 date of birth"] is Category.DOB
    index = b"""<?xml version="1.0"?><index xmlns="http://tokuteikenshin.jp/checkup/2007">
<interactionType code="1"/>
<sender><id root="1.2.392.200119.6.102" extension="1311234567"/></sender></index>"""
    assert fields(index, "medis") == []
    assert gaps(index, "medis") == []


def test_a_table_of_check_ups() -> None:
    """Each row is one examined person; results count, the institution does not."""
    result = examined(hospital.checkup_csv(200), "medis")
    assert bounds(result) == (200, 200)
    assert places(result, "PERSON")[0] == "line 2: column 8 カナ氏名 name in kana"
    assert result.categories[Category.MEDICAL].count >= 600
    assert places(result, "MEDICAL")[:3] == [
        "line 2: column 13 9N001000000000001 検査値 result",
        "line 2: column 14 腹囲 検査値 result",
        "line 2: column 15 血圧 検査値 result",
    ]
    assert not any("column 3" in place for place in places(result, "PERSON"))


def test_a_quoted_cell_may_hold_line_ends() -> None:
    """The columns of the row stay where they are."""
    data = hospital.checkup_csv(1).replace("要再検査、".encode("cp932"), '"要再検査\r\n、'.encode("cp932"))
    data = data.replace("の疑い".encode("cp932"), 'の疑い"'.encode("cp932"))
    assert bounds(examined(data + hospital.checkup_csv(2).split(b"\r\n")[2], "medis")) == (2, 2)


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_what_stands_before_a_fault_is_read(cut: float) -> None:
    """A document that ends early gives what it holds, and a gap."""
    data = hospital.referral(ONE)
    assert gaps(data[: int(len(data) * cut)], "cda") == ["damaged"]


def test_hostile_documents_end() -> None:
    """Entities are not resolved, nesting ends, a giant text is read."""
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]>'
    bomb += b'<ClinicalDocument xmlns="urn:hl7-org:v3"><title>&y;</title></ClinicalDocument>'
    assert isinstance(read("cda", bomb), list)
    deep = b'<ClinicalDocument xmlns="urn:hl7-org:v3">' + b"<component>" * 3000
    assert read("cda", deep)
    giant = hospital.referral(ONE).replace("ご家族".encode(), "ご家族".encode() * 50_000)
    assert examined(giant, "cda").outcome == "complete"


def test_addresses_of_guardians_and_contacts_are_their_own() -> None:
    """They are persons beside the patient; the address of a doctor is the office's."""
    close = "<guardian><addr>東京都架空区1-1</addr><guardianPerson><name>架空一郎</name></guardianPerson>"
    close += "</guardian>"
    contact = (
        '<participant typeCode="IND"><associatedEntity classCode="ECON"><addr>大阪府架空市2-2'
        "<postalCode>500-0000</postalCode></addr><associatedPerson><name>架空花子</name></associatedPerson>"
        "</associatedEntity></participant><custodian>"
    )
    data = hospital.referral(ONE).decode().replace("</patient>", f"{close}</patient>")
    found = {each.value: each for each in fields(data.replace("<custodian>", contact).encode(), "cda")}
    for value in ("東京都架空区1-1", "大阪府架空市2-2"):
        assert found[value].category is Category.ADDRESS
        assert not found[value].subject
    assert found["500-0000"].category is Category.POSTAL_CODE
    assert "東京都千代田区一番町１" not in found


def test_a_section_is_gone_through_once_however_many_texts_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that each looked through all others would take minutes for a few hundred kilobytes."""
    asked = []

    def counted(element: etree._Element) -> str:
        asked.append(1)
        return local_name(element)

    monkeypatch.setattr(cda, "local_name", counted)
    inside = "<title>現病歴</title>" + "<text>頭痛</text>" * 500
    data = (
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><component><section>'
        f"{inside}</section></component></ClinicalDocument>"
    )
    found = [part for part in parts(data.encode(), "cda") if isinstance(part, TextSegment)]
    assert [part.text for part in found] == ["現病歴\n頭痛"] * 500
    assert len(asked) < 3_000


@pytest.mark.parametrize(
    "text",
    ["<a>ClinicalDocument</a>", "<?xml version='1.0'?><index><a/></index>", "健診,血圧,身長\n1,2,3\n"],
)
def test_other_documents_are_none(text: str) -> None:
    """A word alone makes no clinical document."""
    assert sniff(io.BytesIO(text.encode())) in ("txt", "xml", "csv")


def test_columns_of_employers_in_check_ups() -> None:
    """Numbers of employees and examinees, telephones, and columns nobody has a name for."""
    header = "社員番号,受診者ID,社内コード,健診機関名,受診日,身長,体重,血圧,HbA1c,連絡先"
    data = f"{header}\r\n10001,E-77,KX55,架空クリニック,20240401,170,65,120,5.5,090-1234-5678\r\n".encode()
    told = {field.value: field.category for field in fields(data, "medis")}
    assert told["10001"] is Category.STAFF_ID
    assert told["E-77"] is Category.PATIENT_ID
    assert {"KX55", "090-1234-5678"} <= set(told)


def test_a_stray_quote_in_a_check_up_joins_no_rows() -> None:
    """Inches are written with it."""
    header = "氏名,生年月日,健診機関名,受診日,身長,体重,血圧,HbA1c,備考"
    rows = [f"仮山 太郎,19{60 + n}0102,架空クリニック,20240401,170,65,120,5.5," for n in range(10)]
    rows[1] += '身長5尺6寸 6"'
    rows[8] += '"'
    assert bounds(examined("\r\n".join([header, *rows]).encode(), "medis")) == (10, 10)
    rows[5] += '6"'
    assert bounds(examined("\r\n".join([header, *rows]).encode(), "medis")) == (10, 10)
