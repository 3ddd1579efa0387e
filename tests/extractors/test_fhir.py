"""FHIR in JSON, lines and XML, and JSON in general: elements by their meaning."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from scanners.extractors import fhir
from scanners.extractors.fhir_fields import identifier_of
from scanners.kinds import sniff
from scanners.model import Category, RecordSegment, TextSegment
from tests.extractors import samples_hospital as hospital
from tests.extractors.clinical import bounds, examined, fields, gaps, parts, places
from tests.extractors.test_contract import read

ONE = hospital.Patient(1)


def found(resource: dict[str, Any]) -> dict[str, tuple[str, Category | None]]:
    """Return the fields of one resource by their places."""
    data = json.dumps(resource, ensure_ascii=False).encode()
    return {field.place: (field.value, field.category) for field in fields(data, "fhir")}


def test_a_patient_of_jp_core() -> None:
    """Kanji and kana are two writings of a name, the hospital's number is told by its system."""
    told = found(hospital.fhir_patient(ONE))
    assert told["Patient: name[0] 氏名 patient name (writing 漢字)"] == ("仮山 太郎", Category.PERSON)
    assert told["Patient: name[1].text 氏名 patient name (writing カナ)"][0] == "カリヤマ タロウ"
    assert told["Patient: identifier[0].value 患者番号 patient number of the hospital"] == (
        ONE.number,
        Category.PATIENT_ID,
    )
    assert told["Patient: birthDate 生年月日 date of birth"] == ("1931-02-02", Category.DOB)
    assert told["Patient: address[0].postalCode 郵便番号 postcode"][1] is Category.POSTAL_CODE
    assert told["Patient: text.div 記述 narrative"] == (f"備考: 携帯電話は {ONE.phone}", None)


@pytest.mark.parametrize(
    ("resource", "system", "kind", "expected"),
    [
        ("Patient", "urn:oid:1.2.392.100495.20.3.51.11312345670", "", Category.PATIENT_ID),
        ("Observation", "urn:oid:1.2.392.100495.20.3.51.11312345670", "", Category.PATIENT_ID),
        ("Coverage", "http://jpfhir.jp/fhir/core/IdSystem/JP_Coverage_id", "", Category.HEALTH_INSURANCE),
        (
            "Organization",
            "http://jpfhir.jp/fhir/core/mhlw/IdSystem/InsurerNumber",
            "",
            Category.HEALTH_INSURANCE,
        ),
        ("Practitioner", "urn:oid:1.2.392.100495.20.3.31", "", Category.STAFF_ID),
        ("Patient", "http://example.jp/passport", "PPN", Category.PASSPORT),
        ("Practitioner", "urn:oid:1.2.392.100495.20.3.23", "", None),
        ("ServiceRequest", "http://example.jp/order", "PLAC", None),
    ],
)
def test_identifiers(resource: str, system: str, kind: str, expected: Category | None) -> None:
    """Systems tell what a number is, then its type, then whose it is."""
    told = identifier_of(resource, system, kind)
    assert (told[1] if told else None) is expected


@pytest.mark.parametrize("make", [hospital.fhir_bundle, hospital.fhir_lines])
def test_patients_are_counted_once(make: Any) -> None:
    """Whatever is recorded of them, and under whichever of their numbers; the doctor is one more at most."""
    result = examined(make(120), "fhir")
    assert bounds(result) == (120, 121)
    assert result.categories[Category.HEALTH_INSURANCE].count == 120
    assert result.categories[Category.MEDICAL].count == 240


def test_places_name_the_entry_not_the_number() -> None:
    """Ids may be chart numbers: a place never shows one."""
    result = examined(hospital.fhir_bundle(1), "fhir")
    assert places(result, "DOB") == ["entry 2 Patient: birthDate 生年月日 date of birth"]
    lines = examined(hospital.fhir_lines(1), "fhir")
    assert places(lines, "DOB") == ["line 1 Patient: birthDate 生年月日 date of birth"]
    assert result.findings is not None
    assert "pt-0" not in str(result.findings.to_pylist())


def test_xml_is_read_as_json_is() -> None:
    """The same fields; references by URN lead to the patient."""
    result = examined(hospital.fhir_xml(ONE), "fhir")
    assert bounds(result) == (1, 1)
    assert places(result, "MEDICAL") == ["entry 2 Condition: code 病名 condition"]
    assert places(result, "PHONE") == ["entry 1 Patient: telecom.value 電話 telephone"]
    assert gaps(hospital.fhir_xml(ONE)[:-60], "fhir") == ["damaged"]


def test_records_that_name_the_insured_person_only() -> None:
    """電子カルテ情報共有サービス: results refer to the patient by the insured person's number."""
    member = {
        "system": "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID",
        "value": "00012345:あ:１８７:05",
    }
    institution = {"system": "http://jpfhir.jp/fhir/core/IdSystem/insurance-medical-institution-no"}
    observation = {
        "resourceType": "Observation",
        "extension": [
            {"url": "x/JP_eCS_InstitutionNumber", "valueIdentifier": institution | {"value": "1318814790"}}
        ],
        "code": {"text": "eGFR"},
        "subject": {"identifier": member},
        "valueQuantity": {"value": 75},
    }
    patient = hospital.fhir_patient(ONE)
    patient["identifier"].append(member)
    told = found(observation)
    assert (
        told["Observation: subject.identifier.value 被保険者 insured person"][1] is Category.HEALTH_INSURANCE
    )
    assert not any("1318814790" in value for value, _ in told.values())
    lines = [json.dumps(each, ensure_ascii=False) for each in (patient, observation, observation)]
    assert bounds(examined("\n".join(lines).encode(), "fhir")) == (1, 1)
    assert bounds(examined("\n".join(lines[1:]).encode(), "fhir")) == (0, 1)


def test_institutions_are_nobody() -> None:
    """A hospital's name, address and telephone are no person's data."""
    organisation = {
        "resourceType": "Organization",
        "name": "架空太郎病院",
        "telecom": [{"system": "phone", "value": "03-0000-0000"}],
        "address": [{"text": "東京都架空区仮町１"}],
    }
    assert found({"resourceType": "Bundle", "entry": [{"resource": organisation}]}) == {}


def test_contained_resources_and_contacts() -> None:
    """They are records of their own, and a patient's relative is not the patient."""
    resource = {
        "resourceType": "AllergyIntolerance",
        "code": {"text": "ペニシリンアレルギー"},
        "reaction": [{"manifestation": [{"text": "じんましん"}]}],
        "contained": [
            {
                "resourceType": "Patient",
                "name": [{"text": "架空 太郎"}],
                "contact": [{"name": {"text": "架空 花子"}, "telecom": [{"value": "03-0000-1111"}]}],
            }
        ],
    }
    told = found(resource)
    assert told["AllergyIntolerance: code アレルギー allergy"][1] is Category.MEDICAL
    assert told["AllergyIntolerance: reaction.manifestation 反応 reaction"][1] is Category.MEDICAL
    data = json.dumps(resource, ensure_ascii=False).encode()
    inner = [part for part in parts(data, "fhir") if isinstance(part, RecordSegment)][1]
    assert [(field.value, field.subject) for field in inner.fields if field.category is Category.PERSON] == [
        ("架空 太郎", True),
        ("架空 花子", False),
    ]


def test_attachments_are_members() -> None:
    """Documents in base64 are read as files."""
    from scanners.extractors.interface import Member

    members = [part for part in parts(hospital.fhir_bundle(1), "fhir") if isinstance(part, Member)]
    assert [(member.name, member.size) for member in members] == [
        ("entry 6 DocumentReference content.attachment", 9)
    ]


def test_a_large_bundle_is_read_entry_by_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same fields come out, and a bundle that ends early gives what it holds and a gap."""
    data = hospital.fhir_bundle(40)
    whole = fields(data, "fhir")
    monkeypatch.setattr(fhir, "WHOLE_BYTES", 1000)
    assert fields(data, "fhir") == whole
    assert gaps(data, "fhir") == []
    assert gaps(data[:-900], "fhir") == ["damaged"]
    assert fields(data[:-5000], "fhir")[:100] == whole[:100]
    lines = hospital.fhir_lines(10)
    assert len(fields(lines, "fhir")) > 100
    assert gaps(lines, "fhir") == []


def test_other_json_is_no_fhir() -> None:
    """Logs of clouds speak of resources too."""
    log = b'{"resourceType": "Instance", "name": "db-1"}\n{"resourceType": "Device", "name": "gw"}\n'
    assert sniff(io.BytesIO(log)) == "json"


def test_malformed_lines_are_read_as_text() -> None:
    """They are named, and nothing in them is lost."""
    data = hospital.fhir_lines(1) + '{"resourceType": "Patient", "note": "電話番号 090-0000-1234\n'.encode()
    data += b'{"resourceType": "Basic", "id": "1"}\n'
    result = examined(data, "fhir")
    assert result.detail == "1 of 7 lines are malformed, the first is line 6: read as text"
    assert "line 6" in places(result, "PHONE")


def test_hostile_resources_end() -> None:
    """Deep nesting, wrong types and giant values are read or a gap."""
    deep = b'{"resourceType": "Patient", "a": ' + b'{"a": ' * 5000 + b"1" + b"}" * 5001
    assert read("fhir", deep)
    odd = {
        "resourceType": "Patient",
        "name": [1, {"family": 5, "given": "x"}, [["y"]]],
        "identifier": "z",
        "telecom": {"value": 1},
    }
    odd |= {"address": [None, {"line": 3}], "contained": [[{"resourceType": "Patient"}]], "text": {"div": 3}}
    read("fhir", json.dumps(odd).encode())
    nested: dict[str, Any] = {"resourceType": "Patient", "birthDate": "1950-01-01"}
    for _ in range(200):
        nested = {"resourceType": "Patient", "contained": [nested]}
    assert read("fhir", json.dumps(nested).encode())
    xml = b'<Patient xmlns="http://hl7.org/fhir">' + b"<a>" * 2000 + b"</a>" * 2000 + b"</Patient>"
    assert isinstance(read("fhir", xml), list)


def test_escapes_in_json_are_the_characters_they_mean() -> None:
    r"""A name written as \u5c71\u7530 is found, under the line where it stands; keys are labels."""
    record = {"phone": "0312345678", "name": "山田太郎", "face": "😀"}
    data = (json.dumps(record) + "\n").encode() * 3
    result = examined(data, "json")
    assert places(result, "PERSON") == ["lines 1-3"] * 3
    assert result.categories[Category.PHONE].count == 3
    texts = [part.text for part in parts(data, "json") if isinstance(part, TextSegment)]
    assert "😀" in texts[0]
    assert sniff(io.BytesIO(data)) == "json"
    log = b"2024-04-01 INFO saved " + data
    assert sniff(io.BytesIO(log)) == "txt"
    assert places(examined(log, "txt"), "PERSON") == ["lines 1-3"] * 3
    plain = json.dumps(record, ensure_ascii=False).encode()
    (segment,) = parts(plain, "json")
    assert isinstance(segment, TextSegment)
    assert segment.offset == 0


def test_common_words_for_resources_are_no_sign_of_fhir() -> None:
    """An audit log of organizations is JSON in general; FHIR says so in another place too."""
    log = {"resourceType": "Organization", "user": {"phone": "090-1234-5678", "id": "taro@example.com"}}
    assert examined(json.dumps(log).encode(), "json").categories[Category.PHONE].count == 1
    goal = {"resourceType": "Goal", "subject": {"reference": "Patient/1"}}
    assert sniff(io.BytesIO(json.dumps(goal).encode())) == "fhir"


def test_contacts_of_institutions_are_read() -> None:
    """Their own names and numbers are nobody's, those of their contacts are somebody's; codes may be none."""
    contact = {"name": {"text": "仮山 太郎"}, "telecom": [{"system": "phone", "value": "090-1234-5678"}]}
    organization = {"resourceType": "Organization", "name": "架空病院", "contact": [contact]}
    organization |= {"telecom": [{"system": "phone", "value": "03-1234-5678"}], "id": "taro@example.com"}
    resource = {"resourceType": "Bundle", "entry": [{"resource": organization}]}
    values = {value for value, _ in found(resource).values()}
    assert values == {"仮山 太郎", "090-1234-5678", "taro@example.com"}


def test_resources_in_an_envelope_are_records_of_their_own() -> None:
    """Whatever the key is that they stand under; the envelope is nobody's record, and read whole."""
    people = [hospital.fhir_patient(hospital.Patient(number)) for number in range(5)]
    data = json.dumps({"total": 5, "type": {"by": "taro@example.com"}, "results": people}).encode()
    assert bounds(examined(data, "fhir"))[0] == 5
    assert next(field.value for field in fields(data, "fhir")) == "taro@example.com"


def test_places_hold_no_key_that_may_be_data() -> None:
    """Keys that no element of FHIR has are read as text and are no place."""
    told = found(
        {"resourceType": "Patient", "id": "1", "仮山太郎": "東京都千代田区", "a09012345678": {"ü": "大阪府"}}
    )
    assert "Patient: ?" in told
    assert not any("仮山" in place or "0901" in place or "ü" in place for place in told)


def test_numbers_in_groups_are_read_in_any_element() -> None:
    """Telephones and own numbers are written with hyphens, brackets and spaces."""
    values = ["090-1234-5678", "1234 5678 9018", "(03)1234-5678"]
    told = found({"resourceType": "Basic", "a": [{"resourceType": "Patient", "note": values}]})
    assert {value for value, _ in told.values()} >= set(values)


def test_what_is_no_resource_in_a_bundle_is_read() -> None:
    """Requests and answers of an entry hold names as well, and so do entries that are no objects."""
    request = {"request": {"method": "DELETE", "url": "Patient?email=taro@example.com"}}
    issue = {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "仮山太郎 が不正"}]}
    entries = [request, {"response": {"outcome": issue}}, "hanako@example.com"]
    told = found({"resourceType": "Bundle", "entry": entries})
    values = {value for value, _ in told.values()}
    assert values == {"Patient?email=taro@example.com", "仮山太郎 が不正", "hanako@example.com"}


def test_numbers_of_a_system_that_names_an_institution() -> None:
    """Only the institution's own number is nobody's."""
    told = identifier_of("Patient", "http://h.example/institution-a/patient", "")
    assert told is not None
    assert told[1] is Category.PATIENT_ID
    own = "http://jpfhir.jp/fhir/core/IdSystem/insurance-medical-institution-no"
    assert identifier_of("Patient", own, "") is None


def test_a_place_observed_is_nobody() -> None:
    """Observations of rooms have a room as their subject."""
    subject = {"reference": "Location/3", "display": "三階東病棟"}
    told = found({"resourceType": "Observation", "subject": subject})
    assert Category.PERSON not in {category for _, category in told.values()}
