"""Builds files of hospitals with invented patients: receipts, messages, DPC, FHIR, CDA and check-ups."""

# ruff: noqa: E501  documents as their formats write them

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

_FAMILY = ("架空", "仮山", "試川", "例田", "空木", "無島", "偽沢", "虚野", "想本", "見村")
_FAMILY_KANA = (
    "カクウ",
    "カリヤマ",
    "シカワ",
    "レイダ",
    "ウツギ",
    "ナシジマ",
    "ギサワ",
    "キョノ",
    "ソウモト",
    "ミムラ",
)
_GIVEN = ("太郎", "花子", "次郎", "桜", "健", "由美", "誠", "恵", "翔", "葵")
_GIVEN_KANA = ("タロウ", "ハナコ", "ジロウ", "サクラ", "ケン", "ユミ", "マコト", "メグミ", "ショウ", "アオイ")
DISEASES = ("高血圧症", "胃癌", "２型糖尿病", "気管支喘息", "うつ病")
DOCTOR = ("医野", "一郎")


@dataclass(frozen=True)
class Patient:
    """An invented patient, told by a number."""

    index: int

    @property
    def number(self) -> str:
        """Chart number."""
        return f"{10_000_000 + self.index:010d}"

    @property
    def family(self) -> str:
        """Surname."""
        return _FAMILY[self.index % 10]

    @property
    def given(self) -> str:
        """Given name."""
        return _GIVEN[self.index // 10 % 10]

    @property
    def kana(self) -> tuple[str, str]:
        """Surname and given name in kana."""
        return _FAMILY_KANA[self.index % 10], _GIVEN_KANA[self.index // 10 % 10]

    @property
    def born(self) -> str:
        """Date of birth, YYYYMMDD."""
        return f"{1930 + self.index % 70}{1 + self.index % 12:02d}{1 + self.index % 28:02d}"

    @property
    def born_in_era(self) -> str:
        """Date of birth, GYYMMDD of 昭和."""
        return f"3{1930 + self.index % 58 - 1925:02d}{1 + self.index % 12:02d}{1 + self.index % 28:02d}"

    @property
    def phone(self) -> str:
        """Telephone number of a made-up exchange."""
        return f"090-0000-{self.index % 10_000:04d}"

    @property
    def address(self) -> str:
        """Where they live."""
        return f"東京都架空区仮町１丁目{self.index}番"

    @property
    def disease(self) -> str:
        """What they suffer from."""
        return DISEASES[self.index % len(DISEASES)]


def patients(count: int) -> list[Patient]:
    """Return so many patients."""
    return [Patient(index) for index in range(count)]


def receipt(patient: Patient, *, kind: str = "medical", era: bool = False, lines: int = 2) -> list[str]:
    """Return the records of one receipt."""
    born = patient.born_in_era if era else patient.born
    month = "50604" if era else "202404"
    name = f"{patient.family}　{patient.given}"
    kana = f"{patient.kana[0]}　{patient.kana[1]}"
    if kind == "pharmacy":
        doctors = ["　".join(DOCTOR), *[""] * 19]
        head = ["RE", str(patient.index + 1), "4112", month, name, "1", born, "", "", "13", "1", "7654321"]
        head += ["仮想医院", "東京都千代田区霞が関１", *doctors, "", "", "", "", "", "", "", kana]
        body = [f"IY,1,{620000000 + line},1,,,,,,," for line in range(lines)]
        body += ["TK,,患者の家族から連絡あり"]
    else:
        head = ["RE", str(patient.index + 1), "1112", month, name, "1", born, *[""] * 6, patient.number]
        head += [*[""] * 22, kana if kind == "medical" or kind == "dpc" else "", ""]
        body = [f"SI,12,1,{112000000 + line},,73,1" + "," * 37 for line in range(lines)]
        body += [f"SY,0000999,{month}10,1,,{patient.disease},01,", "CO,40,1,810000001,経過良好である"]
        body += ["SJ,01,症状は落ち着いている"]
        if kind == "dpc":
            body += ["BU,060020xx99x0xx,20240401,,0,", f"SB,8830592,,{patient.disease},I10,11,,"]
        if kind == "dental":
            body = [f"HS,{month}10,1,1018,5234009,,,", f"SS,11,1,{301000000 + patient.index},,,267,1"]
    insurance = f"HO,06132013,１２３,{patient.index},1,1000"
    return [",".join(head), insurance, *body]


def uke(
    count: int = 2, *, kind: str = "medical", era: bool = False, whole: bool = True, prefix: str = ""
) -> bytes:
    """Return a claim file of so many patients; with `prefix` as payers and returned claims have it."""
    tables = {"medical": "1", "dpc": "1", "dental": "3", "pharmacy": "4"}
    opening = "YK" if kind == "pharmacy" else "IR"
    records = [f"{opening},1,13,{tables[kind]},1234567,,架空太郎病院,202405,00,03-0000-0000"]
    for patient in patients(count):
        records += receipt(patient, kind=kind, era=era)
    if whole:
        records.append(f"GO,{count},{1000 * count},99")
    text = "".join(f"{prefix}{record}\r\n" for record in records)
    return text.encode("cp932") + (b"\x1a" if whole else b"")


def kanji(text: str) -> bytes:
    """Return a text in ISO-2022-JP, as SS-MIX2 writes it."""
    return text.encode("iso2022_jp")


def message(
    patient: Patient, *extra: str, end: str = "\r", encoding: str = "iso2022_jp", charset: str = "~ISO IR87"
) -> bytes:
    """Return an admission message of one patient: their data, a relative, a doctor, insurance, an allergy."""
    family, given = patient.kana
    segments = [
        f"MSH|^~\\&|HIS|SEND|GW|RCV|20240401120000||ADT^A08^ADT_A01|{patient.index}|P|2.5||||||{charset}||ISO 2022-1994",
        "EVN||20240401120000",
        (
            f"PID|0001||{patient.number}^^^^PI||{patient.family}^{patient.given}^^^^^L^I~{family}^{given}^^^^^L^P"
            f"||{patient.born}|M|||^^^^100-0000^JPN^H^{patient.address}||^PRN^PH^^^^^^^^^{patient.phone}"
        ),
        f"NK1|1|親野^良子^^^^^L^I~オヤノ^リョウコ^^^^^L^P|MTH^母^HL70063|^^^^^JPN^H^{patient.address}",
        f"PV1|0001|I|01^^^^^N||||D001^{'^'.join(DOCTOR)}^^^^^^^L^^^^^I",
        "IN1|1|06^組合^JHSD0001|06132013|架空健康保険組合|||||||",
        f"AL1|1|DA^薬剤アレルギー^HL70127|X1^{patient.disease}治療薬^99XYZ",
        *extra,
    ]
    segments[5] = (
        f"IN1|1|06^組合^JHSD0001|06132013|架空健康保険組合||||||１２３~{4567000 + patient.index}~01|"
    )
    return b"".join(f"{segment}{end}".encode(encoding) for segment in segments)


def dpc_form1(count: int = 3, *, header: bool = False) -> bytes:
    """Return a form 1: for each patient the basic row, a diagnosis and an operation."""
    rows = []
    if header:
        names = ["施設コード", "データ識別番号", "入院年月日", "回数管理番号", "統括診療情報番号", "コード"]
        rows.append([*names, "バージョン", "連番", *(f"ペイロード{number}" for number in range(1, 10))])
    for patient in patients(count):
        key = ["131234567", patient.number, "20240401", "1", "1"]
        rows.append([*key, "A000010", "20240401", "0", patient.born, "1", "1000000", *[""] * 6])
        rows.append([*key, "A006010", "20240401", "1", "", "C169", *[""] * 6, patient.disease])
        rows.append([*key, "A007010", "20240401", "1", "20240402", *[""] * 7, "胃切除術"])
    return "".join("\t".join(row) + "\r\n" for row in rows).encode("cp932")


def dpc_ef(count: int = 3, rows: int = 4) -> bytes:
    """Return an EF file: for each patient some items."""
    lines = []
    for patient in patients(count):
        for number in range(rows):
            row = ["131234567", patient.number, "20240410", "20240401", "11", f"{number:04d}", "000"]
            row += ["H0001", "112007410", "", "再診料", "1", "", "73", "1", "73", "0", "73", "0", "0", "1"]
            row += ["06132013", "1", "20240401", "01", "01", "DOC0001", "W01", "1", "1", "01"]
            lines.append("\t".join(row))
    return "".join(f"{line}\r\n" for line in lines).encode("cp932")


def dpc_d(count: int = 3) -> bytes:
    """Return a D file, whose seventh column is the hospital's code of the item."""
    lines = []
    for patient in patients(count):
        row = [
            "131234567",
            patient.number,
            "20240410",
            "20240401",
            "11",
            "0001",
            "H00012345",
            "112007410",
            "",
        ]
        row += ["再診料", "73", "0", "0", "1", "1", "06132013", "1", "20240401", "01", "01", "DOC0001", "W01"]
        lines.append("\t".join([*row, "1", "1", "01", "20240401", "", "", "060020", "1.2345"]))
    return "".join(f"{line}\r\n" for line in lines).encode("cp932")


def dpc_h(count: int = 3) -> bytes:
    """Return an H file, which names the ward before the patient."""
    lines = [
        f"131234567\tW01\t{patient.number}\t20240410\t20240401\t20240402\tASS0010\t20240401\t0\t1\t0\t1"
        for patient in patients(count)
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("cp932")


def fhir_patient(patient: Patient) -> dict[str, Any]:
    """Return a JP Core patient with kanji, kana, address, phone and a contact."""
    writing = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
    family, given = patient.kana
    return {
        "resourceType": "Patient",
        "id": f"pt-{patient.index}",
        "meta": {"profile": ["http://jpfhir.jp/fhir/core/StructureDefinition/JP_Patient"]},
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>備考: 携帯電話は {patient.phone}</p></div>',
        },
        "identifier": [{"system": "urn:oid:1.2.392.100495.20.3.51.11312345670", "value": patient.number}],
        "name": [
            {
                "extension": [{"url": writing, "valueCode": "IDE"}],
                "text": f"{patient.family} {patient.given}",
                "family": patient.family,
                "given": [patient.given],
            },
            {"extension": [{"url": writing, "valueCode": "SYL"}], "text": f"{family} {given}"},
        ],
        "telecom": [{"system": "phone", "value": patient.phone}],
        "gender": "male",
        "birthDate": f"{patient.born[:4]}-{patient.born[4:6]}-{patient.born[6:]}",
        "address": [{"text": patient.address, "postalCode": "100-0000", "country": "JP"}],
    }


def fhir_resources(patient: Patient) -> list[dict[str, Any]]:
    """Return a patient with what is recorded of them."""
    subject = {"reference": f"Patient/pt-{patient.index}"}
    return [
        fhir_patient(patient),
        {
            "resourceType": "Coverage",
            "identifier": [
                {
                    "system": "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID",
                    "value": f"06132013:１２３:{4567000 + patient.index}:01",
                }
            ],
            "status": "active",
            "beneficiary": subject,
            "payor": [{"display": "架空健康保険組合"}],
        },
        {
            "resourceType": "Condition",
            "id": f"c-{patient.index}",
            "code": {"coding": [{"code": "I10", "display": patient.disease}], "text": patient.disease},
            "subject": subject,
            "recorder": {"reference": "Practitioner/dr", "display": " ".join(DOCTOR)},
            "note": [{"text": "家族歴あり、経過観察中。"}],
        },
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "収縮期血圧"},
            "subject": subject,
            "valueQuantity": {"value": 120 + patient.index % 60, "unit": "mmHg"},
        },
        {
            "resourceType": "DocumentReference",
            "status": "current",
            "subject": subject,
            "content": [
                {
                    "attachment": {
                        "contentType": "text/plain",
                        "data": base64.b64encode("紹介状".encode()).decode(),
                    }
                }
            ],
        },
    ]


def fhir_bundle(count: int = 2) -> bytes:
    """Return a bundle with a doctor and so many patients."""
    doctor = {
        "resourceType": "Practitioner",
        "id": "dr",
        "name": [{"family": DOCTOR[0], "given": [DOCTOR[1]]}],
    }
    resources = [doctor, *(each for patient in patients(count) for each in fhir_resources(patient))]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": each} for each in resources],
    }
    return json.dumps(bundle, ensure_ascii=False).encode()


def fhir_lines(count: int = 2) -> bytes:
    """Return the same patients' resources as NDJSON, with escapes as Python writes them."""
    lines = [json.dumps(each) for patient in patients(count) for each in fhir_resources(patient)]
    return "".join(f"{line}\n" for line in lines).encode()


def fhir_xml(patient: Patient) -> bytes:
    """Return a patient in a bundle as XML."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>
<entry><fullUrl value="urn:uuid:0b1"/><resource><Patient><id value="pt"/>
<identifier><system value="urn:oid:1.2.392.100495.20.3.51.11312345670"/><value value="{patient.number}"/></identifier>
<name><family value="{patient.family}"/><given value="{patient.given}"/></name>
<telecom><system value="phone"/><value value="{patient.phone}"/></telecom>
<birthDate value="{patient.born[:4]}-{patient.born[4:6]}-{patient.born[6:]}"/></Patient></resource></entry>
<entry><resource><Condition><code><text value="{patient.disease}"/></code>
<subject><reference value="urn:uuid:0b1"/></subject></Condition></resource></entry></Bundle>""".encode()


def referral(patient: Patient, *, attached: bytes = b"") -> bytes:
    """Return a referral letter with header, two sections, a result and perhaps a body that is attached."""
    family, given = patient.kana
    body = f"""<component><structuredBody>
<component><section><title>傷病名</title><text><paragraph>{patient.disease}</paragraph></text>
<entry><observation classCode="OBS" moodCode="EVN"><code code="1" displayName="診断"/>
<value xsi:type="CD" code="I10" displayName="{patient.disease}"/></observation></entry></section></component>
<component><section><title>現病歴</title><text>ご家族の<content>連絡先</content>は{patient.phone}です。</text>
</section></component></structuredBody></component>"""
    if attached:
        data = base64.b64encode(attached).decode()
        body = (
            f'<component><nonXMLBody><text mediaType="text/plain" representation="B64">{data}</text>'
            "</nonXMLBody></component>"
        )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><title>診療情報提供書</title>
<recordTarget><patientRole><id root="1.2.392.100495.20.3.51.11312345670" extension="{patient.number}"/>
<addr use="HP"><postalCode>100-0000</postalCode><streetAddressLine>{patient.address}</streetAddressLine></addr>
<telecom value="tel:{patient.phone}"/><patient><name use="IDE"><family>{patient.family}</family>
<given>{patient.given}</given></name><name use="SYL"><family>{family}</family><given>{given}</given></name>
<birthTime value="{patient.born}"/></patient><providerOrganization><name>架空太郎病院</name>
<telecom value="tel:03-0000-0000"/></providerOrganization></patientRole></recordTarget>
<author><time value="20240401"/><assignedAuthor><id extension="D001"/><addr>東京都千代田区一番町１</addr>
<assignedPerson><name><family>{DOCTOR[0]}</family><given>{DOCTOR[1]}</given></name></assignedPerson>
<representedOrganization><name>架空太郎病院</name></representedOrganization></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><name>架空太郎病院</name>
</representedCustodianOrganization></assignedCustodian></custodian>{body}</ClinicalDocument>""".encode()


def checkup_xml(patient: Patient) -> bytes:
    """Return the result of a specific health check-up in the XML of MHLW."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="urn:hl7-org:v3 ../XSD/hc08_V08.xsd"><code code="10" codeSystem="1.2.392.200119.6.1001"/>
<recordTarget><patientRole><id extension="06132013" root="1.2.392.200119.6.101"/>
<id extension="１２３" root="1.2.392.200119.6.204"/><id extension="{4567000 + patient.index}" root="1.2.392.200119.6.205"/>
<addr>{patient.address}<postalCode>100-0000</postalCode></addr>
<patient><name>{"　".join(patient.kana)}</name><administrativeGenderCode code="1" codeSystem="1.2.392.200119.6.1104"/>
<birthTime value="{patient.born}"/></patient></patientRole></recordTarget>
<author><assignedAuthor><id nullFlavor="NI"/><representedOrganization>
<id extension="1311234567" root="1.2.392.200119.6.102"/><name>架空太郎健診センター</name></representedOrganization>
</assignedAuthor></author>
<participant typeCode="HLD"><functionCode code="1"/><associatedEntity classCode="IDENT">
<id extension="24123456789" root="1.2.392.200119.6.209.06132013"/></associatedEntity></participant>
<component><structuredBody><component><section><code code="01010" codeSystem="1.2.392.200119.6.1010"/><text/>
<entry><observation classCode="OBS" moodCode="EVN"><code code="9N001000000000001" displayName="身長"/>
<value xsi:type="PQ" value="171.2" unit="cm"/></observation></entry>
<entry><observation classCode="OBS" moodCode="EVN"><code code="9N056160400000049" displayName="既往歴"/>
<value xsi:type="ST">{patient.disease}</value></observation></entry></section></component></structuredBody>
</component></ClinicalDocument>""".encode()


def checkup_csv(count: int = 2) -> bytes:
    """Return results of check-ups as a table of an institution's program."""
    header = "健診実施年月日,健診機関番号,健診機関名称,保険者番号,被保険者証等記号,被保険者証等番号,受診券整理番号,"
    header += "カナ氏名,生年月日,性別,郵便番号,住所,9N001000000000001,腹囲,収縮期血圧,医師の所見"
    rows = [
        ",".join(
            [
                "20240601",
                "1311234567",
                "架空太郎健診センター",
                "06132013",
                "１２３",
                str(4567000 + each.index),
                f"24{each.index:09d}",
                " ".join(each.kana),
                each.born,
                "1",
                "100-0000",
                each.address,
                "171.2",
                "85.0",
                str(110 + each.index),
                "要再検査、高血圧の疑い",
            ]
        )
        for each in patients(count)
    ]
    return "".join(f"{line}\r\n" for line in (header, *rows)).encode("cp932")


def everything() -> dict[str, bytes]:
    """Return one sample for every clinical kind."""
    return {
        "uke": uke(),
        "hl7": message(Patient(1)),
        "dpc": dpc_form1(),
        "fhir": fhir_bundle(),
        "cda": referral(Patient(1)),
        "medis": checkup_xml(Patient(1)),
    }
